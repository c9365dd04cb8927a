using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Hosts;

/// <summary>
/// Hosts and containers in memory, as runners tell of them. What a lost runner told last stays, marked as such. A container is
/// taken from one host only, and from none that may not report its tenant; what else is told of it is kept as a refused claim.
/// </summary>
internal sealed partial class Fleet : IFleet
{
    private const int MostEventsPerHost = 1000;

    /// <summary>More than any one engine runs well; beyond it something is wrong with the runner.</summary>
    public const int MostContainersPerHost = 5000;

    /// <summary>Runners come back within 45 s, and begin with the whole.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Of so many, only every so often a new picture is made for mere figures: it costs megabytes each time.</summary>
    private const int Many = 1000;
    private static readonly TimeSpan FiguresOfMany = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly Dictionary<string, HostState> hosts;
    private readonly ContainerHolders holders = new();
    private readonly ContainerClaims claims;
    private readonly FactWords words = new();
    private readonly ChangeCallbacks changes;
    private readonly IEnumerable<OwnHosts> own;
    private readonly TimeProvider time;
    private readonly DateTimeOffset began;
    private volatile FleetPicture? snapshot;
    private long pictured;
    private volatile bool figuresChanged;

    public Fleet(ChangeCallbacks changes, IEnumerable<OwnHosts> own, TimeProvider time)
    {
        (this.changes, this.own, this.time) = (changes, own, time);
        began = time.GetUtcNow();
        hosts = new Dictionary<string, HostState>(StringComparer.Ordinal);
        claims = new ContainerClaims(hosts, holders);
    }

    public IReadOnlyList<DockerHost> Hosts => Current.Hosts;

    public IReadOnlyList<HostedContainer> Containers => Current.Containers;

    public IReadOnlyList<HostedContainer> ContainersOf(string tenant) =>
        Current.ByTenant.GetValueOrDefault(tenant) ?? [];

    public HostedContainer? Find(string containerId) => Current.ById.GetValueOrDefault(containerId);

    public IReadOnlyList<string> NotTold
    {
        get
        {
            lock (gate)
            {
                return NotToldBy(_ => true);
            }
        }
    }

    public IReadOnlyList<string> SilentFor(string tenant)
    {
        lock (gate)
        {
            return NotToldBy(host => host.MayReport(tenant));
        }
    }

    public IReadOnlyList<string> AwaitedFor(string tenant)
    {
        lock (gate)
        {
            return time.GetUtcNow() - began > Patience && hosts.Values.Any(state => state.EverTold)
                ? []
                : NotToldBy(host => host.MayReport(tenant));
        }
    }

    /// <summary>How long what has not told yet is worth waiting for.</summary>
    public bool IsWarm => time.GetUtcNow() - began > Patience;

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

    public IReadOnlyList<HostedCluster> Clusters
    {
        get
        {
            lock (gate)
            {
                return
                [
                    .. hosts
                        .Values.Where(state => state.Cluster is not null)
                        .OrderBy(state => state.Host.Name, StringComparer.Ordinal)
                        .Select(state => state.Cluster!.Of(state.Host)),
                ];
            }
        }
    }

    public HostedCluster? ClusterOf(string hostId)
    {
        lock (gate)
        {
            return hosts.GetValueOrDefault(hostId) is { Cluster: { } cluster } state ? cluster.Of(state.Host) : null;
        }
    }

    /// <summary>A cluster's runner told what is in it, or what changed.</summary>
    public void Clustered(string hostId, ClusterNews news)
    {
        lock (gate)
        {
            if (hosts.GetValueOrDefault(hostId) is not { Host.Presence: not HostPresence.Revoked } state)
            {
                return;
            }
            (state.Cluster ??= new ClusterBook()).Take(news);
        }
        changes.Tell();
    }

    public IDisposable OnChange(Func<Task> callback) => changes.Add(callback);

    /// <summary>Which host had which container when the program ended; before the first one tells.</summary>
    public void Held(IEnumerable<KeyValuePair<string, string>> kept)
    {
        lock (gate)
        {
            holders.Restore(
                kept.Where(pair => hosts.GetValueOrDefault(pair.Value) is { Host.Presence: not HostPresence.Revoked })
            );
        }
    }

    public IReadOnlyDictionary<string, string?> TakeHolderChanges()
    {
        lock (gate)
        {
            return holders.TakeChanges();
        }
    }

    public void GiveHolderChangesBack(IReadOnlyDictionary<string, string?> changed)
    {
        lock (gate)
        {
            holders.GiveBack(changed);
        }
    }

    public DockerHost? FindHost(string hostId)
    {
        lock (gate)
        {
            return hosts.GetValueOrDefault(hostId) is { } state ? Shown(state) : null;
        }
    }

