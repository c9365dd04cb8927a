using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Runner.Actions.Rules;

/// <summary>The plan is the one whose hash was approved, and somebody approved it.</summary>
internal sealed class PlanHashRule : IVerifierRule
{
    public ValueTask<Refusal?> CheckAsync(Examination examination, CancellationToken cancellation)
    {
        var action = examination.Action;
        return new(
            CanonicalJson.Hash(examination.RawPlan) != action.PlanHash || action.Plan.ProposalId != action.ActionId
                ? new Refusal("planMismatch", "The plan in it is not the one that was approved. Nothing was done.")
            : action.Approvals is not { Count: > 0 }
                ? new Refusal("notApproved", "Nobody's approval is in it. Nothing was done.")
            : null
        );
    }
}

/// <summary>Every step is one this runner knows, on a container that the plan names or on what else the verb takes.</summary>
internal sealed class StepsRule(Verbs verbs) : IVerifierRule
{
    public ValueTask<Refusal?> CheckAsync(Examination examination, CancellationToken cancellation)
    {
        var plan = examination.Action.Plan;
        var named = plan.Containers.Select(container => container.Id).ToHashSet(StringComparer.Ordinal);
        var strange = plan.Steps.FirstOrDefault(step => !verbs.Knows(step.Verb) || !Takes(step, named));
        return new(
            plan.Steps.Count == 0 ? new Refusal("malformed", "Its plan does nothing.")
            : strange is not null
                ? new Refusal(
                    "unknownStep",
                    $"Step {strange.Number} ({strange.Verb}) is not one that this runner can do to a container of the plan."
                )
            : plan.Steps.DistinctBy(step => step.Number).Count() != plan.Steps.Count
            || plan.Steps.Any(step => step.Number <= 0)
                ? new Refusal("malformed", "Its steps are not numbered.")
            : plan.Undo.Kind
                is not (
                    UndoKinds.None
                    or UndoKinds.Reverse
                    or StepVerbs.ContainerStart
                    or StepVerbs.ContainerStop
                    or StepVerbs.ContainerRestart
                )
                ? new Refusal("unknownStep", $"This runner does not know the undo {plan.Undo.Kind}.")
            : null
        );
    }

    private static bool Takes(PlanStep step, IReadOnlySet<string> named) =>
        step.Verb switch
        {
            StepVerbs.ImagePull or StepVerbs.ImagePrune or StepVerbs.VolumeSnapshot or StepVerbs.VolumeRestore =>
                !string.IsNullOrWhiteSpace(step.On),
            // A sibling, or a recorded specification of one that is gone.
            StepVerbs.ContainerCreate => !string.IsNullOrWhiteSpace(step.On),
            _ => named.Contains(step.On),
        };
}

/// <summary>What each step stands on is known here and belongs to the tenant.</summary>
internal sealed class StepTargetsRule(Verbs verbs) : IVerifierRule
{
    public async ValueTask<Refusal?> CheckAsync(Examination examination, CancellationToken cancellation)
    {
        try
        {
            foreach (var step in examination.Action.Plan.Steps)
            {
                if (await verbs[step.Verb].CheckAsync(examination, step, cancellation) is { } refusal)
                {
                    return refusal;
                }
            }
            return null;
        }
        catch (EngineException exception)
        {
            return new Refusal("engineUnreachable", exception.Message);
        }
        catch (RunnerException exception)
        {
            return new Refusal("unknownSpecification", exception.Message);
        }
    }
}

/// <summary>The containers are there. One inspect each; the rules after this one use what it found.</summary>
internal sealed class KnownContainersRule(IDockerEngine engine) : IVerifierRule
{
    public async ValueTask<Refusal?> CheckAsync(Examination examination, CancellationToken cancellation)
    {
        foreach (var planned in examination.Action.Plan.Containers)
        {
            try
            {
                if (await engine.InspectAsync(planned.Id, cancellation) is not { } facts)
                {
                    var gone = World.Differences(planned, null);
                    return new Refusal("stale", $"The world is not as planned: {string.Join("; ", gone)}.", gone);
                }
                examination.Now[planned.Id] = facts;
            }
            catch (EngineException exception)
            {
                return new Refusal("engineUnreachable", exception.Message);
            }
        }
        return null;
    }
}

/// <summary>The product's own containers are never acted on.</summary>
internal sealed class OwnContainersRule : IVerifierRule
{
    public ValueTask<Refusal?> CheckAsync(Examination examination, CancellationToken cancellation) =>
        new(
            examination.Now.Values.FirstOrDefault(container => container.SelfOf is not null) is { } own
                ? new Refusal("ownContainer", OwnContainers.Words(own.Name, own.SelfOf!))
                : null
        );
}

/// <summary>The containers belong to the tenant the plan names.</summary>
internal sealed class TenantRule : IVerifierRule
{
    public ValueTask<Refusal?> CheckAsync(Examination examination, CancellationToken cancellation)
    {
        var tenant = examination.Action.Plan.Tenant;
        return new(
            examination.Now.Values.FirstOrDefault(container => container.Tenant != tenant) is { } other
                ? new Refusal("wrongTenant", $"{other.Name} does not belong to {tenant} on this host.")
                : null
        );
    }
}

/// <summary>The world is the one the plan rests on.</summary>
internal sealed class WorldRule : IVerifierRule
{
    public ValueTask<Refusal?> CheckAsync(Examination examination, CancellationToken cancellation)
    {
        var plan = examination.Action.Plan;
        var differences = plan
            .Containers.SelectMany(planned =>
                World.Differences(
                    planned,
                    examination.Now.TryGetValue(planned.Id, out var facts) ? World.Planned(facts) : null
                )
            )
            .ToList();
        if (differences.Count == 0 && World.Fingerprint(plan.Containers) != plan.World)
        {
            return new(
                new Refusal("planMismatch", "The plan's fingerprint of the world is not that of its containers.")
            );
        }
        return new(
            differences.Count == 0
                ? null
                : new Refusal("stale", $"The world is not as planned: {string.Join("; ", differences)}.", differences)
        );
    }
}
