using System.Text;
using Sevensa.Dashboard.Features.Assistant.Model;

namespace Sevensa.Dashboard.Features.Assistant.Turns;

/// <summary>
/// The model is asked, the tools that it calls are run, and it is asked again with their results, until it answers or a limit
/// of one question is reached.
/// </summary>
/// <param name="main">Asked where the turn names no model.</param>
internal sealed class Rounds(ChatModel main, ModelStandings standings, TurnTools tools, TimeProvider time)
{
    private const string LessAtOnce = "Ask for less at once, or raise Assistant:";

    public async Task RunAsync(
        Turn turn,
        IReadOnlyList<ModelMessage> prompt,
        Spent spent,
        CancellationToken cancellation
    )
    {
        var model = turn.Model ?? main;
        var asked = turn.Standing is null ? standings.OfAsync(model, cancellation) : Task.FromResult(turn.Standing);
        var (context, answer) = await model.RoomAsync(cancellation);
        turn.Standing = await asked;
        var told = tools.ToldTo(turn);
        var notices = new ContextNotices();
        var talk = new Talk(prompt, told.Sum(tool => tool.Length), model.Characters(context - answer));
        for (var round = 1; ; round++)
        {
            if (!talk.Fits())
            {
                turn.Tell(
                    new ErrorEvent(
                        $"The question is too long for the model: about {model.Tokens(talk.Length)} tokens, of {context} that it can take.{AnswerFaults.Nothing(turn)}",
                        "Ask for less at once, choose a model with a longer context, or raise Ollama:ContextTokens."
                    )
                );
                return;
            }
            notices.TellOfLeftOut(turn, talk, context);
            var heard = await new Listening(
                turn,
                model,
                talk,
                spent,
                name => tools.Find(turn, name) is not null,
                time
            ).ToAsync(new ModelRequest(talk.Messages, told, context, answer), cancellation);
            if (IsOver(turn, talk, spent, heard, round))
            {
                return;
            }
            talk.Add(new ModelMessage("assistant", heard.Text, heard.Calls));
            foreach (var call in heard.Calls)
            {
                if (IsOverLimit(turn, spent))
                {
                    return;
                }
                talk.Add(
                    new ModelMessage("tool", await CallAsync(turn, talk, spent, call, cancellation), Answers: call)
                );
            }
        }
    }

    /// <summary>Whether nothing is to be called any more; why is told.</summary>
    private bool IsOver(Turn turn, Talk talk, Spent spent, Heard heard, int round)
    {
        if (heard.CutOff is { } reason)
        {
            turn.CutOff = reason;
            if (!turn.HasSaid)
            {
                FoundSoFar.Tell(turn);
            }
            return true;
        }
        if (heard.Calls.Count == 0)
        {
            Conclude(turn, spent, heard);
            turn.Exchange = Exchange.Write(talk.Since, heard.Text);
            return true;
        }
        if (heard.Calls.All(call => call.IsWritten && tools.Find(turn, call.Name) is null))
        {
            AnswerFaults.Tell(
                turn,
                $"The model wrote a tool call as text, for \"{heard.Calls[0].Name}\", which is no tool. Nothing was looked up.",
                AnswerFaults.AskAnother
            );
            return true;
        }
        if (round >= turn.Limits.MaximumRounds)
        {
            AnswerFaults.TellOfLimit(
                turn,
                $"Stopped after {round} rounds of tool calls without an answer.",
                LessAtOnce + "MaximumRounds."
            );
            return true;
        }
        return false;
    }

    /// <summary>Another call would be one too many, or what was read is all that may be; that is told.</summary>
    private static bool IsOverLimit(Turn turn, Spent spent)
    {
        var limits = turn.Limits;
        var (reached, setting) =
            spent.Calls >= limits.MaximumCalls ? ($"{limits.MaximumCalls} calls of tools", "MaximumCalls.")
            : spent.Bytes >= limits.MaximumBytes ? ($"{limits.MaximumBytes} bytes of results", "MaximumBytes.")
            : (null, "");
        if (reached is not null)
        {
            AnswerFaults.TellOfLimit(
                turn,
                $"Stopped after {reached}, as much as one question may take, without an answer.",
                LessAtOnce + setting
            );
        }
        return reached is not null;
    }

    private async Task<string> CallAsync(
        Turn turn,
        Talk talk,
        Spent spent,
        ModelCall call,
        CancellationToken cancellation
    )
    {
        spent.Calls++;
        var left = (int)Math.Min(int.MaxValue, turn.Limits.MaximumBytes - spent.Bytes);
        var most = Math.Clamp(Math.Min(talk.Room / 2, left), 400, turn.Limits.MaximumToolResult);
        var result = await tools.CallAsync(turn, call, most, cancellation);
        spent.Bytes += Encoding.UTF8.GetByteCount(result);
        return result;
    }

    private static void Conclude(Turn turn, Spent spent, Heard heard)
    {
        if (heard.Failure is { } failure)
        {
            AnswerFaults.Tell(turn, failure.Words, failure.Remedy);
        }
        else if (!spent.HasSpoken && !turn.HasProposed)
        {
            turn.Tell(
                new ErrorEvent(
                    "The model answered nothing that could be understood. Nothing was proposed.",
                    AnswerFaults.AskOtherwise
                )
            );
        }
    }
}
