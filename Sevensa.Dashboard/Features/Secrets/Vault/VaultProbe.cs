using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Secrets.Vault;

/// <summary>Asks Vault whether it is unsealed, and now and then whether it still knows the dashboard.</summary>
internal sealed class VaultProbe(Func<VaultClient> vault, IOptions<SecretsOptions> options) : IUpstreamProbe
{
    public string Name => VaultClient.Name;

    public string? Missing =>
        options.Value.IsConfigured ? null : "Set Vault:Address, and Vault:TokenFile or an AppRole.";

    public Task ProbeAsync(CancellationToken cancellation) => vault().ProbeAsync(cancellation);
}
