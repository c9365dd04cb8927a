using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Sevensa.Dashboard.Features.Identity.Accounts;

/// <summary>A proof that a person gave their password or a code again, for one deed.</summary>
internal sealed class StepUpRow
{
    /// <summary>SHA-256 (hex) over proof, person and deed: it fits all three or nothing.</summary>
    public required string Hash { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
}

internal sealed class StepUpTable : IEntityTypeConfiguration<StepUpRow>
{
    public void Configure(EntityTypeBuilder<StepUpRow> builder)
    {
        builder.ToTable("StepUps");
        builder.HasKey(row => row.Hash);
        builder.Property(row => row.Hash).HasMaxLength(64);
    }
}
