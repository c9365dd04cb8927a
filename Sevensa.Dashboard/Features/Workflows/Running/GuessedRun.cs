using System.Globalization;
using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Features.Workflows.Running;

/// <summary>
/// A schedule that is run by MCP takes nothing, and so no mark either. Where the answer with its number is lost, all that can be
/// known is which runs of the workflow began at that time; what is told says so.
/// </summary>
internal static class GuessedRun
{
    private const int MostNamed = 10;

    /// <summary>The clocks are not quite the same.</summary>
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(30);

    /// <summary>Between the sending of an action and its call lie a look at the workflow and, at worst, an answer that never came.</summary>
    private static readonly TimeSpan After = TimeSpan.FromMinutes(3);

    /// <summary>Runs that began when the action was sent.</summary>
    public static IEnumerable<WorkflowRun> Began(RunsSeen seen, DateTimeOffset sentAt) =>
        seen
            .Runs.Where(run => run.StartedAt is { } at && at >= sentAt - Before && at <= sentAt + After)
            .OrderBy(run => run.StartedAt);

    public static string None(string name) =>
        $"n8n has no run of {name} that began when this action was sent. It was not begun, or n8n does not keep it; nothing is begun again.";

    /// <returns>Null while one more may begin, one goes on, or none began.</returns>
    public static async Task<ActionOutcome?> OfAsync(
        RunsSeen seen,
        string name,
        DateTimeOffset sentAt,
        DateTimeOffset now,
        RunLookup lookup,
        CancellationToken cancellation
    )
    {
        var began = Began(seen, sentAt).ToList();
        if (
            now < sentAt + After
            || !seen.ReachesBack
            || began.Count == 0
            || began.Exists(run => !run.HasEnded && run.State != RunState.Waiting)
        )
        {
            return null;
        }
        if (began is [var only])
        {
            var outcome = RunOutcomes.Of(name, await lookup.WholeAsync(only, cancellation));
            return outcome is null
                ? null
                : outcome with
                {
                    Text =
                        $"{outcome.Text} Its trigger takes no mark: it is the only run of {name} that began when this action was sent.",
                };
        }
        var which = string.Create(
            CultureInfo.InvariantCulture,
            $"{began.Count} runs of {name} began when this action was sent ({Named(began)}), and which of them is its own nobody can say: its trigger takes no mark."
        );
        return began.TrueForAll(run => run.State is RunState.Success or RunState.Waiting)
            ? new ActionOutcome(ProposalState.Succeeded, $"{which} All of them did what they were begun for.")
            : RunOutcomes.Failed($"{which} Not all of them succeeded: look in n8n. Nothing is begun again.");
    }

    private static string Named(List<WorkflowRun> runs) =>
        string.Join(", ", runs.Take(MostNamed).Select(run => $"{run.Id} {Word(run.State)}"))
        + (runs.Count > MostNamed ? " and more" : "");

    private static string Word(RunState state) =>
        state switch
        {
            RunState.Success => "succeeded",
            RunState.Waiting => "waits",
            RunState.Crashed => "was cut off",
            RunState.Canceled => "was stopped",
            _ => "failed",
        };
}
