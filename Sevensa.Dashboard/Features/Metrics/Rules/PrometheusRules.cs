using System.Net;
using System.Text.Json;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Metrics.Prometheus;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using ZiggyCreatures.Caching.Fusion;

namespace Sevensa.Dashboard.Features.Metrics.Rules;

/// <summary>
/// Prometheus can't be asked for one tenant's rules: all are read, once for everybody who asks within a few seconds, and
/// nothing but a tenant's own part leaves this class.
/// </summary>
public sealed class PrometheusRules(PrometheusClient client, ITenants tenants, IFusionCache cache, Upstreams upstreams)
    : IPrometheusRules
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(4);
    private const string Key = "prometheus rules";

    public async Task<IReadOnlyList<PrometheusRule>> OfAsync(
        TenantScope scope,
        string tenant,
        CancellationToken cancellation
    )
    {
        var one = scope.Narrow(tenant);
        var all = await cache.GetOrSetAsync<IReadOnlyList<PrometheusRule>>(
            Key,
            async (_, token) => await ReadAsync(token),
            entry => entry.SetDuration(Fresh).SetSize(1),
            cancellation
        );
        var others = (await tenants.AllAsync(cancellation)).Select(known => known.Id).Where(id => id != tenant).ToList();
        return [.. all.Select(rule => RuleOwnership.Part(rule, one.Tenants[0], others)).OfType<PrometheusRule>()];
    }

    public async Task ReloadAsync(CancellationToken cancellation)
    {
        Require();
        using var answer = await client.PassAsync(HttpMethod.Post, "-/reload", NoScope, [], cancellation);
        await cache.RemoveAsync(Key, token: cancellation);
        if (answer.IsSuccessStatusCode)
        {
            return;
        }
        var words = (await answer.Content.ReadAsStringAsync(cancellation)).Trim();
        throw new UpstreamException(
            PrometheusClient.Name,
            UpstreamFault.Failed,
            words.Length > 0 ? Short(words) : $"HTTP {(int)answer.StatusCode} {answer.ReasonPhrase}",
            (int)answer.StatusCode,
            answer.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed
                ? "Start Prometheus with --web.enable-lifecycle."
                : null
        );
    }

    // The reload and the list of all rules are no tenant's: no X-Scope-OrgID goes with them.
    private const TenantScope NoScope = null!;

    private async Task<IReadOnlyList<PrometheusRule>> ReadAsync(CancellationToken cancellation)
    {
        Require();
        using var answer = await client.PassAsync(HttpMethod.Get, "api/v1/rules", NoScope, [], cancellation);
        var status = (int)answer.StatusCode;
        try
        {
            await using var body = await answer.Content.ReadAsStreamAsync(cancellation);
            using var json = await JsonDocument.ParseAsync(body, cancellationToken: cancellation);
            if (!answer.IsSuccessStatusCode)
            {
                throw Told(
                    status is >= 400 and < 500 ? UpstreamFault.Refused : UpstreamFault.Failed,
                    json.RootElement.TryGetProperty("error", out var error) ? error.ToString() : $"HTTP {status}",
                    status
                );
            }
            var rules = RuleReader.Read(json.RootElement.GetProperty("data"));
            upstreams.Good(PrometheusClient.Name);
            return rules;
        }
        catch (Exception exception)
            when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw answer.IsSuccessStatusCode
                ? Told(
                    UpstreamFault.Garbled,
                    $"The list of rules is not what Prometheus sends: {exception.Message}",
                    status
                )
                : Told(UpstreamFault.Failed, $"HTTP {status} {answer.ReasonPhrase}", status);
        }
    }

    private void Require()
    {
        if (!client.IsConfigured)
        {
            throw new UpstreamException(
                PrometheusClient.Name,
                UpstreamFault.NotConfigured,
                "Prometheus has no address.",
                remedy: "Set Prometheus:Url."
            );
        }
    }

    private UpstreamException Told(UpstreamFault fault, string words, int status)
    {
        var exception = new UpstreamException(PrometheusClient.Name, fault, Short(words), status);
        upstreams.Bad(exception);
        return exception;
    }

    private static string Short(string words) => words.Length > 1000 ? words[..1000] + "…" : words;
}
