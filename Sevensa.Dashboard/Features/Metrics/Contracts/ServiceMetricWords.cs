namespace Sevensa.Dashboard.Features.Metrics.Contracts;

/// <summary>Names of the figures of a service, for people and as they may be asked for.</summary>
public static class ServiceMetricWords
{
    /// <summary>In a sentence: "p95 latency".</summary>
    public static string Words(this ServiceMetric metric) =>
        metric switch
        {
            ServiceMetric.Cpu => "CPU",
            ServiceMetric.Memory => "memory",
            ServiceMetric.MemoryShare => "memory against its limit",
            ServiceMetric.RequestRate => "request rate",
            ServiceMetric.ErrorShare => "error share",
            ServiceMetric.LatencyP95 => "p95 latency",
            ServiceMetric.MemoryLimit => "memory limit",
            ServiceMetric.Up => "being up",
            _ => metric.ToString(),
        };

    /// <summary>As programs write it: <c>latencyP95</c>.</summary>
    public static string Name(this ServiceMetric metric) =>
        char.ToLowerInvariant(metric.ToString()[0]) + metric.ToString()[1..];

    /// <summary>The figure that is meant, by its name in any spelling or by its words; null when there is none.</summary>
    public static ServiceMetric? Find(string text) =>
        Enum.GetValues<ServiceMetric>()
            .Cast<ServiceMetric?>()
            .FirstOrDefault(metric =>
                Bare(metric!.Value.ToString()) == Bare(text) || Bare(metric.Value.Words()) == Bare(text)
            );

    private static string Bare(string text) => new([.. text.Where(char.IsLetterOrDigit).Select(char.ToLowerInvariant)]);
}
