using System.Diagnostics;
using System.Globalization;

namespace Sevensa.Dashboard.Tests.Platform.Storage;

/// <summary>
/// How long a stretch of work took its thread: by the clock, without the time in which the machine had no processor for it, and
/// on the processor alone, less what the collection of garbage took meanwhile, which may be anybody's. The last two say the same
/// whatever else the machine does.
/// </summary>
internal readonly record struct Took(TimeSpan Clock, TimeSpan Own, TimeSpan Processor);

/// <summary>The beginning of a stretch of work.</summary>
/// <param name="Waited">For a processor, in nanoseconds, as Linux tells it of a thread (<c>schedstat</c>); null where nobody does.</param>
internal readonly record struct ThreadWork(long At, int Thread, TimeSpan Ran, long? Waited, TimeSpan Collected)
{
    public static ThreadWork Begin() =>
        new(
            Stopwatch.GetTimestamp(),
            Environment.CurrentManagedThreadId,
            ProcessorTime.OfThisThread(),
            WaitedUntilNow(),
            GC.GetTotalPauseDuration()
        );

    /// <summary>On another thread than it began, or elsewhere than on Linux, the clock is all that is known.</summary>
    public Took End()
    {
        var clock = Stopwatch.GetElapsedTime(At);
        var ran = ProcessorTime.OfThisThread() - Ran;
        if (Thread != Environment.CurrentManagedThreadId || WaitedUntilNow() - Waited is not { } waited)
        {
            return new(clock, clock, clock);
        }
        var processor = ran - (GC.GetTotalPauseDuration() - Collected);
        return new(
            clock,
            clock - TimeSpan.FromTicks(waited / 100),
            processor > TimeSpan.Zero ? processor : TimeSpan.Zero
        );
    }

    private static long? WaitedUntilNow()
    {
        try
        {
            var told = File.ReadAllText("/proc/thread-self/schedstat").Split(' ');
            return long.Parse(told[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
