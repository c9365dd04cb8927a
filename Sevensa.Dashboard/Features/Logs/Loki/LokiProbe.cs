using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Logs.Loki;

/// <summary>Asks Loki now and then whether it is ready, so that its state is known when nobody reads logs.</summary>
internal sealed class LokiProbe(LokiClient loki, IOptions<LogsOptions> options, Upstreams upstreams, TimeProvider time)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.Server is null)
        {
            upstreams.NotConfigured(LokiException.Loki, LokiException.NotConfigured().Remedy!);
            return;
        }

        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await loki.ReadyAsync(stoppingToken);
            }
            catch (LokiException)
            {
                // The client told the upstreams' states already.
            }
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
