using System.Globalization;

namespace Sevensa.Dashboard.Features.Metrics.Behaviour;

/// <summary>A figure of services that has a usual band, and when it is out of it by so much that somebody should look.</summary>
/// <param name="Name">As people call it.</param>
/// <param name="PromQl">Of the last hour, by tenant and service.</param>
internal sealed record Measure(string Name, string PromQl, Func<double, UsualBand, Unusual?> Judge)
{
    /// <summary>Of fewer requests a second, a share of failed ones says nothing.</summary>
    public const double LeastForErrors = 0.02;

    public const string Errors = "errors";

    private static readonly TimeSpan hour = TimeSpan.FromHours(1);

    public static IReadOnlyList<Measure> All(ServiceQueries queries, MetricsOptions names) =>
        [
            new("requests", queries.Of(Contracts.ServiceMetric.RequestRate, hour), Requests),
            new(Errors, queries.Of(Contracts.ServiceMetric.ErrorShare, hour), Failed),
            new("restarts", $"sum by (tenant, service) (increase({names.Restarts}[1h]))", Restarts),
        ];

    private static Unusual? Requests(double now, UsualBand usual)
    {
        var seen = string.Create(
            CultureInfo.InvariantCulture,
            $"{now:0.##} requests a second in the last hour; at this time of day it was {usual.Low:0.##} to {usual.High:0.##} on {usual.Days} days."
        );
        return now > Math.Max(2 * usual.High, usual.High + 0.2)
                ? new Unusual(
                    "Many requests",
                    seen,
                    "A campaign or an import, or somebody who tries or drains it. Look at who asks in its log and at the proxy."
                )
            : usual.Low > 0.2 && now < usual.Low / 2
                ? new Unusual(
                    "Few requests",
                    seen,
                    "A holiday, or its way in is shut or leads elsewhere. Look at the proxy's rules and at the service itself."
                )
            : null;
    }

    private static Unusual? Failed(double now, UsualBand usual) =>
        now > Math.Max(2 * usual.High, usual.High + 0.05)
            ? new Unusual(
                "Many errors",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{now:0.#%} of its requests failed in the last hour; at this time of day it was at most {usual.High:0.#%} on {usual.Days} days."
                ),
                "A release or something it needs that fails, or somebody who tries what breaks it. Look at its log and at what changed."
            )
            : null;

    private static Unusual? Restarts(double now, UsualBand usual) =>
        now > Math.Max(2 * usual.High, usual.High + 2)
            ? new Unusual(
                "Many restarts",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{now:0} restarts in the last hour; at this time of day it was at most {usual.High:0} on {usual.Days} days."
                ),
                "It runs out of memory or fails at its start, or somebody makes it fall. Look at its log and its memory."
            )
            : null;
}

/// <summary>A figure out of its band, as <see cref="Identity.Contracts.ServiceOddity"/> has it.</summary>
internal sealed record Unusual(string What, string Detail, string Meaning);
