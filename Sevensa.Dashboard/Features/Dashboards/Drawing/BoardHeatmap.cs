using System.Globalization;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Ui.Charts;

namespace Sevensa.Dashboard.Features.Dashboards.Drawing;

/// <summary>The heatmap of a dashboard's panel: of native histograms, of classic buckets, or counted from what lines show.</summary>
internal static class BoardHeatmap
{
    private const int Rows = 16;
    private const int MostRows = 60;

    public static HeatmapCells Of(BoardPanel panel, IReadOnlyList<Answered> answers)
    {
        var answer = answers.FirstOrDefault(one => one.Data.Series.Count > 0);
        if (answer is null)
        {
            return HeatmapCells.None;
        }
        var data = answer.Data;
        if (data.Histograms > 0)
        {
            return HistogramCells.Of(data, value => PanelUnit.Of(panel.Field.Unit).Text(value));
        }
        var count = (int)((data.To - data.From) / data.Step) + 1;
        var start = data.From.ToUnixTimeMilliseconds() / 1000.0;
        var step = data.Step.TotalSeconds;
        var times = new double[count];
        for (var i = 0; i < count; i++)
        {
            times[i] = start + i * step;
        }
        int At(double time) => (int)Math.Round((time - start) / step);
        return panel.Look.Calculate || !answer.Question.Query.Buckets && !IsBuckets(data.Series)
            ? Calculated(data.Series, times, At, panel)
            : Buckets(panel, data.Series, times, At);
    }

    private static bool IsBuckets(IReadOnlyList<MetricSeries> series) =>
        series.All(one => one.Labels.ContainsKey("le"));

    private static HeatmapCells Buckets(
        BoardPanel panel,
        IReadOnlyList<MetricSeries> series,
        double[] times,
        Func<double, int> at
    )
    {
        var unit = PanelUnit.Of(panel.Field.Unit);
        var rows = series
            .GroupBy(one => one.Labels.GetValueOrDefault("le", ""))
            .Select(group => (Bound: Bound(group.Key), Text: group.Key, Series: group.ToList()))
            .OrderBy(row => row.Bound)
            .Take(MostRows)
            .ToList();
        var cumulative = IsBuckets(series);
        var counts = new double[rows.Count * times.Length];
        Array.Fill(counts, double.NaN);
        foreach (var (index, row) in rows.Index())
        {
            foreach (var one in row.Series)
            {
                for (var i = 0; i < one.Times.Length; i++)
                {
                    var column = at(one.Times[i]);
                    if (column >= 0 && column < times.Length && double.IsFinite(one.Values[i]))
                    {
                        ref var cell = ref counts[index * times.Length + column];
                        cell = double.IsNaN(cell) ? one.Values[i] : cell + one.Values[i];
                    }
                }
            }
        }
        if (cumulative)
        {
            // Each bucket of Prometheus' holds those below it too.
            for (var index = rows.Count - 1; index > 0; index--)
            {
                for (var column = 0; column < times.Length; column++)
                {
                    ref var cell = ref counts[index * times.Length + column];
                    var below = counts[(index - 1) * times.Length + column];
                    cell = double.IsNaN(below) ? cell : Math.Max(0, cell - below);
                }
            }
        }
        return new HeatmapCells(
            times,
            [
                .. rows.Select(row =>
                    double.IsPositiveInfinity(row.Bound) ? "∞"
                    : double.IsFinite(row.Bound) ? unit.Text(row.Bound)
                    : row.Text
                ),
            ],
            counts
        );
    }

    private static HeatmapCells Calculated(
        IReadOnlyList<MetricSeries> series,
        double[] times,
        Func<double, int> at,
        BoardPanel panel
    )
    {
        var all = series.SelectMany(one => one.Values).Where(double.IsFinite).ToList();
        if (all.Count == 0)
        {
            return HeatmapCells.None;
        }
        var (low, high) = (all.Min(), all.Max());
        var size = high > low ? (high - low) / Rows : 1;
        var counts = new double[Rows * times.Length];
        foreach (var one in series)
        {
            for (var i = 0; i < one.Times.Length; i++)
            {
                var column = at(one.Times[i]);
                if (column >= 0 && column < times.Length && double.IsFinite(one.Values[i]))
                {
                    var row = Math.Clamp((int)((one.Values[i] - low) / size), 0, Rows - 1);
                    counts[row * times.Length + column]++;
                }
            }
        }
        var unit = PanelUnit.Of(panel.Field.Unit);
        return new HeatmapCells(
            times,
            [.. Enumerable.Range(1, Rows).Select(row => unit.Text(low + row * size))],
            counts
        );
    }

    private static double Bound(string text) =>
        text is "+Inf" or "Inf" ? double.PositiveInfinity
        : double.TryParse(text, CultureInfo.InvariantCulture, out var value) ? value
        : double.NaN;
}
