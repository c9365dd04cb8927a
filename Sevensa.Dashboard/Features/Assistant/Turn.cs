using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Assistant.Model;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Assistant;

/// <summary>One question being answered: what has happened so far, and what it rests on.</summary>
internal sealed class Turn(Caller caller, string conversationId, AssistantOptions limits) : IDisposable
{
    private readonly Channel<AssistantEvent> events = Channel.CreateUnbounded<AssistantEvent>();
    private readonly List<CitationEvent> citations = [];
    private readonly Dictionary<string, Proposal> proposals = [];
    private readonly StringBuilder text = new();

    public Caller Caller { get; } = caller;

    public string ConversationId { get; } = conversationId;

    public AssistantOptions Limits { get; } = limits;

    public ChannelReader<AssistantEvent> Events => events.Reader;

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

    /// <summary>The model that is asked; the main one when null.</summary>
    public ChatModel? Model { get; init; }

    /// <summary>What the model may propose; null until it is known, which is before the model is asked.</summary>
    public ModelStanding? Standing { get; set; }

    /// <summary>Whom the asker may see; empty until the question was read.</summary>
    public IReadOnlyList<Tenant> Visible { get; set; } = [];

    /// <summary>It is the model that is to answer: where it can't, nobody does in its place.</summary>
    public bool IsOfModelOnly { get; init; }

    /// <summary>Why the model's server could not answer; null when it could.</summary>
    public UpstreamException? Failure { get; set; }

    /// <summary>The model called for a change that it may not propose.</summary>
    public bool WasHeldBack { get; set; }

    /// <summary>The model leads, and may propose nothing of that risk.</summary>
    public bool HoldsBack(Risk risk) => IsLedByModel && Standing is { } standing && !standing.Allows(risk);

    public bool HasProposed => proposals.Count > 0;

    /// <summary>What was proposed in this turn, each once.</summary>
    public IReadOnlyCollection<Proposal> Proposals => proposals.Values;

    /// <summary>How many there may be: as many as there are wishes.</summary>
    public int MostProposals { get; set; } = int.MaxValue;

    /// <summary>Tokens that the asker's budget of today has left for it; null for as many as are wanted.</summary>
    public long? TokensLeft { get; set; }

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

    /// <summary>Why it was stopped from outside, in a sentence; null when it was not.</summary>
    public string? WhyStopped { get; set; }

    /// <summary>Something of an answer was told.</summary>
    public bool HasSaid { get; private set; }

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

    /// <param name="tenant">Whose it is; null where it is of none or of several.</param>
    public int Cite(string title, string link, string? tenant)
    {
        var known = citations.Find(citation => citation.Link == link);
        if (known is not null)
        {
            return known.Number;
        }
        var citation = new CitationEvent(citations.Count + 1, title, link) { Tenant = tenant };
        citations.Add(citation);
        Tell(citation);
        return citation.Number;
    }

    public void End() => events.Writer.TryComplete();

    public void Dispose() => End();
}

/// <summary>One look at something by a tool.</summary>
/// <param name="Arguments">As the tool read them; with the tenant's id where it takes one.</param>
/// <param name="Said">In a sentence with its figures; null for a tool that has none.</param>
internal sealed record Look(string Tool, JsonElement Arguments, string Title, string? Link, string? Said)
{
    public string? Tenant => ModelJson.Text(Arguments, "tenant");
}
