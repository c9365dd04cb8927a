using Sevensa.Dashboard.Ui.Charts;

namespace Sevensa.Dashboard.Features.Metrics.Contracts;

/// <summary>
/// Native histograms over time as cells. Their buckets are as fine as the data needed, so that neighbours are joined until the
/// rows can be told apart by eye; a bucket counts in the row that its upper end lies in.
/// </summary>
public static class HistogramCells
{
    private const int MostRows = 40;

    /// <summary>The native histograms among the series of a panel, added up.</summary>
    /// <param name="text">The upper end of a row as people read it.</param>
    public static HeatmapCells Of(PanelData data, Func<double?, string> text)
    {
        var start = data.From.ToUnixTimeMilliseconds() / 1000.0;
        var step = data.Step.TotalSeconds;
        double[] times =
        [
            .. Enumerable.Range(0, (int)((data.To - data.From) / data.Step) + 1).Select(i => start + i * step),
        ];
        var all = data
            .Series.SelectMany(one => one.Histograms)
            .Select(histogram => (Column: (int)Math.Round((histogram.Time - start) / step), histogram.Buckets))
            .Where(found => found.Column >= 0 && found.Column < times.Length)
            .ToList();
        var ends = all.SelectMany(found => found.Buckets).Select(bucket => bucket.Right).Distinct().Order().ToList();
        if (ends.Count == 0)
        {
            return HeatmapCells.None;
        }
        var each = (ends.Count + MostRows - 1) / MostRows;
        double[] bounds = [.. ends.Chunk(each).Select(joined => joined[^1])];
        var counts = new double[bounds.Length * times.Length];
        Array.Fill(counts, double.NaN);
        foreach (var (column, buckets) in all)
        {
            foreach (var bucket in buckets)
            {
                var found = Array.BinarySearch(bounds, bucket.Right);
                ref var cell = ref counts[(found < 0 ? ~found : found) * times.Length + column];
                cell = double.IsNaN(cell) ? bucket.Count : cell + bucket.Count;
            }
        }
        return new HeatmapCells(
            times,
            [.. bounds.Select(bound => double.IsPositiveInfinity(bound) ? "∞" : text(bound))],
            counts
        );
    }
}
