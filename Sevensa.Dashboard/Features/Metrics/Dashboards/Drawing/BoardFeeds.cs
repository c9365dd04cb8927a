using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Metrics.Panels;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Ui.Data;

namespace Sevensa.Dashboard.Features.Metrics.Dashboards.Drawing;

/// <summary>What the panels of dashboards ask: courses from the shared panel feeds, newest values from feeds of their own, each asked once for all who look.</summary>
internal sealed class BoardFeeds(
    Feeds feeds,
    PanelFeeds panels,
    NativeHistograms natives,
    IServiceScopeFactory services,
    TimeProvider time
)
{
    public FeedView<PanelData> Watch(TenantScope scope, PanelQuestion question, Action changed) =>
        question.Query.Instant
            ? feeds.Watch<PanelData>(
                ("instant", scope.Key, question.PromQl, question.Window),
                question.Window.Every,
                (known, cancellation) => AskAsync(scope, question, known, cancellation),
                changed
            )
            : panels.Watch(scope, question.PromQl, question.Window, changed);

    private async Task<Loadable<PanelData>> AskAsync(
        TenantScope scope,
        PanelQuestion question,
        Loadable<PanelData> known,
        CancellationToken cancellation
    )
    {
        var (from, to) = question.Window.At(time.GetUtcNow());
        if (known.Value?.To == to && !known.IsStale)
        {
            return known;
        }
        await using var lifetime = services.CreateAsyncScope();
        var metrics = lifetime.ServiceProvider.GetRequiredService<IMetrics>();
        var reading = await natives.OfAsync(metrics, scope, question.PromQl, cancellation);
        var series = await metrics.MomentAsync(scope, reading.PromQl, to, cancellation);
        return Loadable.Ready(
            new PanelData(from, to, question.Window.Step, series) { Note = reading.Note },
            time.GetUtcNow()
        );
    }
}
