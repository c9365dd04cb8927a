using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Secrets;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Tests.Features.Databases;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>Data that is written back is as old as it was, and what was only tried is in use by nobody afterwards.</summary>
public class WrittenBackTests(SharedInstance instance) : IClassFixture<SharedInstance>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static async Task<DateTimeOffset?> RotatedAsync(SagaGround ground)
    {
        var (secrets, scope) = (
            ground.Shop.Services.GetRequiredService<SecretCatalogue>(),
            new TenantScope(["rentguy"])
        );
        var found = await secrets.FindAsync(scope, "rentguy", SagaGround.Target, Cancellation);
        var listed = (await secrets.ListAsync(scope, "rentguy", null, 100, Cancellation)).Items.Single(secret =>
            secret.Path == SagaGround.Target
        );
        Assert.Equal((found!.RotatedAt, found.DueAt), (listed.RotatedAt, listed.DueAt));
        Assert.Equal(found.RotatedAt!.Value.AddDays(90), found.DueAt);
        return found.RotatedAt;
    }

    private static async Task EndedAsync(
        SagaGround ground,
        ProposalState end,
        string kind = "secret.rotate",
        string? parameters = null
    )
    {
        ground.Upstreams.Clock.Advance(TimeSpan.FromHours(1));
        var proposal = await ground.Shop.ProposeAsync(kind, SagaGround.Target, parameters, reason: $"{kind} {end}");
        await ground.Shop.ApproveAsync(proposal);
        await ground.Shop.UntilAsync(proposal.Id, end);
    }

    [Fact]
    public async Task A_secret_is_as_old_after_a_rehearsal_a_roll_back_and_a_restore_as_it_was()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var (first, former) = (await RotatedAsync(ground), await ground.CurrentAsync());
        await EndedAsync(ground, ProposalState.Succeeded, RehearseSecret.Kind);
        Assert.Equal((3, first), (await ground.VersionAsync(), await RotatedAsync(ground)));

        ground.Breaks = (name, login) => name == SagaGround.Worker && login != former;
        await EndedAsync(ground, ProposalState.RolledBack);
        Assert.Equal((5, first), (await ground.VersionAsync(), await RotatedAsync(ground)));

        ground.Breaks = (_, _) => false;
        ground.Upstreams.Clock.Advance(TimeSpan.FromHours(1));
        await ground.WriteAsync((ground.UserB, await ground.KeptAsync(ground.RoleB)));
        Assert.True(await RotatedAsync(ground) > first, "another value is as new as its version");
        await EndedAsync(ground, ProposalState.Succeeded, "secret.restore", """{"version": 5}""");
        Assert.Equal((7, first), (await ground.VersionAsync(), await RotatedAsync(ground)));

        await EndedAsync(ground, ProposalState.Succeeded);
        Assert.True(await RotatedAsync(ground) > first, "a rotation makes it new");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Where_somebody_wrote_meanwhile_whoever_was_restarted_uses_theirs(bool isRehearsal)
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var former = await ground.CurrentAsync();
        ground.Breaks = (name, login) => name == SagaGround.Worker && login != former;
        ground.AtRestart = name =>
            ground.Restarted.Count == (isRehearsal ? 1 : 2)
                ? ground.VaultAsync(
                    "POST",
                    "/v1/secret/data/rentguy/api/login",
                    JsonSerializer.Serialize(
                        new
                        {
                            data = new
                            {
                                username = former.User,
                                password = former.Password,
                                host = "elsewhere",
                            },
                        }
                    )
                )
                : Task.CompletedTask;
        var proposal = await ground.Shop.ProposeAsync(
            isRehearsal ? RehearseSecret.Kind : "secret.rotate",
            SagaGround.Target
        );
        await ground.Shop.ApproveAsync(proposal);
        var ended = await ground.Shop.UntilAsync(proposal.Id, ProposalState.Failed);
        Assert.Contains("Somebody wrote version 3 meanwhile", ended.Outcome!.Text, StringComparison.Ordinal);
        Assert.Contains("uses theirs", ended.Outcome.Text, StringComparison.Ordinal);
        Assert.Equal("failed", ended.Outcome.Undo);
        Assert.Equal(3, await ground.VersionAsync());
        await ground.AllAreWellAsync();
    }
}
