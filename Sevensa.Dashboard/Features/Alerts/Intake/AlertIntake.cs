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
        // Who does not say when it began tells of what is open.
        var open = await store.OpenSinceAsync(
            [.. alerts.Where(alert => alert.StartsAt is null).Select(FingerprintOf)],
            cancellation
        );
        var rows = alerts.Select(alert => (Alert: alert, Rows: Rows(alert).ToList())).ToList();
        var kept = await store.KeepAsync([.. rows.SelectMany(one => one.Rows)], cancellation);
        if (kept.IsNews)
        {
            news.Raise();
        }
        return new TakenIn(
            alerts.Count,
            kept.New,
            // The end of what is not open is no news.
            kept.Repeated + rows.Count(one => one.Rows.Count == 0),
            kept.Ended,
            rows.Count(one => TenantOf(one.Alert).Length == 0)
        );

        string TenantOf(ToldAlert alert) => AlertFacts.TenantOf(alert.Labels, known) ?? "";

        IEnumerable<AlertRow> Rows(ToldAlert alert)
        {
            var ended = alert.Resolved ? alert.EndsAt ?? now : (DateTimeOffset?)null;
            if (alert.StartsAt is { } told)
            {
                return [Row(alert, TenantOf(alert), told, ended)];
            }
            var before = open[FingerprintOf(alert)].ToList();
            if (ended is not null)
            {
                return before.Select(one => Row(alert, one.Tenant, one.StartsAt, ended));
            }
            var own = before.FindAll(one => one.Tenant == TenantOf(alert));
            // What was told of another tenant goes on as this one's: whose it is was corrected.
            return before
                .Except(own)
                .Select(one => Row(alert, one.Tenant, one.StartsAt, now))
                .Append(Row(alert, TenantOf(alert), own.Count > 0 ? own.Max(one => one.StartsAt) : now, null));
        }

        AlertRow Row(ToldAlert alert, string tenant, DateTimeOffset began, DateTimeOffset? ended) =>
            AlertFacts.Row(
                tenant,
                FingerprintOf(alert),
                alert.Labels,
                alert.Annotations,
                began,
                // Its clock may be behind ours.
                ended < began
                    ? began
                    : ended,
                held: false,
                now
            );
    }

    private static string FingerprintOf(ToldAlert alert) => alert.Fingerprint ?? AlertFacts.Fingerprint(alert.Labels);

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
        if (kept.IsNews || ended > 0)
        {
            news.Raise();
        }
    }

    private async Task<IReadOnlySet<string>> KnownAsync(CancellationToken cancellation) =>
        (await tenants.AllAsync(cancellation)).Select(tenant => tenant.Id).ToHashSet(StringComparer.Ordinal);
}
