using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Ui.Data;

namespace Sevensa.Dashboard.Features.Metrics.Contracts;

/// <summary>What changed for a tenant: releases as the metrics show them, and actions that ended.</summary>
public interface IRecentChanges
{
    /// <summary>Newest first.</summary>
    /// <exception cref="Platform.Http.UpstreamException">Prometheus did not answer.</exception>
    Task<IReadOnlyList<LastChange>> SinceAsync(
        TenantScope scope,
        string tenant,
        DateTimeOffset since,
        CancellationToken cancellation
    );
}

/// <summary>An alert that fired.</summary>
/// <param name="Severity">As the rule labels it; empty when it does not.</param>
/// <param name="Since">When it was first seen firing; the start of the look when it did before.</param>
/// <param name="Until">Null while it fires.</param>
public sealed record AlertSighting(
    string Tenant,
    string Service,
    string Name,
    string Severity,
    DateTimeOffset Since,
    DateTimeOffset? Until
);

/// <summary>Alerts of a scope as the metrics show them.</summary>
public interface IAlertSightings
{
    /// <summary>Those that fired in a stretch of time, newest first.</summary>
    /// <exception cref="Platform.Http.UpstreamException">Prometheus did not answer.</exception>
    Task<IReadOnlyList<AlertSighting>> BetweenAsync(
        TenantScope scope,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellation
    );
}

/// <param name="Day">In UTC.</param>
/// <param name="Share">0–1: time up times requests answered well; null when nothing is known of the day.</param>
public sealed record DayAvailability(DateOnly Day, double? Share);

/// <param name="Days">Oldest first; the last is today.</param>
public sealed record ServiceDays(string Service, IReadOnlyList<DayAvailability> Days)
{
    /// <summary>Of the days of which something is known.</summary>
    public double? Share =>
        Days.Any(day => day.Share is not null)
            ? Days.Where(day => day.Share is not null).Average(day => day.Share)
            : null;
}

/// <summary>Availability day by day.</summary>
public interface IAvailability
{
    /// <summary>Every service of the registry in its order, then what else Prometheus knows of the tenant, over the last <paramref name="days"/> days.</summary>
    /// <exception cref="Platform.Http.UpstreamException">Prometheus did not answer.</exception>
    Task<IReadOnlyList<ServiceDays>> DaysAsync(
        TenantScope scope,
        string tenant,
        int days,
        CancellationToken cancellation
    );
}

/// <summary>
/// A tenant's health and what surrounds it, kept current for all who look: one question however many circuits. The
/// tenant's id must have passed <see cref="ITenantScopes.ForAsync"/> for the viewer before.
/// </summary>
public interface IHealthFeeds
{
    FeedView<TenantHealth> Health(string tenant, Action changed);

    /// <summary>Ninety days.</summary>
    FeedView<IReadOnlyList<ServiceDays>> Days(string tenant, Action changed);

    /// <summary>Thirty days, newest first.</summary>
    FeedView<IReadOnlyList<LastChange>> Changes(string tenant, Action changed);

    /// <summary>The last 24 hours, newest first.</summary>
    FeedView<IReadOnlyList<AlertSighting>> Alerts(string tenant, Action changed);
}
