using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Metrics.Behaviour;
using Sevensa.Dashboard.Features.Metrics.Changes;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Metrics.Explorer;
using Sevensa.Dashboard.Features.Metrics.Panels;
using Sevensa.Dashboard.Features.Metrics.Passage;
using Sevensa.Dashboard.Features.Metrics.Prometheus;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Metrics;

/// <summary>Prometheus per tenant: pages, panels, API, health.</summary>
internal static class MetricsFeature
{
    public static void AddMetrics(this WebApplicationBuilder builder)
    {
        builder.AddCheckedOptions<PrometheusOptions>("Prometheus");
        builder.AddCheckedOptions<MetricsOptions>("Metrics");
        builder.AddBehaviour();
        var services = builder.Services;
        services.AddFusionCache();
        services
            .AddHttpClient<PrometheusClient>(Configure)
            .AddUpstreamResilience(provider =>
                TimeSpan.FromSeconds(provider.GetRequiredService<IOptions<PrometheusOptions>>().Value.TimeoutSeconds)
            );
        services.AddSingleton<IUpstreamProbe, PrometheusProbe>();
        services.AddTransient<IPrometheusFacts, PrometheusFacts>();
        services.AddSingleton<ServiceQueries>();
        services.AddSingleton<ResourceQueries>();
        services.AddSingleton<IServiceIndicators, ServiceIndicators>();
        services.AddTransient<IRuleReload, PrometheusReload>();
        services.AddTransient<ScopedMetrics>();
        services.AddTransient<IMetrics>(provider => provider.GetRequiredService<ScopedMetrics>());
        services.AddTransient<ITrafficGauge>(provider => provider.GetRequiredService<ScopedMetrics>());
        services.AddTransient<ITenantHealth, TenantHealthFigures>();
        services.AddTransient<IAvailability, DailyAvailability>();
        services.AddTransient<IAlertSightings, AlertSightings>();
        services.AddTransient<ReleaseHistory>();
        services.AddTransient<TenantChanges>();
        services.AddTransient<IRecentChanges>(provider => provider.GetRequiredService<TenantChanges>());
        services.AddTransient<ILastChange>(provider => provider.GetRequiredService<TenantChanges>());
        services.AddSingleton<PromQlDialect>();
        services.AddSingleton<IPromQlReading>(provider => provider.GetRequiredService<PromQlDialect>());
        services.AddSingleton<QueryCheck>();
        services.AddTransient<ExplorerNames>();
        services.AddTransient<ExplorerAnswers>();
        services.AddSingleton<NativeHistograms>();
        services.AddSingleton<IPanelNotes, PanelNotes>();
        services.AddSingleton<IPanels, PanelFeeds>();
        services.AddSingleton(provider =>
        {
            var names = provider.GetRequiredService<IOptions<MetricsOptions>>().Value;
            return new MetricNames(
                names.Requests,
                names.FailedRequests,
                names.TraefikRouterRequests,
                names.RequestDuration,
                names.WorkingSet,
                names.MemoryLimit,
                names.Up
            )
            {
                Restarts = names.Restarts,
                ContainerHealth = names.ContainerHealth,
                DiskSize = names.NodeDiskSize,
                DiskAvailable = names.NodeDiskAvailable,
            };
        });
        services.AddSingleton<HealthFeeds>();
        services.AddSingleton<IHealthFeeds>(provider => provider.GetRequiredService<HealthFeeds>());
        services.AddSingleton<IToolSource, MetricTools>();
        services.AddSingleton<IToolSource, TrendTools>();
    }

    public static void MapMetrics(this IEndpointRouteBuilder app)
    {
        app.MapPrometheusApi();
        app.MapHealthApi();
    }

    private static void Configure(IServiceProvider provider, HttpClient http)
    {
        var options = provider.GetRequiredService<IOptions<PrometheusOptions>>().Value;
        if (string.IsNullOrWhiteSpace(options.Url))
        {
            return;
        }
        http.BaseAddress = new Uri(options.Url.TrimEnd('/') + "/");
        if (options.TokenFile is { Length: > 0 } token)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
                "Bearer",
                File.ReadAllText(token).Trim()
            );
        }
        else if (options.Username is { Length: > 0 } name)
        {
            var password = options.PasswordFile is { Length: > 0 } file ? File.ReadAllText(file).Trim() : "";
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
                "Basic",
                Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}"))
            );
        }
    }
}
