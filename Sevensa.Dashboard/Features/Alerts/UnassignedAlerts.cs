using Sevensa.Dashboard.Features.Alerts.Contracts;

namespace Sevensa.Dashboard.Features.Alerts;

/// <summary>Kept under no tenant, for administrators alone.</summary>
internal sealed class UnassignedAlerts(AlertsStore store, AlertNews news) : IUnassignedAlerts
{
    public async Task<int> FiringAsync(CancellationToken cancellation) =>
        (await store.OpenAsync("", cancellation)).Count;

    public IDisposable OnChange(Action changed) => news.OnChange(changed);
}
