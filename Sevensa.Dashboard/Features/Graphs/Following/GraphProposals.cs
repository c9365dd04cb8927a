using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Graphs.Following;

/// <summary>
/// Makes proposals of what graphs ask, for whoever started them, as long as they may propose it themselves; and reads what became
/// of them. A graph itself may do nothing.
/// </summary>
internal sealed class GraphProposals(
    GraphStore store,
    IProposals proposals,
    IActionCatalogue catalogue,
    IStandingRights rights,
    TimeProvider time
)
{
    /// <summary>As <see cref="Requester.Via"/>.</summary>
    public const string Via = "graph";

    private const string Kind = "graph";
    private const int LongestText = 500;

    /// <summary>Nobody here has read what a graph reads, so it is treated as text that speaks to an assistant is.</summary>
    private static readonly JsonElement taint = JsonSerializer.SerializeToElement(
        new
        {
            kind = Taint.Kind,
            title = "A remote graph asked for this. What it has read is not known here; look twice. Somebody else than who started it approves this.",
        }
    );

    /// <summary>Makes a proposal of a question that is open, once; or says on it why a person answers it.</summary>
    public async Task<GraphQuestionRow> ProposeAsync(
        GraphThreadRow thread,
        GraphQuestionRow question,
        CancellationToken cancellation
    )
    {
        string? why = null;
        if (
            Parsed(question.Payload) is not { } value
            || GraphPayload.Read(value, thread.Tenant, catalogue, out why) is not { } payload
        )
        {
            return await WhyAsync(question, why, cancellation);
        }
        if (await CallerAsync(thread, cancellation) is not { } caller)
        {
            return await WhyAsync(
                question,
                $"{thread.StarterName}, who started it, may not propose any more.",
                cancellation
            );
        }
        if (question.ProposingAt is not null && await MadeAsync(caller, thread, question, cancellation) is { } made)
        {
            return await ProposedAsync(question, made.Id, cancellation);
        }
        await ChangeAsync(question, row => row.ProposingAt = time.GetUtcNow(), cancellation);
        try
        {
            var proposal = await proposals.ProposeAsync(
                caller,
                new ProposalRequest(
                    payload.Kind,
                    thread.Tenant,
                    payload.Target,
                    payload.Parameters,
                    payload.Reason,
                    [Evidence(thread, question), taint],
                    Via
                ),
                cancellation
            );
            return await ProposedAsync(question, proposal.Id, cancellation);
        }
        catch (Exception exception)
            when (exception is NotKnownYetException or CannotPlanException { InnerException: UpstreamException })
        {
            // An upstream was away: it is asked for again at the next look.
            return await WhyAsync(question, exception.Message, cancellation, asksAgain: true);
        }
        catch (Exception exception)
            when (exception
                    is CannotPlanException
                        or ForbiddenException
                        or TextTooLongException
                        or UnknownTenantException
            )
        {
            return await WhyAsync(question, $"It could not be proposed. {exception.Message}", cancellation);
        }
    }

    /// <summary>What is handed back of a proposal that has ended; null while it has not.</summary>
    public async Task<(JsonElement Answer, string By)?> OutcomeAsync(
        GraphThreadRow thread,
        GraphQuestionRow question,
        CancellationToken cancellation
    )
    {
        if (
            await proposals.FindAsync(Reader(thread), question.ProposalId!, cancellation)
            is not { Ended: true } proposal
        )
        {
            return null;
        }
        var last = proposal.Approvals.Count > 0 ? proposal.Approvals[^1] : null;
        return (
            JsonSerializer.SerializeToElement(
                new
                {
                    proposal = proposal.Id,
                    state = JsonNamingPolicy.CamelCase.ConvertName(proposal.State.ToString()),
                    approved = proposal.DispatchedAt is not null,
                    done = proposal.State == ProposalState.Succeeded,
                    decidedBy = last?.ByName,
                    comment = last?.Comment,
                    outcome = proposal.Outcome?.Text,
                }
            ),
            last?.ByName ?? "Nobody"
        );
    }

    /// <summary>What came of a question and nobody has decided on, where the question itself made it.</summary>
    public async Task<Proposal?> UndecidedAsync(
        GraphThreadRow thread,
        GraphQuestionRow question,
        CancellationToken cancellation
    )
    {
        var made =
            question.ProposalId is { } id ? await proposals.FindAsync(Reader(thread), id, cancellation)
            : question.ProposingAt is not null ? await MadeAsync(Reader(thread), thread, question, cancellation)
            : null;
        return made is { State: ProposalState.Proposed } && IsOf(made, thread, question) ? made : null;
    }

    internal static JsonElement? Parsed(string text)
    {
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The one that was made before the program died in between.</summary>
    private async Task<Proposal?> MadeAsync(
        Caller caller,
        GraphThreadRow thread,
        GraphQuestionRow question,
        CancellationToken cancellation
    ) =>
        (await proposals.ListAsync(caller, new ProposalFilter(Tenant: thread.Tenant), cancellation)).FirstOrDefault(
            proposal => IsOf(proposal, thread, question)
        );

    /// <summary>What is asked for alike may have been asked for by somebody else before.</summary>
    private static bool IsOf(Proposal proposal, GraphThreadRow thread, GraphQuestionRow question) =>
        // Anybody may write such evidence into a proposal of their own.
        proposal.RequestedBy.Via == Via
        && proposal.RequestedBy.Id == thread.StarterId
        && proposal.Evidence.Any(one =>
            Is(one, "kind", Kind) && Is(one, "thread", thread.Id) && Is(one, "question", question.Id)
        );

    private static Caller Reader(GraphThreadRow thread) =>
        new("graphs", "Graphs", Role.Viewer, false, TenantSet.Of([thread.Tenant]), ApiScopes.Read);

    private static bool Is(JsonElement one, string name, string value) =>
        one.ValueKind == JsonValueKind.Object
        && one.TryGetProperty(name, out var said)
        && said.ValueKind == JsonValueKind.String
        && said.ValueEquals(value);

    private static JsonElement Evidence(GraphThreadRow thread, GraphQuestionRow question) =>
        JsonSerializer.SerializeToElement(
            new
            {
                kind = Kind,
                title = $"Graph {thread.Graph} on {thread.Server}, started by {thread.StarterName}",
                url = $"/graphs?thread={thread.Id}",
                text = StoreText.Shorten(thread.Text, LongestText),
                thread = thread.Id,
                question = question.Id,
            }
        );

    /// <summary>Who started it, with what they may today, in the thread's tenant alone.</summary>
    public async Task<Caller?> CallerAsync(GraphThreadRow thread, CancellationToken cancellation)
    {
        var starter = await rights.TodayAsync(thread.Right, cancellation);
        return starter is { MayPropose: true } && starter.MaySee(thread.Tenant)
            ? starter with
            {
                Tenants = TenantSet.Of([thread.Tenant]),
                Scopes = starter.Scopes & (ApiScopes.Read | ApiScopes.Propose),
                Client = $"graph:{thread.Server}",
                Token = null,
            }
            : null;
    }

    private Task<GraphQuestionRow> ProposedAsync(
        GraphQuestionRow question,
        string proposal,
        CancellationToken cancellation
    ) =>
        ChangeAsync(
            question,
            row => (row.State, row.ProposalId, row.Why) = (GraphQuestionState.Proposed, proposal, null),
            cancellation
        );

    private Task<GraphQuestionRow> WhyAsync(
        GraphQuestionRow question,
        string? why,
        CancellationToken cancellation,
        bool asksAgain = false
    ) =>
        ChangeAsync(
            question,
            row =>
            {
                row.Why = why;
                row.IsForPerson = !asksAgain;
            },
            cancellation
        );

    private async Task<GraphQuestionRow> ChangeAsync(
        GraphQuestionRow question,
        Action<GraphQuestionRow> change,
        CancellationToken cancellation
    ) => await store.ChangeQuestionAsync(question.ThreadId, question.Id, change, cancellation) ?? question;
}
