using System.Text.Json.Serialization;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Alerts.Contracts;

[JsonConverter(typeof(CamelCaseEnum<IncidentKind>))]
public enum IncidentKind
{
    Incident,
    Maintenance,
}

/// <summary>How far it is. Maintenance begins and ends by the clock, unless it is cancelled or completed before.</summary>
[JsonConverter(typeof(CamelCaseEnum<IncidentState>))]
public enum IncidentState
{
    Investigating,
    Identified,
    Monitoring,
    Resolved,
    Scheduled,
    InProgress,
    Completed,
    Cancelled,
}

/// <summary>What it does to those who use the service.</summary>
[JsonConverter(typeof(CamelCaseEnum<IncidentImpact>))]
public enum IncidentImpact
{
    None,
    Minor,
    Major,
    Down,
}

/// <param name="Text">In words for clients.</param>
/// <param name="By">Shown to staff only.</param>
public sealed record IncidentUpdate(DateTimeOffset At, IncidentState State, string Text, string By);

/// <param name="EndsAt">When it was resolved, or when maintenance is to end; null while an incident goes on.</param>
/// <param name="Published">Shown to the tenant's own people.</param>
/// <param name="AlertId">The alert that it was opened from.</param>
/// <param name="SilenceId">The silence that keeps alerts quiet meanwhile.</param>
/// <param name="Updates">Newest first.</param>
public sealed record Incident(
    string Id,
    string Tenant,
    IncidentKind Kind,
    string Title,
    IncidentState State,
    IncidentImpact Impact,
    IReadOnlyList<string> Services,
    DateTimeOffset StartsAt,
    DateTimeOffset? EndsAt,
    bool Published,
    string? AlertId,
    string? SilenceId,
    string CreatedBy,
    DateTimeOffset UpdatedAt,
    IReadOnlyList<IncidentUpdate> Updates
)
{
    /// <summary>Neither over nor called off.</summary>
    public bool IsOpen => State is not (IncidentState.Resolved or IncidentState.Completed or IncidentState.Cancelled);
}

/// <summary>Incidents and planned maintenance of a tenant.</summary>
public interface IIncidents
{
    /// <summary>Those that touch a stretch of time, newest first.</summary>
    /// <param name="publishedOnly">For clients' eyes.</param>
    Task<IReadOnlyList<Incident>> BetweenAsync(
        TenantScope scope,
        string tenant,
        DateTimeOffset from,
        DateTimeOffset to,
        bool publishedOnly,
        CancellationToken cancellation
    );

    /// <summary>Called back when any incident changed; dispose to stop.</summary>
    IDisposable OnChange(Action changed);
}
