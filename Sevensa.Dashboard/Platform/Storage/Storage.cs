using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Storage.Duties;
using Sevensa.Dashboard.Platform.Storage.Presence;

namespace Sevensa.Dashboard.Platform.Storage;

/// <summary>Registers the store: SQLite in <c>Storage:Folder</c>, or PostgreSQL by <c>Storage:Postgres</c>.</summary>
public static class Storage
{
    public const string SqliteFile = "sevensa.db";

    public static void AddStorage(this WebApplicationBuilder builder)
    {
        builder.AddCheckedOptions<StorageOptions>("Storage");
        var services = builder.Services;
        AddStores(services, isSqlite: string.IsNullOrWhiteSpace(builder.Configuration["Storage:Postgres"]));
        // Libraries (Identity, OpenIddict, Data Protection) take a scoped context; our own code takes the factory.
        services.AddScoped(provider => provider.GetRequiredService<IDbContextFactory<Store>>().CreateDbContext());
        services.AddSingleton<StoreConnections>();
        services.AddSingleton<StoreHold>();
        services.AddSingleton<StoreShape>();
        services.AddSingleton<StoreLocks>();
        services.AddSingleton<StoreProbe>();
        services.AddSingleton<StoreMistakes>();
        services.AddSingleton<StoreMigration>();
        services.AddSingleton<OutlivedRowsWork>();
        services.AddHostedService(provider => provider.GetRequiredService<OutlivedRowsWork>());
        services.AddSingleton<ReplicaStore>();
        services.AddSingleton<Replicas>();
        services.AddHostedService(provider => provider.GetRequiredService<Replicas>());
        services.AddSingleton<DutyStore>();
        services.AddSingleton<DutyRoster>();
        services.AddSingleton<IDuties>(provider => provider.GetRequiredService<DutyRoster>());
        services.AddHostedService(provider => provider.GetRequiredService<DutyRoster>());
    }

    /// <summary>Contexts of one provider's store; those that are added last are taken.</summary>
    internal static void AddStores(IServiceCollection services, bool isSqlite)
    {
        if (isSqlite)
        {
            services.AddDbContextFactory<SqliteStore>(
                (provider, options) =>
                    Common(options.UseSqlite(provider.GetRequiredService<StoreConnections>().Sqlite))
                        .AddInterceptors(
                            provider.GetRequiredService<WriteTurn>(),
                            provider.GetRequiredService<WriteAheadLog>()
                        )
            );
            services.AddSingleton<IDbContextFactory<Store>, StoreFactory<SqliteStore>>();
            services.AddSingleton<WriteTurn>();
            services.AddSingleton<WriteAheadLog>();
            return;
        }
        services.AddDbContextFactory<PostgresStore>(
            (provider, options) =>
                Common(options.UseNpgsql(provider.GetRequiredService<StoreConnections>().Postgres))
                    .AddInterceptors(
                        new LivePool(provider.GetRequiredService<StoreConnections>().Postgres),
                        new DutyFence()
                    )
        );
        services.AddSingleton<IDbContextFactory<Store>, StoreFactory<PostgresStore>>();
    }

    private static DbContextOptionsBuilder Common(DbContextOptionsBuilder options) =>
        options
            .AddInterceptors(new WholeText())
            // Told by whoever catches it, in one line and in words: many are foreseen, such as a key that was taken meanwhile.
            .ConfigureWarnings(warnings =>
                warnings.Log(
                    (RelationalEventId.ConnectionError, LogLevel.Debug),
                    (RelationalEventId.CommandError, LogLevel.Debug),
                    (CoreEventId.SaveChangesFailed, LogLevel.Debug),
                    (CoreEventId.QueryIterationFailed, LogLevel.Debug),
                    (CoreEventId.OptimisticConcurrencyException, LogLevel.Debug)
                )
            );

    private sealed class StoreFactory<T>(IDbContextFactory<T> factory) : IDbContextFactory<Store>
        where T : Store
    {
        public Store CreateDbContext() => factory.CreateDbContext();

        public async Task<Store> CreateDbContextAsync(CancellationToken cancellationToken = default) =>
            await factory.CreateDbContextAsync(cancellationToken);
    }
}
