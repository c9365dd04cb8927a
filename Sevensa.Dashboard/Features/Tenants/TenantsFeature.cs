namespace Sevensa.Dashboard.Features.Tenants;

public static class TenantsFeature
{
    public static void AddTenants(this WebApplicationBuilder builder) { }

    public static void MapTenants(this WebApplication app) { }
}
