using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Metrics.Changes;

/// <summary>Reads alerts from <c>ALERTS</c>, the series that Prometheus keeps of its own rules.</summary>
internal sealed class AlertSightings(IMetrics metrics) : IAlertSightings
{
    private const int Points = 600;

    public async Task<IReadOnlyList<AlertSighting>> BetweenAsync(
        TenantScope scope,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellation
    )
    {
        var step = TimeSpan.FromMinutes(Math.Max(1, Math.Ceiling((to - from).TotalMinutes / Points)));
        var series = await metrics.RangeAsync(scope, ServiceQueries.AlertsFiring, from, to, step, cancellation);
        var last = to - step * 2;
        return
        [
            .. series
                .SelectMany(one => Stretches(one, step.TotalSeconds))
                .Select(found => new AlertSighting(
                    found.Labels.GetValueOrDefault("tenant", scope.Tenants[0]),
                    found.Labels.GetValueOrDefault("service", ""),
                    found.Labels.GetValueOrDefault("alertname", "alert"),
                    found.Labels.GetValueOrDefault("severity", ""),
                    At(found.First),
                    At(found.Last) > last ? null : At(found.Last)
                ))
                .OrderByDescending(sighting => sighting.Since),
        ];
    }

    /// <summary>One series may fire, end and fire again.</summary>
    private static IEnumerable<(IReadOnlyDictionary<string, string> Labels, double First, double Last)> Stretches(
        MetricSeries series,
        double step
    )
    {
        for (var i = 0; i < series.Times.Length; )
        {
            var first = i++;
            while (i < series.Times.Length && series.Times[i] - series.Times[i - 1] < step * 1.5)
            {
                i++;
            }
            yield return (series.Labels, series.Times[first], series.Times[i - 1]);
        }
    }

    private static DateTimeOffset At(double seconds) => DateTimeOffset.FromUnixTimeMilliseconds((long)(seconds * 1000));
}
