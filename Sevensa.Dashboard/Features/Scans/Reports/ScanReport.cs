using System.Text.Json;

namespace Sevensa.Dashboard.Features.Scans.Reports;

/// <summary>What a scanner's report says, whatever its format.</summary>
/// <param name="Scanner">The program that made it, in lower case; null when the report does not say.</param>
/// <param name="Findings">All that it holds, of every kind; the same thing listed twice stands here twice.</param>
internal sealed record ScanReport(string? Scanner, IReadOnlyList<ReportedFinding> Findings)
{
    /// <summary><see cref="LookedAt"/> of a folder, a repository or single files.</summary>
    public const string Folder = "fs";

    /// <summary>Of a list of parts.</summary>
    public const string Parts = "sbom";

    /// <summary>Of a report that does not say whether it is of an image.</summary>
    public const string Unsaid = "unsaid";

    /// <summary>The image's name as its registry or engine knows it.</summary>
    public string? Image { get; init; }

    /// <summary>What was scanned by another name: an archive, a folder.</summary>
    public string? File { get; init; }

    /// <summary>When the scanner made it, as it is written there; null when it does not say.</summary>
    public string? Made { get; init; }

    /// <summary>The same as a time; null when it is none at which a scan can have been made.</summary>
    public DateTimeOffset? ScannedAt => ReportJson.Time(Made);

    /// <summary>Digest of the image's configuration, which each platform has its own of; null when the report names none.</summary>
    public string? ImageId { get; init; }

    /// <summary>Digests in repositories: of a manifest, or of an index of several platforms.</summary>
    public IReadOnlyList<string> RepoDigests { get; init; } = [];

    /// <summary>As <see cref="ImagePlatform"/> writes it; null when the report does not say.</summary>
    public string? Platform { get; init; }

    /// <summary>Whether the report names the operating system of <see cref="Platform"/>, which is taken to be linux else.</summary>
    public bool TellsSystem { get; init; }

    /// <summary>What was looked at, when it was not the image itself: <c>fs</c>, <c>sbom</c> or <c>unsaid</c>. Null for the image.</summary>
    public string? LookedAt { get; init; }

    /// <summary>
    /// Whether it was matched against a list of parts that its maker's family did not write: packages of the system lose their source
    /// there, and with it about half of what is known of them.
    /// </summary>
    public bool IsOfAnothersList { get; init; }

    /// <summary>Kinds that its maker looks for and nothing else, so that even an empty report is a scan of them.</summary>
    public IReadOnlySet<FindingKind> ByNature { get; init; } = new HashSet<FindingKind>();

    /// <summary>Why it is no scan of anything, whatever its sender says: it lists parts only. Null otherwise.</summary>
    public string? NoScan { get; init; }

    /// <summary>Why it is a scan only when its sender says of what: it judges what others found. Null otherwise.</summary>
    public string? Statement { get; init; }

    /// <summary>Why what it lacks says nothing: the scanner's run failed, or its results are kept elsewhere. Null otherwise.</summary>
    public string? Incomplete { get; init; }

    /// <summary>Ids of rules that its maker was told not to look for, and with each those below it ("a/b" of "a"), in any case.</summary>
    public IReadOnlySet<string> NotLookedFor { get; init; } = new HashSet<string>();

    /// <summary>The base system, when it is past its end of life and so without security data.</summary>
    public string? EndOfLife { get; init; }

    /// <summary>Whether the report would say it of a system past its end of life.</summary>
    public bool TellsEndOfLife { get; init; }

    /// <summary>What it says of what others found; null when it is no document of statements.</summary>
    public VexDocument? Vex { get; init; }

    /// <summary>How many parts it lists, where it is a list of parts and of nothing else; null otherwise.</summary>
    public int? Listed { get; init; }

    /// <summary>What was left out, in words.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Bare digests of the image, as the report names them.</summary>
    public IReadOnlyList<string> Digests =>
        ImageId is null ? RepoDigests : [.. RepoDigests.Where(digest => digest != ImageId), ImageId];
}

/// <param name="Vulnerability">The scanner's id of it: a vulnerability, a rule, a licence's name.</param>
/// <param name="FixedVersion">As the scanner writes it; null when there is no fix.</param>
/// <param name="Place">Path in the image, without a leading slash; empty for packages of the operating system.</param>
internal sealed record ReportedFinding(
    FindingKind Kind,
    string Vulnerability,
    string Package,
    string Installed,
    string? FixedVersion,
    Severity Severity,
    string Place,
    string? Title,
    string? Url
)
{
    /// <summary>Other ids of the same vulnerability.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Of which kind the package is (<see cref="Ecosystems"/>); null when the report does not say.</summary>
    public string? Ecosystem { get; init; }

    /// <summary>What tells two copies apart that have the same name: a part's reference, a line. Empty when nothing does.</summary>
    public string Copy { get; init; } = "";

    /// <summary>Score of 0 to 10 that stands in the report or follows from its vector.</summary>
    public double? Score { get; init; }

    /// <summary>Probability (0 to 1) of being exploited within 30 days, by FIRST's EPSS.</summary>
    public double? Epss { get; init; }

    /// <summary>Listed as exploited by CISA (KEV).</summary>
    public bool Exploited { get; init; }

    /// <summary>Why the scanner was told to leave it out; null when it was not.</summary>
    public string? Suppressed { get; init; }
}

/// <summary>One format of reports.</summary>
internal interface IReportReader
{
    /// <summary>Its name in <c>format=</c>.</summary>
    string Format { get; }

    /// <summary>Whether a document is of this format, by the members at its top.</summary>
    bool Knows(JsonElement root);

    /// <exception cref="UnreadableReportException">It is not such a report; says where and why.</exception>
    /// <exception cref="OperationCanceledException">Asked for while reading.</exception>
    ScanReport Read(JsonElement root, CancellationToken cancellation);
}

/// <summary>Answered as 422.</summary>
internal sealed class UnreadableReportException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Answered as 415.</summary>
internal sealed class UnknownEncodingException(string message) : Exception(message);
