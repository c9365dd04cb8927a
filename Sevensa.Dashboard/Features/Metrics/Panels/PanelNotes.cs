using Sevensa.Dashboard.Features.Metrics.Changes;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Ui.Charts;
using Sevensa.Dashboard.Ui.Data;

namespace Sevensa.Dashboard.Features.Metrics.Panels;

internal sealed class PanelNotes(Feeds feeds, IServiceScopeFactory services, TimeProvider time) : IPanelNotes
{
    private static readonly TimeSpan Slowest = TimeSpan.FromSeconds(15);

    public FeedView<IReadOnlyList<ChartAnnotation>> Watch(
        TenantScope scope,
        string tenant,
        PanelWindow window,
        Action changed
    ) =>
        feeds.Watch<IReadOnlyList<ChartAnnotation>>(
            ("notes", scope.Key, tenant, window),
            window.Every is { } every ? (every > Slowest ? every : Slowest) : null,
            async (known, cancellation) =>
            {
                var now = time.GetUtcNow();
                var (from, to) = window.At(now);
                var notes = await LookAsync(scope, tenant, from, to + window.Step, cancellation);
                // The same notes stay the same list, so that no chart is drawn again for them.
                return Loadable.Ready(known.Value is { } before && before.SequenceEqual(notes) ? before : notes, now);
            },
            changed
        );

    private async Task<IReadOnlyList<ChartAnnotation>> LookAsync(
        TenantScope scope,
        string tenant,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellation
    )
    {
        await using var lifetime = services.CreateAsyncScope();
        var provider = lifetime.ServiceProvider;
        var releases = await provider.GetRequiredService<ReleaseHistory>().OfAsync(scope, cancellation);
        var actions = await provider.GetRequiredService<TenantChanges>().ActionsAsync(scope, tenant, cancellation);
        var alerts = await provider.GetRequiredService<IAlertSightings>().BetweenAsync(scope, from, to, cancellation);
        var others = await Task.WhenAll(
            provider
                .GetServices<IChartNotes>()
                .Select(source => source.BetweenAsync(scope, tenant, from, to, cancellation))
        );
        return
        [
            .. releases
                .Select(release => new ChartAnnotation(release.At, $"{release.Service} {release.To}"))
                .Concat(actions.Select(action => new ChartAnnotation(action.At, action.Text)))
                .Concat(
                    alerts
                        // What fired before the window has no moment in it.
                        .Where(alert => alert.Since > from + TimeSpan.FromMinutes(2))
                        .Select(alert => new ChartAnnotation(
                            alert.Since,
                            alert.Name,
                            alert.Severity == "critical" ? AnnotationKind.Alert : AnnotationKind.Warning
                        ))
                )
                .Concat(others.SelectMany(notes => notes))
                .Where(note => note.At >= from && note.At <= to)
                .OrderBy(note => note.At),
        ];
    }
}
