using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Metrics;

/// <summary>Health of a tenant as the client portal shows it. Clients may ask for their own.</summary>
internal static class HealthApi
{
    public static void MapHealthApi(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/tenants/{tenant}/health", Health)
            .RequireAuthorization(Policies.Portal)
            .WithSummary("State, availability, latency, errors, open alerts and last change of a tenant");

    private static async Task<HealthAnswer> Health(
        string tenant,
        ICurrentCaller callers,
        ITenantScopes scopes,
        ITenantHealth health,
        IEnumerable<ILastChange> changes,
        CancellationToken cancellation
    )
    {
        var scope = await scopes.ForAsync(await callers.GetAsync(cancellation), tenant, cancellation);
        var now = await health.OfAsync(scope, tenant, cancellation);
        LastChange? last = null;
        foreach (var source in changes)
        {
            last =
                await source.OfAsync(scope, tenant, cancellation) is { } found && (last is null || found.At > last.At)
                    ? found
                    : last;
        }
        return new HealthAnswer(
            tenant,
            now.State,
            new AvailabilityAnswer(now.Availability24h, now.Availability7d, now.Availability30d),
            new AvailabilityAnswer(now.Measured.Day, now.Measured.Week, now.Measured.Month),
            now.LatencyP95Seconds is { } seconds ? Math.Round(seconds * 1000, 1) : null,
            now.ErrorShare,
            now.OpenAlerts,
            last,
            now.Reasons,
            now.At
        );
    }

    /// <param name="Measured">How much of each window there are figures of, 0–1; an availability holds for that time only.</param>
    /// <param name="LatencyP95Ms">Worst service's 95th percentile, milliseconds.</param>
    /// <param name="ErrorRate">Share of requests that failed, 0–1.</param>
    private sealed record HealthAnswer(
        string Tenant,
        HealthState State,
        AvailabilityAnswer Availability,
        AvailabilityAnswer Measured,
        double? LatencyP95Ms,
        double? ErrorRate,
        int OpenAlerts,
        LastChange? LastChange,
        IReadOnlyList<string> Reasons,
        DateTimeOffset At
    );

    /// <summary>Shares, 0–1, over the last day, week and month; null when not known.</summary>
    private sealed record AvailabilityAnswer(
        [property: System.Text.Json.Serialization.JsonPropertyName("24h")] double? Day,
        [property: System.Text.Json.Serialization.JsonPropertyName("7d")] double? Week,
        [property: System.Text.Json.Serialization.JsonPropertyName("30d")] double? Month
    );
}
