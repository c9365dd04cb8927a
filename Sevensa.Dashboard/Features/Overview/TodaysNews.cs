using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Ui.Data;

namespace Sevensa.Dashboard.Features.Overview;

/// <param name="Tenant">Id; null for what belongs to none, such as a host.</param>
internal sealed record NewsItem(DateTimeOffset At, string? Tenant, string Where, string Text);

/// <summary>What happened in the last day over all tenants: releases, actions, alerts, hosts that came and went.</summary>
internal sealed class TodaysNews(
    Feeds feeds,
    IServiceScopeFactory services,
    ITenants tenants,
    ITenantScopes scopes,
    TimeProvider time
)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    /// <summary>Newest first, 24 hours back; when a day starts is the viewer's matter.</summary>
    public FeedView<IReadOnlyList<NewsItem>> Watch(Action changed) =>
        feeds.Watch<IReadOnlyList<NewsItem>>("news", Every, AskAsync, changed);

    private async Task<Loadable<IReadOnlyList<NewsItem>>> AskAsync(
        Loadable<IReadOnlyList<NewsItem>> known,
        CancellationToken cancellation
    )
    {
        var now = time.GetUtcNow();
        var since = now.AddDays(-1);
        var all = await Task.WhenAll(
            (await tenants.AllAsync(cancellation)).Select(tenant => OfAsync(tenant, since, now, cancellation))
        );
        await using var lifetime = services.CreateAsyncScope();
        var hosts = lifetime.ServiceProvider.GetServices<IFleet>().SelectMany(fleet => fleet.Hosts);
        IReadOnlyList<NewsItem> news =
        [
            .. all.SelectMany(items => items)
                .Concat(hosts.Where(host => host.PresenceSince >= since).Select(Presence).OfType<NewsItem>())
                .OrderByDescending(item => item.At),
        ];
        return Loadable.Ready(news, now);
    }

    private async Task<IReadOnlyList<NewsItem>> OfAsync(
        Tenant tenant,
        DateTimeOffset since,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        await using var lifetime = services.CreateAsyncScope();
        var provider = lifetime.ServiceProvider;
        var scope = scopes.ForSystem(tenant.Id);
        var changes = await provider
            .GetRequiredService<IRecentChanges>()
            .SinceAsync(scope, tenant.Id, since, cancellation);
        var alerts = await provider.GetRequiredService<IAlertSightings>().BetweenAsync(scope, since, now, cancellation);
        return
        [
            .. changes.Select(change => new NewsItem(change.At, tenant.Id, tenant.Name, change.Text)),
            .. alerts
                .Where(alert => alert.Since > since + TimeSpan.FromMinutes(5))
                .Select(alert => new NewsItem(alert.Since, tenant.Id, tenant.Name, $"{On(alert)} fired")),
            .. alerts
                .Where(alert => alert.Until is not null)
                .Select(alert => new NewsItem(alert.Until!.Value, tenant.Id, tenant.Name, $"{On(alert)} ended")),
        ];
    }

    private static string On(AlertSighting alert) =>
        alert.Service.Length > 0 ? $"{alert.Name} on {alert.Service}" : alert.Name;

    private static NewsItem? Presence(DockerHost host) =>
        host.Presence switch
        {
            HostPresence.Connected => new(host.PresenceSince!.Value, null, host.Name, "runner connected"),
            HostPresence.Lost => new(host.PresenceSince!.Value, null, host.Name, "runner lost"),
            _ => null,
        };
}
