using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Scans.Trend;

/// <summary>In which form a trend is told.</summary>
internal enum TrendFormat
{
    Json,
    Csv,
}

internal static class TrendApi
{
    private const string Day = "yyyy-MM-dd";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes
            .MapGet("/api/v1/tenants/{tenant}/findings/trend", TrendAsync)
            .WithTags("Scans")
            .RequireAuthorization(Policies.Read)
            .WithSummary("Open findings by severity, day by day (json or csv), and how long it took to fix them");
        // The page's link; the API takes no cookie.
        routes
            .MapGet("/tenants/{tenant}/scans/trend.csv", FileAsync)
            .RequireAuthorization(Policies.Read)
            .ExcludeFromDescription();
    }

    private static async Task<IResult> TrendAsync(
        string tenant,
        [FromServices] TrendDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation,
        string? from = null,
        string? to = null,
        string? kind = null,
        string? format = null
    )
    {
        var form = ValueWords.Read<TrendFormat>("format", format) ?? TrendFormat.Json;
        var trend = await desk.OfAsync(
            await callers.GetAsync(cancellation),
            tenant,
            Read("from", from),
            Read("to", to),
            ValueWords.Read<FindingKind>("kind", kind),
            cancellation
        );
        return form == TrendFormat.Csv
            ? TypedResults.File(Encoding.UTF8.GetBytes(Csv(trend)), "text/csv; charset=utf-8", $"findings-{tenant}.csv")
            : TypedResults.Ok(trend);
    }

    private static Task<IResult> FileAsync(
        string tenant,
        [FromServices] TrendDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation,
        string? from = null,
        string? to = null,
        string? kind = null
    ) => TrendAsync(tenant, desk, callers, cancellation, from, to, kind, nameof(TrendFormat.Csv));

    /// <summary>A day that nobody counted has empty cells.</summary>
    private static string Csv(FindingTrend trend)
    {
        var text = new StringBuilder("day,critical,high,medium,low,unknown,total,overdue\r\n");
        foreach (var day in trend.Days)
        {
            text.Append(day.Day.ToString(Day, CultureInfo.InvariantCulture));
            text.Append(
                    day.Open is { } open
                        ? string.Create(
                            CultureInfo.InvariantCulture,
                            $",{open.Critical},{open.High},{open.Medium},{open.Low},{open.Unknown},{open.Total},{day.Overdue}"
                        )
                        : ",,,,,,,"
                )
                .Append("\r\n");
        }
        return text.ToString();
    }

    /// <exception cref="BadHttpRequestException">400: it is no day.</exception>
    internal static DateOnly? Read(string name, string? text) =>
        string.IsNullOrWhiteSpace(text) ? null
        : DateOnly.TryParseExact(text.Trim(), Day, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day
        : throw new BadHttpRequestException($"{name} is a day such as 2026-01-31.");
}
