using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using ZiggyCreatures.Caching.Fusion;

namespace Sevensa.Dashboard.Features.Metrics;

/// <summary>Ninety bars are ninety long windows: asked once in some minutes for everybody.</summary>
internal sealed class DailyAvailability(
    IMetrics metrics,
    ServiceQueries queries,
    ITenants tenants,
    IFusionCache cache,
    TimeProvider time
) : IAvailability
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    public async Task<IReadOnlyList<ServiceDays>> DaysAsync(
        TenantScope scope,
        string tenant,
        int days,
        CancellationToken cancellation
    )
    {
        var one = scope.Narrow(tenant);
        return await cache.GetOrSetAsync<IReadOnlyList<ServiceDays>>(
            $"days|{tenant}|{days}|{Today:O}",
            async (_, token) => await LookAsync(one, tenant, days, token),
            entry => entry.SetDuration(TimeSpan.FromMinutes(5)).SetSize(1),
            cancellation
        );
    }

    private DateOnly Today => DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);

    private async Task<IReadOnlyList<ServiceDays>> LookAsync(
        TenantScope scope,
        string tenant,
        int days,
        CancellationToken cancellation
    )
    {
        var today = Today;
        // A point covers the day before it, so today's is the coming midnight's.
        var end = new DateTimeOffset(today.AddDays(1).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        var series = await metrics.RangeAsync(
            scope,
            queries.Availability("1d"),
            end - Day * (days - 1),
            end,
            Day,
            cancellation
        );
        var known = (await tenants.AllAsync(cancellation)).First(found => found.Id == tenant).Services.ToList();
        var found = series.ToLookup(one => one.Labels.GetValueOrDefault("service", ""));
        var others = found
            .Select(one => one.Key)
            .Except(known)
            .Where(name => name.Length > 0)
            .Order(StringComparer.Ordinal);
        return [.. known.Concat(others).Select(name => new ServiceDays(name, Bars(found[name], today, days)))];
    }

    private static List<DayAvailability> Bars(IEnumerable<MetricSeries> series, DateOnly today, int days)
    {
        var shares = new Dictionary<DateOnly, double>();
        foreach (var one in series)
        {
            for (var i = 0; i < one.Times.Length; i++)
            {
                if (double.IsFinite(one.Values[i]))
                {
                    var at = DateTimeOffset.FromUnixTimeSeconds((long)one.Times[i]).UtcDateTime;
                    shares[DateOnly.FromDateTime(at).AddDays(-1)] = Math.Clamp(one.Values[i], 0, 1);
                }
            }
        }
        return
        [
            .. Enumerable
                .Range(0, days)
                .Select(back => today.AddDays(back - days + 1))
                .Select(day => new DayAvailability(day, shares.TryGetValue(day, out var share) ? share : null)),
        ];
    }
}
