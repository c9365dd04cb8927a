using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Sevensa.Dashboard.Platform.Storage;

/// <summary>Why the store can't do its part now, though the program and the request are well. Always a 503.</summary>
/// <param name="Code">A word for programs: <c>storeUnreachable</c>, <c>storeLocked</c>, <c>storeReadOnly</c>, <c>storeFull</c>, <c>storeSignIn</c>, <c>storeBusy</c>.</param>
/// <param name="Title">What happened, without a full stop.</param>
/// <param name="Words">The database's own words; without addresses, since strangers may read them.</param>
/// <param name="Remedy">What to do.</param>
public sealed record StoreFault(string Code, string Title, string Words, string Remedy)
{
    private const string Again = "Nothing was done; the dashboard goes on by itself as soon as the database does.";

    /// <summary>Somebody outside this program holds SQLite's write lock.</summary>
    internal static StoreFault LockedByAnother { get; } =
        new(
            "storeLocked",
            "The database is locked",
            "another program has held SQLite's write lock for longer than the dashboard waits",
            "Nothing was done. Reading works meanwhile; try again when that program has let go."
        );

    /// <summary>What this program itself writes has taken longer than one of its writers waits.</summary>
    internal static StoreFault BusyByItself { get; } =
        new(
            "storeLocked",
            "The database is busy",
            "the dashboard's other writes have taken longer than one of them waits",
            "Nothing was done; try again in a moment. If it lasts, the disk of the database is slow, or this machine is overloaded."
        );

    public string Message => $"{Title}: {Words.TrimEnd('.')}. {Remedy}";

    /// <summary>The fault that an exception comes from, however it is wrapped; null when the store is not at fault.</summary>
    public static StoreFault? In(Exception? exception)
    {
        for (var one = exception; one is not null; one = one.InnerException)
        {
            var found = one switch
            {
                StoreUnavailableException unavailable => unavailable.Fault,
                SqliteException sqlite => Of(sqlite),
                PostgresException postgres => Of(postgres),
                NpgsqlException npgsql when npgsql.InnerException is not PostgresException => Of(npgsql),
                _ => null,
            };
            if (found is not null)
            {
                return found;
            }
        }
        return null;
    }

    /// <summary>What SQLite would keep was refused: too long for its column or an index, out of a number's range, no text.</summary>
    public static bool RefusesValue(Exception? exception)
    {
        for (var one = exception; one is not null; one = one.InnerException)
        {
            if (one is PostgresException { SqlState: ['2', '2', ..] or "54000" })
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>What is none of the known ones, in the database's own words.</summary>
    internal static StoreFault Unnamed(DbException exception) =>
        new("storeUnreachable", "The database can't be used", exception.Message, "Look at its log.");

    private static StoreFault? Of(SqliteException exception) =>
        exception.SqliteErrorCode switch
        {
            5 or 6 => LockedByAnother,
            8 => new("storeReadOnly", "The database can't be written", exception.Message, "Make its file writable."),
            13 => new("storeFull", "The disk of the database is full", exception.Message, "Make room on its disk."),
            3 or 10 or 11 or 14 or 23 or 26 => new(
                "storeUnreachable",
                "The database can't be reached",
                exception.Message,
                "Look at the file in Storage:Folder and its disk."
            ),
            _ => null,
        };

    private static StoreFault? Of(PostgresException exception) =>
        exception.SqlState switch
        {
            "53300" => new(
                "storeBusy",
                "The database has no free connection",
                exception.MessageText,
                $"Raise max_connections, or lower Maximum Pool Size in Storage:Postgres. {Again}"
            ),
            "53100" => new("storeFull", "The disk of the database is full", exception.MessageText, "Make room on it."),
            "25006" => new(
                "storeReadOnly",
                "The database can't be written",
                exception.MessageText,
                "It is a standby, or set to read only. Name the primary server in Storage:Postgres, or let it be written."
            ),
            "55P03" or "57014" or "40001" or "40P01" => new(
                "storeLocked",
                "The database is locked",
                exception.MessageText,
                "Nothing was done; try again in a moment."
            ),
            "3D000" or ['2', '8', ..] => new(
                "storeSignIn",
                "The database refused the dashboard's sign-in",
                exception.MessageText,
                "Look at user, password and database in Storage:Postgres and Storage:PostgresPasswordFile; the file is read anew at each sign-in."
            ),
            "42501" => new(
                "storeSignIn",
                "The database refuses the dashboard what it needs",
                exception.MessageText,
                "Give its user the rights to that database and its schema."
            ),
            ['5', '7', 'P', ..] or ['0', '8', ..] or ['5', '3', ..] or ['5', '8', ..] => new(
                "storeUnreachable",
                "The database can't be reached",
                exception.MessageText,
                Again
            ),
            _ => null,
        };

    private static StoreFault Of(NpgsqlException exception)
    {
        Exception innermost = exception;
        while (innermost.InnerException is { } inner)
        {
            innermost = inner;
        }
        return innermost switch
        {
            FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException => new(
                "storeSignIn",
                "The database's password can't be read",
                "the file that Storage:PostgresPasswordFile names is not there or not readable",
                $"Put it there. {Again}"
            ),
            _ when exception.Message.Contains("pool has been exhausted", StringComparison.Ordinal) => new(
                "storeBusy",
                "The database has no free connection",
                "all connections of the dashboard are in use",
                $"Raise Maximum Pool Size in Storage:Postgres. {Again}"
            ),
            TimeoutException => new(
                "storeUnreachable",
                "The database does not answer",
                "it gave no answer in time",
                Again
            ),
            System.Net.Sockets.SocketException or IOException => new(
                "storeUnreachable",
                "The database can't be reached",
                innermost.Message,
                $"Start PostgreSQL, or look at the network to it. {Again}"
            ),
            // Of a server that answers: no password where it wants one, no TLS where one of the two wants it.
            NpgsqlException
            or System.Security.Authentication.AuthenticationException
                when !innermost.Message.StartsWith("Failed to connect", StringComparison.Ordinal) => new(
                "storeSignIn",
                "The sign-in to the database failed",
                innermost.Message,
                "Look at Storage:Postgres and Storage:PostgresPasswordFile."
            ),
            _ => new("storeUnreachable", "The database can't be reached", "the connection to it failed", Again),
        };
    }
}

/// <summary>The store can't do its part now; see <see cref="StoreFault"/>.</summary>
public sealed class StoreUnavailableException(StoreFault fault) : Exception(fault.Message)
{
    public StoreFault Fault => fault;
}
