using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Scans.Exports;

/// <summary>The forms in which a tenant's findings are handed on.</summary>
internal enum FileFormat
{
    /// <summary>Everything that the API tells of them.</summary>
    Json,

    /// <summary>A table for a spreadsheet.</summary>
    Csv,

    /// <summary>CycloneDX 1.6: what each vulnerability means for what runs here.</summary>
    Vex,
}

/// <summary>
/// A tenant's findings as one file, for its client, an auditor or another tool: page by page, so that it may be of any length.
/// </summary>
internal sealed class FindingsExport(FindingDesk desk, IOptions<JsonOptions> json, TimeProvider time)
{
    private const int PageRows = 500;

    /// <param name="filter">Of one tenant.</param>
    /// <exception cref="UnknownTenantException">404, before anything is written.</exception>
    public async Task WriteAsync(
        Caller caller,
        FindingFilter filter,
        FileFormat format,
        HttpResponse response,
        CancellationToken cancellation
    )
    {
        var tenant = filter.Tenant!;
        // VEX speaks of vulnerabilities only.
        var asked = format == FileFormat.Vex ? filter with { Kind = FindingKind.Vulnerability } : filter;
        var page = await desk.ListAsync(caller, asked, null, PageRows, cancellation);
        using IFindingsWriter writer = format switch
        {
            FileFormat.Csv => new FindingsCsv(response.BodyWriter),
            FileFormat.Vex => new FindingsVex(response.BodyWriter),
            _ => new FindingsJson(response.BodyWriter, json.Value.SerializerOptions),
        };
        response.ContentType = writer.ContentType;
        response.Headers.ContentDisposition = $"attachment; filename=\"findings-{tenant}.{writer.Ending}\"";
        writer.Begin(tenant, time.GetUtcNow());
        while (true)
        {
            foreach (var finding in page.Items)
            {
                writer.Write(finding);
            }
            if (page.Next is not { } next)
            {
                break;
            }
            writer.Pass();
            await response.BodyWriter.FlushAsync(cancellation);
            page = await desk.ListAsync(caller, asked, next, PageRows, cancellation);
        }
        writer.End();
        await response.BodyWriter.FlushAsync(cancellation);
    }
}
