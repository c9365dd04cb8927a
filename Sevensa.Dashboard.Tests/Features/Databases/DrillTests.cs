using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Sevensa.Dashboard.Features.Databases;
using Sevensa.Dashboard.Features.Databases.Backups;
using Sevensa.Dashboard.Features.Databases.Contracts;
using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Tests.App;
using Sevensa.Dashboard.Tests.Features.Alerts;

namespace Sevensa.Dashboard.Tests.Features.Databases;

/// <summary>Backups of a real PostgreSQL, restored as drills: what came back is counted, and nothing stays.</summary>
public sealed class DrillTests : IAsyncLifetime
{
    private const string Tools = "/usr/lib/postgresql/15/bin";
    private readonly SharedInstance instance = new();
    private readonly string folder = Directory.CreateTempSubdirectory("sevensa-test-").FullName;
    private SandboxApp app = null!;

    public async ValueTask InitializeAsync()
    {
        await instance.InitializeAsync();
        await instance.PlaceAsync("rentguy");
        await instance.RunAsync(
            "shared",
            "create extension dblink; create table rentguy.\"Many \"\"M\"\"\" as select n, md5(n::text) || md5(random()::text) as t from generate_series(1, 20000) n; create table rentguy.zero (id int)"
        );
        await instance.RunAsync(
            "shared",
            """
            create table rentguy.kept (id int); insert into rentguy.kept select generate_series(1, 7);
            alter table rentguy.kept enable row level security; alter table rentguy.kept force row level security;
            create policy nobody on rentguy.kept using (false)
            """
        );
        var file = Path.Combine(folder, "whole.dump");
        var to = new NpgsqlConnectionStringBuilder(instance.Cluster.ConnectionString);
        await ServerProcess.RunAsync(
            "/usr/bin/env",
            $"PGPASSWORD={to.Password}",
            $"{Tools}/pg_dump",
            "-Fc",
            "-h",
            "127.0.0.1",
            "-p",
            $"{to.Port}",
            "-U",
            "postgres",
            "-f",
            file,
            "shared"
        );
        var whole = await File.ReadAllBytesAsync(file);
        await File.WriteAllBytesAsync(Path.Combine(folder, "cut.dump"), whole[..(whole.Length / 2)]);
        await File.WriteAllTextAsync(Path.Combine(folder, "plain.sql"), "select 1;");
        var backups = new[]
        {
            ("whole", "whole.dump"),
            ("cut", "cut.dump"),
            ("plain", "plain.sql"),
            ("gone", "gone.dump"),
        };
        app = await ConfiguredApp.StartAsync([
            .. instance.Settings(),
            .. await instance.AdministeredAsync(),
            .. instance.Placed(0, "rentguy"),
            .. backups.SelectMany(
                (one, number) =>
                    new[]
                    {
                        ($"Databases:Backups:{number}:Name", one.Item1),
                        ($"Databases:Backups:{number}:Instance", "shared"),
                        ($"Databases:Backups:{number}:Database", "shared"),
                        ($"Databases:Backups:{number}:File", Path.Combine(folder, one.Item2)),
                    }
            ),
            ("Databases:Drill:ToolFolder", Tools),
        ]);
        // Its own look for what was left goes on beside the requests, and is not to meet what a test leaves.
        await app.Services.GetServices<IHostedService>().OfType<DrillSweep>().Single().ExecuteTask!;
    }

