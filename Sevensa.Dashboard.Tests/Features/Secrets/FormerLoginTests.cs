using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Tests.Features.Databases;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>Where it can't be seen who signs in by it, the former login is taken from service only once everybody who is known uses the new one.</summary>
public class FormerLoginTests(SharedInstance instance) : IClassFixture<SharedInstance>
{
    [Theory]
    [InlineData("api,worker", null, true)]
    [InlineData("api,worker,ci", null, false)]
    [InlineData("api,worker", """{"consumers": "none"}""", false)]
    public async Task It_goes_on_opening_the_database_while_somebody_may_use_it(
        string noted,
        string? parameters,
        bool isRetired
    )
    {
        await using var ground = await SagaGround.StartAsync(instance);
        await ground.VaultAsync(
            "POST",
            "/v1/secret/metadata/rentguy/api/login",
            $$$"""{"custom_metadata": {"consumers": "{{{noted}}}", "static_roles": "{{{ground.RoleA}}},{{{ground.RoleB}}}", "database": "of-no-instance"} }"""
        );
        var former = await ground.CurrentAsync();
        var proposal = await ground.Shop.ProposeAsync("secret.rotate", SagaGround.Target, parameters);
        Assert.Equal(isRetired, proposal.Plan.Steps.Any(step => step.Verb == "secret.retire"));
        Assert.DoesNotContain(proposal.Plan.Steps, step => step.Verb == "secret.unused");
        await ground.Shop.ApproveAsync(proposal);
        var ended = await ground.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
        Assert.Equal(!isRetired, await ground.OpensAsync(former));
        Assert.True(await ground.OpensAsync(await ground.CurrentAsync()));
        Assert.Equal(
            !isRetired,
            ended.Outcome!.Text.Contains($"database/static-roles/{ground.RoleA}", StringComparison.Ordinal)
        );
    }
}
