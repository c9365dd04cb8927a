namespace Sevensa.Dashboard.Features.Portal;

/// <summary>What a client sees of their own tenant: read only, composed from the others' contracts.</summary>
public static class PortalFeature
{
    public static void AddPortal(this WebApplicationBuilder builder) { }

    public static void MapPortal(this WebApplication app) { }
}
