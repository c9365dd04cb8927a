using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Sevensa.Dashboard.Features.Databases.Relocation;
using Sevensa.Dashboard.Tests.Features.Alerts;

namespace Sevensa.Dashboard.Tests.Features.Databases;

/// <summary>Places moved from one real PostgreSQL to another while somebody writes all the time.</summary>
public sealed class PlaceMoveTests(MovedPlaces places) : IClassFixture<MovedPlaces>
{
    private static readonly object where = new { instance = "shared", to = "own" };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Moved \"Q\" d'été", "schema")]
    [InlineData("moved_db", "database")]
    public async Task A_place_is_moved_with_all_that_it_is_and_what_was_is_kept_closed(string name, string form)
    {
        using var client = await places.App.ApiAsAsync("admin");
        await places.PlaceAsync(client, name, form);
        await using var writers = new SteadyWriters(places, name);
        await writers.TakenAsync(places.Shared.Cluster.Port, 5);
        var proposal = await AlertsApi.ProposeAsync(client, "database.tenant.move", MovedPlaces.Tenant, name, where);
        var ended = await AlertsApi.ApproveAsync(places.App, proposal);
        Assert.True((string?)ended["state"] == "succeeded", ended.ToJsonString());
        await NothingIsLostAsync(writers, name);

        // What pg_dump leaves out.
        Assert.Equal(
            "0 11 7MB 60s",
            await MovedPlaces.AskAsync(
                places.Own,
                name,
                $"""
                select (select count(*) from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a where d.datname = current_database() and a.grantee = 0)
                  || ' ' || rolconnlimit || ' ' || (select split_part(c, '=', 2) from unnest(rolconfig) c where c like 'work_mem=%')
                  || ' ' || (select split_part(c, '=', 2) from unnest(rolconfig) c where c like 'statement_timeout=%')
                  from pg_roles where rolname = {SharedInstance.Literal($"{name}_app")}
                """
            )
        );
        // Nobody is left a member of the place's roles, on neither side.
        foreach (var instance in new[] { places.Shared, places.Own })
        {
            Assert.Equal(
                "0",
                await MovedPlaces.AskAsync(
                    instance,
                    "shared",
                    $"select count(*) from pg_auth_members where pg_get_userbyid(roleid) like {SharedInstance.Literal($"{name}\\_%")}"
                )
            );
        }
        // The prover signs in at the new place from now on; what is kept at the old one is still the tenant's.
        var placed = await AlertsApi.GetAsync(client, $"/api/v1/tenants/{MovedPlaces.Tenant}/databases");
        Assert.Equal(
            ["own"],
            placed["items"]!
                .AsArray()
                .Where(one =>
                    one!["placements"]!
                        .AsArray()
                        .Any(here =>
                            (bool)here!["proven"]!
                            && here["roles"]!.AsArray().Any(role => (string?)role == $"{name}_app")
                        )
                )
                .Select(one => (string)one!["name"]!)
        );
        var (status, problem) = await AlertsApi.SendAsync(client, HttpMethod.Post, "/api/v1/proposals", Body(name));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains("moved away already", (string?)problem!["detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_move_that_is_killed_before_and_after_each_thing_it_tells_loses_no_row_and_doubles_none()
    {
        using var client = await places.App.ApiAsAsync("admin");
        await places.PlaceAsync(client, "killed", "schema");
        await using var writers = new SteadyWriters(places, "killed");
        await writers.TakenAsync(places.Shared.Cluster.Port, 5);
        var action = await places.PlannedAsync(MovePlan.Kind, "killed", where);
        var told = new List<ActionReport>();
        var met = new Dictionary<string, int>(StringComparer.Ordinal);
        var deaths = 0;
        ActionOutcome? outcome = null;
        while (outcome is null)
        {
            try
            {
                outcome = await Executor().ResumeAsync(action, [.. told], ReportAsync, Stop);
            }
            catch (DeathException)
            {
                deaths++;
            }
        }
        Assert.True(outcome.State == ProposalState.Succeeded, outcome.Text);
        Assert.True(deaths > 30, $"{deaths} deaths");
        await NothingIsLostAsync(writers, "killed");

        Task ReportAsync(ActionReport report)
        {
            // Writers write on while it is copied anew: how many rows there are is another each time.
            var what =
                $"{report.Step} {report.Status} {(report.Type == "output" ? string.Concat(report.Text!.Where(one => !char.IsDigit(one))) : "")}";
            var times = met[what] = met.GetValueOrDefault(what) + 1;
            if (times == 1)
            {
                throw new DeathException();
            }
            told.Add(report with { At = DateTimeOffset.UnixEpoch, Sequence = told.Count + 1 });
            return times == 2 ? throw new DeathException() : Task.CompletedTask;
        }
    }

    [Theory]
    [InlineData(MovePlan.Make, true)]
    [InlineData(MovePlan.Copy, true)]
    [InlineData(MovePlan.Compare, true)]
    [InlineData(MovePlan.Compare, false)]
    public async Task What_is_cancelled_or_differs_before_the_switch_is_taken_back_whole(int step, bool cancelled)
    {
        var name = $"back_{step}_{cancelled}".ToLowerInvariant();
        using var client = await places.App.ApiAsAsync("admin");
        await places.PlaceAsync(client, name, "schema");
        var (here, there) = (await MovedPlaces.PictureAsync(places.Shared), await MovedPlaces.PictureAsync(places.Own));
        await using var writers = new SteadyWriters(places, name);
        await writers.TakenAsync(places.Shared.Cluster.Port, 5);
        var action = await places.PlannedAsync(MovePlan.Kind, name, where);
        using var cancel = new CancellationTokenSource();
        var outcome = await Executor()
            .ExecuteAsync(
                action,
                async report =>
                {
                    if (report.Step != step || report.Status != "started")
                    {
                        return;
                    }
                    if (cancelled)
                    {
                        await cancel.CancelAsync();
                    }
                    else
                    {
                        await places.Own.RunAsync(name, $"update {name}.things set f = f + 1 where id = 7");
                    }
                },
                cancel.Token
            );
        Assert.Equal(
            (cancelled ? ProposalState.Cancelled : ProposalState.RolledBack, "done"),
            (outcome.State, outcome.Undo)
        );
        Assert.Equal(!cancelled, outcome.Text.Contains($"rows of {name}.things", StringComparison.Ordinal));
        await writers.TakenAsync(places.Shared.Cluster.Port, writers.Taken.Count + 5);
        Assert.Equal(here, await MovedPlaces.PictureAsync(places.Shared));
        Assert.Equal(there, await MovedPlaces.PictureAsync(places.Own));
    }

    [Fact]
    public async Task What_can_not_come_along_and_what_is_nobodys_is_told_before_anybody_decides()
    {
        using var client = await places.App.ApiAsAsync("admin");
        await places.PlaceAsync(client, "partly", "schema");
        await places.Shared.RunAsync("shared", "create table partly.theirs (id int)");
        foreach (
            var (name, words) in new[] { ("partly", "partly.theirs is postgres"), ("nobodys", "has no place nobodys") }
        )
        {
            var (status, problem) = await AlertsApi.SendAsync(client, HttpMethod.Post, "/api/v1/proposals", Body(name));
            Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
            Assert.Contains(words, (string?)problem!["detail"], StringComparison.Ordinal);
        }
    }

    private MoveExecutor Executor() => ActivatorUtilities.CreateInstance<MoveExecutor>(places.App.Services);

    private static object Body(string name) =>
        new
        {
            kind = MovePlan.Kind,
            tenant = MovedPlaces.Tenant,
            target = name,
            parameters = where,
            reason = "a test",
            evidence = Array.Empty<object>(),
        };

    /// <summary>Every row that was taken is at the new place, once, and from the first that was taken there none was taken here.</summary>
    private async Task NothingIsLostAsync(SteadyWriters writers, string name)
    {
        await writers.TakenAsync(places.Own.Cluster.Port, 5);
        await writers.StopAsync();
        var taken = writers.Taken;
        Assert.DoesNotContain(
            taken.SkipWhile(one => one.Port == places.Shared.Cluster.Port),
            one => one.Port == places.Shared.Cluster.Port
        );
        await using var there = await MovedPlaces.SignInAsync(await places.SecretAsync(name, "app", "own"));
        await using var command = new NpgsqlCommand("select who, n from log", there);
        await using var reader = await command.ExecuteReaderAsync(Stop);
        var rows = new List<(int, int)>();
        while (await reader.ReadAsync(Stop))
        {
            rows.Add((reader.GetInt32(0), reader.GetInt32(1)));
        }
        Assert.Equal(rows.Count, rows.Distinct().Count());
        Assert.Empty(taken.Select(one => (one.Who, one.N)).Except(rows));
        Assert.Equal(
            "0",
            await MovedPlaces.AskAsync(
                places.Shared,
                "shared",
                $"select count(*) from pg_roles where rolcanlogin and rolname in ({SharedInstance.Literal($"{name}_app")}, {SharedInstance.Literal($"{name}_owner")})"
            )
        );
    }

    /// <summary>The program is gone at this moment.</summary>
    private sealed class DeathException : Exception;
}
