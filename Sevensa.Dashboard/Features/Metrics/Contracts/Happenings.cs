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

/// <summary>How many alerts fire for a tenant now, whoever raised them. Implemented by Alerts.</summary>
public interface IOpenAlerts
{
    /// <exception cref="Platform.Http.UpstreamException">It can't be told.</exception>
    Task<int> CountAsync(TenantScope scope, string tenant, CancellationToken cancellation);
}
