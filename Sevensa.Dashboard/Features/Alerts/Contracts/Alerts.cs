using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Alerts.Contracts;

/// <summary>An alert of a tenant's, firing or over.</summary>
/// <param name="Fingerprint">Of its labels, as Alertmanager makes it.</param>
/// <param name="Service">Empty when its labels name none.</param>
/// <param name="EndsAt">Null while it fires.</param>
/// <param name="SilencedBy">Ids of the silences that keep it quiet now; empty once it is over.</param>
public sealed record Alert(
    string Id,
    string Tenant,
    string Fingerprint,
    string Name,
    string Service,
    string Severity,
    string Summary,
    DateTimeOffset StartsAt,
    DateTimeOffset? EndsAt,
    IReadOnlyDictionary<string, string> Labels,
    IReadOnlyDictionary<string, string> Annotations,
    IReadOnlyList<string> SilencedBy
)
{
    /// <summary>Fingerprints of the alerts that inhibit it: while they fire, nobody is told of this one.</summary>
    public IReadOnlyList<string> InhibitedBy { get; init; } = [];

    /// <summary>Names of the time intervals in which nobody is told of it, now being one.</summary>
    public IReadOnlyList<string> MutedBy { get; init; } = [];

    /// <summary>How often it went on after it had been called over.</summary>
    public int Reopened { get; init; }

    /// <summary>It fires by a message alone, and no Alertmanager is asked whether it still does: a person may say that it is over.</summary>
    public bool MayBeEnded { get; init; }

    public bool IsFiring => EndsAt is null;

    /// <summary>Its receivers are told: it is neither silenced nor inhibited nor muted.</summary>
    public bool IsTold => SilencedBy.Count == 0 && InhibitedBy.Count == 0 && MutedBy.Count == 0;

    public bool IsCritical => Severity is "critical" or "page" or "error";
}

/// <summary>Alerts that fire now, from whoever raised them: Prometheus, Alertmanager, or the webhook.</summary>
public interface IFiringAlerts
{
    /// <summary>The most severe first, then the newest.</summary>
    /// <exception cref="Platform.Http.UpstreamException">Neither Prometheus nor Alertmanager answered.</exception>
    Task<IReadOnlyList<Alert>> NowAsync(TenantScope scope, string tenant, CancellationToken cancellation);
}

/// <summary>Alerts whose labels name no tenant that there is: no tenant's page shows them.</summary>
public interface IUnassignedAlerts
{
    /// <summary>How many of them fire.</summary>
    Task<int> FiringAsync(CancellationToken cancellation);

    /// <summary>Calls back, from any thread, when there may be more or fewer. Dispose to stop.</summary>
    IDisposable OnChange(Action changed);
}
