using System.Globalization;

namespace Sevensa.Dashboard.Ui.Time;

/// <summary>
/// The window that a page looks through, as it stands in the address: <c>?from=now-4h&amp;to=now&amp;refresh=5s</c>.
/// </summary>
/// <param name="Refresh">How often the page looks again; none stands still.</param>
public sealed record TimeRange(TimeBound From, TimeBound To, TimeSpan? Refresh)
{
    public static readonly TimeSpan ShortestRefresh = TimeSpan.FromSeconds(1);

    public static TimeRange Default { get; } = new(TimeBound.Parse("now-4h"), TimeBound.Now, TimeSpan.FromSeconds(5));

    public static TimeRange Between(DateTimeOffset from, DateTimeOffset to) =>
        new(TimeBound.At(from), TimeBound.At(to), null);

    public static IReadOnlyList<TimeSpan?> Refreshes { get; } =
    [null, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(15), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5)];

    /// <summary>The ranges offered by the picker, with their names.</summary>
    public static IReadOnlyList<(string Name, string From, string To)> Offered { get; } =
    [
        ("Last 5 minutes", "now-5m", "now"),
        ("Last 15 minutes", "now-15m", "now"),
        ("Last hour", "now-1h", "now"),
        ("Last 4 hours", "now-4h", "now"),
        ("Last 12 hours", "now-12h", "now"),
        ("Last 24 hours", "now-24h", "now"),
        ("Last 2 days", "now-2d", "now"),
        ("Last 7 days", "now-7d", "now"),
        ("Last 30 days", "now-30d", "now"),
        ("Today", "now/d", "now"),
        ("Yesterday", "now-1d/d", "now/d"),
    ];

    /// <summary>Reads the three values of an address. Absent ones take the default; wrong ones are named.</summary>
    public static TimeRange Parse(string? from, string? to, string? refresh, out string? problem)
    {
        problem = null;
        if (from is null && to is null && refresh is null)
            return Default;
        if (!TimeBound.TryParse(from ?? "now-4h", out var start))
            problem = $"from={from} is no time. Write now-4h, a Unix time in milliseconds or 2026-01-31T08:00Z.";
        else if (!TimeBound.TryParse(to ?? "now", out var end))
            problem = $"to={to} is no time. Write now, a Unix time in milliseconds or 2026-01-31T08:00Z.";
        else if (start.Absolute is { } a && end.Absolute is { } b && a >= b)
            problem = "The range ends before it starts.";
        else if (
            start.IsRelative
            && end.IsRelative
            && start.Snap is null
            && end.Snap is null
            && start.Offset >= end.Offset
        )
            problem = "The range ends before it starts.";
        else
            return new TimeRange(start, end, ReadRefresh(refresh, end));
        return Default;
    }

    private static TimeSpan? ReadRefresh(string? refresh, TimeBound end)
    {
        // What has ended does not change.
        if (!end.IsRelative || refresh is "off")
            return null;
        if (!TimeBound.TrySpan(refresh, out var span))
            return Default.Refresh;
        return span < ShortestRefresh ? ShortestRefresh : span;
    }

    public (DateTimeOffset From, DateTimeOffset To) Resolve(DateTimeOffset now, TimeZoneInfo zone)
    {
        var (from, to) = (From.Resolve(now, zone), To.Resolve(now, zone));
        return from < to ? (from, to) : (to.AddMinutes(-1), to);
    }

    /// <summary>The values for the address; all empty for the default, so that plain links stay plain.</summary>
    public IReadOnlyDictionary<string, object?> Query() =>
        this == Default
            ? new Dictionary<string, object?>
            {
                ["from"] = null,
                ["to"] = null,
                ["refresh"] = null,
            }
            : new Dictionary<string, object?>
            {
                ["from"] = From.ToString(),
                ["to"] = To.ToString(),
                ["refresh"] =
                    !To.IsRelative || Refresh == Default.Refresh ? null
                    : Refresh is { } r ? TimeBound.Span(r)
                    : "off",
            };

    /// <summary>"from=now-1h&amp;to=now", or nothing for the default.</summary>
    public override string ToString() =>
        string.Join(
            '&',
            Query()
                .Where(p => p.Value is not null)
                .Select(p =>
                    $"{p.Key}={Uri.EscapeDataString(Convert.ToString(p.Value, CultureInfo.InvariantCulture)!)}"
                )
        );

    /// <summary>"Last 4 hours", or both ends in the viewer's zone.</summary>
    public string Label(DateTimeOffset now, ViewerZone zone)
    {
        foreach (var (name, from, to) in Offered)
            if (From.ToString() == from && To.ToString() == to)
                return name;
        if (From.IsRelative && To == TimeBound.Now && From.Snap is null)
            return $"Last {TimeBound.Span(-From.Offset)}";
        var (a, b) = Resolve(now, zone.Zone);
        var sameDay = zone.Local(a).Date == zone.Local(b).Date;
        return $"{zone.DayAndClock(a, now)} – {(sameDay ? zone.Clock(b) : zone.DayAndClock(b, now))}";
    }
}
