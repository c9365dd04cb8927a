using System.Globalization;

namespace Sevensa.Dashboard.Sandbox.Prometheus;

internal static class Histograms
{
    public static VectorResult Quantile(Evaluator e, double[] quantile, VectorResult vector)
    {
        var result = new ColumnGathering(e.Count);
        foreach (var group in vector.Columns.GroupBy(c => c.Labels.Without("__name__", "le")))
        {
            var buckets = group
                .Select(c => (Bound: Bound(c.Labels["le"]), c.Values))
                .Where(b => !double.IsNaN(b.Bound))
                .OrderBy(b => b.Bound)
                .ToArray();
            if (buckets.Length == 0)
            {
                continue;
            }
            var values = result.Of(group.Key);
            var bounds = new double[buckets.Length];
            var counts = new double[buckets.Length];
            for (var i = 0; i < e.Count; i++)
            {
                var n = 0;
                foreach (var (bound, of) in buckets)
                {
                    if (!Absent.Is(of[i]))
                    {
                        bounds[n] = bound;
                        counts[n++] = of[i];
                    }
                }
                if (n > 0)
                {
                    values[i] = Quantile(quantile[i], bounds.AsSpan(0, n), counts.AsSpan(0, n));
                }
            }
        }
        return result.Result();
    }

    private static double Quantile(double q, ReadOnlySpan<double> bounds, Span<double> counts)
    {
        if (double.IsNaN(q) || bounds.Length < 2 || !double.IsPositiveInfinity(bounds[^1]))
        {
            return double.NaN;
        }
        if (q < 0)
        {
            return double.NegativeInfinity;
        }
        if (q > 1)
        {
            return double.PositiveInfinity;
        }
        for (var i = 1; i < counts.Length; i++)
        {
            counts[i] = Math.Max(counts[i], counts[i - 1]);
        }
        var total = counts[^1];
        if (total == 0 || double.IsNaN(total))
        {
            return double.NaN;
        }
        var rank = q * total;
        var at = 0;
        while (at < counts.Length - 1 && counts[at] < rank)
        {
            at++;
        }
        if (at == counts.Length - 1)
        {
            return bounds[^2];
        }
        if (at == 0 && bounds[0] <= 0)
        {
            return bounds[0];
        }
        var start = at == 0 ? 0 : bounds[at - 1];
        var before = at == 0 ? 0 : counts[at - 1];
        return start + ((bounds[at] - start) * ((rank - before) / (counts[at] - before)));
    }

    private static double Bound(string le) =>
        le == "+Inf" ? double.PositiveInfinity
        : double.TryParse(le, NumberStyles.Float, CultureInfo.InvariantCulture, out var bound) ? bound
        : double.NaN;
}
