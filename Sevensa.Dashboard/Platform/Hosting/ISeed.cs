namespace Sevensa.Dashboard.Platform.Hosting;

/// <summary>
/// What the Sandbox begins with, as plain data. Registered in the Sandbox environment only: features that fill their
/// tables from it ask for an optional <see cref="ISeed"/> and do nothing when there is none.
/// </summary>
public interface ISeed
{
    IReadOnlyList<SeedScan> Scans { get; }

    /// <summary>What ran when, oldest first; the last one of each service runs now.</summary>
    IReadOnlyList<SeedRelease> Releases { get; }

    IReadOnlyList<SeedObjective> Objectives => [];

    IReadOnlyList<SeedIncident> Incidents => [];

    /// <summary>Chat models that count as examined: stand-ins, which are none.</summary>
    IReadOnlyList<SeedModel> Models => [];

    /// <summary>What remote graphs did.</summary>
    IReadOnlyList<SeedThread> Threads => [];
}

/// <param name="Id">Of the thread at its server too.</param>
/// <param name="Question">What it waits for; null for one that has ended.</param>
/// <param name="Result">What it has come to.</param>
public sealed record SeedThread(
    string Id,
    string Server,
    string Graph,
    string Tenant,
    string Text,
    string By,
    DateTimeOffset At,
    IReadOnlyList<SeedStep> Steps,
    SeedQuestion? Question,
    string? Result
);

/// <param name="Node">Which said it.</param>
public sealed record SeedStep(string Node, string Text);

/// <param name="Payload">JSON.</param>
public sealed record SeedQuestion(string Id, string Payload);

/// <param name="Name">As a conversation names it.</param>
/// <param name="Digest">As its server tells it.</param>
public sealed record SeedModel(string Name, string Digest, string ServerVersion);

/// <param name="ThresholdSeconds">Null for availability.</param>
public sealed record SeedObjective(
    string Tenant,
    string Service,
    string Name,
    double Target,
    int WindowDays,
    double? ThresholdSeconds = null,
    string? Histogram = null
);

/// <param name="Planned">Maintenance.</param>
/// <param name="Updates">Oldest first; the last one's state is the incident's.</param>
public sealed record SeedIncident(
    string Tenant,
    bool Planned,
    string Title,
    string Impact,
    IReadOnlyList<string> Services,
    DateTimeOffset StartsAt,
    DateTimeOffset? EndsAt,
    string By,
    IReadOnlyList<SeedIncidentUpdate> Updates
);

public sealed record SeedIncidentUpdate(DateTimeOffset At, string State, string Text);

/// <param name="Report">A Trivy report (JSON, schema 2).</param>
public sealed record SeedScan(string Image, string Digest, string Report);

/// <param name="Digest"><c>repository@sha256:…</c></param>
public sealed record SeedRelease(
    string Tenant,
    string Service,
    string Host,
    string Image,
    string Digest,
    DateTimeOffset At,
    string By,
    string Reason
);
