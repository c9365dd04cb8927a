using System.Globalization;

namespace Sevensa.Dashboard.Sandbox.Fleet;

/// <summary>An alerting rule of the simulated Prometheus; its value is what its expression yields.</summary>
internal sealed record AlertRule(
    string Name,
    string Query,
    double ForSeconds,
    string Severity,
    string Summary,
    Func<FleetMetrics, IEnumerable<(LabelSet Labels, Func<double, double> Value)>> Over,
    Func<double, bool> Fires
);

/// <remarks>Since: When the condition began to hold, Unix seconds.</remarks>
internal sealed record FleetAlert(AlertRule Rule, LabelSet Labels, string State, double Since, double Value);

internal static class AlertRules
{
    private const double LookBack = 3 * Rhythm.Day;

    public static IReadOnlyList<AlertRule> All { get; } =
    [
        new(
            "ServiceLatencyHigh",
            "histogram_quantile(0.95, sum by (tenant, service, le) (rate(http_request_duration_seconds_bucket{tenant=\"rentguy\"}[5m]))) > 0.5",
            600,
            "warning",
            "p95 of {{ $labels.tenant }}/{{ $labels.service }} is {{ $value | humanizeDuration }}",
            m => ServicesOf(m, p => p is { Tenant: "rentguy", RequestsPerSecond: > 0 }, P95),
            v => v > 0.5
        ),
        new(
            "ErrorRateHigh",
            "sum by (tenant, service) (rate(http_requests_total{code=~\"5..\"}[5m])) / sum by (tenant, service) (rate(http_requests_total[5m])) > 0.01",
            600,
            "critical",
            "{{ $value | humanizePercentage }} of requests to {{ $labels.tenant }}/{{ $labels.service }} fail",
            m => ServicesOf(m, p => p.RequestsPerSecond > 0, (s, t) => Now(s, t, b => b.ErrorRatio)),
            v => v > 0.01
        ),
        new(
            "ContainerMemoryNearLimit",
            "container_memory_working_set_bytes / (container_spec_memory_limit_bytes > 0) > 0.85",
            900,
            "warning",
            "{{ $labels.name }} uses {{ $value | humanizePercentage }} of its memory limit",
            m =>
                m.Containers.Where(c => c.Container.MemoryLimit > 0)
                    .Select(c =>
                        (
                            LabelSet.Of(
                                ("tenant", c.Container.Tenant),
                                ("service", c.Container.Service),
                                ("host", c.Container.Host),
                                ("name", c.Container.Name)
                            ),
                            (Func<double, double>)(t => c.Memory(t) / c.Limit(t))
                        )
                    ),
            v => v > 0.85
        ),
        new(
            "CertificateGenerationSlow",
            "histogram_quantile(0.95, sum by (tenant, service, le) (rate(psra_certificate_generation_seconds_bucket[5m]))) > 2",
            300,
            "critical",
            "Certificates take {{ $value | humanizeDuration }} at p95; the agreement is 2 s",
            m => ServicesOf(m, p => p is { Tenant: "psra-ltsd", Service: "certificate-worker" }, P95),
            v => v > 2
        ),
        new(
            "ServiceDown",
            "up{tenant!=\"\"} == 0",
            60,
            "critical",
            "{{ $labels.tenant }}/{{ $labels.service }} does not answer",
            m => ServicesOf(m, _ => true, (s, t) => s.Up(t) ? 1 : 0),
            v => v == 0
        ),
    ];

    public static IEnumerable<FleetAlert> At(FleetMetrics metrics, double t) =>
        from rule in All
        from series in rule.Over(metrics)
        let value = series.Value(t)
        where rule.Fires(value)
        let since = Since(rule, series.Value, t)
        select new FleetAlert(
            rule,
            LabelSet.From([
                .. series.Labels.Pairs.ToArray(),
                new("alertname", rule.Name),
                new("severity", rule.Severity),
            ]),
            t - since >= rule.ForSeconds ? "firing" : "pending",
            since,
            value
        );

    public static IEnumerable<MetricSeries> Series(FleetMetrics metrics, SimulatedFleet fleet) =>
        from rule in All
        from series in rule.Over(metrics)
        from state in new[] { "firing", "pending" }
        select new MetricSeries(
            LabelSet.From([
                .. series.Labels.Pairs.ToArray(),
                new("__name__", "ALERTS"),
                new("alertname", rule.Name),
                new("alertstate", state),
                new("severity", rule.Severity),
            ]),
            t =>
                t >= fleet.Origin && rule.Fires(series.Value(t)) && Held(rule, series.Value, t) == (state == "firing")
                    ? 1
                    : double.NaN
        );

    /// <summary>The rule's sentence with the figures of one alert.</summary>
    public static string Summary(FleetAlert alert)
    {
        var text = alert.Rule.Summary;
        foreach (var (name, value) in alert.Labels.Pairs)
        {
            text = text.Replace($"{{{{ $labels.{name} }}}}", value, StringComparison.Ordinal);
        }
        return text.Replace(
                "{{ $value | humanizePercentage }}",
                Shown(alert.Value * 100, "%"),
                StringComparison.Ordinal
            )
            .Replace("{{ $value | humanizeDuration }}", Shown(alert.Value, " s"), StringComparison.Ordinal);
    }

    private static string Shown(double value, string unit) =>
        value.ToString("0.##", CultureInfo.InvariantCulture) + unit;

    private static IEnumerable<(LabelSet, Func<double, double>)> ServicesOf(
        FleetMetrics metrics,
        Func<ServiceProfile, bool> which,
        Func<ServiceTimeline, double, double> value
    ) =>
        FleetCatalogue
            .Services.Where(which)
            .Select(p =>
            {
                var service = metrics.Service(p);
                return (
                    LabelSet.Of(("tenant", p.Tenant), ("service", p.Service)),
                    (Func<double, double>)(t => value(service, t))
                );
            });

    private static double P95(ServiceTimeline service, double t) =>
        Now(service, t, b => b.P95 + ((b.MiddayP95 - b.P95) * Rhythm.Midday(t)));

    private static double Now(ServiceTimeline service, double t, Func<Behaviour, double> value) =>
        service.IndexAt(t) is >= 0 and var i ? value(service.Eras[i].Behaviour) : double.NaN;

    private static bool Held(AlertRule rule, Func<double, double> value, double t)
    {
        for (var back = 15.0; back <= rule.ForSeconds; back += Math.Max(15, rule.ForSeconds / 8))
        {
            if (!rule.Fires(value(t - back)))
            {
                return false;
            }
        }
        return rule.Fires(value(t - rule.ForSeconds));
    }

    private static double Since(AlertRule rule, Func<double, double> value, double t)
    {
        // Evaluated every 30 s, as the rule group is.
        var at = Math.Floor(t / 30) * 30;
        var step = 30.0;
        while (t - at < LookBack && rule.Fires(value(at - step)))
        {
            at -= step;
        }
        return at;
    }
}
