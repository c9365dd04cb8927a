using System.Collections.Concurrent;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Automation.Forecasts;

/// <summary>Forecasts, each made once for a step of its load: the past does not change between two looks.</summary>
internal sealed class ForecastBook(LoadHistory history, TimeProvider time)
{
    private const int Most = 1000;

    private readonly ConcurrentDictionary<string, Page> pages = new(StringComparer.Ordinal);

    /// <summary>What a policy's load is expected to be, from the last step that is over on.</summary>
    /// <exception cref="Platform.Http.UpstreamException">Prometheus did not answer; keeps its words.</exception>
    /// <exception cref="QueryRefusedException">The expression can't be read any more.</exception>
    public async Task<LoadForecast> OfAsync(
        TenantScope scope,
        string tenant,
        PolicyDefinition policy,
        CancellationToken cancellation
    )
    {
        if (Known(tenant, policy) is { } known)
        {
            return known;
        }
        var (now, scale) = (time.GetUtcNow(), policy.Trigger.Scale!);
        var step = LoadHistory.Last(now);
        var past = await history.OfAsync(scope, policy.Trigger.Query!, policy.Services[0], scale, now, cancellation);
        var forecast = LoadForecast.Of(past, scale);
        if (pages.Count >= Most)
        {
            foreach (var (old, kept) in pages)
            {
                if (kept.Step != step)
                {
                    pages.TryRemove(old, out _);
                }
            }
        }
        if (pages.Count < Most)
        {
            pages[Key(tenant, policy)] = new Page(step, forecast);
        }
        return forecast;
    }

    /// <summary>What is known already of this step; null when that has to be asked for.</summary>
    public LoadForecast? Known(string tenant, PolicyDefinition policy) =>
        pages.TryGetValue(Key(tenant, policy), out var page) && page.Step == LoadHistory.Last(time.GetUtcNow())
            ? page.Forecast
            : null;

    private static string Key(string tenant, PolicyDefinition policy) =>
        $"{tenant}|{policy.Services[0]}|{policy.Trigger.Scale}|{policy.Trigger.Query}";

    private sealed record Page(DateTimeOffset Step, LoadForecast Forecast);
}
