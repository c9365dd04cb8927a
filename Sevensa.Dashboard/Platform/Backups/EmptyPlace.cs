using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Backups;

/// <summary>Whether a store may be put somewhere: only where nothing is that could be lost.</summary>
internal static class EmptyPlace
{
    /// <exception cref="StoreException">There is a store already, or what is none of ours.</exception>
    public static async Task CheckAsync(Store store, StoreConnections connections, CancellationToken cancellation)
    {
        if (store.Database.IsSqlite())
        {
            await CheckFileAsync(connections.SqliteFile, cancellation);
            return;
        }
        try
        {
            await store.Database.OpenConnectionAsync(cancellation);
        }
        catch (PostgresException exception) when (exception.SqlState is "3D000")
        {
            // No such database: it is made.
            return;
        }
        try
        {
            await RefuseContentAsync(store, store.Database.GetDbConnection(), cancellation);
        }
        finally
        {
            await store.Database.CloseConnectionAsync();
        }
    }

    /// <summary>By the tables that are there: of another program's, or with rows that no migration brings.</summary>
    public static async Task RefuseContentAsync(Store store, DbConnection connection, CancellationToken cancellation)
    {
        var known = StoreTables.Ordered(store).ToHashSet(StringComparer.Ordinal);
        var brought = StoreTables.Brought(store);
        foreach (var table in await SqliteTables.NamesAsync(connection, cancellation))
        {
            if (!known.Contains(table))
            {
                throw new StoreException(
                    $"{Where(store, connection)} is not empty: it holds a table {table}, which is none of this program's. Name an empty one."
                );
            }
            var (_, rows) = (await SqliteTables.CountAsync(connection, [table], cancellation)).Single();
            if (rows > brought.GetValueOrDefault(table))
            {
                throw new StoreException(
                    $"{Where(store, connection)} is not empty (rows in {table}: {rows}). Nothing is overwritten: name an empty place, or move what is there away."
                );
            }
        }
    }

    private static async Task CheckFileAsync(string file, CancellationToken cancellation)
    {
        if (!File.Exists(file))
        {
            // SQLite would take it for the end of whatever file has this name.
            if (File.Exists($"{file}-wal"))
            {
                throw new StoreException(
                    $"{file} is not there, and {file}-wal, which belongs to it, is. Move it away: it may hold the last rows of a store."
                );
            }
            return;
        }
        await using var connection = await SqliteTables.OpenAsync(file, cancellation);
        using var store = StoreTables.Unconnected(isSqlite: true);
        await RefuseContentAsync(store, connection, cancellation);
    }

    private static string Where(Store store, DbConnection connection) =>
        store.Database.IsSqlite() ? connection.DataSource : $"The database {connection.Database}";
}
