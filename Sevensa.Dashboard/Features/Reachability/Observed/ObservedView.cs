using Sevensa.Dashboard.Features.Reachability.Graph;

namespace Sevensa.Dashboard.Features.Reachability.Observed;

/// <summary>The connections of late, held against the graph of what is possible.</summary>
/// <param name="look">By the host's id; null for one that has not told.</param>
/// <param name="since">From when on connections are counted: who is looked at for less may have made some before.</param>
/// <param name="leftOut">Tenants of whose flows some are not kept; null stands for containers that are no tenant's.</param>
internal sealed class ObservedView(
    IReadOnlyList<SeenFlow> seen,
    FlowGraph graph,
    Func<string, HostLook?> look,
    DateTimeOffset since,
    IReadOnlySet<string?> leftOut
)
{
    private readonly ILookup<(FlowEnd, FlowEnd), SeenFlow> byEnds = seen.ToLookup(flow => (flow.From, flow.To));
    private readonly ILookup<FlowEnd, Member> members = graph.Members.ToLookup(member => member.End);
    private readonly Dictionary<FlowEnd, string?> unlooked = [];

    /// <summary>What was seen of it; of any port where none is named.</summary>
    public SeenFlow? Of(FlowEnd from, FlowEnd to, string? port) =>
        !byEnds.Contains((from, to))
            ? null
            : byEnds[(from, to)]
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

    /// <summary>Of one that was not seen: why it is not known that no connection was made; null when none was.</summary>
    public string? WhyUnseen(PossibleFlow flow) =>
        flow.Unseen
        ?? (
            flow.Port is null ? Unseen.AnyPort
            : !flow.Port.EndsWith("/tcp", StringComparison.Ordinal) ? Unseen.NotTcp
            : null
        )
        ?? WhyUnlooked(flow.From)
        ?? WhyUnlooked(flow.To)
        ?? (leftOut.Contains(ObservedFlowRow.OwnerOf(flow.From, flow.To)) ? Unseen.NoRoom : null);

    /// <summary>What was seen beside the flows that the graph knows, with the ways that it knows between the two.</summary>
    /// <param name="possible">All of the graph that concern the same tenant.</param>
    public IEnumerable<PossibleFlow> Beside(IReadOnlyList<PossibleFlow> possible)
    {
        if (seen.Count == 0)
        {
            return [];
        }
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

    private string? WhyUnlooked(FlowEnd end)
    {
        if (!unlooked.TryGetValue(end, out var known))
        {
            var reasons = members[end].Select(WhyUnread).ToList();
            unlooked[end] = known =
                reasons.Count == 0 ? Unseen.NotRunning : reasons.FirstOrDefault(reason => reason is not null);
        }
        return known;
    }

    /// <summary>Tables of the host's own network, or of another's namespace, are not read for it.</summary>
    private string? WhyUnread(Member member) =>
        member.OnHost ? Unseen.HostNetwork
        : member.NamespaceOf != member.Container.Facts.Id ? Unseen.SharedNamespace
        : !member.Container.HostConnected ? Unseen.NotConnected
        : look(member.HostId) is not { } told ? Unseen.NotTold
        : told.Looked is null || !told.Looked.TryGetValue(member.Container.Facts.Id, out var from) ? Unseen.NotRead
        : from > since ? Unseen.TooShort
        : null;
}
