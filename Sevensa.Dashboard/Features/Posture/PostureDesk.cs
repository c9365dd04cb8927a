using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Posture.Exceptions;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Posture;

/// <summary>A tenant, or a host, among all that a caller sees.</summary>
/// <param name="Kind"><c>tenant</c> or <c>host</c>.</param>
/// <param name="Reasons">The heaviest of its lowest part.</param>
/// <param name="Awaited">Hosts that have not told yet and could run what the tenant has: what is said of it may be said of a part.</param>
internal sealed record PostureLine(
    string Kind,
    string Id,
    string Name,
    int? Score,
    int Containers,
    int Failing,
    int Critical,
    int Excepted,
    int NotTold,
    IReadOnlyList<string> Reasons,
    IReadOnlyList<string> Awaited
);

/// <summary>How containers and engines stand against the benchmark, for a caller: whatever is not in the scope is not there.</summary>
internal sealed class PostureDesk(IFleet fleet, ITenants tenants, ITenantScopes scopes, PostureExceptions exceptions)
{
    /// <exception cref="UnknownTenantException">404</exception>
    /// <exception cref="NotKnownYetException">503: no container is known, and hosts that could have some have not told yet.</exception>
    public async Task<PostureSheet> OfTenantAsync(Caller caller, string tenant, CancellationToken cancellation)
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        if (fleet.ContainersOf(tenant) is not { Count: > 0 })
        {
            fleet.MustKnow(tenant);
        }
        return OfTenant(tenant, await exceptions.StandingAsync(cancellation), Engines());
    }

    /// <summary>Its engine, and the containers there that the caller sees.</summary>
    /// <exception cref="UnknownPostureException">404</exception>
    public async Task<PostureSheet> OfHostAsync(Caller caller, string hostId, CancellationToken cancellation)
    {
        var host =
            fleet.Hosts.FirstOrDefault(one => one.Id == hostId)
            ?? throw new UnknownPostureException(
                $"There is no host \"{StoreText.Shorten(hostId, 100)}\". GET /api/v1/hosts lists them."
            );
        var standing = await exceptions.StandingAsync(cancellation);
        List<PostureItem> engine = [.. Examination.Of(host, standing)];
        var there = fleet.Containers.Where(container =>
            container.HostId == hostId
            && container.Runs
            && (container.Facts.Tenant is { } tenant ? caller.MaySee(tenant) : caller.Tenants.IsAll)
        );
        var (parts, items) = Services(there, standing, Engines());
        return Scoring.Sheet(
            parts.Prepend(Scoring.Part(Examination.EngineName, null, host.Name, engine)),
            [.. engine, .. items]
        );
    }

    /// <summary>All tenants and hosts that the caller sees; tenants first, each by name.</summary>
    public async Task<IReadOnlyList<PostureLine>> FleetAsync(Caller caller, CancellationToken cancellation)
    {
        var standing = await exceptions.StandingAsync(cancellation);
        var engines = Engines();
        var lines = new List<PostureLine>();
        foreach (var tenant in await tenants.VisibleAsync(caller, cancellation))
        {
            lines.Add(
                Line(
                    "tenant",
                    tenant.Id,
                    tenant.Name,
                    OfTenant(tenant.Id, standing, engines),
                    fleet.SilentFor(tenant.Id)
                )
            );
        }
        foreach (
            var host in fleet.Hosts.Where(host => host.Presence != HostPresence.Revoked).OrderBy(host => host.Name)
        )
        {
            List<PostureItem> items = [.. Examination.Of(host, standing)];
            var part = Scoring.Part(Examination.EngineName, null, host.Name, items);
            lines.Add(Line("host", host.Id, host.Name, Scoring.Sheet([part], items), []));
        }
        return lines;
    }

    private PostureSheet OfTenant(
        string tenant,
        StandingExceptions standing,
        IReadOnlyDictionary<string, EngineSettings?> engines
    )
    {
        var (parts, items) = Services(fleet.ContainersOf(tenant).Where(container => container.Runs), standing, engines);
        return Scoring.Sheet(parts, items);
    }

    private static (IEnumerable<PostureScore> Parts, IReadOnlyList<PostureItem> Items) Services(
        IEnumerable<HostedContainer> containers,
        StandingExceptions standing,
        IReadOnlyDictionary<string, EngineSettings?> engines
    )
    {
        List<PostureItem> items =
        [
            .. containers.SelectMany(container =>
                Examination.Of(container, engines.GetValueOrDefault(container.HostId), standing)
            ),
        ];
        var parts = items
            .GroupBy(item => (item.Tenant, item.Service))
            .Select(service =>
                Scoring.Part(
                    service.Key.Service!,
                    service.Key.Tenant,
                    string.Join(", ", service.Select(item => item.Host).Distinct()),
                    [.. service]
                )
            );
        return (parts, items);
    }

    private static PostureLine Line(
        string kind,
        string id,
        string name,
        PostureSheet sheet,
        IReadOnlyList<string> awaited
    ) =>
        new(
            kind,
            id,
            name,
            sheet.Score,
            sheet.Parts.Sum(part => part.Containers),
            sheet.Parts.Sum(part => part.Failing),
            sheet.Parts.Sum(part => part.Critical),
            sheet.Parts.Sum(part => part.Excepted),
            sheet.Parts.Sum(part => part.NotTold),
            sheet.Parts.Count > 0 ? sheet.Parts[0].Reasons : [],
            awaited
        );

    private Dictionary<string, EngineSettings?> Engines() =>
        fleet.Hosts.ToDictionary(host => host.Id, host => host.Facts?.Settings);
}
