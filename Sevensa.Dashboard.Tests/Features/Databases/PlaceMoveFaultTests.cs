using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Databases.Contracts;
using Sevensa.Dashboard.Features.Databases.Relocation;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Features.Alerts;

namespace Sevensa.Dashboard.Tests.Features.Databases;

/// <summary>Moves during which somebody else does something, or something that a move needs is not there.</summary>
[TakesLong]
public sealed class PlaceMoveFaultTests(MovedPlaces places) : IClassFixture<MovedPlaces>
{
    private static readonly object where = new { instance = "shared", to = "own" };
    private static int doors;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_written_after_the_comparison_by_who_opened_the_old_place_is_not_lost()
    {
        var action = await PlannedAsync("reopened");
        var outcome = await Executor()
            .ExecuteAsync(
                action,
                report =>
                    report is { Step: MovePlan.Compare, Status: "done" }
                        ? places.Shared.RunAsync(
                            "shared",
                            "alter role reopened_app login; insert into reopened.log values (7, 7)"
                        )
                        : Task.CompletedTask,
                Stop
            );
        Assert.Equal((ProposalState.RolledBack, "done"), (outcome.State, outcome.Undo));
        Assert.Contains("reopened_app can sign in", outcome.Text, StringComparison.Ordinal);
        await IsHereAsync("reopened", "1");
    }

    [Fact]
    public async Task A_move_that_is_taken_over_after_the_comparison_brings_what_was_written_meanwhile()
    {
        var action = await PlannedAsync("away");
        var told = new List<ActionReport>();
        await DiesAsync(action, told, report => report is { Step: MovePlan.Compare, Status: "done" });
        await places.Shared.RunAsync("shared", "alter role away_app login; insert into away.log values (7, 7)");
        var outcome = await Executor().ResumeAsync(action, told, _ => Task.CompletedTask, Stop);
        Assert.True(outcome.State == ProposalState.Succeeded, outcome.Text);
        Assert.Equal("1", await MovedPlaces.AskAsync(places.Own, "away", "select count(*) from away.log"));
    }

    [Fact]
    public async Task A_switch_that_is_taken_over_opens_no_copy_that_is_older_than_the_old_place()
    {
        var action = await PlannedAsync("stale");
        var told = new List<ActionReport>();
        await DiesAsync(action, told, report => report is { Step: MovePlan.Switch, Status: "started" });
        await places.Shared.RunAsync("shared", "insert into stale.log values (7, 7)");
        var outcome = await Executor().ResumeAsync(action, told, _ => Task.CompletedTask, Stop);
        Assert.Equal(ProposalState.Unknown, outcome.State);
        Assert.Contains("rows of stale.log", outcome.Text, StringComparison.Ordinal);
        Assert.Equal("0", await CanSignInAsync(places.Own, "stale"));
    }

    [Fact]
    public async Task The_old_place_is_open_again_also_when_the_new_one_can_not_be_taken_away()
    {
        var action = await PlannedAsync("broken");
        var outcome = await Executor()
            .ExecuteAsync(
                action,
                report =>
                    report is { Step: MovePlan.Copy, Status: "started" }
                        ? places.Own.Cluster.RunAsync("alter role sevensa_admin nologin")
                        : Task.CompletedTask,
                Stop
            );
        await places.Own.Cluster.RunAsync("alter role sevensa_admin login");
        Assert.Equal(ProposalState.Unknown, outcome.State);
        Assert.Contains("as it was, and open. On own the database broken", outcome.Text, StringComparison.Ordinal);
        await IsHereAsync("broken", "0");
    }

    [Fact]
    public async Task What_vault_does_not_take_for_the_new_instance_is_known_while_there_is_a_way_back()
    {
        var action = await PlannedAsync("sealed");
        var vaults = new List<IVaultedCredentials>
        {
            new ClosedVault(places.App.Services.GetRequiredService<IVaultedCredentials>()),
        };
        var outcome = await ActivatorUtilities
            .CreateInstance<MoveExecutor>(places.App.Services, vaults)
            .ExecuteAsync(action, _ => Task.CompletedTask, Stop);
        Assert.Equal((ProposalState.RolledBack, "done"), (outcome.State, outcome.Undo));
        Assert.Contains("permission denied", outcome.Text, StringComparison.Ordinal);
        await IsHereAsync("sealed", "0");
    }

    [Fact]
    public async Task A_place_that_is_open_already_keeps_its_passwords_when_the_switch_is_done_again()
    {
        var action = await PlannedAsync("once");
        var told = new List<ActionReport>();
        await DiesAsync(
            action,
            told,
            report => report is { Step: MovePlan.Switch, Type: "output", Text: "own is open." }
        );
        var before = (string)(await places.SecretAsync("once", "app", "own"))["password"]!;
        // Its services take every connection that it may have.
        await places.Own.Cluster.RunAsync("alter role once_app connection limit 0");
        var outcome = await Executor().ResumeAsync(action, told, _ => Task.CompletedTask, Stop);
        Assert.True(outcome.State == ProposalState.Succeeded, outcome.Text);
        Assert.Equal(before, (string)(await places.SecretAsync("once", "app", "own"))["password"]!);
    }

