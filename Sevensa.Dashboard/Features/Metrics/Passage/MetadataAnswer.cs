using Sevensa.Dashboard.Features.Metrics.Contracts;

namespace Sevensa.Dashboard.Features.Metrics.Passage;

/// <summary>What is known of metrics, cut down to those that a scope has series of.</summary>
internal sealed class MetadataAnswer(IReadOnlySet<string> own, int? limit, int? limitPerMetric)
{
    private static readonly string[] Parts = ["", "_bucket", "_sum", "_count", "_total", "_created", "_info"];

    public Dictionary<string, MetricMetadata[]> Of(IReadOnlyDictionary<string, IReadOnlyList<MetricMetadata>> known) =>
        known
            .Where(metric => metric.Value.Count > 0 && IsOwn(metric.Key))
            .OrderBy(metric => metric.Key, StringComparer.Ordinal)
            .Take(limit ?? int.MaxValue)
            .ToDictionary(
                metric => metric.Key,
                metric =>
                    metric
                        .Value
                        // Zero means no limit here, unlike above: so Prometheus has it.
                        .Take(limitPerMetric is > 0 ? limitPerMetric.Value : int.MaxValue)
                        .ToArray()
            );

    /// <summary>A histogram's metadata stands under its name, its series end in _bucket, _sum and _count.</summary>
    private bool IsOwn(string metric)
    {
        foreach (var part in Parts)
        {
            if (own.Contains(metric + part))
            {
                return true;
            }
        }
        return false;
    }
}
