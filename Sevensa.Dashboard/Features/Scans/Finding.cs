using Sevensa.Dashboard.Features.Scans.Reports;

namespace Sevensa.Dashboard.Features.Scans;

/// <summary>A finding, and the containers that run its image.</summary>
/// <param name="Vulnerability">Its CVE where it has one, else its scanner's id; for other kinds the rule or the licence.</param>
/// <param name="Aliases">Its other ids.</param>
/// <param name="Score">CVSS of 0 to 10, as reported or computed from the vector.</param>
/// <param name="Epss">Probability (0 to 1) of being exploited within 30 days.</param>
/// <param name="Exploited">Listed as exploited by CISA (KEV).</param>
/// <param name="Scanners">Which scanners report it now.</param>
/// <param name="Place">Path in the image; empty for packages of the operating system.</param>
public sealed record Finding(
    string Id,
    FindingKind Kind,
    string Vulnerability,
    IReadOnlyList<string> Aliases,
    string Package,
    string Installed,
    string? FixedVersion,
    Severity Severity,
    double? Score,
    double? Epss,
    bool Exploited,
    string Place,
    string? Title,
    string? Url,
    string Image,
    string ImageDigest,
    string? Platform,
    IReadOnlyList<string> Scanners,
    FindingState State,
    string? Reason,
    DateTimeOffset? Until,
    string? DecidedBy,
    DateTimeOffset FirstSeenAt,
    DateTimeOffset LastSeenAt,
    IReadOnlyList<AffectedContainer> Containers
)
{
    /// <summary>Who answers for it; null when nobody does.</summary>
    public FindingOwner? Owner { get; init; }

    /// <summary>What was last said of it.</summary>
    public string? Comment { get; init; }

    /// <summary>From when the days until it is due count.</summary>
    public DateTimeOffset OpenSince { get; init; }

    /// <summary>Null when it is not open, or never due.</summary>
    public DateTimeOffset? DueAt { get; init; }
    public bool Overdue { get; init; }

    /// <summary>What the newest statement (VEX) says of it; null when none does.</summary>
    public FindingStated? Stated { get; init; }

    /// <summary>What a person says of it in the words of VEX; null when nobody does.</summary>
    public FindingJudgement? Judged { get; init; }

    /// <summary>From how far the containers that run it are reached, those that the reader sees.</summary>
    public Exposure Exposure { get; init; }

    /// <summary>How many of its containers run.</summary>
    public int Running { get; init; }

    /// <summary>Whether one that runs does so as root.</summary>
    public bool RunsAsRoot { get; init; }
}

/// <param name="Justification">Why it is not affected, in the words of OpenVEX.</param>
public sealed record FindingJudgement(VexStatus Status, string? Justification);

/// <param name="Why">Its status, its reason, and who said it when.</param>
public sealed record FindingStated(VexStatus Status, string Why, DateTimeOffset At);

/// <param name="Id">Subject of an account.</param>
public sealed record FindingOwner(string Id, string Name);

public sealed record AffectedContainer(string Id, string Name, string Service, string Tenant, string Host, string State)
{
    /// <summary>From how far it is reached.</summary>
    public Exposure Exposure { get; init; }

    /// <summary>Null where its description could not be read.</summary>
    public bool? RunsAsRoot { get; init; }

    /// <summary>By which ports and routers, in words.</summary>
    public IReadOnlyList<string> Ways { get; init; } = [];
}

/// <summary>What a person or a report did to a finding.</summary>
/// <param name="Deed">What was done; the words are <paramref name="Reason"/>.</param>
/// <param name="By">A person's name; <c>scan</c> for a report, <c>clock</c> for what happened by itself.</param>
internal sealed record FindingChange(
    FindingDeed Deed,
    FindingState State,
    string? Reason,
    DateTimeOffset? Until,
    string By,
    DateTimeOffset At
)
{
    public FindingJudgement? Judged { get; init; }
}

/// <param name="History">The oldest first.</param>
internal sealed record FindingWhole(Finding Finding, IReadOnlyList<FindingChange> History);
