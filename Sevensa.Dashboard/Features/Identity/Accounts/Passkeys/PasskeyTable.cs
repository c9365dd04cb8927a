using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Passkeys;

/// <summary>Passkeys as the framework keeps them: public halves, nothing that opens anything.</summary>
internal sealed class PasskeyTable : IEntityTypeConfiguration<IdentityUserPasskey<string>>
{
    public void Configure(EntityTypeBuilder<IdentityUserPasskey<string>> builder)
    {
        builder.ToTable("Passkeys");
        builder.HasKey(row => row.CredentialId);
        builder.Property(row => row.CredentialId).HasMaxLength(1024);
        builder.Property(row => row.UserId).HasMaxLength(64);
        builder.HasIndex(row => row.UserId);
        builder.OwnsOne(row => row.Data).ToJson();
    }
}
