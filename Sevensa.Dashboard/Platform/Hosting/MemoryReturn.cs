using System.Reflection;

namespace Sevensa.Dashboard.Platform.Hosting;

/// <summary>
/// Soon after the start, what only the start needed goes back to the system. Later nothing is: whoever approves would wait for what
/// has to be read again.
/// </summary>
internal sealed class MemoryReturn(IHostApplicationLifetime lifetime, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan StartTakes = TimeSpan.FromSeconds(2);

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
    }
}
