using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Accounts;

/// <summary>Nobody is given a tenant that does not exist: it would be theirs on the day somebody makes one of that name.</summary>
internal static class GivenTenants
{
    /// <exception cref="AccountException">One of them does not exist, or is named twice.</exception>
    public static async Task RequireAsync(
        this ITenantNames tenants,
        IReadOnlyList<string> given,
        CancellationToken cancellation
    )
    {
        if (given.Count == 0)
        {
            return;
        }
        var known = await tenants.NamesAsync(cancellation);
        if (given.FirstOrDefault(id => known.All(tenant => tenant.Id != id)) is { } unknown)
        {
            var shown = unknown is null ? null : StoreText.Shorten(unknown, 63);
            throw new AccountException(
                $"There is no tenant \"{shown}\". There are {string.Join(", ", known.Select(tenant => tenant.Id))}."
            );
        }
        if (given.GroupBy(id => id).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new AccountException($"The tenant \"{twice.Key}\" is named twice.");
        }
    }
}
