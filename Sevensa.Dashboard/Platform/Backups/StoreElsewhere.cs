using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Backups;

/// <summary>
/// The program's own services over another store than the configured one: the same code that serves a store proves a copy of
/// it, wherever that lies. Nothing of it listens or works by itself.
/// </summary>
internal sealed class StoreElsewhere(IServiceCollection services, IConfiguration configuration)
{
    /// <param name="keyFile">Null for the configured one.</param>
    /// <param name="postgres">Null for SQLite in <paramref name="folder"/>.</param>
    public ServiceProvider Open(
        string folder,
        string? keyFile = null,
        string? postgres = null,
        string? passwordFile = null
    )
    {
        var settings = new ConfigurationBuilder()
            .AddConfiguration(configuration)
            .AddInMemoryCollection([
                new("Storage:Folder", folder),
                new("Storage:Postgres", postgres),
                new("Storage:PostgresPasswordFile", passwordFile),
                .. keyFile is null ? [] : (KeyValuePair<string, string?>[])[new("Security:KeyFile", keyFile)],
            ])
            .Build();
        IServiceCollection elsewhere = new ServiceCollection();
        foreach (var service in services)
        {
            elsewhere.Add(service);
        }
        elsewhere.AddSingleton<IConfiguration>(settings);
        Storage.Storage.AddStores(elsewhere, isSqlite: postgres is null);
        return elsewhere.BuildServiceProvider();
    }
}
