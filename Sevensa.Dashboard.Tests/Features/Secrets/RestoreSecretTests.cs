using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Features.Databases;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>Former versions written back by a person, and who uses them restarted.</summary>
public class RestoreSecretTests(SharedInstance instance) : IClassFixture<SharedInstance>
{
    private const string Metadata = "/v1/secret/metadata/rentguy/api/login";
    private const string First = """{"version": 1}""";

    private static Task<Proposal> ProposeAsync(SagaGround ground) =>
        ground.Shop.ProposeAsync("secret.restore", SagaGround.Target, First);

    private static async Task<string> RefusedAsync(
        SagaGround ground,
        string target = SagaGround.Target,
        string parameters = First
    ) =>
        (
            await Assert.ThrowsAsync<CannotPlanException>(() =>
                ground.Shop.ProposeAsync("secret.restore", target, parameters)
            )
        ).Message;

    /// <summary>Version 2 holds the other login, and both open the database.</summary>
    private static async Task<(string User, string Password)> SecondAsync(SagaGround ground)
    {
        var second = (ground.UserB, await ground.KeptAsync(ground.RoleB));
        await ground.WriteAsync(second);
        return second;
    }

    [Theory]
    [InlineData("witcom/api/database")]
    [InlineData("api/none")]
    public async Task One_of_another_tenant_is_as_one_that_is_not_there(string target)
    {
        await using var ground = await SagaGround.StartAsync(instance);
        Assert.Contains("rentguy has no secret", await RefusedAsync(ground, target), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_current_version_and_one_that_is_gone_are_told()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        Assert.Contains("name a former one", await RefusedAsync(ground), StringComparison.Ordinal);
        await SecondAsync(ground);
        await ground.VaultAsync("POST", "/v1/secret/delete/rentguy/api/login", """{"versions": [1]}""");
        Assert.Contains("Version 1 of api/login is gone", await RefusedAsync(ground), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_login_that_was_taken_from_service_since_is_not_brought_back()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var rotated = await ground.Shop.ProposeAsync("secret.rotate", SagaGround.Target);
        await ground.Shop.ApproveAsync(rotated);
        await ground.Shop.UntilAsync(rotated.Id, ProposalState.Succeeded);
        var refused = await RefusedAsync(ground);
        Assert.Contains(ground.UserA, refused, StringComparison.Ordinal);
        Assert.Contains("taken from service since", refused, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_login_that_is_taken_from_service_before_the_approval_is_told()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        await SecondAsync(ground);
        var proposal = await ProposeAsync(ground);
        await ground.VaultAsync("POST", $"/v1/database/rotate-role/{ground.RoleA}", "{}");
        var conflict = await Assert.ThrowsAsync<DecisionConflictException>(() => ground.Shop.ApproveAsync(proposal));
        Assert.Contains(
            conflict.Differences,
            text => text.Contains("taken from service since", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task One_that_vault_would_drop_on_the_way_is_refused_with_what_to_raise()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var former = await ground.CurrentAsync();
        await SecondAsync(ground);
        await ground.VaultAsync("POST", Metadata, """{"max_versions": 2}""");
        Assert.Contains(
            "-max-versions=3 secret/rentguy/api/login",
            await RefusedAsync(ground),
            StringComparison.Ordinal
        );

        await ground.VaultAsync("POST", Metadata, """{"max_versions": 3}""");
        var proposal = await ProposeAsync(ground);
        await ground.Shop.ApproveAsync(proposal);
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
        Assert.Equal((former, 3), (await ground.CurrentAsync(), await ground.VersionAsync()));
        await ground.AllAreWellAsync();
    }

    [Theory]
    [InlineData(false, ProposalState.Succeeded)]
    [InlineData(true, ProposalState.Failed)]
    public async Task One_that_vault_drops_unforeseen_is_compared_with_what_was_written_or_told(
        bool dies,
        ProposalState end
    )
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var former = await ground.CurrentAsync();
        await SecondAsync(ground);
        await ground.VaultAsync("POST", "/v1/secret/config", """{"max_versions": 2}""");
        await ground.DenyAsync("secret/config");
        var mortal = ground.Mortal(0, out var deaths);
        deaths.At(dies ? "after POST /v1/secret/data" : "never");
        var proposal = await mortal.ProposeAsync("secret.restore", SagaGround.Target, First);
        ground.WatchFor(proposal.Id);
        await mortal.ApproveAsync(proposal);
        if (dies)
        {
            await deaths.Died.WaitAsync(Patience.Usual, TestContext.Current.CancellationToken);
            await ground.AbandonAsync(proposal.Id);
            await ground.Shop.SweepAsync();
        }
        var ended = await (dies ? ground.Shop : mortal).UntilAsync(proposal.Id, end);
        Assert.Equal((former, 3), (await ground.CurrentAsync(), await ground.VersionAsync()));
        Assert.Equal(dies, ended.Outcome!.Text.Contains("can't be told any more", StringComparison.Ordinal));
        Assert.DoesNotContain("Nothing was written", ended.Outcome.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_death_right_after_the_write_is_gone_on_with()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var former = await ground.CurrentAsync();
        await SecondAsync(ground);
        var mortal = ground.Mortal(0, out var deaths);
        deaths.At("after POST /v1/secret/data");
        var proposal = await mortal.ProposeAsync("secret.restore", SagaGround.Target, First);
        ground.WatchFor(proposal.Id);
        await mortal.ApproveAsync(proposal);
        await deaths.Died.WaitAsync(Patience.Usual, TestContext.Current.CancellationToken);
        await ground.AbandonAsync(proposal.Id);
        await ground.Shop.SweepAsync();
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
        Assert.Equal((former, 3), (await ground.CurrentAsync(), await ground.VersionAsync()));
        await ground.AllAreWellAsync();
    }

    [Fact]
    public async Task A_consumer_that_does_not_come_up_with_it_takes_everybody_back()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var former = await ground.CurrentAsync();
        var second = await SecondAsync(ground);
        ground.Breaks = (name, login) => name == SagaGround.Worker && login == former;
        var proposal = await ProposeAsync(ground);
        await ground.Shop.ApproveAsync(proposal);
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.RolledBack);
        Assert.Equal((second, 4), (await ground.CurrentAsync(), await ground.VersionAsync()));
        await ground.AllAreWellAsync();
    }
}
