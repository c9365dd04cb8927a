using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;

namespace Sevensa.Dashboard.Platform.Storage;

/// <summary>
/// A connection that lay in the pool may have ended there: the server was restarted, an administrator or a firewall closed
/// it. It is asked before it is used, a round trip each time, and replaced when it is dead, so that its end costs no request.
/// </summary>
internal sealed class LivePool(NpgsqlDataSource source) : DbConnectionInterceptor
{
    // A session keeps the read-only setting that it began with; a new one has what holds now.
    private const string Question = "SHOW transaction_read_only";
    private const string Writable = "off";

    /// <summary>More than one: while somebody else clears the pool, it still gives out what died in it.</summary>
    private const int ReadOnlyAttempts = 4;

    /// <summary>As many as a pool holds where nothing else is set: each of them may have died.</summary>
    private const int DeadAttempts = 100;

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) =>
        Check((NpgsqlConnection)connection, source);

    public override Task ConnectionOpenedAsync(
        DbConnection connection,
        ConnectionEndEventData eventData,
        CancellationToken cancellationToken = default
    ) => CheckAsync((NpgsqlConnection)connection, source, cancellationToken);

    /// <summary>Replaces an open connection that is dead.</summary>
    public static async Task CheckAsync(
        NpgsqlConnection connection,
        NpgsqlDataSource pool,
        CancellationToken cancellation
    )
    {
        var (dead, readOnly) = (0, 0);
        while (true)
        {
            try
            {
                await using var ask = new NpgsqlCommand(Question, connection);
                if (await ask.ExecuteScalarAsync(cancellation) is Writable || ++readOnly == ReadOnlyAttempts)
                {
                    return;
                }
            }
            catch (NpgsqlException) when (++dead < DeadAttempts) { }
            await connection.CloseAsync();
            pool.Clear();
            await connection.OpenAsync(cancellation);
        }
    }

    public static void Check(NpgsqlConnection connection, NpgsqlDataSource pool)
    {
        var (dead, readOnly) = (0, 0);
        while (true)
        {
            try
            {
                using var ask = new NpgsqlCommand(Question, connection);
                if (ask.ExecuteScalar() is Writable || ++readOnly == ReadOnlyAttempts)
                {
                    return;
                }
            }
            catch (NpgsqlException) when (++dead < DeadAttempts) { }
            connection.Close();
            pool.Clear();
            connection.Open();
        }
    }
}
