namespace Sevensa.Dashboard.Features.Scans.Images;

/// <summary>An image that was reported on, or that containers run and nobody scanned.</summary>
/// <param name="Id">By which it is asked for again; any of its digests.</param>
/// <param name="Image">What it is called.</param>
/// <param name="Digests">All by which it is known.</param>
/// <param name="ScannedAt">When it was last scanned for vulnerabilities; null when nobody did.</param>
/// <param name="Scans">The newest of each scanner and kind.</param>
/// <param name="EndOfLife">Its base system, when that is past its end of life.</param>
/// <param name="Open">Open findings of all kinds.</param>
/// <param name="Containers">Those that have it and that the reader sees, with those that stand still.</param>
/// <param name="Running">How many of them run.</param>
/// <param name="Tenants">Whose it is, of those that the reader sees.</param>
internal sealed record ImageLine(
    string Id,
    string Image,
    string Digest,
    IReadOnlyList<string> Digests,
    string? Platform,
    DateTimeOffset? ScannedAt,
    IReadOnlyList<ImageLastScan> Scans,
    string? EndOfLife,
    ImageVerdict Gate,
    SeverityCounts Open,
    IReadOnlyList<AffectedContainer> Containers,
    int Running,
    Exposure Exposure,
    bool RunsAsRoot,
    IReadOnlyList<string> Tenants
);

/// <param name="Scanner">By which it was scanned; <c>-fs</c> and <c>-sbom</c> behind it say that it was not the image that was looked at.</param>
internal sealed record ImageLastScan(string Scanner, FindingKind Kind, DateTimeOffset ScannedAt);

/// <summary>What the gate says of it.</summary>
/// <param name="Verdict"><c>allow</c>, <c>deny</c> or <c>unknown</c>.</param>
/// <param name="Denying">How many findings deny.</param>
internal sealed record ImageVerdict(string Verdict, string Policy, string Rule, string Reason, int Denying);

/// <summary>What the gate may say.</summary>
internal enum GateAnswer
{
    Allow,
    Deny,
    Unknown,
}

/// <summary>What may be asked of images; all of it may be left out.</summary>
/// <param name="Name">What is part of what it is called, in any case.</param>
/// <param name="Exposure">The least.</param>
/// <param name="Running">Those that containers run now, or those that none does.</param>
/// <param name="Root">Those that run as root somewhere.</param>
/// <param name="Scanned">Those that were scanned for vulnerabilities, or those that nobody did.</param>
/// <param name="Verdict">Those of which the gate says so.</param>
internal sealed record ImagesAsked(
    string? Tenant = null,
    string? Name = null,
    Exposure? Exposure = null,
    bool? Running = null,
    bool Root = false,
    bool? Scanned = null,
    GateAnswer? Verdict = null
);
