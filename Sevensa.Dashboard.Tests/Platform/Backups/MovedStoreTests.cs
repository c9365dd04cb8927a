using Microsoft.AspNetCore.Identity;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Backups;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Platform.Backups;

/// <summary>From SQLite to PostgreSQL by one command, and from PostgreSQL back by a backup.</summary>
public sealed class MovedStoreTests(PostgresCluster cluster, SandboxApp app)
    : IClassFixture<PostgresCluster>,
        IClassFixture<SandboxApp>,
        IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("moved-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Everything_comes_along_and_back()
    {
        await app.FleetIsKnownAsync();
        var passkey = await AddPasskeyAsync();
        await app
            .Services.GetRequiredService<IAuditLog>()
            .AppendAsync(new AuditEntry(AuditActor.System, "test.moved", Detail: "ünï \"quoted\" \\ back"));
        var here = Path.Combine(folder, "here");
        await RestoredAsync(here);
        var database = await cluster.DatabaseAsync();
        var sign = new NpgsqlConnectionStringBuilder(database);
        var password = Path.Combine(folder, "password");
        await File.WriteAllTextAsync(password, sign.Password + "\n");
        sign.Password = null;
        var output = await Runbook.RunAsync(
            "From SQLite to PostgreSQL",
            [("Storage__Folder", here), ("POSTGRES", sign.ToString()), ("POSTGRES_PASSWORD", password)]
        );
        Assert.Contains("as many as in", output);
        Assert.Contains("The audit record holds", output);
        var before = new SqliteStore(
            new DbContextOptionsBuilder<SqliteStore>()
                .UseSqlite($"Data Source={Path.Combine(here, "sevensa.db")};Pooling=False")
                .Options
        );
        var after = new PostgresStore(new DbContextOptionsBuilder<PostgresStore>().UseNpgsql(database).Options);
        await using (before)
        await using (after)
        {
            await SameAsync(before, after, passkey);
        }

        // It is not moved twice.
        (var code, output) = await ProgramRun.ToEndAsync(["move-store", "--to", database], [("Storage__Folder", here)]);
        Assert.Equal(1, code);
        Assert.Contains("is not empty", output);
        await using var moved = new ConfiguredApp(
            ("Storage:Folder", here),
            ("Storage:Postgres", database),
            ("Docker:Endpoint", "none")
        );
        await moved.InitializeAsync();
        using var admin = await moved.ApiAsAsync("admin");
        Assert.Contains("\"valid\":true", await admin.GetStringAsync("/api/v1/audit/verify"));
        Assert.Contains("store.copied", await admin.GetStringAsync("/api/v1/audit?action=store.*"));

        // Back: a backup of PostgreSQL, taken while it runs, into an empty folder.
        var archive = Path.Combine(folder, "postgres.backup");
        var (_, manifest) = await moved.Services.GetRequiredService<StoreBackup>().WriteAsync(archive, true, default);
        Assert.Equal("postgres", manifest.Provider);
        var back = Path.Combine(folder, "back");
        (code, output) = await ProgramRun.ToEndAsync(["restore", archive], [("Storage__Folder", back)]);
        Assert.True(code == 0, output);
        await using var home = new SqliteStore(
            new DbContextOptionsBuilder<SqliteStore>()
                .UseSqlite($"Data Source={Path.Combine(back, "sevensa.db")};Pooling=False")
                .Options
        );
        Assert.Equal(passkey, await PasskeyAsync(home));
        Assert.Equal(
            "wal",
            await home
                .Database.SqlQueryRaw<string>("SELECT journal_mode AS \"Value\" FROM pragma_journal_mode")
                .SingleAsync()
        );
        var (held, said) = await ProgramRun.ToEndAsync(["verify", "--from", archive], [("Storage__Folder", back)]);
        Assert.True(held == 0, said);
    }

    [Fact]
    public async Task Where_something_is_nothing_is_moved_and_nothing_from_where_a_dashboard_runs()
    {
        var another = await cluster.DatabaseAsync();
        await using (var source = NpgsqlDataSource.Create(another))
        await using (var make = source.CreateCommand("CREATE TABLE invoices (id int)"))
        {
            await make.ExecuteNonQueryAsync();
        }
        var still = Path.Combine(folder, "still");
        await RestoredAsync(still);
        await RefusedAsync(still, another, "holds a table invoices, which is none of this program's");
        await RefusedAsync(still, "Host=127.0.0.1;Pasword=top-secret", "--to: \"pasword\" is no key");
        var wrong = new NpgsqlConnectionStringBuilder(another) { Password = "top-secret" };
        await RefusedAsync(still, wrong.ToString(), "--to: ");

        var database = await cluster.DatabaseAsync();
        // As after hours in which nobody asked anything.
        SqliteConnection.ClearAllPools();
        await RefusedAsync(app.Folder, database, "a dashboard runs on it");
        await using var there = NpgsqlDataSource.Create(database);
        await using var tables = there.CreateCommand("SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'");
        Assert.Equal(0L, await tables.ExecuteScalarAsync());

        async Task RefusedAsync(string from, string to, string words)
        {
            var (code, output) = await ProgramRun.ToEndAsync(["move-store", "--to", to], [("Storage__Folder", from)]);
            Assert.True(code == 1, output);
            Assert.Contains(words, output);
            Assert.DoesNotContain("top-secret", output);
            Assert.DoesNotContain("   at ", output);
        }
    }

    /// <summary>A store of its own, that no dashboard runs on: by a backup of the one that runs.</summary>
    private async Task RestoredAsync(string place)
    {
        var archive = Path.Combine(folder, "sqlite.backup");
        await app.Services.GetRequiredService<StoreBackup>().WriteAsync(archive, withKeys: true, default);
        var (code, output) = await ProgramRun.ToEndAsync(["restore", archive], [("Storage__Folder", place)]);
        Assert.True(code == 0, output);
    }

    private async Task<string> AddPasskeyAsync()
    {
        await using var store = await app
            .Services.GetRequiredService<IDbContextFactory<Store>>()
            .CreateDbContextAsync();
        store.Add(
            new IdentityUserPasskey<string>
            {
                UserId = "somebody",
                CredentialId = [1, 2, 3, 254, 255],
                Data = new IdentityPasskeyData
                {
                    PublicKey = [9, 8, 7, 250],
                    AttestationObject = [.. Enumerable.Range(0, 200).Select(number => (byte)number)],
                    ClientDataJson = [123, 125],
                    CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_123),
                    Name = "kéy \"one\"",
                    SignCount = 7,
                    Transports = ["usb", "nfc"],
                    IsUserVerified = true,
                },
            }
        );
        await store.SaveChangesAsync();
        return await PasskeyAsync(store);
    }

    private static async Task<string> PasskeyAsync(Store store) =>
        System.Text.Json.JsonSerializer.Serialize(
            await store.Set<IdentityUserPasskey<string>>().AsNoTracking().SingleAsync()
        );

    /// <summary>Every row of every table, as EF reads it on either side.</summary>
    private static async Task SameAsync(Store before, Store after, string passkey)
    {
        Assert.Equal(passkey, await PasskeyAsync(after));
        foreach (var entity in before.Model.GetEntityTypes().Where(one => !one.IsOwned()))
        {
            var (here, there) = (await RowsAsync(before, entity.ClrType), await RowsAsync(after, entity.ClrType));
            Assert.True(
                here.SequenceEqual(there),
                $"{entity.GetTableName()}: {here.Count} rows here, {there.Count} there"
            );
        }
    }

    private static async Task<List<string>> RowsAsync(Store store, Type type)
    {
        var read = typeof(MovedStoreTests)
            .GetMethod(
                nameof(ReadAsync),
                System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static
            )!
            .MakeGenericMethod(type);
        return await (Task<List<string>>)read.Invoke(null, [store])!;
    }

    private static async Task<List<string>> ReadAsync<T>(Store store)
        where T : class
    {
        var rows = new List<string>();
        foreach (var row in await store.Set<T>().AsTracking().ToListAsync())
        {
            // Every property, those that no class has among them.
            rows.Add(
                string.Join(
                    '|',
                    store.Entry(row).Properties.Select(one => $"{one.Metadata.Name}={Text(one.CurrentValue)}")
                )
            );
        }
        store.ChangeTracker.Clear();
        rows.Sort(StringComparer.Ordinal);
        return rows;
    }

    private static string Text(object? value) =>
        value switch
        {
            byte[] bytes => Convert.ToHexString(bytes),
            // PostgreSQL keeps microseconds.
            DateTime time => $"{time.Ticks / TimeSpan.TicksPerMillisecond}",
            System.Collections.IEnumerable list and not string => string.Join(',', list.Cast<object>()),
            _ => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture) ?? "",
        };
}
