namespace Sevensa.Dashboard.Features.Metrics.Contracts;

/// <summary>Which ends belong to a bucket; the numbers are those of Prometheus' answers.</summary>
public enum BucketBoundary
{
    OpenLeft = 0,
    OpenRight = 1,
    OpenBoth = 2,
    ClosedBoth = 3,
}

/// <param name="Count">Of this bucket alone: native histograms are not cumulative.</param>
public sealed record HistogramBucket(BucketBoundary Boundary, double Left, double Right, double Count)
{
    /// <summary>"(0.1, 0.25]", as Prometheus writes an interval.</summary>
    public string Interval(Func<double, string> text) =>
        (Boundary is BucketBoundary.OpenRight or BucketBoundary.ClosedBoth ? "[" : "(")
        + $"{text(Left)}, {text(Right)}"
        + (Boundary is BucketBoundary.OpenLeft or BucketBoundary.ClosedBoth ? "]" : ")");
}

/// <summary>A native histogram at a moment.</summary>
/// <param name="Time">Unix seconds.</param>
public sealed record MetricHistogram(double Time, double Count, double Sum, IReadOnlyList<HistogramBucket> Buckets)
{
    public double Mean => Sum / Count;
}
