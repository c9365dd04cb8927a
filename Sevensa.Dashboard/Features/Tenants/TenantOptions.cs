using System.ComponentModel.DataAnnotations;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Tenants;

/// <summary>One entry of the list <c>Tenants</c> (<c>Tenants:0:Id</c> …): a tenant that the registry is given at start.</summary>
internal sealed class TenantOptions
{
    /// <summary>Value of the <c>tenant</c> label everywhere.</summary>
    [Required]
    [RegularExpression("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", ErrorMessage = "is a word of a-z, 0-9 and - (at most 63)")]
    public string Id { get; set; } = "";

    [Required]
    public string Name { get; set; } = "";

    [RegularExpression("#[0-9a-fA-F]{6}", ErrorMessage = "is a colour as #rrggbb")]
    public string Colour { get; set; } = "#6b7280";

    public List<string> Services { get; set; } = [];

    public List<string> ComposeProjects { get; set; } = [];

    /// <summary>p95 that its services should stay under, milliseconds.</summary>
    [Range(1, 600_000)]
    public double? LatencyObjectiveMs { get; set; }

    /// <summary>Share of good requests agreed on, e.g. 0.999.</summary>
    [Range(0.5, 1)]
    public double? AvailabilityObjective { get; set; }

    public Tenant ToTenant() =>
        new(
            Id,
            Name,
            Colour,
            Services,
            ComposeProjects.Count > 0 ? ComposeProjects : [Id],
            LatencyObjectiveMs,
            AvailabilityObjective
        );
}
