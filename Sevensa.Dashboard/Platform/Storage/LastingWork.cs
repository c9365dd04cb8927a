using Sevensa.Dashboard.Platform.Hosting;

namespace Sevensa.Dashboard.Platform.Storage;

/// <summary>
/// Work beside the requests that goes on for as long as the program does, whatever fails. While the store is away it waits,
/// says so once, and goes on soon after the store is back.
/// </summary>
internal static class LastingWork
{
    /// <summary>How often a store that is away is asked again.</summary>
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan AfterFailure = TimeSpan.FromMinutes(1);

    /// <summary>Takes turn after turn until the program stops.</summary>
    /// <param name="name">For the log, as the subject of a sentence.</param>
    /// <param name="turn">One turn of the work.</param>
    /// <param name="pause">Waits for the next turn, after one that went well or failed for another reason than the store.</param>
    public static Task RunAsync(
        string name,
        Func<CancellationToken, Task> turn,
        Func<CancellationToken, Task> pause,
        ILogger log,
        TimeProvider time,
        CancellationToken stopping
    ) => RunAsync(name, turn, pause, once: false, log, time, stopping);

    /// <summary>Does something once, as soon as the store allows it.</summary>
    public static Task OnceAsync(
        string name,
        Func<CancellationToken, Task> work,
        ILogger log,
        TimeProvider time,
        CancellationToken stopping
    ) => RunAsync(name, work, rest => Task.Delay(AfterFailure, time, rest), once: true, log, time, stopping);

    private static async Task RunAsync(
        string name,
        Func<CancellationToken, Task> turn,
        Func<CancellationToken, Task> pause,
        bool once,
        ILogger log,
        TimeProvider time,
        CancellationToken stopping
    )
    {
        var waits = false;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await turn(stopping);
                if (waits)
                {
                    log.LogInformation("{Work} goes on: the database is back", name);
                    waits = false;
                }
                if (once)
                {
                    return;
                }
                await pause(stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (StoreFault.In(exception) is { } fault)
            {
                if (!waits)
                {
                    log.LogWarning("{Work} waits for the database. {Fault}", name, fault.Message);
                    waits = true;
                }
                await Task.Delay(AskAgain, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception exception)
            {
                log.LogError(exception, "{Work} failed; it is tried again", name);
                // A pause that nobody waits for any more would take the next signal.
                using var rest = CancellationTokenSource.CreateLinkedTokenSource(stopping);
                var paused = pause(rest.Token);
                await Task.WhenAny(paused, Task.Delay(AfterFailure, time, rest.Token));
                await rest.CancelAsync();
                await paused.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
