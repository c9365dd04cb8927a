using System.Collections.Concurrent;
using Sevensa.Dashboard.Ui.Charts;

namespace Sevensa.Dashboard.Features.Metrics.Contracts;

/// <summary>The series of a panel over its window.</summary>
public sealed record PanelData(
    DateTimeOffset From,
    DateTimeOffset To,
    TimeSpan Step,
    IReadOnlyList<MetricSeries> Series
)
{
    private readonly ConcurrentDictionary<string, ChartData> charts = new(StringComparer.Ordinal);

    /// <summary>What whoever reads it must know of how it was asked; null when it was asked as written.</summary>
    public string? Note { get; init; }

    /// <summary>How many of the series are native histograms, which no line can show.</summary>
    public int Histograms => Series.Count(one => one.Histograms.Count > 0);

    /// <summary>The window moved on: what has left it is dropped, what was asked anew takes the place of what was there.</summary>
    /// <param name="asked">From here on <paramref name="newer"/> knows better.</param>
    public PanelData Advance(
        DateTimeOffset from,
        DateTimeOffset to,
        DateTimeOffset asked,
        IReadOnlyList<MetricSeries> newer
    )
    {
        var (first, cut) = (Seconds(from), Seconds(asked));
        var fresh = newer.ToDictionary(one => KeyOf(one.Labels), StringComparer.Ordinal);
        var joined = new List<MetricSeries>(Series.Count);
        foreach (var old in Series)
        {
            fresh.Remove(KeyOf(old.Labels), out var more);
            var start = Array.FindIndex(old.Times, at => at >= first);
            var end = Array.FindLastIndex(old.Times, at => at < cut) + 1;
            var kept = start < 0 || end <= start ? 0..0 : start..end;
            var one = new MetricSeries(
                old.Labels,
                [.. old.Times[kept], .. more?.Times ?? []],
                [.. old.Values[kept], .. more?.Values ?? []]
            )
            {
                Histograms =
                [
                    .. old.Histograms.Where(found => found.Time >= first && found.Time < cut),
                    .. more?.Histograms ?? [],
                ],
            };
            if (one.Times.Length > 0 || one.Histograms.Count > 0)
            {
                joined.Add(one);
            }
        }
        joined.AddRange(fresh.Values);
        return new PanelData(from, to, Step, joined);
    }

    /// <summary>Lines on the grid of the step: where Prometheus gave no point there is a gap, not a bridge. Made once for all who look.</summary>
    /// <param name="naming">The same for the same names in the same order.</param>
    /// <param name="name">Of a series.</param>
    /// <param name="order">Of the names.</param>
    public ChartData Chart(
        string naming,
        Func<IReadOnlyDictionary<string, string>, string> name,
        Comparison<string> order
    ) =>
        charts.GetOrAdd(
            naming,
            static (_, of) => of.Data.Lines(of.Name, of.Order),
            (Data: this, Name: name, Order: order)
        );

    private ChartData Lines(Func<IReadOnlyDictionary<string, string>, string> name, Comparison<string> order)
    {
        var count = Series.Count == 0 ? 0 : (int)((To - From) / Step) + 1;
        var start = Seconds(From);
        var times = new double[count];
        for (var i = 0; i < count; i++)
        {
            times[i] = start + i * Step.TotalSeconds;
        }
        var lines = new List<ChartLine>(Series.Count);
        // A native histogram is no line.
        foreach (var one in Series.Where(one => one.Times.Length > 0))
        {
            var values = new double[count];
            Array.Fill(values, double.NaN);
            for (var i = 0; i < one.Times.Length; i++)
            {
                var at = (int)Math.Round((one.Times[i] - start) / Step.TotalSeconds);
                if (at >= 0 && at < count)
                {
                    values[at] = one.Values[i];
                }
            }
            lines.Add(new ChartLine(name(one.Labels), values));
        }
        lines.Sort((a, b) => order(a.Name, b.Name));
        return new ChartData(times, lines);
    }

    private static double Seconds(DateTimeOffset at) => at.ToUnixTimeMilliseconds() / 1000.0;

    internal static string KeyOf(IReadOnlyDictionary<string, string> labels) =>
        string.Join(
            '\n',
            labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}")
        );
}
