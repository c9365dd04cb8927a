using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Secrets.Rights;

/// <summary>A right that the dashboard's token lacks in Vault, and what can't be done without it.</summary>
/// <param name="Feature">In words for people.</param>
/// <param name="Right">As a policy says it: "update on database/rotate-role/*".</param>
internal sealed record LackingRight(string Feature, string Right);

/// <summary>What the dashboard's token may do in Vault, held against what its features need.</summary>
internal sealed class VaultRights(Func<VaultClient> clients, ITenants tenants, IOptions<SecretsOptions> options)
{
    /// <summary>Stands for any secret, role or policy of that kind; nothing of this name has to be there.</summary>
    private const string Any = "sevensa-rights";

    private volatile IReadOnlyList<LackingRight> lacking = [];

    /// <summary>As it was when Vault was last asked; empty before that.</summary>
    public IReadOnlyList<LackingRight> Lacking => lacking;

    /// <exception cref="Platform.Http.UpstreamException">Vault did not say.</exception>
    public async Task<IReadOnlyList<LackingRight>> AskAsync(CancellationToken cancellation)
    {
        var tenant = (await tenants.AllAsync(cancellation)).Select(one => one.Id).FirstOrDefault() ?? Any;
        var needs = Needs(options.Value.Mount, tenant);
        var may = await clients().CapabilitiesAsync([.. needs.Select(need => need.Asked).Distinct()], cancellation);
        return lacking = [
            .. needs
                .Where(need =>
                    may.GetValueOrDefault(need.Asked) is not { } has
                    || !has.Contains("root", StringComparer.Ordinal)
                        && !has.Contains(need.Right, StringComparer.Ordinal)
                )
                .Select(need => new LackingRight(need.Feature, $"{need.Right} on {need.Path}")),
        ];
    }

    private static IReadOnlyList<(string Feature, string Right, string Path, string Asked)> Needs(
        string mount,
        string tenant
    )
    {
        const string ages = "Secrets, their ages and what is due";
        const string values = "Rotation, rehearsal, restoring and entering of secrets";
        const string logins = "Rotation of a database's logins";
        const string leases = "The leases board";
        return
        [
            (ages, "list", $"{mount}/metadata/*", $"{mount}/metadata/{tenant}/"),
            (ages, "read", $"{mount}/metadata/*", $"{mount}/metadata/{tenant}/{Any}"),
            (values, "read", $"{mount}/data/*", $"{mount}/data/{tenant}/{Any}"),
            (values, "update", $"{mount}/data/*", $"{mount}/data/{tenant}/{Any}"),
            ("Handing secrets over", "read", $"{mount}/data/*", $"{mount}/data/{tenant}/{Any}"),
            ("That plans say how many versions are kept", "read", $"{mount}/config", $"{mount}/config"),
            (logins, "read", "database/static-roles/*", $"database/static-roles/{tenant}-{Any}"),
            (logins, "read", "database/static-creds/*", $"database/static-creds/{tenant}-{Any}"),
            (logins, "update", "database/rotate-role/*", $"database/rotate-role/{tenant}-{Any}"),
            (
                "Values by Vault's password policies",
                "read",
                "sys/policies/password/+/generate",
                $"sys/policies/password/{Any}/generate"
            ),
            (leases, "list", "sys/leases/lookup/*", "sys/leases/lookup/database/creds/"),
            (leases, "update", "sys/leases/lookup", "sys/leases/lookup"),
            (
                "Plans that revoke leases, for the database behind a role",
                "read",
                "database/roles/*",
                $"database/roles/{tenant}-{Any}"
            ),
            ("Revoking leases", "update", "sys/leases/revoke", "sys/leases/revoke"),
        ];
    }
}
