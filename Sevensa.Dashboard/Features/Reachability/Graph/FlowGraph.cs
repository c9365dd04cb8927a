using System.Net;
using System.Runtime.InteropServices;
using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Reachability.Graph;

/// <summary>
/// Who could reach whom, from what Docker says of running containers: networks, published ports, shared namespaces, the host's
/// network and Traefik's labels. Replicas of one service are one. What the kernel's own firewall forbids besides is not seen.
/// </summary>
internal sealed class FlowGraph
{
    private readonly Dictionary<(FlowEnd From, FlowEnd To, string? Port), (Ways Ways, string? Unseen)> found = [];
    private readonly Dictionary<string, Ways> first = new(StringComparer.Ordinal);

    /// <summary>Ways in the order in which they were found; all flows with the same ones share them.</summary>
    private sealed class Ways(IReadOnlyList<string> words)
    {
        private Dictionary<string, Ways>? longer;

        public IReadOnlyList<string> Words => words;

        public Ways With(string way)
        {
            if (words.Contains(way))
            {
                return this;
            }
            longer ??= new Dictionary<string, Ways>(StringComparer.Ordinal);
            return longer.TryGetValue(way, out var known) ? known : longer[way] = new Ways([.. words, way]);
        }
    }

    private FlowGraph() { }

    public IReadOnlyList<PossibleFlow> Flows { get; private init; } = [];

    public IReadOnlyList<Member> Members { get; private init; } = [];

    /// <param name="running">All that run, on all hosts: a path may lead through what is not the asker's.</param>
    public static FlowGraph Of(IEnumerable<HostedContainer> running)
    {
        var members = Member.Of(running);
        var graph = new FlowGraph();
        graph.ThroughNetworks(members);
        foreach (var there in members.GroupBy(member => member.HostId))
        {
            List<Member> all = [.. there];
            graph.ThroughNamespaces(all);
            graph.ThroughHostNetwork(all);
        }
        graph.ToHostNetworkFromOutside(members);
        graph.ThroughPublishedPorts(members);
        graph.ThroughTraefik(members);
        graph.ToHosts(members);
        return new FlowGraph
        {
            Members = members,
            Flows =
            [
                .. graph.found.Select(flow => new PossibleFlow(
                    flow.Key.From,
                    flow.Key.To,
                    flow.Key.Port,
                    flow.Value.Ways.Words,
                    flow.Value.Unseen
                )),
            ],
        };
    }

    /// <summary>Everything that could be reached from one end, step by step; each step behind the first needs another break-in.</summary>
    /// <returns>The ends in order of steps, each with the path to it, which begins with the first step.</returns>
    public IReadOnlyList<IReadOnlyList<PossibleFlow>> From(FlowEnd start)
    {
        var outgoing = Flows.ToLookup(flow => flow.From);
        var onHost = Members.ToLookup(member => FlowEnd.Host(member.Container.HostName));
        var seen = new HashSet<FlowEnd> { start };
        var waiting = new Queue<(FlowEnd End, IReadOnlyList<PossibleFlow> Path)>();
        waiting.Enqueue((start, []));
        var paths = new List<IReadOnlyList<PossibleFlow>>();
        while (waiting.TryDequeue(out var at))
        {
            var next =
                at.End.Kind == EndKind.Host
                    ? onHost[at.End]
                        .Select(member => new PossibleFlow(at.End, member.End, null, ["who has the host has it"]))
                    : outgoing[at.End];
            foreach (var flow in next)
            {
                if (seen.Add(flow.To))
                {
                    IReadOnlyList<PossibleFlow> path = [.. at.Path, flow];
                    paths.Add(path);
                    waiting.Enqueue((flow.To, path));
                }
            }
        }
        return paths;
    }

    private void ThroughNetworks(IReadOnlyList<Member> members)
    {
        var networks = members
            .SelectMany(member => member.Places.Where(place => place.Open).Select(place => (place, member)))
            .GroupBy(one => one.place.Key);
        foreach (var network in networks)
        {
            var place = network.First().place;
            var way = $"network {place.Network}";
            var unseen = place.Driver switch
            {
                "bridge" or "macvlan" or "ipvlan" => null,
                "overlay" => Unseen.Overlay,
                _ => Unseen.UnknownNetwork,
            };
            var inside = network.Select(one => one.member).ToList();
            foreach (var from in inside)
            {
                foreach (var to in inside)
                {
                    AddAll(from.End, to, way, unseen);
                }
            }
        }
    }

    private void ThroughNamespaces(IReadOnlyList<Member> there)
    {
        foreach (var shared in there.Where(member => !member.OnHost).GroupBy(member => member.NamespaceOf))
        {
            List<Member> inside = [.. shared];
            foreach (var from in inside.Count > 1 ? inside : [])
            {
                foreach (var to in inside)
                {
                    AddAll(from.End, to, "the same network namespace", Unseen.SharedNamespace);
                }
            }
        }
    }

