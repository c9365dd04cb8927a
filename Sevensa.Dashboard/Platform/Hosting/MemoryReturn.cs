using System.Reflection;

namespace Sevensa.Dashboard.Platform.Hosting;

/// <summary>
/// What only the start needed goes back to the system soon after it, and pages of program files whenever more of them are held: they
/// stay in the system's page cache, from where those that are used after all come back at once.
/// </summary>
internal sealed class MemoryReturn(IHostApplicationLifetime lifetime, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan StartTakes = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    private const long WorthBytes = 8 << 20;

    /// <summary>With more than that, what is no longer needed is looked for, beside the work and not instead of it.</summary>
    private const long MuchBytes = 240_000_000;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Inside another program, such as one that tests, the memory is not ours to give.
        if (Assembly.GetEntryAssembly() != typeof(MemoryReturn).Assembly)
        {
            return;
        }
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var whenStarted = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
        await Task.Delay(StartTakes, time, stoppingToken);
        WorkingSet.Collect();
        var pages = new WorkingSet();
        var growth = new Growth(WorthBytes, atFirst: 5);
        pages.GiveBack();
        growth.GivenBack();
        long? looked = null;
        for (var pause = StartTakes; ; pause = Every)
        {
            await Task.Delay(pause, time, stoppingToken);
            if (growth.IsWorth(Environment.WorkingSet))
            {
                pages.GiveBack();
                growth.GivenBack();
            }
            if (
                Environment.WorkingSet > MuchBytes
                && (looked is not { } last || time.GetElapsedTime(last) >= LookEvery)
            )
            {
                looked = time.GetTimestamp();
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
            }
        }
    }
}
