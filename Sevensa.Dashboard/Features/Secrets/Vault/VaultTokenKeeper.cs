using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Secrets.Vault;

/// <summary>Keeps the token of <c>Vault:TokenFile</c> alive for as long as Vault lets it.</summary>
internal sealed class VaultTokenKeeper(
    Func<VaultClient> vault,
    VaultSession session,
    IOptions<SecretsOptions> options,
    TimeProvider time,
    ILogger<VaultTokenKeeper> log
) : BackgroundService
{
    /// <summary>How soon a token that somebody puts into the file is noticed.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value is not { IsConfigured: true, TokenFile: not null, SandboxToken: null })
        {
            return;
        }
        var told = "";
        DateTimeOffset? toldEnd = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            var next = time.GetUtcNow() + Longest;
            try
            {
                (next, var end) = await session.KeepAsync(vault(), stoppingToken);
                told = "";
                if (end is not null && end != toldEnd)
                {
                    log.LogWarning(
                        "The token in Vault:TokenFile ends at {End:u} and can't be renewed: put a new one there before",
                        toldEnd = end
                    );
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (UpstreamException exception)
            {
                // The upstream's state tells it too; the record of the program has it once.
                if (exception.Message != told)
                {
                    log.LogWarning(
                        "Vault's token could not be kept alive: {Words} {Remedy}",
                        told = exception.Message,
                        exception.Remedy
                    );
                }
            }
            var wait = next - time.GetUtcNow();
            await Task.Delay(
                wait > Longest ? Longest
                    : wait < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1)
                    : wait,
                time,
                stoppingToken
            );
        }
    }
}
