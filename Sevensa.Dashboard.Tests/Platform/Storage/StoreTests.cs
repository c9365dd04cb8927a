using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Backups;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Platform.Storage;

/// <summary>What must hold on both providers.</summary>
public abstract class StoreTests : AppOnAStore
{
    [Fact]
    public async Task Rows_of_the_record_can_be_neither_changed_nor_removed()
    {
        await using var app = new ConfiguredApp(await NewStoreAsync());
        await app.InitializeAsync();
        var log = app.Services.GetRequiredService<IAuditLog>();
        await log.AppendAsync(new AuditEntry(AuditActor.System, "test.kept"));
        await using var store = await StoreOf(app);
        foreach (var harm in new[] { "UPDATE \"AuditRecord\" SET \"Action\" = 'x'", "DELETE FROM \"AuditRecord\"" })
        {
            var refused = await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() =>
                store.Database.ExecuteSqlRawAsync(harm)
            );
            Assert.Contains("AuditRecord is append-only", refused.Message);
        }
    }

    [Fact]
    public async Task Many_rows_are_written_changed_and_paged_alike()
    {
        await using var app = new ConfiguredApp(await NewStoreAsync());
        await app.InitializeAsync();
        using var admin = await app.ApiAsAsync("admin");
        var digest = $"sha256:{new string('e', 64)}";
        async Task<JsonElement> SendAsync(int findings)
        {
            var many = Enumerable
                .Range(0, findings)
                .Select(n =>
                    $$"""{"VulnerabilityID": "CVE-2033-{{n:0000}}", "PkgName": "p\u0000{{n}}", "InstalledVersion": "1", "Severity": "CRITICAL"}"""
                );
            using var answer = await admin.PostAsync(
                $"/api/v1/scans?digest={digest}&kinds=vulnerability",
                new StringContent(
                    $$"""{"SchemaVersion": 2, "Results": [{"Class": "os-pkgs", "Vulnerabilities": [{{string.Join(',', many)}}]}]}"""
                )
            );
            var text = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.IsSuccessStatusCode, text);
            return JsonDocument.Parse(text).RootElement.GetProperty("gate");
        }

        Assert.Equal(450, (await SendAsync(450)).GetProperty("total").GetInt32());
        Assert.Equal(3, (await SendAsync(3)).GetProperty("total").GetInt32());
        foreach (var (state, count) in new[] { ("open", 3), ("fixed", 447) })
        {
            var seen = new HashSet<string>();
            string? cursor = null;
            do
            {
                using var page = JsonDocument.Parse(
                    await admin.GetStringAsync(
                        $"/api/v1/findings?state={state}&severity=critical&limit=100&cursor={cursor}"
                    )
                );
                foreach (var item in page.RootElement.GetProperty("items").EnumerateArray())
                {
                    if (item.GetProperty("imageDigest").GetString() == digest)
                    {
                        Assert.True(seen.Add(item.GetProperty("vulnerability").GetString()!));
                    }
                }
                cursor = page.RootElement.GetProperty("next").GetString();
            } while (cursor is not null);
            Assert.Equal(count, seen.Count);
        }
    }

    [Fact]
    public async Task Two_programs_on_one_store_make_one_chain_and_share_the_keys()
    {
        var settings = await NewStoreAsync();
        await using var first = new ConfiguredApp(settings);
        await first.InitializeAsync();
        await using var second = new ConfiguredApp([.. settings, ("Storage:Folder", first.Folder)]);
        await second.InitializeAsync();
        await Task.WhenAll(AppendAsync(first), AppendAsync(second));
        using var admin = await first.ApiAsAsync("admin");
        using var verified = JsonDocument.Parse(await admin.GetStringAsync("/api/v1/audit/verify"));
        Assert.True(verified.RootElement.GetProperty("valid").GetBoolean(), verified.RootElement.ToString());
        // A session of one is a session of the other.
        using var browser = await first.BrowserAsAsync("operator");
        Assert.NotNull(browser);

        static async Task AppendAsync(SandboxApp app)
        {
            var log = app.Services.GetRequiredService<IAuditLog>();
            for (var number = 0; number < 25; number++)
            {
                await log.AppendAsync(new AuditEntry(AuditActor.System, "test.shared", Target: $"{number}"));
            }
        }
    }

    [Fact]
    public async Task A_backup_brings_everything_back()
    {
        var settings = await NewStoreAsync();
        await using var app = new ConfiguredApp(settings);
        await app.InitializeAsync();
        var log = app.Services.GetRequiredService<IAuditLog>();
        await log.AppendAsync(new AuditEntry(AuditActor.System, "test.before", Detail: "ünï \"quoted\" \\ back"));
        var archive = Path.Combine(app.Folder, "backup.zip");
        var backup = app.Services.GetRequiredService<StoreBackup>();
        await backup.WriteAsync(archive, withKeys: true, default);
        await log.AppendAsync(new AuditEntry(AuditActor.System, "test.after"));

        var full = await Assert.ThrowsAsync<StoreException>(() =>
            app.Services.GetRequiredService<StoreRestore>().RestoreAsync(archive, null, default)
        );
        Assert.Contains("is not empty", full.Message);

        // By the command, which serves nothing meanwhile: a running program that loses its tables may end.
        var given = await BareStoreAsync();
        var folder = Directory.CreateTempSubdirectory("sevensa-test-").FullName;
        var (code, output) = await ProgramRun.ToEndAsync(
            ["restore", "--from", archive],
            [
                ("Storage__Folder", folder),
                .. given.Select(one => (one.Key.Replace(":", "__", StringComparison.Ordinal), one.Value)),
            ]
        );
        Assert.True(code == 0, output);
        await using var restored = new ConfiguredApp([.. given, ("Storage:Folder", folder)]);
        await restored.InitializeAsync();
        using var admin = await restored.ApiAsAsync("admin");
        var rows = await admin.GetStringAsync("/api/v1/audit?action=test.*");
        Assert.Contains("test.before", rows);
        Assert.DoesNotContain("test.after", rows);
        Assert.Contains("store.restored", await admin.GetStringAsync("/api/v1/audit?action=store.*"));
    }

    [Fact]
    public async Task A_store_as_the_first_version_left_it_is_brought_up_with_all_that_is_in_it()
    {
        await using var app = new ConfiguredApp([.. await NewStoreAsync(), ("Docker:Endpoint", "none")]);
        await app.InitializeAsync();
        using var admin = await app.ApiAsAsync("admin");
        var digest = $"sha256:{new string('d', 64)}";
        await SandboxApp.GoodAsync(
            admin.PostAsync(
                $"/api/v1/scans?digest={digest}&kinds=vulnerability",
                new StringContent(
                    """{"SchemaVersion": 2, "Results": [{"Class": "os-pkgs", "Vulnerabilities": [{"VulnerabilityID": "CVE-2033-1", "PkgName": "zlib", "InstalledVersion": "1", "FixedVersion": "2", "Severity": "CRITICAL"}]}]}"""
                )
            )
        );
        var before = await FindingsAsync();
        Assert.Single(before);
        await using (var store = await StoreOf(app))
        {
            var first = store.Database.GetMigrations().First();
            await store.GetService<IMigrator>().MigrateAsync(first);
            Assert.NotEmpty(await store.Database.GetPendingMigrationsAsync());
        }
        await app.Services.GetRequiredService<StoreShape>().ForgetAsync(default);
        await app.Services.GetRequiredService<StoreMigration>().ApplyAsync();

        Assert.Equal(before, await FindingsAsync());
        var verified = JsonDocument.Parse(await admin.GetStringAsync("/api/v1/audit/verify")).RootElement;
        Assert.True(verified.GetProperty("valid").GetBoolean(), verified.ToString());

        async Task<string[]> FindingsAsync()
        {
            using var page = JsonDocument.Parse(await admin.GetStringAsync("/api/v1/findings?limit=500"));
            return
            [
                .. page
                    .RootElement.GetProperty("items")
                    .EnumerateArray()
                    .Where(item => item.GetProperty("imageDigest").GetString() == digest)
                    .Select(item => item.ToString()),
            ];
        }
    }

    protected static Task<Store> StoreOf(SandboxApp app) =>
        app.Services.GetRequiredService<IDbContextFactory<Store>>().CreateDbContextAsync();
}

