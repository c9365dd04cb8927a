using System.Globalization;
using Sevensa.Dashboard.Features.Alerts.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using ZiggyCreatures.Caching.Fusion;

namespace Sevensa.Dashboard.Features.Alerts.Objectives;

/// <summary>How objectives stand: the budget from events counted hour by hour, the burn rates from one question for all windows.</summary>
internal sealed class ServiceLevels(
    IMetrics metrics,
    IServiceIndicators indicators,
    ObjectivesStore store,
    IFusionCache cache,
    TimeProvider time
) : IServiceLevels
{
    private const double LittleLeft = 0.25;
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(30);

    /// <summary>The hours behind a budget change by the last one only.</summary>
    private static readonly TimeSpan HoursFresh = TimeSpan.FromMinutes(5);

    public async Task<IReadOnlyList<ServiceLevel>> OfAsync(
        TenantScope scope,
        string tenant,
        CancellationToken cancellation
    )
    {
        var one = scope.Narrow(tenant);
        var rows = await store.OfAsync(tenant, cancellation);
        return await Task.WhenAll(rows.Select(row => OfAsync(one, row.ToObjective(), cancellation)));
    }

    /// <summary>By service and name; only those of the page are asked for.</summary>
    public async Task<Page<ServiceLevel>> PageAsync(
        TenantScope scope,
        string tenant,
        PageAsked asked,
        CancellationToken cancellation
    )
    {
        var one = scope.Narrow(tenant);
        var rows = await store.PageAsync(tenant, asked, cancellation);
        var levels = await Task.WhenAll(rows.Items.Select(row => OfAsync(one, row.ToObjective(), cancellation)));
        return new Page<ServiceLevel>(levels, rows.Next);
    }

    public async Task<ServiceLevel> OfAsync(TenantScope scope, Objective objective, CancellationToken cancellation)
    {
        var one = scope.Narrow(objective.Tenant);
        return await cache.GetOrSetAsync<ServiceLevel>(
            $"level|{objective.Id}|{objective.ChangedAt.ToUnixTimeMilliseconds()}|{Key(objective)}",
            async (_, token) => await LookAsync(one, objective, token),
            entry => entry.SetDuration(Fresh).SetSize(1),
            cancellation
        );
    }

    /// <summary>How the budget was over some days, each point of the whole window before it.</summary>
    public async Task<BudgetHistory> HistoryAsync(
        TenantScope scope,
        Objective objective,
        int days,
        CancellationToken cancellation
    )
    {
        var hours = (objective.WindowDays + days) * 24;
        var (times, bad, all) = await HoursAsync(scope.Narrow(objective.Tenant), objective, hours, cancellation);
        return BudgetMath.Rolling(times, bad, all, objective.WindowDays * 24, objective.Target);
    }

    /// <summary>Bucket boundaries of a service's histogram, seconds, ascending.</summary>
    public async Task<IReadOnlyList<double>> BoundariesAsync(
        TenantScope scope,
        string service,
        string histogram,
        CancellationToken cancellation
    ) =>
        [
            .. (
                await metrics.QueryAsync(
                    scope,
                    indicators.Boundaries(service, histogram),
                    time.GetUtcNow(),
                    cancellation
                )
            )
                .Select(sample => sample.Labels.GetValueOrDefault("le", ""))
                .Select(le =>
                    double.TryParse(le, NumberStyles.Float, CultureInfo.InvariantCulture, out var bound)
                        ? bound
                        : double.NaN
                )
                .Where(double.IsFinite)
                .Distinct()
                .Order(),
        ];

    /// <summary>An alerting rule for the objective's budget, as a draft to look at and save.</summary>
    public string BurnRule(Objective objective)
    {
        var indicator = Indicator(objective);
        return BudgetMath.Rule(objective.Target, objective.WindowDays, window => Share(indicator, window));
    }

    /// <summary>PromQL of the share of bad events over the objective's window, for whoever wants to look behind the figure.</summary>
    public string QueryOf(Objective objective) => Share(Indicator(objective), "1h");

    private async Task<ServiceLevel> LookAsync(TenantScope scope, Objective objective, CancellationToken cancellation)
    {
        var burning = BurningAsync(scope, objective, cancellation);
        var (_, bad, all) = await HoursAsync(scope, objective, objective.WindowDays * 24, cancellation);
        var (badSum, allSum) = (Sum(bad), Sum(all));
        double? badShare = allSum > 1e-9 && double.IsFinite(badSum / allSum) ? Math.Clamp(badSum / allSum, 0, 1) : null;
        var left = badShare is { } share ? BudgetMath.Left(objective.Target, share) : (double?)null;
        var rates = await burning;
        var now = time.GetUtcNow();
        return new ServiceLevel(
            objective,
            left is null ? LevelState.Unknown
                : left <= 0 ? LevelState.Missed
                : left < LittleLeft || rates.Any(rate => rate.IsOver) ? LevelState.AtRisk
                : LevelState.Kept,
            1 - badShare,
            left,
            badShare is null ? null : Math.Round(allSum),
            rates,
            Exhausted(objective, left, rates, now),
            now
        );
    }

    /// <summary>At the speed of the last day; a speed of one lasts the window and so never ends it.</summary>
    private static DateTimeOffset? Exhausted(
        Objective objective,
        double? left,
        IReadOnlyList<BurnRate> rates,
        DateTimeOffset now
    ) =>
        left > 0 && rates.FirstOrDefault(rate => rate.LongWindow == "1d")?.Long is > 1 and var speed
            ? now.AddDays(left.Value * objective.WindowDays / speed)
            : null;

    private async Task<IReadOnlyList<BurnRate>> BurningAsync(
        TenantScope scope,
        Objective objective,
        CancellationToken cancellation
    )
    {
        var indicator = Indicator(objective);
        var query = string.Join(
            " or ",
            BudgetMath.Windows.Select(window =>
                $"label_replace({Share(indicator, window)}, \"window\", \"{window}\", \"\", \"\")"
            )
        );
        var samples = await metrics.QueryAsync(scope, query, time.GetUtcNow(), cancellation);
        return BudgetMath.Burning(
            objective.Target,
            objective.WindowDays,
            samples
                .GroupBy(sample => sample.Labels.GetValueOrDefault("window", ""))
                .ToDictionary(group => group.Key, group => group.First().Value)
        );
    }

    private async Task<(double[] Times, double[] Bad, double[] All)> HoursAsync(
        TenantScope scope,
        Objective objective,
        int hours,
        CancellationToken cancellation
    )
    {
        var to = time.GetUtcNow();
        return await cache.GetOrSetAsync<(double[], double[], double[])>(
            $"level hours|{scope.Key}|{Key(objective)}|{hours}",
            async (_, token) => await CountAsync(scope, Indicator(objective), hours, to, token),
            entry => entry.SetDuration(HoursFresh).SetSize(1),
            cancellation
        );
    }

    private async Task<(double[] Times, double[] Bad, double[] All)> CountAsync(
        TenantScope scope,
        ServiceIndicator indicator,
        int hours,
        DateTimeOffset to,
        CancellationToken cancellation
    )
    {
        var last = new DateTimeOffset(to.UtcTicks - to.UtcTicks % Hour.Ticks, TimeSpan.Zero);
        var first = last - Hour * (hours - 1);
        var all = await metrics.RangeAsync(scope, indicators.All(indicator, "1h"), first, last, Hour, cancellation);
        var bad = await metrics.RangeAsync(scope, indicators.Bad(indicator, "1h"), first, last, Hour, cancellation);
        var times = Enumerable
            .Range(0, hours)
            .Select(hour => (first + Hour * hour).ToUnixTimeSeconds())
            .Select(seconds => (double)seconds)
            .ToArray();
        var (allOf, badOf) = (Counted(all), Counted(bad));
        return (
            times,
            // Where there were events and none of them bad there is no bad series; a histogram without that bucket has none at all.
            [
                .. times.Select(at =>
                    badOf.TryGetValue(at, out var count) ? Math.Max(0, count)
                    : allOf.ContainsKey(at) && indicator.Kind == IndicatorKind.Availability ? 0
                    : double.NaN
                ),
            ],
            [
                .. times.Select(at =>
                    allOf.TryGetValue(at, out var count)
                    && (indicator.Kind == IndicatorKind.Availability || badOf.ContainsKey(at))
                        ? count
                        : double.NaN
                ),
            ]
        );

        static Dictionary<double, double> Counted(IReadOnlyList<MetricSeries> series) =>
            series
                .SelectMany(one => one.Times.Zip(one.Values))
                .Where(point => double.IsFinite(point.Second))
                .GroupBy(point => Math.Round(point.First))
                .ToDictionary(points => points.Key, points => points.Sum(point => point.Second) * Hour.TotalSeconds);
    }

    /// <summary>Of availability: no bad series means a share of zero, and not "unknown".</summary>
    private string Share(ServiceIndicator indicator, string window)
    {
        var (bad, all) = (indicators.Bad(indicator, window), indicators.All(indicator, window));
        return indicator.Kind == IndicatorKind.Availability
            ? $"({bad} or {all} * 0) / ({all} > 0)"
            : $"({bad}) / ({all} > 0)";
    }

    private static ServiceIndicator Indicator(Objective objective) =>
        new(objective.Service, objective.Kind, objective.ThresholdSeconds, objective.Histogram);

    private static string Key(Objective objective) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{objective.Tenant}|{objective.Service}|{objective.Kind}|{objective.ThresholdSeconds}|{objective.Histogram}|{objective.Target}|{objective.WindowDays}"
        );

    private static double Sum(double[] values) => values.Where(double.IsFinite).Sum();
}
