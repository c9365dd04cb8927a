using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Secrets;
using Sevensa.Dashboard.Tests.Features.Databases;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>Rotations that Vault's policy stops on their way: they end, say what is in use and what to do, and a person ends the rest.</summary>
public class DeniedRotationTests(SharedInstance instance) : IClassFixture<SharedInstance>
{
    private static async Task<Proposal> EndedAsync(
        SagaGround ground,
        ProposalState end,
        string kind = "secret.rotate",
        string target = SagaGround.Target,
        string? parameters = null
    )
    {
        var proposal = await ground.Shop.ProposeAsync(kind, target, parameters);
        await ground.Shop.ApproveAsync(proposal);
        return await ground.Shop.UntilAsync(proposal.Id, end);
    }

    [Fact]
    public async Task The_former_login_that_may_not_be_taken_from_service_is_named_and_taken_by_a_person_later()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var former = await ground.CurrentAsync();
        await ground.DenyAsync($"database/rotate-role/{ground.RoleA}");
        var ended = await EndedAsync(ground, ProposalState.Failed);
        Assert.Equal("denied", ended.Outcome!.Code);
        Assert.Contains("in use everywhere", ended.Outcome.Text, StringComparison.Ordinal);
        Assert.Contains($"database/rotate-role/{ground.RoleA}", ended.Outcome.Text, StringComparison.Ordinal);
        Assert.Contains($"database/static-roles/{ground.RoleA}", ended.Outcome.Text, StringComparison.Ordinal);
        await ground.AllAreWellAsync();
        Assert.True(await ground.OpensAsync(former));

