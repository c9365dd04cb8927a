using System.Text.Json;
using System.Text.Json.Serialization;
using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Features.Assistant;

/// <summary>What happens while the assistant answers, in order. The wire name of each is its type in the event stream.</summary>
public abstract record AssistantEvent
{
    [JsonIgnore]
    public abstract string Type { get; }
}

/// <summary>A piece of the answer.</summary>
public sealed record TextEvent(string Text) : AssistantEvent
{
    public override string Type => "text";
}

/// <summary>A tool was called, or has answered.</summary>
/// <param name="State"><c>started</c>, <c>finished</c> or <c>failed</c>.</param>
/// <param name="Title">For people: "looked at memory of rentguy-api".</param>
/// <param name="Untrusted">The result held text that addresses an assistant; it was passed on as text.</param>
public sealed record ToolEvent(
    string Id,
    string Name,
    string State,
    string Title,
    JsonElement? Arguments = null,
    string? Error = null,
    bool Untrusted = false
) : AssistantEvent
{
    public override string Type => "tool";
}

/// <summary>Where a figure or line can be seen again.</summary>
public sealed record CitationEvent(int Number, string Title, string Link) : AssistantEvent
{
    public override string Type => "citation";
}

/// <summary>An action was proposed and waits for a person.</summary>
public sealed record ProposalEventOfTurn(Proposal Proposal) : AssistantEvent
{
    public override string Type => "proposal";
}

/// <param name="MessageId">Id under which the answer is kept.</param>
public sealed record DoneEvent(string MessageId) : AssistantEvent
{
    public override string Type => "done";
}

/// <summary>The answer ended early. Nothing was proposed unless a proposal event came before.</summary>
public sealed record ErrorEvent(string Message, string? Remedy = null) : AssistantEvent
{
    public override string Type => "error";
}
