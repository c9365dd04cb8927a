using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Ui.Data;

namespace Sevensa.Dashboard.Features.Metrics.Panels;

/// <summary>A tenant's health and what surrounds it, kept current for all who look. Callers have asked for the scope before.</summary>
internal sealed class HealthFeeds(Feeds feeds, IServiceScopeFactory services, ITenantScopes scopes, TimeProvider time)
    : IHealthFeeds
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Slowly = TimeSpan.FromMinutes(1);

    public FeedView<TenantHealth> Health(string tenant, Action changed) =>
        Watch<TenantHealth>(
            "health",
            tenant,
            Every,
            changed,
            (provider, scope, cancellation) =>
                provider.GetRequiredService<ITenantHealth>().OfAsync(scope, tenant, cancellation)
        );

    public FeedView<IReadOnlyList<ServiceDays>> Days(string tenant, Action changed) =>
        Watch(
            "days",
            tenant,
            Slowly,
            changed,
            (provider, scope, cancellation) =>
                provider.GetRequiredService<IAvailability>().DaysAsync(scope, tenant, 90, cancellation)
        );

    public FeedView<IReadOnlyList<LastChange>> Changes(string tenant, Action changed) =>
        Watch(
            "changes",
            tenant,
            Every * 3,
            changed,
            (provider, scope, cancellation) =>
                provider
                    .GetRequiredService<IRecentChanges>()
                    .SinceAsync(scope, tenant, time.GetUtcNow().AddDays(-30), cancellation)
        );

    /// <summary>Of the last 24 hours.</summary>
    public FeedView<IReadOnlyList<AlertSighting>> Alerts(string tenant, Action changed) =>
        Watch(
            "alerts",
            tenant,
            Every * 3,
            changed,
            (provider, scope, cancellation) =>
                provider
                    .GetRequiredService<IAlertSightings>()
                    .BetweenAsync(scope, time.GetUtcNow().AddDays(-1), time.GetUtcNow(), cancellation)
        );

    private FeedView<T> Watch<T>(
        string what,
        string tenant,
        TimeSpan every,
        Action changed,
        Func<IServiceProvider, TenantScope, CancellationToken, Task<T>> ask
    )
    {
        var scope = scopes.ForSystem(tenant);
        return feeds.Watch<T>(
            (what, tenant),
            every,
            async (_, cancellation) =>
            {
                await using var lifetime = services.CreateAsyncScope();
                var value = await ask(lifetime.ServiceProvider, scope, cancellation);
                return Loadable.Ready(value, time.GetUtcNow());
            },
            changed
        );
    }
}
