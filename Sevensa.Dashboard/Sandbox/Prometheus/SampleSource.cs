using Sevensa.Dashboard.Platform.Query.PromQl;
using Sevensa.Dashboard.Sandbox.Fleet;

namespace Sevensa.Dashboard.Sandbox.Prometheus;

/// <summary>Reads the fleet's series as if they had been scraped every fifteen seconds.</summary>
internal sealed class SampleSource(FleetMetrics metrics, double origin, double now)
{
    public const double ScrapeInterval = 15;
    private const double LookBack = 300;

    public IEnumerable<MetricSeries> Select(IEnumerable<LabelMatcher> matchers)
    {
        var tests = matchers.Select(Test).ToArray();
        var names = tests.Where(t => t.Name == "__name__").ToArray();
        var others = tests.Where(t => t.Name != "__name__").ToArray();
        return FleetMetrics
            .Names.Where(name => names.All(t => t.Holds(name)))
            .SelectMany(metrics.Of)
            .Where(series => others.All(t => t.Matches(series.Labels)));
    }

    /// <summary>The sample that an instant selector sees at <paramref name="t"/> (Unix seconds), and when it was taken.</summary>
    public (double Value, double At) Latest(MetricSeries series, double t)
    {
        var at = Math.Floor(Math.Min(t, now) / ScrapeInterval) * ScrapeInterval;
        return t - at > LookBack ? (Absent.Value, at) : (Sample(series, at), at);
    }

    /// <summary>The sample scraped at exactly <paramref name="t"/>.</summary>
    public double Sample(MetricSeries series, double t)
    {
        if (t > now || t < origin)
        {
            return Absent.Value;
        }
        var value = series.Value(t);
        return double.IsNaN(value) ? Absent.Value : value;
    }

    /// <summary>
    /// Seconds between the samples that are looked at for windows of <paramref name="range"/> seconds: the scrape
    /// interval, or a power-of-two multiple of it where a window would hold more than <paramref name="most"/>.
    /// </summary>
    public static double Resolution(double range, int most)
    {
        var resolution = ScrapeInterval;
        while (range / resolution > most)
        {
            resolution *= 2;
        }
        return resolution;
    }

    private static LabelTest Test(LabelMatcher matcher)
    {
        try
        {
            return matcher.Operator switch
            {
                MatchOperator.Equal => LabelTest.Equal(matcher.Name, matcher.Value),
                MatchOperator.NotEqual => LabelTest.NotEqual(matcher.Name, matcher.Value),
                MatchOperator.Regex => LabelTest.Regex(matcher.Name, matcher.Value, false),
                _ => LabelTest.Regex(matcher.Name, matcher.Value, true),
            };
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new PromExecutionException($"error parsing regexp: {e.Message}");
        }
    }
}
