using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>A dynamic credential that Vault gave out and has not taken back yet.</summary>
/// <param name="Kind"><c>database</c></param>
/// <param name="State">
/// <c>alive</c>; <c>lapsed</c>: its time is over and Vault could not take it back yet, so that it may still open what it opened;
/// <c>irrevocable</c>: Vault has given up trying.
/// </param>
/// <param name="Reason">Why Vault could not take it back, in its words.</param>
internal sealed record Lease(
    string Id,
    string Tenant,
    string Kind,
    string Role,
    DateTimeOffset IssuedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? RenewedAt,
    bool Renewable,
    string State = "alive",
    string? Reason = null
)
{
    /// <summary>Containers whose labels say that they have a login of this role; which one is whose Vault does not tell.</summary>
    public IReadOnlyList<string> Consumers { get; init; } = [];
}

/// <summary>What Vault did not tell.</summary>
/// <param name="Path">As Vault names it.</param>
/// <param name="Reason">In Vault's words, and what to do.</param>
internal sealed record Untold(string Path, string Reason);

/// <summary>A page of leases, those that end first at the top.</summary>
/// <param name="Next">Where the next page begins; null on the last.</param>
/// <param name="Missing">What Vault did not tell on this page; empty when it told everything.</param>
internal sealed record LeaseList(IReadOnlyList<Lease> Items, string? Next, IReadOnlyList<Untold> Missing);

/// <summary>Leases of the database engine. A role belongs to the tenant whose id its name is, or begins with: <c>rentguy-app</c>.</summary>
internal sealed class LeaseCatalogue(Func<VaultClient> vault, ITenants tenants, TimeProvider time)
{
    private const string Root = VaultRoles.Credentials;
    private const int AtOnce = 8;
    private const int MostRefusals = 20;
    private const int LongestReason = 400;

    /// <param name="after">Role and lease after which the page begins: <c>rentguy-app/abc</c>.</param>
    public async Task<LeaseList> AliveAsync(TenantScope scope, string? after, int most, CancellationToken cancellation)
    {
        var client = vault();
        var missing = new List<Untold>();
        var names = await NamesAsync(client, scope, after, most, missing, cancellation);
        var wanted = names.Take(most).ToList();
        var looks = new VaultLook<VaultLease>[wanted.Count];
        var refusals = 0;
        await Parallel.ForEachAsync(
            Enumerable.Range(0, wanted.Count),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation },
            async (at, stop) =>
            {
                if (Volatile.Read(ref refusals) >= MostRefusals)
                {
                    return;
                }
                looks[at] = await client.LookAtLeaseAsync(Root + wanted[at].Name, stop);
                if (looks[at].Refusal is not null)
                {
                    Interlocked.Increment(ref refusals);
                }
            }
        );
        // What is refused for one lease is refused for all: it is one path that answers for them.
        if (looks.FirstOrDefault(look => look.Refusal is not null).Refusal is { } refusal)
        {
            missing.Add(new Untold("sys/leases/lookup", Words(refusal)));
        }
        var now = time.GetUtcNow();
        return new LeaseList(
            [
                .. looks
                    .Zip(wanted)
                    .Where(pair => pair.First.Value is not null)
                    .Select(pair => Of(pair.First.Value!, pair.Second.Role, pair.Second.Owner, now))
                    .OrderBy(lease => lease.ExpiresAt),
            ],
            names.Count > most ? wanted[^1].Name : null,
            missing
        );
    }

    /// <summary>All leases of a role, if it is the tenant's; none otherwise.</summary>
    /// <exception cref="UpstreamException">Vault does not tell of one of them.</exception>
    public async Task<IReadOnlyList<Lease>> OfRoleAsync(string tenant, string role, CancellationToken cancellation)
    {
        var ids = (await tenants.AllAsync(cancellation)).Select(known => known.Id);
        if (VaultRoles.OwnerOf(ids, role) != tenant)
        {
            return [];
        }
        var client = vault();
        var names = await client.LookIntoLeasesAsync(role, cancellation);
        if (names.Refusal is { } refusal)
        {
            throw refusal.Exception;
        }
        var now = time.GetUtcNow();
        var found = new Lease?[names.Value?.Count ?? 0];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, found.Length),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation },
            async (at, stop) =>
            {
                var look = await client.LookAtLeaseAsync($"{Root}{role}/{names.Value![at]}", stop);
                found[at] =
                    look.Refusal is { } one ? throw one.Exception
                    : look.Value is { } lease ? Of(lease, role, tenant, now)
                    : null;
            }
        );
        return [.. found.OfType<Lease>().OrderBy(lease => lease.Id, StringComparer.Ordinal)];
    }

    /// <summary>Up to one more than a page, in the order of role and lease.</summary>
    private async Task<List<(string Name, string Role, string Owner)>> NamesAsync(
        VaultClient client,
        TenantScope scope,
        string? after,
        int most,
        List<Untold> missing,
        CancellationToken cancellation
    )
    {
        var ids = (await tenants.AllAsync(cancellation)).Select(tenant => tenant.Id).ToList();
        var names = new List<(string Name, string Role, string Owner)>();
        var roles = (await client.LeasedRolesAsync(cancellation))
            .Order(StringComparer.Ordinal)
            .Where(folder =>
                after is null
                || string.CompareOrdinal(folder, after) >= 0
                || after.StartsWith(folder, StringComparison.Ordinal)
            )
            .Select(folder => folder.TrimEnd('/'))
            .Select(role => (Role: role, Owner: VaultRoles.OwnerOf(ids, role)))
            .Where(one => scope.Holds(one.Owner));
        // Some at once, and no more than a page needs.
        foreach (var some in roles.Chunk(AtOnce))
        {
            var looks = await Task.WhenAll(some.Select(one => client.LookIntoLeasesAsync(one.Role, cancellation)));
            foreach (var ((role, owner), look) in some.Zip(looks))
            {
                if (look.Refusal is { } refusal)
                {
                    missing.Add(new Untold($"sys/leases/lookup/{Root}{role}", Words(refusal)));
                    continue;
                }
                names.AddRange(
                    (look.Value ?? [])
                        .Select(name => (Name: $"{role}/{name}", role, owner!))
                        .Where(one => after is null || string.CompareOrdinal(one.Name, after) > 0)
                        .OrderBy(one => one.Name, StringComparer.Ordinal)
                        .Take(most + 1 - names.Count)
                );
                if (names.Count > most)
                {
                    return names;
                }
            }
        }
        return names;
    }

    private static Lease Of(VaultLease lease, string role, string owner, DateTimeOffset now)
    {
        var reason = lease.RevokeError is { } words ? StoreText.Shorten(words, LongestReason) : null;
        return new Lease(
            lease.Id,
            owner,
            "database",
            role,
            lease.IssueTime,
            lease.ExpireTime,
            lease.LastRenewal,
            lease.Renewable,
            !string.IsNullOrEmpty(reason) ? "irrevocable"
                : lease.Ttl < 0 || lease.ExpireTime < now ? "lapsed"
                : "alive",
            reason
        );
    }

    private static string Words(VaultRefusal refusal) =>
        $"Vault: {refusal.Exception.Message.TrimEnd('.')}. {refusal.Exception.Remedy}".TrimEnd();
}
