using System.ComponentModel.DataAnnotations;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Query.LogQl;

namespace Sevensa.Dashboard.Features.Logs;

/// <summary>How Loki tells tenants apart.</summary>
public enum LokiTenancy
{
    /// <summary>By the header <c>X-Scope-OrgID</c> (<c>auth_enabled: true</c>).</summary>
    Header,

    /// <summary>Not at all: a label on every stream says whose it is, and queries are narrowed by it.</summary>
    Label,
}

/// <summary>Section <c>Loki</c>.</summary>
public sealed class LogsOptions : IValidatableObject
{
    public const string Section = "Loki";

    /// <summary>Where Loki listens, e.g. <c>http://loki:3100</c>. Without it logs are "not configured".</summary>
    public Uri? Url { get; set; }

    public LokiTenancy Tenancy { get; set; } = LokiTenancy.Header;

    /// <summary>The label that carries the tenant when <see cref="Tenancy"/> is <see cref="LokiTenancy.Label"/>.</summary>
    public string TenantLabel { get; set; } = TenantScope.Label;

    /// <summary>File with a bearer token for Loki or the proxy in front of it; read for every request, so it may rotate.</summary>
    public string? TokenFile { get; set; }

    /// <summary>How long one answer may take, from question to last byte.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(1);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Url is { } url && (!url.IsAbsoluteUri || url.Scheme is not ("http" or "https")))
        {
            yield return new ValidationResult("must be an http or https address", [nameof(Url)]);
        }

        if (!LogQlText.IsLabelName(TenantLabel))
        {
            yield return new ValidationResult($"\"{TenantLabel}\" is not a label name", [nameof(TenantLabel)]);
        }

        if (TokenFile is { } file && !File.Exists(file))
        {
            yield return new ValidationResult($"there is no file {file}", [nameof(TokenFile)]);
        }
    }
}
