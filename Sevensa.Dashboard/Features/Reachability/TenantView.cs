using Sevensa.Dashboard.Features.Reachability.Declared;
using Sevensa.Dashboard.Features.Reachability.Drawing;
using Sevensa.Dashboard.Features.Reachability.Graph;
using Sevensa.Dashboard.Features.Reachability.Observed;

namespace Sevensa.Dashboard.Features.Reachability;

/// <summary>The graph as one tenant's people see it: the flows to and from its services.</summary>
internal sealed class TenantView(TenantEyes eyes, FlowGraph graph, DeclaredFlows declared, ObservedView observed)
{
    private readonly string tenant = eyes.Tenant;

    private readonly List<PossibleFlow> own =
    [
        .. graph.Flows.Where(flow => flow.From.Tenant == eyes.Tenant || flow.To.Tenant == eyes.Tenant),
    ];

    private IReadOnlyList<PossibleFlow>? beside;

    /// <summary>Seen, and not among those that the graph knows.</summary>
    private IReadOnlyList<PossibleFlow> Beside => beside ??= [.. observed.Beside(own)];

    public FlowEnd? Find(string name) =>
        graph
            .Members.Where(member => member.End.Tenant == tenant)
            .FirstOrDefault(member =>
                DeclaredFlow.Means(tenant, name, member.End) || member.Container.Facts.Name == name
            )
            ?.End;

    public IReadOnlyList<ReachableService> Services()
    {
        var facing = own.Where(flow => flow.From.Kind == EndKind.Internet).Select(flow => flow.To).ToHashSet();
        return
        [
            .. graph
                .Members.Where(member => member.End.Tenant == tenant)
                .GroupBy(member => member.End)
                .OrderBy(service => service.Key.Name, StringComparer.Ordinal)
                .Select(service => new ReachableService(
                    service.Key.Name,
                    Sorted(service.Select(member => member.Container.Facts.Name)),
                    Sorted(service.Select(member => member.Container.HostName)),
                    Sorted(
                        service.SelectMany(member =>
                            member.OnHost ? ["host"] : member.Places.Select(place => place.Network)
                        )
                    ),
                    Sorted(service.SelectMany(member => member.Ports)),
                    facing.Contains(service.Key),
                    service.Select(member => member.HasHost).FirstOrDefault(why => why is not null)
                )),
        ];
    }

    /// <param name="from">Only those from there; null for all.</param>
    public IReadOnlyList<ReachabilityFlow> Flows(FlowEnd? from)
    {
        var wanted = own.Select(flow => (Flow: flow, Possible: true))
            .Concat(Beside.Select(flow => (Flow: flow, Possible: IsPossible(flow))))
            .Where(one => from is null || one.Flow.From == from)
            .ToList();
        // Several of tenants that are not seen have one name and are one; so has a service that is named "internet" with it.
        var namesakes = wanted
            .Select(one => one.Flow.From)
            .Concat(wanted.Select(one => one.Flow.To))
            .Distinct()
            .GroupBy(eyes.Named, StringComparer.Ordinal)
            .Where(same => same.Skip(1).Any())
            .SelectMany(same => same)
            .ToHashSet();
        var byName = wanted.ToLookup(one => namesakes.Contains(one.Flow.From) || namesakes.Contains(one.Flow.To));
        return
        [
            .. byName[false].Select(one => Shown(one.Flow, one.Possible)),
            .. byName[true]
                .Select(one => Shown(one.Flow, one.Possible))
                .GroupBy(flow => (flow.From, flow.To, flow.Port))
                .Select(same => Together([.. same])),
            .. Impossible()
                .Where(flow => from is null || DeclaredFlow.Means(tenant, flow.From, from))
                .Select(flow => new ReachabilityFlow(
                    flow.From,
                    flow.To,
                    flow.Port,
                    true,
                    false,
                    null,
                    false,
                    [],
                    ObservedWhy: Unseen.Impossible
                )),
        ];
    }

    public IReadOnlyList<ReachabilityFinding> Findings()
    {
        var words = new FindingWords(eyes, observed);
        var declares = declared.TextOf(tenant) is not null;
        var found = own.Concat(Beside)
            .Where(flow => !declared.Covers(flow.From, flow.To, flow.Port))
            .Select(flow =>
                flow.To.Kind == EndKind.Host ? words.HostAccess(flow)
                : TenantEyes.IsCross(flow.From, flow.To) ? words.CrossTenant(flow)
                : declares
                && flow.To.Tenant == tenant
                && (flow.From.Tenant == tenant || flow.From.Kind == EndKind.Internet)
                    ? words.Undeclared(flow)
                : null
            )
            .OfType<ReachabilityFinding>()
            .Concat(Impossible().Select(FindingWords.Impossible));
        return
        [
            .. found
                .DistinctBy(finding => (finding.Kind, finding.From, finding.To, finding.Port))
                .OrderBy(finding => finding.Kind)
                .ThenBy(finding => finding.From, StringComparer.Ordinal)
                .ThenBy(finding => finding.To, StringComparer.Ordinal)
                .ThenBy(finding => finding.Port, StringComparer.Ordinal),
        ];
    }

