using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Sevensa.Dashboard.Tests.Platform;

/// <summary>What work costs, whatever else the machine does meanwhile: the time that a thread was on a processor.</summary>
internal static class ProcessorTime
{
    /// <summary>CLOCK_THREAD_CPUTIME_ID (clock_gettime(2)), to the nanosecond; schedstat counts in ticks of the scheduler.</summary>
    private const int ThreadClock = 3;

    /// <summary>Of this thread since it began; elsewhere than on Linux the clock is all that is known.</summary>
    public static TimeSpan OfThisThread()
    {
        if (!OperatingSystem.IsLinux())
        {
            return Stopwatch.GetElapsedTime(0);
        }
        return GetTime(ThreadClock, out var time) == 0
            ? TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromTicks(time.Nanoseconds / 100)
            : throw new InvalidOperationException("The system tells no time of threads.");
    }

    [DllImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetTime(int clock, out Time time);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Time
    {
        public readonly nint Seconds;
        public readonly nint Nanoseconds;
    }
}