    [Fact]
    public async Task A_second_dashboard_does_nothing_while_the_first_is_at_work()
    {
        var action = await PlannedAsync("twice");
        ActionOutcome? second = null;
        var first = await Executor()
            .ExecuteAsync(
                action,
                async report =>
                {
                    if (report is { Step: MovePlan.Copy, Status: "started" })
                    {
                        second = await Executor().ResumeAsync(action, [], _ => Task.CompletedTask, Stop);
                    }
                },
                Stop
            );
        Assert.Equal(ProposalState.Unknown, second!.State);
        Assert.True(first.State == ProposalState.Succeeded, first.Text);
    }

    [Theory]
    [InlineData("create role {0}_other login; grant {0}_owner to {0}_other", "{0}_other is a member of {0}_owner")]
    [InlineData("grant usage on schema {0} to public", "PUBLIC has a right on schema {0}")]
    [InlineData("grant insert on {0}.log to public", "PUBLIC has a right on {0}.log")]
    [InlineData("grant insert (who) on {0}.log to public", "PUBLIC has a right on {0}.log.who")]
    [InlineData(
        "set role {0}_owner; create function {0}.w() returns void language sql security definer as ''; grant execute on function {0}.w() to public",
        "PUBLIC has a right on {0}.w(…)"
    )]
    [InlineData("alter role {0}_app bypassrls noinherit", "{0}_app has BYPASSRLS, NOINHERIT")]
    [InlineData("set role {0}_app; select lo_create(0)", "is {0}_app's")]
    public async Task Other_doors_to_a_place_and_what_a_dump_leaves_are_told_before_anybody_decides(
        string sql,
        string words
    )
    {
        var name = $"door_{Interlocked.Increment(ref doors)}";
        using var client = await places.App.ApiAsAsync("admin");
        await places.PlaceAsync(client, name, "schema");
        await places.Shared.RunAsync("shared", sql.Replace("{0}", name, StringComparison.Ordinal));
        var (status, problem) = await AlertsApi.SendAsync(
            client,
            HttpMethod.Post,
            "/api/v1/proposals",
            new
            {
                kind = MovePlan.Kind,
                tenant = MovedPlaces.Tenant,
                target = name,
                parameters = where,
                reason = "a test",
                evidence = Array.Empty<object>(),
            }
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains(
            words.Replace("{0}", name, StringComparison.Ordinal),
            (string?)problem!["detail"],
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_large_object_that_is_made_after_the_plan_is_met_when_the_place_is_closed()
    {
        var action = await PlannedAsync("late");
        var outcome = await Executor()
            .ExecuteAsync(
                action,
                report =>
                    report is { Step: MovePlan.Follow, Status: "started" }
                        ? places.Shared.RunAsync("shared", "set role late_app; select lo_create(0)")
                        : Task.CompletedTask,
                Stop
            );
        Assert.Equal((ProposalState.RolledBack, "done"), (outcome.State, outcome.Undo));
        Assert.Contains("large object", outcome.Text, StringComparison.Ordinal);
        await IsHereAsync("late", "0");
    }

    private async Task<SignedAction> PlannedAsync(string name)
    {
        using var client = await places.App.ApiAsAsync("admin");
        await places.PlaceAsync(client, name, "schema");
        return await places.PlannedAsync(MovePlan.Kind, name, where);
    }

    private MoveExecutor Executor() => ActivatorUtilities.CreateInstance<MoveExecutor>(places.App.Services);

    /// <summary>It is gone right after it told this.</summary>
    private async Task DiesAsync(SignedAction action, List<ActionReport> told, Func<ActionReport, bool> at)
    {
        var death = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            Executor()
                .ExecuteAsync(
                    action,
                    report =>
                    {
                        told.Add(report);
                        return at(report) ? throw new InvalidOperationException("killed") : Task.CompletedTask;
                    },
                    Stop
                )
        );
        Assert.Equal("killed", death.Message);
    }

    private async Task IsHereAsync(string name, string rows)
    {
        Assert.Equal("2", await CanSignInAsync(places.Shared, name));
        Assert.Equal(rows, await MovedPlaces.AskAsync(places.Shared, "shared", $"select count(*) from {name}.log"));
        await using var login = await MovedPlaces.SignInAsync(await places.SecretAsync(name, "app"));
    }

    private static Task<string> CanSignInAsync(SharedInstance instance, string name) =>
        MovedPlaces.AskAsync(
            instance,
            "shared",
            $"select count(*) from pg_roles where rolcanlogin and rolname in ('{name}_app', '{name}_owner')"
        );

    /// <summary>Nothing may be written below the new instance.</summary>
    private sealed class ClosedVault(IVaultedCredentials real) : IVaultedCredentials
    {
        public Task<int> VersionAsync(string tenant, string path, CancellationToken cancellation) =>
            real.VersionAsync(tenant, path, cancellation);

        public Task<int?> WriteAsync(
            string tenant,
            string path,
            int version,
            IReadOnlyDictionary<string, string> values,
            CancellationToken cancellation
        ) =>
            path.StartsWith("databases/own/", StringComparison.Ordinal)
                ? throw new UpstreamException("Vault", UpstreamFault.Denied, "permission denied")
                : real.WriteAsync(tenant, path, version, values, cancellation);
    }
}
