using System.Net;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Metrics.Prometheus;

/// <summary>Prometheus answers when it has read everything, or says why it stays with what it had.</summary>
internal sealed class PrometheusReload(PrometheusClient client) : IRuleReload
{
    // It is no tenant's matter, and asks no data: no X-Scope-OrgID goes with it.
    private const TenantScope Nobody = null!;

    public async Task ReloadAsync(CancellationToken cancellation)
    {
        using var answer = await client.PassAsync(HttpMethod.Post, "-/reload", Nobody, [], cancellation);
        if (answer.IsSuccessStatusCode)
        {
            return;
        }
        throw PrometheusClient.Terms.Refusal(
            (int)answer.StatusCode,
            UpstreamTerms.Words(await UpstreamTerms.BodyAsync(answer, cancellation)),
            answer.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed
                ? "Start Prometheus with --web.enable-lifecycle."
                : null
        );
    }
}
