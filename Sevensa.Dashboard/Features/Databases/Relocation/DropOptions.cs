using System.ComponentModel.DataAnnotations;

namespace Sevensa.Dashboard.Features.Databases.Relocation;

/// <summary>Section <c>Databases:Drop</c>: what is kept of a place that is dropped, and how long one may think better of it.</summary>
internal sealed class DropOptions : IValidatableObject
{
    /// <summary>Where exports are laid down; without one nothing is dropped.</summary>
    public string? Folder { get; set; }

    /// <summary>Between the export and the drop; a day when left out.</summary>
    [Range(0, 43200)]
    public int WaitMinutes { get; set; } = 24 * 60;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Folder is not null && !Directory.Exists(Folder))
        {
            yield return new ValidationResult($"there is no folder \"{Folder}\"", [nameof(Folder)]);
        }
    }
}
