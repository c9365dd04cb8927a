using Sevensa.Dashboard.Features.Alerts.Contracts;

namespace Sevensa.Dashboard.Features.Alerts.Intake;

/// <summary>Keeps what other features found as alerts like all others.</summary>
internal sealed class OwnAlerts(AlertIntake intake, AlertsStore store) : IOwnAlerts
{
    public async Task TellAsync(
        string name,
        string service,
        string source,
        IReadOnlyCollection<string> tenants,
        IReadOnlyList<OwnAlert> firing,
        CancellationToken cancellation
    )
    {
        var told = new List<ToldAlert>();
        foreach (var tenant in tenants)
        {
            var open = (await store.OpenAsync(tenant, cancellation))
                .Select(row => (Row: row, Alert: row.ToAlert()))
                .Where(one => one.Alert.Name == name && one.Alert.Labels.GetValueOrDefault("instance") == source)
                .ToList();
            var now = firing.Where(alert => alert.Tenant == tenant).ToList();
            told.AddRange(
                now.Select(alert => new ToldAlert(
                    false,
                    Labels(alert),
                    new Dictionary<string, string> { ["summary"] = alert.Summary, ["description"] = alert.Description },
                    open.Select(one => (DateTimeOffset?)one.Row.StartsAt).FirstOrDefault(),
                    null,
                    null
                ))
            );
            if (now.Count == 0)
            {
                told.AddRange(
                    open.Select(one => new ToldAlert(
                        true,
                        one.Alert.Labels,
                        one.Alert.Annotations,
                        one.Row.StartsAt,
                        null,
                        one.Alert.Fingerprint
                    ))
                );
            }
        }
        if (told.Count > 0)
        {
            await intake.TakeInAsync(told, cancellation);
        }

        Dictionary<string, string> Labels(OwnAlert alert) =>
            new()
            {
                ["alertname"] = name,
                ["severity"] = alert.Severity,
                ["tenant"] = alert.Tenant,
                ["service"] = service,
                ["instance"] = source,
            };
    }
}
