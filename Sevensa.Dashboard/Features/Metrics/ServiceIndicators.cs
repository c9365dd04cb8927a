using System.Globalization;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Metrics.Contracts;

namespace Sevensa.Dashboard.Features.Metrics;

/// <summary>Service level indicators from the names that the pages query too.</summary>
internal sealed class ServiceIndicators(IOptions<MetricsOptions> options) : IServiceIndicators
{
    private MetricsOptions Names => options.Value;

    public IReadOnlyList<string> Histograms => [Names.RequestDuration, .. Names.JobDurations];

    public string Bad(ServiceIndicator indicator, string window)
    {
        var service = Quoted(indicator.Service);
        if (indicator.Kind == IndicatorKind.Availability)
        {
            return $"sum(rate({Names.TraefikRouterRequests}{{service={service},code=~\"5..\"}}[{window}]))"
                + $" or (sum(rate({Names.Requests}{{service={service},{Names.FailedRequests}}}[{window}]))"
                + $" unless {Routed(service, window)})";
        }
        var (histogram, seconds) = (Histogram(indicator), indicator.ThresholdSeconds!.Value);
        var native = $"sum(rate({histogram}{{service={service},{ServiceQueries.Answers}}}[{window}]))";
        return $"{Count(histogram, service, window)}"
            + $" - sum(rate({histogram}_bucket{{service={service},{ServiceQueries.Answers},le=~{Quoted(Boundary(seconds))}}}[{window}]))"
            + $" or histogram_count({native}) * (1 - histogram_fraction(0, {seconds.ToString("R", CultureInfo.InvariantCulture)}, {native}))";
    }

    public string All(ServiceIndicator indicator, string window) =>
        indicator.Kind == IndicatorKind.Availability
            ? $"{Routed(Quoted(indicator.Service), window)} or sum(rate({Names.Requests}{{service={Quoted(indicator.Service)}}}[{window}]))"
            : $"{Count(Histogram(indicator), Quoted(indicator.Service), window)}"
                + $" or histogram_count(sum(rate({Histogram(indicator)}{{service={Quoted(indicator.Service)},{ServiceQueries.Answers}}}[{window}])))";

    public string Boundaries(string service, string histogram) =>
        $"group by (le) ({Known(histogram)}_bucket{{service={Quoted(service)}}})";

    /// <summary>What its routers count, when they count anything: they see too what never reached the service.</summary>
    private string Routed(string service, string window) =>
        $"(sum(rate({Names.TraefikRouterRequests}{{service={service}}}[{window}])) > 0)";

    private static string Count(string histogram, string service, string window) =>
        $"sum(rate({histogram}_count{{service={service},{ServiceQueries.Answers}}}[{window}]))";

    private string Histogram(ServiceIndicator indicator) => Known(indicator.Histogram ?? Names.RequestDuration);

    // Names come from the options, never from who asks.
    private string Known(string histogram) =>
        Histograms.FirstOrDefault(name => name == histogram)
        ?? throw new ArgumentException(
            $"\"{histogram}\" is none of {string.Join(", ", Histograms)}.",
            nameof(histogram)
        );

    /// <summary>Client libraries write the same boundary as 2 or as 2.0.</summary>
    private static string Boundary(double seconds)
    {
        var text = seconds.ToString("R", CultureInfo.InvariantCulture);
        var escaped = text.Replace(".", "\\.", StringComparison.Ordinal);
        return text.Contains('.', StringComparison.Ordinal) ? escaped : $"{escaped}(\\.0)?";
    }

    private static string Quoted(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\"";
}
