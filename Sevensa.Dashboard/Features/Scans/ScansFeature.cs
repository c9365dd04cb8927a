namespace Sevensa.Dashboard.Features.Scans;

public static class ScansFeature
{
    public static void AddScans(this WebApplicationBuilder builder) { }

    public static void MapScans(this WebApplication app) { }
}
