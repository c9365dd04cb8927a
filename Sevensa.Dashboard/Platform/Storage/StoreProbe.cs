using System.Data.Common;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Sevensa.Dashboard.Platform.Storage;

/// <summary>Asks the store whether it can be read and written, over a plain connection.</summary>
internal sealed class StoreProbe(StoreConnections connections, IOptions<StorageOptions> options, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(3);

    /// <summary>The database's name for people.</summary>
    public string Name => connections.Name;

    /// <returns>Null when it is well. A lock that another program holds for a while is no fault here: reading works.</returns>
    public async Task<StoreFault?> LookAsync(CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            await using var connection = await connections.OpenAsync(both.Token);
            await using var look = connection.CreateCommand();
            if (connections.IsSqlite)
            {
                look.CommandTimeout = 1;
                // Takes the write lock and gives it back: a file or disk that is read only refuses that.
                look.CommandText = "SELECT COUNT(*) FROM sqlite_master; BEGIN IMMEDIATE; ROLLBACK";
                await look.ExecuteNonQueryAsync(both.Token);
                return null;
            }
            look.CommandText = "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool";
            return await look.ExecuteScalarAsync(both.Token) is true
                ? new StoreFault(
                    "storeReadOnly",
                    "The database can't be written",
                    "PostgreSQL says that it is read only",
                    "It is a standby, or set to read only. Name the primary server in Storage:Postgres, or let it be written."
                )
                : null;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new StoreFault(
                "storeUnreachable",
                "The database does not answer",
                $"it gave no answer within {Patience.TotalSeconds:0} s",
                "Look at it and the network to it."
            );
        }
        catch (DbException exception)
        {
            return StoreFault.In(exception) is { Code: "storeLocked" }
                ? null
                : StoreFault.In(exception) ?? Other(exception);
        }
    }

    /// <summary>What is wrong with the settings of the store, as far as a sign-in shows it; for the list of mistakes at the start.</summary>
    public async Task<string?> MistakeAsync()
    {
        using var patience = new CancellationTokenSource(StartPatience, time);
        try
        {
            if (connections.IsSqlite)
            {
                Directory.CreateDirectory(options.Value.Folder);
                return null;
            }
            await using var connection = await connections.OpenAsync(patience.Token);
            return null;
        }
        catch (OperationCanceledException)
        {
            return $"Storage:Postgres: {To()} gave no answer within {StartPatience.TotalSeconds:0} s.";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"Storage:Folder: \"{options.Value.Folder}\" can't be made or entered: {exception.Message}";
        }
        catch (PostgresException exception) when (exception.SqlState is "3D000")
        {
            // Made by the migration, where the sign-in may do that.
            return null;
        }
        catch (PostgresException exception) when (exception.SqlState is "57P03" or "53300")
        {
            // No mistake: it starts, or is busy. The migration waits for it.
            return null;
        }
        catch (NpgsqlException exception)
        {
            var fault = StoreFault.In(exception) ?? Other(exception);
            return $"Storage:Postgres: {fault.Title} ({To()}): {fault.Words.TrimEnd('.')}.";
        }
    }

    private string To()
    {
        var to = StoreConnections.Read(options.Value.Postgres!);
        return $"{to.Username}@{to.Host}:{to.Port}/{to.Database}";
    }

    private static StoreFault Other(DbException exception) =>
        new("storeUnreachable", "The database can't be used", exception.Message, "Look at its log.");
}
