using System.Globalization;
using System.Security.Cryptography;
using Sevensa.Dashboard.Features.Databases.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Databases.Provision;

/// <summary>The credentials of a place in Vault: written there, and told of where the place did not come to be.</summary>
internal sealed class PlaceSecrets(IEnumerable<IVaultedCredentials> vaults)
{
    private const string Alphabet = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    private const int PasswordLength = 32;

    public static string NewPassword() => RandomNumberGenerator.GetString(Alphabet, PasswordLength);

    public async Task KeepAsync(
        string tenant,
        TenantPlace place,
        Instance instance,
        (string Owner, string Login) passwords,
        CancellationToken cancellation
    )
    {
        await KeepAsync(tenant, place, instance, place.Owner, place.OwnerVersion, passwords.Owner, cancellation);
        await KeepAsync(tenant, place, instance, place.Login, place.LoginVersion, passwords.Login, cancellation);
    }

    /// <summary>Writes where a place is from now on, after whatever is there.</summary>
    /// <param name="at">The instance whose secrets are written: services may read those of the one that it was moved from.</param>
    public async Task LeadAsync(
        string tenant,
        string at,
        TenantPlace place,
        Instance instance,
        (string Owner, string Login) passwords
    )
    {
        foreach (var (role, password) in new[] { (place.Owner, passwords.Owner), (place.Login, passwords.Login) })
        {
            var version = await Provisioning
                .Vault(vaults)
                .VersionAsync(tenant, MadePlaces.VaultPathOf(at, role), CancellationToken.None);
            await KeepAsync(
                tenant,
                place with
                {
                    Instance = at,
                },
                instance,
                role,
                version,
                password,
                CancellationToken.None
            );
        }
    }

    /// <summary>
    /// What is in Vault of a place that is not there, as a sentence with a blank before it; nothing when nothing is. Vault is
    /// asked: the answer to a write may have been lost.
    /// </summary>
    public async Task<string> LeftAsync(string tenant, TenantPlace place)
    {
        var (left, open) = (new List<string>(), new List<string>());
        await AskAsync(place.Owner, place.OwnerVersion);
        await AskAsync(place.Login, place.LoginVersion);
        return (
                left.Count == 0
                    ? ""
                    : $" In Vault {string.Join(" and ", left)} stay{(left.Count == 1 ? "s" : "")}, and lead{(left.Count == 1 ? "s" : "")} nowhere."
            )
            + (
                open.Count == 0
                    ? ""
                    : $" Vault does not answer whether {string.Join(" and ", open)} was written; what is there leads nowhere."
            );

        async Task AskAsync(string role, int version)
        {
            var path = MadePlaces.VaultPathOf(place.Instance, role);
            try
            {
                if (await Provisioning.Vault(vaults).VersionAsync(tenant, path, CancellationToken.None) > version)
                {
                    left.Add(path);
                }
            }
            catch (Exception exception) when (exception is UpstreamException or Actions.Contracts.CannotPlanException)
            {
                open.Add(path);
            }
        }
    }

    private async Task KeepAsync(
        string tenant,
        TenantPlace place,
        Instance instance,
        string role,
        int version,
        string password,
        CancellationToken cancellation
    )
    {
        var path = MadePlaces.VaultPathOf(place.Instance, role);
        var written = await Provisioning
            .Vault(vaults)
            .WriteAsync(
                tenant,
                path,
                version,
                new Dictionary<string, string>
                {
                    ["username"] = role,
                    ["password"] = password,
                    ["host"] = instance.Host,
                    ["port"] = instance.Port.ToString(CultureInfo.InvariantCulture),
                    ["database"] = place.Database,
                },
                cancellation
            );
        if (written is null)
        {
            throw new UpstreamException(
                instance.Upstream,
                UpstreamFault.Refused,
                $"The secret {path} was written since this was planned, so it was left as it is."
            );
        }
    }
}
