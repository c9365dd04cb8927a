using System.Text.Json;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Features.Assistant.Model;
using Sevensa.Dashboard.Features.Assistant.Plain;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Assistant.Turns;

/// <summary>
/// One question in rounds: the model is asked, the tools that it calls are run, it is asked again with their results, until
/// it answers or a limit is reached. Whatever ends it early is told.
/// </summary>
internal sealed class Answering(
    ChatModel model,
    TurnTools tools,
    PlainAnswers plain,
    TimeProvider time,
    ILogger<Answering> logs
)
{
    /// <summary>Ends the notice above an answer that no model made.</summary>
    internal const string WithoutModel = "This was read and answered without a model.";

    /// <summary>Tells the turn of everything that happens, its end excepted.</summary>
    /// <param name="prompt">Rules, what was said before, and the question.</param>
    /// <param name="asked">Cancelled when the asker goes.</param>
    public async Task RunAsync(Turn turn, IReadOnlyList<ModelMessage> prompt, CancellationToken asked)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(turn.Limits.MaximumSeconds), time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(asked, late.Token);
        var spoken = new Spoken();
        try
        {
            if (PlainAnswers.IsCommand(turn.Question))
            {
                await plain.TryAsync(turn, both.Token);
                return;
            }
            await AskAsync(turn, prompt, spoken, both.Token);
        }
        catch (UpstreamException failed)
        {
            if (IsTooLong(failed) && turn.HasSaid)
            {
                // It was said without the rules and the tools: no answer.
                turn.Tell(new TextEvent("", Restart: true));
            }
            Fail(turn, Words(failed), failed.Remedy);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !asked.IsCancellationRequested)
        {
            Fail(
                turn,
                $"The question took longer than {turn.Limits.MaximumSeconds} s.",
                "Ask for less at once, or raise Assistant:MaximumSeconds."
            );
        }
        catch (OperationCanceledException)
        {
            turn.Tell(new ErrorEvent("Stopped."));
        }
        catch (Exception exception) when (TurnTools.InWords(exception) is { } words)
        {
            Fail(turn, words, null);
        }
        catch (Exception exception)
        {
            logs.LogError(exception, "An answer of the assistant ended with an error that nobody foresaw");
            Fail(turn, "The answer could not be understood.", AskOtherwise);
        }
    }

    /// <summary>The model; where there is none or it can't be reached, what is understood without one is answered without one.</summary>
    private async Task AskAsync(
        Turn turn,
        IReadOnlyList<ModelMessage> prompt,
        Spoken spoken,
        CancellationToken cancellation
    )
    {
        try
        {
            var wishes = await WishesAsync(turn, cancellation);
            turn.MostProposals = Math.Max(1, wishes.Count);
            turn.IsLedByModel = true;
            await RunAsync(turn, prompt, spoken, cancellation);
            AnswerNotes.Tell(turn, wishes);
        }
        catch (UpstreamException failed) when (IsAway(failed) && !turn.HasSaid && spoken.Calls == 0)
        {
            var wishes = await plain.ReadAsync(turn, cancellation);
            if (wishes.All(wish => wish.Kind == WishKind.Unknown))
            {
                throw;
            }
            turn.Tell(new NoticeEvent($"{Words(failed).TrimEnd('.')}. {failed.Remedy} {WithoutModel}"));
            (turn.IsLedByModel, turn.MostProposals) = (false, int.MaxValue);
            await plain.TryAsync(turn, cancellation);
        }
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

    private static bool IsAway(UpstreamException failed) =>
        failed.Fault is UpstreamFault.NotConfigured or UpstreamFault.Unreachable;

    private async Task RunAsync(
        Turn turn,
        IReadOnlyList<ModelMessage> prompt,
        Spoken spoken,
        CancellationToken cancellation
    )
    {
        var (context, answer) = await model.RoomAsync(cancellation);
        var told = tools.ToldTo(turn);
        var notices = new ContextNotices();
        var talk = new Talk(prompt, told.Sum(tool => tool.Length), model.Characters(context - answer));
        for (var round = 1; ; round++)
        {
            if (!talk.Fits())
            {
                turn.Tell(
                    new ErrorEvent(
                        $"The question is too long for the model: about {model.Tokens(talk.Length)} tokens, of {context} that it can take.{Nothing(turn)}",
                        "Ask for less at once, choose a model with a longer context, or raise Ollama:ContextTokens."
                    )
                );
                return;
            }
            notices.TellOfLeftOut(turn, talk, context);
            var heard = await ListenAsync(
                turn,
                new ModelRequest(talk.Messages, told, context, answer),
                talk,
                spoken,
                cancellation
            );
            if (heard.CutOff is { } reason)
            {
                turn.CutOff = reason;
                return;
            }
            if (heard.Calls.Count == 0)
            {
                Conclude(turn, spoken, heard);
                turn.Exchange = Exchange.Write(talk.Since, heard.Text);
                return;
            }
            if (heard.Calls.All(call => call.IsWritten && tools.Find(turn, call.Name) is null))
            {
                Fail(
                    turn,
                    $"The model wrote a tool call as text, for \"{heard.Calls[0].Name}\", which is no tool. Nothing was looked up.",
                    AskAnother
                );
                return;
            }
            if (round >= turn.Limits.MaximumRounds)
            {
                Fail(
                    turn,
                    $"Stopped after {round} rounds of tool calls without an answer.",
                    "Ask for less at once, or raise Assistant:MaximumRounds."
                );
                return;
            }
            talk.Add(new ModelMessage("assistant", heard.Text, heard.Calls));
            foreach (var call in heard.Calls)
            {
                if (++spoken.Calls > turn.Limits.MaximumCalls)
                {
                    Fail(
                        turn,
                        $"Stopped after {turn.Limits.MaximumCalls} calls of tools without an answer.",
                        "Ask for less at once, or raise Assistant:MaximumCalls."
                    );
                    return;
                }
                var most = Math.Clamp(talk.Room / 2, 400, turn.Limits.MaximumToolResult);
                talk.Add(
                    new ModelMessage("tool", await tools.CallAsync(turn, call, most, cancellation), Answers: call)
                );
            }
        }
    }

    private async Task<Heard> ListenAsync(
        Turn turn,
        ModelRequest request,
        Talk talk,
        Spoken spoken,
        CancellationToken cancellation
    )
    {
        var text = new SpokenText(name => tools.Find(turn, name) is not null, talk.Holds, model.ThinksAloud, time);
        var said = new System.Text.StringBuilder();
        var calls = new List<ModelCall>();
        EndPiece? end = null;
        void Show(string piece)
        {
            if (text.StartsAnew)
            {
                said.Clear();
                turn.Tell(new TextEvent(piece, Restart: true));
            }
            else if (piece.Length > 0)
            {
                // Rounds are paragraphs of their own.
                turn.Tell(new TextEvent(said.Length == 0 && spoken.HasSpoken ? "\n\n" + piece : piece));
            }
            said.Append(piece);
        }
        var length = 0;
        string? limit = null;
        try
        {
            await foreach (var piece in model.AskAsync(request, cancellation))
            {
                length += Take(piece);
                limit =
                    spoken.Characters + length > turn.Limits.MaximumAnswer ? $"{turn.Limits.MaximumAnswer} characters"
                    : spoken.Tokens + model.Tokens(length) > turn.Limits.MaximumTokens
                        ? $"{turn.Limits.MaximumTokens} tokens"
                    : null;
                if (limit is not null)
                {
                    break;
                }
            }
        }
        catch (Exception exception) when (exception is not UpstreamException failed || !IsTooLong(failed))
        {
            // What was held back is half of an answer, and is said to be.
            Show(text.End());
            throw;
        }
        Show(text.End());
        if (limit is not null)
        {
            return new Heard(said.ToString(), [], null, $"The answer was cut off at {limit}.");
        }
        int Take(ModelPiece piece)
        {
            switch (piece)
            {
                case WaitPiece wait:
                    turn.Tell(new WaitingEvent(wait.Why));
                    break;
                case SpokenPiece spoke:
                    Show(text.Add(spoke.Text));
                    return spoke.Text.Length;
                case ThoughtPiece thought:
                    return thought.Length;
                case CallPiece call:
                    calls.Add(call.Call);
                    return call.Call.Arguments.GetRawText().Length;
                case EndPiece ended:
                    end = ended;
                    break;
            }
            return 0;
        }
        model.ThinksAloud = text.HasThoughtAloud || (model.ThinksAloud && !text.HasSpoken);
        spoken.Characters += length;
        spoken.Tokens += end?.AnswerTokens ?? model.Tokens(length);
        spoken.HasSpoken |= said.ToString().Trim().Length > 0;
        if (IsHalfACall(calls, end))
        {
            return new Heard(
                said.ToString(),
                [],
                new Failure(
                    $"The model's tool call was cut off (length): it reached the limit of {end!.AnswerTokens ?? request.AnswerTokens} tokens.{(spoken.Calls == 0 ? " Nothing was looked up." : "")}",
                    "Ask for less at once, or raise Ollama:AnswerTokens."
                ),
                null
            );
        }
        if (calls.Count == 0)
        {
            calls.AddRange(text.Calls);
        }
        if (calls.Count == 0)
        {
            ContextNotices.TellOfFullness(turn, request, talk, end);
        }
        var isCall = calls.Count > 0 || text.BrokenCall is not null;
        return new Heard(
            said.ToString(),
            calls,
            WhyNone(text, spoken),
            isCall ? null : WhyCut(request, end) ?? (text.EndedInThought && spoken.HasSpoken ? ThoughtOn : null)
        );
    }

    /// <summary>Its arguments break off: what is no object stands as a text under its own name.</summary>
    private static bool IsHalfACall(IReadOnlyList<ModelCall> calls, EndPiece? end) =>
        end is { Reason: "length" }
        && calls is [.., { Arguments: var last }]
        && last.EnumerateObject().Count() == 1
        && last.TryGetProperty("arguments", out var broken)
        && broken.ValueKind == JsonValueKind.String;

    private const string ThoughtOn = "The answer was cut off: the model went on to think and did not come back to it.";

    private const string AskOtherwise = "Ask again in other words.";

    private const string AskAnother = "Ask again, or set Ollama:Model to a model that is better at calling tools.";

    /// <summary>Why it is no answer; null when it is one.</summary>
    private static Failure? WhyNone(SpokenText text, Spoken spoken) =>
        text.BrokenCall is { } broken
            ? new Failure(
                $"The model wrote a tool call as text, and {broken}.{(spoken.Calls == 0 ? " Nothing was looked up." : "")}",
                AskAnother
            )
        : text.EndedInThought && !spoken.HasSpoken
            ? new Failure("The model thought, and came to no answer.", AskOtherwise)
        : null;

    /// <summary>Why the answer is not whole by its end's own word; null when it is.</summary>
    private static string? WhyCut(ModelRequest request, EndPiece? end) =>
        end?.Reason switch
        {
            null or "" or "stop" or "tool_calls" or "function_call" or "eos" or "end_turn" => null,
            "length" =>
                $"The answer was cut off (length): it reached the limit of {end.AnswerTokens ?? request.AnswerTokens} tokens.",
            var other => $"The answer was cut off: the model's server ended it with \"{other}\".",
        };

    private static void Conclude(Turn turn, Spoken spoken, Heard heard)
    {
        if (heard.Failure is { } failure)
        {
            Fail(turn, failure.Words, failure.Remedy);
        }
        else if (!spoken.HasSpoken && !turn.HasProposed)
        {
            turn.Tell(
                new ErrorEvent(
                    "The model answered nothing that could be understood. Nothing was proposed.",
                    AskOtherwise
                )
            );
        }
    }

    /// <summary>Of an answer that had begun it is said that it is not whole.</summary>
    private static void Fail(Turn turn, string message, string? remedy) =>
        turn.Tell(
            new ErrorEvent($"{(turn.HasSaid ? "The answer was cut off. " : "")}{message}{Nothing(turn)}", remedy)
        );

    private static bool IsTooLong(UpstreamException failed) => failed.Fault == UpstreamFault.Refused;

    private static string Nothing(Turn turn) => turn.HasProposed ? "" : " Nothing was proposed.";

    /// <summary>"Connection refused" alone would not say by whom.</summary>
    private static string Words(UpstreamException told) =>
        told.Fault == UpstreamFault.Unreachable ? $"{told.Upstream} can't be reached: {told.Message}" : told.Message;

    /// <summary>What all rounds have come to.</summary>
    private sealed class Spoken
    {
        public bool HasSpoken { get; set; }
        public int Characters { get; set; }
        public int Tokens { get; set; }
        public int Calls { get; set; }
    }

    /// <summary>Why it is no answer, in sentences, and what to do.</summary>
    private sealed record Failure(string Words, string Remedy);

    /// <param name="CutOff">Why it is not whole.</param>
    private sealed record Heard(string Text, IReadOnlyList<ModelCall> Calls, Failure? Failure, string? CutOff);
}
