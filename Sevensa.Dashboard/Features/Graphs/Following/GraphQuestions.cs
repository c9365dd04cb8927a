using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Graphs.LangGraph;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Graphs.Following;

/// <summary>Keeps what a thread does and asks: each step once, each question once, however often its node is run.</summary>
internal sealed class GraphQuestions(
    GraphStore store,
    GraphProposals proposals,
    GraphRuns runs,
    GraphNews news,
    IAuditLog audit,
    TimeProvider time
)
{
    /// <summary>Each becomes a proposal or waits for a person, so that nobody is buried in them.</summary>
    public const int MostAtOnce = 50;

    private const int LongestPayload = 64 * 1024;
    private const int LongestId = 128;
    private const int LongestName = 200;

    /// <summary>Of each thread, up to which event of which run it was heard here.</summary>
    private readonly ConcurrentDictionary<string, (string Run, int Number)> heard = new(StringComparer.Ordinal);

    /// <summary>Brings the kept questions to what the thread asks now, and looks what became of the proposals among them.</summary>
    /// <returns>Those that it asks now.</returns>
    public async Task<IReadOnlyList<GraphQuestionRow>> SyncAsync(
        GraphThreadRow thread,
        LangGraphClient client,
        IReadOnlyList<GraphInterrupt> open,
        CancellationToken cancellation
    )
    {
        var known = (await store.QuestionsAsync([thread.Id], cancellation)).ToList();
        var asked = new HashSet<string>();
        foreach (var one in open.Where(one => one.Id!.Length <= LongestId))
        {
            var before = known.Where(question => question.Interrupt == one.Id).ToList();
            var now =
                before.Find(question => question.State != GraphQuestionState.Handed)
                ?? before.Find(question => question.Payload == PayloadOf(one));
            if (now is null)
            {
                now = await AddAsync(thread, one, before.Count, cancellation);
                known.Add(now);
            }
            asked.Add(now.Id);
        }
        var all = new List<GraphQuestionRow>();
        foreach (var question in known)
        {
            all.Add(
                asked.Contains(question.Id)
                    ? await FollowAsync(thread, question, cancellation)
                    : await GoneAsync(thread, client, question, cancellation)
            );
        }
        return [.. all.Where(question => asked.Contains(question.Id))];
    }

    /// <summary>Nothing of it is waited for any more.</summary>
    public async Task DropAsync(GraphThreadRow thread, CancellationToken cancellation)
    {
        foreach (
            var question in (await store.QuestionsAsync([thread.Id], cancellation)).Where(one =>
                one.State is not (GraphQuestionState.Handed or GraphQuestionState.Dropped)
            )
        )
        {
            await StateAsync(question, GraphQuestionState.Dropped, cancellation);
        }
    }

    /// <summary>Keeps a step of a stream; anything new that comes is a sign of life.</summary>
    /// <returns>False when there is something else to do than to listen on: it is to be cancelled, or has ended.</returns>
    public async Task<bool> HeardAsync(
        GraphThreadRow thread,
        string run,
        int number,
        GraphEvent happened,
        CancellationToken cancellation
    )
    {
        // A stream that is listened to anew tells all from its beginning: what was heard before is no sign of life.
        if (happened.Kind is null)
        {
            return await KeepAsync(thread, run, number, happened, cancellation);
        }
        if (heard.TryGetValue(thread.Id, out var before) && before.Run == run && number <= before.Number)
        {
            return true;
        }
        var goesOn = await KeepAsync(thread, run, number, happened, cancellation);
        heard[thread.Id] = (run, number);
        return goesOn;
    }

    private async Task<bool> KeepAsync(
        GraphThreadRow thread,
        string run,
        int number,
        GraphEvent happened,
        CancellationToken cancellation
    )
    {
        var now = time.GetUtcNow();
        var after = await store.ChangeAsync(
            thread.Id,
            row =>
            {
                row.MovedAt = now;
                if (happened.Kind == "error")
                {
                    row.Trouble = StoreText.Whole(LangGraphWords.Of(happened.Data.GetRawText()));
                }
            },
            cancellation
        );
        var goesOn = after is { CancelAskedAt: null, EndedAt: null };
        if (
            happened.Kind != "updates"
            || happened.Data.ValueKind != JsonValueKind.Object
            || number > GraphStore.MostSteps
        )
        {
            return goesOn;
        }
        var nodes = happened.Data.EnumerateObject().Where(one => one.Name != "__interrupt__").ToList();
        if (
            nodes.Count > 0
            && await store.AddStepAsync(
                new GraphStepRow
                {
                    ThreadId = thread.Id,
                    RunId = run,
                    Number = number,
                    At = now,
                    Name = StoreText.Whole(
                        StoreText.Shorten(string.Join(", ", nodes.Select(one => one.Name)), LongestName)
                    ),
                    Text = GraphResult.OfStep(nodes.Count == 1 ? nodes[0].Value : happened.Data),
                },
                cancellation
            )
        )
        {
            news.Raise();
        }
        return goesOn;
    }

    private async Task<GraphQuestionRow> AddAsync(
        GraphThreadRow thread,
        GraphInterrupt asked,
        int before,
        CancellationToken cancellation
    )
    {
        var row = new GraphQuestionRow
        {
            ThreadId = thread.Id,
            Id = before == 0 ? asked.Id! : string.Create(CultureInfo.InvariantCulture, $"{asked.Id}-{before + 1}"),
            Interrupt = asked.Id!,
            AskedAt = time.GetUtcNow(),
            Payload = PayloadOf(asked),
        };
        await audit.AppendAsync(
            new AuditEntry(
                AuditActor.System,
                "graph.asked",
                thread.Tenant,
                thread.Id,
                Detail: $"Graph {thread.Graph} on {thread.Server} asks"
            ),
            cancellation
        );
        await store.AddQuestionAsync(row, cancellation);
        news.Raise();
        return row;
    }

    private async Task<GraphQuestionRow> FollowAsync(
        GraphThreadRow thread,
        GraphQuestionRow question,
        CancellationToken cancellation
    )
    {
        var now = question is { State: GraphQuestionState.Open, IsForPerson: false }
            ? await proposals.ProposeAsync(thread, question, cancellation)
            : question;
        if (
            now.State != GraphQuestionState.Proposed
            || await proposals.OutcomeAsync(thread, now, cancellation) is not { } outcome
        )
        {
            return now;
        }
        return await store.ChangeQuestionAsync(
                thread.Id,
                now.Id,
                row =>
                {
                    (row.State, row.Answer) = (GraphQuestionState.Answered, outcome.Answer.GetRawText());
                    (row.AnsweredBy, row.AnsweredAt) = (outcome.By, time.GetUtcNow());
                },
                cancellation
            ) ?? now;
    }

    private static string PayloadOf(GraphInterrupt asked) =>
        asked.Value.ValueKind == JsonValueKind.Undefined ? "null" : GraphResult.Written(asked.Value, LongestPayload);

    /// <summary>The thread asks it no more: it was answered from here, or somebody passed it by.</summary>
    private async Task<GraphQuestionRow> GoneAsync(
        GraphThreadRow thread,
        LangGraphClient client,
        GraphQuestionRow question,
        CancellationToken cancellation
    ) =>
        question.State is GraphQuestionState.Handed or GraphQuestionState.Dropped
            ? question
            : await StateAsync(
                question,
                await runs.WasHandedAsync(thread, client, question, cancellation)
                    ? GraphQuestionState.Handed
                    : GraphQuestionState.Dropped,
                cancellation
            );

    private async Task<GraphQuestionRow> StateAsync(
        GraphQuestionRow question,
        GraphQuestionState state,
        CancellationToken cancellation
    ) =>
        await store.ChangeQuestionAsync(
            question.ThreadId,
            question.Id,
            row =>
            {
                row.State = state;
                row.HandedAt = state == GraphQuestionState.Handed ? time.GetUtcNow() : row.HandedAt;
            },
            cancellation
        ) ?? question;
}
