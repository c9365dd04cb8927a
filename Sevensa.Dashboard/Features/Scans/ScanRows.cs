namespace Sevensa.Dashboard.Features.Scans;

/// <summary>An image that was scanned.</summary>
internal sealed class ScannedImageRow
{
    /// <summary>A bare digest; the first name under which it was reported.</summary>
    public required string Id { get; init; }
    public required string Image { get; set; }
    public required DateTimeOffset ScannedAt { get; set; }
}

/// <summary>Each bare digest by which an image is known: of its repositories, and its id.</summary>
internal sealed class ScannedDigestRow
{
    public required string Digest { get; init; }
    public required string ImageId { get; init; }
}

/// <summary>A report that was taken in; the body itself is not kept.</summary>
internal sealed class ScanReportRow
{
    /// <summary>SHA-256 (hex) over the image and the report: the same again is the same row.</summary>
    public required string Id { get; init; }
    public required string ImageId { get; init; }
    public required string Format { get; init; }
    public required DateTimeOffset ScannedAt { get; init; }
    public required DateTimeOffset ReceivedAt { get; init; }
    public required string ReceivedBy { get; init; }
    public required int Critical { get; init; }
    public required int High { get; init; }
    public required int Medium { get; init; }
    public required int Low { get; init; }
    public required int Unknown { get; init; }
}

internal sealed class FindingRow
{
    /// <summary>Made of what it is (image, vulnerability, package, version, place), so that every report means the same row.</summary>
    public required string Id { get; init; }
    public required string ImageId { get; init; }
    public required string Vulnerability { get; init; }
    public required string Package { get; init; }
    public required string Installed { get; init; }
    public string? FixedVersion { get; set; }
    public required Severity Severity { get; set; }
    public required string Place { get; init; }
    public string? Title { get; set; }
    public string? Url { get; set; }
    public required FindingState State { get; set; }
    public string? Reason { get; set; }
    public DateTimeOffset? Until { get; set; }
    public string? DecidedBy { get; set; }
    public required DateTimeOffset FirstSeenAt { get; init; }
    public required DateTimeOffset LastSeenAt { get; set; }

    /// <summary>An acceptance whose time is over is none.</summary>
    public FindingState StateAt(DateTimeOffset now) =>
        State == FindingState.Accepted && Until <= now ? FindingState.Open : State;
}

/// <summary>Who decided what about a finding, when and why; never changed.</summary>
internal sealed class FindingDecisionRow
{
    public long Id { get; init; }
    public required string FindingId { get; init; }
    public required FindingState State { get; init; }
    public string? Reason { get; init; }
    public DateTimeOffset? Until { get; init; }
    public required string By { get; init; }
    public required DateTimeOffset At { get; init; }
}
