using Microsoft.EntityFrameworkCore;
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
                (provider, options) => options.UseSqlite(provider.GetRequiredService<StoreConnections>().Text)
            );
            services.AddSingleton<IDbContextFactory<Store>, StoreFactory<SqliteStore>>();
        }
        else
        {
            services.AddDbContextFactory<PostgresStore>(
                (provider, options) => options.UseNpgsql(provider.GetRequiredService<StoreConnections>().Text)
            );
            services.AddSingleton<IDbContextFactory<Store>, StoreFactory<PostgresStore>>();
        }
        // Libraries (Identity, OpenIddict, Data Protection) take a scoped context; our own code takes the factory.
        services.AddScoped(provider => provider.GetRequiredService<IDbContextFactory<Store>>().CreateDbContext());
        services.AddSingleton<StoreConnections>();
        services.AddSingleton<StoreShape>();
        services.AddSingleton<StoreMigration>();
        services.AddSingleton<StoreBackup>();
        services.AddSingleton<IProgramCommand, BackupCommand>();
        services.AddSingleton<IProgramCommand, RestoreCommand>();
    }

    private sealed class StoreFactory<T>(IDbContextFactory<T> factory) : IDbContextFactory<Store>
        where T : Store
    {
        public Store CreateDbContext() => factory.CreateDbContext();

        public async Task<Store> CreateDbContextAsync(CancellationToken cancellationToken = default) =>
            await factory.CreateDbContextAsync(cancellationToken);
    }
}
