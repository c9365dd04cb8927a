using System.Globalization;

namespace Sevensa.Dashboard.Sandbox.Fleet;

/// <summary>Series of services: requests and durations as the services and Traefik count them, certificates, up.</summary>
internal static class ServiceMetrics
{
    private static readonly double[] Durations =
    [
        0.005,
        0.01,
        0.025,
        0.05,
        0.1,
        0.15,
        0.2,
        0.25,
        0.3,
        0.4,
        0.5,
        0.75,
        1,
        1.5,
        2.5,
        5,
        10,
        double.PositiveInfinity,
    ];

    private static readonly double[] CertificateDurations =
    [
        0.25,
        0.5,
        0.75,
        1,
        1.25,
        1.5,
        1.75,
        2,
        2.25,
        2.5,
        3,
        4,
        6,
        10,
        double.PositiveInfinity,
    ];

    /// <summary>Parts of all requests by method, and by status code among the good and the bad ones.</summary>
    private static readonly (string Method, string Code, double OfGood, double OfBad)[] Kinds =
    [
        ("GET", "200", 0.74, 0),
        ("POST", "200", 0.12, 0),
        ("POST", "201", 0.07, 0),
        ("GET", "304", 0.05, 0),
        ("GET", "404", 0.015, 0),
        ("POST", "400", 0.005, 0),
        ("GET", "500", 0, 0.55),
        ("POST", "500", 0, 0.25),
        ("GET", "503", 0, 0.2),
    ];

    public static IEnumerable<MetricSeries> Requests(ServiceTimeline service, string name, LabelSet labels)
    {
        foreach (var (method, code, good, bad) in Kinds)
        {
            yield return Counter(
                service,
                labels.With("__name__", name).With("method", method).With("code", code),
                service.Profile.RequestsPerSecond,
                b => Same((good * (1 - b.ErrorRatio)) + (bad * b.ErrorRatio))
            );
        }
    }

    public static IEnumerable<MetricSeries> DurationBuckets(ServiceTimeline service, string name, LabelSet labels) =>
        Buckets(service, name, labels, Durations, service.Profile.RequestsPerSecond);

    public static IEnumerable<MetricSeries> CertificateBuckets(ServiceTimeline service, string name, LabelSet labels) =>
        Buckets(service, name, labels, CertificateDurations, CertificatesPerSecond);

    public static IEnumerable<MetricSeries> Sum(ServiceTimeline s, string name, LabelSet labels, double rate) =>
        [Counter(s, labels.With("__name__", name), rate, b => b.Mean())];

    public static IEnumerable<MetricSeries> Count(ServiceTimeline s, string name, LabelSet labels, double rate) =>
        [Counter(s, labels.With("__name__", name), rate, _ => (1, 1))];

    public static IEnumerable<MetricSeries> Queue(ServiceTimeline service, string name, LabelSet labels) =>
        [
            new(
                labels.With("__name__", name),
                t =>
                {
                    var index = service.IndexAt(t);
                    if (index < 0)
                    {
                        return double.NaN;
                    }
                    var behaviour = service.Eras[index].Behaviour;
                    var pressure = Math.Max(0, (behaviour.MiddayP95 - 1.4) * 28) * Rhythm.Midday(t);
                    return Math.Round(
                        Math.Max(0, pressure + 2 + ((2 + (pressure / 4)) * Noise.Smooth(service.Seed, t / 240)))
                    );
                }
            ),
        ];

    /// <summary>0 while a service of the fleet's history does not answer, so that availability is its average.</summary>
    public static MetricSeries Up(ServiceTimeline service, LabelSet labels, double origin) =>
        new(
            labels.With("__name__", "up"),
            t =>
                t < origin ? double.NaN
                : service.Up(t) ? 1
                : 0
        );

    public const double CertificatesPerSecond = 0.9;

    private static IEnumerable<MetricSeries> Buckets(
        ServiceTimeline service,
        string name,
        LabelSet labels,
        double[] bounds,
        double rate
    ) =>
        bounds.Select(bound =>
            Counter(
                service,
                labels
                    .With("__name__", name)
                    .With("le", double.IsInfinity(bound) ? "+Inf" : bound.ToString(CultureInfo.InvariantCulture)),
                rate,
                b => b.Within(bound),
                slow: !double.IsInfinity(bound)
            )
        );

    private static MetricSeries Counter(
        ServiceTimeline service,
        LabelSet labels,
        double rate,
        Func<Behaviour, (double, double)> weight,
        bool slow = false
    )
    {
        var weights = service.Weights(weight);
        return new MetricSeries(labels, t => service.Counter(t, rate, weights, slow));
    }

    private static (double, double) Same(double value) => (value, value);
}
