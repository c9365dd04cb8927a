namespace Sevensa.Dashboard.Features.Hosts;

public static class HostsFeature
{
    public static void AddHosts(this WebApplicationBuilder builder) { }

    public static void MapHosts(this WebApplication app) { }
}
