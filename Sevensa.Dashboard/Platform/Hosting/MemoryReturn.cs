using System.Reflection;

namespace Sevensa.Dashboard.Platform.Hosting;

/// <summary>
/// Soon after the start, what only the start needed goes back to the system: half of what the dashboard holds by then. Later only
/// pages of program files, now and then: nobody who works here is stopped for it.
/// </summary>
internal sealed class MemoryReturn(IHostApplicationLifetime lifetime, TimeProvider time) : BackgroundService
{
    private const long EnoughBytes = 128L << 20;
    private static readonly TimeSpan StartTakes = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Later = TimeSpan.FromSeconds(20);

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
        while (true)
        {
            if (Environment.WorkingSet > EnoughBytes)
            {
                WorkingSet.GivePagesBack();
            }
            await Task.Delay(Later, time, stoppingToken);
        }
    }
}
