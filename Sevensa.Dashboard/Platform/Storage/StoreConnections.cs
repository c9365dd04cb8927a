using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Sevensa.Dashboard.Platform.Storage;

/// <summary>
/// Where the store is, and a plain connection to it: what has to be read before the first page is read without EF, whose
/// first use alone takes longer than the rest of the start.
/// </summary>
internal sealed class StoreConnections(IOptions<StorageOptions> options)
{
    private readonly StorageOptions storage = options.Value;
    private string? text;

    public bool IsSqlite => string.IsNullOrWhiteSpace(storage.Postgres);

    /// <summary>The connection string, with what its parts are kept in (folder, password file) looked up.</summary>
    public string Text => text ??= IsSqlite ? Sqlite() : Postgres();

    public async Task<DbConnection> OpenAsync(CancellationToken cancellation)
    {
        DbConnection connection = IsSqlite ? new SqliteConnection(Text) : new NpgsqlConnection(Text);
        try
        {
            await connection.OpenAsync(cancellation);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public DbConnection Open()
    {
        DbConnection connection = IsSqlite ? new SqliteConnection(Text) : new NpgsqlConnection(Text);
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private string Sqlite()
    {
        Directory.CreateDirectory(storage.Folder);
        return new SqliteConnectionStringBuilder
        {
            DataSource = Path.Combine(storage.Folder, Storage.SqliteFile),
            ForeignKeys = true,
            DefaultTimeout = 15,
        }.ToString();
    }

    private string Postgres()
    {
        var connection = new NpgsqlConnectionStringBuilder(storage.Postgres);
        if (storage.PostgresPasswordFile is { Length: > 0 } file)
        {
            connection.Password = File.ReadAllText(file).Trim();
        }
        return connection.ToString();
    }
}
