using System.Diagnostics;
using System.Globalization;

namespace Sevensa.Dashboard.Tests.Platform.Storage;

/// <summary>
/// How long a stretch of work took its thread: by the clock, without the time in which the machine had no processor for it, and
/// on the processor alone, less what the collection of garbage took meanwhile, which may be anybody's. The last two say the same
/// whatever else the machine does.
/// </summary>
internal readonly record struct Took(TimeSpan Clock, TimeSpan Own, TimeSpan Processor);

/// <summary>The beginning of a stretch of work; what Linux tells of a thread (<c>schedstat</c>: nanoseconds run and waited).</summary>
internal readonly record struct ThreadWork(long At, int Thread, long Ran, long Waited, TimeSpan Collected)
{
    public static ThreadWork Begin()
    {
        var (ran, waited) = Read();
        return new(
            Stopwatch.GetTimestamp(),
            Environment.CurrentManagedThreadId,
            ran,
            waited,
            GC.GetTotalPauseDuration()
        );
    }

    /// <summary>On another thread than it began, or elsewhere than on Linux, the clock is all that is known.</summary>
    public Took End()
    {
        var clock = Stopwatch.GetElapsedTime(At);
        var (ran, waited) = Read();
        if (Thread != Environment.CurrentManagedThreadId || ran < 0)
        {
            return new(clock, clock, clock);
        }
        var processor = Nanoseconds(ran - Ran) - (GC.GetTotalPauseDuration() - Collected);
        return new(clock, clock - Nanoseconds(waited - Waited), processor > TimeSpan.Zero ? processor : TimeSpan.Zero);
    }

    private static TimeSpan Nanoseconds(long count) => TimeSpan.FromTicks(count / 100);

    private static (long Ran, long Waited) Read()
    {
        try
        {
            var told = File.ReadAllText("/proc/thread-self/schedstat").Split(' ');
            return (
                long.Parse(told[0], CultureInfo.InvariantCulture),
                long.Parse(told[1], CultureInfo.InvariantCulture)
            );
        }
        catch (IOException)
        {
            return (-1, 0);
        }
    }
}
