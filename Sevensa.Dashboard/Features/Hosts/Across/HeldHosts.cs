using System.Text;
using System.Text.Json;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Platform.Storage.Presence;
using Sevensa.Dashboard.Platform.Wire;

namespace Sevensa.Dashboard.Features.Hosts.Across;

/// <summary>
/// The hosts whose connections this dashboard has. What they tell goes into the fleet here and, in the same order, to the other
/// dashboards.
/// </summary>
internal sealed class HeldHosts(Fleet fleet, HostsStore store, Replicas replicas, DashboardWire wire)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Holding> held = new(StringComparer.Ordinal);

    /// <summary>Which have a connection here, and how much was told on it.</summary>
    public IReadOnlyList<HeldHost> All
    {
        get
        {
            lock (gate)
            {
                return [.. held.Select(pair => new HeldHost(pair.Key, pair.Value.Epoch, pair.Value.Revision))];
            }
        }
    }

    /// <summary>Of the connection that is here; null when there is none.</summary>
    public long? EpochOf(string hostId)
    {
        lock (gate)
        {
            return held.GetValueOrDefault(hostId)?.Epoch;
        }
    }

    /// <summary>Counts up whose connection it is. A store that can't be written refuses no runner.</summary>
    public async Task<long> NextEpochAsync(string hostId, CancellationToken cancellation)
    {
        if (!wire.IsSet)
        {
            return 0;
        }
        try
        {
            return await store.HoldAsync(hostId, replicas.OwnId, cancellation);
        }
        catch (Exception exception) when (StoreFault.In(exception) is not null)
        {
            return (EpochOf(hostId) ?? 0) + 1;
        }
    }

    /// <summary>It said hello.</summary>
    /// <returns>How it was before; null when it is not known.</returns>
    public HostPresence? Connected(string hostId, HostFacts facts, string connection, long epoch)
    {
        lock (gate)
        {
            if (held.GetValueOrDefault(hostId)?.Connection != connection)
            {
                held[hostId] = new Holding(connection, epoch);
            }
            var before = fleet.Connected(hostId, facts, connection);
            Tell(hostId, news => news with { Greeted = facts });
            return before;
        }
    }

    /// <summary>It said hello again on the same connection.</summary>
    public void Connected(string hostId, HostFacts facts, string connection) =>
        Connected(hostId, facts, connection, EpochOf(hostId) ?? 0);

    public void Inventory(string hostId, IReadOnlyList<ContainerFacts> containers) =>
        Do(hostId, () => fleet.Inventory(hostId, containers), news => news with { Inventory = containers });

    public void Changed(string hostId, IReadOnlyList<ContainerFacts> changed, IReadOnlyList<string> removed) =>
        Do(
            hostId,
            () => fleet.Changed(hostId, changed, removed),
            news => news with { Changed = changed, Removed = removed }
        );

    public void Happened(string hostId, IReadOnlyList<EngineEvent> events) =>
        Do(hostId, () => fleet.Happened(hostId, events), news => news with { Events = events });

    public void Used(string hostId, IReadOnlyList<ContainerUsage> usage) =>
        Do(hostId, () => fleet.Used(hostId, usage), news => news with { Usage = usage });

    public void Clustered(string hostId, ClusterNews told) =>
        Do(hostId, () => fleet.Clustered(hostId, told), news => news with { Cluster = told });

    public void Clock(string hostId, long skewMs, TimeSpan error) =>
        Do(
            hostId,
            () => fleet.Clock(hostId, skewMs, error),
            news => news with { SkewMs = skewMs, SkewErrorMs = error.TotalMilliseconds }
        );

    /// <param name="connection">The connection that ended; null when whatever it has is being ended.</param>
    /// <returns>False when it has said hello on another meanwhile: then it is there.</returns>
    public bool Lost(string hostId, string? connection = null)
    {
        lock (gate)
        {
            var lost = fleet.Lost(hostId, connection);
            if (lost)
            {
                Tell(hostId, news => news with { Lost = true });
                held.Remove(hostId);
            }
            return lost;
        }
    }

    /// <summary>Another dashboard has it by now. False when this one has the later connection, or none.</summary>
    public bool GiveUp(string hostId, long epoch)
    {
        lock (gate)
        {
            return held.GetValueOrDefault(hostId) is { } known && known.Epoch < epoch && held.Remove(hostId);
        }
    }

    /// <summary>Its row in the store is another: bound, revoked, or new. The others read it.</summary>
    public void RowChanged(string hostId)
    {
        lock (gate)
        {
            if (fleet.FindHost(hostId) is { Presence: HostPresence.Revoked })
            {
                held.Remove(hostId);
            }
        }
        wire.Tell(AcrossTopics.Row, Encoding.UTF8.GetBytes(hostId));
    }

    /// <summary>All that is known of one that is connected here; null for another.</summary>
    public HostWhole? WholeOf(string hostId)
    {
        lock (gate)
        {
            return held.GetValueOrDefault(hostId) is { } known
                ? fleet.WholeOf(hostId, known.Connection, known.Epoch, known.Revision)
                : null;
        }
    }

    private void Do(string hostId, Action here, Func<FleetNews, FleetNews> there)
    {
        lock (gate)
        {
            here();
            Tell(hostId, there);
        }
    }

    private void Tell(string hostId, Func<FleetNews, FleetNews> news)
    {
        if (!wire.IsSet || held.GetValueOrDefault(hostId) is not { } known)
        {
            return;
        }
        known.Revision++;
        wire.Tell(
            AcrossTopics.News,
            JsonSerializer.SerializeToUtf8Bytes(
                news(new FleetNews(hostId, known.Connection, known.Epoch, known.Revision)),
                AcrossJson.Default.FleetNews
            )
        );
    }

    private sealed class Holding(string connection, long epoch)
    {
        public string Connection { get; } = connection;
        public long Epoch { get; } = epoch;
        public long Revision { get; set; }
    }
}
