using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Scans.Originals;

/// <summary>A report that was taken in.</summary>
/// <param name="Kinds">Of which it is a scan; none of a list of parts and of statements.</param>
/// <param name="Sha256">Of what was sent, unpacked; null of reports from before it was kept.</param>
/// <param name="Bytes">Of what was sent, unpacked; null when it is not kept, or no longer.</param>
internal sealed record KeptReport(
    string Id,
    string Image,
    string ImageDigest,
    string? Platform,
    string Format,
    string? Scanner,
    IReadOnlyList<FindingKind> Kinds,
    DateTimeOffset ScannedAt,
    DateTimeOffset ReceivedAt,
    string ReceivedBy,
    string? Sha256,
    long? Bytes
);

/// <param name="Next">Where the next page begins; null at the end.</param>
internal sealed record ReportPage(IReadOnlyList<KeptReport> Items, string? Next);

/// <summary>Answered as 404.</summary>
internal sealed class UnknownReportException(string message) : Exception(message);

/// <summary>
/// Reports, and what was sent. Whoever sees the image sees those that were handed in for tenants of whom it sees all; of the others
/// only who sees everybody whose image it is, since a report calls the image as its sender does.
/// </summary>
internal sealed class ReportDesk(
    ReportStore reports,
    OriginalStore originals,
    ScanStore scans,
    ImageStore imageStore,
    FindingDesk findings,
    ScanRights rights,
    IStrangers strangers
)
{
    /// <param name="tenant">Null: of all that the caller has.</param>
    /// <param name="cursor">Where an earlier page ended; null for the first one.</param>
    /// <exception cref="UnknownTenantException">404</exception>
    /// <exception cref="BadHttpRequestException">400: the cursor is none that was given out.</exception>
    public async Task<ReportPage> ListAsync(
        Caller caller,
        string? tenant,
        string? cursor,
        int most,
        CancellationToken cancellation
    )
    {
        var after = ReportStore.ReadCursor(cursor);
        var images = await findings.ImagesAsync(caller, tenant, cancellation);
        var rows = await reports.PageAsync(images, after, most + 1, cancellation);
        var shown = rows.Take(most).ToList();
        var known = (
            await imageStore.ImagesAsync([.. shown.Select(row => row.ImageId).Distinct()], cancellation)
        ).ToDictionary(image => image.Row.Id, StringComparer.Ordinal);
        var seen = shown
            .Where(row => known.TryGetValue(row.ImageId, out var image) && MaySee(caller, row, image))
            .ToList();
        var lengths = await originals.LengthsAsync([.. seen.Select(row => row.Hash).Distinct()], cancellation);
        return new ReportPage(
            [.. seen.Select(row => Of(caller, row, known[row.ImageId], lengths))],
            rows.Count > most ? ReportStore.CursorAfter(shown[^1]) : null
        );
    }

    /// <summary>What was sent as a report, packed.</summary>
    /// <exception cref="UnknownReportException">404: there is no such report, or what was sent is not kept.</exception>
    public async Task<(ScanReportRow Report, OriginalRow Original)> OpenAsync(
        Caller caller,
        string id,
        CancellationToken cancellation
    )
    {
        var report = await scans.ReportAsync(id, cancellation);
        var image =
            report is not null && await imageStore.ImagesAsync([report.ImageId], cancellation) is [var found, ..]
                ? found
                : null;
        if (report is null || image is null || !MaySee(caller, report, image))
        {
            if (report is not null)
            {
                await strangers.RecordAsync(caller, $"the report {id}", cancellation);
            }
            throw new UnknownReportException($"There is no report \"{StoreText.Cut(id, 80)}\" that you can see.");
        }
        return await originals.FindAsync(report.Hash, cancellation) is { } original
            ? (report, original)
            : throw new UnknownReportException(
                "What was sent as this report is not kept: it was larger than 8 MB packed, is older than the settings keep it (Scans:OriginalsDays, Scans:OriginalsMegabytes), or came before originals were kept."
            );
    }

    private bool MaySee(Caller caller, ScanReportRow report, KnownImage image) =>
        rights.MaySee(caller, image)
        && (
            ImageOwners.AreAllSeen(report.Owners, caller)
            || (
                ImageOwners.Includes(report.Owners, caller)
                && rights.RunningFor(image.Digests).TrueForAll(one => one is null || caller.MaySee(one))
            )
        );

    private KeptReport Of(
        Caller caller,
        ScanReportRow row,
        KnownImage image,
        IReadOnlyDictionary<string, long> lengths
    ) =>
        new(
            row.Id,
            ImageOwners.AreAllSeen(image.Row.Owners, caller)
                ? image.Row.Image
                : rights.RunningName(image.Digests, tenant => tenant is not null && caller.MaySee(tenant))
                    ?? image.Row.Digest,
            image.Row.Digest,
            image.Row.Platform,
            row.Format,
            row.Scanner,
            [.. FindingKinds.Kept(row.Kinds)],
            row.ScannedAt,
            row.ReceivedAt,
            row.ReceivedBy,
            row.Hash.Length > 0 ? row.Hash : null,
            lengths.TryGetValue(row.Hash, out var bytes) ? bytes : null
        );
}
