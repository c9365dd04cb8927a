using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>A dynamic credential that Vault gave out and that still works.</summary>
/// <param name="Kind"><c>database</c></param>
public sealed record Lease(
    string Id,
    string Tenant,
    string Kind,
    string Role,
    DateTimeOffset IssuedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? RenewedAt,
    bool Renewable
);

/// <summary>Leases of the database engine. A role belongs to the tenant whose id its name is, or begins with: <c>rentguy-app</c>.</summary>
internal sealed class LeaseCatalogue(Func<VaultClient> vault, ITenants tenants)
{
    private const int Most = 500;

    public async Task<IReadOnlyList<Lease>> AliveAsync(TenantScope scope, CancellationToken cancellation)
    {
        var client = vault();
        var ids = (await tenants.AllAsync(cancellation)).Select(tenant => tenant.Id).ToList();
        var alive = new List<Lease>();
        foreach (var folder in await client.LeasedRolesAsync(cancellation))
        {
            var role = folder.TrimEnd('/');
            // The longest id wins, so that "psra" never gets what is "psra-ltsd"'s.
            var owner = ids.Where(id => role == id || role.StartsWith(id + "-", StringComparison.Ordinal))
                .MaxBy(id => id.Length);
            if (!scope.Holds(owner))
            {
                continue;
            }
            foreach (var name in (await client.LeasesOfAsync(role, cancellation)).Take(Most - alive.Count))
            {
                if (await client.LeaseAsync($"database/creds/{role}/{name}", cancellation) is { } lease)
                {
                    alive.Add(
                        new Lease(
                            lease.Id,
                            owner!,
                            "database",
                            role,
                            lease.IssueTime,
                            lease.ExpireTime,
                            lease.LastRenewal,
                            lease.Renewable
                        )
                    );
                }
            }
        }
        return [.. alive.OrderBy(lease => lease.ExpiresAt)];
    }
}
