using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Secrets.AppRoles;

/// <summary>
/// Reads from a secret's custom metadata that it holds an AppRole's ids: <c>approle=ROLE</c>, with the role id under
/// <c>role_id</c> (or the key that <c>role_id_key</c> names) and the secret id under <c>secret_id</c> (or the key that
/// <c>secret_id_key</c> names, or the one whose value Vault knows as one).
/// </summary>
internal sealed class AppRolePlan(Func<VaultClient> vault, ITenants tenants)
{
    private const string RoleSaid = "approle";
    private const string RoleIdKeySaid = "role_id_key";
    private const string SecretIdKeySaid = "secret_id_key";
    private const string UsualRoleIdKey = "role_id";
    private const string UsualSecretIdKey = "secret_id";

    public static bool Says(VaultMetadata metadata) => Said(metadata, RoleSaid) is not null;

    /// <summary>The key that gets a new value, and the AppRole whose secret id it holds; null for none, as of the secret's other keys.</summary>
    /// <exception cref="CannotPlanException">What the metadata says can't be done.</exception>
    public async Task<(string Key, AppRoleLogin? Login)> OfAsync(
        PlannedSecret planned,
        string tenant,
        JsonElement parameters,
        CancellationToken cancellation
    )
    {
        if (Said(planned.Metadata, RoleSaid) is not { } role)
        {
            return (planned.KeyOf(parameters), null);
        }
        var path = planned.Path;
        var named = parameters.TryGetProperty("key", out _) ? planned.KeyOf(parameters) : null;
        var roleIdKey = Said(planned.Metadata, RoleIdKeySaid) ?? UsualRoleIdKey;
        if (named == roleIdKey)
        {
            throw new CannotPlanException(
                $"{named} of {path.Relative} holds the role id, which stays. Name the key with the secret id by the parameter key."
            );
        }
        var said = SaidKey(planned.Metadata, planned.Keys);
        if (said is not null && !planned.Keys.Contains(said))
        {
            throw new CannotPlanException(
                $"{SecretIdKeySaid} in the metadata of {path.Relative} names {said}, which it has not. It has {string.Join(", ", planned.Keys)}."
            );
        }
        if (said is not null && named is not null && named != said)
        {
            return (named, null);
        }
        var data =
            await vault().DataAsync(path.Full, planned.Secret.Version, cancellation)
            ?? throw new CannotPlanException($"The current version of {path.Relative} is gone.");
        await CheckRoleAsync(path, tenant, role, roleIdKey, data, cancellation);
        var (key, known) = await FindAsync(role, roleIdKey, said, data, cancellation);
        if (key is null)
        {
            throw new CannotPlanException(
                $"It is not known which key of {path.Relative} holds the secret id of {role}: Vault knows none of their values as one. Say it in its metadata: vault kv metadata patch -custom-metadata={SecretIdKeySaid}=KEY {planned.Secret.VaultPath}"
            );
        }
        return named is not null && named != key ? (named, null) : (key, AppRoleLogin.Of(role, roleIdKey, known));
    }

    /// <summary>Why the secret id that a former version holds logs in no more; null when it does, and where the secret holds none.</summary>
    public async Task<string?> WhyDeadAsync(
        SecretPath path,
        string tenant,
        VaultMetadata metadata,
        int version,
        CancellationToken cancellation
    )
    {
        if (
            Said(metadata, RoleSaid) is not { } role
            || await vault().DataAsync(path.Full, version, cancellation) is not { } data
        )
        {
            return null;
        }
        if (!await IsOfAsync(tenant, role, cancellation))
        {
            return NoRole(path, tenant, role);
        }
        var which = RotationWords.Text($"version {version} of {path.Relative}");
        var roleIdKey = Said(metadata, RoleIdKeySaid) ?? UsualRoleIdKey;
        try
        {
            var (key, known) = await FindAsync(role, roleIdKey, SaidKey(metadata, data.Keys), data, cancellation);
            return known is not null ? null
                : key is null || AppRoleSteps.TextOf(data, key) is null
                    ? $"{which} holds no secret id of {role} that Vault knows"
                : $"{which} holds a secret id of {role} that Vault no longer knows: it was destroyed, or its time is over";
        }
        catch (VaultStanding)
        {
            // A login would tell as well, and use up an id that is good for so many of them, or lock the role out.
            return $"whether the secret id of {role} that {which} holds is alive can't be told: give the dashboard's Vault policy update on auth/approle/role/{role}/secret-id/lookup";
        }
    }

    /// <summary>The key that holds the secret id, and what Vault knows of it; no key when it can't be told.</summary>
    public async Task<(string? Key, VaultSecretId? Known)> FindAsync(
        string role,
        string roleIdKey,
        string? said,
        Dictionary<string, JsonElement> data,
        CancellationToken cancellation
    )
    {
        foreach (var key in said is null ? data.Keys.Where(key => key != roleIdKey) : [said])
        {
            if (
                AppRoleSteps.TextOf(data, key) is { } secretId
                && await vault().LookUpSecretIdAsync(role, secretId, cancellation) is { } known
            )
            {
                return (key, known);
            }
        }
        // One that Vault does not know any more is replaced as well.
        return (said, null);
    }

    private async Task CheckRoleAsync(
        SecretPath path,
        string tenant,
        string role,
        string roleIdKey,
        Dictionary<string, JsonElement> data,
        CancellationToken cancellation
    )
    {
        if (
            !await IsOfAsync(tenant, role, cancellation)
            || await vault().RoleIdAsync(role, cancellation) is not { Length: > 0 } roleId
        )
        {
            throw new CannotPlanException(
                $"{NoRole(path, tenant, role)}. A role is a tenant's when its name begins with the tenant's id: vault list auth/approle/role"
            );
        }
        if (AppRoleSteps.TextOf(data, roleIdKey) != roleId)
        {
            throw new CannotPlanException(
                $"{roleIdKey} of {path.Relative} is not the role id of {role}, so a new secret id of that role would not fit it. Correct approle in its metadata, or write the role id that is used."
            );
        }
    }

    private async Task<bool> IsOfAsync(string tenant, string role, CancellationToken cancellation) =>
        VaultRoles.OwnerOf((await tenants.AllAsync(cancellation)).Select(known => known.Id), role) == tenant;

    private static string NoRole(SecretPath path, string tenant, string role) =>
        $"{tenant} has no AppRole \"{role}\" in Vault, which approle in the metadata of {path.Relative} names";

    private static string? SaidKey(VaultMetadata metadata, IEnumerable<string> keys) =>
        Said(metadata, SecretIdKeySaid) ?? (keys.Contains(UsualSecretIdKey) ? UsualSecretIdKey : null);

    private static string? Said(VaultMetadata metadata, string name) =>
        metadata.CustomMetadata?.GetValueOrDefault(name)?.Trim() is { Length: > 0 } text ? text : null;
}
