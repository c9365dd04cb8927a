using System.Globalization;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Platform.Storage.Duties;

namespace Sevensa.Dashboard.Features.Databases.Proof;

/// <summary>Proves every instance once a night.</summary>
internal sealed class NightlyProofs(
    InstanceRegistry registry,
    ProofDesk desk,
    ProofStore store,
    IDuties duties,
    IOptions<ProofOptions> options,
    TimeProvider time,
    ILogger<NightlyProofs> log
) : BackgroundService
{
    /// <summary>Who was off at the hour makes up for it within this time.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromHours(6);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        registry.All.Count == 0
            ? Task.CompletedTask
            : LastingWork.RunAsync(
                "The nightly isolation proof",
                duties.Once("nightly proofs", LookAsync),
                rest => Task.Delay(TimeSpan.FromMinutes(1), time, rest),
                log,
                time,
                stoppingToken
            );

    private async Task LookAsync(CancellationToken cancellation)
    {
        await store.AbandonAsync(time.GetUtcNow(), cancellation);
        if (!TimeOnly.TryParseExact(options.Value.At, "HH:mm", CultureInfo.InvariantCulture, default, out var at))
        {
            return;
        }
        var now = time.GetUtcNow().UtcDateTime;
        var night = DateOnly.FromDateTime(now);
        var hour = night.ToDateTime(at, DateTimeKind.Utc);
        if (now < hour || now - hour > Late)
        {
            return;
        }
        foreach (var instance in registry.All)
        {
            try
            {
                await desk.StartNightlyAsync(instance, night, cancellation);
            }
            catch (UpstreamException exception)
            {
                log.LogWarning(
                    "{Instance} could not be proven to keep tenants apart: {Words}",
                    instance.Name,
                    exception.Told
                );
            }
        }
    }
}
