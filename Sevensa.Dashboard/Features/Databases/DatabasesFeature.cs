using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Databases.Backups;
using Sevensa.Dashboard.Features.Databases.Contracts;
using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Features.Databases.Proof;
using Sevensa.Dashboard.Features.Databases.Provision;
using Sevensa.Dashboard.Features.Databases.Relocation;
using Sevensa.Dashboard.Features.Databases.Repair;
using Sevensa.Dashboard.Features.Databases.Survey;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Databases;

/// <summary>Tenants' PostgreSQL: what is whose, who takes what, and whether everybody is kept apart.</summary>
internal static class DatabasesFeature
{
    public static void AddDatabases(this WebApplicationBuilder builder)
    {
        builder.AddCheckedOptions<DatabasesSection>("Databases");
        builder.AddCheckedList<InstanceOptions>(InstanceOptions.Section, nameof(InstanceOptions.Name));
        builder.AddCheckedList<PlacementOptions>(PlacementOptions.Section);
        builder.AddCheckedOptions<ProofOptions>("Databases:Proof");
        builder.AddCheckedList<BackupOptions>(BackupOptions.Section, nameof(BackupOptions.Name));
        builder.AddCheckedOptions<DrillOptions>("Databases:Drill");
        builder.AddCheckedOptions<DropOptions>("Databases:Drop");
        AddDatabases(builder.Services);
        AddProvisioning(builder.Services);
        foreach (var instance in builder.Configuration.GetSection(InstanceOptions.Section).GetChildren())
        {
            if (instance["Name"] is { Length: > 0 } name)
            {
                builder.Services.AddSingleton<IUpstreamProbe>(provider =>
                    ActivatorUtilities.CreateInstance<DatabaseProbe>(provider, name)
                );
            }
        }
    }

    internal static void AddDatabases(IServiceCollection services)
    {
        services.AddSingleton<InstanceRegistry>();
        services.AddSingleton<PostgresDoor>();
        services.AddSingleton<IDatabaseLogins, DatabaseLogins>();
        services.AddSingleton<InstanceSurvey>();
        services.AddSingleton<DatabaseCatalogue>();
        services.AddSingleton<BackupFiles>();
        services.AddSingleton<DrillBook>();
        services.AddSingleton<IRestoreEvidence, DrillEvidence>();
        services.AddSingleton<IsolationProver>();
        services.AddSingleton<ProofStore>();
        services.AddSingleton<ProofResults>();
        services.AddSingleton<ProofDesk>();
        services.AddSingleton<IIsolationEvidence>(provider => provider.GetRequiredService<ProofDesk>());
        services.AddHostedService(provider => provider.GetRequiredService<ProofDesk>());
        services.AddHostedService<NightlyProofs>();
        services.AddSingleton<IToolSource, DatabaseTools>();
        services.AddSingleton<IProblemSource, DatabaseProblems>();
    }

    /// <summary>What is changed on instances, by plan and approval.</summary>
    private static void AddProvisioning(IServiceCollection services)
    {
        services.AddSingleton<IActionKind, CreateTenantPlace>();
        services.AddSingleton<CreateTenantPlaceExecutor>();
        services.AddSingleton<IDashboardExecutor>(provider => provider.GetRequiredService<CreateTenantPlaceExecutor>());
        services.AddSingleton<IDashboardReconciler>(provider =>
            provider.GetRequiredService<CreateTenantPlaceExecutor>()
        );
        services.AddSingleton<RestoreTool>();
        services.AddSingleton<DrillScratch>();
        services.AddHostedService<DrillSweep>();
        services.AddSingleton<IActionKind, Drill>();
        services.AddSingleton<IDashboardExecutor, DrillExecutor>();
        services.AddSingleton<IDashboardReconciler, DrillExecutor>();
        services.AddSingleton<DumpTool>();
        services.AddSingleton<PlaceGate>();
        services.AddSingleton<MoveWork>();
        services.AddSingleton<ChangeJournal>();
        services.AddSingleton<MovePassage>();
        services.AddSingleton<IActionKind, MoveTenantPlace>();
        services.AddSingleton<IDashboardExecutor, MoveExecutor>();
        services.AddSingleton<IActionKind, DropTenantPlace>();
        services.AddSingleton<IDashboardExecutor, DropExecutor>();
        services.AddSingleton<IActionKind, RepairGrants>();
        services.AddSingleton<IActionKind, RestoreGrants>();
        foreach (var kind in (string[])[RepairStatement.Repair, RepairStatement.Restore])
        {
            services.AddSingleton<IDashboardExecutor>(provider =>
                ActivatorUtilities.CreateInstance<GrantExecutor>(provider, kind)
            );
            services.AddSingleton<IDashboardReconciler>(provider =>
                ActivatorUtilities.CreateInstance<GrantExecutor>(provider, kind)
            );
        }
    }

    public static void MapDatabases(this IEndpointRouteBuilder app) => app.MapDatabasesApi();
}
