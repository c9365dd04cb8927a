using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Backups;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Audit;

public class AuditApiTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    private readonly IAuditLog log = app.Services.GetRequiredService<IAuditLog>();

    [Fact]
    public async Task A_refused_change_is_in_the_record()
    {
        using var viewer = await app.ApiAsAsync("client-rentguy");
        using var refused = await viewer.PostAsync("/connect/userinfo", null);
        using var denied = await viewer.DeleteAsync("/api/v1/tenants/rentguy");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, denied.StatusCode);
        using var token = await viewer.PostAsJsonAsync("/api/v1/people", new { userName = "intruder" });
        Assert.Equal(HttpStatusCode.Forbidden, token.StatusCode);
        using var admin = await app.ApiAsAsync("admin");
        var rows = await admin.GetFromJsonAsync<JsonElement>("/api/v1/audit?action=access.refused");
        var row = rows.GetProperty("items")[0];
        Assert.Equal("POST /api/v1/people", row.GetProperty("target").GetString());
        Assert.Equal("refused", row.GetProperty("outcome").GetString());
        Assert.Equal("sandbox-person-client-rentguy", row.GetProperty("actor").GetProperty("id").GetString());
    }

    [Fact]
    public async Task Rows_come_newest_first_in_pages_and_filtered()
    {
        for (var number = 0; number < 5; number++)
        {
            await log.AppendAsync(
                new AuditEntry(new AuditActor("person", "p1", "Pia"), "test.paged", "witcom", $"t{number}")
            );
        }
        using var admin = await app.ApiAsAsync("admin");
        var first = await admin.GetFromJsonAsync<JsonElement>("/api/v1/audit?action=test.paged&limit=3");
        Assert.Equal(["t4", "t3", "t2"], Targets(first));
        var next = first.GetProperty("next").GetString();
        var second = await admin.GetFromJsonAsync<JsonElement>(
            $"/api/v1/audit?action=test.*&actor=Pia&limit=3&cursor={next}"
        );
        Assert.Equal(["t1", "t0"], Targets(second));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("next").ValueKind);
    }

    [Fact]
    public async Task Staff_see_the_rows_of_their_tenants_and_not_the_systems_own()
    {
        await log.AppendAsync(new AuditEntry(AuditActor.System, "test.seen", "witcom"));
        await log.AppendAsync(new AuditEntry(AuditActor.System, "test.seen", "somebody-else"));
        await log.AppendAsync(new AuditEntry(AuditActor.System, "test.seen"));
        using var operatorApi = await app.ApiAsAsync("operator");
        var rows = await operatorApi.GetFromJsonAsync<JsonElement>("/api/v1/audit?action=test.seen");
        Assert.Equal(
            "witcom",
            Assert.Single(rows.GetProperty("items").EnumerateArray()).GetProperty("tenant").GetString()
        );
        using var admin = await app.ApiAsAsync("admin");
        var all = await admin.GetFromJsonAsync<JsonElement>("/api/v1/audit?action=test.seen");
        Assert.Equal(3, all.GetProperty("items").GetArrayLength());
        foreach (var door in new[] { "/api/v1/audit", "/api/v1/audit/export" })
        {
            using var hidden = await operatorApi.GetAsync($"{door}?tenant=somebody-else");
            Assert.Equal(HttpStatusCode.NotFound, hidden.StatusCode);
        }
        using var client = await app.ApiAsAsync("client-witcom");
        using var refused = await client.GetAsync("/api/v1/audit");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);

        // Of a tenant that there is, the record says who asked.
        var (id, program) = await app.ProgramAsync("viewer", ["rentguy"], "read");
        using var stranger = program;
        using var unseen = await stranger.GetAsync("/api/v1/audit?tenant=witcom");
        Assert.Equal(HttpStatusCode.NotFound, unseen.StatusCode);
        var told = await admin.GetStringAsync($"/api/v1/audit?action=access.refused&actor={id}");
        Assert.Contains("the tenant witcom", told);
        Assert.DoesNotContain("somebody-else", told);
    }

    [Fact]
    public async Task The_export_is_one_JSON_row_per_line_with_before_and_after()
    {
        await log.AppendAsync(
            new AuditEntry(
                AuditActor.System,
                "test.exported",
                Before: JsonSerializer.SerializeToElement(new { replicas = 1 }),
                After: JsonSerializer.SerializeToElement(new { replicas = 3 })
            )
        );
        using var admin = await app.ApiAsAsync("admin");
        using var answer = await admin.GetAsync("/api/v1/audit/export?action=test.exported");
        Assert.Equal("application/x-ndjson", answer.Content.Headers.ContentType?.MediaType);
        var line = Assert.Single((await answer.Content.ReadAsStringAsync()).TrimEnd().Split('\n'));
        var row = JsonDocument.Parse(line).RootElement;
        Assert.Equal(1, row.GetProperty("before").GetProperty("replicas").GetInt32());
        Assert.Equal(3, row.GetProperty("after").GetProperty("replicas").GetInt32());
    }

    [Fact]
    public async Task Many_writers_make_one_chain()
    {
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 60),
            async (number, cancellation) =>
                await log.AppendAsync(
                    new AuditEntry(AuditActor.System, "test.parallel", Target: $"{number}\0\ud800 ünï"),
                    cancellation
                )
        );
        using var admin = await app.ApiAsAsync("admin");
        var verified = await admin.GetFromJsonAsync<JsonElement>("/api/v1/audit/verify");
        Assert.True(verified.GetProperty("valid").GetBoolean(), verified.ToString());
        Assert.True(verified.GetProperty("checked").GetInt64() >= 60);
        Assert.Equal(JsonValueKind.Null, verified.GetProperty("firstBad").ValueKind);
    }

    private static IEnumerable<string?> Targets(JsonElement page) =>
        page.GetProperty("items").EnumerateArray().Select(row => row.GetProperty("target").GetString());
}

