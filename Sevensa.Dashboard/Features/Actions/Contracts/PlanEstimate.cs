using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Features.Actions.Contracts;

/// <summary>Volatile figures shown beside the plan, never hashed.</summary>
/// <param name="DowntimeSeconds">Expected, from earlier runs of the same kind on the same service; null when there were none.</param>
/// <param name="EarlierSeconds">Those earlier runs, newest first.</param>
/// <param name="RequestsPerMinute">What passes through the touched containers now; null when not known.</param>
/// <param name="Blast">The same by tenant and service, when more than one is touched.</param>
/// <param name="Notes">What a person should know before deciding and that may be otherwise a minute later.</param>
public sealed record PlanEstimate(
    double? DowntimeSeconds,
    IReadOnlyList<double> EarlierSeconds,
    double? RequestsPerMinute,
    DateTimeOffset At,
    IReadOnlyList<PlanBlast>? Blast = null,
    IReadOnlyList<string>? Notes = null
)
{
    /// <summary>
    /// Other tenants that the plan itself names. To whoever does not see all of them there is no such proposal; its record is
    /// read by who sees every tenant.
    /// </summary>
    public IReadOnlyList<string>? Others { get; init; }

    /// <summary>
    /// What the plan is about is no tenant's, and is told only to those over all tenants: so is the proposal, and its record.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool OfNobody { get; init; }
}

/// <summary>Whose requests pass through what is touched.</summary>
/// <param name="RequestsPerMinute">Null when not known.</param>
public sealed record PlanBlast(string Tenant, string Service, double? RequestsPerMinute)
{
    /// <summary>In the place of tenants that the reader may not see.</summary>
    public const string OtherTenants = "other tenants";
}
