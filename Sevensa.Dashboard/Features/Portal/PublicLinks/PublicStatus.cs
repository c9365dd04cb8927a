using Sevensa.Dashboard.Features.Alerts.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Portal.PublicLinks;

/// <param name="Days">Null when they can't be read at the moment.</param>
/// <param name="Notices">Published, and open or planned.</param>
/// <param name="Levels">Published objectives.</param>
internal sealed record PublicView(
    Tenant Tenant,
    TenantHealth? Health,
    IReadOnlyList<ServiceDays>? Days,
    IReadOnlyList<Incident> Notices,
    IReadOnlyList<ServiceLevel> Levels,
    DateTimeOffset At
);

/// <summary>What a public link shows: the portal's figures, read once for all who look, and nothing that names a host or a person.</summary>
internal sealed class PublicStatus(
    PublicLinkDesk desk,
    ITenants tenants,
    ITenantScopes scopes,
    ITenantHealth health,
    IAvailability availability,
    IIncidents incidents,
    IServiceLevels levels,
    TimeProvider time
)
{
    /// <summary>Null when the link opens nothing.</summary>
    public async Task<PublicView?> OfAsync(string token, CancellationToken cancellation)
    {
        if (await desk.OpenAsync(token, cancellation) is not { } id)
        {
            return null;
        }
        var tenant = (await tenants.AllAsync(cancellation)).FirstOrDefault(found => found.Id == id);
        if (tenant is null)
        {
            return null;
        }
        var scope = scopes.ForSystem(id);
        var now = time.GetUtcNow();
        var days = OrNothing(() => availability.DaysAsync(scope, id, 90, cancellation));
        var agreed = OrNothing(() => levels.OfAsync(scope, id, cancellation));
        var state = OrNothing(() => health.OfAsync(scope, id, cancellation));
        var notices = await incidents.BetweenAsync(
            scope,
            id,
            now.AddDays(-1),
            now.AddDays(60),
            publishedOnly: true,
            cancellation
        );
        return new PublicView(
            tenant,
            await state,
            await days,
            [
                .. notices
                    .Where(notice => notice.IsOpen)
                    .OrderBy(notice => notice.Kind)
                    .ThenBy(notice => notice.StartsAt),
            ],
            [.. (await agreed ?? []).Where(level => level.Objective.Published)],
            now
        );
    }

    private static async Task<T?> OrNothing<T>(Func<Task<T>> ask)
        where T : class
    {
        try
        {
            return await ask();
        }
        catch (UpstreamException)
        {
            return null;
        }
    }
}
