using Sevensa.Dashboard.Features.Alerts.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;

namespace Sevensa.Dashboard.Features.Alerts;

/// <summary>An alert that fired, kept. One row for each time it fired: fingerprint and start tell them apart.</summary>
internal sealed class AlertRow
{
    public required string Id { get; init; }

    /// <summary>Empty when its labels name no tenant that there is.</summary>
    public required string Tenant { get; init; }
    public required string Fingerprint { get; init; }
    public required DateTimeOffset StartsAt { get; init; }
    public DateTimeOffset? EndsAt { get; set; }
    public required string Name { get; init; }
    public required string Service { get; init; }
    public required string Severity { get; init; }
    public required string Summary { get; set; }
    public required string LabelsJson { get; init; }
    public required string AnnotationsJson { get; set; }

    /// <summary>The Alertmanager that is connected has it, so that it is over when that one has it no more.</summary>
    public bool Held { get; set; }
    public required DateTimeOffset ReceivedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; set; }

    /// <summary>How often it went on after it had been called over.</summary>
    public int Reopened { get; set; }
}

internal sealed class ObjectiveRow
{
    public required string Id { get; init; }
    public required string Tenant { get; init; }
    public required string Service { get; set; }
    public required string Name { get; set; }
    public required IndicatorKind Kind { get; set; }
    public required double Target { get; set; }
    public double? ThresholdSeconds { get; set; }
    public string? Histogram { get; set; }
    public required int WindowDays { get; set; }
    public bool Published { get; set; }
    public required string ChangedBy { get; set; }
    public required DateTimeOffset ChangedAt { get; set; }

    public Objective ToObjective() =>
        new(
            Id,
            Tenant,
            Service,
            Name,
            Kind,
            Target,
            ThresholdSeconds,
            Histogram,
            WindowDays,
            Published,
            ChangedBy,
            ChangedAt
        );
}

internal sealed class IncidentRow
{
    public required string Id { get; init; }
    public required string Tenant { get; init; }
    public required IncidentKind Kind { get; init; }
    public required string Title { get; set; }
    public required IncidentState State { get; set; }
    public required IncidentImpact Impact { get; set; }
    public required List<string> Services { get; set; }
    public required DateTimeOffset StartsAt { get; set; }
    public DateTimeOffset? EndsAt { get; set; }
    public required bool Published { get; set; }
    public string? AlertId { get; set; }
    public string? SilenceId { get; set; }
    public required string CreatedBy { get; init; }
    public required DateTimeOffset UpdatedAt { get; set; }
}

/// <summary>What was said about an incident; never changed.</summary>
internal sealed class IncidentUpdateRow
{
    public long Id { get; init; }
    public required string IncidentId { get; init; }
    public required DateTimeOffset At { get; init; }
    public required IncidentState State { get; init; }
    public required string Text { get; init; }
    public required string By { get; init; }
}
