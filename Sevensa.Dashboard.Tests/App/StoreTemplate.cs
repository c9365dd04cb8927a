using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sevensa.Dashboard.Platform;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Tests.App;

/// <summary>
/// An empty store of this build's shape. Bringing one up takes half a second, in PostgreSQL longer, copying it does not; a program that
/// finds it has nothing to do, as at every start but its first.
/// </summary>
internal static class StoreTemplate
{
    private static readonly Lazy<Task<string>> made = new(MakeAsync);
    private static readonly ConditionalWeakTable<PostgresCluster, Lazy<Task<string>>> databases = [];

    /// <summary>Puts the store there, unless there is one.</summary>
    public static async Task PutAsync(string folder)
    {
        var file = Path.Combine(folder, Storage.SqliteFile);
        if (!File.Exists(file))
        {
            File.Copy(await made.Value, file);
        }
    }

    /// <summary>A database of its own in the cluster; brought up there once, and copied.</summary>
    /// <returns>Its connection string.</returns>
    public static async Task<string> DatabaseAsync(PostgresCluster cluster)
    {
        var made = databases.GetValue(cluster, given => new Lazy<Task<string>>(() => MakeAsync(given)));
        return await cluster.CopyAsync(await made.Value);
    }

    private static async Task<string> MakeAsync(PostgresCluster cluster)
    {
        const string name = "template_of_stores";
        var folder = Directory.CreateTempSubdirectory("sevensa-template-").FullName;
        try
        {
            // With the program its connections are gone: a database to which anybody is connected can't be copied.
            await using var app = Build(folder, await cluster.DatabaseAsync(name));
            await app.Services.GetRequiredService<StoreMigration>().ApplyAsync();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        return name;
    }

    private static WebApplication Build(string folder, string? postgres = null)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration["Storage:Folder"] = folder;
        builder.Configuration["Storage:Postgres"] = postgres;
        builder.Logging.ClearProviders();
        builder.AddPlatform();
        return builder.Build();
    }

    private static async Task<string> MakeAsync()
    {
        var folder = Directory.CreateTempSubdirectory("sevensa-template-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        var file = Path.Combine(folder, "made", Storage.SqliteFile);
        await using (var app = Build(folder))
        {
            await app.Services.GetRequiredService<StoreMigration>().ApplyAsync();
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await using var connection = new SqliteConnection(
                app.Services.GetRequiredService<StoreConnections>().Sqlite
            );
            await connection.OpenAsync();
            await using var copy = connection.CreateCommand();
            copy.CommandText = "VACUUM INTO $file";
            copy.Parameters.AddWithValue("$file", file);
            await copy.ExecuteNonQueryAsync();
            // The way of writing is of the file and is not copied with what is in it.
            await using var copied = new SqliteConnection($"Data Source={file};Pooling=False");
            await copied.OpenAsync();
            await using var mode = copied.CreateCommand();
            mode.CommandText = "PRAGMA journal_mode=WAL";
            await mode.ExecuteNonQueryAsync();
        }
        return file;
    }
}
