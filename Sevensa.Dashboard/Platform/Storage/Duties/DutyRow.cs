using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Sevensa.Dashboard.Platform.Storage.Duties;

/// <summary>Which dashboard does what must be done once.</summary>
internal sealed class DutyRow
{
    public required string Name { get; init; }

    /// <summary>Id of the dashboard; null when it gave the duty back.</summary>
    public string? Holder { get; set; }

    /// <summary>Counted up each time it changes hands: what an earlier holder still wants to write is refused.</summary>
    public required long Epoch { get; set; }

    /// <summary>Counted up by the holder as long as it is there. Others watch it move, so no two clocks are compared.</summary>
    public required long Beat { get; set; }
    public required DateTimeOffset Since { get; set; }
}

internal sealed class DutyTable : IEntityTypeConfiguration<DutyRow>
{
    public void Configure(EntityTypeBuilder<DutyRow> builder)
    {
        builder.ToTable("Duties").HasKey(duty => duty.Name);
        builder.Property(duty => duty.Name).HasMaxLength(60);
        builder.Property(duty => duty.Holder).HasMaxLength(32);
    }
}
