using System.ComponentModel.DataAnnotations;

namespace Sevensa.Dashboard.Features.Workflows;

/// <summary>One n8n: where workflows run beside the platform, and how the dashboard gets in.</summary>
internal class N8nOptions : IValidatableObject
{
    public const string Section = "N8n";

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

    /// <summary>The tenants that tags there may name; none: all. Of an instance that is some customers' own, nobody else's workflows come.</summary>
    public List<string> Tenants { get; set; } = [];

    /// <summary>The tenant whose the workflows without a tag are, where the whole instance is one tenant's.</summary>
    public string? Tenant { get; set; }

    /// <summary>One try of one request.</summary>
    [Range(1, 600)]
    public int TimeoutSeconds { get; set; } = 10;

    /// <summary>The stand-in's key; set in the Sandbox only.</summary>
    internal string? SandboxKey { get; set; }

    /// <summary>Its name among several; null for the one that the section itself names, whose workflows have their ids without it.</summary>
    internal virtual string? Instance => null;

    /// <summary>As its state is shown.</summary>
    internal string Upstream => Instance is { } name ? $"n8n {name}" : "n8n";

    /// <summary>A key may stand in the configuration itself.</summary>
    protected virtual bool MayBeSimulated => false;

    internal bool IsConfigured => !string.IsNullOrWhiteSpace(Url);

    /// <summary>What a setting of this instance is called where somebody is told to look at it.</summary>
    internal string Setting(string key) =>
        Instance is { } name ? $"{key} of {name} in {Section}:Instances" : $"{Section}:{key}";

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
        if (Instance is not null && !IsConfigured)
        {
            yield return new ValidationResult("it has no address", [nameof(Url)]);
        }
        if (KeyFile is { Length: > 0 } && KeyVaultPath is { Length: > 0 })
        {
            yield return new ValidationResult("give a file or a path in Vault, not both", [nameof(KeyVaultPath)]);
        }
        if (McpKeyFile is { Length: > 0 } && McpKeyVaultPath is { Length: > 0 })
        {
            yield return new ValidationResult("give a file or a path in Vault, not both", [nameof(McpKeyVaultPath)]);
        }
        if (IsConfigured && KeyFile is null && KeyVaultPath is null && !MayBeSimulated)
        {
            yield return new ValidationResult(
                $"n8n has an address but no key: set {Setting(nameof(KeyFile))} or {Setting(nameof(KeyVaultPath))}",
                [nameof(KeyFile)]
            );
        }
        if (Tenant is { Length: > 0 } whole && Tenants.Count > 0 && !Tenants.Contains(whole))
        {
            yield return new ValidationResult($"\"{whole}\" is not among its Tenants", [nameof(Tenant)]);
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

/// <summary>Section <c>N8n</c>: one n8n by itself, and others beside it.</summary>
internal class N8nSection : N8nOptions
{
    /// <summary>Each is read by itself, see <see cref="N8nInstanceOptions"/>.</summary>
    public Dictionary<string, string?>? Instances { get; set; }
}

/// <summary>One entry of <c>N8n:Instances</c>: an n8n with a name, which stands before the ids of its workflows.</summary>
internal class N8nInstanceOptions : N8nOptions
{
    public const string List = $"{Section}:Instances";

    /// <summary>Its name here: <c>crm</c>.</summary>
    [Required]
    [RegularExpression(
        $"(?!{N8nInstance.Main}$)[a-z0-9]([a-z0-9-]{{0,61}}[a-z0-9])?",
        ErrorMessage = $"is a word of a-z, 0-9 and - (at most 63), and not {N8nInstance.Main}, as the one of the section itself is called"
    )]
    public string Name { get; set; } = "";

    internal override string? Instance => Name;
}

/// <summary>The section as the Sandbox may write it. Anywhere else a key in the configuration is a mistake.</summary>
internal sealed class SandboxN8nOptions : N8nSection
{
    public string? Key
    {
        get => SandboxKey;
        set => SandboxKey = value;
    }

    protected override bool MayBeSimulated => true;
}

/// <summary>The same of an entry.</summary>
internal sealed class SandboxN8nInstanceOptions : N8nInstanceOptions
{
    public string? Key
    {
        get => SandboxKey;
        set => SandboxKey = value;
    }

    protected override bool MayBeSimulated => true;
}
