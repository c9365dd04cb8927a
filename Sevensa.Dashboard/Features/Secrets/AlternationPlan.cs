using System.Globalization;
using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Databases.Contracts;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>
/// Reads from a secret's custom metadata which two logins take turns in it: <c>static_roles=ROLE,ROLE</c>, and where they can be
/// tried, <c>database=INSTANCE</c> or <c>INSTANCE/DATABASE</c> (without it: the instance named like Vault's connection).
/// </summary>
internal sealed class AlternationPlan(Func<VaultClient> vault, ITenants tenants, IEnumerable<IDatabaseLogins> databases)
{
    private const string Roles = "static_roles";
    private const string Database = "database";
    private const string UserKey = "username_key";

    public static bool Says(VaultMetadata metadata) =>
        metadata.CustomMetadata?.GetValueOrDefault(Roles) is { Length: > 0 };

    /// <summary>Names of the roles that the metadata says; empty when it says none.</summary>
    public static IReadOnlyList<string> RolesOf(IReadOnlyDictionary<string, string>? custom) =>
        custom
            ?.GetValueOrDefault(Roles)
            ?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        ?? [];

    /// <summary>Null when the secret is of no such login, and where its password lies under another key.</summary>
    /// <param name="key">Which key holds the password.</param>
    /// <exception cref="CannotPlanException">What the metadata says can't be done.</exception>
    public async Task<Alternation?> OfAsync(
        SecretPath path,
        string tenant,
        VaultMetadata metadata,
        string key,
        CancellationToken cancellation
    )
    {
        if (metadata.CustomMetadata?.GetValueOrDefault(Roles) is not { Length: > 0 } text)
        {
            return null;
        }
        var names = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (names is not [var first, var second] || first == second)
        {
            throw new CannotPlanException(
                $"static_roles in the metadata of {path.Relative} names {names.Length} role(s). Two logins take turns: static_roles={tenant}-a,{tenant}-b"
            );
        }
        var userKey = metadata.CustomMetadata.GetValueOrDefault(UserKey) ?? "username";
        if (userKey == key)
        {
            throw new CannotPlanException(
                $"{key} of {path.Relative} holds the login's name. Name the key with its password by the parameter key."
            );
        }
        var (one, connection) = await KeptAsync(path, tenant, first, cancellation);
        var (other, otherConnection) = await KeptAsync(path, tenant, second, cancellation);
        if (connection != otherConnection)
        {
            throw new CannotPlanException(
                $"{first} is a login of {connection} and {second} one of {otherConnection}: two that take turns are of one database."
            );
        }
        var data =
            await vault().DataAsync(path.Full, metadata.CurrentVersion, cancellation)
            ?? throw new CannotPlanException($"The current version of {path.Relative} is gone.");
        var holds = data.TryGetValue(userKey, out var user) && user.ValueKind == JsonValueKind.String;
        var (next, former) =
            holds && user.ValueEquals(one.User) ? (other, one)
            : holds && user.ValueEquals(other.User) ? (one, other)
            : throw new CannotPlanException(
                $"{userKey} of {path.Relative} names neither {one.User} nor {other.User}, so it is not known which of the two is in use. Correct static_roles in its metadata, or write the login that is used."
            );
        var kept = await vault().StaticLoginAsync(VaultRoles.StaticCredentials + former.Role, cancellation);
        if (
            kept?.Password is { } password
            && !Holds(data, key, password)
            && data.Keys.Any(other => other != userKey && Holds(data, other, password))
        )
        {
            return null;
        }
        var (instance, database) = Place(metadata.CustomMetadata.GetValueOrDefault(Database), connection);
        return new Alternation(userKey, next, former, instance, database);
    }

    /// <summary>
    /// Why the login that a former version holds opens nothing any more, as Vault keeps its password; null when it does, and where
    /// the secret is of no such login.
    /// </summary>
    public async Task<string?> WhyDeadAsync(
        SecretPath path,
        string tenant,
        VaultMetadata metadata,
        int version,
        CancellationToken cancellation
    )
    {
        if (
            metadata.CustomMetadata?.GetValueOrDefault(Roles) is not { Length: > 0 } text
            || await vault().DataAsync(path.Full, version, cancellation) is not { } data
        )
        {
            return null;
        }
        var userKey = metadata.CustomMetadata.GetValueOrDefault(UserKey) ?? "username";
        var which = string.Create(CultureInfo.InvariantCulture, $"version {version} of {path.Relative}");
        foreach (var role in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            KeptLogin login;
            try
            {
                (login, _) = await KeptAsync(path, tenant, role, cancellation);
            }
            catch (CannotPlanException exception)
            {
                return exception.Message.TrimEnd('.');
            }
            if (!Holds(data, userKey, login.User))
            {
                continue;
            }
            var kept = await vault().StaticLoginAsync(VaultRoles.StaticCredentials + role, cancellation);
            return kept?.Password is { } password && data.Keys.Any(key => key != userKey && Holds(data, key, password))
                ? null
                : $"{which} holds a password of {login.User} that is no longer the one that Vault keeps for it: it was taken from service since";
        }
        return $"{userKey} in {which} names none of the logins that Vault keeps for it ({text})";
    }

    private static bool Holds(Dictionary<string, JsonElement> data, string key, string text) =>
        data.TryGetValue(key, out var value) && value.ValueKind == JsonValueKind.String && value.ValueEquals(text);

    /// <summary>The instance of the configuration that a connection of Vault's is of; null when there is none.</summary>
    /// <param name="said"><c>INSTANCE</c> or <c>INSTANCE/DATABASE</c>; null for the one named like the connection.</param>
    public (string? Instance, string? Database) Place(string? said, string connection)
    {
        var (instance, database) = said?.Split('/', 2) is [var name, var inside]
            ? (name, inside)
            : (said ?? connection, null);
        return databases.FirstOrDefault()?.Knows(instance) == true ? (instance, database) : (null, null);
    }

    /// <summary>A static role that is the tenant's.</summary>
    /// <exception cref="CannotPlanException">It is not there, or another's: the same answer.</exception>
    public async Task<(KeptLogin Login, string Connection)> KeptAsync(
        SecretPath? path,
        string tenant,
        string role,
        CancellationToken cancellation
    )
    {
        var ids = (await tenants.AllAsync(cancellation)).Select(known => known.Id);
        return
            VaultRoles.OwnerOf(ids, role) == tenant
            && await vault().StaticRoleAsync(role, cancellation) is { Username: { Length: > 0 } user } found
            ? (new KeptLogin(role, user), found.DbName ?? "")
            : throw new CannotPlanException(
                $"{tenant} has no static role \"{role}\" in Vault's database engine{(path is null ? "" : $", which static_roles in the metadata of {path.Relative} names")}. A role is a tenant's when its name begins with the tenant's id: vault list database/static-roles"
            );
    }
}
