using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Roles;

/// <summary>A role that an administrator put together. Who holds it names it by its id (<see cref="AppUser.CustomRoleId"/>).</summary>
internal sealed class CustomRoleRow
{
    public const int LongestId = 64;
    public const int LongestName = 64;
    public const int LongestDescription = 300;

    /// <summary>What programs and settings call it; it stays when the role is renamed.</summary>
    public required string Id { get; init; }
    public required string Name { get; set; }

    /// <summary>The name as two roles can't share it.</summary>
    public required string NameKey { get; set; }
    public required string Description { get; set; }

    /// <summary>Names of <see cref="NamedPermission"/> with blanks: one that is not known any more gives nothing.</summary>
    public required string Permissions { get; set; }

    /// <summary>Grows with each change: of two at once one finds that it looked at something older.</summary>
    public required int Version { get; set; }
    public required DateTimeOffset ChangedAt { get; set; }

    public HeldRole Held => new(Id, Name, PermissionsOf(Permissions));

    public static RolePermissions PermissionsOf(string names) => NamedPermission.Parse(names.Split(' '));
}

internal sealed class CustomRoleTable : IEntityTypeConfiguration<CustomRoleRow>
{
    public void Configure(EntityTypeBuilder<CustomRoleRow> builder)
    {
        builder.ToTable("CustomRoles");
        builder.HasKey(row => row.Id);
        builder.Property(row => row.Id).HasMaxLength(CustomRoleRow.LongestId);
        builder.Property(row => row.Name).HasMaxLength(CustomRoleRow.LongestName);
        builder.Property(row => row.NameKey).HasMaxLength(CustomRoleRow.LongestName);
        builder.Property(row => row.Description).HasMaxLength(CustomRoleRow.LongestDescription);
        builder.Property(row => row.Permissions).HasMaxLength(200);
        builder.Property(row => row.Version).IsConcurrencyToken();
        builder.HasIndex(row => row.NameKey).IsUnique();
        builder.Ignore(row => row.Held);
    }
}
