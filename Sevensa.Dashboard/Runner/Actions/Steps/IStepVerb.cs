using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Runner.Actions.Steps;

/// <summary>One verb of plan steps. What it does is written down before each call that can't be repeated, so that it can be taken back whatever dies.</summary>
internal interface IStepVerb
{
    string Verb { get; }

    /// <summary>What is wrong with the step as it was planned, told before anything is done; null when nothing is.</summary>
    ValueTask<Refusal?> CheckAsync(Examination examination, PlanStep step, CancellationToken cancellation);

    /// <returns>What was done, in words.</returns>
    /// <exception cref="EngineException">Docker did not do it.</exception>
    /// <exception cref="StepException">It can't be done here and now.</exception>
    Task<string> DoAsync(StepWork work, CancellationToken cancellation);

    /// <summary>Takes back what <paramref name="work"/> says was done or may have been, however far it came. Done twice it does no harm.</summary>
    /// <returns>What was taken back, in words; null when there was nothing.</returns>
    Task<string?> UndoAsync(StepWork work, CancellationToken cancellation);

    /// <summary>Clears away what was kept for an undo. Done twice it does no harm.</summary>
    Task CommitAsync(StepWork work, CancellationToken cancellation);
}

/// <summary>One step under way: what it is, and what is written down of it.</summary>
internal sealed class StepWork(ActionPlan plan, PlanStep step, Journal journal, Tell tell)
{
    public ActionPlan Plan { get; } = plan;

    public PlanStep Step { get; } = step;

    /// <summary>Whether somebody has cancelled the action: a step that changes nothing may end at once.</summary>
    public Func<bool> IsCancelled { get; init; } = () => false;

    /// <summary>The action and the step, for names that people may meet while it runs; the same for no other step.</summary>
    public string Mark { get; } = string.Concat(plan.ProposalId.Where(char.IsAsciiLetterOrDigit)) + "-" + step.Number;

    /// <summary>The name of a container that an earlier step of this plan has set aside; null when none has.</summary>
    public string? FormerNameOf(string container) =>
        Plan
            .Steps.Select(earlier =>
                journal.Find(Plan.ProposalId)?.NoteOf(earlier.Number, Replacement.Old) == container
                    ? journal.Find(Plan.ProposalId)?.NoteOf(earlier.Number, Replacement.Name)
                    : null
            )
            .FirstOrDefault(name => name is not null);

    /// <summary>Null when nothing was written down, and so nothing was done.</summary>
    public string? Phase => journal.Find(Plan.ProposalId)?.PhaseOf(Step.Number);

    /// <summary>What was written down under a name; null when it was not.</summary>
    public string? this[string note] => journal.Find(Plan.ProposalId)?.NoteOf(Step.Number, note);

    /// <summary>On the disk when this returns.</summary>
    public void Note(string phase, params (string Name, string? Value)[] notes) =>
        journal.Note(
            new JournalWork(
                Plan.ProposalId,
                Step.Number,
                phase,
                notes
                    .Where(note => note.Value is not null)
                    .ToDictionary(note => note.Name, note => note.Value!, StringComparer.Ordinal)
            )
        );

    public void Progress(string text) => tell("progress", Step.Number, null, text);

    public T Arguments<T>(JsonTypeInfo<T> type)
        where T : class => StepArguments.Read(Step, type);
}

internal static class StepArguments
{
    /// <summary>The step's arguments; an empty record when it has none.</summary>
    /// <exception cref="JsonException">They are not what the verb takes.</exception>
    public static T Read<T>(PlanStep step, JsonTypeInfo<T> type)
        where T : class =>
        step.Arguments is { ValueKind: JsonValueKind.Object } given
            ? given.Deserialize(type)!
            : JsonSerializer.Deserialize("{}", type)!;

    public static bool TryRead<T>(PlanStep step, JsonTypeInfo<T> type, out T arguments, out Refusal? refusal)
        where T : class
    {
        try
        {
            (arguments, refusal) = (Read(step, type), null);
            return true;
        }
        catch (JsonException exception)
        {
            arguments = null!;
            refusal = new Refusal(
                "unknownStep",
                $"Step {step.Number} ({step.Verb}) has arguments that this runner does not know{(exception.Path is { Length: > 2 } path ? $" ({path.TrimStart('$', '.')})" : "")}. Update it, then propose again."
            );
            return false;
        }
    }
}
