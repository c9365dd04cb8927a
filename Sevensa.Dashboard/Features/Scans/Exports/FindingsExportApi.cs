using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Scans.Exports;

internal static class FindingsExportApi
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes
            .MapGet("/api/v1/tenants/{tenant}/findings/export", WriteAsync)
            .WithTags("Scans")
            .RequireAuthorization(Policies.Read)
            .WithSummary("All findings of a tenant as a file: json, csv, or vex (CycloneDX 1.6)");
        // The page's link; the API takes no cookie.
        routes
            .MapGet("/tenants/{tenant}/scans/export", WriteAsync)
            .WithMetadata(HandsOutMuch.Here)
            .RequireAuthorization(Policies.Read)
            .ExcludeFromDescription();
    }

    private static async Task WriteAsync(
        string tenant,
        [FromServices] FindingsExport export,
        [FromServices] ICurrentCaller callers,
        HttpContext context,
        [AsParameters] FindingsAddress asked,
        CancellationToken cancellation,
        string? format = null
    )
    {
        await export.WriteAsync(
            await callers.GetAsync(cancellation),
            asked.Filter(tenant),
            ValueWords.Read<FileFormat>("format", format) ?? FileFormat.Json,
            context.Response,
            cancellation
        );
    }
}
