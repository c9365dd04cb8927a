using System.Collections.Concurrent;
using Sevensa.Dashboard.Features.Assistant.Model;
using Sevensa.Dashboard.Features.Assistant.Turns;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Assistant.Runs;

/// <summary>The answers that are under way in this program: begun by a question, ended by their end, by a stop or with the program.</summary>
internal sealed class AnswerRuns(
    IServiceScopeFactory scopes,
    ConversationStore store,
    IStandingRights rights,
    TimeProvider time,
    ILogger<AnswerRuns> log
) : IHostedService
{
    /// <summary>One person's at once: nobody need listen to them, so nothing else bounds them.</summary>
    private const int MostOfOne = 12;

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    internal const string Deleted =
        "This conversation was deleted, so nothing of the answer is kept. What was proposed in it lives on under Approvals.";

    private readonly ConcurrentDictionary<string, AnswerRun> all = new();

    /// <summary>The newest that is under way in a conversation; null when none is.</summary>
    public AnswerRun? Of(string conversation) =>
        all.Values.Where(run => run.ConversationId == conversation).MaxBy(run => run.MessageId, StringComparer.Ordinal);

    /// <summary>So many of theirs are under way that another one has to wait.</summary>
    public bool AreMany(Caller caller) => all.Values.Count(run => run.Owner == caller.Subject) >= MostOfOne;

    /// <summary>Tells other dashboards of a stop; null while there are none.</summary>
    public Action<string, string>? Outward { get; set; }

    /// <summary>Ends all that is under way in a conversation, whichever dashboard is at it.</summary>
    /// <param name="why">Told as what ended it, in a sentence.</param>
    public void Stop(string conversation, string why)
    {
        Hear(conversation, why);
        Outward?.Invoke(conversation, why);
    }

    /// <summary>The same of what this dashboard is at.</summary>
    public void Hear(string conversation, string why)
    {
        foreach (var run in all.Values.Where(run => run.ConversationId == conversation))
        {
            run.Stop(why);
        }
    }

    /// <param name="row">As the answer is kept until it has ended.</param>
    public AnswerRun Begin(Turn turn, IReadOnlyList<ModelMessage> prompt, ConversationMessage row)
    {
        var run = new AnswerRun(row.Id, turn);
        all[run.MessageId] = run;
        run.Work = Task.Run(() => CarryOutAsync(run, prompt, row), CancellationToken.None);
        return run;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        var under = all.Values.ToList();
        foreach (var run in under)
        {
            run.Stop("The program was stopped.");
        }
        await Task.WhenAll(under.Select(run => run.Work)).WaitAsync(cancellationToken);
    }

    private async Task CarryOutAsync(AnswerRun run, IReadOnlyList<ModelMessage> prompt, ConversationMessage row)
    {
        var turn = run.Turn;
        var kept = new KeptAnswer();
        using var over = new CancellationTokenSource();
        var watching = WatchAsync(run, over.Token);
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var answering = AnswerAsync(scope.ServiceProvider.GetRequiredService<Answering>(), run, prompt);
            await foreach (var happened in turn.Events.ReadAllAsync(CancellationToken.None))
            {
                kept.Add(happened);
                if (KeptAnswer.MustLast(happened))
                {
                    // What the conversation has proposed, and what it has read, is known to it whatever becomes of the program.
                    await KeepMeanwhileAsync(row, kept);
                }
                run.Tell(happened);
            }
            await answering;
            var isKept = await KeepAsync(
                row,
                kept,
                turn.CutOff,
                kept.HasFailed || turn.CutOff is not null ? null : turn.Exchange
            );
            if (!kept.HasFailed)
            {
                run.Tell(
                    isKept
                        ? new DoneEvent(row.Id, turn.CutOff is null ? null : false, turn.CutOff)
                        : new ErrorEvent(Deleted)
                );
            }
        }
        catch (Exception exception)
        {
            log.LogError(exception, "An answer of the assistant could not be kept to its end");
            run.Stop("Stopped.");
            run.Tell(
                new ErrorEvent(
                    $"The answer could not be kept to its end. {StoreFault.In(exception)?.Message}".TrimEnd(),
                    "Ask again. What was proposed stands under Approvals."
                )
            );
        }
        finally
        {
            await over.CancelAsync();
            await watching;
            all.TryRemove(run.MessageId, out _);
            run.End();
            turn.Dispose();
        }
    }

    /// <summary>Nobody need listen to it: whoever may no more has it ended all the same.</summary>
    private async Task WatchAsync(AnswerRun run, CancellationToken over)
    {
        try
        {
            do
            {
                await Task.Delay(LookAgain, time, over);
            } while (await MayStillAsync(run, over));
            run.Stop("Your access was changed or has ended.");
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested) { }
    }

    private async Task<bool> MayStillAsync(AnswerRun run, CancellationToken over)
    {
        try
        {
            var then = run.Turn.Caller;
            return await rights.TodayAsync(StandingRight.Of(then), over) is { } today && today.Covers(then);
        }
        catch (Exception exception) when (!over.IsCancellationRequested)
        {
            log.LogWarning(exception, "Whether somebody may still ask could not be looked at; it is asked again");
            return true;
        }
    }

    /// <summary>Stands with an answer until its end is kept: when the program is killed it stays.</summary>
    internal const string UnderWay = "The answer is under way, or was broken off with the program.";

    private static async Task AnswerAsync(Answering answers, AnswerRun run, IReadOnlyList<ModelMessage> prompt)
    {
        try
        {
            await answers.RunAsync(run.Turn, prompt, run.Stopped);
        }
        finally
        {
            run.Turn.End();
        }
    }

    /// <summary>What can't be kept now is kept with the end.</summary>
    private async Task KeepMeanwhileAsync(ConversationMessage row, KeptAnswer kept)
    {
        try
        {
            await KeepAsync(row, kept, UnderWay, null);
        }
        catch (Exception exception)
        {
            log.LogWarning(exception, "An answer of the assistant could not be kept while it is under way");
        }
    }

    private Task<bool> KeepAsync(ConversationMessage row, KeptAnswer kept, string? cutOff, string? exchange) =>
        store.KeepAsync(
            new ConversationMessage
            {
                Number = row.Number,
                Id = row.Id,
                ConversationId = row.ConversationId,
                Author = row.Author,
                Text = kept.Text,
                Events = kept.Events(cutOff),
                Exchange = exchange,
                At = time.GetUtcNow(),
            },
            CancellationToken.None
        );
}
