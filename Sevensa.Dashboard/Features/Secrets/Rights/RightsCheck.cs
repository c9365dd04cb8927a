using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Secrets.Rights;

/// <summary>Asks at the start what the token lacks, and now and then again, and writes what is new to the log: a line a right.</summary>
internal sealed class RightsCheck(
    VaultRights rights,
    IOptions<SecretsOptions> options,
    TimeProvider time,
    ILogger<RightsCheck> log
) : BackgroundService
{
    private static readonly TimeSpan AgainAfter = TimeSpan.FromMinutes(10);

    /// <summary>While Vault does not say.</summary>
    private static readonly TimeSpan AgainSoon = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.IsConfigured)
        {
            return;
        }
        IReadOnlyList<LackingRight> told = [];
        while (!stoppingToken.IsCancellationRequested)
        {
            var wait = AgainAfter;
            try
            {
                var now = await rights.AskAsync(stoppingToken);
                foreach (var lacking in now.Except(told))
                {
                    log.LogWarning(
                        "Vault's policy lacks {Right}. Without it there is no: {Feature}. docker/vault/dashboard-policy.hcl has all that are needed",
                        lacking.Right,
                        lacking.Feature
                    );
                }
                told = now;
            }
            catch (UpstreamException)
            {
                // How Vault does is told by its state.
                wait = AgainSoon;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // The tenants stand in the store: that it is away for a moment is no reason to end with it.
                log.LogWarning("What Vault's policy lacks could not be looked at now: {Reason}", exception.Message);
                wait = AgainSoon;
            }
            await Task.Delay(wait, time, stoppingToken);
        }
    }
}
