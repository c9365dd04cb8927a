using Sevensa.Dashboard.Features.Scans.Judging;
using Sevensa.Dashboard.Features.Scans.Reports;

namespace Sevensa.Dashboard.Features.Scans;

/// <summary>An image that was reported on: what one platform's containers run.</summary>
internal sealed class ScannedImageRow
{
    /// <summary>The digest of its configuration where that is known, else that under which it was first reported.</summary>
    public required string Id { get; init; }

    /// <summary>The bare digest by which it is shown: its repository's, else its id.</summary>
    public required string Digest { get; init; }
    public required string Image { get; set; }

    /// <summary>As <see cref="ImagePlatform"/> writes it; null when no report said.</summary>
    public string? Platform { get; set; }

    /// <summary>Whether its configuration's digest is known, which no other platform has.</summary>
    public bool IsPinned { get; set; }

    /// <summary>When it was last scanned for vulnerabilities; null when nobody did.</summary>
    public DateTimeOffset? ScannedAt { get; set; }

    /// <summary>Its base system, when that is past its end of life.</summary>
    public string? EndOfLife { get; set; }

    /// <summary>The tenants whose image it is while no container runs it; see <see cref="ImageOwners"/>.</summary>
    public required string Owners { get; set; }
}

/// <summary>
/// Each bare digest by which an image is known: of an index, of a manifest, of its configuration. An index names several
/// images, one for each platform.
/// </summary>
internal sealed class ScannedDigestRow
{
    public required string Digest { get; init; }
    public required string ImageId { get; init; }
}

/// <summary>The newest report of an image by one scanner about one kind of findings: it alone says what is absent.</summary>
internal sealed class ScanSeriesRow
{
    public required string ImageId { get; init; }
    public required string Scanner { get; init; }
    public required FindingKind Kind { get; init; }
    public required DateTimeOffset ScannedAt { get; set; }

    /// <summary>False when the report did not say when it was made, and its arrival counts.</summary>
    public required bool IsTimed { get; set; }
    public string? Platform { get; set; }

    /// <summary>Whether the report named the image's configuration.</summary>
    public required bool IsPinned { get; set; }
}

/// <summary>A report that was taken in; what was sent is kept beside it (<see cref="Originals.OriginalRow"/>).</summary>
internal sealed class ScanReportRow
{
    /// <summary>SHA-256 (hex) over the image, the report and what was said of it: the same again is the same row.</summary>
    public required string Id { get; init; }
    public required string ImageId { get; init; }
    public required string Format { get; init; }
    public string? Scanner { get; init; }

    /// <summary>Kinds of which it is a scan, separated by commas.</summary>
    public required string Kinds { get; init; }
    public required DateTimeOffset ScannedAt { get; init; }
    public required DateTimeOffset ReceivedAt { get; init; }
    public required string ReceivedBy { get; init; }

    /// <summary>The tenants for which it was handed in; see <see cref="ImageOwners"/>.</summary>
    public required string Owners { get; init; }

    /// <summary>SHA-256 (hex) of what was sent, unpacked.</summary>
    public required string Hash { get; init; }
    public required int Critical { get; init; }
    public required int High { get; init; }
    public required int Medium { get; init; }
    public required int Low { get; init; }
    public required int Unknown { get; init; }
}

/// <summary>Whether scanners see a finding now.</summary>
internal enum Presence
{
    Gone,
    Suppressed,
    Seen,
}

internal sealed class FindingRow
{
    /// <summary>Made of what it first was called (image, kind, name, package, version, place), so that every report means the same row.</summary>
    public required string Id { get; init; }
    public required string ImageId { get; init; }
    public required FindingKind Kind { get; init; }
    public required string Vulnerability { get; set; }

    /// <summary>Its other names, separated by spaces.</summary>
    public required string Aliases { get; set; }
    public required string Package { get; init; }

