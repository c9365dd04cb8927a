using Sevensa.Dashboard.Features.Alerts.Alertmanager;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Alerts.Intake;

/// <param name="Accepted">Alerts in the message.</param>
/// <param name="Stored">That had not been known.</param>
/// <param name="Repeated">That had been told before in the same state.</param>
/// <param name="Resolved">That are over since this message.</param>
/// <param name="Unassigned">Whose labels name no tenant that there is: kept, and shown to administrators only.</param>
internal sealed record TakenIn(int Accepted, int Stored, int Repeated, int Resolved, int Unassigned);

/// <summary>Keeps what was told of alerts, each with the tenant that its labels name.</summary>
internal sealed class AlertIntake(AlertsStore store, ITenants tenants, AlertNews news, TimeProvider time)
{
    public async Task<TakenIn> TakeInAsync(IReadOnlyList<ToldAlert> alerts, CancellationToken cancellation)
    {
        var (known, now) = (await KnownAsync(cancellation), time.GetUtcNow());
        var rows = alerts
            .Select(alert =>
                AlertFacts.Row(
                    AlertFacts.TenantOf(alert.Labels, known) ?? "",
                    alert.Fingerprint ?? AlertFacts.Fingerprint(alert.Labels),
                    alert.Labels,
                    alert.Annotations,
                    alert.StartsAt ?? now,
                    alert.Resolved ? alert.EndsAt ?? now : null,
                    held: false,
                    now
                )
            )
            .ToList();
        var kept = await store.KeepAsync(rows, cancellation);
        if (kept.New + kept.Ended > 0)
        {
            news.Raise();
        }
        return new TakenIn(rows.Count, kept.New, kept.Repeated, kept.Ended, rows.Count(row => row.Tenant.Length == 0));
    }

    /// <summary>What Alertmanager holds now; what it held and holds no more is over.</summary>
    public async Task LookAtAsync(IReadOnlyList<HeldAlert> held, DateTimeOffset began, CancellationToken cancellation)
    {
        var (known, now) = (await KnownAsync(cancellation), time.GetUtcNow());
        var rows = held.Select(alert =>
                AlertFacts.Row(
                    AlertFacts.TenantOf(alert.Labels, known) ?? "",
                    alert.Fingerprint,
                    alert.Labels,
                    alert.Annotations,
                    alert.StartsAt,
                    null,
                    held: true,
                    now
                )
            )
            .ToList();
        var kept = await store.KeepAsync(rows, cancellation);
        var ended = await store.EndAsync(
            held.Select(alert => alert.Fingerprint).ToHashSet(StringComparer.Ordinal),
            began,
            now,
            cancellation
        );
        if (kept.New + kept.Ended + ended > 0)
        {
            news.Raise();
        }
    }

    private async Task<IReadOnlySet<string>> KnownAsync(CancellationToken cancellation) =>
        (await tenants.AllAsync(cancellation)).Select(tenant => tenant.Id).ToHashSet(StringComparer.Ordinal);
}
