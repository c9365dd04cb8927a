using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Metrics.Prometheus;

/// <summary>Asks Prometheus for its version, and for what of the language it reads.</summary>
internal sealed class PrometheusProbe(IServiceScopeFactory services, PromQlDialect dialect) : IUpstreamProbe
{
    public string Name => PrometheusClient.Name;

    public string? Missing
    {
        get
        {
            using var scope = services.CreateScope();
            return scope.ServiceProvider.GetRequiredService<PrometheusClient>().IsConfigured
                ? null
                : "Set Prometheus:Url.";
        }
    }

    public async Task ProbeAsync(CancellationToken cancellation)
    {
        await using var scope = services.CreateAsyncScope();
        var client = scope.ServiceProvider.GetRequiredService<PrometheusClient>();
        await client.VersionAsync(cancellation);
        dialect.Learn(await client.FeaturesAsync(cancellation));
    }
}
