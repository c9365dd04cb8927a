using System.Globalization;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Workflows.Running;

/// <summary>What a run means for the action that began it; one table for whoever waits for it and whoever looks afterwards.</summary>
internal static class RunOutcomes
{
    private const int LongestWords = 500;

    /// <summary>Null while it goes on.</summary>
    public static ActionOutcome? Of(string name, FoundRun found)
    {
        var run = found.Run;
        var which = $"Run {run.Id} of {name}";
        return run.State switch
        {
            RunState.Success => new ActionOutcome(ProposalState.Succeeded, $"{which} succeeded{Took(run)}."),
            RunState.Error => Failed($"{which} failed{At(found)}{Why(found)} {Before}"),
            RunState.Canceled => Failed($"{which} was stopped in n8n. {Before}"),
            RunState.Crashed => Failed(
                $"{which} was cut off when n8n ended; when is not known. {Before} n8n does not begin it again, and neither does the dashboard."
            ),
            RunState.Waiting => new ActionOutcome(
                ProposalState.Succeeded,
                run.WaitsForCall
                    ? $"{which} was begun, and waits for a call, for as long as that takes."
                    : $"{which} was begun, and waits{Until(run)}."
            ),
            _ => null,
        };
    }

    /// <summary>Begun, and no end was seen: it is looked up until there is one, and never begun again.</summary>
    public static ActionOutcome Unknown(string text) => new(ProposalState.Unknown, text);

    public static ActionOutcome NotBegun(string text) => Failed($"{text.TrimEnd().TrimEnd('.')}. Nothing was begun.");

    public static ActionOutcome Failed(string text) => new(ProposalState.Failed, text, Undo: "none");

    /// <summary>What failed may have done things before it did.</summary>
    private const string Before = "What it did before that is done.";

    private static string At(FoundRun found) => found.Node is { Length: > 0 } node ? $" at \"{Plain(node)}\"" : "";

    private static string Why(FoundRun found) => found.Error is { Length: > 0 } error ? $": {Plain(error)}." : ".";

    private static string Plain(string words) =>
        StoreText.Shorten(UpstreamTerms.OneLine(words).TrimEnd('.'), LongestWords);

    private static string Took(WorkflowRun run) =>
        run is { StartedAt: { } from, EndedAt: { } to } && to >= from
            ? string.Create(CultureInfo.InvariantCulture, $" after {(to - from).TotalSeconds:0.0##} s")
            : "";

    private static string Until(WorkflowRun run) =>
        run.WaitsUntil is { } at
            ? string.Create(CultureInfo.InvariantCulture, $" until {at.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC")
            : "";
}
