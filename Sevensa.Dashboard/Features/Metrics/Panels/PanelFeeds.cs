using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Ui.Data;

namespace Sevensa.Dashboard.Features.Metrics.Panels;

/// <summary>A refresh asks only for the part that is new and appends it.</summary>
internal sealed class PanelFeeds(
    Feeds feeds,
    NativeHistograms natives,
    IServiceScopeFactory services,
    TimeProvider time
) : IPanels
{
    public FeedView<PanelData> Watch(TenantScope scope, string promQl, PanelWindow window, Action changed) =>
        feeds.Watch<PanelData>(
            ("panel", scope.Key, promQl, window),
            window.Every,
            (known, cancellation) => AskAsync(scope, promQl, window, known, cancellation),
            changed
        );

    public FeedView<PanelData> WatchNewest(TenantScope scope, string promQl, PanelWindow window, Action changed) =>
        feeds.Watch<PanelData>(
            ("newest", scope.Key, promQl, window),
            window.Every,
            (known, cancellation) => AskNewestAsync(scope, promQl, window, known, cancellation),
            changed
        );

    private async Task<Loadable<PanelData>> AskNewestAsync(
        TenantScope scope,
        string promQl,
        PanelWindow window,
        Loadable<PanelData> known,
        CancellationToken cancellation
    )
    {
        var (from, to) = window.At(time.GetUtcNow());
        if (known.Value?.To == to && !known.IsStale)
        {
            return known;
        }
        await using var lifetime = services.CreateAsyncScope();
        var metrics = lifetime.ServiceProvider.GetRequiredService<IMetrics>();
        var reading = await natives.OfAsync(metrics, scope, promQl, cancellation);
        var series = await metrics.MomentAsync(scope, reading.PromQl, to, cancellation);
        return Loadable.Ready(new PanelData(from, to, window.Step, series) { Note = reading.Note }, time.GetUtcNow());
    }

    private async Task<Loadable<PanelData>> AskAsync(
        TenantScope scope,
        string promQl,
        PanelWindow window,
        Loadable<PanelData> known,
        CancellationToken cancellation
    )
    {
        var now = time.GetUtcNow();
        var (from, to) = window.At(now);
        var before = known.Value;
        // Asked again although it was there: the newest point was made while its scrape may still have been under way.
        var start = before is not null && before.To >= from && before.To <= to ? before.To : from;
        if (before is not null && start == to && !known.IsStale)
        {
            return known;
        }
        await using var lifetime = services.CreateAsyncScope();
        var metrics = lifetime.ServiceProvider.GetRequiredService<IMetrics>();
        var reading = await natives.OfAsync(metrics, scope, promQl, cancellation);
        var series = await metrics.RangeAsync(scope, reading.PromQl, start, to, window.Step, cancellation);
        var data = (
            before is not null && start == before.To
                ? before.Advance(from, to, start, series)
                : new PanelData(from, to, window.Step, series)
        ) with
        {
            Note = reading.Note,
        };
        return Loadable.Ready(data, now);
    }
}
