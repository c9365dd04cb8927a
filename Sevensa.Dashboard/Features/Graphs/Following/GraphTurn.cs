using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Graphs.LangGraph;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Graphs.Following;

/// <summary>
/// One look at a thread, and what follows from it: it is started, listened to, its questions are put, their answers handed back, its
/// end is told. What its server says now is looked at first, each time: a late answer is taken there without a word and runs a node
/// again.
/// </summary>
internal sealed class GraphTurn(
    GraphStore store,
    GraphServers servers,
    GraphRuns runs,
    GraphQuestions questions,
    GraphWithdrawals withdrawals,
    GraphPlaces places,
    GraphNews news,
    StoreLocks locks,
    IAuditLog audit,
    IStandingRights rights,
    IOptions<GraphsOptions> options,
    TimeProvider time
)
{
    private static readonly TimeSpan atOnce = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan soon = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan whileWaiting = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan whileAway = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan whileLost = TimeSpan.FromMinutes(5);

    /// <summary>Within a stream; then it is looked at whether it still works.</summary>
    private static readonly TimeSpan silence = TimeSpan.FromSeconds(10);

    /// <summary>At whether whoever started it may go on.</summary>
    private static readonly TimeSpan betweenLooks = TimeSpan.FromSeconds(2);

    /// <summary>One that is lost is looked at for so long: what comes back with its server is told.</summary>
    private static readonly TimeSpan lostLasts = TimeSpan.FromHours(24);

    public static string LockOf(string thread) => $"graph thread {thread}";

    /// <returns>When to look again; null when it has ended.</returns>
    public async Task<TimeSpan?> TakeAsync(string id, CancellationToken cancellation)
    {
        var thread = await store.FindAsync(id, cancellation);
        if (thread is null or { EndedAt: not null })
        {
            return null;
        }
        TimeSpan pause;
        using (await places.TakeAsync(thread.Server, cancellation))
        await using (await locks.TakeAsync([LockOf(id)], cancellation))
        {
            thread = await store.FindAsync(id, cancellation);
            if (thread is null or { EndedAt: not null })
            {
                return null;
            }
            pause = await LookAsync(thread, cancellation);
        }
        thread = await store.FindAsync(id, cancellation);
        if (thread is { State: GraphThreadState.Running, RunId: { } run } && ClientOf(thread) is { } client)
        {
            return await ListenAsync(thread, run, client, cancellation);
        }
        return thread is null or { EndedAt: not null } ? null : pause;
    }

    private async Task<TimeSpan> LookAsync(GraphThreadRow thread, CancellationToken cancellation)
    {
        if (thread.CancelAskedAt is null && await rights.TodayAsync(thread.Right, cancellation) is null)
        {
            // In nobody's name nothing goes on: as though it were cancelled, by nobody.
            thread =
                await store.ChangeAsync(thread.Id, row => row.CancelAskedAt = time.GetUtcNow(), cancellation) ?? thread;
        }
        if (ClientOf(thread) is not { } client)
        {
            var why =
                $"{thread.Server} is not among Graphs:Servers any more, or does not work for {thread.Tenant} there.";
            if (thread.CancelAskedAt is not null)
            {
                await EndAsync(
                    thread,
                    GraphThreadState.Cancelled,
                    $"{Stopped(thread)} {why} It was not told: what runs there goes on.".TrimStart(),
                    null,
                    cancellation
                );
                return soon;
            }
            await TroubleAsync(thread, why, cancellation);
            return whileLost;
        }
        try
        {
            return thread.State == GraphThreadState.Starting && thread.CancelAskedAt is null
                ? await StartAsync(thread, client, cancellation)
                : await AtServerAsync(thread, client, cancellation);
        }
        catch (UpstreamException exception)
        {
            if (thread.State == GraphThreadState.Starting && exception.Fault == UpstreamFault.Refused)
            {
                await EndAsync(thread, GraphThreadState.Failed, exception.Told, null, cancellation);
                return soon;
            }
            await TroubleAsync(thread, exception.Told, cancellation);
            return whileAway;
        }
    }

    /// <summary>Null when the settings do not name the server any more, or not for the thread's tenant.</summary>
    private LangGraphClient? ClientOf(GraphThreadRow thread) =>
        servers.Find(thread.Server) is { } client && client.Server.Tenants.Contains(thread.Tenant) ? client : null;

    private async Task<TimeSpan> StartAsync(
        GraphThreadRow thread,
        LangGraphClient client,
        CancellationToken cancellation
    )
    {
        if (await runs.StartAsync(thread, client, cancellation) is not null)
        {
            news.Raise();
        }
        return soon;
    }

    private async Task<TimeSpan> AtServerAsync(
        GraphThreadRow thread,
        LangGraphClient client,
        CancellationToken cancellation
    )
    {
        if (await client.ThreadAsync(thread.Id, cancellation) is not { } remote)
        {
            await EndAsync(
                thread,
                thread.CancelAskedAt is null ? GraphThreadState.Lost : GraphThreadState.Cancelled,
                thread.CancelAskedAt is null
                    ? $"{thread.Server} does not know the thread any more: it was stopped before it had saved it, or the thread was deleted there. Start it again."
                    : Stopped(thread),
                null,
                cancellation
            );
            return soon;
        }
        if (
            !string.Equals(remote.Id, thread.Id, StringComparison.OrdinalIgnoreCase)
            || (remote.Tenant is { } whose && whose != thread.Tenant)
        )
        {
            // Somebody has written into the thread at its server, or it answers with another; nothing of that is shown as
            // this tenant's.
            await EndAsync(
                thread,
                GraphThreadState.Failed,
                "Its server answers with another thread, or has it as another tenant's now, so nothing more of it is read.",
                null,
                cancellation
            );
            return soon;
        }
        if (thread.CancelAskedAt is not null)
        {
            return await CancelAsync(thread, client, cancellation);
        }
        if (remote.IsBusy || (await UnderWayAsync(thread, client, cancellation)).Count > 0)
        {
            return await BusyAsync(thread, remote, cancellation);
        }
        return await RestingAsync(thread, remote, client, cancellation);
    }

    private async Task<TimeSpan> CancelAsync(
        GraphThreadRow thread,
        LangGraphClient client,
        CancellationToken cancellation
    )
    {
        foreach (var run in await UnderWayAsync(thread, client, cancellation))
        {
            await client.CancelAsync(thread.Id, run.Id, cancellation);
        }
        await EndAsync(thread, GraphThreadState.Cancelled, Stopped(thread), null, cancellation);
        return soon;
    }

    /// <summary>Why it was cancelled where nobody did.</summary>
    private static string? Stopped(GraphThreadRow thread) =>
        thread is { CancelAskedAt: not null, CancelledBy: null }
            ? $"It was stopped: {thread.StarterName}, who started it, {IStandingRights.WhyNone}."
            : null;

    /// <summary>Runs that their server calls pending or running.</summary>
    private static async Task<IReadOnlyList<RemoteRun>> UnderWayAsync(
        GraphThreadRow thread,
        LangGraphClient client,
        CancellationToken cancellation
    ) => [.. (await client.RunsAsync(thread.Id, cancellation)).Where(run => run.Status is "pending" or "running")];

    private async Task<TimeSpan> BusyAsync(GraphThreadRow thread, RemoteThread remote, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        if (remote.Mark != thread.Mark)
        {
            await ChangedAsync(
                thread,
                row =>
                {
                    // What is seen for the first time has not moved since.
                    row.MovedAt = row.Mark is null ? row.MovedAt : now;
                    (row.State, row.Mark, row.Trouble) = (GraphThreadState.Running, remote.Mark, null);
                },
                cancellation
            );
            return soon;
        }
        if (thread.State == GraphThreadState.Lost)
        {
            if (now - thread.MovedAt > options.Value.LostAfter + lostLasts)
            {
                await store.ChangeAsync(thread.Id, row => row.EndedAt = now, cancellation);
            }
            return whileLost;
        }
        if (now - thread.MovedAt > options.Value.LostAfter)
        {
            await TellAsync(thread, GraphThreadState.Lost, cancellation);
            await ChangedAsync(
                thread,
                row =>
                    (row.State, row.Trouble) = (
                        GraphThreadState.Lost,
                        $"{thread.Server} calls it running and has given no sign of life for {options.Value.LostAfterMinutes} minutes: after a restart it does so for ever. Cancel it, and start it again."
                    ),
                cancellation
            );
            return whileLost;
        }
        return soon;
    }

    /// <summary>No run is under way: it waits for an answer, has ended, or was cancelled.</summary>
    private async Task<TimeSpan> RestingAsync(
        GraphThreadRow thread,
        RemoteThread remote,
        LangGraphClient client,
        CancellationToken cancellation
    )
    {
        var state = await client.StateAsync(thread.Id, cancellation);
        // What it asked before it failed is waited for by nobody.
        var open = remote.Status == "error" ? [] : state.Interrupts.Where(one => one.Id is not null).ToList();
        if (open.Count > GraphQuestions.MostAtOnce)
        {
            await EndAsync(
                thread,
                GraphThreadState.Failed,
                $"It asks {open.Count} things at once; more than {GraphQuestions.MostAtOnce} are not put to anybody.",
                GraphResult.Of(state.Values),
                cancellation
            );
            return soon;
        }
        var asked = await questions.SyncAsync(thread, client, open, cancellation);
        if (asked.Count > 0)
        {
            if (asked.All(one => one.State == GraphQuestionState.Answered))
            {
                await TellAsync(thread, null, cancellation);
                await runs.ResumeAsync(thread, client, asked, cancellation);
                news.Raise();
                return soon;
            }
            if (asked.All(one => one.State == GraphQuestionState.Handed))
            {
                // The answers were taken, and the node asks the same again: nothing is handed twice.
                await ChangedAsync(
                    thread,
                    row =>
                        (row.State, row.Trouble) = (
                            GraphThreadState.Waiting,
                            "It was given its answer and asks the same again. It is not answered twice; cancel it."
                        ),
                    cancellation
                );
                return whileWaiting;
            }
            await ChangedAsync(
                thread,
                row =>
                {
                    (row.State, row.Mark, row.Trouble) = (GraphThreadState.Waiting, remote.Mark, null);
                    row.Result = GraphResult.Of(state.Values);
                },
                cancellation
            );
            return whileWaiting;
        }
        var (end, trouble) = remote.Status switch
        {
            "error" => (GraphThreadState.Failed, state.Error ?? thread.Trouble ?? "It failed and does not say why."),
            "interrupted" when state.Interrupts.Count > 0 => (
                GraphThreadState.Failed,
                "It asks something without an id, or with one that is too long, which can't be answered from here."
            ),
            "interrupted" => (GraphThreadState.Cancelled, "It was cancelled at its server."),
            _ => (GraphThreadState.Done, (string?)null),
        };
        await EndAsync(thread, end, trouble, GraphResult.Of(state.Values), cancellation);
        return soon;
    }

    private async Task<TimeSpan?> ListenAsync(
        GraphThreadRow thread,
        string run,
        LangGraphClient client,
        CancellationToken cancellation
    )
    {
        var number = 0;
        using var until = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var watching = WatchAsync(thread, until);
        try
        {
            await foreach (var happened in client.StreamAsync(thread.Id, run, silence, until.Token))
            {
                number += happened.Kind is null ? 0 : 1;
                if (!await questions.HeardAsync(thread, run, number, happened, cancellation))
                {
                    return atOnce;
                }
            }
        }
        catch (UpstreamException exception)
        {
            await TroubleAsync(thread, exception.Told, cancellation);
            return whileAway;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return atOnce;
        }
        finally
        {
            await until.CancelAsync();
            await watching;
        }
        return number > 0 ? atOnce : soon;
    }

    /// <summary>Ends the listening soon after whoever started it may not go on with it.</summary>
    private async Task WatchAsync(GraphThreadRow thread, CancellationTokenSource until)
    {
        try
        {
            while (await rights.TodayAsync(thread.Right, until.Token) is not null)
            {
                await Task.Delay(betweenLooks, time, until.Token);
            }
            await until.CancelAsync();
        }
        catch (OperationCanceledException) when (until.IsCancellationRequested)
        {
            // There is nothing to listen to any more.
        }
        catch (Exception exception) when (StoreFault.In(exception) is not null)
        {
            // While the store is away nobody's right is known: the next look at the thread says so.
        }
    }

    private async Task EndAsync(
        GraphThreadRow thread,
        GraphThreadState state,
        string? trouble,
        string? result,
        CancellationToken cancellation
    )
    {
        await TellAsync(thread, state, cancellation);
        var takenBack =
            state == GraphThreadState.Cancelled ? await withdrawals.WithdrawAsync(thread, cancellation) : null;
        await questions.DropAsync(thread, cancellation);
        await ChangedAsync(
            thread,
            row =>
            {
                var said = string.Join(' ', new[] { trouble, takenBack }.OfType<string>());
                (row.State, row.Trouble) = (state, said.Length > 0 ? said : null);
                row.Result = result ?? row.Result;
                row.EndedAt = time.GetUtcNow();
            },
            cancellation
        );
    }

    /// <summary>Writes into the record what comes next.</summary>
    /// <param name="state">Its end; null when an answer is handed back.</param>
    private Task TellAsync(GraphThreadRow thread, GraphThreadState? state, CancellationToken cancellation) =>
        audit.AppendAsync(
            new AuditEntry(
                AuditActor.System,
                state switch
                {
                    null => "graph.resumed",
                    GraphThreadState.Done => "graph.ended",
                    GraphThreadState.Cancelled => "graph.cancelled",
                    GraphThreadState.Lost => "graph.lost",
                    _ => "graph.failed",
                },
                thread.Tenant,
                thread.Id,
                state is GraphThreadState.Failed or GraphThreadState.Lost ? AuditOutcome.Failed : AuditOutcome.Ok,
                $"Graph {thread.Graph} on {thread.Server}"
            ),
            cancellation
        );

    private Task TroubleAsync(GraphThreadRow thread, string trouble, CancellationToken cancellation) =>
        thread.Trouble == trouble
            ? Task.CompletedTask
            : ChangedAsync(thread, row => row.Trouble = trouble, cancellation);

    private async Task ChangedAsync(
        GraphThreadRow thread,
        Action<GraphThreadRow> change,
        CancellationToken cancellation
    )
    {
        await store.ChangeAsync(thread.Id, change, cancellation);
        news.Raise();
    }
}
