using Sevensa.Dashboard.Runner.Actions.Steps;
using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Runner.Actions;

/// <summary>Tells of an action as it goes: type, step, status, text.</summary>
internal delegate void Tell(string type, int? step, string? status, string? text);

/// <summary>Carries out a verified plan: its steps in order, then its verification; its undo when one of them fails.</summary>
internal sealed class Executor(
    IDockerEngine engine,
    Verbs verbs,
    Journal journal,
    Verification verification,
    TimeProvider time,
    Action<ContainerFacts>? seen = null
)
{
    /// <summary>The disk of the runner's own folder was what failed.</summary>
    public const string StateFolderCode = "stateFolder";

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
        // Who has just fallen silent is not asked once more before that is told.
        return outcome.State == ProposalState.Unknown
            ? outcome with
            {
                DurationSeconds = seconds,
            }
            : outcome with
            {
                DurationSeconds = seconds,
                After = await AfterAsync(plan, cancellation),
            };
    }

    /// <summary>Ends a plan whose steps are done: its verification, and the undo when that fails.</summary>
    public async Task<ActionOutcome> VerifyAsync(ActionPlan plan, Tell tell, CancellationToken cancellation)
    {
        if (plan.Verification.Kind is not (VerificationKinds.None or VerificationKinds.Version))
        {
            tell("progress", null, null, $"Verifying: {plan.Verification.Text}");
        }
        var trouble = await verification.AwaitAsync(plan.Verification, Progress.Subjects(plan, journal), cancellation);
        return trouble is null
            ? await CommitAsync(plan, tell, cancellation)
            : await UndoneAsync(plan, $"Every step was done, but {trouble}", tell, cancellation);
    }

    /// <summary>Clears away what was kept for the way back. What can't be cleared is told, and does not make it a failure.</summary>
    public async Task<ActionOutcome> CommitAsync(ActionPlan plan, Tell tell, CancellationToken cancellation)
    {
        var left = new List<string>();
        if (Progress.IsWrittenDown(plan))
        {
            if (Progress.TryNote(plan, journal, Progress.Committing) is { } unwritten)
            {
                return new ActionOutcome(
                    ProposalState.Unknown,
                    $"Everything was done and holds. What it replaced is kept until its removal can be written down. {unwritten.Message}",
                    StateFolderCode
                );
            }
            foreach (var step in plan.Steps)
            {
                try
                {
                    await verbs[step.Verb].CommitAsync(new StepWork(plan, step, journal, tell), cancellation);
                }
                catch (EngineException silent) when (silent.Status is null)
                {
                    return new ActionOutcome(
                        ProposalState.Unknown,
                        $"Everything was done and held. {engine.Named} fell silent while what it replaced was removed: {silent.Message}"
                    );
                }
                catch (EngineException exception)
                {
                    left.Add($"{step.Title}: what it replaced could not be removed: {exception.Message}");
                }
            }
        }
        var words = $"Done and verified: {plan.Verification.Text}.";
        return new ActionOutcome(
            ProposalState.Succeeded,
            left.Count == 0 ? words : $"{words} {string.Join(" ", left)}"
        );
    }

    /// <summary>A failed outcome after the plan's undo, when it has one.</summary>
    public async Task<ActionOutcome> UndoneAsync(
        ActionPlan plan,
        string what,
        Tell tell,
        CancellationToken cancellation,
        ProposalState undone = ProposalState.RolledBack,
        string? code = null
    )
    {
        if (plan.Undo.Kind == UndoKinds.None)
        {
            await ClearAsync(plan, tell, cancellation);
            return new ActionOutcome(
                ProposalState.Failed,
                $"{what}. Nothing was undone: {plan.Undo.Text}",
                code,
                Undo: "none"
            );
        }
        if (
            plan.Undo.Kind == UndoKinds.Reverse
            && Progress.TryNote(plan, journal, Progress.Undoing) is { } unwritten
            && Progress.IsComplete(plan, journal)
        )
        {
            // After a restart it would be taken for done, and what was put back for what is to be removed. Of steps that are not all
            // done the journal says enough to take them back, also then.
            return new ActionOutcome(
                ProposalState.Unknown,
                $"{what}. It is undone as soon as that can be written down. {unwritten.Message}",
                StateFolderCode
            );
        }
        tell("progress", null, null, $"Undoing: {plan.Undo.Text}");
        try
        {
            var (trouble, anything) =
                plan.Undo.Kind == UndoKinds.Reverse
                    ? await ReverseAsync(plan, tell, cancellation)
                    : (await FormerAsync(plan, cancellation), true);
            if (trouble is null && !anything && undone == ProposalState.RolledBack)
            {
                return new ActionOutcome(
                    ProposalState.Failed,
                    $"{what}. Nothing had been changed, so there was nothing to undo.",
                    code,
                    Undo: "none"
                );
            }
            return trouble is null
                ? new ActionOutcome(undone, $"{what}. It was undone: {plan.Undo.Text}", code, Undo: "done")
                : new ActionOutcome(
                    ProposalState.Failed,
                    $"{what}. The undo did not help: {trouble}.",
                    code,
                    Undo: "failed"
                );
        }
        catch (EngineException silent) when (silent.Status is null && Progress.IsWrittenDown(plan))
        {
            return new ActionOutcome(
                ProposalState.Unknown,
                $"{what}. {engine.Named} fell silent while it was being undone: {silent.Message}"
            );
        }
        catch (EngineException exception)
        {
            return new ActionOutcome(
                ProposalState.Failed,
                $"{what}. The undo failed: {exception.Message}",
                code,
                Undo: "failed"
            );
        }
    }

    /// <summary>The touched containers, or those in their place, as Docker shows them; null when it can't be asked.</summary>
    public async Task<IReadOnlyList<PlanContainer>?> AfterAsync(ActionPlan plan, CancellationToken cancellation)
    {
        try
        {
            var after = new List<PlanContainer>();
            foreach (
                var id in plan
                    .Containers.Select(container => container.Id)
                    .Concat(Progress.Made(plan, journal))
                    .Distinct(StringComparer.Ordinal)
            )
            {
                if (await engine.InspectAsync(id, cancellation) is { } facts)
                {
                    // Told before the outcome, so that the next plan is not made of what was.
                    seen?.Invoke(facts);
                    after.Add(World.Planned(facts));
                }
            }
            return after;
        }
        catch (EngineException)
        {
            return null;
        }
    }

    /// <summary>A snapshot cut short leaves its helper behind, whether or not the plan has an undo.</summary>
    private async Task ClearAsync(ActionPlan plan, Tell tell, CancellationToken cancellation)
    {
        foreach (var step in plan.Steps.Where(step => step.Verb == StepVerbs.VolumeSnapshot))
        {
            try
            {
                await verbs[step.Verb].UndoAsync(new StepWork(plan, step, journal, tell), cancellation);
            }
            catch (EngineException exception)
            {
                tell("progress", step.Number, null, $"A helper container may be left: {exception.Message}");
            }
        }
    }

    /// <summary>Takes back what was written down of each step, the last first. All are tried: one that can't be helped does not keep the others down.</summary>
    /// <returns>What could not be helped, and whether there was anything to take back.</returns>
    private async Task<(string? Trouble, bool Anything)> ReverseAsync(
        ActionPlan plan,
        Tell tell,
        CancellationToken cancellation
    )
    {
        var anything = false;
        var failed = new List<PlanStep>();
        foreach (var step in plan.Steps.Reverse())
        {
            if (await TryAsync(step) is not null)
            {
                failed.Add(step);
            }
        }
        // Who lives in another's network can be started only after that one, which comes back later in this order.
        var troubles = new List<string>();
        foreach (var step in failed.AsEnumerable().Reverse())
        {
            if (await TryAsync(step) is { } words)
            {
                troubles.Add($"step {step.Number} ({step.Title}): {words}");
            }
        }
        return (troubles.Count == 0 ? null : string.Join("; ", troubles), anything || troubles.Count > 0);

        async Task<string?> TryAsync(PlanStep step)
        {
            var work = new StepWork(plan, step, journal, tell);
            if (work.Phase is null)
            {
                return null;
            }
            try
            {
                if (await verbs[step.Verb].UndoAsync(work, cancellation) is { } words)
                {
                    anything = true;
                    tell("progress", step.Number, null, words);
                }
                return null;
            }
            catch (EngineException exception) when (exception.Status is not null)
            {
                return exception.Message.TrimEnd('.');
            }
            catch (Exception exception)
                when (exception is StepException or RunnerException or IOException or UnauthorizedAccessException)
            {
                return exception.Message.TrimEnd('.');
            }
        }
    }

    private async Task<string?> FormerAsync(ActionPlan plan, CancellationToken cancellation)
    {
        foreach (var container in plan.Containers)
        {
            await LifecycleVerb.DoAsync(engine, plan.Undo.Kind, null, container.Id, cancellation);
            var trouble = await verification.AwaitAsync(
                container.Id,
                facts =>
                    facts.State == container.State ? null : $"{facts.Name} is {facts.State} and was {container.State}",
                UndoWithin,
                cancellation
            );
            if (trouble is not null)
            {
                return trouble;
            }
        }
        return null;
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
                var work = new StepWork(plan, step, journal, tell) { IsCancelled = cancelled };
                var words = await verbs[step.Verb].DoAsync(work, cancellation);
                if (Progress.IsWrittenDown(plan) && work.Phase != "done")
                {
                    work.Note("done");
                }
                tell("step", step.Number, "done", words);
                done++;
            }
            catch (EngineException silent) when (silent.Status is null)
            {
                tell("step", step.Number, "failed", silent.Message);
                return new ActionOutcome(
                    ProposalState.Unknown,
                    $"{engine.Named} fell silent in step {step.Number}, so it can't be told whether it was done: {silent.Message}"
                );
            }
            catch (EngineException exception)
            {
                return await FailedAsync(plan, step, exception.Message, null, tell, cancellation);
            }
            catch (StepException stopped) when (stopped.Code == StepException.Cancelled)
            {
                tell("step", step.Number, "failed", stopped.Message);
                return new ActionOutcome(ProposalState.Cancelled, stopped.Message, Undo: "none");
            }
            catch (Exception exception) when (exception is StepException or IOException or UnauthorizedAccessException)
            {
                // What can't be written down is not done; what was done before it is taken back at once.
                var code = exception is StepException failed ? failed.Code : StateFolderCode;
                return await FailedAsync(plan, step, exception.Message, code, tell, cancellation);
            }
        }
        return await VerifyAsync(plan, tell, cancellation);
    }

    private async Task<ActionOutcome> FailedAsync(
        ActionPlan plan,
        PlanStep step,
        string words,
        string? code,
        Tell tell,
        CancellationToken cancellation
    )
    {
        tell("step", step.Number, "failed", words);
        var what = $"Step {step.Number} failed: {words.TrimEnd('.')}";
        return await AsBeforeAsync(plan, cancellation)
            ? new ActionOutcome(ProposalState.Failed, $"{what}. The containers are as they were.", code, Undo: "none")
            : await UndoneAsync(plan, what, tell, cancellation, code: code);
    }

    private async Task<bool> AsBeforeAsync(ActionPlan plan, CancellationToken cancellation) =>
        !Progress.AnythingDone(plan, journal)
        && await AfterAsync(plan, cancellation) is { } after
        && plan.Containers.All(before => after.Any(now => now.Id == before.Id && now.State == before.State));
}
