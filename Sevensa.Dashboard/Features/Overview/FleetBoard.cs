using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Ui.Data;

namespace Sevensa.Dashboard.Features.Overview;

/// <summary>One tenant on the overview.</summary>
/// <param name="Health">Null while Prometheus has not answered for it yet.</param>
/// <param name="Trend">Worst service's p95 over four hours, evenly spaced; NaN is a gap.</param>
/// <param name="TrendUntil">End of the trend; it is asked again when its grid moves on.</param>
/// <param name="ChangeAt">When the last change was looked for.</param>
public sealed record BoardRow(
    Tenant Tenant,
    TenantHealth? Health,
    double[] Trend,
    DateTimeOffset TrendUntil,
    LastChange? LastChange,
    DateTimeOffset ChangeAt,
    IReadOnlyList<string> Hosts
);

/// <summary>All tenants at a glance, worked out once for everybody; pages show the rows that their viewer may see.</summary>
internal sealed class FleetBoard(
    Feeds feeds,
    IServiceScopeFactory services,
    ITenants tenants,
    ITenantScopes scopes,
    TimeProvider time
)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan TrendSpan = TimeSpan.FromHours(4);
    private static readonly TimeSpan TrendStep = TimeSpan.FromMinutes(6);
    private static readonly TimeSpan ChangeEvery = TimeSpan.FromSeconds(30);

    /// <summary>The newest answer that anybody got, for what must not wait (the navigation); empty at first.</summary>
    public IReadOnlyDictionary<string, TenantHealth> Known { get; private set; } =
        new Dictionary<string, TenantHealth>();

    public FeedView<IReadOnlyList<BoardRow>> Watch(Action changed) =>
        feeds.Watch<IReadOnlyList<BoardRow>>("overview", Every, AskAsync, changed);

    private async Task<Loadable<IReadOnlyList<BoardRow>>> AskAsync(
        Loadable<IReadOnlyList<BoardRow>> known,
        CancellationToken cancellation
    )
    {
        var before = (known.Value ?? []).ToDictionary(row => row.Tenant.Id);
        var all = await tenants.AllAsync(cancellation);
        var asked = await Task.WhenAll(
            all.Select(tenant => RowAsync(tenant, before.GetValueOrDefault(tenant.Id), cancellation))
        );
        IReadOnlyList<BoardRow> rows = [.. asked.Select(one => one.Row)];
        Known = rows.Where(row => row.Health is not null).ToDictionary(row => row.Tenant.Id, row => row.Health!);
        var faults = asked.Select(one => one.Fault).OfType<UpstreamException>().ToList();
        if (faults.Count == 0)
        {
            return Loadable.Ready(rows, time.GetUtcNow());
        }
        // What was known stays, with its age; tenants without any figure yet are shown as unknown, with the reason.
        return known.HasValue
            ? (known with { Value = rows }).FailedWith(faults[0].Problem())
            : Loadable.Ready(rows).FailedWith(faults[0].Problem());
    }

    private async Task<(BoardRow Row, UpstreamException? Fault)> RowAsync(
        Tenant tenant,
        BoardRow? before,
        CancellationToken cancellation
    )
    {
        var row = (before ?? new BoardRow(tenant, null, [], default, null, default, [])) with { Tenant = tenant };
        await using var lifetime = services.CreateAsyncScope();
        var provider = lifetime.ServiceProvider;
        row = row with { Hosts = HostsOf(provider, tenant.Id) };
        try
        {
            var scope = scopes.ForSystem(tenant.Id);
            row = row with
            {
                Health = await provider.GetRequiredService<ITenantHealth>().OfAsync(scope, tenant.Id, cancellation),
            };
            row = await WithTrendAsync(provider.GetRequiredService<IMetrics>(), scope, row, cancellation);
            return (await WithChangeAsync(provider, scope, row, cancellation), null);
        }
        catch (UpstreamException fault)
        {
            return (row, fault);
        }
    }

    private async Task<BoardRow> WithTrendAsync(
        IMetrics metrics,
        TenantScope scope,
        BoardRow row,
        CancellationToken cancellation
    )
    {
        var now = time.GetUtcNow();
        var until = new DateTimeOffset(now.UtcTicks - now.UtcTicks % TrendStep.Ticks, TimeSpan.Zero);
        if (row.TrendUntil == until)
        {
            return row;
        }
        var from = until - TrendSpan;
        var series = await metrics.RangeAsync(
            scope,
            $"max by (tenant) ({metrics.QueryOf(ServiceMetric.LatencyP95)})",
            from,
            until,
            TrendStep,
            cancellation
        );
        var trend = new double[(int)(TrendSpan / TrendStep) + 1];
        Array.Fill(trend, double.NaN);
        foreach (var one in series.Take(1))
        {
            for (var i = 0; i < one.Times.Length; i++)
            {
                var at = (int)Math.Round((one.Times[i] - from.ToUnixTimeSeconds()) / TrendStep.TotalSeconds);
                if (at >= 0 && at < trend.Length)
                {
                    trend[at] = one.Values[i];
                }
            }
        }
        return row with { Trend = trend, TrendUntil = until };
    }

    private async Task<BoardRow> WithChangeAsync(
        IServiceProvider provider,
        TenantScope scope,
        BoardRow row,
        CancellationToken cancellation
    )
    {
        var now = time.GetUtcNow();
        if (now - row.ChangeAt < ChangeEvery)
        {
            return row;
        }
        var last = row.LastChange;
        foreach (var source in provider.GetServices<ILastChange>())
        {
            if (
                await source.OfAsync(scope, row.Tenant.Id, cancellation) is { } found
                && (last is null || found.At >= last.At)
            )
            {
                last = found;
            }
        }
        return row with { LastChange = last, ChangeAt = now };
    }

    private static List<string> HostsOf(IServiceProvider provider, string tenant) =>
        [
            .. provider
                .GetServices<IFleet>()
                .SelectMany(fleet => fleet.ContainersOf(tenant))
                .Select(container => container.HostName)
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];
}
