namespace Sevensa.Dashboard.Features.Metrics;

public static class MetricsFeature
{
    public static void AddMetrics(this WebApplicationBuilder builder) { }

    public static void MapMetrics(this WebApplication app) { }
}
