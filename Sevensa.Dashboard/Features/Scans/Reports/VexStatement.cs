using System.Globalization;
using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Features.Scans.Reports;

/// <summary>What a statement (VEX) says of a vulnerability in a product.</summary>
public enum VexStatus
{
    Affected,
    NotAffected,
    UnderInvestigation,
    Fixed,
}

/// <summary>A document of statements, by OpenVEX or CSAF 2.0.</summary>
/// <param name="Id">By which its makers know it, whatever its version.</param>
/// <param name="Version">Null when it says none.</param>
/// <param name="At">When this version was made; null when it does not say.</param>
/// <param name="Unfounded">How many of its statements say that something does not count and give no reason.</param>
internal sealed record VexDocument(
    string Id,
    string? Version,
    string? Author,
    DateTimeOffset? At,
    IReadOnlyList<VexStatement> Statements,
    int Unfounded
)
{
    private const int MostStatements = 100_000;
    private const int LookForCancellationEvery = 1024;

    /// <summary>Whether any of them says that something does not count.</summary>
    public bool Clears => Statements.Any(statement => statement.Clears);

    /// <exception cref="UnreadableReportException">There are more than can be kept.</exception>
    public static void Add(List<VexStatement> statements, VexStatement one, CancellationToken cancellation)
    {
        if (statements.Count % LookForCancellationEvery == 0)
        {
            cancellation.ThrowIfCancellationRequested();
        }
        if (statements.Count == MostStatements)
        {
            throw new UnreadableReportException($"The document has more than {MostStatements} statements.");
        }
        statements.Add(one);
    }

    /// <summary>Whether a version comes after another, number by number; null when either says none, or both are one.</summary>
    public static bool? IsAfter(string? version, string? other)
    {
        if (version is null || other is null || version == other)
        {
            return null;
        }
        var (own, theirs) = (Numbers(version), Numbers(other));
        for (var at = 0; at < Math.Max(own.Length, theirs.Length); at++)
        {
            var (one, two) = (own.ElementAtOrDefault(at), theirs.ElementAtOrDefault(at));
            if (one != two)
            {
                return one > two;
            }
        }
        return null;
    }

    // What stands behind a dash or a plus is no part of the order that numbers give.
    private static long[] Numbers(string version) =>
        [
            .. version
                .Split('-', '+')[0]
                .Split('.')
                .Select(part =>
                    long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0
                ),
        ];
}

/// <param name="Names">The vulnerability's ids.</param>
/// <param name="Justification">In the words of VEX, as <c>vulnerable_code_not_present</c>; null when none is given.</param>
/// <param name="Why">In words; null when nothing is said.</param>
/// <param name="At">When it was said; null when the document's time counts.</param>
internal sealed record VexStatement(
    VexStatus Status,
    IReadOnlyList<string> Names,
    VexProduct Product,
    string? Justification,
    string? Why,
    DateTimeOffset? At
)
{
    [JsonIgnore]
    public bool Clears => Status is VexStatus.NotAffected or VexStatus.Fixed;
}

/// <summary>Of what a statement is: an image, a part of one, or a package wherever it lies.</summary>
/// <param name="Digests">Of the image; empty when none is named.</param>
/// <param name="Repository">Of the image, where no digest is named; null when none is.</param>
/// <param name="Architecture">Of the image; null for all.</param>
/// <param name="Part">The package URL of the part; null for the whole image.</param>
internal sealed record VexProduct(
    IReadOnlyList<string> Digests,
    string? Repository,
    string? Tag,
    string? Architecture,
    string? Part
)
{
    /// <summary>An image by its URL or its hashes.</summary>
    /// <param name="hashes">Bare digests that the document gives beside the URL.</param>
    /// <returns>Null for what is no image that can be known.</returns>
    public static VexProduct? Image(PackageUrl? url, IEnumerable<string> hashes)
    {
        string[] digests = [.. hashes.Concat(url?.Digest is { } own ? [own] : (string[])[]).Distinct()];
        return digests.Length > 0 ? new VexProduct(digests, null, null, ArchitectureOf(url), null)
            : url?.Repository is { Length: > 0 } repository
                ? new VexProduct([], repository, url.Tag, ArchitectureOf(url), null)
            : null;
    }

    /// <summary>A package wherever it lies. One of the system without a version may be any system's, and says nothing of this one.</summary>
    public static VexProduct? Package(PackageUrl url, string text) =>
        url.IsImage || (url.IsOfSystem && url.Version.Length == 0) ? null : new VexProduct([], null, null, null, text);

    private static string? ArchitectureOf(PackageUrl? url) =>
        url?.Qualifiers.GetValueOrDefault("arch") is { Length: > 0 } architecture ? architecture : null;
}
