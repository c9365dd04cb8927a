using static Sevensa.Dashboard.Features.Scans.Reports.ReportJson;

namespace Sevensa.Dashboard.Features.Scans.Reports;

/// <summary>What the documents of both makers have in common.</summary>
internal static class Vex
{
    /// <summary>Characters of the words that give a reason.</summary>
    public const int LongestWhy = 500;

    private const int MostNames = 20;
    private const int LongestName = 100;

    /// <summary>The ids among what a document calls a vulnerability.</summary>
    public static string[] Names(IEnumerable<string?> said) =>
        [
            .. said.OfType<string>()
                .Where(name => name.Length is > 0 and <= LongestName && !name.Contains(' ', StringComparison.Ordinal))
                .Distinct(StringComparer.OrdinalIgnoreCase)
                .Take(MostNames),
        ];

    /// <summary>By the millisecond, as the store keeps times: what is read back from there is the same.</summary>
    public static DateTimeOffset? At(string? text) =>
        Time(text) is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at.ToUnixTimeMilliseconds()) : null;

    /// <summary>Who says that something does not count gives a reason; without one it is only a wish.</summary>
    public static bool IsUnfounded(VexStatus status, string? justification, string? why) =>
        status is VexStatus.NotAffected or VexStatus.Fixed && justification is null && why is null;

    /// <summary>
    /// What is meant by a product with its parts. Parts that can't be known are none of this image's: their product as a whole
    /// is not meant then.
    /// </summary>
    public static IEnumerable<VexProduct> Products(VexProduct? image, string? url, string[] parts, bool hasParts)
    {
        if (image is not null)
        {
            return hasParts
                ? parts
                    .Where(part => PackageUrl.Read(part) is { IsImage: false })
                    .Select(part => image with { Part = part })
                : [image];
        }
        // The parts of a package are files and functions, of which no finding is.
        return !hasParts && PackageUrl.Read(url) is { } package && VexProduct.Package(package, url!) is { } known
            ? [known]
            : [];
    }

    public static ScanReport Report(VexDocument document, string? made)
    {
        string[] digests =
        [
            .. document.Statements.SelectMany(statement => statement.Product.Digests).Distinct().Take(2),
        ];
        return new ScanReport(null, [])
        {
            Made = made,
            Vex = document,
            // Of several images none is the one; and all of them must not become one.
            RepoDigests = digests.Length == 1 ? digests : [],
            NoScan =
                "It says of single vulnerabilities whether they affect the product (VEX), and is no scan: what it does not name stays as it is.",
        };
    }
}
