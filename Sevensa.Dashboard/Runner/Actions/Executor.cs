using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Runner.Actions;

/// <summary>Tells of an action as it goes: type, step, status, text.</summary>
internal delegate void Tell(string type, int? step, string? status, string? text);

/// <summary>Carries out a verified plan: its steps in order, then its verification; its undo when one of them fails.</summary>
internal sealed class Executor(IDockerEngine engine, Verification verification, TimeProvider time)
{
    private static readonly TimeSpan UndoWithin = TimeSpan.FromSeconds(30);

    /// <param name="cancelled">Asked between steps.</param>
    /// <returns>Unknown when Docker fell silent in the middle of a step.</returns>
    public async Task<ActionOutcome> RunAsync(
        ActionPlan plan,
        Tell tell,
        Func<bool> cancelled,
        CancellationToken cancellation
    )
    {
        var begun = time.GetTimestamp();
        var outcome = await StepsAsync(plan, tell, cancelled, cancellation);
        var seconds = Math.Round(time.GetElapsedTime(begun).TotalSeconds, 3);
        return outcome with { DurationSeconds = seconds, After = await AfterAsync(plan, cancellation) };
    }

    /// <summary>Ends a plan whose steps are done: its verification, and the undo when that fails.</summary>
    public async Task<ActionOutcome> VerifyAsync(ActionPlan plan, Tell tell, CancellationToken cancellation)
    {
        if (plan.Verification.Kind is not ("none" or "version"))
        {
            tell("progress", null, null, $"Verifying: {plan.Verification.Text}");
        }
        var trouble = await verification.AwaitAsync(
            plan.Verification,
            plan.Containers.Select(container => container.Id),
            cancellation
        );
        return trouble is null
            ? new ActionOutcome(ProposalState.Succeeded, $"Done and verified: {plan.Verification.Text}.")
            : await UndoneAsync(plan, $"Every step was done, but {trouble}", tell, cancellation);
    }

    /// <summary>A failed outcome after the plan's undo, when it has one.</summary>
    public async Task<ActionOutcome> UndoneAsync(
        ActionPlan plan,
        string what,
        Tell tell,
        CancellationToken cancellation,
        ProposalState undone = ProposalState.RolledBack
    )
    {
        if (plan.Undo.Kind == "none")
        {
            return new ActionOutcome(
                ProposalState.Failed,
                $"{what}. Nothing was undone: {plan.Undo.Text}",
                Undo: "none"
            );
        }
        tell("progress", null, null, $"Undoing: {plan.Undo.Text}");
        try
        {
            foreach (var container in plan.Containers)
            {
                await Verbs.DoAsync(engine, plan.Undo.Kind, container.Id, null, cancellation);
                var trouble = await verification.AwaitAsync(
                    container.Id,
                    facts =>
                        facts.State == container.State
                            ? null
                            : $"{facts.Name} is {facts.State} and was {container.State}",
                    UndoWithin,
                    cancellation
                );
                if (trouble is not null)
                {
                    return new ActionOutcome(
                        ProposalState.Failed,
                        $"{what}. The undo did not help: {trouble}.",
                        Undo: "failed"
                    );
                }
            }
        }
        catch (EngineException exception)
        {
            return new ActionOutcome(
                ProposalState.Failed,
                $"{what}. The undo failed: {exception.Message}",
                Undo: "failed"
            );
        }
        return new ActionOutcome(undone, $"{what}. It was undone: {plan.Undo.Text}", Undo: "done");
    }

    /// <summary>The touched containers as Docker shows them; null when it can't be asked.</summary>
    public async Task<IReadOnlyList<PlanContainer>?> AfterAsync(ActionPlan plan, CancellationToken cancellation)
    {
        try
        {
            var after = new List<PlanContainer>();
            foreach (var container in plan.Containers)
            {
                if (await engine.InspectAsync(container.Id, cancellation) is { } facts)
                {
                    after.Add(Planned.From(facts));
                }
            }
            return after;
        }
        catch (EngineException)
        {
            return null;
        }
    }

    private async Task<ActionOutcome> StepsAsync(
        ActionPlan plan,
        Tell tell,
        Func<bool> cancelled,
        CancellationToken cancellation
    )
    {
        var done = 0;
        foreach (var step in plan.Steps)
        {
            if (cancelled())
            {
                return done == 0
                    ? new ActionOutcome(
                        ProposalState.Cancelled,
                        "Cancelled before the first step. Nothing was changed.",
                        Undo: "none"
                    )
                    : await UndoneAsync(
                        plan,
                        $"Cancelled before step {step.Number}",
                        tell,
                        cancellation,
                        ProposalState.Cancelled
                    );
            }
            tell("step", step.Number, "started", step.Title);
            try
            {
                var words = await Verbs.DoAsync(engine, step.Verb, step.On, step.Arguments, cancellation);
                tell("step", step.Number, "done", words);
                done++;
            }
            catch (EngineException silent) when (silent.Status is null)
            {
                tell("step", step.Number, "failed", silent.Message);
                return new ActionOutcome(
                    ProposalState.Unknown,
                    $"Docker fell silent in step {step.Number}, so it can't be told whether it was done: {silent.Message}"
                );
            }
            catch (EngineException exception)
            {
                tell("step", step.Number, "failed", exception.Message);
                var what = $"Step {step.Number} failed: {exception.Message}";
                return await AsBeforeAsync(plan, cancellation)
                    ? new ActionOutcome(ProposalState.Failed, $"{what}. The containers are as they were.", Undo: "none")
                    : await UndoneAsync(plan, what, tell, cancellation);
            }
        }
        return await VerifyAsync(plan, tell, cancellation);
    }

    private async Task<bool> AsBeforeAsync(ActionPlan plan, CancellationToken cancellation) =>
        await AfterAsync(plan, cancellation) is { } after
        && plan.Containers.All(before => after.Any(now => now.Id == before.Id && now.State == before.State));
}
