namespace Sevensa.Dashboard.Features.Identity;

public static class IdentityFeature
{
    public static void AddIdentity(this WebApplicationBuilder builder) { }

    public static void MapIdentity(this WebApplication app) { }
}
