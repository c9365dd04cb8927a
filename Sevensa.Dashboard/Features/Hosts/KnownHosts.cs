using System.Text.Json;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Platform.Hosting;

namespace Sevensa.Dashboard.Features.Hosts;

/// <summary>
/// Brings the enrolled hosts from the store into the fleet before the first runner connects, and what another dashboard has written
/// of one since: that it is there, whose containers it may report, that it is revoked.
/// </summary>
internal sealed class KnownHosts(HostsStore store, HeldContainerStore held, RunnerConnections connections, Fleet fleet)
    : IStartStep
{
    public async Task RunAsync(CancellationToken cancellation)
    {
        foreach (var row in await store.AllAsync(cancellation))
        {
            fleet.Put(Of(row));
        }
        fleet.Held(await held.AllAsync(cancellation));
    }

    /// <summary>Reads what is stored of one anew.</summary>
    public async Task RefreshAsync(string hostId, CancellationToken cancellation)
    {
        bool taken;
        do
        {
            var before = fleet.BindingsOf(hostId);
            taken = await store.FindAsync(hostId, cancellation) is not { } row || Compare(row, before);
        } while (!taken);
    }

    /// <summary>Reads what is stored of all anew.</summary>
    public async Task RefreshAsync(CancellationToken cancellation)
    {
        var before = fleet.Hosts.ToDictionary(
            host => host.Id,
            host => fleet.BindingsOf(host.Id),
            StringComparer.Ordinal
        );
        foreach (var row in await store.AllAsync(cancellation))
        {
            if (!Compare(row, before.GetValueOrDefault(row.Id)))
            {
                await RefreshAsync(row.Id, cancellation);
            }
        }
    }

    /// <returns>False when it was bound anew while the row was read: the row may be the older one.</returns>
    private bool Compare(HostRow row, long before)
    {
        if (fleet.FindHost(row.Id) is not { } known)
        {
            fleet.PutNew(Of(row));
            return true;
        }
        if (known.Presence == HostPresence.Revoked)
        {
            return true;
        }
        if (row.RevokedAt is not null)
        {
            connections.Abort(row.Id);
            fleet.Revoked(row.Id);
            return true;
        }
        return HostsStore.TenantsToJson(known.Tenants) == row.Tenants
            || fleet.Bind(row.Id, HostsStore.TenantsFromJson(row.Tenants), before);
    }

    private static DockerHost Of(HostRow row)
    {
        var presence =
            row.RevokedAt is not null ? HostPresence.Revoked
            : row.LastSeenAt is not null ? HostPresence.Lost
            : HostPresence.Never;
        return new DockerHost(
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
        };
    }
}