    private void ThroughHostNetwork(IReadOnlyList<Member> there)
    {
        foreach (var host in there.Where(member => member.OnHost))
        {
            foreach (var other in there.Where(other => other.IsOnline))
            {
                AddAll(
                    host.End,
                    other,
                    other.OnHost
                        ? "the host's network namespace"
                        : "the host's network namespace, which has an address in each network",
                    Unseen.HostNetwork
                );
                AddAll(
                    other.End,
                    host,
                    other.OnHost ? "the host's network namespace" : "the host's addresses",
                    Unseen.HostNetwork
                );
            }
        }
    }

    /// <summary>It listens on its host's own addresses: nothing of Docker's stands between.</summary>
    private void ToHostNetworkFromOutside(IReadOnlyList<Member> members)
    {
        foreach (var to in members.Where(member => member.OnHost))
        {
            var way = $"the network of {to.Container.HostName} itself";
            AddAll(FlowEnd.Internet, to, way, Unseen.Outside);
            foreach (var from in members.Where(from => from.HostId != to.HostId && from.GoesOut))
            {
                AddAll(from.End, to, way, Unseen.HostNetwork);
            }
        }
    }

    private void ThroughPublishedPorts(IReadOnlyList<Member> members)
    {
        foreach (var to in members)
        {
            foreach (var port in to.Published)
            {
                var way =
                    $"published on {(port.IsEverywhere ? "all addresses" : port.Address)} of {to.Container.HostName} as {port.HostPort}";
                foreach (var from in members)
                {
                    if (
                        from.HostId == to.HostId
                            ? from.OnHost || (from.IsOnline && !port.IsLoopback)
                            : from.GoesOut && !port.IsLoopback
                    )
                    {
                        Add(
                            from.End,
                            to.End,
                            port.Inside,
                            way,
                            from.HostId == to.HostId ? Unseen.Published : Unseen.Far
                        );
                    }
                }
                if (port.IsEverywhere || IsPublic(port.Address))
                {
                    Add(FlowEnd.Internet, to.End, port.Inside, way, Unseen.Outside);
                }
            }
        }
    }

    private void ThroughTraefik(IReadOnlyList<Member> members)
    {
        foreach (var proxy in members.Where(member => TraefikLabels.IsTraefik(member.Container.Facts)))
        {
            foreach (var to in members.Where(to => to.HostId == proxy.HostId && to != proxy))
            {
                var labels = to.Container.Facts.Labels;
                if (!TraefikLabels.AreRouted(labels) || !Meets(proxy, to, TraefikLabels.NetworkIn(labels)))
                {
                    continue;
                }
                string?[] ports = [.. TraefikLabels.PortsIn(labels).Select(port => $"{port}/tcp")];
                foreach (var port in ports.Length > 0 ? ports : [to.Ports.Count > 0 ? to.Ports[0] : null])
                {
                    Add(
                        FlowEnd.Internet,
                        to.End,
                        port,
                        $"Traefik {proxy.Container.Facts.Name}: {TraefikLabels.RulesIn(labels)}",
                        Unseen.Proxied
                    );
                    // It goes by a network that both are in, or by the host's, of which it is known whether it is seen.
                    Add(proxy.End, to.End, port, "a router of its own", null);
                }
            }
        }
    }

    private void ToHosts(IReadOnlyList<Member> members)
    {
        foreach (var member in members.Where(member => member.HasHost is not null))
        {
            Add(member.End, FlowEnd.Host(member.Container.HostName), null, member.HasHost!, Unseen.NoConnection);
        }
    }

    private static bool Meets(Member proxy, Member to, string? network) =>
        proxy.OnHost
        || proxy.Places.Any(place =>
            place.Open
            && to.Places.Any(other => other.Key == place.Key)
            && (network is null || place.Network == network)
        );

    private static bool IsPublic(string address) =>
        IPAddress.TryParse(address, out var parsed)
        && !IPAddress.IsLoopback(parsed)
        && (
            parsed.GetAddressBytes() is [var first, var second, ..]
            && parsed.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork
                ? first != 10
                    && !(first == 172 && second is >= 16 and < 32)
                    && !(first == 192 && second == 168)
                    && !(first == 169 && second == 254)
                    && !(first == 100 && second is >= 64 and < 128)
                : !parsed.IsIPv6LinkLocal && !parsed.IsIPv6UniqueLocal
        );

    private void AddAll(FlowEnd from, Member to, string way, string? unseen)
    {
        foreach (var port in to.Ports)
        {
            Add(from, to.End, port, way, unseen);
        }
        if (to.Ports.Count == 0)
        {
            Add(from, to.End, null, way, unseen);
        }
    }

    /// <param name="unseen">Why a connection by this way would not be seen as one of the two; null when it would.</param>
    private void Add(FlowEnd from, FlowEnd to, string? port, string way, string? unseen)
    {
        if (from == to)
        {
            return;
        }
        ref var flow = ref CollectionsMarshal.GetValueRefOrAddDefault(found, (from, to, port), out var isKnown);
        flow = (isKnown ? flow.Ways.With(way) : First(way), flow.Unseen ?? unseen);
    }

    private Ways First(string way)
    {
        if (!first.TryGetValue(way, out var known))
        {
            first[way] = known = new Ways([way]);
        }
        return known;
    }
}
