using System.ComponentModel.DataAnnotations;
using Sevensa.Dashboard.Platform.Start;

namespace Sevensa.Dashboard.Features.Databases;

/// <summary>How far a connection is protected on its way to PostgreSQL, in the words of libpq's <c>sslmode</c>.</summary>
internal enum PostgresTls
{
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// <summary>What stands below <c>Databases</c>; each part is a section of its own, read and checked there.</summary>
internal sealed class DatabasesSection
{
    public Dictionary<string, string?>? Instances { get; set; }
    public Dictionary<string, string?>? Placements { get; set; }
    public Dictionary<string, string?>? Proof { get; set; }
    public Dictionary<string, string?>? Backups { get; set; }
    public Dictionary<string, string?>? Drill { get; set; }
    public Dictionary<string, string?>? Drop { get; set; }
}

/// <summary>One entry of <c>Databases:Instances</c>: a PostgreSQL server, and how the dashboard reads what it holds.</summary>
internal sealed class InstanceOptions : IValidatableObject
{
    public const string Section = "Databases:Instances";

    /// <summary>Its name here: <c>shared</c>.</summary>
    [Required]
    [RegularExpression("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", ErrorMessage = "is a word of a-z, 0-9 and - (at most 63)")]
    public string Name { get; set; } = "";

    /// <summary>A host's name or address, or the folder of a Unix socket.</summary>
    [Required]
    public string Host { get; set; } = "";

    [Range(1, 65535)]
    public int Port { get; set; } = 5432;

    public PostgresTls Tls { get; set; } = PostgresTls.Require;

    /// <summary>File with the authority that signed the server's certificate; the system's own when left out.</summary>
    public string? RootCertificateFile { get; set; }

    /// <summary>The read-only role; <c>docs/databases.md</c> has its SQL.</summary>
    [Required]
    public string User { get; set; } = "sevensa_reader";

    /// <summary>File with its password, read anew at each sign-in.</summary>
    public string? PasswordFile { get; set; }

    /// <summary>Or where Vault has it: a path below the tenants' mount with <c>#key</c>, or <c>database/static-creds/ROLE</c>.</summary>
    public string? VaultPath { get; set; }

    /// <summary>
    /// The role that makes, repairs and drops what is a tenant's, once somebody approved it; <c>docs/databases.md</c> has its SQL.
    /// Without one nothing is changed on the instance.
    /// </summary>
    public string? AdminUser { get; set; }

    /// <summary>File with its password, read anew at each sign-in.</summary>
    public string? AdminPasswordFile { get; set; }

    /// <summary>Or where Vault has it.</summary>
    public string? AdminVaultPath { get; set; }

    /// <summary>The database that is signed in to first.</summary>
    [Required]
    public string Database { get; set; } = "postgres";

    /// <summary>The tenant that has this instance for itself.</summary>
    public string? Tenant { get; set; }

    /// <summary>
    /// A file that each backup of the whole instance writes anew: its time is that of the last backup. A name that ends in
    /// <c>.json</c> is what pgBackRest or WAL-G list, and the newest backup in it that went well counts.
    /// </summary>
    public string? BackupFile { get; set; }

    /// <summary>For a sign-in and for each question.</summary>
    [Range(1, 120)]
    public int TimeoutSeconds { get; set; } = 10;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (PasswordFile is not null && VaultPath is not null)
        {
            yield return new ValidationResult("give a password file or a path in Vault, not both", [nameof(VaultPath)]);
        }
        if (AdminPasswordFile is not null && AdminVaultPath is not null)
        {
            yield return new ValidationResult(
                "give a password file or a path in Vault, not both",
                [nameof(AdminVaultPath)]
            );
        }
        if ((AdminPasswordFile ?? AdminVaultPath) is not null && string.IsNullOrEmpty(AdminUser))
        {
            yield return new ValidationResult("there is a password and no role that it is of", [nameof(AdminUser)]);
        }
        foreach (
            var (name, file) in new[]
            {
                (nameof(PasswordFile), PasswordFile),
                (nameof(AdminPasswordFile), AdminPasswordFile),
                (nameof(RootCertificateFile), RootCertificateFile),
            }
        )
        {
            if (file is not null && !File.Exists(file))
            {
                yield return new ValidationResult($"there is no file \"{file}\"", [name]);
            }
        }
        if (Values(validationContext, Section, "Name").Count(name => name == Name) > 1)
        {
            yield return new ValidationResult($"\"{Name}\" is the name of another instance too", [nameof(Name)]);
        }
    }

