using System.Text.Json;
using Sevensa.Dashboard.Features.Databases.Contracts;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>Credentials of database roles that were just made, as key/value secrets of their tenant.</summary>
internal sealed class VaultedCredentials(Func<VaultClient> vault, ITenantScopes scopes) : IVaultedCredentials
{
    public async Task<int> VersionAsync(string tenant, string path, CancellationToken cancellation) =>
        (await vault().MetadataAsync(Full(tenant, path), cancellation))?.CurrentVersion ?? 0;

    public Task<int?> WriteAsync(
        string tenant,
        string path,
        int version,
        IReadOnlyDictionary<string, string> values,
        CancellationToken cancellation
    ) =>
        vault()
            .WriteAsync(
                Full(tenant, path),
                values.ToDictionary(one => one.Key, one => JsonSerializer.SerializeToElement(one.Value)),
                version,
                cancellation
            );

    private string Full(string tenant, string path) =>
        SecretPath.TryOf(scopes.ForSystem(tenant), tenant, path, out var found)
            ? found.Full
            : throw new ArgumentException($"\"{path}\" can't be the path of a secret.", nameof(path));
}
