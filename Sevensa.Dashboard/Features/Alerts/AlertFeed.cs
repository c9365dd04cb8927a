using Sevensa.Dashboard.Features.Alerts.Contracts;

namespace Sevensa.Dashboard.Features.Alerts;

/// <inheritdoc cref="IAlertFeed"/>
internal sealed class AlertFeed(AlertsStore store, AlertNews news) : IAlertFeed
{
    public async Task<IReadOnlyList<Alert>> SinceAsync(
        DateTimeOffset since,
        int most,
        CancellationToken cancellation
    ) => [.. (await store.SinceAsync(since, most, cancellation)).Select(row => row.ToAlert())];

    public async Task<Alert?> FindAsync(string id, CancellationToken cancellation) =>
        (await store.FindAsync(id, cancellation))?.ToAlert();

    public IDisposable OnChange(Action changed) => news.OnChange(changed);
}
