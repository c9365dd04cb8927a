using System.IO.Compression;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Scans.Originals;

internal static class ReportsApi
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/v1").WithTags("Scans").RequireAuthorization(Policies.Read);
        api.MapGet("/scans", ListAsync).WithSummary("Reports that were taken in, the newest first");
        api.MapGet("/scans/{id}/original", WriteAsync).WithSummary("What was sent as a report, as a file");
        // The page's link; the API takes no cookie.
        routes
            .MapGet("/scans/{id}/original", WriteAsync)
            .WithMetadata(HandsOutMuch.Here)
            .RequireAuthorization(Policies.Read)
            .ExcludeFromDescription();
    }

    private static async Task<Ok<Page<KeptReport>>> ListAsync(
        ReportDesk desk,
        ICurrentCaller callers,
        CancellationToken cancellation,
        string? tenant = null,
        string? cursor = null,
        int? limit = null
    )
    {
        var page = await desk.ListAsync(
            await callers.GetAsync(cancellation),
            string.IsNullOrWhiteSpace(tenant) ? null : tenant,
            cursor,
            PageSize.Of(limit),
            cancellation
        );
        return TypedResults.Ok(new Page<KeptReport>(page.Items, page.Next));
    }

    private static async Task WriteAsync(
        string id,
        ReportDesk desk,
        OriginalStore originals,
        ICurrentCaller callers,
        HttpContext context,
        CancellationToken cancellation
    )
    {
        var (report, original) = await desk.OpenAsync(await callers.GetAsync(cancellation), id, cancellation);
        var (type, ending) = KindOf(report.Format);
        var response = context.Response;
        response.ContentType = type;
        response.ContentLength = original.Length;
        response.Headers.ContentDisposition = $"attachment; filename=\"report-{original.Hash[..12]}.{ending}\"";
        response.Headers.ETag = new EntityTagHeaderValue($"\"{original.Hash}\"").ToString();
        await using var packed = new Pieces(originals, original);
        await using var unpacked = new GZipStream(packed, CompressionMode.Decompress);
        await unpacked.CopyToAsync(response.Body, cancellation);
    }

    /// <summary>The registered type of a format where it has one, and how its files end.</summary>
    private static (string Type, string Ending) KindOf(string format) =>
        format switch
        {
            "sarif" => ("application/sarif+json", "sarif"),
            "cyclonedx" => ("application/vnd.cyclonedx+json", "cdx.json"),
            "spdx" => ("application/spdx+json", "spdx.json"),
            "openvex" => ("application/json", "openvex.json"),
            _ => ("application/json", "json"),
        };
}
