using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Hosts;

/// <summary>Hosts and containers in memory, as runners tell of them. What a lost runner told last stays, marked as such.</summary>
internal sealed class Fleet(ChangeCallbacks changes, TimeProvider time) : IFleet
{
    private const int MostEventsPerHost = 1000;

    /// <summary>Beyond this the times of the two machines can't be compared any more without saying so.</summary>
    private const long MostSkewMs = 5000;

    /// <summary>Of so many, only every so often a new picture is made for mere figures: it costs megabytes each time.</summary>
    private const int Many = 1000;
    private static readonly TimeSpan FiguresOfMany = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly Dictionary<string, HostState> hosts = new(StringComparer.Ordinal);
    private readonly FactWords words = new();
    private volatile Snapshot? snapshot;
    private long pictured;
    private volatile bool figuresChanged;

    public IReadOnlyList<DockerHost> Hosts => Current.Hosts;

    public IReadOnlyList<HostedContainer> Containers => Current.Containers;

    public IReadOnlyList<HostedContainer> ContainersOf(string tenant) =>
        Current.ByTenant.GetValueOrDefault(tenant) ?? [];

    public HostedContainer? Find(string containerId) => Current.ById.GetValueOrDefault(containerId);

    /// <summary>Newest first.</summary>
    public IReadOnlyList<(string HostName, EngineEvent Event)> RecentEvents(string tenant, int most)
    {
        lock (gate)
        {
            return
            [
                .. hosts
                    .Values.SelectMany(host => host.Events.Select(told => (host.Host.Name, told)))
                    .Where(pair => pair.told.Tenant == tenant)
                    .OrderByDescending(pair => pair.told.TimeUnixMs)
                    .Take(most),
            ];
        }
    }

    public bool Knows(string hostId)
    {
        lock (gate)
        {
            return hosts.GetValueOrDefault(hostId)?.Told == true;
        }
    }

    public IDisposable OnChange(Func<Task> callback) => changes.Add(callback);

    public DockerHost? FindHost(string hostId)
    {
        lock (gate)
        {
            return hosts.GetValueOrDefault(hostId)?.Host;
        }
    }

    /// <summary>A host from the store, or a fresh one.</summary>
    public void Put(DockerHost host) =>
        Change(() =>
        {
            if (hosts.TryGetValue(host.Id, out var known))
            {
                known.Host = host;
            }
            else
            {
                hosts[host.Id] = new HostState(host);
            }
        });

    /// <summary>It said hello.</summary>
    public void Connected(string hostId, HostFacts facts) =>
        Change(
            hostId,
            state =>
            {
                var now = time.GetUtcNow();
                var skew = facts.ClockUnixMs - now.ToUnixTimeMilliseconds();
                state.Host = state.Host with
                {
                    Name = facts.Name,
                    Presence = HostPresence.Connected,
                    PresenceSince = state.Host.Presence == HostPresence.Connected ? state.Host.PresenceSince : now,
                    LastSeenAt = now,
                    // What the engine said of itself while it answered is still the best that is known of it.
                    Facts =
                        facts.EngineVersion.Length == 0 && state.Host.Facts is { } before
                            ? before with
                            {
                                RunnerVersion = facts.RunnerVersion,
                                Protocol = facts.Protocol,
                                ClockUnixMs = facts.ClockUnixMs,
                            }
                            : facts,
                    ClockSkewMs = skew,
                    Trouble = TroubleOf(facts, skew),
                };
            }
        );

    /// <summary>It was heard, and is not taken: versions too far apart, clocks too far apart.</summary>
    public void Refused(string hostId, string why) =>
        Change(hostId, state => state.Host = state.Host with { Trouble = why });

    public void Lost(string hostId) =>
        Change(
            hostId,
            state =>
            {
                if (state.Host.Presence == HostPresence.Connected)
                {
                    var now = time.GetUtcNow();
                    state.Told = false;
                    state.Host = state.Host with
                    {
                        Presence = HostPresence.Lost,
                        PresenceSince = now,
                        LastSeenAt = now,
                    };
                }
            }
        );

    /// <summary>Nothing it told is shown any more.</summary>
    public void Revoked(string hostId) =>
        Change(
            hostId,
            state =>
            {
                state.Host = state.Host with
                {
                    Presence = HostPresence.Revoked,
                    PresenceSince = time.GetUtcNow(),
                    Trouble = null,
                };
                state.Containers.Clear();
                state.Usage.Clear();
                state.Events.Clear();
            }
        );

    public void Inventory(string hostId, IReadOnlyList<ContainerFacts> containers) =>
        Change(
            hostId,
            state =>
            {
                state.Told = true;
                state.Containers.Clear();
                foreach (var container in containers)
                {
                    state.Containers[container.Id] = words.Of(container);
                }
                foreach (var gone in state.Usage.Keys.Where(id => !state.Containers.ContainsKey(id)).ToList())
                {
                    state.Usage.Remove(gone);
                }
            }
        );

