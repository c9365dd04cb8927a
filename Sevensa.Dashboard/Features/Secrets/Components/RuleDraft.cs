using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Secrets.Schedules;

namespace Sevensa.Dashboard.Features.Secrets.Components;

/// <summary>A rule while it is being written in the form.</summary>
public sealed class RuleDraft
{
    public string? Name { get; set; }

    /// <summary>Paths, one on a line or with commas between.</summary>
    public string? Secrets { get; set; }
    public string? Key { get; set; }
    public int? Length { get; set; }
    public int? EveryDays { get; set; }
    public string? TimeZone { get; set; }
    public List<WindowDraft> Windows { get; } = [];
    public int JitterMinutes { get; set; }

    /// <summary><c>propose</c>, or the highest risk that is done.</summary>
    public string Mode { get; set; } = "propose";
    public int CatchUpHours { get; set; }
    public bool Paused { get; set; }

    /// <summary>The rule that is changed; null for a new one.</summary>
    private ScheduleView? Read { get; init; }

    public static RuleDraft Of(ScheduleView rule)
    {
        var draft = new RuleDraft
        {
            Read = rule,
            Name = rule.Name,
            Secrets = string.Join('\n', rule.Secrets),
            Key = rule.Key,
            Length = rule.Length,
            EveryDays = rule.EveryDays,
            TimeZone = rule.TimeZone,
            JitterMinutes = rule.JitterMinutes,
            Mode =
                rule.Mode == RotationMode.Propose ? "propose"
                : rule.UpTo == Risk.Low ? "low"
                : "medium",
            CatchUpHours = rule.CatchUpHours,
            Paused = rule.Paused,
        };
        draft.Windows.AddRange(
            rule.Windows.Select(window => new WindowDraft([.. window.Days])
            {
                From = OpenTimes.TimeOf(window.From)!.Value.ToTimeSpan(),
                To = OpenTimes.TimeOf(window.To)!.Value.ToTimeSpan(),
            })
        );
        return draft;
    }

    internal RuleWish Wish(string? id) =>
        new(
            id,
            Name,
            [.. (Secrets ?? "").Split('\n', Trimmed).SelectMany(Paths)],
            Key,
            Length,
            EveryDays,
            TimeZone,
            [.. Windows.Select(window => new WindowWish([.. window.Days], TextOf(window.From), TextOf(window.To)))],
            JitterMinutes,
            Mode == "propose" ? RotationMode.Propose : RotationMode.Do,
            Mode switch
            {
                "low" => Risk.Low,
                // What it would do is not asked for while it only proposes.
                "propose" when Read is not null => Read.UpTo,
                _ => Risk.Medium,
            },
            CatchUpHours,
            Paused
        );

    /// <summary>Those of one line. A path may have a comma in it, which is known of those that were there.</summary>
    private IEnumerable<string> Paths(string line) =>
        Read?.Secrets.Contains(line) == true ? [line] : line.Split(',', Trimmed);

    private static string? TextOf(TimeSpan? time) =>
        time is { } at ? OpenTimes.TextOf(TimeOnly.FromTimeSpan(at)) : null;

    private const StringSplitOptions Trimmed = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;
}

public sealed class WindowDraft(HashSet<DayOfWeek> days)
{
    public HashSet<DayOfWeek> Days { get; } = days;

    /// <summary>Null while nothing that is a time stands there.</summary>
    public TimeSpan? From { get; set; } = TimeSpan.FromHours(2);

    /// <inheritdoc cref="From"/>
    public TimeSpan? To { get; set; } = TimeSpan.FromHours(4);
}
