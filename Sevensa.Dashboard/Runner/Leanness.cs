using Sevensa.Dashboard.Platform.Hosting;

namespace Sevensa.Dashboard.Runner;

/// <summary>A runner is idle nearly always, beside containers that pay for its memory: it gives back what it does not need.</summary>
internal static class Leanness
{
    /// <summary>Below that, looking for more is not worth the processor time.</summary>
    private const long EnoughBytes = 62L << 20;

    private const long WorthBytes = 4 << 20;

    private static readonly TimeSpan StartTakes = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AtFirst = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Later = TimeSpan.FromSeconds(15);

    /// <summary>Who has just acted is likely to act again, and would wait for what has to be read anew.</summary>
    private static readonly TimeSpan QuietFor = TimeSpan.FromMinutes(1);

    /// <param name="idleFor">How long nothing has run; null while something does.</param>
    public static async Task KeepAsync(Func<TimeSpan?> idleFor, TimeProvider time, CancellationToken cancellation)
    {
        var begun = time.GetTimestamp();
        var pages = new WorkingSet();
        var growth = new Growth(WorthBytes, atFirst: 2);
        while (!cancellation.IsCancellationRequested)
        {
            var pause = time.GetElapsedTime(begun) < StartTakes ? AtFirst : Later;
            await Task.Delay(pause, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (
                !cancellation.IsCancellationRequested
                && idleFor() >= QuietFor
                && Environment.WorkingSet is > EnoughBytes and var held
                && growth.IsWorth(held)
            )
            {
                WorkingSet.Collect();
                pages.GiveBack();
                growth.GivenBack();
            }
        }
    }
}
