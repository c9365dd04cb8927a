using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Channels;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Graphs.Following;
using Sevensa.Dashboard.Features.Graphs.LangGraph;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Graphs;

/// <summary>There is no such thread or question, or it is of a tenant that the caller may not see: the same answer for both.</summary>
internal sealed class UnknownGraphException(string message) : Exception(message);

/// <summary>What was given starts nothing, or answers nothing; the message says why.</summary>
internal sealed class UnfitGraphException(string message) : Exception(message);

/// <summary>It can't be done as things stand.</summary>
internal sealed class GraphConflictException(string message) : Exception(message);

/// <summary>
/// Remote graphs for people and programs: staff see those of their tenants, operators start, answer and cancel. Each of it is a row
/// of the record before it is done.
/// </summary>
internal sealed class GraphDesk(
    GraphStore store,
    GraphServers servers,
    GraphNews news,
    ITenantScopes scopes,
    IStrangers strangers,
    Upstreams upstreams,
    IStepUp stepUp,
    StoreLocks locks,
    IAuditLog audit,
    TimeProvider time
)
{
    public const int LongestText = 4000;

    /// <summary>Of one server's at once: nobody need look at them, so nothing else bounds them.</summary>
    public const int MostUnderWay = 50;

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    private static readonly ListOrder<GraphServerView> byName = new ListOrder<GraphServerView>("graph-servers").By(
        one => one.Id
    );

    public async Task<Page<GraphServerView>> ServersAsync(Caller caller, PageAsked page, CancellationToken cancellation)
    {
        byName.Check(page);
        return byName.Page(await ServersAsync(caller, cancellation), page, one => one);
    }

    public async Task<IReadOnlyList<GraphServerView>> ServersAsync(Caller caller, CancellationToken cancellation)
    {
        RequireStaff(caller);
        var seen = await SeenAsync(caller, cancellation);
        return
        [
            .. servers.For(seen).Select(client => Shown(client, seen)).OrderBy(one => one.Id, StringComparer.Ordinal),
        ];
    }

    /// <summary>Threads of one tenant, newest first.</summary>
    /// <exception cref="UnknownTenantException"/>
    public async Task<Page<GraphThreadView>> PageAsync(
        Caller caller,
        string tenant,
        PageAsked page,
        CancellationToken cancellation
    )
    {
        RequireStaff(caller);
        var scope = await scopes.ForAsync(caller, tenant, cancellation);
        return await ShownAsync(await store.PageAsync(scope.Tenants, page, cancellation), cancellation);
    }

    /// <summary>How many of the newest threads are listed at once.</summary>
    internal const int MostListed = 100;

    /// <summary>The newest threads of all tenants that the caller may see.</summary>
    public async Task<IReadOnlyList<GraphThreadView>> NewestAsync(Caller caller, CancellationToken cancellation)
    {
        RequireStaff(caller);
        var seen = await SeenAsync(caller, cancellation);
        var rows = await store.PageAsync(seen, new PageAsked(null, MostListed), cancellation);
        return (await ShownAsync(rows, cancellation)).Items;
    }

    /// <summary>A thread with its steps and questions.</summary>
    /// <param name="tenant">Null where it is known by its id alone.</param>
    /// <exception cref="UnknownGraphException"/>
    public async Task<GraphThreadView> FindAsync(
        Caller caller,
        string? tenant,
        string id,
        CancellationToken cancellation
    )
    {
        RequireStaff(caller);
        return await WholeAsync(await RowAsync(caller, tenant, id, cancellation), cancellation);
    }

    /// <summary>What is told of a thread after a number: first what was told already, then what comes; it ends with the thread.</summary>
    /// <exception cref="UnknownGraphException"/>
    public async IAsyncEnumerable<GraphEventRow> EventsAsync(
        Caller caller,
        string tenant,
        string id,
        long after,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        RequireStaff(caller);
        var changed = Channel.CreateBounded<bool>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
        );
        using var listening = news.OnChange(() => changed.Writer.TryWrite(true));
        while (true)
        {
            var thread = await RowAsync(caller, tenant, id, cancellation);
            // Read after the thread: what had ended by then has all its events here.
            IReadOnlyList<GraphEventRow> told;
            do
            {
                told = await store.EventsAsync(id, after, cancellation);
                foreach (var one in told)
                {
                    after = one.Number;
                    yield return one;
                }
            } while (told.Count > 0);
            if (thread.EndedAt is not null)
            {
                yield break;
            }
            await NextAsync(changed.Reader, cancellation);
        }
    }

    /// <exception cref="UnknownTenantException"/>
    /// <exception cref="UnfitGraphException"/>
    /// <exception cref="GraphConflictException"/>
    public async Task<GraphThreadView> StartAsync(
        Caller caller,
        string tenant,
        GraphWish wish,
        CancellationToken cancellation
    )
    {
        RequireOperator(caller);
        var scope = await scopes.ForAsync(caller, tenant, cancellation);
        var (server, graph, text) = Checked(scope, wish);
        if (await store.CountUnderWayAsync(server.Server.Name, cancellation) >= MostUnderWay)
        {
            throw new GraphConflictException(
                $"{MostUnderWay} threads are under way on {server.Server.Name}, and no more are begun. Cancel one, or wait."
            );
        }
        var (now, right) = (time.GetUtcNow(), StandingRight.Of(caller));
        var row = new GraphThreadRow
        {
            Id = Guid.CreateVersion7(now).ToString("D"),
            Server = server.Server.Name,
            Graph = graph,
            Tenant = tenant,
            Text = text,
            StarterId = caller.Subject,
            StarterName = caller.Name,
            IsStarterPerson = caller.IsPerson,
            StarterClient = right.Client,
            StarterToken = right.Token,
            StartedAt = now,
            MovedAt = now,
            State = GraphThreadState.Starting,
        };
        await TellAsync(caller, "graph.started", row, $"Graph {graph} on {row.Server}", cancellation);
        await store.AddAsync(row, cancellation);
        news.Work.Raise();
        news.Raise();
        return await WholeAsync(row, cancellation);
    }

    /// <summary>Ends it, here and at its server; what it proposed and nobody has decided on is withdrawn then.</summary>
    /// <exception cref="UnknownGraphException"/>
    /// <exception cref="GraphConflictException"/>
    public async Task<GraphThreadView> CancelAsync(
        Caller caller,
        string? tenant,
        string id,
        CancellationToken cancellation
    )
    {
        RequireOperator(caller);
        var row = await RowAsync(caller, tenant, id, cancellation);
        if (row.EndedAt is not null)
        {
            throw new GraphConflictException("It has ended; there is nothing to cancel.");
        }
        await TellAsync(caller, "graph.cancel", row, $"Graph {row.Graph} on {row.Server}", cancellation);
        var after = await store.ChangeAsync(
            id,
            one => (one.CancelledBy, one.CancelAskedAt) = (caller.Name, time.GetUtcNow()),
            cancellation
        );
        news.Work.Raise();
        news.Raise();
        return await WholeAsync(after ?? row, cancellation);
    }

    /// <summary>Answers what is no proposal. It is handed back once, as soon as all that the thread asks is answered.</summary>
    /// <exception cref="UnknownGraphException"/>
    /// <exception cref="UnfitGraphException"/>
    /// <exception cref="GraphConflictException"/>
    public async Task<GraphThreadView> AnswerAsync(
        Caller caller,
        string? tenant,
        string id,
        string question,
        GraphAnswer answer,
        CancellationToken cancellation
    )
    {
        RequireOperator(caller);
        var row = await RowAsync(caller, tenant, id, cancellation);
        await stepUp.RequireClearAsync(caller, "graph.answer", cancellation);
        if (string.IsNullOrWhiteSpace(answer.Text))
        {
            throw new UnfitGraphException("text is empty: say what the graph is answered.");
        }
        TextLimits.Check(answer.Text, "text", LongestText);
        // The look at the thread may be making a proposal of it at this moment.
        await using (await locks.TakeAsync([GraphTurn.LockOf(id)], cancellation))
        {
            var asked =
                (await store.QuestionsAsync([id], cancellation)).FirstOrDefault(one => one.Id == question)
                ?? throw new UnknownGraphException("The graph has not asked that.");
            if (asked.State != GraphQuestionState.Open)
            {
                throw new GraphConflictException(
                    asked.State switch
                    {
                        GraphQuestionState.Proposed => "It is a proposal, which is decided under Approvals.",
                        GraphQuestionState.Dropped => "The graph does not wait for it any more.",
                        _ => $"It was answered by {asked.AnsweredBy}.",
                    }
                );
            }
            await TellAsync(caller, "graph.answered", row, StoreText.Shorten(answer.Text, 200), cancellation);
            await store.ChangeQuestionAsync(
                id,
                question,
                one =>
                {
                    (one.State, one.Answer) = (
                        GraphQuestionState.Answered,
                        JsonSerializer.Serialize(StoreText.Whole(answer.Text))
                    );
                    (one.AnsweredBy, one.AnsweredAt) = (caller.Name, time.GetUtcNow());
                },
                cancellation
            );
        }
        news.Work.Raise();
        news.Raise();
        return await WholeAsync(row, cancellation);
    }

    /// <summary>Until something changed here; what another dashboard on the store wrote is seen by a look of its own.</summary>
    private async Task NextAsync(ChannelReader<bool> changed, CancellationToken cancellation)
    {
        using var turn = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAny(changed.WaitToReadAsync(turn.Token).AsTask(), Task.Delay(LookAgain, time, turn.Token));
        await turn.CancelAsync();
        cancellation.ThrowIfCancellationRequested();
        changed.TryRead(out _);
    }

    private (LangGraphClient Server, string Graph, string Text) Checked(TenantScope scope, GraphWish wish)
    {
        var offered = servers.For(scope.Tenants).ToList();
        if (offered.Count == 0)
        {
            throw new UnfitGraphException("No graph works for this tenant (Graphs:Servers).");
        }
        var server =
            (
                wish.Server is null && offered.Count == 1
                    ? offered[0]
                    : offered.Find(one => one.Server.Name == wish.Server)
            )
            ?? throw new UnfitGraphException(
                $"server is one of {string.Join(", ", offered.Select(one => one.Server.Name))}."
            );
        var graph =
            wish.Graph is null && server.Server.Graphs is [var only] ? only
            : server.Server.Graphs.Contains(wish.Graph ?? "") ? wish.Graph!
            : throw new UnfitGraphException($"graph is one of {string.Join(", ", server.Server.Graphs)}.");
        if (string.IsNullOrWhiteSpace(wish.Text))
        {
            throw new UnfitGraphException("text is empty: say what the graph is to do.");
        }
        TextLimits.Check(wish.Text, "text", LongestText);
        return (server, graph, StoreText.Whole(wish.Text.Trim()));
    }

    private GraphServerView Shown(LangGraphClient client, IReadOnlyList<string> seen)
    {
        var status = upstreams.Find(client.Upstream);
        var state = status?.State.ToString() ?? "unknown";
        return new GraphServerView(
            client.Server.Name,
            JsonNamingPolicy.CamelCase.ConvertName(state),
            status?.Message,
            status?.Remedy,
            client.Server.Graphs,
            client.Known is { } known ? [.. client.Server.Graphs.Where(graph => !known.Contains(graph))] : [],
            [.. client.Server.Tenants.Where(seen.Contains)]
        );
    }

    private async Task<Page<GraphThreadView>> ShownAsync(Page<GraphThreadRow> page, CancellationToken cancellation)
    {
        var questions = await store.QuestionsAsync(
            [.. page.Items.Where(row => row.State == GraphThreadState.Waiting).Select(row => row.Id)],
            cancellation
        );
        var byThread = questions.ToLookup(one => one.ThreadId);
        return page.Select(row => GraphThreadView.Of(row, byThread[row.Id]));
    }

    private async Task<GraphThreadView> WholeAsync(GraphThreadRow row, CancellationToken cancellation)
    {
        var questions = await store.QuestionsAsync([row.Id], cancellation);
        return GraphThreadView.Of(row, questions) with
        {
            Steps =
            [
                .. (await store.StepsAsync(row.Id, cancellation)).Select(step => new GraphStepView(
                    step.Name,
                    step.Text,
                    step.At
                )),
            ],
            Questions = [.. questions.Select(Shown)],
        };
    }

    private static GraphQuestionView Shown(GraphQuestionRow row) =>
        new(
            row.Id,
            row.State,
            row.AskedAt,
            GraphProposals.Parsed(row.Payload) ?? JsonSerializer.SerializeToElement(row.Payload),
            row.Why,
            row.ProposalId,
            row.Answer is { } answer ? GraphProposals.Parsed(answer) : null,
            row.AnsweredBy,
            row.AnsweredAt,
            row.HandedAt
        );

    private async Task<GraphThreadRow> RowAsync(
        Caller caller,
        string? tenant,
        string id,
        CancellationToken cancellation
    )
    {
        IReadOnlyList<string> seen = tenant is null
            ? await SeenAsync(caller, cancellation)
            : (await scopes.ForAsync(caller, tenant, cancellation)).Tenants;
        var row = await store.FindAsync(id, cancellation);
        if (row is not null && seen.Contains(row.Tenant))
        {
            return row;
        }
        if (row is not null && !caller.MaySee(row.Tenant))
        {
            await strangers.RecordAsync(caller, $"the graph thread {id} of {row.Tenant}", cancellation);
        }
        throw new UnknownGraphException($"There is no thread \"{id}\" that you can see.");
    }

    private async Task<IReadOnlyList<string>> SeenAsync(Caller caller, CancellationToken cancellation)
    {
        try
        {
            return (await scopes.ForAllAsync(caller, cancellation)).Tenants;
        }
        catch (UnknownTenantException)
        {
            return [];
        }
    }

    private static void RequireStaff(Caller caller)
    {
        if (!caller.IsStaff || !caller.MayRead)
        {
            throw new ForbiddenException("Graphs are for operators.");
        }
    }

    private static void RequireOperator(Caller caller)
    {
        if (!caller.MayPropose)
        {
            throw new ForbiddenException("Graphs are started, answered and cancelled by an operator or administrator.");
        }
    }

    private Task TellAsync(
        Caller caller,
        string action,
        GraphThreadRow row,
        string detail,
        CancellationToken cancellation
    ) => audit.AppendAsync(new AuditEntry(caller.Actor(), action, row.Tenant, row.Id, Detail: detail), cancellation);
}
