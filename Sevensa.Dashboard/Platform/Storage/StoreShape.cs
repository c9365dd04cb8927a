using System.Data.Common;

namespace Sevensa.Dashboard.Platform.Storage;

/// <summary>
/// A mark in the store that says which build last brought it to its shape, migrations and triggers together. The same
/// build finds its mark and has nothing to do; every other one, and one whose migration was cut short, goes the long way.
/// </summary>
internal sealed class StoreShape(StoreConnections connections)
{
    private const string Table = "StoreShape";

    // Changes with every build, so that it can't be forgotten when the shape changes.
    private static readonly string Build = typeof(StoreShape).Assembly.ManifestModule.ModuleVersionId.ToString("N");

    /// <summary>Whether this build has nothing to do. Any doubt (no store yet, a lock left behind) is a no.</summary>
    public async Task<bool> IsCurrentAsync(CancellationToken cancellation)
    {
        if (connections.IsSqlite && !File.Exists(connections.SqliteFile))
        {
            return false;
        }
        try
        {
            await using var connection = await connections.OpenAsync(cancellation);
            await using var read = connection.CreateCommand();
            read.CommandText = $"""SELECT "Build" FROM "{Table}" """;
            if (await read.ExecuteScalarAsync(cancellation) as string != Build)
            {
                return false;
            }
            return !connections.IsSqlite || await IsUnlockedAsync(connection, cancellation);
        }
        catch (DbException)
        {
            // What is wrong with it is told by the migration, in its own words.
            return false;
        }
    }

    /// <summary>Takes the mark away before the shape is touched.</summary>
    public async Task ForgetAsync(CancellationToken cancellation)
    {
        await using var connection = await connections.OpenAsync(cancellation);
        await RunAsync(connection, $"""CREATE TABLE IF NOT EXISTS "{Table}" ("Build" TEXT NOT NULL)""", cancellation);
        await RunAsync(connection, $"""DELETE FROM "{Table}" """, cancellation);
    }

    /// <summary>Puts this build's mark.</summary>
    public async Task MarkAsync(CancellationToken cancellation)
    {
        await using var connection = await connections.OpenAsync(cancellation);
        await RunAsync(connection, $"""INSERT INTO "{Table}" ("Build") VALUES ('{Build}')""", cancellation);
    }

    private static async Task<bool> IsUnlockedAsync(DbConnection connection, CancellationToken cancellation)
    {
        await using var read = connection.CreateCommand();
        read.CommandText = """SELECT COUNT(*) FROM "__EFMigrationsLock" """;
        return await read.ExecuteScalarAsync(cancellation) is 0L;
    }

    private static async Task RunAsync(DbConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