    /// <summary>A host from the store, or a fresh one.</summary>
    public void Put(DockerHost host) =>
        Change(() =>
        {
            if (hosts.TryGetValue(host.Id, out var known))
            {
                known.Host = host;
                known.Bindings++;
                known.Cluster?.BoundAnew();
                claims.Settle(known);
            }
            else
            {
                hosts[host.Id] = new HostState(host);
            }
        });

    /// <summary>It said hello.</summary>
    /// <returns>How it was before; null when it is not known.</returns>
    public HostPresence? Connected(string hostId, HostFacts facts, string connectionId)
    {
        HostPresence? before = null;
        Change(
            hostId,
            state =>
            {
                (before, state.Connection) = (state.Host.Presence, connectionId);
                var now = time.GetUtcNow();
                (state.Refusal, state.Unheard) = (null, null);
                state.EngineSilent = facts.EngineVersion.Length == 0;
                // However long it was under way, it was not written later than it came: so far ahead the clock is at least.
                var known = state.Host.Presence == HostPresence.Connected ? state.Host.ClockSkewMs : 0;
                if (facts.ClockUnixMs - now.ToUnixTimeMilliseconds() is var ahead && ahead > known)
                {
                    (state.ClockError, known) = (TimeSpan.Zero, ahead);
                }
                state.Host = state.Host with
                {
                    Name = facts.Name,
                    Presence = HostPresence.Connected,
                    PresenceSince = state.Host.Presence == HostPresence.Connected ? state.Host.PresenceSince : now,
                    LastSeenAt = now,
                    // What the engine said of itself while it answered is still the best that is known of it.
                    Facts =
                        facts.EngineVersion.Length == 0 && state.Host.Facts is { } told
                            ? told with
                            {
                                RunnerVersion = facts.RunnerVersion,
                                Protocol = facts.Protocol,
                                ClockUnixMs = facts.ClockUnixMs,
                                Orchestrator = facts.Orchestrator,
                                Cluster = facts.Cluster ?? told.Cluster,
                            }
                            : facts,
                    ClockSkewMs = known,
                };
            }
        );
        return before;
    }

    /// <summary>It was heard, and is not taken: versions too far apart, clocks too far apart.</summary>
    public void Refused(string hostId, string why) => Change(hostId, state => state.Refusal = why);

    /// <summary>A round trip told how far the host's clock is from ours, and how far that may be wrong either way.</summary>
    public void Clock(string hostId, long skewMs, TimeSpan error) =>
        Change(hostId, state => (state.ClockError, state.Host) = (error, state.Host with { ClockSkewMs = skewMs }));

    /// <summary>A host from the store, unless it is known already: then what is known of it is newer.</summary>
    public void PutNew(DockerHost host) =>
        Change(() =>
        {
            hosts.TryAdd(host.Id, new HostState(host));
        });

    /// <summary>How many times it was said whose containers a host may report; 0 when it is not known.</summary>
    public long BindingsOf(string hostId)
    {
        lock (gate)
        {
            return hosts.GetValueOrDefault(hostId)?.Bindings ?? 0;
        }
    }

    /// <param name="tenants">Whose containers it may report from now on; null for anybody's.</param>
    /// <param name="after">What <see cref="BindingsOf"/> said before that was read; null for what was said right now.</param>
    /// <returns>False, and nothing is changed, when something was said since: what was read may be older.</returns>
    public bool Bind(string hostId, IReadOnlyList<string>? tenants, long? after = null)
    {
        var taken = true;
        Change(
            hostId,
            state =>
            {
                taken = after is null || after == state.Bindings;
                if (taken)
                {
                    state.Bindings++;
                    state.Host = state.Host with { Tenants = tenants };
                    state.Cluster?.BoundAnew();
                    claims.Settle(state);
                }
            }
        );
        return taken;
    }

