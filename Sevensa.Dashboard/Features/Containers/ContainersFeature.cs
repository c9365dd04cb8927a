namespace Sevensa.Dashboard.Features.Containers;

public static class ContainersFeature
{
    public static void AddContainers(this WebApplicationBuilder builder) { }

    public static void MapContainers(this WebApplication app) { }
}
