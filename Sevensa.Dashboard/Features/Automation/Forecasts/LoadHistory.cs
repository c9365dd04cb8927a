using System.Globalization;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Automation.Forecasts;

/// <summary>A service's load over some days, step by step. What was not told is NaN.</summary>
/// <param name="From">Of the first step.</param>
/// <param name="Trouble">Why no forecast is made from it, in words; null when one is.</param>
internal sealed record LoadPast(DateTimeOffset From, double[] Values, string? Trouble);

/// <summary>Reads the load that a forecast is made from, and says when it is none: too short, too full of holes, stale, or standing still.</summary>
internal sealed class LoadHistory(IMetrics metrics)
{
    public const int LeastSeasons = 3;
    public const int MostDays = 35;

    /// <summary>Steps of a day: a peak is told apart, and five weeks are one question.</summary>
    public static readonly TimeSpan Step = TimeSpan.FromMinutes(15);

    /// <summary>Share of steps that may be missing.</summary>
    private const double MostMissing = 0.05;

    /// <summary>So many on end that may be.</summary>
    private const int LongestGap = 4;

    /// <summary>So many alike on end are no load, where it hardly ever stood still before.</summary>
    private const int LongestStill = 8;
    private const double SeldomStill = 0.1;

    /// <summary>The step that is over.</summary>
    public static DateTimeOffset Last(DateTimeOffset now) =>
        new(now.UtcTicks - now.UtcTicks % Step.Ticks, TimeSpan.Zero);

    /// <exception cref="Platform.Http.UpstreamException">Prometheus did not answer; keeps its words.</exception>
    /// <exception cref="QueryRefusedException">The expression can't be read any more.</exception>
    public async Task<LoadPast> OfAsync(
        TenantScope scope,
        string query,
        string service,
        PolicyScale scale,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        var last = Last(now);
        var from = last.AddDays(-scale.Days);
        try
        {
            return Checked(await ReadAsync(scope, query, service, from, last, cancellation), from, scale);
        }
        catch (UnfitPolicyException exception)
        {
            return new LoadPast(from, [], exception.Message);
        }
    }

    /// <summary>One value a step, both ends included. What several containers have of it is added up, as it is for the load of now.</summary>
    /// <exception cref="UnfitPolicyException">It yields more series than are read.</exception>
    public async Task<double[]> ReadAsync(
        TenantScope scope,
        string query,
        string service,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellation
    )
    {
        var values = new double[(int)((to - from) / Step) + 1];
        Array.Fill(values, double.NaN);
        await SeriesBound.CountFirstAsync(metrics, scope, query, from, to, cancellation);
        for (var first = 0; first < values.Length; first += SeriesBound.MostPoints)
        {
            var begin = from + first * Step;
            var end = from + (Math.Min(first + SeriesBound.MostPoints, values.Length) - 1) * Step;
            var found = await metrics.RangeAsync(scope, query, begin, end, Step, cancellation);
            SeriesBound.Check(found.Count);
            Add(values, Own(found, scope, service), from);
        }
        return values;
    }

    private static List<MetricSeries> Own(IReadOnlyList<MetricSeries> found, TenantScope scope, string service)
    {
        var whose = found
            .Where(one => scope.Tenants.Contains(one.Labels.GetValueOrDefault(TenantScope.Label, scope.Tenants[0])))
            .ToList();
        var own = whose.Where(one => one.Labels.GetValueOrDefault("service") == service).ToList();
        if (own.Count == 0 && whose is [var only] && !only.Labels.ContainsKey("service"))
        {
            own.Add(only);
        }
        return own;
    }

    private static void Add(double[] values, List<MetricSeries> own, DateTimeOffset from)
    {
        var start = from.ToUnixTimeMilliseconds() / 1000.0;
        foreach (var one in own)
        {
            for (var i = 0; i < one.Times.Length; i++)
            {
                var at = (int)Math.Round((one.Times[i] - start) / Step.TotalSeconds);
                if (at >= 0 && at < values.Length && double.IsFinite(one.Values[i]))
                {
                    values[at] = double.IsNaN(values[at]) ? one.Values[i] : values[at] + one.Values[i];
                }
            }
        }
    }

    /// <summary>From its first value on, with what is wrong with it.</summary>
    public static LoadPast Checked(double[] values, DateTimeOffset from, PolicyScale scale)
    {
        var first = Array.FindIndex(values, value => !double.IsNaN(value));
        if (first < 0)
        {
            return new LoadPast(from, [], "There is no data of its load.");
        }
        var told = values[first..];
        var begin = from + first * Step;
        var period = (int)(scale.Season / Step);
        return new LoadPast(begin, told, TroubleOf(told, period, scale.Season));
    }

    private static string? TroubleOf(double[] told, int period, TimeSpan season)
    {
        if (told.Length < LeastSeasons * period)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"Its load is known for {told.Length * Step.TotalDays:0.#} days; a forecast whose season is {PolicyDuration.Words(season)} wants {LeastSeasons * season.TotalDays:0}."
            );
        }
        if (told.Any(value => value < 0))
        {
            return "Its load was below nothing, which no load is.";
        }
        var (gap, longest, still, alike) = (0, 0, 0, 0);
        for (var at = 0; at < told.Length; at++)
        {
            gap = double.IsNaN(told[at]) ? gap + 1 : 0;
            longest = Math.Max(longest, gap);
            var same = at > 0 && told[at] == told[at - 1];
            still = same ? still + 1 : 0;
            alike += same ? 1 : 0;
        }
        var missing = told.Count(double.IsNaN);
        return gap > 1 ? $"There is no data of its load for the last {PolicyDuration.Words(gap * Step)}."
            : longest > LongestGap ? $"Data of its load is missing for {PolicyDuration.Words(longest * Step)} on end."
            : missing > MostMissing * told.Length
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"Data of its load is missing for {100.0 * missing / told.Length:0.#} % of the time."
                )
            : still >= LongestStill && alike - still < SeldomStill * (told.Length - still)
                ? $"Its load has stood still for {PolicyDuration.Words(still * Step)}, which it seldom did before: what tells it seems to be stuck."
            : null;
    }
}
