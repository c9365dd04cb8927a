using System.Data.Common;
using Microsoft.Extensions.Options;
using Npgsql;
using Sevensa.Dashboard.Platform.Hosting;

namespace Sevensa.Dashboard.Platform.Storage;

/// <summary>
/// What is wrong with the settings of the store, as far as a sign-in or a file shows it; for the list of mistakes at the start.
/// It asks over a plain connection what the migration will need, since EF takes seconds before it says that it may not.
/// </summary>
internal sealed class StoreMistakes(StoreConnections connections, IOptions<StorageOptions> options, TimeProvider time)
{
    /// <summary>A host that has just begun is slow, and starts the server and the dashboard at once: that is nobody's mistake.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private const string NeededRights = """
        SELECT to_regclass('"StoreShape"') IS NOT NULL,
               pg_is_in_recovery() OR current_setting('transaction_read_only')::bool,
               coalesce(has_schema_privilege(current_schema(), 'CREATE'), false),
               keys IS NULL OR (has_table_privilege(keys, 'SELECT') AND has_table_privilege(keys, 'INSERT')),
               current_schema()
        FROM (SELECT to_regclass('"DataProtectionKeys"') AS keys) AS found
        """;

    /// <summary>The mistake in words, with its key first; null when there is none.</summary>
    /// <param name="toServe">Whether the program is to write the store; a command may only read it.</param>
    public async Task<string?> FindAsync(bool toServe)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        try
        {
            return connections.IsSqlite ? InFolder(toServe) : await InDatabaseAsync(toServe, patience.Token);
        }
        catch (OperationCanceledException)
        {
            return $"Storage:Postgres: {To()} gave no answer within {Patience.TotalSeconds:0} s.";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"Storage:Folder: \"{options.Value.Folder}\" can't be made, entered or written: {exception.Message}";
        }
        catch (PostgresException exception) when (exception.SqlState is "57P03" or "53300")
        {
            // No mistake: it starts, or is busy. The migration waits for it.
            return null;
        }
        catch (NpgsqlException exception)
        {
            var fault = StoreFault.In(exception) ?? StoreFault.Unnamed(exception);
            return Refused(fault.Title, fault.Words);
        }
    }

    private string? InFolder(bool toServe)
    {
        Directory.CreateDirectory(options.Value.Folder);
        if (!toServe)
        {
            return null;
        }
        WritableFolder.Check(options.Value.Folder);
        if (File.Exists(connections.SqliteFile))
        {
            // SQLite itself opens what it can't write for reading, and says so at the first write.
            using var file = new FileStream(
                connections.SqliteFile,
                FileMode.Open,
                FileAccess.Write,
                FileShare.ReadWrite | FileShare.Delete
            );
        }
        return null;
    }

    private async Task<string?> InDatabaseAsync(bool toServe, CancellationToken cancellation)
    {
        try
        {
            await using var connection = await connections.OpenAsync(cancellation);
            return toServe ? await InRightsAsync(connection, cancellation) : null;
        }
        catch (PostgresException exception) when (exception.SqlState is "3D000")
        {
            return await InMakingAsync(exception.MessageText, cancellation);
        }
    }

    private async Task<string?> InRightsAsync(DbConnection connection, CancellationToken cancellation)
    {
        await using var ask = connection.CreateCommand();
        ask.CommandText = NeededRights;
        await using var row = await ask.ExecuteReaderAsync(cancellation);
        await row.ReadAsync(cancellation);
        var (isMade, isReadOnly, mayMake, mayUse) = (
            row.GetBoolean(0),
            row.GetBoolean(1),
            row.GetBoolean(2),
            row.GetBoolean(3)
        );
        // One that is as it should be and read only for a while, such as a standby about to take over, is waited for.
        if (isReadOnly && !isMade)
        {
            return Refused(
                "The database can't be written",
                "it is a standby, or set to read only. Name the primary server, or let it be written"
            );
        }
        var user = User();
        if (!mayUse)
        {
            return Refused(
                "The database refuses the dashboard what it needs",
                $"permission denied for its tables. Let {user} own them, or sign in as the user that does"
            );
        }
        if (isMade || mayMake)
        {
            return null;
        }
        return Refused(
            "The database refuses the dashboard what it needs",
            await row.IsDBNullAsync(4, cancellation)
                ? $"there is no schema that {user} may use. Give it one: CREATE SCHEMA AUTHORIZATION \"{user}\""
                : $"permission denied for schema {row.GetString(4)}. Give it: "
                    + $"GRANT CREATE ON SCHEMA {row.GetString(4)} TO \"{user}\", or make {user} the database's owner"
        );
    }

    /// <summary>Whether a database that is not there can be made: by the migration, where the sign-in may do that.</summary>
    private async Task<string?> InMakingAsync(string words, CancellationToken cancellation)
    {
        var missing = StoreConnections.Read(options.Value.Postgres!).Database;
        await using var beside = connections.PostgresBeside(missing is "postgres" ? "template1" : "postgres");
        await using var ask = beside.CreateCommand(
            "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
        );
        if (await ask.ExecuteScalarAsync(cancellation) is true)
        {
            return null;
        }
        var user = User();
        return Refused(
            char.ToUpperInvariant(words[0]) + words[1..],
            $"permission denied to create database. Make it for {user}: CREATE DATABASE \"{missing}\" OWNER \"{user}\""
        );
    }

    private string Refused(string title, string words) => $"Storage:Postgres: {title} ({To()}): {words.TrimEnd('.')}.";

    private string? User() => StoreConnections.Read(options.Value.Postgres!).Username;

    private string To()
    {
        var to = StoreConnections.Read(options.Value.Postgres!);
        return $"{to.Username}@{to.Host}:{to.Port}/{to.Database}";
    }
}
