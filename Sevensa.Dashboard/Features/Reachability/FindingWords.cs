using System.Globalization;
using Sevensa.Dashboard.Features.Reachability.Declared;
using Sevensa.Dashboard.Features.Reachability.Graph;
using Sevensa.Dashboard.Features.Reachability.Observed;

namespace Sevensa.Dashboard.Features.Reachability;

/// <summary>Findings in words.</summary>
internal sealed class FindingWords(TenantEyes eyes, ObservedView observed)
{
    public ReachabilityFinding CrossTenant(PossibleFlow flow) =>
        Of(
            ReachabilityFindingKind.CrossTenant,
            flow,
            $"{Reaches(flow)}{How(flow)}.",
            flow.To.Tenant == eyes.Tenant
                ? $"Take the two apart: a network of its own for what {flow.To.Name} needs. If it is meant, {(eyes.MaySee(flow.From) ? $"declare it here: {Line(flow)}" : "somebody who sees the other tenant declares it here.")}"
                : "Take the two apart: a network of its own for what is meant. If it is meant, the other tenant declares it."
        );

    public ReachabilityFinding HostAccess(PossibleFlow flow) =>
        new(
            ReachabilityFindingKind.HostAccess,
            eyes.Named(flow.From),
            eyes.Named(flow.To),
            null,
            $"Who breaks into {flow.From.Name} has {eyes.Named(flow.To)}: {string.Join("; ", flow.Ways)}.",
            "See its posture for what to write into the Compose file."
        );

    public ReachabilityFinding Undeclared(PossibleFlow flow) =>
        Of(
            ReachabilityFindingKind.Undeclared,
            flow,
            $"{Reaches(flow)}, which the policy does not declare{How(flow)}.",
            $"Put the two into networks of their own, or declare it: {Line(flow)}"
        );

    public static ReachabilityFinding Impossible(DeclaredFlow flow) =>
        new(
            ReachabilityFindingKind.Impossible,
            flow.From,
            flow.To,
            flow.Port,
            $"Line {flow.Line} of the policy declares it, and no network leads there now.",
            "Put the two into one network, or take the line out."
        );

    private ReachabilityFinding Of(ReachabilityFindingKind kind, PossibleFlow flow, string reason, string remedy)
    {
        var seen = observed.Of(flow.From, flow.To, flow.Port);
        return new ReachabilityFinding(
            kind,
            eyes.Named(flow.From),
            eyes.Named(flow.To),
            flow.Port,
            seen is null
                ? reason
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"{reason} Connections were seen, the last on {seen.Last.UtcDateTime:yyyy-MM-dd HH:mm} UTC."
                ),
            remedy,
            Observed: seen is not null ? true
                : observed.WhyUnseen(flow) is null ? false
                : null
        );
    }

    private string Reaches(PossibleFlow flow) =>
        $"{eyes.Named(flow.From)} reaches {eyes.Named(flow.To)}{(flow.Port is { } port ? $" on {port}" : "")}";

    private string How(PossibleFlow flow) => flow.Ways.Count == 0 ? "" : $": {string.Join("; ", eyes.Words(flow))}";

    private string Line(PossibleFlow flow) =>
        $"{eyes.Named(flow.From)} -> {flow.To.Name}{TenantEyes.DeclaredPort(flow.Port)}";
}
