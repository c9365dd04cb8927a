using System.ComponentModel.DataAnnotations;
using Sevensa.Dashboard.Features.Scans.Gating;

namespace Sevensa.Dashboard.Features.Scans;

/// <summary>Section <c>Scans</c>: how much a report may hold, and what the gate lets pass.</summary>
internal sealed class ScansOptions : IValidatableObject
{
    /// <summary>Bytes of one report: 32 MB.</summary>
    public const long MostBytes = 32 * 1024 * 1024;

    /// <summary>Policy of the gate when none is asked for: <c>critical</c>, <c>high</c>, <c>fixable-critical</c>, <c>fixable-high</c> or <c>report</c>.</summary>
    [Required]
    public string Policy { get; set; } = "critical";

    /// <summary>A folder whose files are taken in as reports; null for none.</summary>
    public string? Folder { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (GatePolicy.Find(Policy) is null)
        {
            yield return new ValidationResult(
                $"there is no policy \"{Policy}\" (there are {GatePolicy.Names})",
                [nameof(Policy)]
            );
        }
        if (Folder is { Length: > 0 } folder && !Directory.Exists(folder))
        {
            yield return new ValidationResult(
                $"there is no folder \"{folder}\" that the dashboard can see",
                [nameof(Folder)]
            );
        }
    }
}
