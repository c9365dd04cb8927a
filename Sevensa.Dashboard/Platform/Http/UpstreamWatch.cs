using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>A look at one upstream, cheap enough to be taken every half minute while somebody asks. Registered as a singleton by the feature whose vendor it is.</summary>
public interface IUpstreamProbe
{
    string Name { get; }

    /// <summary>The setting that is missing, in words; null when there is an address.</summary>
    string? Missing { get; }

    /// <summary>Asks it; the client that is used tells <see cref="Upstreams"/> how it went.</summary>
    /// <exception cref="UpstreamException">It can't serve.</exception>
    Task ProbeAsync(CancellationToken cancellation);
}

/// <summary>
/// Looks at every upstream now and then, so that its state is known before somebody needs it: often while somebody reads the states
/// or one of them is away, seldom while all is well and nobody asks.
/// </summary>
public sealed class UpstreamWatch(
    IEnumerable<IUpstreamProbe> probes,
    Upstreams upstreams,
    TimeProvider time,
    ILogger<UpstreamWatch> log
) : BackgroundService
{
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    /// <summary>While all is well and nobody reads the states.</summary>
    internal static readonly TimeSpan Seldom = TimeSpan.FromMinutes(2);

    /// <summary>Whoever asks waits no longer for a look.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Lock looking = new();
    private TaskCompletionSource asked = New();

    /// <summary>The newest look, ended or not.</summary>
    private Task look = Task.CompletedTask;

    /// <summary>When the newest look that has ended began.</summary>
    private long? known;

    /// <summary>Looks at all of them now.</summary>
    public Task LookAsync(CancellationToken cancellation)
    {
        lock (looking)
        {
            return look = LookAtAllAsync(cancellation);
        }
    }

    /// <summary>Ends when the states are as new as if somebody read them all the time; after a moment in any case.</summary>
    public async Task FreshAsync(CancellationToken cancellation)
    {
        Task newest;
        lock (looking)
        {
            if (known is not { } since || time.GetElapsedTime(since) <= Interval)
            {
                return;
            }
            // It goes on for the next who asks, whoever began it.
            newest = look.IsCompleted ? LookAsync(CancellationToken.None) : look;
        }
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAny(newest, Task.Delay(Moment, time, patience.Token));
        await patience.CancelAsync();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        void Asked() => Volatile.Read(ref asked).TrySetResult();
        upstreams.Asked += Asked;
        try
        {
            await LastingWork.RunAsync("The look at the upstreams", LookAsync, PauseAsync, log, time, stoppingToken);
        }
        finally
        {
            upstreams.Asked -= Asked;
        }
    }

    private async Task PauseAsync(CancellationToken cancellation)
    {
        var before = Interlocked.Exchange(ref asked, New());
        await Task.Delay(Interval, time, cancellation);
        if (before.Task.IsCompleted || upstreams.IsAnyAway)
        {
            return;
        }
        using var rest = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAny(Volatile.Read(ref asked).Task, Task.Delay(Seldom - Interval, time, rest.Token));
        await rest.CancelAsync();
        cancellation.ThrowIfCancellationRequested();
    }

    private async Task LookAtAllAsync(CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        await Task.WhenAll(probes.Select(probe => LookAsync(probe, cancellation)));
        lock (looking)
        {
            known = began;
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task LookAsync(IUpstreamProbe probe, CancellationToken cancellation)
    {
        if (probe.Missing is { } missing)
        {
            upstreams.NotConfigured(probe.Name, missing);
            return;
        }
        using var patience = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            await probe.ProbeAsync(both.Token);
        }
        catch (UpstreamException)
        {
            // Told to the upstreams' states by the client already.
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            upstreams.Bad(
                new UpstreamException(
                    probe.Name,
                    UpstreamFault.TimedOut,
                    $"{probe.Name} gave no answer within {Patience.TotalSeconds:0} s."
                )
            );
        }
    }
}
