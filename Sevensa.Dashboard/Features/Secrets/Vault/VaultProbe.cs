using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Secrets.Vault;

/// <summary>Asks Vault now and then whether it is unsealed, so that its state is known when nobody reads secrets.</summary>
internal sealed class VaultProbe(
    Func<VaultClient> vault,
    IOptions<SecretsOptions> options,
    Upstreams upstreams,
    TimeProvider time
) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.IsConfigured)
        {
            upstreams.NotConfigured(VaultClient.Name, "Set Vault:Address, and Vault:TokenFile or an AppRole.");
            return;
        }
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await vault().HealthAsync(stoppingToken);
            }
            catch (UpstreamException)
            {
                // The client told the upstreams' states already.
            }
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
