using Sevensa.Dashboard.Features.Metrics.Contracts;

namespace Sevensa.Dashboard.Features.Metrics.Behaviour;

/// <summary>What is usual of a figure at this time of day: of the hours about it on the days before, but for the outermost.</summary>
/// <param name="Days">On so many days there were figures.</param>
internal sealed record UsualBand(double Low, double High, int Days)
{
    /// <summary>With fewer days nothing is usual.</summary>
    public const int LeastDays = 7;

    private const int LeastPoints = 15;
    private const double Outermost = 0.05;

    private static readonly TimeSpan day = TimeSpan.FromDays(1);

    /// <summary>Null when there is not enough history.</summary>
    /// <param name="past">One figure an hour; what was of the last hour is not looked at.</param>
    public static UsualBand? Of(MetricSeries past, DateTimeOffset now)
    {
        var values = new List<double>();
        var days = new HashSet<int>();
        foreach (var (at, value) in past.Times.Zip(past.Values))
        {
            var ago = TimeSpan.FromSeconds(now.ToUnixTimeSeconds() - at);
            var apart = TimeSpan.FromTicks(ago.Ticks % day.Ticks);
            apart = apart > day / 2 ? day - apart : apart;
            if (ago >= TimeSpan.FromHours(2) && apart <= TimeSpan.FromHours(1.5) && double.IsFinite(value))
            {
                values.Add(value);
                days.Add((int)Math.Round(ago / day));
            }
        }
        if (days.Count < LeastDays || values.Count < LeastPoints)
        {
            return null;
        }
        values.Sort();
        return new UsualBand(At(values, Outermost), At(values, 1 - Outermost), days.Count);
    }

    private static double At(List<double> sorted, double share) =>
        sorted[(int)Math.Round(share * (sorted.Count - 1), MidpointRounding.AwayFromZero)];
}
