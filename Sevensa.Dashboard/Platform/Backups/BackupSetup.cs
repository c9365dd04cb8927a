using Sevensa.Dashboard.Platform.Hosting;

namespace Sevensa.Dashboard.Platform.Backups;

/// <summary>Registers what copies the store, proves copies of it, and moves it.</summary>
internal static class BackupSetup
{
    public static void AddBackups(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<StoreBackup>();
        services.AddSingleton<StoreRestore>();
        services.AddSingleton<StagedBackup>();
        services.AddSingleton<StoreMove>();
        services.AddSingleton<NotedSettings>();
        services.AddSingleton(new StoreElsewhere(services, builder.Configuration));
        services.AddSingleton<IProgramCommand, BackupCommand>();
        services.AddSingleton<IProgramCommand, RestoreCommand>();
        services.AddSingleton<IProgramCommand, MoveStoreCommand>();
    }
}
