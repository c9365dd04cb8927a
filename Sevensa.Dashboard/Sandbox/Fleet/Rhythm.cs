namespace Sevensa.Dashboard.Sandbox.Fleet;

/// <summary>
/// How traffic breathes over a day (mean 1, peak in the early afternoon, UTC), with its integral in closed form, so
/// that a counter's value thirty days on costs as much as one a minute on. Times are Unix seconds.
/// </summary>
internal static class Rhythm
{
    public const double Day = 86_400;
    private const double Omega = 2 * Math.PI / Day;
    private const double First = 0.62;
    private const double Second = 0.14;
    private const double PeakHour = 13.2;
    private const double SecondPeakHour = 10.6;

    public static double At(double t) =>
        1
        + (First * Math.Cos(Omega * (t - (PeakHour * 3600))))
        + (Second * Math.Cos(2 * Omega * (t - (SecondPeakHour * 3600))));

    /// <summary>The integral of <see cref="At"/> from a fixed origin to <paramref name="t"/>.</summary>
    public static double Integral(double t) =>
        t
        + (First / Omega * Math.Sin(Omega * (t - (PeakHour * 3600))))
        + (Second / (2 * Omega) * Math.Sin(2 * Omega * (t - (SecondPeakHour * 3600))));

    /// <summary>How much of the midday trouble there is: 0 outside 10:30 to 14:30, 1 between 11:15 and 13:45.</summary>
    public static double Midday(double t)
    {
        var hour = Hour(t);
        return (hour is >= 10.5 and < 14.5 ? 0.5 : 0) + (hour is >= 11.25 and < 13.75 ? 0.5 : 0);
    }

    /// <summary>The integral of <see cref="At"/> times <see cref="Midday"/>.</summary>
    public static double MiddayIntegral(double t) => (0.5 * Window(t, 10.5, 14.5)) + (0.5 * Window(t, 11.25, 13.75));

    private static double Hour(double t) => ((t % Day) + Day) % Day / 3600;

    private static double Window(double t, double fromHour, double toHour)
    {
        var midnight = Math.Floor(t / Day) * Day;
        var from = midnight + (fromHour * 3600);
        var to = midnight + (toHour * 3600);
        var whole = Math.Floor(t / Day) * (Integral(to) - Integral(from));
        return whole + (t <= from ? 0 : Integral(Math.Min(t, to)) - Integral(from));
    }
}
