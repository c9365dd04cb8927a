using Sevensa.Dashboard.Features.Alerts.Alertmanager;
using Sevensa.Dashboard.Features.Alerts.Contracts;
using Sevensa.Dashboard.Features.Alerts.Rules;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using ZiggyCreatures.Caching.Fusion;

namespace Sevensa.Dashboard.Features.Alerts;

/// <summary>
/// What fires for a tenant now, joined by fingerprint from three sides: Prometheus' own rules, Alertmanager (which knows
/// what is silenced, and of other senders), and messages of the webhook. One side that is away is made up for by the others.
/// </summary>
internal sealed class FiringAlerts(
    IMetrics metrics,
    TenantRules rules,
    AlertmanagerClient alertmanager,
    AlertsStore store,
    IFusionCache cache,
    TimeProvider time
) : IFiringAlerts, IOpenAlerts
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    /// <summary>A tenant's health must not wait for an Alertmanager that does not answer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Without those that are silenced, inhibited or muted: somebody knows of them, and nobody is called.</summary>
    public async Task<OpenAlerts> CountAsync(TenantScope scope, string tenant, CancellationToken cancellation)
    {
        var open = (await NowAsync(scope, tenant, cancellation)).Where(alert => alert.IsTold).ToList();
        return new OpenAlerts(open.Count, open.Count(alert => alert.IsCritical));
    }

    public async Task<IReadOnlyList<Alert>> NowAsync(TenantScope scope, string tenant, CancellationToken cancellation)
    {
        var one = scope.Narrow(tenant);
        return await cache.GetOrSetAsync<IReadOnlyList<Alert>>(
            $"firing alerts|{tenant}",
            async (_, token) => await LookAsync(one, tenant, token),
            entry => entry.SetDuration(Fresh).SetSize(1),
            cancellation
        );
    }

    /// <summary>After a silence was made or ended, what is shown must not be what was before.</summary>
    public ValueTask ForgetAsync(string tenant) => cache.RemoveAsync($"firing alerts|{tenant}");

    private async Task<IReadOnlyList<Alert>> LookAsync(TenantScope scope, string tenant, CancellationToken cancellation)
    {
        var asked = metrics.QueryAsync(scope, "ALERTS{alertstate=\"firing\"}", time.GetUtcNow(), cancellation);
        var held = alertmanager.IsConfigured ? await HeldAsync(scope, cancellation) : null;
        var muted = held is { Count: > 0 } ? await MutedAsync(scope, cancellation) : [];
        var kept = (await store.OpenAsync(tenant, cancellation))
            .GroupBy(row => row.Fingerprint)
            .ToDictionary(rows => rows.Key, rows => rows.MaxBy(row => row.StartsAt)!);
        var seen = held is null && kept.Count == 0 ? await asked : await TryAsync(() => asked) ?? [];
        var all = new Dictionary<string, Alert>(StringComparer.Ordinal);
        foreach (var (fingerprint, row) in kept)
        {
            // Alertmanager had it and has it no more: over, and soon kept as such.
            if (!row.Held || held is null || held.Any(alert => alert.Fingerprint == fingerprint))
            {
                all[fingerprint] = row.ToAlert();
            }
        }
        var now = time.GetUtcNow();
        foreach (var alert in held ?? [])
        {
            all[alert.Fingerprint] = (
                all.GetValueOrDefault(alert.Fingerprint)
                ?? Of(tenant, alert.Fingerprint, alert.Labels, alert.Annotations, alert.StartsAt, now)
            ) with
            {
                SilencedBy = alert.Status.SilencedBy ?? [],
                InhibitedBy = alert.Status.InhibitedBy ?? [],
                MutedBy = muted.GetValueOrDefault(alert.Fingerprint, []),
                MayBeEnded = false,
            };
        }
        // By their labels: not every sender of messages makes fingerprints as Prometheus does.
        var known = all.Values.Select(alert => AlertFacts.Fingerprint(alert.Labels)).ToHashSet(StringComparer.Ordinal);
        var fresh = seen.Select(sample => AlertFacts.LabelsOf(sample.Labels))
            .Select(labels => (Labels: labels, Fingerprint: AlertFacts.Fingerprint(labels)))
            .Where(one => !known.Contains(one.Fingerprint))
            .ToList();
        // ALERTS does not tell since when; the rules do.
        var told = fresh.Count > 0 ? await SinceAsync(scope, tenant, cancellation) : [];
        foreach (var (labels, fingerprint) in fresh)
        {
            var (since, annotations) = told.GetValueOrDefault(fingerprint, (now, new Dictionary<string, string>()));
            all[fingerprint] = Of(tenant, fingerprint, labels, annotations, since, now);
        }
        return
        [
            .. all
                .Values.OrderBy(alert => !alert.IsTold)
                .ThenByDescending(alert => alert.IsCritical)
                .ThenByDescending(alert => alert.StartsAt),
        ];
    }

    /// <summary>Time intervals that mute alerts, by fingerprint: Alertmanager tells of them with its groups only.</summary>
    private async Task<Dictionary<string, IReadOnlyList<string>>> MutedAsync(
        TenantScope scope,
        CancellationToken cancellation
    ) =>
        (await PatientlyAsync(token => alertmanager.GroupsAsync(scope, token), cancellation) ?? [])
            .SelectMany(group => group.Alerts)
            .GroupBy(alert => alert.Fingerprint)
            // Told by one of its groups, it is told.
            .Where(told => told.All(alert => alert.Status.MutedBy is { Count: > 0 }))
            .ToDictionary(
                told => told.Key,
                IReadOnlyList<string> (told) => [.. told.SelectMany(alert => alert.Status.MutedBy!).Distinct()],
                StringComparer.Ordinal
            );

    private Task<IReadOnlyList<HeldAlert>?> HeldAsync(TenantScope scope, CancellationToken cancellation) =>
        PatientlyAsync(token => alertmanager.AlertsAsync(scope, token), cancellation);

    private async Task<T?> PatientlyAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancellation)
        where T : class
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            return await TryAsync(() => ask(both.Token));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task<Dictionary<string, (DateTimeOffset, IReadOnlyDictionary<string, string>)>> SinceAsync(
        TenantScope scope,
        string tenant,
        CancellationToken cancellation
    ) =>
        (await TryAsync(() => rules.OfAsync(scope, tenant, cancellation)) ?? [])
            .SelectMany(rule => rule.Alerts.Select(alert => (Alert: alert, rule.ForSeconds)))
            .GroupBy(one => AlertFacts.Fingerprint(one.Alert.Labels))
            .ToDictionary(
                group => group.Key,
                group =>
                    (
                        (group.First().Alert.ActiveAt ?? time.GetUtcNow())
                            + TimeSpan.FromSeconds(group.First().ForSeconds),
                        group.First().Alert.Annotations
                    )
            );

    private static Alert Of(
        string tenant,
        string fingerprint,
        IReadOnlyDictionary<string, string> labels,
        IReadOnlyDictionary<string, string> annotations,
        DateTimeOffset startsAt,
        DateTimeOffset now
    ) =>
        AlertFacts.Row(tenant, fingerprint, labels, annotations, startsAt, null, held: false, now).ToAlert() with
        {
            // Not kept yet, so it has no address of its own yet.
            Id = "",
            MayBeEnded = false,
        };

    private static async Task<T?> TryAsync<T>(Func<Task<T>> ask)
        where T : class
    {
        try
        {
            return await ask();
        }
        catch (UpstreamException)
        {
            return null;
        }
    }
}
