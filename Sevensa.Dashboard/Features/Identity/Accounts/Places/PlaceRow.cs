using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Places;

/// <summary>That somebody was seen at a place.</summary>
internal sealed class PlaceRow
{
    /// <summary>The person and <see cref="Place.Key"/>.</summary>
    public required string Id { get; init; }
    public required string PersonId { get; init; }
    public required string Country { get; init; }
    public required string Words { get; init; }
    public double? Latitude { get; init; }
    public double? Longitude { get; init; }
    public required int RadiusKm { get; init; }

    /// <summary>In which session they were seen there last (<see cref="SessionStore.RootOf"/>).</summary>
    public required string Session { get; set; }
    public required DateTimeOffset LastAt { get; set; }

    /// <summary>They can't have come there, and did not prove that it was them: no journey is measured from here.</summary>
    public bool IsDoubted { get; set; }

    /// <summary>Id of the row from which they can't have come.</summary>
    public string? CameFrom { get; set; }

    /// <summary>When they proved that it is them who is seen here, however they came.</summary>
    public DateTimeOffset? ProvedAt { get; set; }

    public Place ToPlace() => new(Country, Words, Latitude, Longitude, RadiusKm);
}

internal sealed class PlaceTable : IEntityTypeConfiguration<PlaceRow>
{
    public void Configure(EntityTypeBuilder<PlaceRow> builder)
    {
        builder.ToTable("PersonPlaces");
        builder.HasKey(row => row.Id);
        builder.Property(row => row.Id).HasMaxLength(128);
        builder.Property(row => row.PersonId).HasMaxLength(64);
        builder.Property(row => row.Country).HasMaxLength(8);
        builder.Property(row => row.Words).HasMaxLength(PlaceStore.LongestWords);
        builder.Property(row => row.Session).HasMaxLength(64);
        builder.Property(row => row.CameFrom).HasMaxLength(128);
        builder.HasIndex(row => row.PersonId);
        builder.HasIndex(row => row.Session);
    }
}
