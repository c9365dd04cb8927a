using System.Text.Json;
using System.Text.Json.Serialization;
using Sevensa.Dashboard.Features.Assistant.Model;

namespace Sevensa.Dashboard.Features.Assistant.Examination;

/// <summary>A configured chat model as callers see it.</summary>
/// <param name="IsMain">It is asked when nobody chooses another.</param>
/// <param name="State"><c>available</c>, or <c>unavailable</c> with <paramref name="Fault"/>.</param>
/// <param name="Can">What its server says that it can; null where the server can't be asked.</param>
/// <param name="MayPropose">What it may propose, and why.</param>
/// <param name="Exam">The newest examination of it, under way or not; null when there was none.</param>
internal sealed record ModelView(
    string Name,
    bool IsMain,
    string Protocol,
    string State,
    ModelCan? Can,
    string? Digest,
    string? Server,
    string? ServerVersion,
    MayPropose MayPropose,
    ExamView? Exam,
    ModelFault? Fault
);

/// <param name="Tools">It calls tools; null when the server does not say.</param>
/// <param name="Thinking">It can think before it answers; null when the server does not say.</param>
/// <param name="ContextLength">Tokens that the model can take at most, as its server says.</param>
/// <param name="ContextTokens">Tokens that a conversation with it has here: one size for the model.</param>
/// <param name="AnswerTokens">Tokens of one answer, of these.</param>
internal sealed record ModelCan(
    bool? Tools,
    bool? Thinking,
    int? ContextLength,
    int ContextTokens,
    int AnswerTokens,
    bool? Loaded,
    string? Parameters,
    string? Quantization
);

/// <param name="HighestRisk"><c>none</c>, <c>low</c>, <c>medium</c> or <c>high</c>.</param>
/// <param name="Why">In a sentence.</param>
/// <param name="ExamId">The examination that says so.</param>
internal sealed record MayPropose(string HighestRisk, string Why, string? ExamId);

internal sealed record ModelFault(string Message, string? Remedy);

/// <summary>An examination, with its cases where one is looked at by itself.</summary>
/// <param name="Score">Share of the cases that were passed, in percent; null until it has ended.</param>
/// <param name="HighestRisk">What the result allows: <c>none</c>, <c>low</c>, <c>medium</c> or <c>high</c>; null until it has ended.</param>
/// <param name="Note">Why it did not come to its end.</param>
internal sealed record ExamView(
    string Id,
    string Model,
    string? Digest,
    string? Server,
    string? ServerVersion,
    ExamState State,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    string RequestedBy,
    int Done,
    int Total,
    int Passed,
    double? Score,
    string? HighestRisk,
    string? Note,
    IReadOnlyList<ExamAreaView> Areas,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ExamCaseView>? Cases = null
)
{
    /// <summary>Without a case for so long, nobody works at it any more: the program that did has ended.</summary>
    public static readonly TimeSpan Abandoned = TimeSpan.FromMinutes(20);

    /// <param name="row">As it is kept.</param>
    /// <param name="cases">Of this examination.</param>
    /// <param name="inFull">With the cases, not only how many of each area were passed.</param>
    public static ExamView Of(
        ModelExamRow row,
        IEnumerable<ModelExamCaseRow> cases,
        DateTimeOffset now,
        bool inFull = false
    )
    {
        var all = cases.ToList();
        var isAbandoned = row.State == ExamState.Running && now - row.TouchedAt > Abandoned;
        var state = isAbandoned ? ExamState.Failed : row.State;
        var ended = state == ExamState.Ended;
        return new ExamView(
            row.Id,
            row.Model,
            row.Digest,
            row.Server,
            row.ServerVersion,
            state,
            row.StartedAt,
            row.EndedAt,
            row.ByName,
            row.Done,
            row.Total,
            row.Passed,
            ended && row.Total > 0 ? Math.Round(100.0 * row.Passed / row.Total, 1) : null,
            ended ? ModelStanding.Word(row.HighestRisk) : null,
            isAbandoned ? "The program that carried it out has ended meanwhile." : row.Note,
            [
                .. ExamAreas
                    .All.Select(area => (area.Area, area.Words, Own: all.FindAll(one => one.Area == area.Area)))
                    .Where(area => area.Own.Count > 0)
                    .Select(area => new ExamAreaView(
                        area.Area,
                        area.Words,
                        area.Own.Count(one => one.Passed),
                        area.Own.Count
                    )),
            ],
            inFull ? [.. all.Select(ExamCaseView.Of)] : null
        );
    }
}

/// <param name="Title">What the area is called for people.</param>
internal sealed record ExamAreaView(string Area, string Title, int Passed, int Total);

/// <summary>One case: what was asked, what was called and proposed, what was said, and why it was not passed.</summary>
internal sealed record ExamCaseView(
    int Number,
    string Area,
    string Name,
    string Question,
    bool Passed,
    string? Why,
    string Answer,
    IReadOnlyList<ExamHappenedCall> Calls,
    IReadOnlyList<ExamHappenedProposal> Proposals,
    IReadOnlyList<string> Notices,
    double Seconds
)
{
    public static ExamCaseView Of(ModelExamCaseRow row)
    {
        var happened = JsonSerializer.Deserialize<ExamHappened>(row.Happened, KeptEvent.Json)!;
        return new ExamCaseView(
            row.Number,
            row.Area,
            row.Name,
            row.Question,
            row.Passed,
            row.Why,
            row.Answer,
            happened.Calls,
            happened.Proposals,
            happened.Notices,
            row.Seconds
        );
    }
}