    [Fact]
    public async Task A_whole_backup_brings_its_rows_back_a_cut_one_does_not_and_nothing_stays()
    {
        using var client = await app.ApiAsAsync("admin");
        var whole = await DrillAsync(client, "whole");
        Assert.True((string?)whole["state"] == "succeeded", whole.ToJsonString());
        Assert.Contains(
            "20008 rows in 4 tables, 1 of them empty",
            (string?)whole["outcome"]!["text"],
            StringComparison.Ordinal
        );
        Assert.Contains("extension dblink", (string?)whole["outcome"]!["text"], StringComparison.Ordinal);
        Assert.True((await EvidenceOfAsync("rentguy"))!.Whole);
        Assert.Null(await EvidenceOfAsync("witcom"));

        var cut = await DrillAsync(client, "cut");
        Assert.True((string?)cut["state"] == "failed", cut.ToJsonString());
        Assert.Contains("not whole", (string?)cut["outcome"]!["text"], StringComparison.Ordinal);
        Assert.False((await EvidenceOfAsync("rentguy"))!.Whole);

        var found = await AlertsApi.GetAsync(client, "/api/v1/databases/shared");
        var backups = found["backups"]!.AsArray();
        Assert.Equal([true, false], backups.Take(2).Select(one => (bool)one!["drill"]!["whole"]!));
        Assert.True((long)backups[0]!["sizeBytes"]! > 100_000);
        Assert.NotNull((string?)backups[3]!["trouble"]);
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task Where_pg_restore_can_not_sign_in_nothing_is_said_of_the_backup()
    {
        var outcome = await WithToolAsync(
            "PGSSLMODE=verify-full PGSSLROOTCERT=/nonexistent PGHOSTADDR=127.0.0.1",
            "--host=localhost"
        );
        Assert.Equal(ProposalState.Failed, outcome.State);
        Assert.DoesNotContain("not whole", outcome.Text, StringComparison.Ordinal);
        Assert.Contains("Nothing is known of the backup", outcome.Text, StringComparison.Ordinal);
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task What_a_drill_left_whose_dashboard_died_is_dropped_by_the_next_and_at_the_start()
    {
        // Made as a drill makes it; whoever held it is gone with its session.
        const string left =
            "create role sevensa_drill_dead login; comment on role sevensa_drill_dead is 'sevensa.drill'; grant sevensa_drill_dead to sevensa_admin";
        using var client = await app.ApiAsAsync("admin");
        await instance.Cluster.RunAsync(left);
        await instance.Cluster.RunAsync("create database sevensa_drill_dead owner sevensa_drill_dead");
        // Somebody else's of such a name is not.
        await instance.Cluster.RunAsync("create role sevensa_drill_mine");
        await DrillAsync(client, "whole");
        await instance.Cluster.RunAsync("drop role sevensa_drill_mine");
        await NothingIsLeftAsync();

        await instance.Cluster.RunAsync(left);
        var scratch = app.Services.GetRequiredService<DrillScratch>();
        var registry = app.Services.GetRequiredService<InstanceRegistry>();
        await using (await scratch.MakeAsync(registry.Find("shared"), "sevensa_drill_living", "password", Stop))
        {
            Assert.Equal(["sevensa_drill_dead"], await scratch.SweepAsync(registry.Find("shared"), Stop));
        }
        using var sweep = ActivatorUtilities.CreateInstance<DrillSweep>(app.Services);
        await sweep.StartAsync(Stop);
        await sweep.ExecuteTask!;
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_count_that_takes_longer_than_a_drill_may_is_given_up()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 11, 29, 3, 0, 0, TimeSpan.Zero));
        var outcome = await WithToolAsync(
            "",
            "",
            clock,
            report =>
            {
                if (report is { Step: 3, Status: "started" })
                {
                    clock.Advance(TimeSpan.FromMinutes(61));
                }
                return Task.CompletedTask;
            }
        );
        Assert.Equal(ProposalState.Failed, outcome.State);
        Assert.Contains("longer than Databases:Drill:Minutes", outcome.Text, StringComparison.Ordinal);
        await NothingIsLeftAsync();
    }

