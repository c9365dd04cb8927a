using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Containers.Changes;
using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Containers.Hardening;
using Sevensa.Dashboard.Features.Containers.Kinds;
using Sevensa.Dashboard.Features.Containers.Releases;
using Sevensa.Dashboard.Features.Containers.Unexposing;
using Sevensa.Dashboard.Features.Containers.Watch;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Security;

namespace Sevensa.Dashboard.Features.Containers;

internal static class ContainersFeature
{
    public static void AddContainers(this WebApplicationBuilder builder)
    {
        builder.AddCheckedOptions<ReleasesOptions>("Releases");
        builder.Services.AddSingleton<IHouseZone, HouseZone>();
        builder.Services.AddSingleton<ContainerDirectory>();
        builder.Services.AddSingleton<ContainerLogs>();
        builder.Services.AddSingleton<IToolSource, ContainerTools>();
        builder.Services.AddSingleton<IProblemSource, ContainerProblems>();
        AddReleases(builder.Services);
        AddKinds(builder.Services);
        AddWatch(builder.Services);
    }

    internal static void AddReleases(IServiceCollection services)
    {
        services.AddSingleton<ReleaseStore>();
        services.AddSingleton<ISealedRows, ReleaseSealStore>();
        services.AddSingleton<IChainedRecord>(provider => provider.GetRequiredService<ReleaseStore>());
        services.AddSingleton<ReleaseBook>();
        services.AddSingleton<ReleaseNews>();
        services.AddSingleton<IServiceReleases, ServiceReleases>();
        services.AddSingleton<IReleaseListener, ReleaseIntake>();
        services.AddSingleton<IStartStep, SeededReleases>();
        services.AddSingleton<IProblemSource, ReleaseProblems>();
        services.AddSingleton<IToolSource, ReleaseTools>();
    }

    internal static void AddKinds(IServiceCollection services)
    {
        services.AddSingleton<PlanBench>();
        services.AddSingleton<LeftReleases>();
        services.AddSingleton<RollbackSteps>();
        services.AddSingleton<RollbackPlanner>();
        services.AddSingleton<IActionKind, ContainerResources>();
        services.AddSingleton<IActionKind, ServiceScale>();
        services.AddSingleton<IActionKind, ServiceDeploy>();
        services.AddSingleton<IActionKind, ServiceHarden>();
        services.AddSingleton<IActionKind, UnexposeSecret>();
        services.AddSingleton<IActionKind, ServiceRollback>();
        services.AddSingleton<IActionKind, TenantRollback>();
        services.AddSingleton<IActionKind, ImagePull>();
        services.AddSingleton<IActionKind, ImagePrune>();
        services.AddSingleton<IActionKind, NetworkConnect>();
        services.AddSingleton<IActionKind, NetworkDisconnect>();
        services.AddSingleton<IActionKind, VolumeSnapshotKind>();
        services.AddSingleton<IActionKind, VolumeRestore>();
    }

    private static void AddWatch(IServiceCollection services)
    {
        services.AddSingleton<WatchStore>();
        services.AddSingleton<WatchFigures>();
        services.AddSingleton<ActionWatch>();
        services.AddSingleton<IAftermath>(provider => provider.GetRequiredService<ActionWatch>());
        services.AddHostedService(provider => provider.GetRequiredService<ActionWatch>());
        services.AddSingleton<ChangesDesk>();
    }

    public static void MapContainers(this IEndpointRouteBuilder app)
    {
        ContainersApi.Map(app);
        ReleasesApi.Map(app);
    }
}
