using System.Text.Json;

namespace Sevensa.Dashboard.Features.Metrics.Passage;

/// <summary>What Prometheus knows of all metrics, cut down to those that a scope has series of.</summary>
internal sealed class MetadataAnswer(IReadOnlySet<string> own, int? limit, int? limitPerMetric)
{
    private static readonly string[] Parts = ["", "_bucket", "_sum", "_count", "_total", "_created", "_info"];

    public async Task<Dictionary<string, JsonElement[]>> OfAsync(Stream body, CancellationToken cancellation)
    {
        using var metadata = await JsonDocument.ParseAsync(body, default, cancellation);
        return metadata
            .RootElement.GetProperty("data")
            .EnumerateObject()
            .Where(metric => IsOwn(metric.Name))
            .Take(limit ?? int.MaxValue)
            .ToDictionary(
                metric => metric.Name,
                metric =>
                    metric
                        .Value.EnumerateArray()
                        // Zero means no limit here, unlike above: so Prometheus has it.
                        .Take(limitPerMetric is > 0 ? limitPerMetric.Value : int.MaxValue)
                        .Select(entry => entry.Clone())
                        .ToArray()
            );
    }

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
