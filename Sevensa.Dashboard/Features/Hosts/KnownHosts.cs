using System.Text.Json;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Platform.Hosting;

namespace Sevensa.Dashboard.Features.Hosts;

/// <summary>Brings the enrolled hosts from the store into the fleet before the first runner connects.</summary>
internal sealed class KnownHosts(HostsStore store, HeldContainerStore held, Fleet fleet) : IStartStep
{
    public async Task RunAsync(CancellationToken cancellation)
    {
        foreach (var row in await store.AllAsync(cancellation))
        {
            var presence =
                row.RevokedAt is not null ? HostPresence.Revoked
                : row.LastSeenAt is not null ? HostPresence.Lost
                : HostPresence.Never;
            fleet.Put(
                new DockerHost(
                    row.Id,
                    row.Name,
                    presence,
                    row.EnrolledAt,
                    row.LastSeenAt,
                    row.RevokedAt ?? row.LastSeenAt,
                    row.Facts is { } facts ? JsonSerializer.Deserialize(facts, HostsJson.Default.HostFacts) : null,
                    0,
                    null
                )
                {
                    Tenants = HostsStore.TenantsFromJson(row.Tenants),
                }
            );
        }
        fleet.Held(await held.AllAsync(cancellation));
    }
}
