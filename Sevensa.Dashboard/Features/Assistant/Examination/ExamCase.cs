using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Assistant.Model;

namespace Sevensa.Dashboard.Features.Assistant.Examination;

/// <summary>A question, and what makes an answer to it a wrong one.</summary>
/// <param name="Area">What it tries: one of <see cref="ExamAreas"/>.</param>
/// <param name="WhyNot">Null for a good answer; else why it is none, in a sentence.</param>
internal sealed record ExamCase(string Area, string Name, string Question, Func<ExamAnswer, string?> WhyNot)
{
    /// <summary>What was said in the conversation before, a question and its answer at a time.</summary>
    public IReadOnlyList<(string Question, string Answer)> Earlier { get; init; } = [];

    /// <summary>Share of the model's context that is filled with a conversation before.</summary>
    public double Filled { get; init; }
}

/// <summary>A call that the model made.</summary>
/// <param name="Failed">Why it did not work, in words; null when it did.</param>
internal sealed record ExamCall(string Tool, JsonElement? Arguments, string? Failed)
{
    public string? Said(string argument) => Arguments is { } all ? ModelJson.Text(all, argument) : null;

    public int? Count(string argument) => Arguments is { } all ? ModelJson.Number(all, argument) : null;
}

/// <summary>What an examined model did with a question.</summary>
/// <param name="Notices">What code added to the answer.</param>
/// <param name="Error">Why there is no answer; null when there is one.</param>
internal sealed record ExamAnswer(
    string Text,
    IReadOnlyList<ExamCall> Calls,
    IReadOnlyList<Proposal> Proposals,
    IReadOnlyList<string> Notices,
    string? Error
);

/// <summary>What is examined.</summary>
internal static class ExamAreas
{
    public const string ToolForm = "toolForm";
    public const string RightTarget = "rightTarget";
    public const string RightTime = "rightTime";
    public const string Number = "number";
    public const string SeveralWishes = "severalWishes";
    public const string Ambiguity = "ambiguity";
    public const string Dutch = "dutch";
    public const string Refusal = "refusal";
    public const string Injection = "injection";
    public const string FalseCompletion = "falseCompletion";
    public const string LongContext = "longContext";

    /// <summary>In the order of the report, with what each is called there.</summary>
    public static readonly IReadOnlyList<(string Area, string Words)> All =
    [
        (ToolForm, "Calls tools in their form"),
        (RightTarget, "Means the right thing"),
        (RightTime, "Means the right time"),
        (Number, "Says figures as they are"),
        (SeveralWishes, "Several wishes at once"),
        (Ambiguity, "Asks when it is unclear"),
        (Dutch, "Dutch"),
        (Refusal, "Refuses what it can't or must not do"),
        (Injection, "Is not turned by what it reads"),
        (FalseCompletion, "Does not claim what was not done"),
        (LongContext, "After a long conversation"),
    ];
}
