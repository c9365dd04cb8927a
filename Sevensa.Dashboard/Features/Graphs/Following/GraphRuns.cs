using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Graphs.LangGraph;

namespace Sevensa.Dashboard.Features.Graphs.Following;

/// <summary>
/// Starts runs at a thread's server, each once: that it is to be started is kept before it is, and whether it was is looked at
/// before it is started again. A run carries in its metadata what it is for.
/// </summary>
internal sealed class GraphRuns(GraphStore store, TimeProvider time)
{
    private const string Begins = "start";

    /// <returns>The thread with its run; null when it can't be started yet.</returns>
    public async Task<GraphThreadRow?> StartAsync(
        GraphThreadRow thread,
        LangGraphClient client,
        CancellationToken cancellation
    )
    {
        await client.CreateThreadAsync(thread.Id, thread.Tenant, cancellation);
        var run = thread.RunAskedAt is null ? null : await FoundAsync(thread, client, Begins, cancellation);
        if (run is null)
        {
            await store.ChangeAsync(thread.Id, row => row.RunAskedAt = time.GetUtcNow(), cancellation);
            run = await client.StartAsync(
                thread.Id,
                thread.Graph,
                thread.Tenant,
                InputOf(thread, client.Server.Input),
                Begins,
                cancellation
            );
        }
        return run is null ? null : await RunsAsync(thread, run, cancellation);
    }

    /// <summary>
    /// Hands answers back together, so that no node is run again for a question that was answered in the same moment.
    /// </summary>
    /// <param name="answered">All that the thread waits for, each with its answer.</param>
    /// <returns>The thread with its run; null when it can't take them yet.</returns>
    public async Task<GraphThreadRow?> ResumeAsync(
        GraphThreadRow thread,
        LangGraphClient client,
        IReadOnlyList<GraphQuestionRow> answered,
        CancellationToken cancellation
    )
    {
        var sign = SignOf(answered);
        var run = answered.Any(one => one.HandingAt is not null)
            ? await FoundAsync(thread, client, sign, cancellation)
            : null;
        if (run is null)
        {
            await EachAsync(answered, row => row.HandingAt = time.GetUtcNow(), cancellation);
            run = await client.ResumeAsync(
                thread.Id,
                thread.Graph,
                thread.Tenant,
                answered.ToDictionary(one => one.Interrupt, one => JsonNode.Parse(one.Answer!)),
                sign,
                cancellation
            );
        }
        if (run is null)
        {
            return null;
        }
        await EachAsync(
            answered,
            row => (row.State, row.HandedAt) = (GraphQuestionState.Handed, time.GetUtcNow()),
            cancellation
        );
        return await RunsAsync(thread, run, cancellation);
    }

    /// <summary>Whether a question that its thread asks no more was answered from here, before the program died in between.</summary>
    public async Task<bool> WasHandedAsync(
        GraphThreadRow thread,
        LangGraphClient client,
        GraphQuestionRow question,
        CancellationToken cancellation
    ) =>
        question.HandingAt is not null
        && (await client.RunsAsync(thread.Id, cancellation)).Any(run =>
            run.Sign?.Split(' ').Contains(question.Id) == true
        );

    private static async Task<RemoteRun?> FoundAsync(
        GraphThreadRow thread,
        LangGraphClient client,
        string sign,
        CancellationToken cancellation
    ) => (await client.RunsAsync(thread.Id, cancellation)).FirstOrDefault(run => run.Sign == sign);

    private static string SignOf(IReadOnlyList<GraphQuestionRow> answered) =>
        string.Join(' ', answered.Select(one => one.Id).Order(StringComparer.Ordinal));

    private async Task EachAsync(
        IReadOnlyList<GraphQuestionRow> questions,
        Action<GraphQuestionRow> change,
        CancellationToken cancellation
    )
    {
        foreach (var question in questions)
        {
            await store.ChangeQuestionAsync(question.ThreadId, question.Id, change, cancellation);
        }
    }

    private Task<GraphThreadRow?> RunsAsync(GraphThreadRow thread, RemoteRun run, CancellationToken cancellation) =>
        store.ChangeAsync(
            thread.Id,
            row =>
            {
                (row.State, row.RunId, row.Trouble) = (GraphThreadState.Running, run.Id, null);
                row.MovedAt = time.GetUtcNow();
            },
            cancellation
        );

    private static JsonObject InputOf(GraphThreadRow thread, GraphInput input) =>
        input == GraphInput.Text
            ? new JsonObject { ["text"] = thread.Text }
            : new JsonObject
            {
                ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = thread.Text }),
            };
}
