using System.Text.Json;

namespace Sevensa.Dashboard.Features.Graphs;

/// <summary>A server of remote graphs, for whoever may see one of the tenants that it works for.</summary>
/// <param name="Id">Its name.</param>
/// <param name="State"><c>notConfigured</c>, <c>connected</c>, <c>degraded</c> or <c>unreachable</c>.</param>
/// <param name="Message">Why it can't be asked, in its own words.</param>
/// <param name="Graphs">Which may be started.</param>
/// <param name="Missing">Those of them that the server did not have at the last look.</param>
/// <param name="Tenants">Those that the reader may see.</param>
public sealed record GraphServerView(
    string Id,
    string State,
    string? Message,
    string? Remedy,
    IReadOnlyList<string> Graphs,
    IReadOnlyList<string> Missing,
    IReadOnlyList<string> Tenants
);

/// <summary>One piece of work of a remote graph.</summary>
/// <param name="Text">What it was started with.</param>
/// <param name="WaitsFor">In words, where it waits: for what, and for whom.</param>
/// <param name="Trouble">Why it failed, is lost, or can't be looked at.</param>
/// <param name="Result">What it has come to. Untrusted text, never markup.</param>
public sealed record GraphThreadView(
    string Id,
    string Tenant,
    string Server,
    string Graph,
    string Text,
    GraphThreadState State,
    string? WaitsFor,
    string? Trouble,
    string? Result,
    string StartedBy,
    DateTimeOffset StartedAt,
    DateTimeOffset MovedAt,
    string? CancelledBy,
    DateTimeOffset? EndedAt
)
{
    /// <summary>What its nodes said, in order; with one thread alone.</summary>
    public IReadOnlyList<GraphStepView>? Steps { get; init; }

    /// <summary>What it asked, oldest first; with one thread alone.</summary>
    public IReadOnlyList<GraphQuestionView>? Questions { get; init; }

    internal static GraphThreadView Of(GraphThreadRow row, IEnumerable<GraphQuestionRow> questions) =>
        new(
            row.Id,
            row.Tenant,
            row.Server,
            row.Graph,
            row.Text,
            row.State,
            row.State == GraphThreadState.Waiting ? Waits([.. questions]) : null,
            row.Trouble,
            row.Result,
            row.StarterName,
            row.StartedAt,
            row.MovedAt,
            row.CancelledBy,
            row.EndedAt
        );

    private static string? Waits(List<GraphQuestionRow> questions)
    {
        var (proposed, open) = (Count(GraphQuestionState.Proposed), Count(GraphQuestionState.Open));
        return (proposed, open) switch
        {
            (0, 0) => null,
            (_, 0) => $"{Some(proposed, "proposal")}, for whoever may decide",
            (0, _) => $"{Some(open, "answer")}, from an operator",
            _ => $"{Some(proposed, "proposal")} and {Some(open, "answer")}",
        };

        int Count(GraphQuestionState state) => questions.Count(one => one.State == state);
        static string Some(int count, string what) =>
            count == 1 ? $"{(what[0] == 'a' ? "an" : "a")} {what}" : $"{count} {what}s";
    }
}

/// <summary>What a node said when it was done.</summary>
/// <param name="Name">The node.</param>
/// <param name="Text">Untrusted text, never markup.</param>
public sealed record GraphStepView(string Name, string Text, DateTimeOffset At);

/// <summary>Something that a graph asked.</summary>
/// <param name="Payload">What was asked, as the graph said it. Untrusted.</param>
/// <param name="Why">Why a person answers it although it named an action.</param>
/// <param name="Proposal">Id of the proposal that it became.</param>
/// <param name="Answer">What was or will be handed back.</param>
public sealed record GraphQuestionView(
    string Id,
    GraphQuestionState State,
    DateTimeOffset AskedAt,
    JsonElement Payload,
    string? Why,
    string? Proposal,
    JsonElement? Answer,
    string? AnsweredBy,
    DateTimeOffset? AnsweredAt,
    DateTimeOffset? HandedAt
);

/// <summary>What a graph is to be started with.</summary>
internal sealed record GraphWish(string? Server, string? Graph, string? Text);

/// <summary>What a person answers a graph.</summary>
internal sealed record GraphAnswer(string? Text);
