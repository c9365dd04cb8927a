namespace Sevensa.Dashboard.Protocol;

/// <summary>How a host's scanner stands: what it is, what it does now, and what it could not do.</summary>
/// <param name="Scanner"><c>trivy</c> or <c>grype</c>.</param>
/// <param name="Version">As the program says; null while it has not been asked, or could not be.</param>
/// <param name="DatabaseUnixMs">Of when its advisories are; null when it does not say.</param>
/// <param name="Trouble">What keeps it from scanning at all, in words; null when nothing does.</param>
/// <param name="Image">What is being scanned; null when nothing is.</param>
/// <param name="Progress">What the program says of it.</param>
/// <param name="Waiting">Images that are due and wait for their turn.</param>
/// <param name="Scanned">Images whose newest scan the dashboard has.</param>
/// <param name="Failed">Images whose newest scan came to nothing, the newest first; at most <see cref="MostFailed"/>.</param>
public sealed record ScannerReport(
    string Scanner,
    string? Version,
    long? DatabaseUnixMs,
    string? Trouble,
    string? Image,
    string? Progress,
    int Waiting,
    int Scanned,
    IReadOnlyList<FailedScan> Failed
)
{
    /// <summary>Failures in one message.</summary>
    public const int MostFailed = 100;
}

/// <param name="Image">What its containers call it.</param>
/// <param name="ImageId"><c>sha256:…</c>, or the id of a list of parts.</param>
/// <param name="Why">In words, with what to do.</param>
public sealed record FailedScan(string ImageId, string Image, string Why, long AtUnixMs);

/// <summary>What a report is of, as the runner knows it: nothing in a report says what was looked for.</summary>
/// <param name="Scanner"><c>trivy</c> or <c>grype</c>; the report is its JSON.</param>
/// <param name="ImageId"><c>sha256:…</c> as Docker on this host names it; empty for a match of a list of parts.</param>
/// <param name="Platform"><c>linux/amd64</c>; null when Docker does not say.</param>
/// <param name="Kinds">What the scanner was told to look for: <c>vulnerability,secret</c>.</param>
/// <param name="Parts">Id of the list of parts that was matched (<see cref="PartsToMatch"/>); null for a scan of an image.</param>
public sealed record ScannedImage(string Scanner, string ImageId, string? Platform, string Kinds, string? Parts = null);

/// <summary>A piece of a report, packed (gzip) as a whole and then cut.</summary>
/// <param name="Id">The same for all pieces of one report.</param>
/// <param name="Number">From 0, without a gap.</param>
public sealed record ScanPiece(string Id, int Number, bool IsLast, byte[] Data, ScannedImage Of)
{
    /// <summary>Bytes of one piece.</summary>
    public const int MostBytes = 512 * 1024;

    /// <summary>Bytes of all pieces: a report of 32 MB has a tenth of that.</summary>
    public const int MostPacked = 8 * 1024 * 1024;
}

/// <param name="IsTaken">The piece is kept; of the last one: the report is taken in.</param>
/// <param name="Words">Why it is not, or what its sender should know.</param>
/// <param name="Again">It may be sent again later as it is.</param>
public sealed record ScanAnswer(bool IsTaken, string? Words = null, bool Again = false);

/// <summary>A list of parts (SBOM) that the dashboard keeps, for the scanner of the family that made it.</summary>
/// <param name="Image">What its image is called.</param>
public sealed record PartsToMatch(string Id, string Image)
{
    /// <summary>Lists in one answer.</summary>
    public const int Most = 200;

    /// <summary>Bytes of one, packed.</summary>
    public const int MostPacked = 5 * 1024 * 1024;
}
