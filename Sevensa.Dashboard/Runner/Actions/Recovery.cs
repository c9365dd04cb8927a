using System.Text.Json;
using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Runner.Actions;

/// <summary>
/// Finds out from Docker what became of an action whose end was not seen. Its steps are never done again; a world left half-way
/// is brought back by the plan's own undo.
/// </summary>
internal sealed class Recovery(
    IDockerEngine engine,
    Executor executor,
    Journal journal,
    Verification verification,
    TimeProvider time
)
{
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(2);

    /// <summary>A journal that can't be written is left alone for longer and longer: each look verifies the whole plan anew.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>Why it is found out at the next start.</summary>
    public const string RunnerEnded = "The runner ended while this was under way.";

    /// <summary>What can be said at once: unknown, and what Docker shows.</summary>
    public async Task<ActionOutcome> UnknownAsync(ActionPlan plan, CancellationToken cancellation) =>
        new(
            ProposalState.Unknown,
            $"{RunnerEnded} What {engine.Named} shows now is told here; what became of it is being found out.",
            After: await executor.AfterAsync(plan, cancellation)
        );

    /// <summary>Reads Docker until it is clear. Goes on for as long as Docker does not answer.</summary>
    /// <param name="why">What kept its end from being seen, as it was told then.</param>
    /// <param name="wasSilent">It did not answer in the middle: what it was asked for it may do only now that it answers again.</param>
    public async Task<ActionOutcome> ReconcileAsync(
        ActionPlan plan,
        DateTimeOffset begunAt,
        string why,
        Tell tell,
        CancellationToken cancellation,
        bool wasSilent = false
    )
    {
        while (true)
        {
            while (await executor.AfterAsync(plan, cancellation) is null)
            {
                await Task.Delay(AskAgain, time, cancellation);
            }
            try
            {
                var found = Progress.IsWrittenDown(plan)
                    ? await WrittenDownAsync(plan, tell, cancellation)
                    : await ByTimesAsync(plan, begunAt, wasSilent ? time.GetUtcNow() : begunAt, tell, cancellation);
                return found with
                {
                    Text =
                        $"{found.Text} (Found out from {engine.Named} after it had been cut short: {why.TrimEnd('.')}.)",
                    After = await executor.AfterAsync(plan, cancellation),
                };
            }
            catch (Exception exception) when (exception is EngineException { Status: null } or JournalException)
            {
                // It fell silent once more, or its way back can't be written down: from where it is now, as often as it takes.
                wasSilent = true;
                await Task.Delay(AskAgain, time, cancellation);
            }
        }
    }

    /// <summary>
    /// Goes on where the journal ends: a removal of what was replaced is finished, everything else that is not complete is taken
    /// back. For as long as Docker is silent it is asked again.
    /// </summary>
    private async Task<ActionOutcome> WrittenDownAsync(ActionPlan plan, Tell tell, CancellationToken cancellation)
    {
        var pause = AskAgain;
        while (true)
        {
            var outcome = await StepAsync();
            if (outcome.State != ProposalState.Unknown)
            {
                return outcome;
            }
            await Task.Delay(pause, time, cancellation);
            var longer = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            pause = outcome.Code == Executor.StateFolderCode ? longer : AskAgain;
        }

        Task<ActionOutcome> StepAsync()
        {
            if (Progress.Of(plan, journal) == Progress.Committing)
            {
                return executor.CommitAsync(plan, tell, cancellation);
            }
            if (!Progress.AnythingDone(plan, journal))
            {
                return Task.FromResult(
                    new ActionOutcome(
                        ProposalState.Failed,
                        "It was not begun. Nothing was changed: propose it again if it is still wanted.",
                        Undo: "none"
                    )
                );
            }
            return Progress.IsComplete(plan, journal) && Progress.Of(plan, journal) is null
                ? executor.VerifyAsync(plan, tell, cancellation)
                : executor.UndoneAsync(plan, "It was not carried out to its end", tell, cancellation);
        }
    }

    private async Task<ActionOutcome> ByTimesAsync(
        ActionPlan plan,
        DateTimeOffset begunAt,
        DateTimeOffset atWorkSince,
        Tell tell,
        CancellationToken cancellation
    )
    {
        var undone = new List<string>();
        foreach (var container in plan.Containers)
        {
            var step = plan.Steps.LastOrDefault(step => step.On == container.Id);
            if (step is null)
            {
                continue;
            }
            // Docker may still be at it: it finishes a stop or a restart whose caller is gone.
            var until = atWorkSince + Grace(plan) + TimeSpan.FromSeconds(plan.Verification.WithinSeconds);
            var within = until - time.GetUtcNow();
            var trouble = await verification.AwaitAsync(
                container.Id,
                facts => NotDone(step.Verb, facts, begunAt),
                within > TimeSpan.Zero ? within : TimeSpan.Zero,
                cancellation,
                mayBeGone: plan.Verification.Kind == VerificationKinds.Gone
            );
            if (trouble is not null)
            {
                undone.Add(trouble);
            }
        }
        return undone.Count == 0
            ? await executor.VerifyAsync(plan, tell, cancellation)
            : await HalfWayAsync(plan, undone, begunAt, tell, cancellation);
    }

    private async Task<ActionOutcome> HalfWayAsync(
        ActionPlan plan,
        IReadOnlyList<string> undone,
        DateTimeOffset begunAt,
        Tell tell,
        CancellationToken cancellation
    )
    {
        var what = $"It was not carried out to its end: {string.Join("; ", undone)}";
        foreach (var container in plan.Containers)
        {
            if (
                await engine.InspectAsync(container.Id, cancellation) is not { Unread: null } facts
                || facts.State != container.State
                || Later(facts.StartedAtUnixMs, begunAt)
            )
            {
                return await executor.UndoneAsync(plan, what, tell, cancellation);
            }
        }
        return new ActionOutcome(ProposalState.Failed, $"{what}. The containers are as they were.", Undo: "none");
    }

    /// <summary>Null when Docker's times show that the verb was done after the action was begun.</summary>
    internal static string? NotDone(string verb, ContainerFacts facts, DateTimeOffset begunAt) =>
        verb switch
        {
            // Its times are not known.
            _ when facts.Unread is { } why => $"{facts.Name}: {why.TrimEnd('.')}",
            StepVerbs.ContainerStop => facts.State is "exited" or "created" or "dead"
                ? null
                : $"{facts.Name} was not stopped and is {facts.State}",
            _ => facts.State == "running" && Later(facts.StartedAtUnixMs, begunAt)
                ? null
                : $"{facts.Name} was not started since and is {facts.State}",
        };

    private static bool Later(long unixMs, DateTimeOffset begunAt) => unixMs >= begunAt.ToUnixTimeMilliseconds();

    private static TimeSpan Grace(ActionPlan plan) =>
        TimeSpan.FromSeconds(
            plan.Steps.Sum(step =>
                step.Arguments is { ValueKind: JsonValueKind.Object } given
                && given.TryGetProperty(StepVerbs.GraceSeconds, out var value)
                && value.TryGetInt32(out var seconds)
                    ? seconds
                    : 10
            )
        );
}
