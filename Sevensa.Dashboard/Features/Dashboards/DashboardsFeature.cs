using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Dashboards.Variables;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Dashboards;

/// <summary>Dashboards of a tenant: kept, changed, imported from Grafana, and drawn of the panels of Metrics.</summary>
internal static class DashboardsFeature
{
    public static void AddDashboards(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<BoardStore>();
        services.AddSingleton(provider => new BoardDesk(
            provider.GetRequiredService<BoardStore>(),
            provider.GetRequiredService<ITenantScopes>(),
            provider.GetRequiredService<IAuditLog>(),
            provider.GetRequiredService<TimeProvider>()
        ));
        services.AddTransient<VariableResolver>();
        services.AddSingleton<IConfigurationPart, ConfiguredBoards>();
        services.AddSingleton<IProblemSource, BoardProblems>();
        services.AddSingleton<IStartStep, BoardSeed>();
    }

    public static void MapDashboards(this IEndpointRouteBuilder app) => app.MapBoardApi();
}
