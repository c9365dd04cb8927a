using System.Net;
using Microsoft.Data.Sqlite;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Platform.Storage;

/// <summary>SQLite's write lock in the hands of another program.</summary>
internal static class WriteLock
{
    /// <summary>Held until it is disposed of.</summary>
    public static Task<SqliteConnection> HoldAsync(SandboxApp app) => HoldAsync(app.Folder);

    /// <inheritdoc cref="HoldAsync(SandboxApp)"/>
    /// <param name="folder">Where the store is.</param>
    public static async Task<SqliteConnection> HoldAsync(string folder)
    {
        var other = new SqliteConnection($"Data Source={Path.Combine(folder, "sevensa.db")};Pooling=False");
        await other.OpenAsync();
        await using var hold = other.CreateCommand();
        hold.CommandText = "BEGIN IMMEDIATE";
        await hold.ExecuteNonQueryAsync();
        return other;
    }

    /// <summary>An answer that was kept waiting by it says so.</summary>
    public static async Task SaysLockedAsync(HttpResponseMessage answer)
    {
        var told = await answer.Content.ReadAsStringAsync();
        Assert.True(
            answer.StatusCode == HttpStatusCode.ServiceUnavailable,
            $"{answer.RequestMessage!.RequestUri}: {answer.StatusCode} {told}"
        );
        Assert.True(told.Contains("locked", StringComparison.Ordinal), told);
        Assert.DoesNotContain("Something went wrong", told);
    }
}
