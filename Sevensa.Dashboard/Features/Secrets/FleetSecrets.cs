using Sevensa.Dashboard.Features.Secrets.Schedules;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>A secret that somebody has to look at.</summary>
/// <param name="DueAt">By its rule where one holds for it, else its own; null where that is not known.</param>
/// <param name="Rule">The rule's name.</param>
internal sealed record WantedSecret(string Tenant, Secret Secret, DateTimeOffset? DueAt, bool Overdue, string? Rule);

/// <param name="Items">Overdue first, then what is not well, then by when it is due.</param>
/// <param name="Total">How many secrets there are in all.</param>
/// <param name="Missing">Tenants whose secrets Vault did not tell of, with its words.</param>
internal sealed record WantedSecrets(IReadOnlyList<WantedSecret> Items, int Total, IReadOnlyList<Untold> Missing);

/// <summary>What wants somebody among the secrets of all tenants: overdue, due soon, deleted, or not told of.</summary>
internal sealed class FleetSecrets(SecretCatalogue secrets, ScheduleStore store, TimeProvider time)
{
    /// <exception cref="UpstreamException">Vault told of no tenant's.</exception>
    public async Task<WantedSecrets> OfAsync(TenantScope scope, int days, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var (found, missing, total) = (new List<WantedSecret>(), new List<Untold>(), 0);
        UpstreamException? first = null;
        foreach (var tenant in scope.Tenants)
        {
            var rules = await store.FindAsync(tenant, cancellation);
            try
            {
                await foreach (var secret in secrets.AllAsync(scope, tenant, cancellation))
                {
                    total++;
                    var rule = rules.For(secret.Path) is { Paused: false } holds ? holds : null;
                    var due = secret.State != SecretStates.Live ? null : rule?.DueOf(secret) ?? secret.DueAt;
                    if (secret.State != SecretStates.Live || due <= now.AddDays(days))
                    {
                        found.Add(new WantedSecret(tenant, secret, due, due < now, rule?.Name));
                    }
                }
            }
            catch (UpstreamException exception)
            {
                first ??= exception;
                missing.Add(new Untold(tenant, exception.Told));
            }
        }
        return first is not null && missing.Count == scope.Tenants.Count
            ? throw first
            : new WantedSecrets(
                [
                    .. found
                        .OrderByDescending(one => one.Overdue)
                        .ThenBy(one => one.Secret.State == SecretStates.Live)
                        .ThenBy(one => one.DueAt)
                        .ThenBy(one => one.Tenant, StringComparer.Ordinal)
                        .ThenBy(one => one.Secret.Path, StringComparer.Ordinal),
                ],
                total,
                missing
            );
    }
}
