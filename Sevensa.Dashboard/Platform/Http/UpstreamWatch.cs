using Sevensa.Dashboard.Platform.Hosting;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>A look at one upstream, cheap enough to be taken every half minute. Registered as a singleton by the feature whose vendor it is.</summary>
public interface IUpstreamProbe
{
    string Name { get; }

    /// <summary>The setting that is missing, in words; null when there is an address.</summary>
    string? Missing { get; }

    /// <summary>Asks it; the client that is used tells <see cref="Upstreams"/> how it went.</summary>
    /// <exception cref="UpstreamException">It can't serve.</exception>
    Task ProbeAsync(CancellationToken cancellation);
}

/// <summary>Looks at every upstream now and then, so that its state is known before somebody needs it.</summary>
public sealed class UpstreamWatch(
    IEnumerable<IUpstreamProbe> probes,
    Upstreams upstreams,
    TimeProvider time,
    ILogger<UpstreamWatch> log
) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Looks at all of them now.</summary>
    public Task LookAsync(CancellationToken cancellation) =>
        Task.WhenAll(probes.Select(probe => LookAsync(probe, cancellation)));

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        LastingWork.RunAsync(
            "The look at the upstreams",
            LookAsync,
            rest => Task.Delay(Interval, time, rest),
            log,
            time,
            stoppingToken
        );

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
