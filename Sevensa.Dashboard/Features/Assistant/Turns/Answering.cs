using System.Text.RegularExpressions;
using Sevensa.Dashboard.Features.Assistant.Budgets;
using Sevensa.Dashboard.Features.Assistant.Model;
using Sevensa.Dashboard.Features.Assistant.Plain;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Assistant.Turns;

/// <summary>
/// One question from its beginning to its end: by the model in rounds, or without it where that is not to be asked. Whatever
/// ends it early is told.
/// </summary>
/// <param name="main">Asked where the turn names no model.</param>
/// <param name="budgets">Null where it is nobody's question: that of an examination.</param>
internal sealed class Answering(
    ChatModel main,
    ModelStandings standings,
    TurnTools tools,
    PlainAnswers plain,
    BudgetDesk? budgets,
    TimeProvider time,
    ILogger<Answering> logs
)
{
    /// <summary>Ends the notice above an answer that no model made.</summary>
    internal const string WithoutModel = "This was read and answered without a model.";

    private readonly Rounds rounds = new(main, standings, tools, time);

    /// <summary>Tells the turn of everything that happens, its end excepted.</summary>
    /// <param name="prompt">Rules, what was said before, and the question.</param>
    /// <param name="asked">Cancelled when the asker goes.</param>
    public async Task RunAsync(Turn turn, IReadOnlyList<ModelMessage> prompt, CancellationToken asked)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(turn.Limits.MaximumSeconds), time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(asked, late.Token);
        var spent = new Spent();
        try
        {
            if (PlainAnswers.IsCommand(turn.Question))
            {
                await plain.TryAsync(turn, both.Token);
                return;
            }
            await AskAsync(turn, prompt, spent, both.Token);
        }
        catch (UpstreamException failed)
        {
            if (AnswerFaults.IsTooLong(failed) && turn.HasSaid)
            {
                // It was said without the rules and the tools: no answer.
                turn.Tell(new TextEvent("", Restart: true));
            }
            turn.Failure = failed;
            AnswerFaults.Tell(turn, AnswerFaults.Words(failed), failed.Remedy);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !asked.IsCancellationRequested)
        {
            AnswerFaults.TellOfLimit(
                turn,
                $"The question took longer than {turn.Limits.MaximumSeconds} s.",
                "Ask for less at once, or raise Assistant:MaximumSeconds."
            );
        }
        catch (OperationCanceledException)
        {
            turn.Tell(new ErrorEvent(turn.WhyStopped ?? "Stopped."));
        }
        catch (Exception exception) when (TurnTools.InWords(exception) is { } words)
        {
            AnswerFaults.Tell(turn, words, null);
        }
        catch (Exception exception)
        {
            logs.LogError(exception, "An answer of the assistant ended with an error that nobody foresaw");
            AnswerFaults.Tell(turn, "The answer could not be understood.", AnswerFaults.AskOtherwise);
        }
        finally
        {
            if (budgets is not null && spent.CountedOn is { } day)
            {
                await budgets.AddAsync(turn.Caller, day, spent.Tokens, wasAsked: !spent.WasAway);
            }
        }
    }

    /// <summary>The model; where there is none or it can't be reached, what is understood without one is answered without one.</summary>
    private async Task AskAsync(
        Turn turn,
        IReadOnlyList<ModelMessage> prompt,
        Spent spent,
        CancellationToken cancellation
    )
    {
        try
        {
            var wishes = await WishesAsync(turn, cancellation);
            if (wishes is [{ Kind: WishKind.Undo }] && !turn.IsOfModelOnly)
            {
                // What was done is in the record, and what undoes it follows from it: no model is needed, and none has a tool for it.
                turn.Tell(new NoticeEvent(WithoutModel));
                await plain.TryAsync(turn, cancellation);
                return;
            }
            if (budgets is not null && await WhySpentAsync(turn, budgets, spent, cancellation) is { } why)
            {
                await WithoutAsync(turn, wishes, why, cancellation);
                return;
            }
            turn.MostProposals = MostFor(wishes);
            turn.IsLedByModel = true;
            await rounds.RunAsync(turn, prompt, spent, cancellation);
            AnswerNotes.Tell(turn, wishes, time.GetUtcNow());
        }
        catch (UpstreamException failed) when (AnswerFaults.IsAway(failed) && !turn.HasSaid && spent.Calls == 0)
        {
            spent.WasAway = true;
            if (turn.IsOfModelOnly)
            {
                throw;
            }
            var wishes = await plain.ReadAsync(turn, cancellation);
            if (wishes.All(wish => wish.Kind == WishKind.Unknown))
            {
                throw;
            }
            turn.Tell(new NoticeEvent($"{AnswerFaults.Words(failed).TrimEnd('.')}. {failed.Remedy} {WithoutModel}"));
            (turn.IsLedByModel, turn.MostProposals) = (false, int.MaxValue);
            await plain.TryAsync(turn, cancellation);
        }
    }

    /// <summary>Counts the question; why the model is not asked, when the asker's budget of today is used up.</summary>
    private static async Task<string?> WhySpentAsync(
        Turn turn,
        BudgetDesk budgets,
        Spent spent,
        CancellationToken cancellation
    )
    {
        var (why, left, day) = await budgets.TakeAsync(turn.Caller, cancellation);
        (spent.CountedOn, turn.TokensLeft) = (why is null ? day : null, left);
        return why;
    }

    private async Task WithoutAsync(Turn turn, IReadOnlyList<Wish> wishes, string why, CancellationToken cancellation)
    {
        if (wishes.All(wish => wish.Kind == WishKind.Unknown))
        {
            AnswerFaults.Tell(turn, why, BudgetWords.Remedy);
            return;
        }
        turn.Tell(new NoticeEvent($"{why} {WithoutModel}"));
        await plain.TryAsync(turn, cancellation);
    }

    /// <summary>What is asked for, to hold the answer against; none where that could not be read, which ends no answer.</summary>
    private async Task<IReadOnlyList<Wish>> WishesAsync(Turn turn, CancellationToken cancellation)
    {
        try
        {
            return await plain.ReadAsync(turn, cancellation);
        }
        catch (RegexMatchTimeoutException)
        {
            return [];
        }
    }

    /// <summary>
    /// As many as there are wishes that may be for a change: code does not know every kind by its words, so all are that do not
    /// plainly ask. One where why something is as it is was asked, or nothing was read; none for what only wants to know.
    /// </summary>
    private static int MostFor(IReadOnlyList<Wish> wishes) =>
        wishes.Count(wish => wish.Changes || !WishWords.OnlyAsks(wish.Said)) is > 0 and var most ? most
        : wishes.Count == 0 || wishes.Any(wish => wish.Kind is WishKind.Unknown or WishKind.Why) ? 1
        : 0;
}