/// <summary>Each test harms a record of its own.</summary>
public class TamperedAuditTests
{
    [Theory]
    [InlineData("UPDATE AuditRecord SET Detail = 'nothing happened' WHERE Number = 3", 3)]
    [InlineData("UPDATE AuditRecord SET After = '{\"a\": 1}' WHERE Number = 4", 4)]
    [InlineData("DELETE FROM AuditRecord WHERE Number = 2", 2)]
    [InlineData("DELETE FROM AuditRecord WHERE Number > 4", 5)]
    [InlineData("UPDATE AuditRecord SET Previous = Hash WHERE Number = 5", 5)]
    public async Task The_first_bad_row_is_named(string harm, long firstBad)
    {
        await using var app = new SandboxApp();
        await app.InitializeAsync();
        var log = app.Services.GetRequiredService<IAuditLog>();
        var last = 0L;
        while (last < 6)
        {
            last = await log.AppendAsync(
                new AuditEntry(AuditActor.System, "test.row", After: JsonSerializer.SerializeToElement(new { a = 1 }))
            );
        }
        await using (var connection = new SqliteConnection($"Data Source={Path.Combine(app.Folder, "sevensa.db")}"))
        {
            await connection.OpenAsync();
            var refused = await Assert.ThrowsAsync<SqliteException>(() => RunAsync(connection, harm));
            Assert.Contains("AuditRecord is append-only", refused.Message);
            await RunAsync(connection, "DROP TRIGGER AuditRecord_no_UPDATE; DROP TRIGGER AuditRecord_no_DELETE");
            await RunAsync(connection, harm);
        }
        // What is written afterwards heals nothing.
        await log.AppendAsync(new AuditEntry(AuditActor.System, "test.later"));
        using var admin = await app.ApiAsAsync("admin");
        var verified = await admin.GetFromJsonAsync<JsonElement>("/api/v1/audit/verify");
        Assert.False(verified.GetProperty("valid").GetBoolean());
        Assert.Equal(firstBad, verified.GetProperty("firstBad").GetInt64());
        Assert.NotEmpty(verified.GetProperty("reason").GetString()!);
    }

