namespace Sevensa.Dashboard.Features.Alerts.Intake;

/// <summary>Who tells of alerts by a webhook, each with a secret of its own, so that what one holds opens no other's door.</summary>
/// <param name="Name">As people know it.</param>
/// <param name="Path">Where it sends to.</param>
/// <param name="Setting">That names the file with its secret.</param>
/// <param name="File">The setting's value.</param>
/// <param name="ReadAsync">Reads its message. Throws <see cref="UnreadableMessageException"/>.</param>
/// <param name="NumbersItself">Whether its alerts are known by numbers that another of its kind gives too.</param>
internal sealed record HookSender(
    string Name,
    string Path,
    string Setting,
    Func<AlertsOptions, string?> File,
    Func<Stream, CancellationToken, Task<IReadOnlyList<ToldAlert>>> ReadAsync,
    bool NumbersItself = false
)
{
    public static readonly HookSender Alertmanager = new(
        "Alertmanager",
        "/api/v1/hooks/alertmanager",
        "Alerts:WebhookSecretFile",
        options => options.WebhookSecretFile,
        WebhookMessage.ReadAsync
    );

    /// <summary>Grafana's alerting sends Alertmanager's message with members of its own.</summary>
    public static readonly HookSender Grafana = new(
        "Grafana",
        "/api/v1/hooks/grafana",
        "Alerts:GrafanaSecretFile",
        options => options.GrafanaSecretFile,
        GrafanaMessage.ReadAsync
    );

    public static readonly HookSender UptimeKuma = new(
        "Uptime Kuma",
        "/api/v1/hooks/uptime-kuma",
        "Alerts:UptimeKumaSecretFile",
        options => options.UptimeKumaSecretFile,
        KumaMessage.ReadAsync,
        NumbersItself: true
    );

    public static IReadOnlyList<HookSender> All { get; } = [Alertmanager, Grafana, UptimeKuma];

    /// <summary>Its name in the record.</summary>
    public string Actor => Path[(Path.LastIndexOf('/') + 1)..];
}
