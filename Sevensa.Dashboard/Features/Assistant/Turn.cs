using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Assistant.Model;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Assistant;

/// <summary>One question being answered: what has happened so far, and what it rests on.</summary>
internal sealed class Turn(Caller caller, string conversationId, AssistantOptions limits) : IDisposable
{
    private readonly Channel<AssistantEvent> events = Channel.CreateUnbounded<AssistantEvent>();
    private readonly CancellationTokenSource abandoned = new();
    private readonly List<CitationEvent> citations = [];
    private readonly Dictionary<string, Proposal> proposals = [];
    private readonly StringBuilder text = new();

    public Caller Caller { get; } = caller;

    public string ConversationId { get; } = conversationId;

    public AssistantOptions Limits { get; } = limits;

    public ChannelReader<AssistantEvent> Events => events.Reader;

    public CancellationToken Abandoned => abandoned.Token;

    /// <summary>Messages of the conversation that the model is not sent, since they are more than it is asked to remember.</summary>
    public int LeftOut { get; init; }

    /// <summary>As the person wrote it.</summary>
    public string Question { get; init; } = "";

    /// <summary>What was said in this conversation before, oldest first.</summary>
    public IReadOnlyList<ConversationMessage> Earlier { get; init; } = [];

    /// <summary>What was looked at in this turn; becomes the evidence of a proposal.</summary>
    public IReadOnlyList<CitationEvent> Citations => citations;

    /// <summary>Something that was read in this conversation spoke to an assistant.</summary>
    public bool Tainted { get; set; }

    /// <summary>A model says what is looked at and proposed; else the person's own words do, as code reads them.</summary>
    public bool IsLedByModel { get; set; }

    public bool HasProposed => proposals.Count > 0;

    /// <summary>What was proposed in this turn, each once.</summary>
    public IReadOnlyCollection<Proposal> Proposals => proposals.Values;

    /// <summary>How many there may be: as many as there are wishes.</summary>
    public int MostProposals { get; set; } = int.MaxValue;

    /// <summary>What was looked at, with what it said.</summary>
    public IList<Look> Looks { get; } = [];

    /// <summary>What the tools of this turn said, as JSON.</summary>
    public IList<string> Results { get; } = [];

    /// <summary>What the model called and was answered before it spoke, to be kept; null when it called nothing.</summary>
    public string? Exchange { get; set; }

    /// <summary>The answer as far as it has been told.</summary>
    public string Text => text.ToString();

    /// <summary>It was told that the answer ended early.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Something of an answer was told.</summary>
    public bool HasSaid { get; private set; }

    public string? MessageId { get; set; }

    /// <summary>Why the answer is not whole, in a sentence; null when it is.</summary>
    public string? CutOff { get; set; }

    public void Tell(AssistantEvent happened)
    {
        switch (happened)
        {
            case ProposalEventOfTurn proposed:
                proposals[proposed.Proposal.Id] = proposed.Proposal;
                break;
            case TextEvent piece:
                HasSaid = piece.Text.Length > 0 || (HasSaid && piece.Restart is null);
                if (piece.Restart == true)
                {
                    text.Clear();
                }
                text.Append(piece.Text);
                break;
            case ErrorEvent:
                HasFailed = true;
                break;
        }
        events.Writer.TryWrite(happened);
    }

    public int Cite(string title, string link)
    {
        var known = citations.Find(citation => citation.Link == link);
        if (known is not null)
        {
            return known.Number;
        }
        var citation = new CitationEvent(citations.Count + 1, title, link);
        citations.Add(citation);
        Tell(citation);
        return citation.Number;
    }

    public void End() => events.Writer.TryComplete();

    /// <summary>The asker has gone: the model is stopped.</summary>
    public void Abandon() => abandoned.Cancel();

    public void Dispose() => abandoned.Dispose();
}

/// <summary>One look at something by a tool.</summary>
/// <param name="Arguments">As the tool read them; with the tenant's id where it takes one.</param>
/// <param name="Said">In a sentence with its figures; null for a tool that has none.</param>
internal sealed record Look(string Tool, JsonElement Arguments, string Title, string? Link, string? Said)
{
    public string? Tenant => ModelJson.Text(Arguments, "tenant");
}
