using Sevensa.Dashboard.Features.Portal.PublicLinks;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Portal;

/// <summary>What a client sees of their own tenant: read only, composed from the others' contracts.</summary>
internal static class PortalFeature
{
    public static void AddPortal(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<PublicLinkStore>();
        builder.Services.AddSingleton<PublicLinkDesk>();
        builder.Services.AddTransient<PublicStatus>();
        builder.Services.AddSingleton<IProblemSource, PortalProblems>();
    }

    public static void MapPortal(this IEndpointRouteBuilder app) => app.MapPublicLinkApi();
}
