using System.ComponentModel.DataAnnotations;
using Sevensa.Dashboard.Features.Secrets.Probes;
using Sevensa.Dashboard.Platform.Query.LogQl;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>Section <c>Vault</c>: where secrets are kept, and how the dashboard proves itself there.</summary>
internal class SecretsOptions : IValidatableObject
{
    /// <summary>Base address, <c>https://vault:8200</c>. Empty: not configured.</summary>
    public string? Address { get; set; }

    /// <summary>File with a token, such as the sink of a Vault agent; read anew for each request.</summary>
    public string? TokenFile { get; set; }

    /// <summary>File with the role id of an AppRole; needs <see cref="SecretIdFile"/>.</summary>
    public string? RoleIdFile { get; set; }

    public string? SecretIdFile { get; set; }

    /// <summary>Where the key/value engine (version 2) is mounted; a tenant's secrets lie under its id.</summary>
    [Required]
    [RegularExpression("^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$", ErrorMessage = "must be a mount path such as secret")]
    public string Mount { get; set; } = "secret";

    /// <summary>Vault Enterprise namespace.</summary>
    public string? Namespace { get; set; }

    /// <summary>One try of one request.</summary>
    [Range(1, 120)]
    public int TimeoutSeconds { get; set; } = 10;

    /// <summary>Days after which a secret is due when its metadata has no <c>due_days</c>.</summary>
    [Range(1, 3650)]
    public int DueDays { get; set; } = 90;

    /// <summary>Addresses below which a secret's <c>probe</c> may be asked with its value. Empty: none is.</summary>
    public IList<string> ProbeAddresses { get; } = [];

    /// <summary>LogQL selector of the stream in Loki that has Vault's audit log, <c>{job="vault-audit"}</c>. Empty: not there.</summary>
    public string? AuditLogs { get; set; }

    /// <summary>The tenant whose logs that stream is among.</summary>
    [Required]
    [RegularExpression("^[a-z0-9][a-z0-9-]*$", ErrorMessage = "must be the id of a tenant")]
    public string AuditTenant { get; set; } = "platform";

    /// <summary>The stand-in's token; set in the Sandbox only.</summary>
    internal string? SandboxToken { get; set; }

    public bool IsConfigured => !string.IsNullOrWhiteSpace(Address);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (AuditLogs is { Length: > 0 } && !IsSelector(AuditLogs))
        {
            yield return new ValidationResult(
                $"\"{AuditLogs}\" is no LogQL selector such as {{job=\"vault-audit\"}}",
                [nameof(AuditLogs)]
            );
        }
        foreach (var door in ProbeAddresses.Where(door => !SecretProbe.IsAddress(door, out _)))
        {
            yield return new ValidationResult(
                $"\"{door}\" is no http or https address such as https://api.example.org/",
                [nameof(ProbeAddresses)]
            );
        }
        if (!IsConfigured)
        {
            yield break;
        }
        if (!(Uri.TryCreate(Address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
        {
            yield return new ValidationResult($"\"{Address}\" is not an http or https address", [nameof(Address)]);
        }
        if ((RoleIdFile is null) != (SecretIdFile is null))
        {
            yield return new ValidationResult(
                "an AppRole needs both Vault:RoleIdFile and Vault:SecretIdFile",
                [RoleIdFile is null ? nameof(RoleIdFile) : nameof(SecretIdFile)]
            );
        }
        if (TokenFile is not null && RoleIdFile is not null)
        {
            yield return new ValidationResult("give a token file or an AppRole, not both", [nameof(TokenFile)]);
        }
        if (TokenFile is null && RoleIdFile is null && this is not SandboxSecretsOptions)
        {
            yield return new ValidationResult(
                "Vault has an address but no credential: set Vault:TokenFile, or Vault:RoleIdFile and Vault:SecretIdFile",
                [nameof(TokenFile)]
            );
        }
        foreach (
            var (name, file) in new[]
            {
                (nameof(TokenFile), TokenFile),
                (nameof(RoleIdFile), RoleIdFile),
                (nameof(SecretIdFile), SecretIdFile),
            }
        )
        {
            if (file is not null && !File.Exists(file))
            {
                yield return new ValidationResult($"there is no file \"{file}\"", [name]);
            }
        }
    }

    private static bool IsSelector(string text)
    {
        try
        {
            LogQlParser.ParseSelector(text);
            return true;
        }
        catch (LogQlException)
        {
            return false;
        }
    }
}

/// <summary>The section as the Sandbox may write it. Anywhere else a token in the configuration is a mistake.</summary>
internal sealed class SandboxSecretsOptions : SecretsOptions
{
    public string? Token { get; set; }
}
