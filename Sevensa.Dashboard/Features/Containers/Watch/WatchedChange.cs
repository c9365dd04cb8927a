using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Containers.Kinds;

namespace Sevensa.Dashboard.Features.Containers.Watch;

/// <summary>What a change of what runs may be blamed for, and when it is another's to judge.</summary>
internal static class WatchedChange
{
    public static readonly IReadOnlyList<string> Kinds =
    [
        ServiceDeploy.Kind,
        ServiceRollback.Kind,
        TenantRollback.Kind,
        ServiceScale.Kind,
    ];

    /// <summary>
    /// Whether it only added containers like those that run. A load that grows makes answers slower, and is why that was done: taking
    /// them away again would make it worse.
    /// </summary>
    public static bool IsMoreOfTheSame(ActionPlan plan) =>
        plan.Kind == ServiceScale.Kind
        && plan.Parameters.TryGetProperty("replicas", out var wanted)
        && wanted.TryGetInt32(out var replicas)
        && replicas > plan.Containers.Count;

    /// <summary>How many containers of a service there are once a plan is done, of those that it names and makes.</summary>
    public static int After(ActionPlan plan, string service)
    {
        var own = plan
            .Containers.Where(container => container.Service == service)
            .Select(container => container.Id)
            .ToHashSet(StringComparer.Ordinal);
        return own.Count
            + plan.Steps.Count(step => step.Verb == StepVerbs.ContainerCreate && own.Contains(step.On))
            - plan.Steps.Count(step => step.Verb == StepVerbs.ContainerRemove && own.Contains(step.On));
    }

    /// <summary>Whether another changed the same after it, or is about to: its undo would take that back too. It may have been planned before.</summary>
    public static bool IsSuperseded(Proposal one, Proposal by) =>
        by.Id != one.Id
        && (Kinds.Contains(by.Kind) || by.Kind is HardeningItems.Kind or UnexposedSecrets.Kind)
        && (by.Kind == ServiceScale.Kind) == (one.Kind == ServiceScale.Kind)
        && by
            is {
                DispatchedAt: not null,
                State: not (ProposalState.Refused or ProposalState.Cancelled or ProposalState.RolledBack)
            }
        && (by.EndedAt is null || by.EndedAt > one.EndedAt)
        && by.Plan.Executor.HostId == one.Plan.Executor.HostId
        && by.Plan.Containers.Any(container => one.Plan.Containers.Any(other => other.Service == container.Service));
}
