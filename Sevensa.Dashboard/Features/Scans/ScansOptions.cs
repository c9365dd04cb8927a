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

    /// <summary>Days for which what was sent is kept, from its last sending on; 0: it is not kept.</summary>
    [Range(0, 3650)]
    public int OriginalsDays { get; set; } = 90;

    /// <summary>How much of the store all of it may take, packed; the oldest goes first.</summary>
    [Range(1, 1_000_000)]
    public int OriginalsMegabytes { get; set; } = 1024;

    /// <summary>Within how many days an open critical finding is due; 0: never. So of the others.</summary>
    [Range(0, 3650)]
    public int DueCritical { get; set; } = 7;

    [Range(0, 3650)]
    public int DueHigh { get; set; } = 30;

    [Range(0, 3650)]
    public int DueMedium { get; set; } = 90;

    [Range(0, 3650)]
    public int DueLow { get; set; } = 180;

    [Range(0, 3650)]
    public int DueUnknown { get; set; }

    /// <summary>Of what is known to be exploited (KEV), where that is sooner than by its severity.</summary>
    [Range(0, 3650)]
    public int DueExploited { get; set; } = 3;

    /// <summary>Of what is reached from outside its host, where that is sooner than by its severity; 0: it is due like the rest.</summary>
    [Range(0, 3650)]
    public int DueExposed { get; set; }

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
