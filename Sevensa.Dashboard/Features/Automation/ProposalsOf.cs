using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Automation.Forecasts;

namespace Sevensa.Dashboard.Features.Automation;

/// <summary>What other proposals say of a service.</summary>
internal static class ProposalsOf
{
    private static readonly string[] Programs = [PolicyCaller.Via, "schedule", "watch"];

    /// <summary>Whether a person did it: asked for it, or took up what a watch asked for; and it was done.</summary>
    public static bool IsDoneByPeople(Proposal proposal) =>
        WasDone(proposal) && (IsByPeople(proposal) || IsTakenUp(proposal));

    /// <summary>Whether a person may still do it: what they, or a watch, asked for, and nobody has decided on, or nothing was done about.</summary>
    public static bool IsUndecided(Proposal proposal, DateTimeOffset now) =>
        proposal.State is ProposalState.Proposed or ProposalState.Approved
        && proposal.ExpiresAt > now
        && (IsByPeople(proposal) || proposal.RequestedBy.Id == WatchCaller.Subject);

    /// <summary>Whether it is what a policy would have done at a moment: of its kind, and of what can go two ways the same.</summary>
    /// <param name="wanted">How many containers it wanted then, where it scales by a forecast.</param>
    public static bool IsAlike(Proposal proposal, PolicyDefinition policy, double? wanted, DateTimeOffset at) =>
        proposal.Kind == policy.Action.Kind && ScaleReading.IsSameWay(proposal, policy, wanted, at);

    /// <summary>Whether it is about a service; about none in particular when that is empty.</summary>
    public static bool Touches(Proposal proposal, string service) =>
        service.Length > 0
        && (
            proposal.Plan.Containers.Any(container => container.Service == service)
            || proposal.Target == service
            || proposal.Target == $"service:{service}"
        );

    /// <summary>Whether it went out to be done, and nobody who was to do it refused. An approval alone does nothing.</summary>
    public static bool WasDone(Proposal proposal) =>
        proposal is { DispatchedAt: not null, State: not (ProposalState.Refused or ProposalState.Cancelled) };

    /// <summary>Whether somebody asked for it, and not a rule.</summary>
    private static bool IsByPeople(Proposal proposal) =>
        !Programs.Contains(proposal.RequestedBy.Via) && !proposal.Kind.StartsWith("policy.", StringComparison.Ordinal);

    /// <summary>Whether it is what a watch asked for, and a person took up when it was asked for: not with a policy, and not with the deploy.</summary>
    private static bool IsTakenUp(Proposal proposal) =>
        proposal.RequestedBy.Id == WatchCaller.Subject
        && proposal.Approvals.Any(one =>
            one.Comment is not { } said
            || (
                !said.StartsWith(PolicyCaller.Beforehand, StringComparison.Ordinal)
                && !said.StartsWith("In advance, with the plan", StringComparison.Ordinal)
            )
        );
}