    /// <param name="connectionId">The connection that ended; null when whatever it has is being ended.</param>
    /// <returns>False when it has said hello on another meanwhile: then it is there.</returns>
    public bool Lost(string hostId, string? connectionId = null)
    {
        var lost = false;
        Change(
            hostId,
            state =>
            {
                lost = connectionId is null || state.Connection == connectionId;
                if (lost && state.Host.Presence == HostPresence.Connected)
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
        return lost;
    }

    /// <summary>Nothing it told is shown any more.</summary>
    public void Revoked(string hostId) =>
        Change(
            hostId,
            state =>
            {
                state.Host = state.Host with { Presence = HostPresence.Revoked, PresenceSince = time.GetUtcNow() };
                state.Refusal = null;
                state.Containers.Clear();
                claims.Release(hostId, holders.HeldBy(hostId));
                state.Usage.Clear();
                state.Events.Clear();
                state.Cluster = null;
            }
        );

    public void Inventory(string hostId, IReadOnlyList<ContainerFacts> containers) =>
        Change(
            hostId,
            state =>
            {
                if (state.EngineSilent && containers.Count == 0)
                {
                    // Its Docker does not answer, so it knows nothing; that is not the same as that nothing runs.
                    return;
                }
                state.Told = state.EverTold = true;
                Replace(state, containers);
            }
        );

    public void Changed(string hostId, IReadOnlyList<ContainerFacts> changed, IReadOnlyList<string> removed) =>
        Change(
            hostId,
            state =>
            {
                foreach (var container in changed)
                {
                    Take(state, container);
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
                claims.Release(hostId, removed);
            }
        );

    public void Used(string hostId, IReadOnlyList<ContainerUsage> usage) =>
        Figures(
            hostId,
            state =>
            {
                state.Host = state.Host with { LastSeenAt = time.GetUtcNow() };
                state.UsedAt = time.GetTimestamp();
                state.NextUse.TrySetResult();
                state.NextUse = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                foreach (var reading in usage.Where(reading => state.Containers.ContainsKey(reading.ContainerId)))
                {
                    state.Usage[reading.ContainerId] = reading;
                }
            }
        );

    /// <summary>Ends when what this host's containers use was told as late as that; at once where nothing runs.</summary>
    /// <param name="age">How old it may be.</param>
    public Task UseAsync(string hostId, TimeSpan age)
    {
        lock (gate)
        {
            return
                hosts.GetValueOrDefault(hostId) is not { } state
                || (state.UsedAt is { } at && time.GetElapsedTime(at) < age)
                || !state.Containers.Values.Any(facts => facts.State == "running")
                ? Task.CompletedTask
                : state.NextUse.Task;
        }
    }

    public void Happened(string hostId, IReadOnlyList<EngineEvent> events) =>
        Change(
            hostId,
            state =>
            {
                foreach (var told in events.Where(told => claims.MayTell(state, told)))
                {
                    state.Events.Enqueue(told);
                    if (state.Events.Count > MostEventsPerHost)
                    {
                        state.Events.Dequeue();
                    }
                }
            }
        );

    /// <summary>Containers on one host, without regard to tenants; null when it has not told since this dashboard started.</summary>
    public int? CountOn(string hostId)
    {
        lock (gate)
        {
            return
                hosts.GetValueOrDefault(hostId) is { } state
                && (state.EverTold || state.Host.Presence is HostPresence.Never or HostPresence.Revoked)
                ? state.Containers.Values.Count(facts => claims.IsTaken(state, facts))
                : null;
        }
    }

    /// <summary>Whether what a host tells of a release is taken from it.</summary>
    public bool MayTell(string hostId, ReleaseFacts release)
    {
        lock (gate)
        {
            return hosts.GetValueOrDefault(hostId) is { } state && claims.MayTell(state, release);
        }
    }

    private void Replace(HostState state, IReadOnlyList<ContainerFacts> containers)
    {
        state.Containers.Clear();
        foreach (var container in containers)
        {
            Take(state, container);
        }
        claims.Release(state.Host.Id, holders.HeldBy(state.Host.Id).Where(id => !state.Containers.ContainsKey(id)));
        foreach (var gone in state.Usage.Keys.Where(id => !state.Containers.ContainsKey(id)).ToList())
        {
            state.Usage.Remove(gone);
        }
    }

    private void Take(HostState state, ContainerFacts container)
    {
        if (state.Containers.Count < MostContainersPerHost || state.Containers.ContainsKey(container.Id))
        {
            state.Containers[container.Id] = words.Of(container);
            claims.Settle(state, container);
        }
    }

    private DockerHost Shown(HostState state)
    {
        var refused = claims.RefusedOf(state);
        var trouble = new[] { ContainerClaims.TroubleOf(refused), state.Refusal ?? state.Trouble }
            .OfType<string>()
            .ToList();
        return state.Host with
        {
            HasTold = state.EverTold,
            RefusedClaims = refused,
            Trouble =
                state.Host.Presence == HostPresence.Revoked || trouble.Count == 0 ? null : string.Join(" ", trouble),
        };
    }

    private List<string> NotToldBy(Func<DockerHost, bool> of) =>
        [
            .. hosts
                .Values.Where(state =>
                    !state.EverTold
                    && (
                        state.Host.Presence is HostPresence.Lost or HostPresence.Connected
                        || (state.Host.Presence == HostPresence.Never && IsOwn(state.Host.Name))
                    )
                    && of(state.Host)
                )
                .Select(state => state.Host.Name)
                .Concat(
                    own.SelectMany(hosted => hosted.Names)
                        .Where(name => !hosts.Values.Any(state => state.Host.Name == name))
                )
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
        ];

    private bool IsOwn(string name) => own.Any(hosted => hosted.Names.Contains(name, StringComparer.Ordinal));

    private FleetPicture Current
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
                return snapshot = FleetPicture.Of(
                    [.. hosts.Values.Select(state => (state, Shown(state)))],
                    claims.IsTaken
                );
            }
        }
    }

    private bool IsOld(FleetPicture known) =>
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
}
