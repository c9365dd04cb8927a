using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Hosting;

/// <summary>
/// The <see cref="IStartStep"/>s, done while the server already listens: somebody who is not signed in sees the sign-in
/// page meanwhile, everybody else waits. A step that fails ends the program.
/// </summary>
public sealed class StartWork(IServiceProvider services, IHostApplicationLifetime lifetime, TimeProvider time)
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(500);
    private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int begun;

    /// <summary>When every step has been done; for work that can wait until then. Fails with the step that failed.</summary>
    public Task Done => done.Task;

    public bool IsDone => done.Task.IsCompletedSuccessfully;

    /// <summary>What the program ends with: 1 when a step failed.</summary>
    public int ExitCode { get; private set; }

    /// <summary>Has the steps begun now, unless they were, for somebody who waits for them.</summary>
    public Task NeedAsync()
    {
        if (Interlocked.Exchange(ref begun, 1) == 0)
        {
            _ = Task.Run(RunAsync);
        }
        return Done;
    }

    /// <summary>Has them begun soon after the server listens: the first page need not share the processor with them.</summary>
    internal void BeginSoon() =>
        lifetime.ApplicationStarted.Register(() =>
            Task.Delay(Soon, time).ContinueWith(_ => NeedAsync(), TaskScheduler.Default)
        );

    private async Task RunAsync()
    {
        try
        {
            foreach (var step in services.GetServices<IStartStep>())
            {
                await step.RunAsync(lifetime.ApplicationStopping);
            }
            done.SetResult();
        }
        catch (Exception exception)
        {
            if (!lifetime.ApplicationStopping.IsCancellationRequested)
            {
                ExitCode = 1;
                await Console.Error.WriteLineAsync(
                    StoreException.ReasonIn(exception) ?? $"The start failed: {exception}"
                );
            }
            done.SetException(exception);
            // Nobody may be waiting for it.
            _ = done.Task.Exception;
            lifetime.StopApplication();
        }
    }
}