    [Fact]
    public async Task Taking_the_store_back_to_an_earlier_state_is_found_by_what_was_signed_beside_it()
    {
        await using var app = new ConfiguredApp(("Docker:Endpoint", "none"));
        await app.InitializeAsync();
        var log = app.Services.GetRequiredService<IAuditLog>();
        using var admin = await app.ApiAsAsync("admin");
        var kept = await RowAsync();
        await using (var connection = new SqliteConnection($"Data Source={Path.Combine(app.Folder, "sevensa.db")}"))
        {
            await connection.OpenAsync();
            await RunAsync(connection, "CREATE TABLE Before AS SELECT * FROM AuditHead");
            var last = 0L;
            for (var number = 0; number < 5; number++)
            {
                last = await RowAsync();
            }
            // The head is an honest one, only of yesterday: the seal alone can't tell.
            await RunAsync(
                connection,
                $"""
                DROP TRIGGER AuditRecord_no_DELETE;
                DROP TRIGGER AuditCheckpoints_no_DELETE;
                DELETE FROM AuditRecord WHERE Number > {kept};
                DELETE FROM AuditCheckpoints WHERE Number > {kept};
                UPDATE AuditHead SET Number = (SELECT Number FROM Before), Mac = (SELECT Mac FROM Before);
                DROP TABLE Before
                """
            );
            Assert.Equal((false, kept + 1), await VerifiedAsync());
            // Rows written since don't hide it, however many.
            for (var number = 0; number < 7; number++)
            {
                await RowAsync();
            }
            Assert.Equal((false, last), await VerifiedAsync());
        }

        Task<long> RowAsync() => log.AppendAsync(new AuditEntry(AuditActor.System, "test.row"));

        async Task<(bool, long)> VerifiedAsync()
        {
            var verified = await admin.GetFromJsonAsync<JsonElement>("/api/v1/audit/verify");
            return (verified.GetProperty("valid").GetBoolean(), verified.GetProperty("firstBad").GetInt64());
        }
    }

    /// <summary>Once with the files beside the store left as they are, and once with those gone too.</summary>
    [Theory]
    [InlineData("audit.head")]
    [InlineData("audit.head", "store.key.audit-head")]
    [InlineData("store.key.audit-head")]
    public async Task A_record_that_was_emptied_with_all_its_marks_is_found(params string[] files)
    {
        await using var app = new ConfiguredApp(("Docker:Endpoint", "none"));
        await app.InitializeAsync();
        var log = app.Services.GetRequiredService<IAuditLog>();
        for (var number = 0; number < 5; number++)
        {
            await log.AppendAsync(new AuditEntry(AuditActor.System, "test.row"));
        }
        await using (var connection = new SqliteConnection($"Data Source={Path.Combine(app.Folder, "sevensa.db")}"))
        {
            await connection.OpenAsync();
            // Moments old: what was written at first is what somebody may want gone.
            await RunAsync(
                connection,
                """
                DROP TRIGGER AuditRecord_no_DELETE;
                DROP TRIGGER AuditCheckpoints_no_DELETE;
                DELETE FROM AuditRecord;
                DELETE FROM AuditCheckpoints;
                DELETE FROM AuditHead
                """
            );
        }
        foreach (var file in files)
        {
            Assert.True(File.Exists(Path.Combine(app.Folder, file)), file);
            File.Delete(Path.Combine(app.Folder, file));
        }
        using var admin = await app.ApiAsAsync("admin");
        for (var round = 0; round < 2; round++)
        {
            var verified = await admin.GetFromJsonAsync<JsonElement>("/api/v1/audit/verify");
            Assert.False(verified.GetProperty("valid").GetBoolean(), verified.ToString());
            Assert.True(verified.GetProperty("firstBad").GetInt64() > 0);
            await log.AppendAsync(new AuditEntry(AuditActor.System, "test.later"));
        }
    }