    [Theory]
    [InlineData(nameof(PostgresTls.VerifyFull), null, true)]
    [InlineData(nameof(PostgresTls.VerifyFull), "/own.crt", true)]
    [InlineData(nameof(PostgresTls.Require), null, false)]
    public void The_programs_trust_whom_the_dashboard_trusts(string tls, string? file, bool authorities)
    {
        var shown = app.Services.GetRequiredService<InstanceRegistry>().Find("shared") with
        {
            Tls = Enum.Parse<PostgresTls>(tls),
            RootCertificateFile = file,
        };
        var root = ClientTls.Of(shown)["PGSSLROOTCERT"];
        Assert.Equal(file ?? root, root);
        Assert.Equal(authorities, file is not null || File.Exists(root));
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Drills the whole backup with a <c>pg_restore</c> that has other settings once it restores.</summary>
    private async Task<ActionOutcome> WithToolAsync(
        string settings,
        string more,
        TimeProvider? clock = null,
        Func<ActionReport, Task>? report = null
    )
    {
        using var client = await app.ApiAsAsync("admin");
        var proposal = await AlertsApi.ProposeAsync(client, "database.drill", "rentguy", "whole", new { });
        var tools = Directory.CreateDirectory(Path.Combine(folder, "tools")).FullName;
        var script = Path.Combine(tools, "pg_restore");
        await File.WriteAllTextAsync(
            script,
            $"#!/bin/sh\nexec env {settings} {Tools}/pg_restore \"$@\" {more}\n",
            Stop
        );
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var options = Options.Create(new DrillOptions { ToolFolder = tools });
        clock ??= TimeProvider.System;
        var executor = ActivatorUtilities.CreateInstance<DrillExecutor>(
            app.Services,
            new RestoreTool(options),
            options,
            clock
        );
        return await executor.ExecuteAsync(
            new SignedAction(
                1,
                (string)proposal["id"]!,
                "",
                clock.GetUtcNow(),
                clock.GetUtcNow().AddHours(9),
                "",
                proposal["plan"].Deserialize(ActionJson.Default.ActionPlan)!,
                []
            ),
            report ?? (_ => Task.CompletedTask),
            Stop
        );
    }

    private async Task NothingIsLeftAsync()
    {
        await using var source = NpgsqlDataSource.Create(instance.Cluster.ConnectionString);
        await using var left = source.CreateCommand(
            "select count(*) from (select datname from pg_database union all select rolname from pg_roles) x (name) where name like 'sevensa_drill%'"
        );
        Assert.Equal(0L, await left.ExecuteScalarAsync(Stop));
    }

    [Theory]
    [InlineData("plain", "custom, directory or tar")]
    [InlineData("gone", "There is none at")]
    [InlineData("nothing", "There is no backup of that name")]
    public async Task What_can_not_be_restored_is_told_before_anybody_decides(string backup, string words)
    {
        using var client = await app.ApiAsAsync("admin");
        var (status, problem) = await AlertsApi.SendAsync(
            client,
            HttpMethod.Post,
            "/api/v1/proposals",
            new
            {
                kind = "database.drill",
                tenant = "rentguy",
                target = backup,
                reason = "a drill",
            }
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains(words, (string?)problem!["detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_backup_of_several_tenants_is_neither_shown_nor_drilled_by_who_sees_one()
    {
        var (_, one) = await app.ProgramAsync("operator", ["rentguy"], "read", "propose");
        using (one)
        {
            Assert.Empty((await AlertsApi.GetAsync(one, "/api/v1/databases/shared"))["backups"]!.AsArray());
            var (status, _) = await AlertsApi.SendAsync(
                one,
                HttpMethod.Post,
                "/api/v1/proposals",
                new
                {
                    kind = "database.drill",
                    tenant = "rentguy",
                    target = "whole",
                    reason = "a drill",
                }
            );
            Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        }
    }

    /// <summary>What a tenant's own people are told.</summary>
    private async Task<RestoreEvidence?> EvidenceOfAsync(string tenant) =>
        await app
            .Services.GetRequiredService<IRestoreEvidence>()
            .OfAsync(
                app.Services.GetRequiredService<ITenantScopes>().ForSystem(tenant),
                tenant,
                TestContext.Current.CancellationToken
            );

    private async Task<JsonNode> DrillAsync(HttpClient client, string backup) =>
        await AlertsApi.ApproveAsync(
            app,
            await AlertsApi.ProposeAsync(client, "database.drill", "rentguy", backup, new { })
        );

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        await instance.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
