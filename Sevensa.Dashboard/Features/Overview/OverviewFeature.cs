using Sevensa.Dashboard.Ui.Nav;

namespace Sevensa.Dashboard.Features.Overview;

/// <summary>What operators see first, and the frame around every page.</summary>
internal static class OverviewFeature
{
    public static void AddOverview(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<FleetBoard>();
        builder.Services.AddSingleton<TodaysNews>();
        builder.Services.AddSingleton<INavSource, FleetNav>();
        builder.Services.AddSingleton<ICommandSource, FleetCommands>();
    }

    public static void MapOverview(this IEndpointRouteBuilder app) => InstallationApi.Map(app);
}
