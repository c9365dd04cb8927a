using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Secrets;
using Sevensa.Dashboard.Tests.Features.Databases;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>A rotation that is tried with one container and put back, wherever it is cut short.</summary>
public class RehearsalTests(SharedInstance instance) : IClassFixture<SharedInstance>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_container_runs_with_a_new_value_and_then_all_is_as_it_was()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var former = await ground.CurrentAsync();
        var used = new List<string>();
        ground.AtRestart = name =>
        {
            used.Add($"{name} {ground.HeldBy(name)}");
            return Task.CompletedTask;
        };
        var proposal = await ground.Shop.ProposeAsync(RehearseSecret.Kind, SagaGround.Target);
        Assert.Equal(
            [
                "secret.read",
                "secret.renew",
                "secret.try",
                "secret.write",
                "secret.verify",
                "container.restart",
                "secret.back",
                "container.restart",
            ],
            proposal.Plan.Steps.Select(step => step.Verb)
        );
        Assert.Single(proposal.Plan.Containers);
        Assert.Contains(
            proposal.Plan.Untouched,
            text => text.StartsWith("rentguy-worker-1 is not restarted", StringComparison.Ordinal)
        );
        await ground.Shop.ApproveAsync(proposal);
        var ended = await ground.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
        Assert.Contains("runs with the former one again", ended.Outcome!.Text, StringComparison.Ordinal);
        Assert.Equal([$"{SagaGround.Api} {ground.UserB}", $"{SagaGround.Api} {ground.UserA}"], used);
        Assert.Equal((former, 3), (await ground.CurrentAsync(), await ground.VersionAsync()));
        Assert.True(await ground.OpensAsync(former));
        await ground.AllAreWellAsync();
    }

    [Fact]
    public async Task The_one_that_is_named_does_not_come_up_and_is_back_on_the_former_value()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var former = await ground.CurrentAsync();
        ground.Breaks = (_, login) => login != former;
        var proposal = await ground.Shop.ProposeAsync(
            RehearseSecret.Kind,
            SagaGround.Target,
            $$"""{"container": "{{SagaGround.Worker}}"}"""
        );
        await ground.Shop.ApproveAsync(proposal);
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.RolledBack);
        Assert.Equal([SagaGround.Worker, SagaGround.Worker], ground.Restarted);
        Assert.Equal(former, await ground.CurrentAsync());
        await ground.AllAreWellAsync();
    }

    [Theory]
    [InlineData("after POST /v1/secret/data/rentguy/api/login", 0)]
    [InlineData("after POST /v1/secret/data/rentguy/api/login", 1)]
    [InlineData("after a restart", 0)]
    [InlineData("before a restart", 1)]
    public async Task Wherever_the_dashboard_dies_it_is_put_back(string place, int passed)
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var former = await ground.CurrentAsync();
        var mortal = ground.Mortal(0, out var deaths);
        deaths.At(place, passed);
        var proposal = await mortal.ProposeAsync(RehearseSecret.Kind, SagaGround.Target);
        ground.WatchFor(proposal.Id);
        await mortal.ApproveAsync(proposal);
        await deaths.Died.WaitAsync(Patience.Usual, Cancellation);
        await ground.AbandonAsync(proposal.Id);
        await ground.Shop.SweepAsync();
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
        Assert.Equal((former, 3), (await ground.CurrentAsync(), await ground.VersionAsync()));
        Assert.Equal([SagaGround.Api, SagaGround.Api], ground.Restarted);
        await ground.AllAreWellAsync();
    }

    [Theory]
    [InlineData("worker/smtp", null, "none to rehearse with")]
    [InlineData(SagaGround.Target, """{"container": "rentguy-web"}""", "none of the containers that use")]
    [InlineData("database/static-roles/rentguy-report", null, "can't be rehearsed")]
    public async Task What_can_t_be_put_back_or_tried_is_not_planned(string target, string? parameters, string why)
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var refused = await Assert.ThrowsAsync<CannotPlanException>(() =>
            ground.Shop.ProposeAsync(RehearseSecret.Kind, target, parameters)
        );
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_value_that_is_only_tried_is_not_for_those_who_read_it_by_themselves()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        const string target = "api/jwt-signing-key";
        foreach (var (id, onChange) in ((string, string)[])[(new('a', 64), "restart"), (new('b', 64), "none")])
        {
            ground.Shop.Fleet.Change(
                id,
                facts =>
                    facts with
                    {
                        Labels = new Dictionary<string, string>
                        {
                            ["sevensa.secret.key"] = target,
                            ["sevensa.secret.key.on-change"] = onChange,
                        },
                    }
            );
        }
        var refused = await Assert.ThrowsAsync<CannotPlanException>(() =>
            ground.Shop.ProposeAsync(RehearseSecret.Kind, target)
        );
        Assert.StartsWith(
            $"{SagaGround.Worker} reads {target} again by itself",
            refused.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task With_too_few_versions_it_could_not_be_put_back()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        await ground.VaultAsync("POST", "/v1/secret/metadata/rentguy/api/login", """{"max_versions": 2}""");
        var refused = await Assert.ThrowsAsync<CannotPlanException>(() =>
            ground.Shop.ProposeAsync(RehearseSecret.Kind, SagaGround.Target)
        );
        Assert.Contains("max-versions=3", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_an_unknown_number_of_versions_it_is_not_begun()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        await ground.DenyAsync("secret/config");
        var refused = await Assert.ThrowsAsync<CannotPlanException>(() =>
            ground.Shop.ProposeAsync(RehearseSecret.Kind, SagaGround.Target)
        );
        Assert.Contains("not known how many versions", refused.Message, StringComparison.Ordinal);
    }
}
