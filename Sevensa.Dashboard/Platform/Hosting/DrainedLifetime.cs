using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Options;

namespace Sevensa.Dashboard.Platform.Hosting;

/// <summary>
/// The console's lifetime, which is told to stop by SIGTERM or Ctrl+C, with <see cref="Draining"/> between that and the stop. Told a
/// second time, it stops at once.
/// </summary>
internal sealed class DrainedLifetime(
    IOptions<ConsoleLifetimeOptions> console,
    IHostEnvironment environment,
    IHostApplicationLifetime life,
    IOptions<HostOptions> host,
    ILoggerFactory logs,
    Draining draining,
    IOptions<PlatformOptions> platform,
    TimeProvider time
) : IHostLifetime, IDisposable
{
    private readonly ConsoleLifetime inner = new(
        console,
        environment,
        new DrainedStop(
            life,
            draining,
            // Read when it is needed: this is made before the settings are looked at, which says in words what is wrong with them.
            () => TimeSpan.FromSeconds(platform.Value.DrainSeconds),
            time,
            logs.CreateLogger<DrainedStop>()
        ),
        host,
        logs
    );

    public Task WaitForStartAsync(CancellationToken cancellationToken) => inner.WaitForStartAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => inner.StopAsync(cancellationToken);

    public void Dispose() => inner.Dispose();
}

/// <summary>The program's life, whose stop is put off for as long as draining takes.</summary>
/// <param name="drainFor">Zero: it stops at once.</param>
internal sealed class DrainedStop(
    IHostApplicationLifetime life,
    Draining draining,
    Func<TimeSpan> drainFor,
    TimeProvider time,
    ILogger<DrainedStop> log
) : IHostApplicationLifetime
{
    public CancellationToken ApplicationStarted => life.ApplicationStarted;

    public CancellationToken ApplicationStopping => life.ApplicationStopping;

    public CancellationToken ApplicationStopped => life.ApplicationStopped;

    public void StopApplication()
    {
        if (
            draining.HasBegun
            || !life.ApplicationStarted.IsCancellationRequested
            || drainFor() is not { Ticks: > 0 } most
        )
        {
            life.StopApplication();
            return;
        }
        log.LogInformation(
            "This dashboard takes nobody new any more and stops in {Seconds} s (Platform:DrainSeconds)",
            most.TotalSeconds
        );
        draining.Begin();
        _ = StopLaterAsync(most);
    }

    private async Task StopLaterAsync(TimeSpan most)
    {
        try
        {
            await Task.Delay(most, time, life.ApplicationStopping);
        }
        catch (OperationCanceledException)
        {
            // Told once more meanwhile.
        }
        life.StopApplication();
    }
}
