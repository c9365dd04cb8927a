using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Metrics.Prometheus;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Ui.Format;
using ZiggyCreatures.Caching.Fusion;

namespace Sevensa.Dashboard.Features.Metrics;

/// <summary>Health of a tenant: figures from Prometheus, judged against what was agreed with the tenant.</summary>
public sealed class TenantHealthFigures(
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
        var asked = Enum.GetValues<ServiceMetric>()
            .ToDictionary(metric => metric, metric => metrics.ServicesAsync(scope, metric, cancellation));
        var windows = new[] { "1d", "7d", "30d" }
            .Select(window => AvailabilityAsync(scope, window, cancellation))
            .ToList();
        var alerts = Task.WhenAll(openAlerts.Select(source => source.CountAsync(scope, tenant, cancellation)));
        var availability = await Task.WhenAll(windows);
        var now = new Dictionary<ServiceMetric, Dictionary<string, double>>();
        foreach (var (metric, samples) in asked)
        {
            now[metric] = (await samples).ToDictionary(
                sample => sample.Labels.GetValueOrDefault("service", ""),
                sample => sample.Value
            );
        }
        var services = agreed
            .Services.Union(now.Values.SelectMany(values => values.Keys))
            .Where(service => service.Length > 0)
            .Select(service => Judge(service, agreed, metric => Finite(now[metric], service)))
            .ToList();
        var firing = (await alerts).Sum();
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
            reasons.Add(firing == 1 ? "One alert is firing." : $"{firing} alerts are firing.");
        }
        return new TenantHealth(
            tenant,
            services.Count == 0 || services.All(service => service.State == HealthState.Unknown)
                ? HealthState.Unknown
                : (HealthState)
                    Math.Max((int)services.Max(service => service.State), (int)(spent ? HealthState.CloseToLimit : 0)),
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
        );
    }

    /// <summary>Long windows change slowly and cost Prometheus much: looked at every few minutes.</summary>
    private async Task<double?> AvailabilityAsync(TenantScope scope, string window, CancellationToken cancellation)
    {
        var query = scope.PromQl(queries.FailedShare(window));
        return await cache.GetOrSetAsync<double?>(
            $"availability|{scope.Key}|{query.Text}",
            async (_, token) =>
            {
                var samples = (await client.QueryAsync(query, time.GetUtcNow(), token)).Samples.ToList();
                return samples.Count == 1 && double.IsFinite(samples[0].Value) ? 1 - samples[0].Value : null;
            },
            entry => entry.SetDuration(TimeSpan.FromMinutes(window == "1d" ? 1 : 5) - Fresh).SetSize(1),
            cancellation
        );
    }

    private static ServiceHealth Judge(string service, Tenant agreed, Func<ServiceMetric, double?> figure)
    {
        var (latency, errors, memory) = (
            figure(ServiceMetric.LatencyP95),
            figure(ServiceMetric.ErrorShare),
            figure(ServiceMetric.MemoryShare)
        );
        var objective = agreed.LatencyObjectiveMs / 1000;
        var up = figure(ServiceMetric.Up);
        var state =
            up is 0 ? HealthState.Down
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
            yield return $"{service.Service} does not answer.";
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
        if (service.ErrorShare > HighErrors)
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
