using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Secrets.Exposures;

/// <summary>A secret that stands in the environment of a container, where everybody reads it who may look at the container.</summary>
/// <param name="Id">Of the container and the variable together.</param>
/// <param name="Why"><c>name</c>, <c>form</c> (of a known key or token), <c>connection</c> (a password in it) or <c>random</c>.</param>
/// <param name="SharedWith">Other variables on the same host that have the same value, as <c>container/NAME</c>, of those that the asker may see.</param>
public sealed record ExposedSecret(
    string Id,
    string Service,
    string Container,
    string ContainerId,
    string Host,
    string Name,
    string Why,
    IReadOnlyList<string> SharedWith
)
{
    /// <summary>The command that writes the value to Vault; it asks for it. Null where a name in it is no plain one.</summary>
    public string? Put { get; init; }

    /// <summary>What the host's runner is told to hand out (<c>Runner:Secrets</c>); null as above.</summary>
    public string? Handed { get; init; }

    /// <summary>Whether the host's runner tells that it hands that out already: then <c>secret.unexpose</c> can take it out.</summary>
    public bool IsHanded { get; init; }

    /// <summary>A file beside the Compose file that gives the service the value as a file instead; null as above.</summary>
    public string? Compose { get; init; }
}

/// <param name="NotTold">Containers whose runner is too old to look, or that could not be read.</param>
internal sealed record ExposureList(IReadOnlyList<ExposedSecret> Items, IReadOnlyList<string> NotTold);

/// <summary>Environment variables of a tenant's containers that look like secrets, as runners tell: names only.</summary>
internal sealed class ExposedSecrets(IFleet fleet, ITenantScopes scopes, IOptions<SecretsOptions> options)
{
    private const int MostShared = 20;

    /// <exception cref="UnknownTenantException">404</exception>
    /// <exception cref="NotKnownYetException">503: no container is known, and hosts that could have some have not told yet.</exception>
    public async Task<ExposureList> OfAsync(Caller caller, string tenant, CancellationToken cancellation)
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        var own = fleet.ContainersOf(tenant);
        if (own.Count == 0)
        {
            fleet.MustKnow(tenant);
        }
        // The same value at another tenant is told to who may see both.
        var same = fleet
            .Containers.Where(container => container.Facts.Tenant is { } of && caller.MaySee(of))
            .SelectMany(container =>
                (container.Facts.Exposed ?? []).Select(one =>
                    (container.HostId, one.Hash, Place: Place(container, one))
                )
            )
            .ToLookup(one => (one.HostId, one.Hash), one => one.Place);
        var folders = HandedFolders.Of(fleet);
        return new ExposureList(
            [
                .. own.SelectMany(container =>
                    (container.Facts.Exposed ?? []).Select(one => new ExposedSecret(
                        $"{container.Facts.Id[..Math.Min(12, container.Facts.Id.Length)]}/{one.Name}",
                        container.Facts.Service,
                        container.Facts.Name,
                        container.Facts.Id,
                        container.HostName,
                        one.Name,
                        one.Why,
                        [
                            .. same[(container.HostId, one.Hash)]
                                .Where(place => place != Place(container, one))
                                .Order(StringComparer.Ordinal)
                                .Take(MostShared),
                        ]
                    )
                    {
                        Put = PutCommand.Of(options.Value.Mount, tenant, container.Facts.Service, one.Name),
                        Handed = ComposePatch.HandedOf(tenant, container.Facts.Service, one.Name),
                        IsHanded =
                            PutCommand.PathOf(tenant, container.Facts.Service, one.Name) is { } path
                            && folders.Has(container.HostId, tenant, path),
                        Compose = ComposePatch.Of(
                            tenant,
                            container.Facts.Service,
                            one.Name,
                            folders.On(container.HostId)
                        ),
                    })
                ),
            ],
            [
                .. own.Where(container => container.Facts.Exposed is null)
                    .Select(container => container.Facts.Name)
                    .Order(StringComparer.Ordinal),
            ]
        );
    }

    private static string Place(HostedContainer container, ExposedVariable variable) =>
        $"{container.Facts.Name}/{variable.Name}";
}
