using System.Text;
using System.Text.Json;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Platform.Storage.Presence;
using Sevensa.Dashboard.Platform.Wire;

namespace Sevensa.Dashboard.Features.Hosts.Across;

/// <summary>
/// The hosts that are connected to other dashboards, kept in the fleet from what these tell: the whole first, then each change.
/// What was lost on the way shows by its number, or by what the other says it has, and the whole is asked for again.
/// </summary>
internal sealed class HostsElsewhere : BackgroundService
{
    private const int MostWaiting = 500;

    /// <summary>Turns, half a minute.</summary>
    private const int ReadRowsEvery = 15;

    private readonly DashboardWire wire;
    private readonly HeldHosts held;
    private readonly Fleet fleet;
    private readonly KnownHosts rows;
    private readonly RunnerConnections connections;
    private readonly RunnerLogStreams streams;
    private readonly Replicas replicas;
    private readonly StartWork start;
    private readonly TimeProvider time;
    private readonly ILogger<HostsElsewhere> log;
    private readonly Lock gate = new();
    private readonly Dictionary<string, Remote> remotes = new(StringComparer.Ordinal);
    private CancellationToken stopping;
    private int turns;

    public HostsElsewhere(
        DashboardWire wire,
        HeldHosts held,
        Fleet fleet,
        KnownHosts rows,
        RunnerConnections connections,
        RunnerLogStreams streams,
        Replicas replicas,
        StartWork start,
        TimeProvider time,
        ILogger<HostsElsewhere> log
    )
    {
        (this.wire, this.held, this.fleet, this.rows, this.connections) = (wire, held, fleet, rows, connections);
        (this.streams, this.replicas, this.start, this.time, this.log) = (streams, replicas, start, time, log);
        wire.Hear(AcrossTopics.News, (from, body) => Take(from, Read(body, AcrossJson.Default.FleetNews)));
        wire.Hear(
            AcrossTopics.Held,
            (from, body) => Compare(from, Read(body, AcrossJson.Default.IReadOnlyListHeldHost))
        );
        wire.Hear(
            AcrossTopics.Row,
            (from, body) =>
            {
                var host = Encoding.UTF8.GetString(body.Span);
                _ = Task.Run(() => RefreshAsync(host));
            }
        );
        wire.Hear(AcrossTopics.End, (_, body) => End(Encoding.UTF8.GetString(body.Span)));
        wire.Answer(
            AcrossTopics.Whole,
            (_, body, _) =>
                Task.FromResult(
                    held.WholeOf(Encoding.UTF8.GetString(body.Span)) is { } whole
                        ? JsonSerializer.SerializeToUtf8Bytes(whole, AcrossJson.Default.HostWhole)
                        : []
                )
        );
        wire.Changed += Say;
        wire.Missed += EndStreamsOf;
    }

    /// <summary>Which dashboard has a host's connection and is heard; null when it is here, or nobody's.</summary>
    public (string Dashboard, string Connection)? Find(string hostId)
    {
        lock (gate)
        {
            return
                held.EpochOf(hostId) is null
                && remotes.GetValueOrDefault(hostId) is { Here: true } remote
                && wire.Hears(remote.Holder)
                ? (remote.Holder, remote.Connection)
                : null;
        }
    }

    /// <summary>
    /// Another dashboard that works on the store had it last, heard or not: what is under way there is that one's to find out.
    /// </summary>
    public bool IsElsewhere(string hostId)
    {
        lock (gate)
        {
            return held.EpochOf(hostId) is null
                && remotes.GetValueOrDefault(hostId) is { Here: true } remote
                && (wire.Hears(remote.Holder) || replicas.Others.Any(other => other.Id == remote.Holder));
        }
    }

    public override void Dispose()
    {
        wire.Changed -= Say;
        wire.Missed -= EndStreamsOf;
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        stopping = stoppingToken;
        if (!wire.IsSet || !await start.IsDoneAsync(stoppingToken))
        {
            return;
        }
        await LastingWork.RunAsync(
            "Comparing the hosts of several dashboards",
            TurnAsync,
            rest => Task.Delay(DashboardWire.Every, time, rest),
            log,
            time,
            stoppingToken
        );
    }

