using System.ComponentModel.DataAnnotations;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Places;

/// <summary>Section <c>Identity:Places</c>: where addresses are.</summary>
internal sealed class PlaceOptions
{
    /// <summary>Path of a database of cities or countries by address (<c>.mmdb</c>); without one no session has a place.</summary>
    public string? Database { get; set; }

    /// <summary>After so many days a database is called old.</summary>
    [Range(1, 3650)]
    public int OutdatedDays { get; set; } = 90;
}
