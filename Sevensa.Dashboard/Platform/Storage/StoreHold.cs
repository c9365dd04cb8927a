using Microsoft.Data.Sqlite;

namespace Sevensa.Dashboard.Platform.Storage;

/// <summary>
/// One connection to SQLite's file that stays open while the dashboard runs, so that who moves the store sees that somebody uses
/// it: a pool lets go of what is idle.
/// </summary>
internal sealed class StoreHold(StoreConnections connections) : IDisposable
{
    private SqliteConnection? held;

    /// <summary>From now on, until the program's end. On PostgreSQL nothing is held.</summary>
    public void Take()
    {
        if (!connections.IsSqlite || held is not null)
        {
            return;
        }
        held = new SqliteConnection(
            new SqliteConnectionStringBuilder(connections.Sqlite) { Pooling = false }.ToString()
        );
        held.Open();
        using var read = held.CreateCommand();
        // The file is locked by the first reading, not by the opening.
        read.CommandText = "SELECT COUNT(*) FROM sqlite_master";
        read.ExecuteScalar();
    }

    public void Dispose() => held?.Dispose();
}
