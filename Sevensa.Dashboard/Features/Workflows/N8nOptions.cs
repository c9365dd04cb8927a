using System.ComponentModel.DataAnnotations;

namespace Sevensa.Dashboard.Features.Workflows;

/// <summary>Section <c>N8n</c>: where workflows run beside the platform, and how the dashboard gets in.</summary>
internal class N8nOptions : IValidatableObject
{
    /// <summary>Base address, <c>http://n8n:5678</c>; a path is kept. Empty: not configured.</summary>
    public string? Url { get; set; }

    /// <summary>Address that people's browsers use, for links; <see cref="Url"/> when it is left out.</summary>
    public string? PublicUrl { get; set; }

    /// <summary>Address in front of <c>/webhook/…</c>, where n8n has another one for it; <see cref="Url"/> when it is left out.</summary>
    public string? WebhookUrl { get; set; }

    /// <summary>File with the key of the public API; read anew for each request.</summary>
    public string? KeyFile { get; set; }

    /// <summary>The key in Vault instead: a path below the tenants' mount with <c>#key</c>.</summary>
    public string? KeyVaultPath { get; set; }

    /// <summary>File with the key of n8n's own MCP server, which is another one. Without it workflows are run by their webhooks alone.</summary>
    public string? McpKeyFile { get; set; }

    /// <summary>The same in Vault.</summary>
    public string? McpKeyVaultPath { get; set; }

    /// <summary>Header that webhooks with header authentication are called with.</summary>
    [Required]
    [RegularExpression("^[A-Za-z0-9-]+$", ErrorMessage = "is the name of a header: letters, digits and -")]
    public string WebhookHeader { get; set; } = "X-Sevensa-Token";

    /// <summary>File with that header's value.</summary>
    public string? WebhookSecretFile { get; set; }

    /// <summary>What stands before a tenant's id in the tag that says whose a workflow is.</summary>
    [Required]
    public string TagPrefix { get; set; } = "tenant:";

    /// <summary>The tenant that answers for workflows without a tenant's tag.</summary>
    [Required]
    public string PlatformTenant { get; set; } = "platform";

    /// <summary>One try of one request.</summary>
    [Range(1, 600)]
    public int TimeoutSeconds { get; set; } = 10;

    /// <summary>The stand-in's key; set in the Sandbox only.</summary>
    internal string? SandboxKey { get; set; }

    internal bool IsConfigured => !string.IsNullOrWhiteSpace(Url);

    internal bool HasMcp => McpKeyFile is { Length: > 0 } || McpKeyVaultPath is { Length: > 0 };

    /// <summary>Where people look at a workflow.</summary>
    internal string LinkTo(string workflow, string? run = null)
    {
        var shown = (PublicUrl is { Length: > 0 } own ? own : Url)?.TrimEnd('/');
        var page = $"{shown}/workflow/{Uri.EscapeDataString(workflow)}";
        return run is null ? page : $"{page}/executions/{Uri.EscapeDataString(run)}";
    }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        (string Key, string? Value)[] addresses =
        [
            (nameof(Url), Url),
            (nameof(PublicUrl), PublicUrl),
            (nameof(WebhookUrl), WebhookUrl),
        ];
        foreach (var (key, value) in addresses)
        {
            if (
                !string.IsNullOrWhiteSpace(value)
                && !(Uri.TryCreate(value, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https")
            )
            {
                yield return new ValidationResult($"\"{value}\" is not an http or https address", [key]);
            }
        }
        if (KeyFile is { Length: > 0 } && KeyVaultPath is { Length: > 0 })
        {
            yield return new ValidationResult("give a file or a path in Vault, not both", [nameof(KeyVaultPath)]);
        }
        if (McpKeyFile is { Length: > 0 } && McpKeyVaultPath is { Length: > 0 })
        {
            yield return new ValidationResult("give a file or a path in Vault, not both", [nameof(McpKeyVaultPath)]);
        }
        if (IsConfigured && KeyFile is null && KeyVaultPath is null && this is not SandboxN8nOptions)
        {
            yield return new ValidationResult(
                "n8n has an address but no key: set N8n:KeyFile or N8n:KeyVaultPath",
                [nameof(KeyFile)]
            );
        }
        (string Key, string? File)[] files =
        [
            (nameof(KeyFile), KeyFile),
            (nameof(McpKeyFile), McpKeyFile),
            (nameof(WebhookSecretFile), WebhookSecretFile),
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

/// <summary>The section as the Sandbox may write it. Anywhere else a key in the configuration is a mistake.</summary>
internal sealed class SandboxN8nOptions : N8nOptions
{
    public string? Key { get; set; }
}
