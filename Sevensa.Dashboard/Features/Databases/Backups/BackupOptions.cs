using System.ComponentModel.DataAnnotations;

namespace Sevensa.Dashboard.Features.Databases.Backups;

/// <summary>One entry of <c>Databases:Backups</c>: where the backups of a database are laid down, as <c>pg_dump</c> writes them.</summary>
internal sealed class BackupOptions : IValidatableObject
{
    public const string Section = "Databases:Backups";

    /// <summary>Its name here: <c>shop-nightly</c>.</summary>
    [Required]
    [RegularExpression("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", ErrorMessage = "is a word of a-z, 0-9 and - (at most 63)")]
    public string Name { get; set; } = "";

    /// <summary>The instance that it is of.</summary>
    [Required]
    public string Instance { get; set; } = "";

    /// <summary>The database that it is of.</summary>
    [Required]
    public string Database { get; set; } = "";

    /// <summary>The archive itself, or the folder of a dump in directory format.</summary>
    public string? File { get; set; }

    /// <summary>Or the folder in which each backup is one archive: the newest counts.</summary>
    public string? Folder { get; set; }

    /// <summary>Which files of the folder are backups.</summary>
    [Required]
    public string Pattern { get; set; } = "*";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (File is null == Folder is null)
        {
            yield return new ValidationResult(
                "give the archive or the folder of archives, one of both",
                [nameof(File)]
            );
        }
        var instances = InstanceOptions.Values(validationContext, InstanceOptions.Section, "Name").ToList();
        if (Instance.Length > 0 && !instances.Contains(Instance))
        {
            yield return new ValidationResult($"there is no instance \"{Instance}\"", [nameof(Instance)]);
        }
        if (InstanceOptions.Values(validationContext, Section, "Name").Count(name => name == Name) > 1)
        {
            yield return new ValidationResult($"\"{Name}\" is the name of another backup too", [nameof(Name)]);
        }
    }
}

/// <summary>Section <c>Databases:Drill</c>: where backups are restored to be tried.</summary>
internal sealed class DrillOptions
{
    /// <summary>The instance with an administrative role; that of the backup when left out.</summary>
    public string? Instance { get; set; }

    /// <summary>Folder of <c>pg_restore</c>, of the newest version whose archives there are; else the path is searched.</summary>
    public string? ToolFolder { get; set; }

    /// <summary>A restore that takes longer is given up.</summary>
    [Range(1, 1440)]
    public int Minutes { get; set; } = 60;
}
