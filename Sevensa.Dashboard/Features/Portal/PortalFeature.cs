namespace Sevensa.Dashboard.Features.Portal;

public static class PortalFeature
{
    public static void AddPortal(this WebApplicationBuilder builder) { }

    public static void MapPortal(this WebApplication app) { }
}
