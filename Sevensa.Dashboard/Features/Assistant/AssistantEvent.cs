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
/// <param name="Restart">What was written before turned out to be the model's thoughts: the answer begins with this piece. Absent otherwise.</param>
internal sealed record TextEvent(string Text, bool? Restart = null) : AssistantEvent
{
    public override string Type => "text";
}

/// <summary>A tool was called, or has answered.</summary>
/// <param name="State"><c>started</c>, <c>finished</c> or <c>failed</c>.</param>
/// <param name="Title">For people: "looked at memory of rentguy-api".</param>
/// <param name="Untrusted">The result held text that addresses an assistant; it was passed on as text.</param>
/// <param name="Only">The one tenant that the asker could see when it looked, where the call names none; absent otherwise.</param>
public sealed record ToolEvent(
    string Id,
    string Name,
    string State,
    string Title,
    JsonElement? Arguments = null,
    string? Error = null,
    bool Untrusted = false,
    string? Only = null
) : AssistantEvent
{
    public override string Type => "tool";
}

/// <summary>Where a figure or line can be seen again.</summary>
public sealed record CitationEvent(int Number, string Title, string Link) : AssistantEvent
{
    public override string Type => "citation";

    /// <summary>Whose it is; null where it is of no tenant or of several. Others who see only one tenant are told of that one alone.</summary>
    [JsonIgnore]
    public string? Tenant { get; init; }
}

/// <summary>An action was proposed and waits for a person.</summary>
internal sealed record ProposalEventOfTurn(Proposal Proposal) : AssistantEvent
{
    public override string Type => "proposal";
}

/// <summary>The model has not said anything for a while.</summary>
/// <param name="Message">Why, in a sentence: it is loaded, it is busy with another question.</param>
internal sealed record WaitingEvent(string Message) : AssistantEvent
{
    public override string Type => "waiting";
}

/// <summary>Something that whoever reads the answer should know of how it was made.</summary>
/// <param name="Message">In sentences: the oldest messages were left out, the model's context is nearly full.</param>
internal sealed record NoticeEvent(string Message) : AssistantEvent
{
    public override string Type => "notice";
}

/// <param name="MessageId">Id under which the answer is kept.</param>
/// <param name="Complete">False: the answer was cut off. Absent when it is whole.</param>
/// <param name="Reason">Why it was cut off, in a sentence.</param>
internal sealed record DoneEvent(string MessageId, bool? Complete = null, string? Reason = null) : AssistantEvent
{
    public override string Type => "done";
}

/// <summary>The answer ended early. Nothing was proposed unless a proposal event came before.</summary>
public sealed record ErrorEvent(string Message, string? Remedy = null) : AssistantEvent
{
    public override string Type => "error";
}
