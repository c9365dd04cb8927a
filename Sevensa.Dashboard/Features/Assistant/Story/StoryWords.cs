using System.Globalization;
using Sevensa.Dashboard.Ui.Charts;

namespace Sevensa.Dashboard.Features.Assistant.Story;

/// <summary>The story in sentences: each says one thing that was found, and nothing that was not.</summary>
internal static class StoryWords
{
    private const int MostNamed = 3;

    public static string Of(ServiceStory story)
    {
        var tenant = story.Name;
        var said = new List<string>();
        if (story.Moment is { } moment)
        {
            var unit = story.Figures.FirstOrDefault(one => one.Metric == moment.Metric)?.Unit ?? "";
            said.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{tenant} {story.Service}: {moment.Figure} went from {Value(moment.Before, unit)} to {Value(moment.After, unit)} ({Times(moment.Factor)}) at {moment.At.UtcDateTime:yyyy-MM-dd HH:mm} UTC."
                )
            );
        }
        else
        {
            var part = story.Parts.First(one => one.Name == "figures");
            said.Add(
                $"{tenant} {story.Service}: {(part.State is "failed" or "notConfigured" ? "its figures can't be read" : "no figure took a step that stands out")} in the last {(story.To - story.From).TotalHours:0} hours."
            );
        }
        if (story.Release is { } release)
        {
            said.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{(release.Image.Length > 0 ? release.Image : "Its removal")} went live at {release.From.UtcDateTime:HH:mm} UTC, by {release.By}{(release.BeforeImage is { Length: > 0 } before ? $", in place of {before}" : "")}{(story.IsReleaseLater ? ", after the step" : "")}."
                )
            );
        }
        if (story.Patterns.Count > 0)
        {
            said.Add(
                story.Patterns.Count == 1
                    ? "One kind of log line is new since then."
                    : $"{story.Patterns.Count} kinds of log lines are new since then."
            );
        }
        if (story.Touched.Count > 0)
        {
            var names = story
                .Touched.Select(one => one.Tenant == story.Tenant ? one.Service : $"{one.Tenant} {one.Service}")
                .ToList();
            said.Add(
                $"At about the same time: {string.Join(", ", names.Take(MostNamed))}{(names.Count > MostNamed ? $" and {names.Count - MostNamed} more" : "")}."
            );
        }
        if (story.Alerts.Count > 0)
        {
            said.Add(
                $"{string.Join(", ", story.Alerts.Select(one => one.Name).Distinct().Take(MostNamed))} {(story.Alerts.Count == 1 ? "fires" : "fire")} now."
            );
        }
        return string.Join(' ', said);
    }

    public static string Times(double? factor) =>
        factor is not { } times ? "from nothing"
        : times >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{times:0.0} times as much")
        : string.Create(CultureInfo.InvariantCulture, $"{times * 100:0} % of what it was");

    public static string Value(double? value, string unit) =>
        Chart(unit).Text(value) + (unit == "cores" ? " cores" : "");

    public static ChartUnit Chart(string unit) =>
        unit switch
        {
            "seconds" => ChartUnit.Seconds,
            "share" => ChartUnit.Ratio,
            "requests/s" => ChartUnit.PerSecond,
            _ => ChartUnit.Count,
        };
}
