using Sevensa.Dashboard.Features.Metrics.Contracts;

namespace Sevensa.Dashboard.Features.Metrics.Dashboards.Drawing;

/// <summary>
/// Native histograms over time as cells. Their buckets are as fine as the data needed, so that neighbours are joined until the
/// rows can be told apart by eye; a bucket counts in the row that its upper end lies in.
/// </summary>
internal static class NativeBuckets
{
    private const int MostRows = 40;

    public static HeatmapCells Of(
        IReadOnlyList<MetricSeries> series,
        double[] times,
        Func<double, int> at,
        Func<double?, string> text
    )
    {
        var all = series
            .SelectMany(one => one.Histograms)
            .Select(histogram => (Column: at(histogram.Time), histogram.Buckets))
            .Where(found => found.Column >= 0 && found.Column < times.Length)
            .ToList();
        var ends = all.SelectMany(found => found.Buckets).Select(bucket => bucket.Right).Distinct().Order().ToList();
        if (ends.Count == 0)
        {
            return new HeatmapCells([], [], []);
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
