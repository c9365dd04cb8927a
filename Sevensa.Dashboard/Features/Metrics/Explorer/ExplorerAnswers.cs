using Sevensa.Dashboard.Features.Metrics.Prometheus;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using ZiggyCreatures.Caching.Fusion;

namespace Sevensa.Dashboard.Features.Metrics.Explorer;

/// <summary>What a query evaluates to at a moment, of whatever type, shared by all who ask the same within some seconds.</summary>
internal sealed class ExplorerAnswers(PrometheusClient client, IFusionCache cache)
{
    private const int Seconds = 5;

    public async Task<QueryAnswer> AtAsync(ScopedQuery query, DateTimeOffset at, CancellationToken cancellation)
    {
        var moment = DateTimeOffset.FromUnixTimeSeconds(at.ToUnixTimeSeconds() / Seconds * Seconds);
        return await cache.GetOrSetAsync<QueryAnswer>(
            $"at|{query.Scope.Key}|{moment.ToUnixTimeSeconds()}|{query.Text}",
            async (_, token) => await client.QueryAsync(query, moment, token),
            entry => entry.SetDuration(TimeSpan.FromSeconds(Seconds)).SetSize(1),
            cancellation
        );
    }
}
