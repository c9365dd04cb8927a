using System.ComponentModel.DataAnnotations;

namespace Sevensa.Dashboard.Features.Alerts;

/// <summary>Section <c>Alertmanager</c>: where alerts are grouped and silenced.</summary>
internal sealed class AlertmanagerOptions : IValidatableObject
{
    /// <summary>Base address, <c>http://alertmanager:9093</c>; a path is kept. Empty: not configured.</summary>
    public string? Url { get; set; }

    /// <summary>File with a bearer token, when a proxy in front asks for one.</summary>
    public string? TokenFile { get; set; }

    /// <summary>Name for basic authentication; the password is in <see cref="PasswordFile"/>.</summary>
    public string? Username { get; set; }

    public string? PasswordFile { get; set; }

    /// <summary>One try of one request.</summary>
    [Range(1, 600)]
    public int TimeoutSeconds { get; set; } = 10;

    internal bool IsConfigured => !string.IsNullOrWhiteSpace(Url);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (IsConfigured && !(Uri.TryCreate(Url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
        {
            yield return new ValidationResult($"\"{Url}\" is not an http or https address", [nameof(Url)]);
        }
        if (TokenFile is { Length: > 0 } && Username is { Length: > 0 })
        {
            yield return new ValidationResult("give a token file or a user name, not both", [nameof(TokenFile)]);
        }
        foreach (var (file, key) in new[] { (TokenFile, nameof(TokenFile)), (PasswordFile, nameof(PasswordFile)) })
        {
            if (file is { Length: > 0 } && !File.Exists(file))
            {
                yield return new ValidationResult($"there is no file {file}", [key]);
            }
        }
    }
}

/// <summary>Section <c>Alerts</c>: rules of one's own, the webhook, and limits.</summary>
internal sealed class AlertsOptions : IValidatableObject
{
    /// <summary>
    /// Folder of the rule files that the dashboard writes, one for each tenant; Prometheus' <c>rule_files</c> names it too.
    /// Empty: rules can be drafted and not saved.
    /// </summary>
    public string? RuleFolder { get; set; }

    /// <summary>File with the secret that Alertmanager sends with its webhook.</summary>
    public string? WebhookSecretFile { get; set; }

    /// <summary>File with the secret that Grafana's alerting sends with its webhook.</summary>
    public string? GrafanaSecretFile { get; set; }

    /// <summary>File with the secret that Uptime Kuma sends with its webhook.</summary>
    public string? UptimeKumaSecretFile { get; set; }

    /// <summary>Largest message of the webhook, bytes.</summary>
    [Range(1024, 64 * 1024 * 1024)]
    public int WebhookMostBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>How often Alertmanager is asked for what fires.</summary>
    [Range(5, 3600)]
    public int WatchSeconds { get; set; } = 30;

    /// <summary>Step in which a draft rule is evaluated over its past, seconds.</summary>
    [Range(15, 3600)]
    public int DraftStepSeconds { get; set; } = 60;

    /// <summary>How far back a draft rule is evaluated, days.</summary>
    [Range(1, 90)]
    public int DraftDays { get; set; } = 30;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        (string Key, string? File)[] files =
        [
            (nameof(WebhookSecretFile), WebhookSecretFile),
            (nameof(GrafanaSecretFile), GrafanaSecretFile),
            (nameof(UptimeKumaSecretFile), UptimeKumaSecretFile),
        ];
        foreach (var (key, file) in files)
        {
            if (file is { Length: > 0 } && !File.Exists(file))
            {
                yield return new ValidationResult($"there is no file {file}", [key]);
            }
        }
    }
}
