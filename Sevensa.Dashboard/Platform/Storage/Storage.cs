using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;
using Sevensa.Dashboard.Platform.Hosting;

namespace Sevensa.Dashboard.Platform.Storage;

/// <summary>Registers the store: SQLite in <c>Storage:Folder</c>, or PostgreSQL by <c>Storage:Postgres</c>.</summary>
public static class Storage
{
    public const string SqliteFile = "sevensa.db";

    public static void AddStorage(this WebApplicationBuilder builder)
    {
        builder.AddCheckedOptions<StorageOptions>("Storage");
        var services = builder.Services;
        if (string.IsNullOrWhiteSpace(builder.Configuration["Storage:Postgres"]))
        {
            services.AddDbContextFactory<SqliteStore>(
                (provider, options) => options.UseSqlite(SqliteConnection(provider))
            );
            services.AddSingleton<IDbContextFactory<Store>, StoreFactory<SqliteStore>>();
        }
        else
        {
            services.AddDbContextFactory<PostgresStore>(
                (provider, options) => options.UseNpgsql(PostgresConnection(provider))
            );
            services.AddSingleton<IDbContextFactory<Store>, StoreFactory<PostgresStore>>();
        }
        // Libraries (Identity, OpenIddict, Data Protection) take a scoped context; our own code takes the factory.
        services.AddScoped(provider => provider.GetRequiredService<IDbContextFactory<Store>>().CreateDbContext());
        services.AddSingleton<StoreMigration>();
        services.AddSingleton<StoreBackup>();
        services.AddSingleton<IProgramCommand, BackupCommand>();
        services.AddSingleton<IProgramCommand, RestoreCommand>();
    }

    private static string SqliteConnection(IServiceProvider provider)
    {
        var folder = provider.GetRequiredService<IOptions<StorageOptions>>().Value.Folder;
        Directory.CreateDirectory(folder);
        return new SqliteConnectionStringBuilder
        {
            DataSource = Path.Combine(folder, SqliteFile),
            ForeignKeys = true,
            DefaultTimeout = 15,
        }.ToString();
    }

    private static string PostgresConnection(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<StorageOptions>>().Value;
        var connection = new NpgsqlConnectionStringBuilder(options.Postgres);
        if (options.PostgresPasswordFile is { Length: > 0 } file)
        {
            connection.Password = File.ReadAllText(file).Trim();
        }
        return connection.ToString();
    }

    private sealed class StoreFactory<T>(IDbContextFactory<T> factory) : IDbContextFactory<Store>
        where T : Store
    {
        public Store CreateDbContext() => factory.CreateDbContext();

        public async Task<Store> CreateDbContextAsync(CancellationToken cancellationToken = default) =>
            await factory.CreateDbContextAsync(cancellationToken);
    }
}
