namespace Sevensa.Dashboard.Features.Logs;

public static class LogsFeature
{
    public static void AddLogs(this WebApplicationBuilder builder) { }

    public static void MapLogs(this WebApplication app) { }
}
