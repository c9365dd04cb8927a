using System.Globalization;
using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Features.Assistant.Budgets;

/// <summary>How much of something was used, and how much there is of it in a day.</summary>
/// <param name="Most">Null is: as much as is wanted.</param>
/// <param name="Own">It was set for this person, and is not everybody's or of the settings.</param>
public sealed record BudgetPart(long Used, long? Most, bool Own)
{
    public long? Left => Most is { } most ? Math.Max(0, most - Used) : null;

    [JsonIgnore]
    public bool IsSpent => Left == 0;

    /// <summary>A fifth is left, or less.</summary>
    [JsonIgnore]
    public bool IsLow => Most is { } most && Left * 5 <= most;
}

/// <summary>What somebody may still ask chat models today.</summary>
/// <param name="Person">Subject of the person or program, or <c>everybody</c>.</param>
/// <param name="Tokens">Written by models, thoughts included.</param>
/// <param name="EndsAt">When the day ends and it is counted anew.</param>
/// <param name="TimeZone">In which the day is meant.</param>
/// <param name="Says">All of it in words.</param>
public sealed record BudgetView(
    string Person,
    string Name,
    BudgetPart Questions,
    BudgetPart Tokens,
    DateTimeOffset EndsAt,
    string TimeZone,
    string Says
)
{
    [JsonIgnore]
    public bool IsSpent => Questions.IsSpent || Tokens.IsSpent;

    [JsonIgnore]
    public bool IsLow => Questions.IsLow || Tokens.IsLow;
}

/// <summary>Budgets in sentences.</summary>
internal static class BudgetWords
{
    public const string Remedy =
        "Commands (/help) and common sentences are answered without a model meanwhile, and take nothing of it. An administrator sets budgets under Models, Budgets.";

    public static string Says(BudgetPart questions, BudgetPart tokens) =>
        (questions.Most, tokens.Most) switch
        {
            (null, null) =>
                $"{Count(questions.Used, "question")} today, {Count(tokens.Used, "token")}; there is no limit.",
            ({ } most, null) => $"{questions.Used} of {Count(most, "question")} today, {Count(tokens.Used, "token")}.",
            (null, { } most) =>
                $"{Count(questions.Used, "question")} today, {Number(tokens.Used)} of {Count(most, "token")}.",
            ({ } asked, { } written) =>
                $"{questions.Used} of {Count(asked, "question")} today, {Number(tokens.Used)} of {Count(written, "token")}.",
        };

    /// <summary>Why no model is asked any more today.</summary>
    public static string Spent(BudgetView view, DateTimeOffset now, TimeZoneInfo zone) =>
        (
            view.Questions is { Most: 0 } || view.Tokens is { Most: 0 } ? "You may ask the models nothing."
            : view.Questions.IsSpent ? $"Today's {Count(view.Questions.Most!.Value, "question")} have been asked."
            : $"Today's {Count(view.Tokens.Most!.Value, "token")} have been written for you."
        )
        + (
            view.Questions is { Most: 0 } || view.Tokens is { Most: 0 }
                ? ""
                : $" It is counted anew at midnight ({zone.Id}), in {In(view.EndsAt - now)}."
        );

    private static string Count(long number, string what) => $"{Number(number)} {what}{(number == 1 ? "" : "s")}";

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string In(TimeSpan left) =>
        left < TimeSpan.FromHours(1)
            ? $"{Math.Max(1, (int)Math.Ceiling(left.TotalMinutes))} min"
            : $"{(int)left.TotalHours} h {left.Minutes} min";
}
