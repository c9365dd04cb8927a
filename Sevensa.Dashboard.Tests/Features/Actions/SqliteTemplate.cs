using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Tests.Features.Actions;

/// <summary>An empty SQLite with the store's tables, made once and copied for each workshop.</summary>
internal static class SqliteTemplate
{
    private static readonly Lazy<string> made = new(Make);

    public static void Put(string file) => File.Copy(made.Value, file);

    public static string ConnectionTo(string file) => $"Data Source={file};Default Timeout=30";

    /// <summary>Closes what is kept open of a file.</summary>
    public static void LetGo(string file)
    {
        using var one = new SqliteConnection(ConnectionTo(file));
        SqliteConnection.ClearPool(one);
    }

    private static string Make()
    {
        var folder = Directory.CreateTempSubdirectory("sevensa-template-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        var file = Path.Combine(folder, "test.db");
        var options = new DbContextOptionsBuilder<SqliteStore>().UseSqlite($"Data Source={file};Pooling=False").Options;
        using var store = new SqliteStore(options);
        store.Database.EnsureCreated();
        // The last connection that is closed takes the log along, so that the file is all there is to copy.
        store.Database.ExecuteSqlRaw("PRAGMA journal_mode=WAL");
        return file;
    }
}

/// <summary>Nobody waits for the disk: these stores outlive no failure of the machine's power.</summary>
internal sealed class NoPowerFailure : DbConnectionInterceptor
{
    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) =>
        Hasten(connection);

    public override Task ConnectionOpenedAsync(
        DbConnection connection,
        ConnectionEndEventData eventData,
        CancellationToken cancellationToken = default
    )
    {
        Hasten(connection);
        return Task.CompletedTask;
    }

    private static void Hasten(DbConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA synchronous=OFF";
        command.ExecuteNonQuery();
    }
}
