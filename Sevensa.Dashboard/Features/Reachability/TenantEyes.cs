using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Reachability.Graph;

namespace Sevensa.Dashboard.Features.Reachability;

/// <summary>Ends of flows as a caller may read them, in the words of one tenant's people.</summary>
internal sealed class TenantEyes(Caller caller, string tenant)
{
    public string Tenant => tenant;

    public string Named(FlowEnd end) => MaySee(end) ? end.For(tenant) : FlowEnd.Hidden.Name;

    public bool MaySee(FlowEnd end) =>
        end.Kind != EndKind.Service
        || (end.Tenant is { } of ? of == tenant || caller.MaySee(of) : caller.Tenants.IsAll);

    /// <summary>Networks of tenants that the caller does not see may be named after them.</summary>
    public IReadOnlyList<string> Words(PossibleFlow flow) =>
        MaySee(flow.From) && MaySee(flow.To) || flow.Ways.Count == 0
            ? flow.Ways
            : ["a network that both are in, or a published port"];

    /// <summary>The two are not the same tenant's.</summary>
    public static bool IsCross(FlowEnd from, FlowEnd to) =>
        from.Kind == EndKind.Service && to.Kind == EndKind.Service && from.Tenant != to.Tenant;

    /// <summary>As a policy writes it: <c>:5432</c>, <c>:53/udp</c>.</summary>
    public static string DeclaredPort(string? port) =>
        port is null ? ""
        : port.EndsWith("/tcp", StringComparison.Ordinal) ? $":{port[..^4]}"
        : $":{port}";
}
