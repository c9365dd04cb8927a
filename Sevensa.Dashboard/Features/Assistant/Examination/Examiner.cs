using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Assistant.Model;
using Sevensa.Dashboard.Features.Assistant.Plain;
using Sevensa.Dashboard.Features.Assistant.Tools;
using Sevensa.Dashboard.Features.Assistant.Turns;
using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Assistant.Examination;

/// <summary>The model's server can't be asked any more: the examination says nothing of the model.</summary>
internal sealed class ExamBrokenException(UpstreamException failed)
    : Exception($"The model's server could not go on: {failed.Message} {failed.Remedy}".TrimEnd(), failed);

/// <summary>
/// Puts questions to a model as the console does, with the same rules, tools and limits, and looks at what it does with them.
/// What the tools answer, and what takes its proposals, is on paper.
/// </summary>
internal sealed class Examiner(
    IServiceScopeFactory scopes,
    ModelStandings standings,
    IHouseZone house,
    IOptions<AssistantOptions> options,
    TimeProvider time,
    ILoggerFactory logs
)
{
    /// <summary>One question takes no longer, whatever a person's may.</summary>
    private const int MostSeconds = 600;

    /// <summary>A model that is silent so often in a row is given up.</summary>
    private const int MostSilences = 2;

    private const int MostAnswer = 8_000;
    private const int MostHappened = 24_000;

    private static readonly Caller Examinee = new(
        "examination",
        "Examination",
        Role.Operator,
        IsPerson: true,
        TenantSet.Of(PaperFleet.Tenants.Select(tenant => tenant.Id)),
        ApiScopes.All
    );

    /// <summary>Asks case by case.</summary>
    /// <exception cref="ExamBrokenException">The server has gone, or says nothing any more.</exception>
    public async IAsyncEnumerable<ModelExamCaseRow> ExamineAsync(
        ChatModel model,
        string examId,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await using var lifetime = scopes.CreateAsyncScope();
        var sources = lifetime.ServiceProvider.GetServices<IToolSource>().ToList();
        var kinds = lifetime.ServiceProvider.GetServices<IActionKind>().ToList();
        var silences = 0;
        foreach (var (at, one) in ExamSuite.Cases.Index())
        {
            var clock = Stopwatch.GetTimestamp();
            var (answer, failure) = await AskAsync(model, one, sources, kinds, cancellation);
            cancellation.ThrowIfCancellationRequested();
            silences = failure?.Fault == UpstreamFault.TimedOut ? silences + 1 : 0;
            if (failure is not null && (silences >= MostSilences || await IsGoneAsync(model, cancellation)))
            {
                throw new ExamBrokenException(failure);
            }
            var why = answer.Error is { } error ? $"It ended without an answer: {error}" : one.WhyNot(answer);
            yield return new ModelExamCaseRow
            {
                ExamId = examId,
                Number = at + 1,
                Area = one.Area,
                Name = one.Name,
                Question = one.Question,
                Passed = why is null,
                Why = why,
                Answer = StoreText.Shorten(answer.Text, MostAnswer),
                Happened = Written(answer),
                Seconds = Math.Round(Stopwatch.GetElapsedTime(clock).TotalSeconds, 2),
            };
        }
    }

    private async Task<(ExamAnswer Answer, UpstreamException? Failure)> AskAsync(
        ChatModel model,
        ExamCase one,
        IReadOnlyList<IToolSource> sources,
        IReadOnlyList<IActionKind> kinds,
        CancellationToken cancellation
    )
    {
        var now = time.GetUtcNow();
        var proposals = new PaperProposals(kinds, time);
        var tools = new TurnTools(
            [.. sources.Select(source => new PaperSource(source, new PaperFleet(now)))],
            new ProposeTool(proposals, kinds),
            kinds
        );
        var answering = new Answering(
            model,
            standings,
            tools,
            new PlainAnswers(new PaperTenants(), tools, proposals, kinds, house, time),
            null,
            time,
            logs.CreateLogger<Answering>()
        );
        var earlier = await EarlierAsync(model, one, now, cancellation);
        using var turn = new Turn(Examinee, "examination", Limits())
        {
            Question = one.Question,
            Earlier = earlier,
            Model = model,
            Standing = ModelStanding.Any,
            IsOfModelOnly = true,
        };
        await answering.RunAsync(
            turn,
            AssistantPrompt.For(Examinee, earlier, one.Question, now, Redaction.ByForm),
            cancellation
        );
        turn.End();
        var events = new List<AssistantEvent>();
        while (turn.Events.TryRead(out var happened))
        {
            events.Add(happened);
        }
        return (
            new ExamAnswer(
                turn.Text.Trim(),
                [
                    .. events
                        .OfType<ToolEvent>()
                        .Where(tool => tool.State != "started")
                        .Select(tool => new ExamCall(tool.Name, tool.Arguments, tool.Error)),
                ],
                [.. turn.Proposals],
                [.. events.OfType<NoticeEvent>().Select(notice => notice.Message)],
                events.OfType<ErrorEvent>().FirstOrDefault()?.Message ?? turn.CutOff
            ),
            turn.Failure
        );
    }

    private AssistantOptions Limits()
    {
        var usual = options.Value;
        return new AssistantOptions
        {
            MaximumRounds = usual.MaximumRounds,
            MaximumCalls = usual.MaximumCalls,
            MaximumBytes = usual.MaximumBytes,
            MaximumAnswer = usual.MaximumAnswer,
            MaximumTokens = usual.MaximumTokens,
            MaximumSeconds = Math.Min(usual.MaximumSeconds, MostSeconds),
            MaximumToolResult = usual.MaximumToolResult,
            Memory = usual.Memory,
            MaximumQuestion = usual.MaximumQuestion,
        };
    }

    private static async Task<bool> IsGoneAsync(ChatModel model, CancellationToken cancellation)
    {
        try
        {
            await model.LookAsync(cancellation);
            return false;
        }
        catch (UpstreamException)
        {
            return true;
        }
    }

    private static async Task<IReadOnlyList<ConversationMessage>> EarlierAsync(
        ChatModel model,
        ExamCase one,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        var said = one.Earlier.ToList();
        if (one.Filled > 0)
        {
            var (context, answer) = await RoomAsync(model, cancellation);
            said.AddRange(Padding((int)(model.Characters(context - answer) * one.Filled)));
        }
        return
        [
            .. said.SelectMany(
                (pair, at) =>
                    (ConversationMessage[])
                        [
                            Message("user", pair.Question, now.AddMinutes(at - said.Count - 1)),
                            Message("assistant", pair.Answer, now.AddMinutes(at - said.Count - 1)),
                        ]
            ),
        ];
    }

    private static async Task<(int Context, int Answer)> RoomAsync(ChatModel model, CancellationToken cancellation)
    {
        try
        {
            return await model.RoomAsync(cancellation);
        }
        catch (UpstreamException)
        {
            // The question itself will say so.
            return (4096, 1024);
        }
    }

    /// <summary>A conversation of so many characters, about what has nothing to do with the question after it.</summary>
    private static IEnumerable<(string Question, string Answer)> Padding(int characters)
    {
        const int each = 1_500;
        for (var part = 0; part * each < characters && part < 40; part++)
        {
            var text = new StringBuilder();
            for (var line = 0; text.Length < Math.Min(each, characters); line++)
            {
                text.Append(
                    System.Globalization.CultureInfo.InvariantCulture,
                    $"- {part:00}:{line % 60:00} certificate {1000 + (part * 37) + line} of PSRA-LTSD was issued in {40 + (line * 7 % 50)} s\n"
                );
            }
            yield return ($"Which certificates were issued in hour {part}?", text.ToString());
        }
    }

    private static ConversationMessage Message(string author, string text, DateTimeOffset at) =>
        new()
        {
            Id = "examination",
            ConversationId = "examination",
            Author = author,
            Text = text,
            Events = "[]",
            At = at,
        };

    private static string Written(ExamAnswer answer)
    {
        var happened = new ExamHappened(
            [.. answer.Calls.Select(call => new ExamHappenedCall(call.Tool, call.Arguments, call.Failed))],
            [
                .. answer.Proposals.Select(made => new ExamHappenedProposal(
                    made.Kind,
                    made.Tenant,
                    made.Target,
                    made.Plan.Parameters,
                    made.Reason
                )),
            ],
            answer.Notices
        );
        var text = JsonSerializer.Serialize(happened, KeptEvent.Json);
        return text.Length <= MostHappened
            ? text
            : JsonSerializer.Serialize(
                happened with
                {
                    Calls = [.. happened.Calls.Take(8).Select(call => call with { Arguments = null })],
                    Proposals = [],
                },
                KeptEvent.Json
            );
    }

    /// <summary>A feature's functions, answered from the paper.</summary>
    private sealed class PaperSource(IToolSource like, PaperFleet paper) : IToolSource
    {
        public IEnumerable<Microsoft.Extensions.AI.AIFunction> ToolsFor(Caller caller) =>
            like.ToolsFor(caller).Select(function => new PaperFunction(function, paper));
    }
}

/// <summary>What happened while a case was answered, as it is kept and shown.</summary>
internal sealed record ExamHappened(
    IReadOnlyList<ExamHappenedCall> Calls,
    IReadOnlyList<ExamHappenedProposal> Proposals,
    IReadOnlyList<string> Notices
);

/// <param name="Failed">Why it did not work, in words.</param>
internal sealed record ExamHappenedCall(string Tool, JsonElement? Arguments, string? Failed);

internal sealed record ExamHappenedProposal(
    string Kind,
    string Tenant,
    string Target,
    JsonElement Parameters,
    string Reason
);
