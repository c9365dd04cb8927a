namespace Sevensa.Dashboard.Features.Overview;

public static class OverviewFeature
{
    public static void AddOverview(this WebApplicationBuilder builder) { }

    public static void MapOverview(this WebApplication app) { }
}