    private async Task TurnAsync(CancellationToken cancellation)
    {
        Say();
        LookAfterSilent();
        if (wire.Status.State == WireState.Away || ++turns % ReadRowsEvery == 0)
        {
            // What the others say of it may not have been heard; the store knows who was revoked.
            await rows.RefreshAsync(cancellation);
        }
    }

    private void Say() =>
        wire.Tell(
            AcrossTopics.Held,
            JsonSerializer.SerializeToUtf8Bytes(held.All, AcrossJson.Default.IReadOnlyListHeldHost)
        );

    internal void Take(string from, FleetNews news)
    {
        lock (gate)
        {
            if (!IsOfNow(from, news.Host, news.Epoch))
            {
                return;
            }
            var remote = remotes.GetValueOrDefault(news.Host);
            if (remote is null || remote.Epoch < news.Epoch)
            {
                remote = remotes[news.Host] = new Remote(from, news.Connection, news.Epoch);
            }
            if (remote.Asking)
            {
                if (remote.Waiting.Count < MostWaiting)
                {
                    remote.Waiting.Add(news);
                }
            }
            else if (news.Revision == remote.Revision + 1 && fleet.FindHost(news.Host) is not null)
            {
                Apply(remote, news);
            }
            else if (news.Revision > remote.Revision)
            {
                Ask(news.Host, remote);
            }
        }
    }

    internal void Compare(string from, IReadOnlyList<HeldHost> has)
    {
        lock (gate)
        {
            foreach (var host in has.Where(host => IsOfNow(from, host.Host, host.Epoch)))
            {
                var remote = remotes.GetValueOrDefault(host.Host);
                if (remote is null || remote.Epoch < host.Epoch || remote.Holder != from)
                {
                    remote = remotes[host.Host] = new Remote(from, "", host.Epoch);
                }
                if (!remote.Here || host.Revision > remote.Revision)
                {
                    Ask(host.Host, remote);
                }
                else
                {
                    fleet.Unheard(host.Host, null);
                }
            }
            var named = has.Select(host => host.Host).ToHashSet(StringComparer.Ordinal);
            foreach (var (host, remote) in remotes)
            {
                if (remote.Here && remote.Holder == from && !named.Contains(host))
                {
                    Leave(host, remote);
                }
            }
        }
    }

    /// <summary>A connection here that is older than that one was left behind by its host.</summary>
    private bool IsOfNow(string from, string hostId, long epoch)
    {
        if (held.GiveUp(hostId, epoch))
        {
            if (connections.Find(hostId) is { } left)
            {
                streams.Lost(left);
            }
            connections.Abort(hostId);
        }
        return held.EpochOf(hostId) is null
            && (remotes.GetValueOrDefault(hostId) is not { } remote || remote.Epoch <= epoch)
            && from != replicas.OwnId;
    }

    private void Apply(Remote remote, FleetNews news)
    {
        (remote.Revision, remote.Here) = (news.Revision, true);
        var host = news.Host;
        if (news.Greeted is { } facts)
        {
            fleet.Connected(host, facts, news.Connection);
        }
        if (news.Inventory is { } containers)
        {
            fleet.Inventory(host, containers);
        }
        if (news.Changed is { } changed)
        {
            fleet.Changed(host, changed, news.Removed ?? []);
        }
        if (news.Events is { } events)
        {
            fleet.Happened(host, events);
        }
        if (news.Usage is { } usage)
        {
            fleet.Used(host, usage);
        }
        if (news.Cluster is { } cluster)
        {
            fleet.Clustered(host, cluster);
        }
        if (news.SkewMs is { } skew)
        {
            fleet.Clock(host, skew, TimeSpan.FromMilliseconds(news.SkewErrorMs));
        }
        if (news.Lost)
        {
            Leave(host, remote);
        }
    }

