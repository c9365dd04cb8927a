namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>A time as somebody said it, and the window of time that is meant.</summary>
/// <param name="Words">The words as they were said, without "since".</param>
/// <param name="From">Null where no calendar says it: "before the last deploy", and what is only to come.</param>
/// <param name="To">Never after now.</param>
/// <param name="IsFuture">It has not come yet.</param>
/// <param name="ComesAgain">Said without which one (a time of the day, a weekday, tonight), and taken for the last one that was.</param>
internal sealed record SaidTime(
    string Words,
    DateTimeOffset? From = null,
    DateTimeOffset? To = null,
    bool IsFuture = false,
    bool ComesAgain = false
)
{
    /// <summary>Minutes from its beginning until now, at least one.</summary>
    public int MinutesBack(DateTimeOffset now) =>
        From is { } from ? (int)Math.Clamp(Math.Ceiling((now - from).TotalMinutes), 1, int.MaxValue) : 60;

    /// <summary>It reaches until now.</summary>
    public bool IsUntilNow(DateTimeOffset now) => To is null || now - To < TimeSpan.FromMinutes(1);

    /// <summary>Somewhere inside, its ends included; true where it has none.</summary>
    public bool Holds(DateTimeOffset at) => (From is null || at >= From) && (To is null || at <= To);
}
