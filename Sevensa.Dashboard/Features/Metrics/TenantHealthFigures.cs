using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Metrics.Prometheus;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Ui.Format;
using ZiggyCreatures.Caching.Fusion;

namespace Sevensa.Dashboard.Features.Metrics;

/// <summary>Health of a tenant: figures from Prometheus, judged against what was agreed with the tenant.</summary>
internal sealed class TenantHealthFigures(
    IMetrics metrics,
    PrometheusClient client,
    ServiceQueries queries,
    ITenants tenants,
    IEnumerable<IOpenAlerts> openAlerts,
    IFusionCache cache,
    TimeProvider time
) : ITenantHealth
{
    private const double HighMemory = 0.9;
    private const double HighErrors = 0.01;
    private const double CloseShare = 0.9;
    private const double AllErrors = 0.995;
    private const double ManyErrors = 0.5;

    /// <summary>Shorter than pages wait between two looks, or every other look would find the one before.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(4);

    public async Task<TenantHealth> OfAsync(TenantScope scope, string tenant, CancellationToken cancellation)
    {
        var one = scope.Narrow(tenant);
        return await cache.GetOrSetAsync<TenantHealth>(
            $"health|{tenant}",
            async (_, token) => await LookAsync(one, tenant, token),
            entry => entry.SetDuration(Fresh).SetSize(1),
            cancellation
        );
    }

    private async Task<TenantHealth> LookAsync(TenantScope scope, string tenant, CancellationToken cancellation)
    {
        var agreed = (await tenants.AllAsync(cancellation)).First(found => found.Id == tenant);
        var alerts = Task.WhenAll(openAlerts.Select(source => source.CountAsync(scope, tenant, cancellation)));
        var asking = Enum.GetValues<ServiceMetric>()
            .Select(async metric =>
                (Metric: metric, Found: await OrRefusedAsync(() => metrics.ServicesAsync(scope, metric, cancellation)))
            )
            .ToList();
        var measuring = Windows
            .Select(window => OrRefusedAsync(() => MeasuredAsync(scope, window, cancellation)))
            .ToList();
        var windows = await Task.WhenAll(
            Windows.Select(window => OrRefusedAsync(() => AvailabilityAsync(scope, window.Length, cancellation)))
        );
        var measured = await Task.WhenAll(measuring);
        var asked = await Task.WhenAll(asking);
        if (asked.All(one => one.Found.Fault is not null))
        {
            throw asked[0].Found.Fault!;
        }
        var now = asked.ToDictionary(
            one => one.Metric,
            one =>
                (one.Found.Value ?? []).ToDictionary(
                    sample => sample.Labels.GetValueOrDefault("service", ""),
                    sample => sample.Value
                )
        );
        var availability = windows.Select(one => one.Value?.Value).ToList();
        var services = agreed
            .Services.Union(now.Values.SelectMany(values => values.Keys))
            .Where(service => service.Length > 0)
            .Select(service =>
                Judge(service, agreed, now[ServiceMetric.RequestRate].Count > 0, metric => Finite(now[metric], service))
            )
            .ToList();
        var open = await alerts;
        var (firing, critical) = (open.Sum(one => one.All), open.Sum(one => one.Critical));
        var reasons = services.SelectMany(service => Reasons(service, agreed)).ToList();
        var spent = availability[2] < agreed.AvailabilityObjective;
        if (spent)
        {
            reasons.Add(
                $"{Number.Percent(availability[2])} of the requests of 30 days were answered well; {Number.Agreed(agreed.AvailabilityObjective!.Value)} was agreed."
            );
        }
        if (firing > 0)
        {
            reasons.Add(
                (firing == 1 ? "One alert is firing" : $"{firing} alerts are firing")
                    + (
                        critical == 0 ? "."
                        : critical == firing
                            ? firing == 1 ? ", a critical one."
                                : ", all critical."
                        : $", {critical} of them critical."
                    )
            );
        }
        reasons.AddRange(Unknowns(agreed, services, availability[2] is null && windows[2].Fault is null));
        reasons.AddRange(
            asked
                .Select(one => (Figure: Named(one.Metric), one.Found.Fault))
                .Concat(
                    Windows.Select((window, at) => (Figure: $"availability over {window.Words}", windows[at].Fault))
                )
                .Where(one => one.Fault is not null)
                .Select(one => $"Not known is the {one.Figure}: {one.Fault!.Message.TrimEnd('.')}.")
        );
        // What is known decides: of services nothing, and no alert, is no state at all.
        var state = new[]
        {
            services.Select(service => service.State).DefaultIfEmpty().Max(),
            spent ? HealthState.CloseToLimit : HealthState.Unknown,
            critical > 0 ? HealthState.Degraded
            : firing > 0 ? HealthState.CloseToLimit
            : HealthState.Unknown,
        }.Max();
        return new TenantHealth(
            tenant,
            state,
            availability[0],
            availability[1],
            availability[2],
            services.Max(service => service.LatencyP95Seconds),
            services.Max(service => service.ErrorShare),
            services.Any(service => service.RequestsPerSecond is not null)
                ? services.Sum(service => service.RequestsPerSecond ?? 0)
                : null,
            services.Max(service => service.MemoryShare),
            firing,
            reasons,
            services,
            time.GetUtcNow()
        )
        {
            Measured = new(measured[0].Value?.Value, measured[1].Value?.Value, measured[2].Value?.Value),
        };
    }

    /// <summary>What there is nothing to judge by is said: no news is no good news.</summary>
    private static IEnumerable<string> Unknowns(Tenant agreed, List<ServiceHealth> services, bool withoutRequests)
    {
        var unknown = services.Where(service => service.State == HealthState.Unknown).ToList();
        if (services.Count > 0 && unknown.Count == services.Count)
        {
            yield return "There are no figures of its services.";
        }
        else if (unknown.Count > 0)
        {
            yield return $"There are no figures of {string.Join(", ", unknown.Select(service => service.Service))}.";
        }
        if (withoutRequests && unknown.Count < services.Count)
        {
            yield return "No requests were measured, so its availability is not known.";
        }
        if (agreed is { AvailabilityObjective: null, LatencyObjectiveMs: null })
        {
            yield return "No objective is agreed, so nothing is held against one.";
        }
    }

    /// <summary>Windows of availability; how often each is looked at for figures.</summary>
    private static readonly (string Length, string Step, int Moments, string Words)[] Windows =
    [
        ("1d", "15m", 96, "24 hours"),
        ("7d", "2h", 84, "7 days"),
        ("30d", "6h", 120, "30 days"),
    ];

    private static string Named(ServiceMetric metric) =>
        metric switch
        {
            ServiceMetric.Cpu => "CPU time",
            ServiceMetric.Memory => "memory",
            ServiceMetric.MemoryShare => "share of the memory limit",
            ServiceMetric.RequestRate => "rate of requests",
            ServiceMetric.ErrorShare => "share of errors",
            ServiceMetric.LatencyP95 => "latency",
            ServiceMetric.MemoryLimit => "memory limit",
            _ => "reachability",
        };

    private readonly record struct Found<T>(T? Value, UpstreamException? Fault)
        where T : class;

    /// <summary>A value of a kind that has none of its own.</summary>
    private sealed record Figure(double? Value);

    /// <summary>One figure that Prometheus refuses, or takes too long for, costs that figure and not the others.</summary>
    private static async Task<Found<T>> OrRefusedAsync<T>(Func<Task<T>> ask)
        where T : class
    {
        try
        {
            return new(await ask(), null);
        }
        catch (UpstreamException fault)
            when (fault is { Fault: UpstreamFault.Refused } or { Fault: UpstreamFault.TimedOut, Status: not null })
        {
            return new(null, fault);
        }
    }

    private async Task<Figure> MeasuredAsync(
        TenantScope scope,
        (string Length, string Step, int Moments, string Words) window,
        CancellationToken cancellation
    )
    {
        var query = scope.PromQl(queries.Measured(window.Length, window.Step));
        return await cache.GetOrSetAsync<Figure>(
            $"measured|{scope.Key}|{query.Text}",
            async (_, token) =>
                (await client.QueryAsync(query, time.GetUtcNow(), token)).Samples.FirstOrDefault() is { } counted
                    ? new(Math.Min(1, counted.Value / window.Moments))
                    : new(0),
            entry => entry.SetDuration(TimeSpan.FromMinutes(5) - Fresh).SetSize(1),
            cancellation
        );
    }

    /// <summary>Long windows change slowly and cost Prometheus much: looked at every few minutes.</summary>
    private async Task<Figure> AvailabilityAsync(TenantScope scope, string window, CancellationToken cancellation)
    {
        var query = scope.PromQl(queries.FailedShare(window));
        return await cache.GetOrSetAsync<Figure>(
            $"availability|{scope.Key}|{query.Text}",
            async (_, token) =>
            {
                var samples = (await client.QueryAsync(query, time.GetUtcNow(), token)).Samples.ToList();
                return new(samples.Count == 1 && double.IsFinite(samples[0].Value) ? 1 - samples[0].Value : null);
            },
            entry => entry.SetDuration(TimeSpan.FromMinutes(window == "1d" ? 1 : 5) - Fresh).SetSize(1),
            cancellation
        );
    }

    /// <param name="counted">Requests are counted by service here, so that one without a count was passed none.</param>
    private static ServiceHealth Judge(string service, Tenant agreed, bool counted, Func<ServiceMetric, double?> figure)
    {
        var (latency, errors, memory) = (
            figure(ServiceMetric.LatencyP95),
            figure(ServiceMetric.ErrorShare),
            figure(ServiceMetric.MemoryShare)
        );
        var objective = agreed.LatencyObjectiveMs / 1000;
        var up = figure(ServiceMetric.Up);
        // By the router's count: it refuses what the service never gets to see. Where nothing is passed on, the rest of what
        // it answered is its middlewares' (a sign-in's 302, a 401).
        var unserved =
            errors >= AllErrors
            || figure(ServiceMetric.RequestRate) is null or 0 && errors > (counted ? HighErrors : ManyErrors);
        var state =
            up is 0 || unserved ? HealthState.Down
            : latency is null && errors is null && memory is null && up is null && figure(ServiceMetric.Memory) is null
                ? HealthState.Unknown
            : latency > objective || errors > HighErrors ? HealthState.Degraded
            : latency > objective * CloseShare || memory > HighMemory ? HealthState.CloseToLimit
            : HealthState.Healthy;
        return new ServiceHealth(
            service,
            state,
            latency,
            errors,
            figure(ServiceMetric.RequestRate),
            figure(ServiceMetric.Cpu),
            figure(ServiceMetric.Memory),
            memory,
            figure(ServiceMetric.MemoryLimit)
        );
    }

    private static IEnumerable<string> Reasons(ServiceHealth service, Tenant agreed)
    {
        if (service.State == HealthState.Down)
        {
            yield return service.ErrorShare is not { } share || share <= HighErrors
                ? $"{service.Service} does not answer."
            : service.RequestsPerSecond is null or 0
                ? $"{service.Service} is down: no request reaches it, and {Number.Percent(share)} end with an error."
            : $"{service.Service} is down: {Number.Percent(share)} of the requests to it end with an error.";
        }
        var (latency, objective) = (service.LatencyP95Seconds, agreed.LatencyObjectiveMs / 1000);
        if (latency > objective)
        {
            yield return $"{service.Service} takes {Duration.Seconds(latency)} at p95; {Duration.Seconds(objective)} was agreed.";
        }
        else if (latency > objective * CloseShare)
        {
            yield return $"{service.Service} takes {Duration.Seconds(latency)} at p95, close to the agreed {Duration.Seconds(objective)}.";
        }
        if (service.ErrorShare > HighErrors && service.State != HealthState.Down)
        {
            yield return $"{service.Service} fails {Number.Percent(service.ErrorShare)} of its requests.";
        }
        if (service.MemoryShare > HighMemory)
        {
            yield return $"{service.Service} uses {Number.Percent(service.MemoryShare)} of its memory limit.";
        }
    }

    private static double? Finite(Dictionary<string, double> values, string service) =>
        values.TryGetValue(service, out var value) && double.IsFinite(value) ? value : null;
}
