using Sevensa.Dashboard.Features.Reachability.Drawing;

namespace Sevensa.Dashboard.Features.Reachability;

/// <summary>A service of the tenant, and how it stands to the outside.</summary>
/// <param name="Networks">Names of the networks that it is in; <c>host</c> for its host's own.</param>
/// <param name="InternetFacing">It is reached from outside of its host, by a published port, in its host's own network or through Traefik.</param>
/// <param name="HasHost">Why who breaks into it has its host; null when nothing says so.</param>
public sealed record ReachableService(
    string Service,
    IReadOnlyList<string> Containers,
    IReadOnlyList<string> Hosts,
    IReadOnlyList<string> Networks,
    IReadOnlyList<string> Ports,
    bool InternetFacing,
    string? HasHost
);

/// <summary>A way from one service to another.</summary>
/// <param name="From">A service of the tenant by its name, of another as <c>tenant/service</c>; <c>internet</c>, <c>host NAME</c>, <c>another tenant</c>, <c>a private network</c>, <c>NAME's own address</c>.</param>
/// <param name="Port"><c>5432/tcp</c>; null for any.</param>
/// <param name="Declared">The policy of the tenant whose service is reached says that it is meant.</param>
/// <param name="Possible">Docker's networks let it through.</param>
/// <param name="Observed">
/// Connections of it were made within the last week. False only where each would have been seen: both ends are looked at for a
/// whole week, in networks that they share on one host. Null where it is not known.
/// </param>
/// <param name="CrossTenant">The two are not the same tenant's.</param>
/// <param name="Ways">How, in words.</param>
/// <param name="ObservedFirst">When connections of it were seen first, since they are told.</param>
/// <param name="ObservedLast">And last; up to a quarter of an hour behind.</param>
/// <param name="ObservedWhy">Why it is not known, in words; null where it is.</param>
public sealed record ReachabilityFlow(
    string From,
    string To,
    string? Port,
    bool Declared,
    bool Possible,
    bool? Observed,
    bool CrossTenant,
    IReadOnlyList<string> Ways,
    DateTimeOffset? ObservedFirst = null,
    DateTimeOffset? ObservedLast = null,
    string? ObservedWhy = null
);

public enum ReachabilityFindingKind
{
    /// <summary>A service of one tenant reaches another's, and the other's policy does not say so.</summary>
    CrossTenant,

    /// <summary>A service has its host, and with it everything on it.</summary>
    HostAccess,

    /// <summary>Possible, and not among the flows that the tenant declares.</summary>
    Undeclared,

    /// <summary>Declared, and not possible.</summary>
    Impossible,
}

/// <param name="Reason">In words: what was found.</param>
/// <param name="Remedy">What to do.</param>
/// <param name="Observed">Whether connections of it were made within the last week; null where that is not known.</param>
public sealed record ReachabilityFinding(
    ReachabilityFindingKind Kind,
    string From,
    string To,
    string? Port,
    string Reason,
    string Remedy,
    bool? Observed = null
);

/// <summary>What could be reached from one service.</summary>
/// <param name="Steps">How many break-ins it takes, the first into the service itself not counted.</param>
/// <param name="Path">Each step, with how it is possible.</param>
public sealed record ReachedService(string To, bool CrossTenant, int Steps, IReadOnlyList<string> Path);

/// <summary>Whether a host tells of the connections of its containers.</summary>
/// <param name="Told">Those of all its containers that have a network of their own.</param>
/// <param name="Why">Why not, in words; null when they are told.</param>
/// <param name="Since">When it told first since this dashboard started; null when it has not.</param>
internal sealed record FlowObservation(string Host, bool Told, string? Why, DateTimeOffset? Since);

/// <param name="LeftOut">That there is no room for all flows that were seen, in words; null when there is.</param>
/// <param name="Policy">The declared flows as they were written; null when there are none.</param>
/// <param name="Reach">What <paramref name="From"/> could reach; null when it was not asked.</param>
/// <param name="Drawing">The same, to be drawn; who does not draw it does not pay for it.</param>
internal sealed record ReachabilitySheet(
    IReadOnlyList<ReachableService> Services,
    IReadOnlyList<ReachabilityFlow> Flows,
    IReadOnlyList<ReachabilityFinding> Findings,
    IReadOnlyList<FlowObservation> Observation,
    string? LeftOut,
    string? Policy,
    string? From,
    IReadOnlyList<ReachedService>? Reach,
    Lazy<FlowPicture> Drawing
)
{
    public FlowPicture Picture => Drawing.Value;
}
