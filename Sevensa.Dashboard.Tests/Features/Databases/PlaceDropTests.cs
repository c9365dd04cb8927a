using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Sevensa.Dashboard.Features.Databases.Relocation;
using Sevensa.Dashboard.Tests.App;
using Sevensa.Dashboard.Tests.Features.Alerts;

namespace Sevensa.Dashboard.Tests.Features.Databases;

/// <summary>Places dropped by approved actions: exported first, after a waiting time, under a name that is typed once more.</summary>
[TakesLong]
public sealed class PlaceDropTests(MovedPlaces places) : IClassFixture<MovedPlaces>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Gone \"Q\" d'été", "schema")]
    [InlineData("gone_db", "database")]
    public async Task A_place_is_exported_whole_and_dropped_with_its_roles(string name, string form)
    {
        var before = await MovedPlaces.PictureAsync(places.Shared);
        using var client = await places.App.ApiAsAsync("admin");
        await places.PlaceAsync(client, name, form);
        var proposal = await AlertsApi.ProposeAsync(client, DropPlan.Kind, MovedPlaces.Tenant, name, Asked(name));
        var ended = await AlertsApi.ApproveAsync(places.App, proposal);
        Assert.True((string?)ended["state"] == "succeeded", ended.ToJsonString());
        Assert.Equal(before, await MovedPlaces.PictureAsync(places.Shared));
        var file = DropPlan.Of(proposal["plan"].Deserialize(ActionJson.Default.ActionPlan)!).File;
        var sql = Path.GetTempFileName();
        await ServerProcess.RunAsync("/usr/lib/postgresql/15/bin/pg_restore", $"--file={sql}", file);
        Assert.Contains(
            "c4ca4238a0b923820dcc509a6f75849b",
            await File.ReadAllTextAsync(sql, Stop),
            StringComparison.Ordinal
        );
        File.Delete(sql);
    }

    [Fact]
    public async Task A_name_that_is_typed_otherwise_drops_nothing_and_anothers_place_is_none()
    {
        using var client = await places.App.ApiAsAsync("admin");
        await places.PlaceAsync(client, "typed", "schema");
        foreach (
            var (tenant, typed, words) in new[]
            {
                (MovedPlaces.Tenant, "Typed", "is not the target's"),
                ("rentguy", "typed", "rentguy has no place typed"),
            }
        )
        {
            var (status, problem) = await AlertsApi.SendAsync(
                client,
                HttpMethod.Post,
                "/api/v1/proposals",
                new
                {
                    kind = DropPlan.Kind,
                    tenant,
                    target = "typed",
                    parameters = new { instance = "shared", typedName = typed },
                    reason = "a test",
                    evidence = Array.Empty<object>(),
                }
            );
            Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
            Assert.Contains(words, (string?)problem!["detail"], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task While_it_waits_it_can_be_cancelled_and_opens_as_it_was_also_after_a_death()
    {
        using var client = await places.App.ApiAsAsync("admin");
        await places.PlaceAsync(client, "waits", "schema");
        var before = await MovedPlaces.PictureAsync(places.Shared);
        var action = await WaitingAsync("waits");
        var clock = new FakeTimeProvider(action.IssuedAt);
        var told = new List<ActionReport>();
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            Executor(clock)
                .ExecuteAsync(
                    action,
                    report =>
                    {
                        told.Add(report with { At = clock.GetUtcNow() });
                        return report is { Step: DropPlan.Wait }
                            ? throw new InvalidOperationException("killed")
                            : Task.CompletedTask;
                    },
                    Stop
                )
        );
        Assert.NotEqual(before, await MovedPlaces.PictureAsync(places.Shared));

        using var cancel = new CancellationTokenSource();
        clock.Advance(TimeSpan.FromMinutes(50));
        var waiting = Executor(clock).ResumeAsync(action, told, _ => Task.CompletedTask, cancel.Token);
        await cancel.CancelAsync();
        var outcome = await waiting;
        Assert.Equal((ProposalState.Cancelled, "done"), (outcome.State, outcome.Undo));
        Assert.Equal(before, await MovedPlaces.PictureAsync(places.Shared));
        await using var login = await MovedPlaces.SignInAsync(await places.SecretAsync("waits", "app"));
    }

    [Fact]
    public async Task A_drop_that_is_killed_before_and_after_each_thing_it_tells_waits_once_and_drops_once()
    {
        var before = await MovedPlaces.PictureAsync(places.Shared);
        using var client = await places.App.ApiAsAsync("admin");
        await places.PlaceAsync(client, "dies", "schema");
        var action = await WaitingAsync("dies");
        var clock = new FakeTimeProvider(action.IssuedAt);
        var told = new List<ActionReport>();
        var met = new Dictionary<string, int>(StringComparer.Ordinal);
        ActionOutcome? outcome = null;
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        soon.CancelAfter(Patience.Usual);
        while (outcome is null)
        {
            try
            {
                var going = Executor(clock).ResumeAsync(action, Told(), ReportAsync, Stop);
                while (!going.IsCompleted)
                {
                    // As far as the hour, and no further: whoever waits anew never ends.
                    if (
                        Told().Find(one => one is { Step: DropPlan.Wait, Status: "started" }) is { } waits
                        && clock.GetUtcNow() < waits.At + TimeSpan.FromMinutes(60)
                    )
                    {
                        clock.Advance(TimeSpan.FromMinutes(20));
                    }
                    await Task.WhenAny(
                        going,
                        Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, soon.Token)
                    );
                    soon.Token.ThrowIfCancellationRequested();
                }
                outcome = await going;
            }
            catch (InvalidOperationException exception) when (exception.Message == "killed") { }
        }
        Assert.True(outcome.State == ProposalState.Succeeded, outcome.Text);
        Assert.Equal(before, await MovedPlaces.PictureAsync(places.Shared));
        Assert.Equal(
            TimeSpan.FromMinutes(60),
            Told().First(one => one is { Step: DropPlan.Drop, Status: "started" }).At
                - Told().First(one => one is { Step: DropPlan.Wait, Status: "started" }).At
        );

        List<ActionReport> Told()
        {
            lock (told)
            {
                return [.. told];
            }
        }

        Task ReportAsync(ActionReport report)
        {
            var what = $"{report.Step} {report.Status} {report.Type}";
            lock (told)
            {
                var times = met[what] = met.GetValueOrDefault(what) + 1;
                if (times == 1)
                {
                    throw new InvalidOperationException("killed");
                }
                told.Add(report with { At = clock.GetUtcNow() });
                return times == 2 ? throw new InvalidOperationException("killed") : Task.CompletedTask;
            }
        }
    }

    [Theory]
    [InlineData("alter role reopen_app login", "reopen_app can sign in again")]
    [InlineData("alter role reopen_owner login", "reopen_owner can sign in again")]
    public async Task A_role_that_was_opened_while_it_waits_saves_what_it_wrote(string opens, string words)
    {
        using var client = await places.App.ApiAsAsync("admin");
        if (!(await MovedPlaces.PictureAsync(places.Shared)).Contains("reopen_app", StringComparison.Ordinal))
        {
            await places.PlaceAsync(client, "reopen", "schema");
        }
        var (action, told) = await DyingAsync("reopen", DropPlan.Wait, "started");
        await places.Shared.Cluster.RunAsync(opens);
        await places.Shared.RunAsync(SharedInstance.Database, "insert into reopen.log values (1, 1)");
        var outcome = await AfterTheHourAsync(action, told);
        Assert.Equal((ProposalState.RolledBack, "done"), (outcome.State, outcome.Undo));
        Assert.Contains(words, outcome.Text, StringComparison.Ordinal);
        await using var login = await MovedPlaces.SignInAsync(await places.SecretAsync("reopen", "app"));
        Assert.NotEqual("0", await CountAsync("select count(*) from reopen.log"));
    }

    [Fact]
    public async Task A_place_that_was_given_to_somebody_else_while_it_waits_is_left_and_nobody_let_in()
    {
        using var client = await places.App.ApiAsAsync("admin");
        await places.PlaceAsync(client, "given", "schema");
        var (action, told) = await DyingAsync("given", DropPlan.Wait, "started");
        await places.Shared.Cluster.RunAsync("comment on role given_owner is 'sevensa.tenant=rentguy'");
        var outcome = await AfterTheHourAsync(action, told);
        Assert.True(outcome is { State: ProposalState.Failed, Undo: "failed" }, outcome.Text);
        Assert.Contains("nobody was let in", outcome.Text, StringComparison.Ordinal);
        Assert.Equal("0", await CountAsync("select count(*) from pg_roles where rolname ~ '^given_' and rolcanlogin"));
        Assert.Equal("500", await CountAsync("select count(*) from given.things"));
    }

    [Theory]
    [InlineData("late", "schema")]
    [InlineData("late_db", "database")]
    public async Task Once_the_drop_began_what_is_open_again_is_told_and_left_and_dropped_when_it_is_closed(
        string name,
        string form
    )
    {
        var before = await MovedPlaces.PictureAsync(places.Shared);
        using var client = await places.App.ApiAsAsync("admin");
        await places.PlaceAsync(client, name, form);
        var (action, told) = await DyingAsync(name, DropPlan.Drop, "started");
        await places.Shared.Cluster.RunAsync($"alter role {name}_app login");
        var outcome = await AfterTheHourAsync(action, told);
        Assert.Equal(ProposalState.Unknown, outcome.State);
        Assert.Contains($"{name}_app can sign in again", outcome.Text, StringComparison.Ordinal);
        Assert.Equal(
            "500",
            await MovedPlaces.AskAsync(
                places.Shared,
                form == "schema" ? SharedInstance.Database : name,
                $"select count(*) from {(form == "schema" ? name : "public")}.things"
            )
        );
        await places.Shared.Cluster.RunAsync($"alter role {name}_app nologin");
        // Whoever counted was a superuser, whose session nobody else may end.
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        soon.CancelAfter(Patience.Usual);
        while (await CountAsync($"select count(*) from pg_stat_activity where datname = '{name}'") != "0")
        {
            soon.Token.ThrowIfCancellationRequested();
        }
        outcome = await AfterTheHourAsync(action, told);
        Assert.True(outcome.State == ProposalState.Succeeded, outcome.Text);
        Assert.Equal(before, await MovedPlaces.PictureAsync(places.Shared));
    }

    [Fact]
    public async Task What_would_go_with_it_and_is_in_no_export_is_counted_and_nothing_is_planned()
    {
        using var client = await places.App.ApiAsAsync("admin");
        await places.PlaceAsync(client, "wide", "schema");
        await places.PlaceAsync(client, "wide_db", "database");
        await places.Shared.Cluster.DatabaseAsync("third");
        await places.Shared.RunAsync(
            SharedInstance.Database,
            "create type wide.kind as enum ('a'); create table wide.parts (id int) partition by range (id); create table wide.one partition of wide.parts default; create schema beside; create table beside.far (id int primary key)"
        );
        const string Own = "outside the";
        const string Others = "would go with it";
        foreach (
            var (name, database, does, undoes, words) in new[]
            {
                (
                    "wide",
                    "shared",
                    "create table beside.stray (); alter table beside.stray owner to wide_owner",
                    "drop table beside.stray",
                    Own
                ),
                (
                    "wide",
                    "shared",
                    "select lo_create(4711); alter large object 4711 owner to wide_app",
                    "select lo_unlink(4711)",
                    Own
                ),
                (
                    "wide",
                    "shared",
                    "grant select on beside.far to wide_app",
                    "revoke all on beside.far from wide_app",
                    Own
                ),
                ("wide", "third", "create schema s authorization wide_owner", "drop schema s", Own),
                (
                    "wide",
                    "shared",
                    "create view beside.seen as select * from wide.log",
                    "drop view beside.seen",
                    Others
                ),
                ("wide", "shared", "create table beside.kinds (k wide.kind)", "drop table beside.kinds", Others),
                (
                    "wide",
                    "shared",
                    "create table beside.keys (id bigint references wide.things)",
                    "drop table beside.keys",
                    Others
                ),
                (
                    "wide",
                    "shared",
                    "create table beside.part partition of wide.parts for values from (1) to (2)",
                    "drop table beside.part",
                    Others
                ),
                ("wide", "shared", "create publication told for table wide.log", "drop publication told", Others),
                ("wide_db", "third", "create schema s authorization wide_db_owner", "drop schema s", Own),
                (
                    "wide_db",
                    "third",
                    "grant create on database third to wide_db_app",
                    "revoke create on database third from wide_db_app",
                    Own
                ),
            }
        )
        {
            await places.Shared.RunAsync(database, does);
            var (status, problem) = await AlertsApi.SendAsync(
                client,
                HttpMethod.Post,
                "/api/v1/proposals",
                new
                {
                    kind = DropPlan.Kind,
                    tenant = MovedPlaces.Tenant,
                    target = name,
                    parameters = Asked(name),
                    reason = "a test",
                    evidence = Array.Empty<object>(),
                }
            );
            Assert.True(status == HttpStatusCode.UnprocessableEntity, does);
            var told = (string?)problem!["detail"];
            Assert.True(told!.Contains(words, StringComparison.Ordinal), $"{does}: {told}");
            Assert.DoesNotContain("beside", told, StringComparison.Ordinal);
            await places.Shared.RunAsync(database, undoes);
        }
        await places.PlannedAsync(DropPlan.Kind, "wide", Asked("wide"));
        await places.PlannedAsync(DropPlan.Kind, "wide_db", Asked("wide_db"));
    }

    [Theory]
    [InlineData(DropPlan.Wait, ProposalState.RolledBack)]
    [InlineData(DropPlan.Drop, ProposalState.Unknown)]
    public async Task What_others_built_on_it_meanwhile_keeps_it(int died, ProposalState state)
    {
        var name = $"kept{died}";
        using var client = await places.App.ApiAsAsync("admin");
        await places.PlaceAsync(client, name, "schema");
        var (action, told) = await DyingAsync(name, died, "started");
        await places.Shared.RunAsync(
            SharedInstance.Database,
            $"create view public.on_{name} as select count(*) n from {name}.things"
        );
        var outcome = await AfterTheHourAsync(action, told);
        Assert.Equal(state, outcome.State);
        Assert.Contains("1 thing outside the schema", outcome.Text, StringComparison.Ordinal);
        Assert.Equal("500", await CountAsync($"select n from public.on_{name}"));
        await places.Shared.RunAsync(SharedInstance.Database, $"drop view public.on_{name}");
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("cut")]
    [InlineData("otherwise")]
    public async Task An_export_that_is_no_longer_whole_is_made_again_before_anything_is_dropped(string fate)
    {
        var before = await MovedPlaces.PictureAsync(places.Shared);
        using var client = await places.App.ApiAsAsync("admin");
        await places.PlaceAsync(client, $"spoilt_{fate}", "schema");
        var (action, told) = await DyingAsync($"spoilt_{fate}", DropPlan.Wait, "started");
        var file = DropPlan.Of(action.Plan).File;
        var size = new FileInfo(file).Length;
        if (fate == "missing")
        {
            File.Delete(file);
        }
        else
        {
            await using var archive = new FileStream(file, FileMode.Open);
            if (fate == "cut")
            {
                archive.SetLength(size / 2);
            }
            else
            {
                await archive.WriteAsync(new byte[size], Stop);
            }
        }
        var outcome = await AfterTheHourAsync(action, told);
        Assert.True(outcome.State == ProposalState.Succeeded, outcome.Text);
        Assert.Equal(before, await MovedPlaces.PictureAsync(places.Shared));
        await ServerProcess.RunAsync("/usr/lib/postgresql/15/bin/pg_restore", "--file=/dev/null", file);
    }

    [Fact]
    public async Task What_is_exported_only_the_dashboard_reads_and_a_cancelled_export_leaves_nothing()
    {
        using var client = await places.App.ApiAsAsync("admin");
        await places.PlaceAsync(client, "private", "schema");
        var action = await WaitingAsync("private");
        var file = DropPlan.Of(action.Plan).File;
        var folder = Path.GetDirectoryName(file)!;
        string[] older = [$"{file}.part", $"{file}.0123.part"];
        foreach (var one in older)
        {
            await File.WriteAllTextAsync(one, "what a dashboard that died left", Stop);
        }
        await using var holds = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(places.Shared.Cluster.ConnectionString)
            {
                Database = SharedInstance.Database,
                Pooling = false,
            }.ConnectionString
        );
        await holds.OpenAsync(Stop);
        await using var transaction = await holds.BeginTransactionAsync(Stop);
        await using (var locks = new NpgsqlCommand("lock table private.log in access exclusive mode", holds))
        {
            await locks.ExecuteNonQueryAsync(Stop);
        }
        using var cancel = new CancellationTokenSource();
        var clock = new FakeTimeProvider(action.IssuedAt);
        var going = Executor(clock).ExecuteAsync(action, _ => Task.CompletedTask, cancel.Token);
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        soon.CancelAfter(Patience.Usual);
        while (
            !going.IsCompleted
            && await CountAsync(
                "select count(*) from pg_locks where not granted and relation = 'private.log'::regclass"
            ) == "0"
        )
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, soon.Token);
        }
        var part = Assert.Single(Directory.GetFiles(folder, "*.part"));
        Assert.DoesNotContain(part, older);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(part));
        await cancel.CancelAsync();
        Assert.Equal(ProposalState.Cancelled, (await going).State);
        Assert.Empty(Directory.GetFiles(folder, "*.part"));
        await transaction.RollbackAsync(Stop);

        var (again, _) = await DyingAsync("private", DropPlan.Wait, "started");
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite,
            File.GetUnixFileMode(DropPlan.Of(again.Plan).File)
        );
        Assert.Empty(Directory.GetFiles(folder, "*.part"));
    }

    [Fact]
    public async Task Of_a_place_that_was_moved_the_plan_says_that_its_secrets_lead_elsewhere_and_stay()
    {
        using var client = await places.App.ApiAsAsync("admin");
        await places.PlaceAsync(client, "left", "schema");
        foreach (var role in new[] { "left_owner", "left_app" })
        {
            await places.Shared.Cluster.RunAsync(
                $"alter role {role} nologin; comment on role {role} is 'sevensa.tenant={MovedPlaces.Tenant} {StandingPlace.Moved}=some-action'"
            );
        }
        var before = await MovedPlaces.PictureAsync(places.Shared);
        var proposal = await AlertsApi.ProposeAsync(client, DropPlan.Kind, MovedPlaces.Tenant, "left", Asked("left"));
        var words = proposal["plan"]!.ToJsonString();
        Assert.Contains("they lead to the place it was moved to", words, StringComparison.Ordinal);
        Assert.DoesNotContain("lead nowhere", words, StringComparison.Ordinal);

        var (action, told) = await DyingAsync("left", DropPlan.Wait, "started");
        using var cancel = new CancellationTokenSource();
        await cancel.CancelAsync();
        var outcome = await Executor(new FakeTimeProvider(action.IssuedAt))
            .ResumeAsync(action, told, _ => Task.CompletedTask, cancel.Token);
        Assert.Equal(ProposalState.Cancelled, outcome.State);
        Assert.Equal(before, await MovedPlaces.PictureAsync(places.Shared));
    }

    [Fact]
    public async Task A_drop_has_more_time_than_a_look()
    {
        using var client = await places.App.ApiAsAsync("admin");
        await places.PlaceAsync(client, "large", "schema");
        await places.Shared.RunAsync(
            SharedInstance.Database,
            """
            create table public.limits (statement text, lock text);
            create function public.look() returns event_trigger language plpgsql security definer as
              $$ begin insert into public.limits values (current_setting('statement_timeout'), current_setting('lock_timeout')); end $$;
            create event trigger looks on ddl_command_start when tag in ('DROP SCHEMA') execute function public.look();
            """
        );
        try
        {
            var (action, told) = await DyingAsync("large", DropPlan.Wait, "started");
            Assert.Equal(ProposalState.Succeeded, (await AfterTheHourAsync(action, told)).State);
            Assert.Equal("0 15s", await CountAsync("select statement || ' ' || lock from public.limits"));
        }
        finally
        {
            await places.Shared.RunAsync(
                SharedInstance.Database,
                "drop event trigger looks; drop function public.look(); drop table public.limits"
            );
        }
    }

    private Task<string> CountAsync(string sql) => MovedPlaces.AskAsync(places.Shared, SharedInstance.Database, sql);

    /// <summary>As it is planned, and carried out until it tells that, with all that it told.</summary>
    private async Task<(SignedAction Action, List<ActionReport> Told)> DyingAsync(string name, int step, string status)
    {
        var action = await WaitingAsync(name);
        var clock = new FakeTimeProvider(action.IssuedAt);
        var told = new List<ActionReport>();
        if (step > DropPlan.Wait)
        {
            action = WithWait(action, 0);
        }
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            Executor(clock)
                .ExecuteAsync(
                    action,
                    report =>
                    {
                        told.Add(report with { At = clock.GetUtcNow() });
                        return report.Step == step && report.Status == status
                            ? throw new InvalidOperationException("killed")
                            : Task.CompletedTask;
                    },
                    Stop
                )
        );
        return (action, told);
    }

    /// <summary>Goes on an hour after it was begun.</summary>
    private Task<ActionOutcome> AfterTheHourAsync(SignedAction action, IReadOnlyList<ActionReport> told) =>
        Executor(new FakeTimeProvider(action.IssuedAt.AddMinutes(61)))
            .ResumeAsync(action, told, _ => Task.CompletedTask, Stop);

    private static object Asked(string name) => new { instance = "shared", typedName = name };

    private DropExecutor Executor(TimeProvider clock) =>
        ActivatorUtilities.CreateInstance<DropExecutor>(places.App.Services, clock);

    /// <summary>As it is planned, with an hour's waiting time.</summary>
    private async Task<SignedAction> WaitingAsync(string name) =>
        WithWait(await places.PlannedAsync(DropPlan.Kind, name, Asked(name)), 60);

    private static SignedAction WithWait(SignedAction action, int minutes)
    {
        var drop = DropPlan.Of(action.Plan) with { WaitMinutes = minutes };
        return action with
        {
            Plan = action.Plan with
            {
                Steps = [action.Plan.Steps[0] with { Arguments = drop.ToArguments() }, .. action.Plan.Steps.Skip(1)],
            },
        };
    }
}
