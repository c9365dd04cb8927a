using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Secrets;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Features.Databases;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>
/// Rotations that go on to the database and the containers, against a real PostgreSQL in which Vault's stand-in changes the
/// logins: at every place where the dashboard can die, and with every part away in turn.
/// </summary>
[TakesLong]
public class RotationSagaTests(SharedInstance instance) : IClassFixture<SharedInstance>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static Task<Proposal> ProposeAsync(SagaGround ground, string? parameters = null) =>
        ground.Shop.ProposeAsync("secret.rotate", SagaGround.Target, parameters);

    private static async Task<Proposal> BegunAsync(SagaGround ground, string? parameters = null)
    {
        var proposal = await ProposeAsync(ground, parameters);
        await ground.Shop.ApproveAsync(proposal);
        return proposal;
    }

    [Fact]
    public async Task The_plan_says_all_of_it_and_it_is_done_in_that_order()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var former = await ground.CurrentAsync();
        var proposal = await ProposeAsync(ground);

        Assert.Equal(
            [
                "secret.read",
                "secret.renew",
                "secret.try",
                "secret.write",
                "secret.verify",
                "container.restart",
                "container.restart",
                "secret.unused",
                "secret.retire",
            ],
            proposal.Plan.Steps.Select(step => step.Verb)
        );
        Assert.Contains("rentguy-api on vps-1", proposal.Plan.Steps[5].Title, StringComparison.Ordinal);
        Assert.Contains("healthy", proposal.Plan.Steps[5].Title, StringComparison.Ordinal);
        Assert.Contains(proposal.Plan.Changes, change => change.Before == ground.UserA);
        Assert.Contains("restarted again", proposal.Plan.Undo.Text, StringComparison.Ordinal);
        Assert.Equal("Rotate rentguy/api/login and restart rentguy-api, rentguy-worker-1", proposal.Title);

        await ground.Shop.ApproveAsync(proposal);
        var ended = await ground.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
        Assert.Equal((ground.UserB, ground.UserB), (ground.HeldBy(SagaGround.Api), ground.HeldBy(SagaGround.Worker)));
        await ground.AllAreWellAsync();
        Assert.False(await ground.OpensAsync(former), "the former login still opens the database");
        Assert.Equal([SagaGround.Api, SagaGround.Worker], ground.Restarted);
        Assert.Contains(ground.UserA, ended.Outcome!.Text, StringComparison.Ordinal);

        // And back: the two take turns.
        var again = await BegunAsync(ground);
        await ground.Shop.UntilAsync(again.Id, ProposalState.Succeeded);
        Assert.Equal(ground.UserA, ground.HeldBy(SagaGround.Api));
        await ground.AllAreWellAsync();
    }

    [Fact]
    public async Task Wherever_the_dashboard_dies_another_ends_it_and_nobody_is_without_a_login()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var places = new List<string>();
        for (var number = 0; await DiesAsync(ground, number, ProposalState.Succeeded) is { } place; number++)
        {
            places.Add(place);
        }
        Assert.True(places.Count > 15, string.Join('\n', places));
        Assert.Contains(
            places,
            place =>
                place.StartsWith("after POST", StringComparison.Ordinal)
                && place.Contains("rotate-role", StringComparison.Ordinal)
        );
        Assert.Contains("before a restart", places);
        Assert.Contains("after a restart", places);
    }

    [Fact]
    public async Task Wherever_it_dies_while_a_consumer_does_not_come_up_everybody_is_back_on_the_former_login()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var former = await ground.CurrentAsync();
        ground.Breaks = (name, login) => name == SagaGround.Worker && login != former;
        var places = new List<string>();
        for (var number = 0; await DiesAsync(ground, number, ProposalState.RolledBack) is { } place; number++)
        {
            places.Add(place);
            Assert.Equal(former, await ground.CurrentAsync());
        }
        Assert.True(places.Count > 15, string.Join('\n', places));
        Assert.Equal(former, await ground.CurrentAsync());
    }

    /// <summary>Rotates once with a death at a place; who is left ends it.</summary>
    /// <returns>The place; null when it ended before it came there.</returns>
    private static async Task<string?> DiesAsync(SagaGround ground, int number, ProposalState end)
    {
        var mortal = ground.Mortal(number, out var deaths);
        var proposal = await mortal.ProposeAsync("secret.rotate", SagaGround.Target, reason: $"death at {number}");
        ground.WatchFor(proposal.Id);
        await mortal.ApproveAsync(proposal);
        var ending = mortal.UntilAsync(proposal.Id, end);
        string? place = null;
        if (await Task.WhenAny(deaths.Died, ending) == deaths.Died)
        {
            place = await deaths.Died;
            // While nobody is at work, everybody works on with what they hold.
            Assert.True(await ground.SignsInAsync(SagaGround.Api), $"{place}: the api is without a login");
            Assert.True(await ground.SignsInAsync(SagaGround.Worker), $"{place}: the worker is without a login");
            await ground.AbandonAsync(proposal.Id);
            ending = ground.Shop.UntilAsync(proposal.Id, end);
            await ground.Shop.SweepAsync();
        }
        try
        {
            await ending;
        }
        catch (Exception exception)
        {
            var state = await ground.Shop.FindAsync(proposal.Id);
            throw new InvalidOperationException(
                $"{place ?? "no death"}: {state.State} {state.Outcome?.Text}",
                exception
            );
        }
        await ground.AllAreWellAsync();
        return place;
    }

    [Fact]
    public async Task A_consumer_that_never_becomes_healthy_takes_everybody_back()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var former = await ground.CurrentAsync();
        ground.Breaks = (name, login) => name == SagaGround.Worker && login != former;
        var proposal = await BegunAsync(ground);
        var ended = await ground.Shop.UntilAsync(proposal.Id, ProposalState.RolledBack);
        Assert.Equal("done", ended.Outcome!.Undo);
        Assert.Contains("did not become healthy", ended.Outcome.Text, StringComparison.Ordinal);
        Assert.Contains(SagaGround.Worker, ended.Outcome.Text, StringComparison.Ordinal);
        Assert.Equal([SagaGround.Api, SagaGround.Worker, SagaGround.Api, SagaGround.Worker], ground.Restarted);
        Assert.Equal(former, await ground.CurrentAsync());
        Assert.Equal(3, await ground.VersionAsync());
        await ground.AllAreWellAsync();
    }

    [Fact]
    public async Task A_consumer_that_does_not_come_back_with_the_former_value_either_is_named()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var former = await ground.CurrentAsync();
        ground.Breaks = (name, _) => name == SagaGround.Worker;
        var proposal = await BegunAsync(ground);
        var ended = await ground.Shop.UntilAsync(proposal.Id, ProposalState.Failed);
        Assert.Equal("failed", ended.Outcome!.Undo);
        Assert.Contains("not everybody came back", ended.Outcome.Text, StringComparison.Ordinal);
        Assert.Equal(former, await ground.CurrentAsync());
        Assert.True(await ground.SignsInAsync(SagaGround.Worker));
    }

    [Fact]
    public async Task A_session_of_somebody_nobody_named_keeps_the_former_login_alive()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var former = await ground.CurrentAsync();
        await using var stranger = await ground.OpenAsync(former);
        var proposal = await BegunAsync(ground);
        var ending = ground.Shop.UntilAsync(proposal.Id, ProposalState.RolledBack);
        while (!ending.IsCompleted)
        {
            ground.Shop.Time.Advance(TimeSpan.FromSeconds(2));
            await Task.Delay(10, Cancellation);
        }
        var ended = await ending;
        Assert.Contains("somebody-else", ended.Outcome!.Text, StringComparison.Ordinal);
        Assert.Contains("sevensa.secret.", ended.Outcome.Text, StringComparison.Ordinal);
        Assert.True(await ground.OpensAsync(former));
        await ground.AllAreWellAsync();
    }

    [Fact]
    public async Task With_the_database_down_nothing_is_written()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var former = await ground.CurrentAsync();
        ground.Upstreams.OpenBao.DatabaseIsDown = true;
        var proposal = await BegunAsync(ground);
        var ended = await ground.Shop.UntilAsync(proposal.Id, ProposalState.Failed);
        Assert.Equal("none", ended.Outcome!.Undo);
        Assert.Contains("tries again by itself", ended.Outcome.Text, StringComparison.Ordinal);
        Assert.Equal((former, 1), (await ground.CurrentAsync(), await ground.VersionAsync()));
        Assert.Empty(ground.Restarted);
        await ground.AllAreWellAsync();
    }

    [Theory]
    [InlineData("seal")]
    [InlineData("disk")]
    [InlineData("token")]
    public async Task A_vault_that_goes_away_on_the_way_is_waited_for(string how)
    {
        await using var ground = await SagaGround.StartAsync(instance);
        ground.AtRestart = _ => ground.Restarted.Count == 2 ? ground.AwayAsync(how, true) : Task.CompletedTask;
        var proposal = await BegunAsync(ground);
        var waits = await ground.Shop.UntilAsync(proposal.Id, ProposalState.Unknown);
        Assert.Contains(
            how switch
            {
                "seal" => "sealed",
                "disk" => "internal error",
                _ => "Vault:TokenFile",
            },
            waits.Outcome!.Text,
            StringComparison.Ordinal
        );
        Assert.Contains("goes on by itself", waits.Outcome.Text, StringComparison.Ordinal);
        await ground.AwayAsync(how, false);
        await ground.AbandonAsync(proposal.Id);
        await ground.Shop.SweepAsync();
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
        await ground.AllAreWellAsync();
        Assert.Equal(ground.UserB, ground.HeldBy(SagaGround.Api));
    }

    [Fact]
    public async Task Whoever_writes_on_the_way_is_left_alone()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var former = await ground.CurrentAsync();
        ground.AtRestart = _ => ground.Restarted.Count == 1 ? ground.WriteAsync(former) : Task.CompletedTask;
        ground.Breaks = (name, login) => name == SagaGround.Worker && ground.Restarted.Count == 2;
        var proposal = await BegunAsync(ground);
        // What somebody wrote is the former data: it is what would have been written back.
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.RolledBack);
        Assert.Equal((former, 3), (await ground.CurrentAsync(), await ground.VersionAsync()));
        await ground.AllAreWellAsync();
    }

    [Fact]
    public async Task Of_two_who_rotate_it_at_once_one_does()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var one = await ProposeAsync(ground);
        var other = await ground.Shop.ProposeAsync(
            "secret.rotate",
            SagaGround.Target,
            """{"consumers": "none"}""",
            Callers.Admin
        );
        await Task.WhenAll(ApprovedAsync(one), ApprovedAsync(other));
        await Task.WhenAny(
            ground.Shop.UntilAsync(one.Id, ProposalState.Succeeded),
            ground.Shop.UntilAsync(other.Id, ProposalState.Succeeded)
        );
        // Whoever had to wait is refused when it is looked at again: the version is another.
        await ground.Shop.SweepAsync();
        List<Proposal> both = [await ground.Shop.FindAsync(one.Id), await ground.Shop.FindAsync(other.Id)];
        Assert.Single(both, proposal => proposal.State == ProposalState.Succeeded);
        Assert.Single(both, proposal => proposal.State is ProposalState.Refused or ProposalState.Proposed);
        Assert.Equal(2, await ground.VersionAsync());
        Assert.True(await ground.OpensAsync(await ground.CurrentAsync()));

        async Task ApprovedAsync(Proposal proposal)
        {
            try
            {
                await ground.Shop.ApproveAsync(proposal);
            }
            catch (DecisionConflictException)
            {
                // The other one was faster.
            }
        }
    }

    [Fact]
    public async Task A_login_that_does_not_open_the_database_is_not_written()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var former = await ground.CurrentAsync();
        await ground.SqlAsync($"revoke connect on database {SharedInstance.Database} from {ground.UserB}");
        var proposal = await BegunAsync(ground);
        var ended = await ground.Shop.UntilAsync(proposal.Id, ProposalState.Failed);
        Assert.Contains("permission denied for database", ended.Outcome!.Text, StringComparison.Ordinal);
        Assert.Contains($"nobody uses {ground.UserB}", ended.Outcome.Text, StringComparison.Ordinal);
        Assert.Equal((former, 1), (await ground.CurrentAsync(), await ground.VersionAsync()));
        await ground.AllAreWellAsync();
    }

    [Fact]
    public async Task A_cancelled_one_is_taken_back()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var former = await ground.CurrentAsync();
        string? id = null;
        ground.AtRestart = _ =>
            ground.Restarted.Count == 1
                ? ground.Shop.Proposals.CancelAsync(Callers.Operator, id!, Cancellation)
                : Task.CompletedTask;
        var proposal = await ProposeAsync(ground);
        id = proposal.Id;
        await ground.Shop.ApproveAsync(proposal);
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.RolledBack);
        Assert.Equal([SagaGround.Api, SagaGround.Api], ground.Restarted);
        Assert.Equal(former, await ground.CurrentAsync());
        await ground.AllAreWellAsync();
    }

    [Fact]
    public async Task A_container_that_is_another_by_now_is_told_before_anything_is_done()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var proposal = await ProposeAsync(ground);
        ground.Shop.Fleet.Change(new string('a', 64), facts => facts with { ConfigHash = "another" });
        var conflict = await Assert.ThrowsAsync<DecisionConflictException>(() => ground.Shop.ApproveAsync(proposal));
        Assert.Contains(conflict.Differences, text => text.Contains("rentguy-api", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_static_role_gets_a_new_password_that_opens_the_database()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var before = (ground.UserB, await ground.KeptAsync(ground.RoleB));
        Assert.True(await ground.OpensAsync(before));
        var proposal = await ground.Shop.ProposeAsync("secret.rotate", $"database/static-roles/{ground.RoleB}");
        Assert.Equal(["secret.try", "secret.renew", "secret.try"], proposal.Plan.Steps.Select(step => step.Verb));
        Assert.Equal("none", proposal.Plan.Undo.Kind);
        await ground.Shop.ApproveAsync(proposal);
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
        Assert.False(await ground.OpensAsync(before));
        Assert.True(await ground.OpensAsync((ground.UserB, await ground.KeptAsync(ground.RoleB))));
    }

    [Fact]
    public async Task A_static_role_is_left_alone_while_the_database_can_not_be_signed_in_to()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var before = (ground.UserB, await ground.KeptAsync(ground.RoleB));
        await ground.SqlAsync($"alter role {ground.UserB} nologin");
        var proposal = await ground.Shop.ProposeAsync("secret.rotate", $"database/static-creds/{ground.RoleB}");
        await ground.Shop.ApproveAsync(proposal);
        var ended = await ground.Shop.UntilAsync(proposal.Id, ProposalState.Failed);
        Assert.Contains("Nothing was changed", ended.Outcome!.Text, StringComparison.Ordinal);
        await ground.SqlAsync($"alter role {ground.UserB} login");
        Assert.True(await ground.OpensAsync(before));
    }

    [Theory]
    [InlineData("database/static-roles/witcom-psra-api")]
    [InlineData("database/static-roles/rentguy-none")]
    public async Task A_static_role_of_another_tenant_is_as_one_that_is_not_there(string target)
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var refused = await Assert.ThrowsAsync<CannotPlanException>(() =>
            ground.Shop.ProposeAsync("secret.rotate", target)
        );
        Assert.Contains("rentguy has no static role", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_that_belong_together_are_renewed_in_one_version_by_vaults_own_policy()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        await ground.VaultAsync("POST", "/v1/sys/policies/password/strong", """{"policy": "length = 24"}""");
        const string path = "/v1/secret/data/rentguy/web/payment-provider";
        var before = await ground.DataAsync(path);
        var proposal = await ground.Shop.ProposeAsync(
            "secret.rotate",
            "web/payment-provider",
            """{"key": "secret_key", "more": ["publishable_key"], "policy": "strong"}"""
        );
        await ground.Shop.ApproveAsync(proposal);
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
        var after = await ground.DataAsync(path);
        Assert.All(after, pair => Assert.StartsWith("S7+", pair.Value, StringComparison.Ordinal));
        Assert.Equal(before.Keys.Order(), after.Keys.Order());
    }

    [Theory]
    [InlineData(
        """{"consumers": "none"}""",
        "secret.read,secret.renew,secret.try,secret.write,secret.verify,secret.unused,secret.retire"
    )]
    [InlineData("""{"more": ["host"]}""", null)]
    public async Task What_was_chosen_decides_whom_it_restarts(string parameters, string? steps)
    {
        await using var ground = await SagaGround.StartAsync(instance);
        if (steps is null)
        {
            var refused = await Assert.ThrowsAsync<CannotPlanException>(() => ProposeAsync(ground, parameters));
            Assert.Contains("database engine", refused.Message, StringComparison.Ordinal);
            return;
        }
        var plan = (await ProposeAsync(ground, parameters)).Plan;
        Assert.Equal(steps, string.Join(',', plan.Steps.Select(step => step.Verb)));
    }

    [Fact]
    public async Task A_container_that_reads_again_by_itself_is_not_restarted_and_is_told()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        ground.Shop.Fleet.Change(
            new string('b', 64),
            facts =>
                facts with
                {
                    Labels = new Dictionary<string, string>(facts.Labels)
                    {
                        ["sevensa.secret.database.on-change"] = "none",
                    },
                }
        );
        var plan = (await ProposeAsync(ground)).Plan;
        Assert.Equal(SagaGround.Api, Assert.Single(plan.Containers).Name);
        Assert.Contains(
            plan.Untouched,
            text => text.Contains("reads the secret again by itself", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Through_a_standby_that_reads_the_past_it_goes_to_its_end_and_back()
    {
        await using var ground = await SagaGround.StartAsync(instance, "openbao-standby");
        // The clock stands still: the standby never catches up by itself.
        var done = await BegunAsync(ground);
        await ground.Shop.UntilAsync(done.Id, ProposalState.Succeeded);
        await ground.AllAreWellAsync();
        var current = await ground.CurrentAsync();
        ground.Breaks = (name, login) => name == SagaGround.Worker && login != current;
        var undone = await BegunAsync(ground);
        await ground.Shop.UntilAsync(undone.Id, ProposalState.RolledBack);
        Assert.Equal(current, await ground.CurrentAsync());
        await ground.AllAreWellAsync();
    }

    [Fact]
    public async Task Who_reads_it_by_its_labels_is_shown_with_the_secret()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var secret = await ground
            .Shop.Services.GetRequiredService<SecretCatalogue>()
            .FindAsync(new TenantScope(["rentguy"]), "rentguy", SagaGround.Target, Cancellation);
        Assert.Equal([SagaGround.Api, SagaGround.Worker], secret!.Readers.Select(reader => reader.Container));
        Assert.All(secret.Readers, reader => Assert.Equal("restart", reader.OnChange));
        Assert.Equal(["api", "worker"], secret.Consumers);
    }

    [Fact]
    public async Task No_value_is_anywhere_but_in_vault_and_the_database()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        List<string> values = [(await ground.CurrentAsync()).Password, await ground.KeptAsync(ground.RoleB)];
        ground.AtRestart = async _ => values.Add((await ground.CurrentAsync()).Password);
        var former = await ground.CurrentAsync();
        ground.Breaks = (name, login) => name == SagaGround.Worker && login != former;
        var undone = await BegunAsync(ground);
        await ground.Shop.UntilAsync(undone.Id, ProposalState.RolledBack);
        ground.Breaks = (_, _) => false;
        var done = await BegunAsync(ground);
        await ground.Shop.UntilAsync(done.Id, ProposalState.Succeeded);
        values.Add(await ground.KeptAsync(ground.RoleA));
        values.Add(await ground.KeptAsync(ground.RoleB));
        List<string> told =
        [
            JsonSerializer.Serialize(await ground.Shop.FindAsync(undone.Id)),
            JsonSerializer.Serialize(await ground.Shop.FindAsync(done.Id)),
            JsonSerializer.Serialize(await ground.Shop.EventsOfAsync(undone.Id)),
            JsonSerializer.Serialize(await ground.Shop.EventsOfAsync(done.Id)),
            JsonSerializer.Serialize(ground.Shop.Audit.Entries),
            JsonSerializer.Serialize(ground.Shop.Link.Delivered),
            .. ground.Logs,
            await ground.StoreAsync(),
        ];
        Assert.True(values.Distinct().Count() >= 4);
        foreach (var value in values.Distinct())
        {
            Assert.All(told, text => Assert.DoesNotContain(value, text, StringComparison.Ordinal));
        }
    }
}
