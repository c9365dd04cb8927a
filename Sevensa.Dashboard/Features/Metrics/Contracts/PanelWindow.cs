using Sevensa.Dashboard.Ui.Time;

namespace Sevensa.Dashboard.Features.Metrics.Contracts;

/// <summary>The stretch of time a panel shows, on the grid of its step, so that all who look at the same range ask the same.</summary>
/// <param name="Key">The range as it stands in the address; with the zone where that decides when a day starts.</param>
/// <param name="Every">How often it is looked at again; null when it stands still.</param>
public sealed record PanelWindow(string Key, TimeSpan Step, TimeSpan? Every)
{
    /// <summary>Points that a line has at most, about one for each pixel of a narrow chart.</summary>
    private const int MostPoints = 500;

    private static readonly int[] Steps =
    [
        5,
        10,
        15,
        30,
        60,
        120,
        300,
        600,
        900,
        1800,
        3600,
        7200,
        21_600,
        43_200,
        86_400,
    ];

    private readonly TimeRange range = TimeRange.Default;
    private readonly TimeZoneInfo zone = TimeZoneInfo.Utc;

    private PanelWindow(TimeRange range, TimeZoneInfo zone, string key, TimeSpan step)
        : this(key, step, range.Refresh) => (this.range, this.zone) = (range, zone);

    public static PanelWindow Of(TimeRange range, TimeZoneInfo zone, DateTimeOffset now)
    {
        var (from, to) = range.Resolve(now, zone);
        var snaps = range.From.Snap is not null || range.To.Snap is not null;
        return new PanelWindow(
            range,
            zone,
            $"{range.From}..{range.To}{(snaps ? $"@{zone.Id}" : "")}",
            StepFor(to - from)
        );
    }

    /// <summary>The smallest step of the ladder that keeps a line within its points.</summary>
    public static TimeSpan StepFor(TimeSpan span) =>
        TimeSpan.FromSeconds(Steps.FirstOrDefault(step => span.TotalSeconds / step <= MostPoints, Steps[^1]));

    /// <summary>Both ends at this moment, on the grid.</summary>
    public (DateTimeOffset From, DateTimeOffset To) At(DateTimeOffset now)
    {
        var (from, to) = range.Resolve(now, zone);
        return (Floor(from), Floor(to));
    }

    public bool Equals(PanelWindow? other) =>
        other is not null && (Key, Step, Every) == (other.Key, other.Step, other.Every);

    public override int GetHashCode() => HashCode.Combine(Key, Step, Every);

    private DateTimeOffset Floor(DateTimeOffset moment) =>
        new(moment.UtcTicks - moment.UtcTicks % Step.Ticks, TimeSpan.Zero);
}