    internal static IEnumerable<string?> Values(ValidationContext context, string section, string key) =>
        SettingMistakes.WholeOf(context)?.GetSection(section).GetChildren().Select(child => child[key]) ?? [];
}

/// <summary>
/// One entry of <c>Databases:Placements</c>: what on an instance is whose. A tenant with several databases, schemas or logins
/// has several.
/// </summary>
internal sealed class PlacementOptions : IValidatableObject
{
    public const string Section = "Databases:Placements";

    [Required]
    public string Tenant { get; set; } = "";

    /// <summary>Name of an instance.</summary>
    [Required]
    public string Instance { get; set; } = "";

    /// <summary>The database that is the tenant's, or in which its schema lies.</summary>
    [Required]
    public string Database { get; set; } = "";

    /// <summary>The schema that is the tenant's; without one the whole database is.</summary>
    public string? Schema { get; set; }

    /// <summary>Roles that are the tenant's besides <see cref="Login"/>.</summary>
    public List<string> Roles { get; set; } = [];

    /// <summary>The role that the tenant's services sign in as: the prover uses it as they do.</summary>
    public string? Login { get; set; }

    /// <summary>File with the login's password.</summary>
    public string? PasswordFile { get; set; }

    /// <summary>Or where Vault has it, written as for an instance.</summary>
    public string? VaultPath { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (PasswordFile is not null && VaultPath is not null)
        {
            yield return new ValidationResult("give a password file or a path in Vault, not both", [nameof(VaultPath)]);
        }
        if ((PasswordFile ?? VaultPath) is not null && Login is null)
        {
            yield return new ValidationResult("there is a password and no login that it is of", [nameof(Login)]);
        }
        if (PasswordFile is not null && !File.Exists(PasswordFile))
        {
            yield return new ValidationResult($"there is no file \"{PasswordFile}\"", [nameof(PasswordFile)]);
        }
        var instances = InstanceOptions.Values(validationContext, InstanceOptions.Section, "Name").ToList();
        if (Instance.Length > 0 && !instances.Contains(Instance))
        {
            yield return new ValidationResult(
                $"there is no instance \"{Instance}\" (there {(instances.Count == 0 ? "are none" : $"are {string.Join(", ", instances)}")})",
                [nameof(Instance)]
            );
        }
    }
}

/// <summary>Section <c>Databases:Proof</c>: when and how the isolation prover works.</summary>
internal sealed class ProofOptions
{
    /// <summary>Time of day, UTC, of the nightly proof; <c>never</c> for on demand only.</summary>
    [RegularExpression(
        "([01][0-9]|2[0-3]):[0-5][0-9]|never",
        ErrorMessage = "is a time of day as 03:30 (UTC), or never"
    )]
    public string At { get; set; } = "03:30";

    /// <summary>Tenants that are tried at the same time on one instance; each takes one or two connections.</summary>
    [Range(1, 32)]
    public int AtOnce { get; set; } = 4;

    /// <summary>Proofs of each instance that are kept with all their attempts.</summary>
    [Range(1, 1000)]
    public int Kept { get; set; } = 30;

    /// <summary>Columns that say whose a row of a shared table is, with commas.</summary>
    [Required]
    public string TenantColumns { get; set; } = "tenant,tenant_id";
}
