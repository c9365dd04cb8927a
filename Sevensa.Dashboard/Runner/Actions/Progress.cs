using Sevensa.Dashboard.Runner.Actions.Steps;

namespace Sevensa.Dashboard.Runner.Actions;

/// <summary>How far a plan has come, as the journal has it.</summary>
internal static class Progress
{
    /// <summary>Everything held; what was kept for the way back is being removed. There is no way back from here.</summary>
    public const string Committing = "committing";

    public const string Undoing = "undoing";

    private const int Whole = 0;

    /// <summary>Its steps are written down as they go. The others are one call each, and found out from Docker's times.</summary>
    public static bool IsWrittenDown(ActionPlan plan) =>
        plan.Undo.Kind == UndoKinds.Reverse
        || plan.Steps.Any(step =>
            step.Verb is not (StepVerbs.ContainerRestart or StepVerbs.ContainerStop or StepVerbs.ContainerStart)
        );

    private static void Note(ActionPlan plan, Journal journal, string phase) =>
        journal.Note(new JournalWork(plan.ProposalId, Whole, phase, new Dictionary<string, string>()));

    /// <returns>Why it could not be written down; null when it was.</returns>
    public static JournalException? TryNote(ActionPlan plan, Journal journal, string phase)
    {
        try
        {
            Note(plan, journal, phase);
            return null;
        }
        catch (JournalException exception)
        {
            return exception;
        }
    }

    /// <summary><see cref="Committing"/>, <see cref="Undoing"/>, or null before either.</summary>
    public static string? Of(ActionPlan plan, Journal journal) => journal.Find(plan.ProposalId)?.PhaseOf(Whole);

    public static bool AnythingDone(ActionPlan plan, Journal journal) =>
        plan.Steps.Any(step => journal.Find(plan.ProposalId)?.PhaseOf(step.Number) is not null);

    public static bool IsComplete(ActionPlan plan, Journal journal) =>
        plan.Steps.All(step => journal.Find(plan.ProposalId)?.PhaseOf(step.Number) == "done");

    /// <summary>Containers that steps made, as far as Docker told their ids.</summary>
    public static IEnumerable<string> Made(ActionPlan plan, Journal journal) =>
        plan
            .Steps.Select(step => journal.Find(plan.ProposalId)?.NoteOf(step.Number, Replacement.NewId))
            .OfType<string>();

    /// <summary>
    /// Whom the verification is about: who was put in another's place instead of the other, and nobody that was taken away or was
    /// to stay stopped.
    /// </summary>
    public static IReadOnlyList<string> Subjects(ActionPlan plan, Journal journal)
    {
        var idle = plan
            .Steps.Where(step => StaysStopped(plan, step))
            .Select(step => journal.Find(plan.ProposalId)?.NoteOf(step.Number, Replacement.NewId))
            .OfType<string>()
            .ToHashSet(StringComparer.Ordinal);
        var left = plan
            .Steps.Where(step =>
                step.Verb == StepVerbs.ContainerRemove
                || StaysStopped(plan, step)
                || (
                    StepVerbs.Replaces(step.Verb)
                    && journal.Find(plan.ProposalId)?.NoteOf(step.Number, Replacement.NewId) is not null
                )
            )
            .Select(step => step.On)
            .ToHashSet(StringComparer.Ordinal);
        return
        [
            .. plan
                .Containers.Select(container => container.Id)
                .Where(id => !left.Contains(id))
                .Concat(Made(plan, journal).Where(id => !idle.Contains(id)))
                .Distinct(StringComparer.Ordinal),
        ];
    }

    private static bool StaysStopped(ActionPlan plan, PlanStep step) =>
        step.Verb == StepVerbs.ContainerRecreate
        && StepArguments.Read(step, StepJson.Default.RecreateArguments).KeepStopped == true
        && plan.Containers.Any(container =>
            container.Id == step.On && container.State is not ("running" or "restarting" or "paused")
        );
}
