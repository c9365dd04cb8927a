using Sevensa.Dashboard.Features.Reachability.Graph;

namespace Sevensa.Dashboard.Features.Reachability.Observed;

/// <summary>The connections of late, held against the graph of what is possible.</summary>
/// <param name="isLooked">Whether the connections of such an end are read, so that one that is not there was not made.</param>
internal sealed class ObservedView(IReadOnlyList<SeenFlow> seen, Func<FlowEnd, bool> isLooked)
{
    private readonly ILookup<(FlowEnd, FlowEnd), SeenFlow> byEnds = seen.ToLookup(flow => (flow.From, flow.To));

    /// <summary>Those whose connections are read on all hosts where they run.</summary>
    /// <param name="look">By the host's id; null for one that has not told.</param>
    public static ObservedView Of(IReadOnlyList<SeenFlow> seen, FlowGraph graph, Func<string, HostLook?> look)
    {
        var members = graph.Members.ToLookup(member => member.End);
        var looked = new Dictionary<FlowEnd, bool>();
        return new ObservedView(
            seen,
            end =>
                end.Kind == EndKind.Internet
                || (
                    looked.TryGetValue(end, out var known)
                        ? known
                        : looked[end] = members[end].Any() && members[end].All(member => IsRead(member, look))
                )
        );
    }

    /// <summary>What was seen of it; of any port where none is named.</summary>
    public SeenFlow? Of(FlowEnd from, FlowEnd to, string? port) =>
        byEnds[(from, to)]
            .Where(flow => port is null || flow.Port == port)
            .Aggregate(
                (SeenFlow?)null,
                (sum, flow) =>
                    sum is null
                        ? flow
                        : sum with
                        {
                            First = sum.First < flow.First ? sum.First : flow.First,
                            Last = sum.Last > flow.Last ? sum.Last : flow.Last,
                        }
            );

    /// <summary>Whether no connection of it was made; null where that can't be told.</summary>
    public bool? Misses(FlowEnd from, FlowEnd to) => isLooked(from) && isLooked(to) ? true : null;

    /// <summary>What was seen beside the flows that the graph knows, with the ways that it knows between the two.</summary>
    /// <param name="possible">All of the graph that concern the same tenant.</param>
    public IEnumerable<PossibleFlow> Beside(IReadOnlyList<PossibleFlow> possible)
    {
        var known = possible.Select(flow => (flow.From, flow.To, flow.Port)).ToHashSet();
        var ways = possible.ToLookup(flow => (flow.From, flow.To));
        return seen.Where(flow => !known.Contains((flow.From, flow.To, flow.Port)))
            .Select(flow => new PossibleFlow(
                flow.From,
                flow.To,
                flow.Port,
                [.. ways[(flow.From, flow.To)].SelectMany(way => way.Ways).Distinct(StringComparer.Ordinal)]
            ));
    }

    /// <summary>Tables of the host's own network, or of another's namespace, are not read for it.</summary>
    private static bool IsRead(Member member, Func<string, HostLook?> look) =>
        !member.OnHost
        && member.NamespaceOf == member.Container.Facts.Id
        && member.Container.HostConnected
        && look(member.HostId) is { Whole: true };
}