    private void Leave(string host, Remote remote)
    {
        remote.Here = false;
        streams.Lost(remote.Connection);
        fleet.Unheard(host, null);
        // That connection alone: the host may have come here meanwhile.
        fleet.Lost(host, remote.Connection);
    }

    private void Ask(string host, Remote remote)
    {
        if (!remote.Asking)
        {
            remote.Asking = true;
            _ = Task.Run(() => AskAsync(host, remote));
        }
    }

    private async Task AskAsync(string host, Remote remote)
    {
        HostWhole? whole = null;
        try
        {
            if (fleet.FindHost(host) is null)
            {
                await rows.RefreshAsync(host, stopping);
            }
            var answer = await wire.AskAsync(remote.Holder, AcrossTopics.Whole, Encoding.UTF8.GetBytes(host), stopping);
            whole = answer.IsEmpty ? null : JsonSerializer.Deserialize(answer.Span, AcrossJson.Default.HostWhole);
        }
        catch (Exception exception) when (!stopping.IsCancellationRequested)
        {
            // What the other says next of what it has has it asked again.
            log.LogInformation(exception, "What another dashboard knows of host {Host} was not told", host);
        }
        catch (OperationCanceledException) { }
        lock (gate)
        {
            remote.Asking = false;
            var waiting = remote.Waiting.ToList();
            remote.Waiting.Clear();
            if (
                whole is null
                || remotes.GetValueOrDefault(host) != remote
                || !IsOfNow(remote.Holder, host, whole.Epoch)
            )
            {
                return;
            }
            (remote.Epoch, remote.Connection, remote.Revision, remote.Here) = (
                whole.Epoch,
                whole.Connection,
                whole.Revision,
                true
            );
            fleet.Place(whole);
            foreach (var news in waiting.Where(news => news.Revision == remote.Revision + 1))
            {
                Apply(remote, news);
            }
        }
    }

    private void LookAfterSilent()
    {
        var status = wire.Status;
        var connectedLong =
            status.State == WireState.Connected
            && wire.HearsItself
            && time.GetUtcNow() - status.Since > DashboardWire.Patience;
        lock (gate)
        {
            foreach (var (host, remote) in remotes.Where(pair => pair.Value.Here && !wire.Hears(pair.Value.Holder)))
            {
                if (connectedLong || held.EpochOf(host) is not null)
                {
                    Leave(host, remote);
                }
                else if (status.State == WireState.Away)
                {
                    streams.Lost(remote.Connection);
                    fleet.Unheard(
                        host,
                        $"It is connected to another dashboard, which is not heard since {status.Since.UtcDateTime:HH:mm:ss} UTC: what is shown is as of then."
                    );
                }
            }
        }
    }

    private void EndStreamsOf(string dashboard)
    {
        lock (gate)
        {
            foreach (var remote in remotes.Values.Where(remote => remote.Holder == dashboard))
            {
                streams.Lost(remote.Connection);
            }
        }
    }

    private async Task RefreshAsync(string hostId)
    {
        try
        {
            await rows.RefreshAsync(hostId, stopping);
        }
        catch (Exception exception) when (!stopping.IsCancellationRequested)
        {
            log.LogWarning(exception, "What is stored of host {Host} could not be read; it is read again", hostId);
        }
        catch (OperationCanceledException) { }
    }

    private void End(string hostId)
    {
        held.Lost(hostId);
        connections.Abort(hostId);
    }

    private static T Read<T>(ReadOnlyMemory<byte> body, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize(body.Span, type)
        ?? throw new JsonException("Another dashboard told nothing where something belongs.");

    private sealed class Remote(string holder, string connection, long epoch)
    {
        public string Holder { get; } = holder;
        public string Connection { get; set; } = connection;
        public long Epoch { get; set; } = epoch;
        public long Revision { get; set; }

        /// <summary>As far as is known it is connected there.</summary>
        public bool Here { get; set; }
        public bool Asking { get; set; }
        public List<FleetNews> Waiting { get; } = [];
    }
}
