using System.Text.Json;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>
/// Finds the secret that hands out a static role's login now. Its password stands there as well, so that a new one for the login
/// alone would leave a wrong one in the secret, and refuse whoever reads it.
/// </summary>
internal sealed class UsedLogins(SecretCatalogue secrets, Func<VaultClient> clients)
{
    /// <returns>
    /// The secret's path below the tenant; null when none holds the login's present password, or the policy does not let it be seen.
    /// </returns>
    public async Task<string?> WhereAsync(TenantScope scope, string tenant, string role, CancellationToken cancellation)
    {
        try
        {
            await foreach (var secret in secrets.AllAsync(scope, tenant, cancellation))
            {
                if (
                    secret.State == SecretStates.Live
                    && secret.Logins.Contains(role)
                    && SecretPath.TryOf(scope, tenant, secret.Path, out var path)
                    && await HoldsAsync(path, secret.Version, role, cancellation)
                )
                {
                    return secret.Path;
                }
            }
        }
        catch (UpstreamException exception) when (exception.Status is 403 or 404)
        {
            // Whoever may rotate logins need not be one who may read secrets.
            return null;
        }
        return null;
    }

    private async Task<bool> HoldsAsync(SecretPath path, int version, string role, CancellationToken cancellation)
    {
        var vault = clients();
        var data = await vault.DataAsync(path.Full, version, cancellation);
        var kept = await vault.StaticLoginAsync(VaultRoles.StaticCredentials + role, cancellation);
        return kept?.Password is { } password
            && data?.Values.Any(value => value.ValueKind == JsonValueKind.String && value.ValueEquals(password))
                == true;
    }
}
