using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Reachability.Declared;
using Sevensa.Dashboard.Features.Reachability.Graph;

namespace Sevensa.Dashboard.Features.Reachability;

/// <summary>The graph as one tenant's people see it: the flows to and from its services.</summary>
internal sealed class TenantView(Caller caller, string tenant, FlowGraph graph, DeclaredFlows declared)
{
    private readonly List<PossibleFlow> own =
    [
        .. graph.Flows.Where(flow => flow.From.Tenant == tenant || flow.To.Tenant == tenant),
    ];

    public FlowEnd? Find(string name) =>
        graph
            .Members.Where(member => member.End.Tenant == tenant)
            .FirstOrDefault(member =>
                DeclaredFlow.Means(tenant, name, member.End) || member.Container.Facts.Name == name
            )
            ?.End;

    public IReadOnlyList<ReachableService> Services() =>
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
                    own.Any(flow => flow.From == FlowEnd.Internet && flow.To == service.Key),
                    service.Select(member => member.HasHost).FirstOrDefault(why => why is not null)
                )),
        ];

    /// <param name="from">Only those from there; null for all.</param>
    public IReadOnlyList<ReachabilityFlow> Flows(FlowEnd? from) =>
        [
            .. own.Where(flow => from is null || flow.From == from)
                .Select(flow => new ReachabilityFlow(
                    Named(flow.From),
                    Named(flow.To),
                    flow.Port,
                    declared.Covers(flow.From, flow.To, flow.Port),
                    true,
                    null,
                    IsCross(flow),
                    [.. Words(flow)]
                ))
                // Several of tenants that are not seen are one.
                .GroupBy(flow => (flow.From, flow.To, flow.Port))
                .Select(same =>
                    same.First() with
                    {
                        Declared = same.All(flow => flow.Declared),
                        Ways = [.. same.SelectMany(flow => flow.Ways).Distinct()],
                    }
                )
                .Concat(
                    Impossible()
                        .Where(flow => from is null || DeclaredFlow.Means(tenant, flow.From, from))
                        .Select(flow => new ReachabilityFlow(
                            flow.From,
                            flow.To,
                            flow.Port,
                            true,
                            false,
                            null,
                            false,
                            []
                        ))
                ),
        ];

    public IReadOnlyList<ReachabilityFinding> Findings()
    {
        var found = own.Where(flow => !declared.Covers(flow.From, flow.To, flow.Port))
            .Select(flow =>
                flow.To.Kind == EndKind.Host ? HostAccess(flow)
                : IsCross(flow) ? CrossTenant(flow)
                : flow.From.Tenant == tenant && flow.To.Tenant == tenant && declared.TextOf(tenant) is not null
                || flow.From.Kind == EndKind.Internet && declared.TextOf(tenant) is not null
                    ? Undeclared(flow)
                : null
            )
            .OfType<ReachabilityFinding>()
            .Concat(Impossible().Select(Impossible));
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
                    Named(path[^1].To),
                    path[^1].To is { Kind: EndKind.Service } to && to.Tenant != tenant,
                    path.Count,
                    [
                        .. path.Select(step =>
                            $"{Named(step.From)} → {Named(step.To)}{Port(step)}: {string.Join("; ", Words(step))}"
                        ),
                    ]
                ))
                .DistinctBy(reached => reached.To),
        ];

    private ReachabilityFinding CrossTenant(PossibleFlow flow) =>
        new(
            ReachabilityFindingKind.CrossTenant,
            Named(flow.From),
            Named(flow.To),
            flow.Port,
            $"{Named(flow.From)} reaches {Named(flow.To)}{Port(flow)}: {string.Join("; ", Words(flow))}.",
            flow.To.Tenant == tenant
                ? $"Take the two apart: a network of its own for what {flow.To.Name} needs. If it is meant, {(MaySee(flow.From) ? $"declare it here: {Named(flow.From)} -> {flow.To.Name}{DeclaredPort(flow)}" : "somebody who sees the other tenant declares it here.")}"
                : "Take the two apart: a network of its own for what is meant. If it is meant, the other tenant declares it."
        );

    private ReachabilityFinding HostAccess(PossibleFlow flow) =>
        new(
            ReachabilityFindingKind.HostAccess,
            Named(flow.From),
            Named(flow.To),
            null,
            $"Who breaks into {flow.From.Name} has {Named(flow.To)}: {string.Join("; ", flow.Ways)}.",
            "See its posture for what to write into the Compose file."
        );

    private ReachabilityFinding Undeclared(PossibleFlow flow) =>
        new(
            ReachabilityFindingKind.Undeclared,
            Named(flow.From),
            Named(flow.To),
            flow.Port,
            $"{Named(flow.From)} reaches {Named(flow.To)}{Port(flow)}, which the policy does not declare: {string.Join("; ", Words(flow))}.",
            $"Put the two into networks of their own, or declare it: {Named(flow.From)} -> {flow.To.Name}{DeclaredPort(flow)}"
        );

    private static ReachabilityFinding Impossible(DeclaredFlow flow) =>
        new(
            ReachabilityFindingKind.Impossible,
            flow.From,
            flow.To,
            flow.Port,
            $"Line {flow.Line} of the policy declares it, and no network leads there now.",
            "Put the two into one network, or take the line out."
        );

    /// <summary>Of the tenant's own lines those that nothing possible fits.</summary>
    private IEnumerable<DeclaredFlow> Impossible() =>
        declared
            .Of(tenant)
            .Where(line => !own.Any(flow => line.Covers(tenant, flow.From, flow.To, flow.Port)))
            .DistinctBy(line => (line.From, line.To, line.Port));

    private bool IsCross(PossibleFlow flow) =>
        flow is { From.Kind: EndKind.Service, To.Kind: EndKind.Service } && flow.From.Tenant != flow.To.Tenant;

    /// <summary>Networks of tenants that the caller does not see may be named after them.</summary>
    private IEnumerable<string> Words(PossibleFlow flow) =>
        MaySee(flow.From) && MaySee(flow.To) ? flow.Ways : ["a network that both are in, or a published port"];

    private string Named(FlowEnd end) => MaySee(end) ? end.For(tenant) : FlowEnd.Hidden.Name;

    private bool MaySee(FlowEnd end) =>
        end.Kind != EndKind.Service
        || (end.Tenant is { } of ? of == tenant || caller.MaySee(of) : caller.Tenants.IsAll);

    private static string Port(PossibleFlow flow) => flow.Port is { } port ? $" on {port}" : "";

    private static string DeclaredPort(PossibleFlow flow) =>
        flow.Port is not { } port ? ""
        : port.EndsWith("/tcp", StringComparison.Ordinal) ? $":{port[..^4]}"
        : $":{port}";

    private static IReadOnlyList<string> Sorted(IEnumerable<string> words) =>
        [.. words.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
}
