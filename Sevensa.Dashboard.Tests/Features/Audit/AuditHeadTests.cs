using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Features.Audit;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Audit;

/// <summary>What stands beside the store proves the record, and is nobody's reason to say that nothing was done.</summary>
public sealed class AuditHeadTests : IAsyncLifetime
{
    private readonly ConfiguredApp app = new(("Docker:Endpoint", "none"));

    public ValueTask InitializeAsync() => app.InitializeAsync();

    public ValueTask DisposeAsync() => app.DisposeAsync();

    [Theory]
    [InlineData("audit.head")]
    [InlineData("store.key.audit-head")]
    public async Task A_row_that_is_written_is_told_as_written_whatever_is_wrong_with_the_file(string name)
    {
        var file = Path.Combine(app.Folder, name);
        var others = Path.Combine(app.Folder, name == "audit.head" ? "store.key.audit-head" : "audit.head");
        File.Delete(file);
        // There, and yet nobody can read it: reading from a process's first page is an error.
        File.CreateSymbolicLink(file, "/proc/self/mem");
        using var record = Record(TimeProvider.System);
        using var admin = await app.ApiAsAsync("admin");
        var before = await record.AppendAsync(new AuditEntry(AuditActor.System, "test.row"));
        Assert.Equal(before + 1, await record.AppendAsync(new AuditEntry(AuditActor.System, "test.row")));
        Assert.NotNull(new FileInfo(file).LinkTarget);
        Assert.Equal(before + 1, NumberIn(others));
        Assert.True(await IsValidAsync(admin));

        File.Delete(file);
        Assert.Equal(before + 2, await record.AppendAsync(new AuditEntry(AuditActor.System, "test.row")));
        Assert.Equal(before + 2, NumberIn(file));
    }

    [Fact]
    public async Task A_checkpoint_that_was_not_written_is_made_with_the_next_row()
    {
        var time = new FakeTimeProvider();
        using var record = Record(time);
        await record.AppendAsync(new AuditEntry(AuditActor.System, "test.row"));
        time.Advance(TimeSpan.FromMinutes(2));
        await using (var connection = new SqliteConnection($"Data Source={Path.Combine(app.Folder, "sevensa.db")}"))
        {
            await connection.OpenAsync();
            await RunAsync(
                "CREATE TRIGGER Full BEFORE INSERT ON AuditCheckpoints BEGIN SELECT RAISE(ABORT, 'disk full'); END"
            );
            await Assert.ThrowsAsync<AuditUnavailableException>(() =>
                record.AppendAsync(new AuditEntry(AuditActor.System, "test.row"))
            );
            await RunAsync("DROP TRIGGER Full");

            async Task RunAsync(string sql)
            {
                await using var command = connection.CreateCommand();
                command.CommandText = sql;
                await command.ExecuteNonQueryAsync();
            }
        }
        var number = await record.AppendAsync(new AuditEntry(AuditActor.System, "test.row"));
        Assert.Equal(number, (await record.CheckpointsAsync(default, most: 1))[0].Number);
    }

    private AuditStore Record(TimeProvider time)
    {
        var services = app.Services;
        return ActivatorUtilities.CreateInstance<AuditStore>(
            services,
            time,
            ActivatorUtilities.CreateInstance<AuditHeadFile>(services)
        );
    }

    private static long NumberIn(string file) =>
        JsonElement.Parse(File.ReadAllText(file)).GetProperty("Number").GetInt64();

    private static async Task<bool> IsValidAsync(HttpClient admin) =>
        (await admin.GetFromJsonAsync<JsonElement>("/api/v1/audit/verify")).GetProperty("valid").GetBoolean();
}
