using System.Globalization;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Metrics.Contracts;

namespace Sevensa.Dashboard.Features.Metrics;

/// <summary>The PromQL behind every number about a service. What a browser names is one of these; it never sends a query of its own there.</summary>
internal sealed class ServiceQueries(IOptions<MetricsOptions> options)
{
    private MetricsOptions Names => options.Value;

    /// <param name="metric">What is asked.</param>
    /// <param name="step">Step of the range, which the rate window never falls below; null for an instant.</param>
    public string Of(ServiceMetric metric, TimeSpan? step = null)
    {
        var window = Window(step);
        return metric switch
        {
            ServiceMetric.Cpu => $"sum by (tenant, service) (rate({Names.CpuSeconds}[{window}]))",
            ServiceMetric.Memory => $"sum by (tenant, service) ({Names.WorkingSet})",
            ServiceMetric.MemoryShare => $"max by (tenant, service) ({Names.WorkingSet} / ({Names.MemoryLimit} > 0))",
            ServiceMetric.RequestRate => Served(window),
            ServiceMetric.ErrorShare => Failed(window, "tenant, service"),
            ServiceMetric.LatencyP95 => string.Join(
                " or ",
                Names.JobDurations.Prepend(Names.RequestDuration).Select(name => Quantile(name, window))
            ),
            ServiceMetric.MemoryLimit => $"sum by (tenant, service) ({Names.MemoryLimit} > 0)",
            ServiceMetric.Up => $"max by (tenant, service) ({Names.Up})",
            _ => throw new ArgumentOutOfRangeException(nameof(metric)),
        };
    }

    /// <inheritdoc cref="MetricNames.Answers"/>
    internal const string Answers = MetricNames.Answers;

    /// <summary>By what the service counts itself, else by what Traefik passed on to it.</summary>
    private string Served(string window) =>
        string.Join(
            " or ",
            new[] { Names.Requests, Names.TraefikServiceRequests }
                .Distinct()
                .Select(name => $"sum by (tenant, service) (rate({name}[{window}]))")
        );

    /// <summary>From classic buckets, or from a native histogram, which has its name without <c>_bucket</c>.</summary>
    internal static string Quantile(string name, string window) =>
        $"histogram_quantile(0.95, sum by (tenant, service, le) (rate({name}_bucket{{{Answers}}}[{window}])))"
        + $" or histogram_quantile(0.95, sum by (tenant, service) (rate({name}{{{Answers}}}[{window}])))";

    /// <summary>Of how many moments of a window there is a count of requests, per tenant: what a share over it stands on.</summary>
    public string Measured(string window, string step) =>
        $"count_over_time((group by (tenant) ({Names.Requests}) or group by (tenant) ({Names.TraefikRouterRequests}))[{window}:{step}])";

    /// <summary>Share of failed requests over a window, per tenant.</summary>
    public string FailedShare(string window) => Failed(window, "tenant");

    /// <summary>Of each service over a window: the share of time that it was up, times the share of requests that it answered well.</summary>
    public string Availability(string window)
    {
        var up = $"avg by (tenant, service) (avg_over_time({Names.Up}[{window}]))";
        var well = $"(1 - {Failed(window, "tenant, service")})";
        return $"{up} * {well} or {up} or {well}";
    }

    /// <summary>Containers of each service by image, from which releases are seen.</summary>
    public string Images => $"count by (tenant, service, image) ({Names.WorkingSet}{{image!=\"\"}})";

    public const string AlertsFiring = "ALERTS{alertstate=\"firing\"}";

    private string Failed(string window, string by)
    {
        const string each = "sum by (tenant, service)";
        var own = $"{each} (rate({Names.Requests}[{window}]))";
        var ownFailed = $"{each} (rate({Names.Requests}{{{Names.FailedRequests}}}[{window}]))";
        // A router counts what never reached the service: a service whose servers are all out of use counts nothing.
        var routed = $"{each} (rate({Names.TraefikRouterRequests}[{window}])) > 0";
        var routedFailed = $"{each} (rate({Names.TraefikRouterRequests}{{code=~\"5..\"}}[{window}]))";
        var all = $"sum by ({by}) (({routed}) or {own})";
        var failed = $"sum by ({by}) ({routedFailed} or ({ownFailed} unless ({routed})))";
        // No failed request means no such series, which is a share of zero and not "unknown".
        return $"({failed} or {all} * 0) / ({all} > 0)";
    }

    /// <summary>Of <c>rate()</c>: as set, and never below the step, or figures between two points would be lost.</summary>
    internal string Window(TimeSpan? step)
    {
        var text = Names.RateWindow;
        var number = int.Parse(text[..^1], CultureInfo.InvariantCulture);
        var seconds =
            number
            * (
                text[^1] switch
                {
                    'h' => 3600,
                    'm' => 60,
                    _ => 1,
                }
            );
        return step is { } wanted && wanted.TotalSeconds > seconds
            ? string.Create(CultureInfo.InvariantCulture, $"{(long)wanted.TotalSeconds}s")
            : text;
    }
}
