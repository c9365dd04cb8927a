using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Ui.Charts;

namespace Sevensa.Dashboard.Features.Metrics.Contracts;

/// <summary>Moments that charts mark besides releases, actions and rules' alerts. Whoever knows of some implements it; all are asked.</summary>
public interface IChartNotes
{
    Task<IReadOnlyList<ChartAnnotation>> BetweenAsync(
        TenantScope scope,
        string tenant,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellation
    );
}

/// <param name="All">That fire, without those that are silenced, inhibited or muted.</param>
/// <param name="Critical">Of them, those that are critical.</param>
public readonly record struct OpenAlerts(int All, int Critical);

/// <summary>How many alerts fire for a tenant now, whoever raised them. Implemented by Alerts.</summary>
public interface IOpenAlerts
{
    /// <exception cref="Platform.Http.UpstreamException">It can't be told.</exception>
    Task<OpenAlerts> CountAsync(TenantScope scope, string tenant, CancellationToken cancellation);
}
