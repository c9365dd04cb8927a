using Sevensa.Dashboard.Features.Scans.Reports;

namespace Sevensa.Dashboard.Features.Scans;

/// <summary>
/// The names by which a report and its sender call the image, and which image that is. Three digests name one: its index's
/// (shared by all platforms), its manifest's and its configuration's.
/// </summary>
/// <param name="Shown">The digest that an answer names: as given, else a repository's, else the configuration's.</param>
/// <param name="ImageId">Digest of the configuration; null when nobody says.</param>
/// <param name="Digests">All of them, the shown one first.</param>
internal sealed record ImageNames(string Shown, string? ImageId, IReadOnlyList<string> Digests, string? Platform)
{
    /// <summary>A digest that was given rules. The report's repository digests are taken over only when they include it.</summary>
    /// <exception cref="UnreadableReportException">No digest, one that is none, or another platform than the report is of.</exception>
    public static ImageNames Of(string? given, string? platform, ScanReport report, List<string> warnings)
    {
        var at = At(platform, report);
        if (string.IsNullOrWhiteSpace(given))
        {
            return report.Digests is [var first, ..]
                ? new ImageNames(first, report.ImageId, report.Digests, at)
                : throw new UnreadableReportException(
                    "The report does not say which image it is of (a digest that a tool makes for an archive names none). Give its digest, as repo@sha256:… or sha256:…: with ?digest= in a request, in the field \"Digest\" on the page."
                );
        }
        var bare =
            ImageDigest.Bare(given)
            ?? throw new UnreadableReportException(
                $"\"{ReportJson.Cut(given, 100)}\" is no digest. It is repo@sha256: or sha256: with 64 hex digits."
            );
        var includes = report.RepoDigests.Contains(bare) || report.RepoDigests.Count == 0;
        if (!includes && bare != report.ImageId)
        {
            warnings.Add(
                $"The report names {ReportJson.Cut(string.Join(" and ", report.RepoDigests), 300)}, not the digest that was given."
            );
        }
        string[] all =
        [
            bare,
            .. includes || bare == report.ImageId ? report.RepoDigests : [],
            .. report.ImageId is { } id ? (string[])[id] : [],
        ];
        return new ImageNames(bare, report.ImageId, [.. all.Distinct()], at);
    }

    /// <summary>What the sender says and what the report says are one platform, or one of them says nothing.</summary>
    private static string? At(string? platform, ScanReport report)
    {
        var given = ImagePlatform.Asked(platform);
        if (given is null || report.Platform is not { } said)
        {
            return given ?? report.Platform;
        }
        if (ImagePlatform.AreTwo(given, said, report.TellsSystem))
        {
            throw new UnreadableReportException(
                $"The report is of the image for {said}, and was sent with platform={given}. A scan of one platform says nothing of another: send the report of {given}, or this one without platform=."
            );
        }
        // The one that tells the variant too.
        return said.StartsWith($"{given}/", StringComparison.Ordinal) ? said : given;
    }

    /// <summary>The image that is meant among those that have one of the names; null: one that is not known yet.</summary>
    /// <param name="known">In the order of their ids.</param>
    public ScannedImageRow? Among(IReadOnlyList<KnownImage> known)
    {
        if (ImageId is not null)
        {
            var own = known.FirstOrDefault(image => image.Digests.Contains(ImageId));
            return own?.Row ?? Only(known.Where(image => !image.Row.IsPinned && Fits(image.Row)));
        }
        if (Platform is not null)
        {
            return known.FirstOrDefault(image => image.Row.Platform == Platform)?.Row
                ?? Only(known.Where(image => image.Row.Platform is null));
        }
        return known.FirstOrDefault(image => image.Row is { Platform: null, IsPinned: false })?.Row ?? Only(known);
    }

    /// <summary>The id of an image that is not known yet.</summary>
    public string NewId(IReadOnlyList<KnownImage> known)
    {
        var id = ImageId ?? Shown;
        return known.Any(image => image.Row.Id == id) ? $"{id}#{Platform ?? "any"}" : id;
    }

    private bool Fits(ScannedImageRow image) =>
        image.Platform is null || Platform is null || image.Platform == Platform;

    private static ScannedImageRow? Only(IEnumerable<KnownImage> images) =>
        images.Take(2).ToList() is [var only] ? only.Row : null;
}
