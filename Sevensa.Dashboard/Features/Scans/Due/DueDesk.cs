using System.Globalization;
using System.Text.Json;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Scans.Due;

/// <summary>Within how many days a tenant's findings are due.</summary>
/// <param name="IsOwn">False: the installation's.</param>
internal sealed record DueView(string Tenant, DueDays Days, bool IsOwn, string? ChangedBy, DateTimeOffset? ChangedAt);

/// <summary>Who reads and changes how soon findings are due.</summary>
internal sealed class DueDesk(
    DuePolicyStore store,
    DuePolicies policies,
    ITenantScopes scopes,
    IAuditLog audit,
    TimeProvider time
)
{
    private static readonly JsonSerializerOptions Told = new(JsonSerializerDefaults.Web);

    /// <exception cref="UnknownTenantException">404</exception>
    public async Task<DueView> OfAsync(Caller caller, string tenant, CancellationToken cancellation)
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        var own = (await store.AllAsync(cancellation)).GetValueOrDefault(tenant);
        return new DueView(tenant, own?.Days ?? policies.Usual, own is not null, own?.ChangedBy, own?.ChangedAt);
    }

    /// <param name="days">Whole: what is null is never due. Null: the installation's hold again.</param>
    /// <exception cref="UnknownTenantException">404</exception>
    /// <exception cref="ForbiddenException">403</exception>
    /// <exception cref="UndecidableException">422</exception>
    public async Task<DueView> ChangeAsync(Caller caller, string tenant, DueDays? days, CancellationToken cancellation)
    {
        var before = await OfAsync(caller, tenant, cancellation);
        if (!caller.MayPropose)
        {
            throw new ForbiddenException("How soon findings are due is decided by operators and administrators.");
        }
        if (days is not null && Each(days).Any(one => one is < 1 or > DueDays.Most))
        {
            throw new UndecidableException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"A finding is due within 1 to {DueDays.Most} days. Leave a severity out whose findings are never due."
                )
            );
        }
        await audit.AppendAsync(
            new AuditEntry(
                caller.Actor(),
                "finding.dueChanged",
                tenant,
                tenant,
                Detail: days is null
                    ? "Findings are due by the installation's days again"
                    : $"Findings are due within {Words(days)}",
                Before: JsonSerializer.SerializeToElement(before.Days, Told),
                After: JsonSerializer.SerializeToElement(days ?? policies.Usual, Told)
            ),
            cancellation
        );
        await (
            days is null
                ? store.RemoveAsync(tenant, cancellation)
                : store.PutAsync(tenant, days, caller.Name, time.GetUtcNow(), cancellation)
        );
        return await OfAsync(caller, tenant, cancellation);
    }

    /// <summary>"7 days (critical), 30 days (high)".</summary>
    public static string Words(DueDays days) =>
        string.Join(
            ", ",
            new (string Name, int? Days)[]
            {
                ("known to be exploited", days.Exploited),
                ("reached from outside its host", days.Exposed),
                ("critical", days.Critical),
                ("high", days.High),
                ("medium", days.Medium),
                ("low", days.Low),
                ("unknown", days.Unknown),
            }
                .Where(one => one.Days is not null)
                .Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Days} days ({one.Name})"))
                .DefaultIfEmpty("no time at all: none is ever due")
        );

    private static IEnumerable<int?> Each(DueDays days) =>
        [days.Critical, days.High, days.Medium, days.Low, days.Unknown, days.Exploited, days.Exposed];
}
