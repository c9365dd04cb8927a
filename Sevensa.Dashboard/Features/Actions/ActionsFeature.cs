namespace Sevensa.Dashboard.Features.Actions;

public static class ActionsFeature
{
    public static void AddActions(this WebApplicationBuilder builder) { }

    public static void MapActions(this WebApplication app) { }
}
