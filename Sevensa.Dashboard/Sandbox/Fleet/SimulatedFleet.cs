using System.Collections.Immutable;
using System.Threading.Channels;

namespace Sevensa.Dashboard.Sandbox.Fleet;

/// <summary>
/// The fleet that all stand-ins answer from. Its past is a function of the seed and the clock; what actions change is
/// a short list of container runs laid over it.
/// </summary>
internal sealed class SimulatedFleet
{
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly List<FleetEvent> _events = [];
    private readonly List<Channel<FleetEvent>> _listeners = [];
    private volatile FleetSnapshot _snapshot;
    private long _created;

    public SimulatedFleet(TimeProvider time, ulong seed = 20_417)
    {
        _time = time;
        Seed = seed;
        var now = time.GetUtcNow();
        StartedAt = now.ToUnixTimeSeconds();
        Midnight = FleetHistory.Midnight(now);
        _snapshot = new FleetSnapshot(
            [.. FleetHistory.Containers(seed, now)],
            [.. FleetHistory.Images(now).DistinctBy(i => (i.Host, i.Name))]
        );
    }

    public ulong Seed { get; }
    public double StartedAt { get; }

    /// <summary>The start of the day (UTC) on which the fleet was made; its story hangs on it.</summary>
    public double Midnight { get; }
    public double Origin => Midnight - (FleetHistory.Days * Rhythm.Day);
    public FleetSnapshot Snapshot => _snapshot;
    public TimeProvider Time => _time;
    public double Now => (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;

    public FleetContainer Add(FleetContainer container)
    {
        Change(s => s with { Containers = s.Containers.Add(container) });
        Tell(container, "create");
        return container;
    }

    /// <summary>A new container id, unique in this fleet.</summary>
    public string NewId() =>
        Noise.Hex($"{Seed} made {Interlocked.Increment(ref _created)} {_time.GetUtcNow().UtcTicks}", 64);

    public void Start(string id)
    {
        var now = Now;
        if (
            TryUpdate(id, c => c.Running ? c : c with { Lifespans = c.Lifespans.Add(new Lifespan(now)) }, out var after)
        )
        {
            Tell(after, "start");
        }
    }

    public void Stop(string id, int exitCode = 0, string signal = "15")
    {
        if (End(id, exitCode) is { } stopped)
        {
            Tell(stopped, "kill", ("signal", signal));
            Tell(stopped, "die", ("exitCode", exitCode.ToString(System.Globalization.CultureInfo.InvariantCulture)));
            if (signal == "15")
            {
                Tell(stopped, "stop");
            }
        }
    }

    public void Restart(string id)
    {
        Stop(id);
        Start(id);
        if (_snapshot.Find(id) is { } container)
        {
            Tell(container, "restart");
        }
    }

    public void Pause(string id, bool paused)
    {
        if (TryUpdate(id, c => c with { Paused = paused }, out var after))
        {
            Tell(after, paused ? "pause" : "unpause");
        }
    }

    public void Rename(string id, string name)
    {
        var old = _snapshot.Find(id)?.Name ?? "";
        if (TryUpdate(id, c => c with { Name = name }, out var after))
        {
            Tell(after, "rename", ("oldName", "/" + old));
        }
    }

    public void Limit(string id, long memory)
    {
        if (TryUpdate(id, c => c with { MemoryLimit = memory }, out var after))
        {
            Tell(after, "update");
        }
    }

    /// <param name="endpoint">The endpoint's settings as JSON, when they were posted.</param>
    public void Connect(string id, string network, bool connected, string? endpoint = null)
    {
        if (
            TryUpdate(
                id,
                c =>
                    c with
                    {
                        Networks = connected
                            ? [.. c.Networks.Where(n => n != network), network]
                            : [.. c.Networks.Where(n => n != network)],
                        Endpoints =
                            connected && endpoint is not null
                                ? c.Endpoints.SetItem(network, endpoint)
                                : c.Endpoints.Remove(network),
                    },
                out var after
            )
        )
        {
            Tell(after.Host, "network", connected ? "connect" : "disconnect", network, ("container", id));
        }
    }

    public void Remove(string id)
    {
        Stop(id, 137, "9");
        var now = Now;
        if (TryUpdate(id, c => c with { Removed = now }, out var after))
        {
            Tell(after, "destroy");
        }
    }

    public void AddImage(FleetImage image)
    {
        Change(s => s with { Images = s.Images.Add(image) });
        Tell(image.Host, "image", "tag", image.Id, ("name", image.Name));
    }

    public void RemoveImage(FleetImage image)
    {
        Change(s => s with { Images = s.Images.Remove(image) });
        Tell(image.Host, "image", "untag", image.Id, ("name", image.Name));
    }

    /// <summary>Events so far and those to come, without a gap between; dispose to end.</summary>
    public (IReadOnlyList<FleetEvent> Past, ChannelReader<FleetEvent> Coming, IDisposable Subscription) Events()
    {
        var channel = Channel.CreateUnbounded<FleetEvent>();
        lock (_gate)
        {
            _listeners.Add(channel);
            return ([.. _events], channel.Reader, new Listening(this, channel));
        }
    }

    public long NowNano() => (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;

    private FleetContainer? End(string id, int exitCode)
    {
        var now = Now;
        return TryUpdate(
            id,
            c =>
                c.Running
                    ? c with
                    {
                        Paused = false,
                        Lifespans = c.Lifespans.SetItem(
                            c.Lifespans.Length - 1,
                            c.Lifespans[^1] with
                            {
                                End = now,
                                ExitCode = exitCode,
                            }
                        ),
                    }
                    : c,
            out var after
        )
            ? after
            : null;
    }

    private void Change(Func<FleetSnapshot, FleetSnapshot> change)
    {
        lock (_gate)
        {
            _snapshot = change(_snapshot);
        }
    }

    /// <summary>False when there is no such container or nothing changed.</summary>
    private bool TryUpdate(string id, Func<FleetContainer, FleetContainer> update, out FleetContainer after)
    {
        lock (_gate)
        {
            var index = _snapshot.Containers.FindIndex(c => c.Id == id);
            if (index < 0)
            {
                after = null!;
                return false;
            }
            var before = _snapshot.Containers[index];
            after = update(before);
            if (ReferenceEquals(before, after))
            {
                return false;
            }
            _snapshot = _snapshot with { Containers = _snapshot.Containers.SetItem(index, after) };
            return true;
        }
    }

    private void Tell(FleetContainer container, string action, params (string, string)[] more) =>
        Tell(
            container.Host,
            "container",
            action,
            container.Id,
            [
                .. container.Labels.Select(l => (l.Key, l.Value)),
                ("image", container.ImageName),
                ("name", container.Name),
                .. more,
            ]
        );

    private void Tell(
        string host,
        string type,
        string action,
        string actor,
        params IEnumerable<(string Key, string Value)> attributes
    )
    {
        var told = attributes
            .DistinctBy(a => a.Key)
            .ToImmutableSortedDictionary(a => a.Key, a => a.Value, StringComparer.Ordinal);
        lock (_gate)
        {
            // Strictly rising, so that "since" never repeats or loses one.
            var at = Math.Max(NowNano(), _events.Count == 0 ? 0 : _events[^1].TimeNano + 1);
            var happened = new FleetEvent(host, type, action, actor, told, at);
            _events.Add(happened);
            foreach (var listener in _listeners)
            {
                listener.Writer.TryWrite(happened);
            }
        }
    }

    private sealed class Listening(SimulatedFleet fleet, Channel<FleetEvent> channel) : IDisposable
    {
        public void Dispose()
        {
            lock (fleet._gate)
            {
                fleet._listeners.Remove(channel);
            }
            channel.Writer.TryComplete();
        }
    }
}
