using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Hosts;

/// <summary>
/// Tells listeners that runners came and went: in order for each host, off the hub's thread, because a listener asks the
/// runner in turn and the hub reads one message of a connection at a time.
/// </summary>
internal sealed class RunnerNews(IServiceProvider services, IHostApplicationLifetime lifetime, ILogger<RunnerNews> log)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Task> last = new(StringComparer.Ordinal);

    public void Connected(string hostId) => Tell(hostId, (listener, token) => listener.OnConnectedAsync(hostId, token));

    public void Lost(string hostId) => Tell(hostId, (listener, token) => listener.OnLostAsync(hostId, token));

    /// <summary>Ends when all have stored it.</summary>
    public async Task ReportedAsync(string hostId, byte[] report, CancellationToken cancellation)
    {
        var listeners = services.GetServices<IRunnerListener>().ToList();
        if (listeners.Count == 0)
        {
            throw new InvalidOperationException("Nobody here stores reports of actions.");
        }
        foreach (var listener in listeners)
        {
            await listener.OnReportAsync(hostId, report, cancellation);
        }
    }

    /// <summary>Ends when all have stored them.</summary>
    public async Task ReleasedAsync(string hostId, IReadOnlyList<ReleaseFacts> releases, CancellationToken cancellation)
    {
        var listeners = services.GetServices<IReleaseListener>().ToList();
        if (listeners.Count == 0)
        {
            throw new InvalidOperationException("Nobody here stores releases.");
        }
        foreach (var listener in listeners)
        {
            await listener.OnReleasesAsync(hostId, releases, cancellation);
        }
    }

    /// <summary>Who takes what scanners find; null where nobody does.</summary>
    public IScanListener? Scans => services.GetService<IScanListener>();

    /// <summary>Ends when all have kept it.</summary>
    public async Task ObservedAsync(string hostId, FlowReport report, CancellationToken cancellation)
    {
        foreach (var listener in services.GetServices<IFlowListener>())
        {
            await listener.OnFlowsAsync(hostId, report, cancellation);
        }
    }

    private void Tell(string hostId, Func<IRunnerListener, CancellationToken, Task> tell)
    {
        lock (gate)
        {
            var before = last.GetValueOrDefault(hostId) ?? Task.CompletedTask;
            last[hostId] = Task.Run(() => TellAsync(before, hostId, tell));
        }
    }

    private async Task TellAsync(Task before, string hostId, Func<IRunnerListener, CancellationToken, Task> tell)
    {
        await before;
        foreach (var listener in services.GetServices<IRunnerListener>())
        {
            try
            {
                await tell(listener, lifetime.ApplicationStopping);
            }
            catch (Exception exception)
            {
                if (!lifetime.ApplicationStopping.IsCancellationRequested)
                {
                    log.ListenerFailed(exception, hostId);
                }
            }
        }
    }
}
