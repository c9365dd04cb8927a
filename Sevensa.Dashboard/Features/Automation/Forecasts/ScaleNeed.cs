using System.Globalization;

namespace Sevensa.Dashboard.Features.Automation.Forecasts;

/// <summary>How many containers a load and its forecast want.</summary>
/// <param name="Wanted">Another number than <paramref name="Running"/> only where that is to be changed.</param>
/// <param name="Peak">The upper end of what is expected as far as it is looked at.</param>
/// <param name="Bounded">More are wanted than there may be.</param>
internal sealed record ScaleNeed(
    int Wanted,
    int Running,
    double Present,
    double Peak,
    DateTimeOffset PeakAt,
    bool Bounded
)
{
    /// <summary>In which direction, so that one does not count for the other.</summary>
    public string? Way =>
        Wanted > Running ? "up"
        : Wanted < Running ? "down"
        : null;

    public static ScaleNeed Of(
        PolicyScale scale,
        IReadOnlyList<ForecastPoint> points,
        double present,
        int running,
        DateTimeOffset now
    )
    {
        var looked = points.Where(one => one.At > now - LoadHistory.Step && one.At <= now + scale.Ahead).ToList();
        var peak = looked.MaxBy(one => one.Upper)!;
        var load = Math.Max(peak.Upper, present);
        var unbounded = load / scale.PerReplica;
        var up = Number(load, scale);
        // Down only with room to spare, and to where that room is left.
        var down = Number(load * (1 + scale.Slack), scale);
        return new ScaleNeed(
            up > running ? up
                : down < running ? down
                : running,
            running,
            present,
            peak.Upper,
            peak.At,
            Math.Ceiling(unbounded) > scale.Max
        );
    }

    /// <summary>So many carry a load, within bounds.</summary>
    public static int Number(double load, double each, int least, int most) =>
        (int)Math.Clamp(Math.Ceiling(load / each), least, most);

    private static int Number(double load, PolicyScale scale) => Number(load, scale.PerReplica, scale.Min, scale.Max);

    /// <param name="host">On which they are counted; null where there is only one.</param>
    public string Words(string? host) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"the load is {Present:0.####}, up to {Peak:0.####} is expected by {PeakAt:yyyy-MM-dd HH:mm} UTC, and {Wanted} containers are wanted where {Running} run{(host is null ? "" : $" on {host}")}{(Bounded ? ", which is the most there may be and carries less than that" : "")}"
        );
}