    public IReadOnlyList<ReachedService> Reach(FlowEnd start) =>
        [
            .. graph
                .From(start)
                .Select(path => new ReachedService(
                    eyes.Named(path[^1].To),
                    path[^1].To is { Kind: EndKind.Service } to && to.Tenant != tenant,
                    path.Count,
                    [
                        .. path.Select(step =>
                            $"{eyes.Named(step.From)} → {eyes.Named(step.To)}{(step.Port is { } port ? $" on {port}" : "")}: {string.Join("; ", eyes.Words(step))}"
                        ),
                    ]
                ))
                .DistinctBy(reached => reached.To),
        ];

    /// <summary>The flows to and from the tenant's services, and the whole way of what the start could reach.</summary>
    public FlowPicture Picture(FlowEnd? start)
    {
        var steps = new Dictionary<FlowEnd, int>();
        var ways = new HashSet<(FlowEnd From, FlowEnd To)>();
        List<PossibleFlow> all = [.. own, .. Beside];
        foreach (var path in start is null ? [] : graph.From(start))
        {
            steps.TryAdd(Seen(path[^1].To), path.Count);
            foreach (var step in path.Where(step => ways.Add((Seen(step.From), Seen(step.To)))))
            {
                all.Add(step);
            }
        }
        var declares = declared.TextOf(tenant) is not null;
        var flows = all.GroupBy(flow => (From: Seen(flow.From), To: Seen(flow.To)))
            .Where(pair => pair.Key.From != pair.Key.To)
            .Select(pair => new DrawnFlow(
                pair.Key.From,
                pair.Key.To,
                pair.Max(flow => KindOf(flow, declares)),
                pair.Any(flow => observed.Of(flow.From, flow.To, flow.Port) is not null),
                ways.Contains(pair.Key),
                string.Join(
                    ", ",
                    pair.Select(flow => flow.Port).OfType<string>().Distinct().Order(StringComparer.Ordinal)
                )
            ))
            .ToList();
        return new PictureLayout(tenant, eyes.Named).Of(
            graph.Members.Select(member => member.End).Where(end => end.Tenant == tenant).Distinct(),
            flows,
            start,
            steps
        );
    }

    /// <summary>All that the asker does not see is one.</summary>
    private FlowEnd Seen(FlowEnd end) => eyes.MaySee(end) ? end : FlowEnd.Hidden;

    private ArrowKind KindOf(PossibleFlow flow, bool declares) =>
        declared.Covers(flow.From, flow.To, flow.Port) ? ArrowKind.Declared
        : flow.To.Kind == EndKind.Host ? ArrowKind.HostAccess
        : TenantEyes.IsCross(flow.From, flow.To) ? ArrowKind.CrossTenant
        : declares && flow.To.Tenant == tenant && (flow.From.Tenant == tenant || flow.From.Kind == EndKind.Internet)
            ? ArrowKind.Undeclared
        : ArrowKind.Possible;

    private ReachabilityFlow Shown(PossibleFlow flow, bool possible)
    {
        var seen = observed.Of(flow.From, flow.To, flow.Port);
        var why = seen is null ? WhyUnseen(flow) : null;
        return new ReachabilityFlow(
            eyes.Named(flow.From),
            eyes.Named(flow.To),
            flow.Port,
            declared.Covers(flow.From, flow.To, flow.Port),
            possible,
            seen is not null ? true
                : why is null ? false
                : null,
            TenantEyes.IsCross(flow.From, flow.To),
            eyes.Words(flow),
            seen?.First,
            seen?.Last,
            why
        );
    }

    /// <summary>How another tenant's service stands is for who sees that tenant.</summary>
    private string? WhyUnseen(PossibleFlow flow) =>
        observed.WhyUnseen(flow) is not { } why ? null
        : eyes.MaySee(flow.From) && eyes.MaySee(flow.To) ? why
        : Unseen.Hidden;

    private static ReachabilityFlow Together(IReadOnlyList<ReachabilityFlow> same) =>
        same[0] with
        {
            ObservedWhy = same.Any(flow => flow.Observed == true)
                ? null
                : same.Select(flow => flow.ObservedWhy).FirstOrDefault(why => why is not null),
            Declared = same.All(flow => flow.Declared),
            Possible = same.Any(flow => flow.Possible),
            Observed =
                same.Any(flow => flow.Observed == true) ? true
                : same.All(flow => flow.Observed == false) ? false
                : null,
            Ways = [.. same.SelectMany(flow => flow.Ways).Distinct()],
            ObservedFirst = same.Min(flow => flow.ObservedFirst),
            ObservedLast = same.Max(flow => flow.ObservedLast),
        };

    /// <summary>Of what was seen: what is no service is reached, or reaches, by no network that the graph knows.</summary>
    private static bool IsPossible(PossibleFlow flow) =>
        flow.Ways.Count > 0 || flow.To.Kind is EndKind.Internet or EndKind.Private || flow.From.Kind == EndKind.Private;

    /// <summary>Of the tenant's own lines those that nothing possible fits, and nothing that was seen.</summary>
    private IEnumerable<DeclaredFlow> Impossible()
    {
        var byTarget = own.Concat(Beside).ToLookup(flow => flow.To);
        return declared
            .Of(tenant)
            .Where(line =>
                !byTarget
                    .Where(target => DeclaredFlow.Means(tenant, line.To, target.Key))
                    .Any(target => target.Any(flow => line.Covers(tenant, flow.From, flow.To, flow.Port)))
            )
            .DistinctBy(line => (line.From, line.To, line.Port));
    }

    private static IReadOnlyList<string> Sorted(IEnumerable<string> words) =>
        [.. words.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
}