public class SqliteStoreTests : StoreTests
{
    [Fact]
    public async Task A_migration_cut_short_is_cleared_and_goes_on()
    {
        var folder = Directory.CreateTempSubdirectory("sevensa-test-").FullName;
        await using (
            var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "sevensa.db")};Pooling=False")
        )
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText =
                "CREATE TABLE __EFMigrationsLock (Id INTEGER NOT NULL CONSTRAINT PK___EFMigrationsLock PRIMARY KEY, Timestamp TEXT NOT NULL);"
                + "INSERT INTO __EFMigrationsLock VALUES (1, '2026-01-01 00:00:00+00:00')";
            await command.ExecuteNonQueryAsync();
        }
        await using var app = new ConfiguredApp([("Storage:Folder", folder)]);
        await app.InitializeAsync().AsTask().WaitAsync(Patience.Usual);
        using var client = app.Anonymous();
        Assert.Equal("ok", await client.GetStringAsync("/healthz"));
    }

    [Fact]
    public async Task The_key_file_is_for_its_owner_only_and_another_one_is_named()
    {
        await using var app = new ConfiguredApp([]);
        await app.InitializeAsync();
        var file = Path.Combine(app.Folder, "store.key");
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
        await File.WriteAllTextAsync(file, Convert.ToBase64String(new byte[32]));
        await using var other = new ConfiguredApp([("Storage:Folder", app.Folder)]);
        var (code, output) = await ProgramRun.ToEndAsync([], [("Storage__Folder", app.Folder)]);
        Assert.Equal(1, code);
        Assert.Contains("Security:KeyFile", output);
    }
}

public class PostgresStoreTests(PostgresCluster cluster) : StoreTests, IClassFixture<PostgresCluster>
{
    protected override Task<(string Key, string Value)[]> NewStoreAsync() => NewStoreAsync(cluster);

    protected override async Task<(string Key, string Value)[]> BareStoreAsync() =>
        [("Storage:Postgres", await cluster.DatabaseAsync())];
}
