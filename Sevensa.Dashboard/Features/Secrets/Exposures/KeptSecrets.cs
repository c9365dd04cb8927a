using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Secrets.Exposures;

/// <summary>Secrets that are to become files, by Vault's metadata.</summary>
internal sealed class KeptSecrets(SecretCatalogue secrets) : IKeptSecrets
{
    public KeptPlace? PlaceOf(string tenant, string service, string variable) =>
        PutCommand.PathOf(tenant, service, variable) is { } path ? new KeptPlace(path, PutCommand.Key) : null;

    public async Task<string?> WhyNotAsync(
        TenantScope scope,
        string tenant,
        string path,
        CancellationToken cancellation
    ) =>
        await secrets.FindAsync(scope, tenant, path, cancellation) switch
        {
            null =>
                $"There is no secret {path} in Vault. Write the value there first; Secrets in the open has the command.",
            { Kind: "kv", State: SecretStates.Live, Path: var found } => found == path
                ? null
                : $"{path} is {found} below the tenant: name it so with the parameter path.",
            { Kind: "kv" } secret => $"{path} is {secret.State}: write its value to Vault first.",
            _ => $"{path} is kept in an engine without versions, of which nothing is handed out as a file.",
        };
}
