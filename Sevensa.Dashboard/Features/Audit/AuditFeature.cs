namespace Sevensa.Dashboard.Features.Audit;

public static class AuditFeature
{
    public static void AddAudit(this WebApplicationBuilder builder) { }

    public static void MapAudit(this WebApplication app) { }
}
