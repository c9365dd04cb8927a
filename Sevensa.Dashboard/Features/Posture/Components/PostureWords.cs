using Sevensa.Dashboard.Features.Posture.Checks;
using Sevensa.Dashboard.Ui;

namespace Sevensa.Dashboard.Features.Posture.Components;

/// <summary>Items in the words and colours of the pages.</summary>
internal static class PostureWords
{
    public static State StateOf(PostureItem item) =>
        item.State switch
        {
            CheckState.Pass => State.Ok,
            CheckState.Fail when item.Weight is CheckWeight.Critical => State.Crit,
            CheckState.Fail when item.Weight is CheckWeight.Low => State.Info,
            CheckState.Fail => State.Warn,
            CheckState.Excepted => State.Info,
            _ => State.Unknown,
        };

    /// <summary>States that a list is looked through by, in the words of the API.</summary>
    public static IReadOnlyList<string> States { get; } =
    ["fail", "excepted", "notTold", "pass", "notApplicable", "all"];

    public static string Choice(string? state) =>
        state switch
        {
            "fail" => "failing",
            "notTold" => "not told",
            "pass" => "passing",
            "notApplicable" => "not applicable",
            _ => state ?? "",
        };

    /// <summary>Why a score is what it is, for a row.</summary>
    public static string Why(IReadOnlyList<string> reasons, int notTold) =>
        reasons.Count > 0 ? string.Join(" ", reasons.Take(2))
        : notTold == 1 ? "One item is not told by its runner."
        : notTold > 0 ? $"{notTold} items are not told by its runner."
        : "Nothing fails.";

    public static string Word(PostureItem item) =>
        item.State switch
        {
            CheckState.Pass => "Passes",
            CheckState.Fail => item.Weight.ToString(),
            CheckState.Excepted => "Excepted",
            CheckState.NotApplicable => "Not applicable",
            _ => "Not told",
        };
}
