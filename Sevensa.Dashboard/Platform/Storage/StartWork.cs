using Sevensa.Dashboard.Platform.Hosting;

namespace Sevensa.Dashboard.Platform.Storage;

/// <summary>
/// The <see cref="IStartStep"/>s, done while the server already listens: somebody who is not signed in sees the sign-in
/// page meanwhile, everybody else waits. A step that fails ends the program.
/// </summary>
public sealed class StartWork(
    IServiceProvider services,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<StartWork> log
)
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(500);
    private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(2);
    private TaskCompletionSource<StoreFault> hindered = new(TaskCreationOptions.RunContinuationsAsynchronously);
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

    /// <summary>Waits for the steps; for requests.</summary>
    /// <exception cref="StoreUnavailableException">The store went away meanwhile; the steps go on when it is back.</exception>
    public async Task WaitAsync(CancellationToken cancellation)
    {
        var done = NeedAsync();
        var fault = Volatile.Read(ref hindered).Task;
        if (await Task.WhenAny(done, fault).WaitAsync(cancellation) == fault && !done.IsCompleted)
        {
            throw new StoreUnavailableException(await fault);
        }
        await done;
    }

    /// <summary>Waits for the steps, for work beside the requests; false when there is nothing to do any more.</summary>
    public async Task<bool> IsDoneAsync(CancellationToken stopping)
    {
        await Done.WaitAsync(stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return IsDone && !stopping.IsCancellationRequested;
    }

    /// <summary>Has them begun soon after the server listens: the first page need not share the processor with them.</summary>
    internal void BeginSoon() =>
        lifetime.ApplicationStarted.Register(() =>
            Task.Delay(Soon, time).ContinueWith(_ => NeedAsync(), TaskScheduler.Default)
        );

    /// <summary>A store that goes away while the program starts is waited for: its settings were right a moment ago.</summary>
    private async Task DoAsync(IStartStep step)
    {
        while (true)
        {
            try
            {
                await step.RunAsync(lifetime.ApplicationStopping);
                Interlocked.Exchange(ref hindered, new(TaskCreationOptions.RunContinuationsAsynchronously));
                return;
            }
            catch (Exception exception) when (StoreFault.In(exception) is { } fault)
            {
                if (hindered.TrySetResult(fault))
                {
                    log.LogWarning("The start waits for the database. {Fault}", fault.Message);
                }
                await Task.Delay(AskAgain, time, lifetime.ApplicationStopping);
            }
        }
    }

    private async Task RunAsync()
    {
        try
        {
            foreach (var step in services.GetServices<IStartStep>())
            {
                await DoAsync(step);
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