        await ground.DenyAsync(null);
        await EndedAsync(ground, ProposalState.Succeeded, target: $"database/static-roles/{ground.RoleA}");
        Assert.False(await ground.OpensAsync(former), "the former password still opens it");
        await ground.AllAreWellAsync();
    }

    [Fact]
    public async Task What_may_not_be_written_back_stays_with_both_logins_alive_and_is_written_back_by_a_person_later()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var former = await ground.CurrentAsync();
        ground.Breaks = (name, login) => name == SagaGround.Worker && login != former;
        ground.AtRestart = name =>
            name == SagaGround.Worker ? ground.DenyAsync("secret/data/rentguy/api/login") : Task.CompletedTask;
        var ended = await EndedAsync(ground, ProposalState.Failed);
        Assert.Equal(("denied", "failed"), (ended.Outcome!.Code, ended.Outcome.Undo));
        Assert.Contains("secret.restore", ended.Outcome.Text, StringComparison.Ordinal);
        Assert.True(await ground.SignsInAsync(SagaGround.Api));
        Assert.True(await ground.SignsInAsync(SagaGround.Worker));

        ground.AtRestart = _ => Task.CompletedTask;
        await ground.DenyAsync(null);
        await EndedAsync(ground, ProposalState.Succeeded, "secret.restore", parameters: """{"version": 1}""");
        Assert.Equal((former, 3), (await ground.CurrentAsync(), await ground.VersionAsync()));
        await ground.AllAreWellAsync();
    }

    [Fact]
    public async Task An_engine_that_is_gone_on_the_way_is_not_waited_for()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var former = await ground.CurrentAsync();
        ground.Breaks = (name, login) => name == SagaGround.Worker && login != former;
        ground.AtRestart = name =>
            name == SagaGround.Worker ? ground.VaultAsync("DELETE", "/v1/sys/mounts/secret") : Task.CompletedTask;
        var ended = await EndedAsync(ground, ProposalState.Failed);
        Assert.Equal(("missing", "failed"), (ended.Outcome!.Code, ended.Outcome.Undo));
        Assert.Contains("Nothing is mounted at secret/", ended.Outcome.Text, StringComparison.Ordinal);
        Assert.Contains("Once it is there again", ended.Outcome.Text, StringComparison.Ordinal);
        Assert.True(await ground.SignsInAsync(SagaGround.Api));
        Assert.True(await ground.SignsInAsync(SagaGround.Worker));
    }

    [Fact]
    public async Task A_login_that_may_not_be_renewed_is_left_as_it_is_also_when_it_is_found_after_a_death()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var former = await ground.CurrentAsync();
        // It dies before the answer of the renewal is known: the fourth call is the one to rotate-role.
        var mortal = ground.Mortal(0, out var deaths);
        deaths.At("before POST /v1/database/rotate-role");
        var proposal = await mortal.ProposeAsync("secret.rotate", SagaGround.Target);
        ground.WatchFor(proposal.Id);
        await mortal.ApproveAsync(proposal);
        await deaths.Died.WaitAsync(Patience.Usual, TestContext.Current.CancellationToken);
        await ground.DenyAsync($"database/rotate-role/{ground.RoleB}");
        await ground.AbandonAsync(proposal.Id);
        await ground.Shop.SweepAsync();
        var ended = await ground.Shop.UntilAsync(proposal.Id, ProposalState.Failed);
        Assert.Equal("denied", ended.Outcome!.Code);
        Assert.Equal((former, 1), (await ground.CurrentAsync(), await ground.VersionAsync()));
        await ground.AllAreWellAsync();
    }

    [Fact]
    public async Task A_static_role_that_may_not_be_rotated_keeps_its_password()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var before = (ground.UserB, await ground.KeptAsync(ground.RoleB));
        await ground.DenyAsync($"database/rotate-role/{ground.RoleB}");
        var ended = await EndedAsync(ground, ProposalState.Failed, target: $"database/static-roles/{ground.RoleB}");
        Assert.Equal("denied", ended.Outcome!.Code);
        Assert.Contains("Nothing was changed", ended.Outcome.Text, StringComparison.Ordinal);
        Assert.True(await ground.OpensAsync(before));
        // A step told as failed would have whoever takes it over right then take back what was not done.
        Assert.DoesNotContain(
            await ground.Shop.EventsOfAsync(ended.Id),
            told => told.Type == "step" && told.Data.GetProperty("status").GetString() == "failed"
        );
    }

    [Fact]
    public async Task Who_has_come_to_read_a_static_role_since_is_told_before_anything_is_done()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var proposal = await ground.Shop.ProposeAsync("secret.rotate", $"database/static-roles/{ground.RoleB}");
        ground.Shop.Fleet.Change(
            new string('b', 64),
            facts =>
                facts with
                {
                    Labels = new Dictionary<string, string>
                    {
                        ["sevensa.secret.db"] = $"database/static-creds/{ground.RoleB}",
                    },
                }
        );
        var conflict = await Assert.ThrowsAsync<DecisionConflictException>(() => ground.Shop.ApproveAsync(proposal));
        Assert.Contains(
            conflict.Differences,
            text => text.Contains("has come to read it since", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task What_a_host_would_not_restart_is_not_restarted_again_by_who_takes_it_over()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var former = await ground.CurrentAsync();
        ground.Refuses = name => name == SagaGround.Worker;
        var mortal = ground.Mortal(0, out var deaths);
        // The data is written back, and that is all it did of the way back.
        deaths.At("after POST /v1/secret/data", 1);
        var proposal = await mortal.ProposeAsync("secret.rotate", SagaGround.Target);
        ground.WatchFor(proposal.Id);
        await mortal.ApproveAsync(proposal);
        await deaths.Died.WaitAsync(Patience.Usual, TestContext.Current.CancellationToken);
        ground.Refuses = _ => false;
        await ground.AbandonAsync(proposal.Id);
        await ground.Shop.SweepAsync();
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.RolledBack);
        Assert.Equal([SagaGround.Api, SagaGround.Api], ground.Restarted);
        Assert.Equal(former, await ground.CurrentAsync());
    }

    [Fact]
    public async Task A_password_that_was_made_before_the_right_was_taken_away_is_brought_to_who_uses_it()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        ground.Shop.Fleet.Change(
            new string('b', 64),
            facts =>
                facts with
                {
                    Labels = new Dictionary<string, string>
                    {
                        ["sevensa.secret.db"] = $"database/static-creds/{ground.RoleB}",
                    },
                }
        );
        var mortal = ground.Mortal(0, out var deaths);
        deaths.At("after POST /v1/database/rotate-role");
        ground.Upstreams.Clock.Advance(TimeSpan.FromMinutes(1));
        var proposal = await mortal.ProposeAsync("secret.rotate", $"database/static-roles/{ground.RoleB}");
        ground.WatchFor(proposal.Id);
        ground.Upstreams.Clock.Advance(TimeSpan.FromMinutes(1));
        await mortal.ApproveAsync(proposal);
        await deaths.Died.WaitAsync(Patience.Usual, TestContext.Current.CancellationToken);
        await ground.DenyAsync($"database/rotate-role/{ground.RoleB}");
        await ground.AbandonAsync(proposal.Id);
        await ground.Shop.SweepAsync();
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
        Assert.Equal([SagaGround.Worker], ground.Restarted);
    }

    [Fact]
    public async Task Whether_the_former_login_was_taken_from_service_is_left_open_after_a_death_right_then()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var former = await ground.CurrentAsync();
        var mortal = ground.Mortal(0, out var deaths);
        deaths.At("after POST /v1/database/rotate-role", 1);
        var proposal = await mortal.ProposeAsync("secret.rotate", SagaGround.Target);
        ground.WatchFor(proposal.Id);
        await mortal.ApproveAsync(proposal);
        await deaths.Died.WaitAsync(Patience.Usual, TestContext.Current.CancellationToken);
        await ground.DenyAsync($"database/rotate-role/{ground.RoleA}");
        await ground.AbandonAsync(proposal.Id);
        await ground.Shop.SweepAsync();
        var ended = await ground.Shop.UntilAsync(proposal.Id, ProposalState.Failed);
        Assert.Contains(
            $"Whether {ground.UserA} was taken from service is not known",
            ended.Outcome!.Text,
            StringComparison.Ordinal
        );
        Assert.False(await ground.OpensAsync(former));
        await ground.AllAreWellAsync();
    }

    [Fact]
    public async Task The_former_login_stays_while_what_is_written_is_not_what_vault_keeps()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var former = await ground.CurrentAsync();
        var stranger = await ground.OpenAsync(former);
        var proposal = await ground.Shop.ProposeAsync("secret.rotate", SagaGround.Target);
        var waiting = proposal.Plan.Steps.Single(step => step.Verb == "secret.unused").Number;
        await ground.Shop.ApproveAsync(proposal);
        while (
            !(await ground.Shop.EventsOfAsync(proposal.Id)).Any(told =>
                told.Type == "step" && told.Data.GetProperty("step").GetInt32() == waiting
            )
        )
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
        await ground.VaultAsync("POST", $"/v1/database/rotate-role/{ground.RoleB}", "{}");
        await stranger.DisposeAsync();
        var ending = ground.Shop.UntilAsync(proposal.Id, ProposalState.Failed);
        while (!ending.IsCompleted)
        {
            ground.Shop.Time.Advance(TimeSpan.FromSeconds(2));
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
        Assert.Contains($"{ground.UserA} was left in service", (await ending).Outcome!.Text, StringComparison.Ordinal);
        Assert.True(await ground.OpensAsync(former));
    }

    [Fact]
    public async Task A_container_that_was_refused_once_and_begun_again_is_restarted_again_on_the_way_back()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var plan = (await ground.Shop.ProposeAsync("secret.rotate", SagaGround.Target)).Plan;
        var number = plan.Steps.First(step => step.Verb == "container.restart").Number;
        List<ActionReport> told =
        [
            new("x", 1, default, "step", number, "started"),
            new("x", 2, default, "progress", number, Text: "it was left as it is"),
        ];
        Assert.Equal(number, Assert.Single(Run().Untouched));
        var again = Run();
        await again.BeginAsync(plan.Steps.First(step => step.Number == number));
        Assert.Empty(again.Untouched);
        told.Add(new("x", 3, default, "step", number, "started"));
        Assert.Empty(Run().Untouched);

        RotationRun Run() =>
            new(
                new SignedAction(1, "x", "", default, default, "", plan, []),
                null,
                null!,
                _ => Task.CompletedTask,
                told
            );
    }
}
