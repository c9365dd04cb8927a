using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;

namespace Sevensa.Dashboard.Platform.Storage;

/// <summary>
/// A connection that lay in the pool may have ended there: the server was restarted, an administrator or a firewall closed
/// it. It is asked before it is used and replaced when it is dead, so that its end costs no request.
/// </summary>
internal sealed class LivePool(NpgsqlDataSource source) : DbConnectionInterceptor
{
    // A session keeps the read-only setting that it began with; a new one has what holds now.
    private const string Question = "SHOW transaction_read_only";
    private const string Writable = "off";

    /// <summary>Who was used this short ago is not asked again.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(100);

    // By the server's process id; those of servers that ended are forgotten with the pool.
    private static readonly ConcurrentDictionary<(NpgsqlDataSource, int), long> Used = new();

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) =>
        Check((NpgsqlConnection)connection, source);

    public override Task ConnectionOpenedAsync(
        DbConnection connection,
        ConnectionEndEventData eventData,
        CancellationToken cancellationToken = default
    ) => CheckAsync((NpgsqlConnection)connection, source, cancellationToken);

    public override InterceptionResult ConnectionClosing(
        DbConnection connection,
        ConnectionEventData eventData,
        InterceptionResult result
    )
    {
        Note((NpgsqlConnection)connection);
        return result;
    }

    public override ValueTask<InterceptionResult> ConnectionClosingAsync(
        DbConnection connection,
        ConnectionEventData eventData,
        InterceptionResult result
    )
    {
        Note((NpgsqlConnection)connection);
        return new(result);
    }

    /// <summary>Replaces an open connection that is dead.</summary>
    public static async Task CheckAsync(
        NpgsqlConnection connection,
        NpgsqlDataSource pool,
        CancellationToken cancellation
    )
    {
        if (IsFresh(connection, pool))
        {
            return;
        }
        try
        {
            await using var ask = new NpgsqlCommand(Question, connection);
            if (await ask.ExecuteScalarAsync(cancellation) is Writable)
            {
                return;
            }
        }
        catch (NpgsqlException) { }
        await connection.CloseAsync();
        Clear(pool);
        await connection.OpenAsync(cancellation);
    }

    public static void Check(NpgsqlConnection connection, NpgsqlDataSource pool)
    {
        if (IsFresh(connection, pool))
        {
            return;
        }
        try
        {
            using var ask = new NpgsqlCommand(Question, connection);
            if (ask.ExecuteScalar() is Writable)
            {
                return;
            }
        }
        catch (NpgsqlException) { }
        connection.Close();
        Clear(pool);
        connection.Open();
    }

    private static bool IsFresh(NpgsqlConnection connection, NpgsqlDataSource pool) =>
        Used.TryGetValue((pool, connection.ProcessID), out var used) && Stopwatch.GetElapsedTime(used) < Fresh;

    private void Note(NpgsqlConnection connection)
    {
        if (connection.State == System.Data.ConnectionState.Open)
        {
            Used[(source, connection.ProcessID)] = Stopwatch.GetTimestamp();
        }
    }

    private static void Clear(NpgsqlDataSource pool)
    {
        pool.Clear();
        foreach (var key in Used.Keys.Where(key => key.Item1 == pool))
        {
            Used.TryRemove(key, out _);
        }
    }
}
