using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Metrics.Prometheus;

internal sealed class PrometheusProbe(IServiceScopeFactory services) : IUpstreamProbe
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
        await scope.ServiceProvider.GetRequiredService<PrometheusClient>().VersionAsync(cancellation);
    }
}
