using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Sevensa.Dashboard.Platform.Storage;

/// <summary>
/// Where the store is, and a plain connection to it: what has to be read before the first page is read without EF, whose
/// first use alone takes longer than the rest of the start.
/// </summary>
internal sealed class StoreConnections : IDisposable, IAsyncDisposable
{
    /// <summary>How long a writer waits for SQLite's lock, in seconds, before it says so.</summary>
    public const int LockPatience = 5;

    private const string ProgramName = "sevensa-dashboard";
    private readonly StorageOptions storage;
    private readonly Lazy<string> sqlite;
    private readonly Lazy<NpgsqlDataSource> postgres;

    public StoreConnections(IOptions<StorageOptions> options)
    {
        storage = options.Value;
        sqlite = new(MakeSqlite);
        postgres = new(MakePostgres);
    }

    public bool IsSqlite => string.IsNullOrWhiteSpace(storage.Postgres);

    /// <summary>The database's name for people.</summary>
    public string Name => IsSqlite ? "SQLite" : "PostgreSQL";

    /// <summary>SQLite's connection string; its folder is made.</summary>
    public string Sqlite => sqlite.Value;

    /// <summary>Where SQLite's file is, or will be.</summary>
    public string SqliteFile => Path.Combine(storage.Folder, Storage.SqliteFile);

    /// <summary>PostgreSQL's pool. The password file is read for each connection that is made, so that a new one needs no restart.</summary>
    public NpgsqlDataSource Postgres => postgres.Value;

    public async Task<DbConnection> OpenAsync(CancellationToken cancellation)
    {
        var connection = Make();
        try
        {
            await connection.OpenAsync(cancellation);
            if (connection is NpgsqlConnection pooled)
            {
                await LivePool.CheckAsync(pooled, Postgres, cancellation);
            }
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
        var connection = Make();
        try
        {
            connection.Open();
            if (connection is NpgsqlConnection pooled)
            {
                LivePool.Check(pooled, Postgres);
            }
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (postgres.IsValueCreated)
        {
            postgres.Value.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (postgres.IsValueCreated)
        {
            await postgres.Value.DisposeAsync();
        }
    }

    /// <summary>The connection string as it is given, with what is our own where it says nothing.</summary>
    /// <exception cref="ArgumentException">A key or value that Npgsql does not know.</exception>
    internal static NpgsqlConnectionStringBuilder Read(string text)
    {
        var builder = new NpgsqlConnectionStringBuilder(text);
        if (string.IsNullOrEmpty(builder.ApplicationName))
        {
            builder.ApplicationName = ProgramName;
        }
        if (!builder.ShouldSerialize("Timeout"))
        {
            builder.Timeout = 4;
        }
        if (!builder.ShouldSerialize("Command Timeout"))
        {
            builder.CommandTimeout = 15;
        }
        return builder;
    }

    private DbConnection Make() => IsSqlite ? new SqliteConnection(Sqlite) : Postgres.CreateConnection();

    private string MakeSqlite()
    {
        Directory.CreateDirectory(storage.Folder);
        return new SqliteConnectionStringBuilder
        {
            DataSource = SqliteFile,
            ForeignKeys = true,
            DefaultTimeout = LockPatience,
        }.ToString();
    }

    /// <summary>The same sign-in to another database of the server, for one question.</summary>
    internal NpgsqlDataSource PostgresBeside(string database) => MakePostgres(database);

    private NpgsqlDataSource MakePostgres() => MakePostgres(null);

    private NpgsqlDataSource MakePostgres(string? database)
    {
        var source = new NpgsqlDataSourceBuilder(Read(storage.Postgres!).ToString());
        if (database is not null)
        {
            source.ConnectionStringBuilder.Database = database;
            source.ConnectionStringBuilder.Pooling = false;
        }
        if (storage.PostgresPasswordFile is { Length: > 0 } file)
        {
            source.ConnectionStringBuilder.Password = null;
            source.UsePasswordProvider(
                _ => File.ReadAllText(file).Trim(),
                async (_, cancellation) => (await File.ReadAllTextAsync(file, cancellation)).Trim()
            );
        }
        return source.Build();
    }
}