    /// <summary>Of which kind the package is (<see cref="Ecosystems"/>); null when no report said.</summary>
    public string? Ecosystem { get; set; }
    public required string Installed { get; init; }

    /// <summary>Tells copies of one name apart, from 0.</summary>
    public required int Copy { get; init; }
    public string? FixedVersion { get; set; }
    public required Severity Severity { get; set; }
    public double? Score { get; set; }
    public double? Epss { get; set; }
    public bool Exploited { get; set; }
    public required string Place { get; init; }
    public string? Title { get; set; }
    public string? Url { get; set; }

    /// <summary>Which scanners see it; see <see cref="Scans.Sightings"/>.</summary>
    public required string Sightings { get; set; }
    public required Presence Presence { get; set; }
    public string? SuppressedWhy { get; set; }

    /// <summary>What the newest statement (VEX) says of it; null when none does.</summary>
    public VexStatus? Stated { get; set; }
    public string? StatedWhy { get; set; }
    public DateTimeOffset? StatedAt { get; set; }

    /// <summary>Whether a statement says that it does not count.</summary>
    public bool IsCleared => Stated is VexStatus.NotAffected or VexStatus.Fixed;

    /// <summary>
    /// How soon one would look at it, the most urgent the highest (<see cref="Scans.Urgency"/>); made of what else is here, and kept
    /// to be sorted by.
    /// </summary>
    public int Urgency
    {
        get => Scans.Urgency.Of(this);
        private set => _ = value;
    }

    /// <summary>What a person decided, which outlives its absence: Open, Accepted, NotAffected or Fixed.</summary>
    public required FindingState State { get; set; }

    /// <summary>What that person says of it in the words of VEX; null when they said none.</summary>
    public VexStatus? Judged { get; set; }

    /// <summary>Why it is not affected: one of <see cref="Justifications"/>.</summary>
    public string? Justification { get; set; }
    public string? Reason { get; set; }
    public DateTimeOffset? Until { get; set; }
    public string? DecidedBy { get; set; }
    public required DateTimeOffset FirstSeenAt { get; init; }
    public required DateTimeOffset LastSeenAt { get; set; }

    /// <summary>
    /// From when the days until it is due count: it was first seen in an image of its repository, or seen again after it was gone.
    /// </summary>
    public required DateTimeOffset OpenSince { get; set; }

    /// <summary>Subject of the account that answers for it; null when nobody does.</summary>
    public string? OwnerId { get; set; }
    public string? OwnerName { get; set; }

    /// <summary>What was last said of it; what was said before is among its changes.</summary>
    public string? Comment { get; set; }

    /// <summary>An acceptance whose time is over is none.</summary>
    public FindingState StateAt(DateTimeOffset now) =>
        Presence == Presence.Gone || State == FindingState.Fixed ? FindingState.Fixed
        : State == FindingState.NotAffected ? FindingState.NotAffected
        : State == FindingState.Accepted && !(Until <= now) ? FindingState.Accepted
        : Presence == Presence.Suppressed ? FindingState.Suppressed
        : FindingState.Open;
}

/// <summary>What was done to a finding.</summary>
internal enum FindingDeed
{
    /// <summary>It is in this state now.</summary>
    Decided,

    /// <summary>Somebody answers for it now, or nobody any more.</summary>
    Assigned,
    Commented,

    /// <summary>The time of its acceptance is over.</summary>
    Ended,
}

/// <summary>Who decided what about a finding, when and why; never changed.</summary>
internal sealed class FindingDecisionRow
{
    public long Id { get; init; }
    public required string FindingId { get; init; }
    public FindingDeed Deed { get; init; }
    public required FindingState State { get; init; }
    public string? Reason { get; init; }
    public VexStatus? Judged { get; init; }
    public string? Justification { get; init; }
    public DateTimeOffset? Until { get; init; }
    public required string By { get; init; }
    public required DateTimeOffset At { get; init; }
}
