using System.ComponentModel.DataAnnotations;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Query.LogQl;

namespace Sevensa.Dashboard.Features.Logs;

/// <summary>How Loki tells tenants apart.</summary>
internal enum LokiTenancy
{
    /// <summary>By the header <c>X-Scope-OrgID</c> (<c>auth_enabled: true</c>).</summary>
    Header,

    /// <summary>Not at all: a label on every stream says whose it is, and queries are narrowed by it.</summary>
    Label,
}

/// <summary>Section <c>Loki</c>.</summary>
internal sealed class LogsOptions : IValidatableObject
{
    public const string Section = "Loki";

    /// <summary>Base address, <c>http://loki:3100</c>; a path is kept. Empty: not configured.</summary>
    public string? Url { get; set; }

    internal Uri? Server => string.IsNullOrWhiteSpace(Url) ? null : new Uri(Url);

    public LokiTenancy Tenancy { get; set; } = LokiTenancy.Header;

    /// <summary>The label that carries the tenant when <see cref="Tenancy"/> is <see cref="LokiTenancy.Label"/>.</summary>
    public string TenantLabel { get; set; } = TenantScope.Label;

    /// <summary>File with a bearer token for Loki or the proxy in front of it; read for every request, so it may rotate.</summary>
    public string? TokenFile { get; set; }

    /// <summary>Name for basic authentication; the password is in <see cref="PasswordFile"/>.</summary>
    public string? Username { get; set; }

    public string? PasswordFile { get; set; }

    /// <summary>How long one answer may take, from question to last byte.</summary>
    [Range(1, 600)]
    public int TimeoutSeconds { get; set; } = 60;

    internal TimeSpan Timeout => TimeSpan.FromSeconds(TimeoutSeconds);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (
            !string.IsNullOrWhiteSpace(Url)
            && !(Uri.TryCreate(Url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https")
        )
        {
            yield return new ValidationResult($"\"{Url}\" is not an http or https address", [nameof(Url)]);
        }

        if (TokenFile is { Length: > 0 } && Username is { Length: > 0 })
        {
            yield return new ValidationResult("give a token file or a user name, not both", [nameof(TokenFile)]);
        }

        if (!LogQlText.IsLabelName(TenantLabel))
        {
            yield return new ValidationResult($"\"{TenantLabel}\" is not a label name", [nameof(TenantLabel)]);
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