    public void Changed(string hostId, IReadOnlyList<ContainerFacts> changed, IReadOnlyList<string> removed) =>
        Change(
            hostId,
            state =>
            {
                foreach (var container in changed)
                {
                    state.Containers[container.Id] = words.Of(container);
                    if (container.State != "running")
                    {
                        state.Usage.Remove(container.Id);
                    }
                }
                foreach (var id in removed)
                {
                    state.Containers.Remove(id);
                    state.Usage.Remove(id);
                }
            }
        );

    public void Used(string hostId, IReadOnlyList<ContainerUsage> usage) =>
        Figures(
            hostId,
            state =>
            {
                state.Host = state.Host with { LastSeenAt = time.GetUtcNow() };
                foreach (var reading in usage.Where(reading => state.Containers.ContainsKey(reading.ContainerId)))
                {
                    state.Usage[reading.ContainerId] = reading;
                }
            }
        );

    public void Happened(string hostId, IReadOnlyList<EngineEvent> events) =>
        Change(
            hostId,
            state =>
            {
                foreach (var told in events)
                {
                    state.Events.Enqueue(told);
                    if (state.Events.Count > MostEventsPerHost)
                    {
                        state.Events.Dequeue();
                    }
                }
            }
        );

    /// <summary>Containers on one host, without regard to tenants.</summary>
    public int CountOn(string hostId)
    {
        lock (gate)
        {
            return hosts.GetValueOrDefault(hostId)?.Containers.Count ?? 0;
        }
    }

    private Snapshot Current
    {
        get
        {
            if (snapshot is { } known && !(figuresChanged && IsOld(known)))
            {
                return known;
            }
            lock (gate)
            {
                if (snapshot is { } other && !(figuresChanged && IsOld(other)))
                {
                    return other;
                }
                (figuresChanged, pictured) = (false, time.GetTimestamp());
                return snapshot = Snapshot.Of(hosts.Values);
            }
        }
    }

    private bool IsOld(Snapshot known) =>
        known.Containers.Count < Many || time.GetElapsedTime(Volatile.Read(ref pictured)) >= FiguresOfMany;

    private void Change(string hostId, Action<HostState> change) =>
        Change(() =>
        {
            if (hosts.TryGetValue(hostId, out var state))
            {
                change(state);
            }
        });

    private void Figures(string hostId, Action<HostState> change)
    {
        lock (gate)
        {
            if (hosts.TryGetValue(hostId, out var state))
            {
                change(state);
                figuresChanged = true;
            }
        }
        changes.Tell();
    }

    private void Change(Action change)
    {
        lock (gate)
        {
            change();
            snapshot = null;
        }
        changes.Tell();
    }

    private static string? TroubleOf(HostFacts facts, long skewMs) =>
        facts.EngineVersion.Length == 0
            ? "Docker on this host does not answer its runner. What is shown of its containers is what it last said."
        : Math.Abs(skewMs) > MostSkewMs
            ? $"The host's clock is {Math.Abs(skewMs) / 1000.0:0.#} s {(skewMs > 0 ? "ahead" : "behind")}. Let it keep time (chrony or systemd-timesyncd); actions expire by it."
        : null;

    private sealed class HostState(DockerHost host)
    {
        public DockerHost Host { get; set; } = host;
        public bool Told { get; set; }
        public Dictionary<string, ContainerFacts> Containers { get; } = new(StringComparer.Ordinal);
        public Dictionary<string, ContainerUsage> Usage { get; } = new(StringComparer.Ordinal);
        public Queue<EngineEvent> Events { get; } = [];
    }

    private sealed record Snapshot(
        IReadOnlyList<DockerHost> Hosts,
        IReadOnlyList<HostedContainer> Containers,
        Dictionary<string, List<HostedContainer>> ByTenant,
        Dictionary<string, HostedContainer> ById
    )
    {
        public static Snapshot Of(IEnumerable<HostState> states)
        {
            var all = states
                .SelectMany(state =>
                    state.Containers.Values.Select(facts => new HostedContainer(
                        state.Host.Id,
                        state.Host.Name,
                        state.Host.Presence == HostPresence.Connected,
                        facts,
                        state.Usage.GetValueOrDefault(facts.Id)
                    ))
                )
                .OrderBy(container => container.Facts.Name, StringComparer.Ordinal)
                .ToList();
            return new Snapshot(
                [
                    .. states
                        .Select(state => state.Host)
                        .OrderBy(host => host.Presence == HostPresence.Revoked)
                        .ThenBy(host => host.Name, StringComparer.Ordinal),
                ],
                all,
                all.Where(container => container.Facts.Tenant is not null)
                    .GroupBy(container => container.Facts.Tenant!, StringComparer.Ordinal)
                    .ToDictionary(group => group.Key, group => group.ToList(), StringComparer.Ordinal),
                all.DistinctBy(container => container.Facts.Id)
                    .ToDictionary(container => container.Facts.Id, StringComparer.Ordinal)
            );
        }
    }
}
