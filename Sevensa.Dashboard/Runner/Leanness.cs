using Sevensa.Dashboard.Platform.Hosting;

namespace Sevensa.Dashboard.Runner;

/// <summary>A runner is idle nearly always, beside containers that pay for its memory: it gives back what it does not need.</summary>
internal static class Leanness
{
    /// <summary>Below that, looking for more is not worth the processor time.</summary>
    private const long EnoughBytes = 62L << 20;

    private static readonly TimeSpan StartTakes = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AtFirst = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Later = TimeSpan.FromSeconds(15);

    public static async Task KeepAsync(Func<bool> isBusy, TimeProvider time, CancellationToken cancellation)
    {
        var begun = time.GetTimestamp();
        while (!cancellation.IsCancellationRequested)
        {
            var pause = time.GetElapsedTime(begun) < StartTakes ? AtFirst : Later;
            await Task.Delay(pause, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!cancellation.IsCancellationRequested && !isBusy() && Environment.WorkingSet > EnoughBytes)
            {
                WorkingSet.Collect();
                WorkingSet.GivePagesBack();
            }
        }
    }
}