    /// <summary>A new record begins, sealed with a new key: what was there before it bears witness.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task So_is_one_whose_key_was_taken_away_too(bool hadProposals)
    {
        await using var app = hadProposals ? new SandboxApp() : new ConfiguredApp(("Docker:Endpoint", "none"));
        await app.InitializeAsync();
        if (hadProposals)
        {
            await app.FleetIsKnownAsync();
            using var operatorApi = await app.ApiAsAsync("operator");
            using var proposed = await operatorApi.PostAsJsonAsync(
                "/api/v1/proposals",
                new
                {
                    kind = "container.restart",
                    tenant = "rentguy",
                    target = "rentguy-worker-1",
                    reason = "a trace of before",
                }
            );
            Assert.Equal(HttpStatusCode.Created, proposed.StatusCode);
        }
        using var admin = await app.ApiAsAsync("admin");
        var verified = await admin.GetFromJsonAsync<JsonElement>("/api/v1/audit/verify");
        Assert.True(verified.GetProperty("valid").GetBoolean(), verified.ToString());
        // What is left of the store when somebody had it for themselves, without the files beside it.
        var folder = Directory.CreateTempSubdirectory("sevensa-test-").FullName;
        await using (var whole = new SqliteConnection($"Data Source={Path.Combine(app.Folder, "sevensa.db")}"))
        {
            await whole.OpenAsync();
            await RunAsync(whole, $"VACUUM INTO '{Path.Combine(folder, "sevensa.db")}'");
        }
        File.Copy(Path.Combine(app.Folder, "store.key"), Path.Combine(folder, "store.key"));
        await using (var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "sevensa.db")}"))
        {
            await connection.OpenAsync();
            await RunAsync(
                connection,
                """
                DROP TRIGGER AuditRecord_no_DELETE;
                DROP TRIGGER AuditCheckpoints_no_DELETE;
                DELETE FROM AuditRecord;
                DELETE FROM AuditCheckpoints;
                DELETE FROM AuditHead;
                DELETE FROM ProductKeys WHERE Purpose = 'audit-signing';
                """
                    // Of a store that is an hour old.
                    + (hadProposals ? "" : "UPDATE People SET CreatedAt = CreatedAt - 3600000")
            );
        }
        var (code, output) = await ProgramRun.ToEndAsync(["verify"], [("Storage__Folder", folder)]);
        Assert.True(code == 1, output);
        Assert.Contains(
            hadProposals ? "the record tells nothing of it" : "There are accounts since",
            output,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("INSERT OR REPLACE INTO AuditRecord SELECT * FROM AuditRecord WHERE Number = 1")]
    [InlineData("REPLACE INTO AuditCheckpoints SELECT * FROM AuditCheckpoints LIMIT 1")]
    [InlineData(
        "INSERT OR REPLACE INTO ProposalEvents (rowid, ProposalId, Id, Type, At, DataJson, Hash) SELECT rowid, 'x', 1, Type, At, DataJson, Hash FROM ProposalEvents LIMIT 1"
    )]
    [InlineData(
        "INSERT INTO AuditRecord SELECT * FROM AuditRecord WHERE Number = 1 ON CONFLICT (Number) DO UPDATE SET Action = 'x'"
    )]
    [InlineData("UPDATE OR REPLACE AuditRecord SET Number = 1 WHERE Number = 2")]
    public async Task A_row_can_t_be_replaced_either(string harm)
    {
        await using var app = await WithProposalAsync();
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(app.Folder, "sevensa.db")}");
        await connection.OpenAsync();
        var refused = await Assert.ThrowsAsync<SqliteException>(() => RunAsync(connection, harm));
        Assert.Contains("is append-only", refused.Message);
    }

    [Theory]
    [InlineData("ProposalEvents", "UPDATE ProposalEvents SET DataJson = '{}' WHERE Id = 1", "proposal events")]
    [InlineData(
        "ProposalEvents",
        "DELETE FROM ProposalEvents WHERE Id = (SELECT MAX(Id) FROM ProposalEvents)",
        "cut off"
    )]
    [InlineData("ProposalEvents", "DELETE FROM ProposalEvents", "missing")]
    [InlineData("ProposalEvents", "UPDATE ProposalEvents SET At = At + 1", "proposal events")]
    [InlineData("Releases", "UPDATE Releases SET \"By\" = 'somebody else' WHERE Link = 1", "releases")]
    [InlineData("Releases", "DELETE FROM Releases WHERE Link = 1", "missing")]
    [InlineData("Releases", "DELETE FROM Releases WHERE Link = (SELECT MAX(Link) FROM Releases)", "cut off")]
    public async Task What_was_told_of_proposals_and_releases_is_chained_too(string table, string harm, string said)
    {
        await using var app = await WithProposalAsync();
        using var admin = await app.ApiAsAsync("admin");
        var before = await admin.GetFromJsonAsync<JsonElement>("/api/v1/audit/verify");
        Assert.True(before.GetProperty("valid").GetBoolean(), before.ToString());
        Assert.All(
            before.GetProperty("records").EnumerateArray(),
            one => Assert.True(one.GetProperty("checked").GetInt64() > 0, one.ToString())
        );
        await using (var connection = new SqliteConnection($"Data Source={Path.Combine(app.Folder, "sevensa.db")}"))
        {
            await connection.OpenAsync();
            await RunAsync(connection, $"DROP TRIGGER {table}_no_UPDATE; DROP TRIGGER {table}_no_DELETE");
            await RunAsync(connection, harm);
        }
        var verified = await admin.GetFromJsonAsync<JsonElement>("/api/v1/audit/verify");
        Assert.False(verified.GetProperty("valid").GetBoolean(), verified.ToString());
        Assert.Equal(JsonValueKind.Null, verified.GetProperty("firstBad").ValueKind);
        Assert.Contains(said, verified.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_backup_notes_the_head_and_the_record_is_held_against_it()
    {
        await using var app = new ConfiguredApp(("Docker:Endpoint", "none"));
        await app.InitializeAsync();
        var archive = Path.Combine(app.Folder, "backup.zip");
        await app.Services.GetRequiredService<StoreBackup>().WriteAsync(archive, withKeys: false, default);
        var mark = (await StoreRestore.MarkAsync(archive, null, default))!;
        using var admin = await app.ApiAsAsync("admin");
        var verified = await admin.GetFromJsonAsync<JsonElement>(
            $"/api/v1/audit/verify?number={mark.Number}&hash={mark.Hash}"
        );
        Assert.True(verified.GetProperty("valid").GetBoolean(), verified.ToString());
        var other = await admin.GetFromJsonAsync<JsonElement>(
            $"/api/v1/audit/verify?number={mark.Number}&hash={new string('0', 64)}"
        );
        Assert.False(other.GetProperty("valid").GetBoolean());
        Assert.Equal(mark.Number, other.GetProperty("firstBad").GetInt64());
        using var half = await admin.GetAsync($"/api/v1/audit/verify?number={mark.Number}");
        Assert.Equal(HttpStatusCode.BadRequest, half.StatusCode);

        var (good, said) = await ProgramRun.ToEndAsync(
            ["verify", "--from", archive],
            [("Storage__Folder", app.Folder)]
        );
        Assert.True(good == 0, said);
        // Another record, as good in itself.
        await using var fresh = new ConfiguredApp(("Docker:Endpoint", "none"));
        await fresh.InitializeAsync();
        var (bad, told) = await ProgramRun.ToEndAsync(
            ["verify", "--from", archive],
            [("Storage__Folder", fresh.Folder)]
        );
        Assert.Equal(1, bad);
        Assert.Contains("written anew", told);
    }

    /// <summary>A program with a proposal, and with the releases of the Sandbox.</summary>
    private static async Task<SandboxApp> WithProposalAsync()
    {
        var app = new SandboxApp();
        await app.InitializeAsync();
        await app.FleetIsKnownAsync();
        using var operators = await app.ApiAsAsync("operator");
        using var asked = await operators.PostAsJsonAsync(
            "/api/v1/proposals",
            new
            {
                kind = "container.restart",
                tenant = "rentguy",
                target = "api",
                reason = "it leaks",
            }
        );
        Assert.True(asked.StatusCode == HttpStatusCode.Created, await asked.Content.ReadAsStringAsync());
        var id = (await asked.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString();
        using var withdrawn = await operators.PostAsync($"/api/v1/proposals/{id}/withdraw", null);
        Assert.Equal(HttpStatusCode.OK, withdrawn.StatusCode);
        return app;
    }

    [Fact]
    public async Task Checkpoints_are_signed_so_that_anybody_can_check_them()
    {
        await using var app = new SandboxApp();
        await app.InitializeAsync();
        var log = app.Services.GetRequiredService<IAuditLog>();
        while (await log.AppendAsync(new AuditEntry(AuditActor.System, "test.row")) < 40) { }
        using var admin = await app.ApiAsAsync("admin");
        var checkpoints = await admin.GetFromJsonAsync<JsonElement>("/api/v1/audit/checkpoints");
        var rows = await admin.GetFromJsonAsync<JsonElement>("/api/v1/audit?limit=500");
        var items = checkpoints.GetProperty("items").EnumerateArray().ToList();
        Assert.True(items.Count >= 2);
        foreach (var item in items)
        {
            var number = item.GetProperty("number").GetInt64();
            var hash = item.GetProperty("hash").GetString();
            Assert.Contains(
                rows.GetProperty("items").EnumerateArray(),
                row => row.GetProperty("number").GetInt64() == number && row.GetProperty("hash").GetString() == hash
            );
            using var key = System.Security.Cryptography.ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(item.GetProperty("publicKey").GetBytesFromBase64(), out _);
            var at = item.GetProperty("at").GetDateTimeOffset().ToUnixTimeMilliseconds();
            Assert.True(
                key.VerifyData(
                    System.Text.Encoding.ASCII.GetBytes($"sevensa-audit\n{number}\n{hash}\n{at}"),
                    item.GetProperty("signature").GetBytesFromBase64(),
                    System.Security.Cryptography.HashAlgorithmName.SHA256
                )
            );
        }
    }

    [Fact]
    public async Task While_the_record_cannot_be_written_nothing_is_proposed_approved_or_run()
    {
        await using var app = new SandboxApp();
        await app.InitializeAsync();
        using var operators = await app.ApiAsAsync("operator");
        var fleet = app.Services.GetRequiredService<Sevensa.Dashboard.Features.Hosts.Contracts.IFleet>();
        using var patience = new CancellationTokenSource(Patience.Usual);
        while (!fleet.ContainersOf("rentguy").Any(container => container.Facts.Service == "api"))
        {
            await Task.Delay(20, patience.Token);
        }
        var body = new
        {
            kind = "container.restart",
            tenant = "rentguy",
            target = "api",
            reason = "it leaks",
        };
        using var asked = await operators.PostAsJsonAsync("/api/v1/proposals", body);
        Assert.Equal(HttpStatusCode.Created, asked.StatusCode);
        var proposal = await asked.Content.ReadFromJsonAsync<JsonElement>();
        var address = $"/api/v1/proposals/{proposal.GetProperty("id").GetString()}";
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(app.Folder, "sevensa.db")}");
        await connection.OpenAsync();
        await RunAsync(
            connection,
            "CREATE TRIGGER Full BEFORE INSERT ON AuditRecord BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        );
        var planHash = proposal.GetProperty("planHash").GetString();
        using var approved = await operators.PostAsJsonAsync($"{address}/approve", new { planHash });
        Assert.Equal(HttpStatusCode.ServiceUnavailable, approved.StatusCode);
        // Another one: the same again would be answered with the one that is open, and write nothing.
        using var another = await operators.PostAsJsonAsync("/api/v1/proposals", body with { target = "worker" });
        Assert.Equal(HttpStatusCode.ServiceUnavailable, another.StatusCode);
        using var rejected = await operators.PostAsJsonAsync($"{address}/reject", new { reason = "no" });
        Assert.Equal(HttpStatusCode.ServiceUnavailable, rejected.StatusCode);
        var seen = await operators.GetFromJsonAsync<JsonElement>(address);
        Assert.Equal("proposed", seen.GetProperty("state").GetString());
        Assert.Empty(seen.GetProperty("approvals").EnumerateArray());
        await RunAsync(connection, "DROP TRIGGER Full");
        using var then = await operators.PostAsJsonAsync($"{address}/approve", new { planHash });
        Assert.Equal(HttpStatusCode.OK, then.StatusCode);
    }

    private static async Task RunAsync(SqliteConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }
}
