using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Sevensa.Dashboard.Features.Identity.Accounts.External;

/// <summary>Somebody whom a provider knows: with an account here, or waiting for one.</summary>
internal sealed class ExternalPersonRow
{
    public const int LongestSubject = 255;
    public const int LongestName = 256;

    /// <summary>
    /// SHA-256 (hex) over provider, issuer and subject: the same name of somebody else fits none of it. A stroke at the end of the
    /// issuer makes no difference, as it makes none where its tokens are checked.
    /// </summary>
    public required string Id { get; init; }

    /// <summary>Its name in the configuration.</summary>
    public required string Provider { get; init; }

    public required string Subject { get; init; }

    /// <summary>As the provider calls them. Nothing goes by it.</summary>
    public required string Name { get; set; }

    /// <summary>Their account; null while nobody gave them one.</summary>
    public string? PersonId { get; set; }

    /// <summary>A claim gave the account its role and tenants, and takes them again.</summary>
    public bool IsGranted { get; set; }

    /// <summary>The account's stamp after it was disabled because the claim was gone; any change since is somebody else's.</summary>
    public string? SuspendedStamp { get; set; }

    public required DateTimeOffset FirstSeenAt { get; init; }

    /// <summary>When they came last; of an account that a claim gave, when the claim was looked at last and held.</summary>
    public required DateTimeOffset LastSeenAt { get; set; }

    public static string IdOf(string provider, string issuer, string subject) =>
        Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes($"{provider}\n{issuer.TrimEnd('/')}\n{subject}"))
        );
}

internal sealed class ExternalPersonTable : IEntityTypeConfiguration<ExternalPersonRow>
{
    public void Configure(EntityTypeBuilder<ExternalPersonRow> builder)
    {
        builder.ToTable("ExternalPeople");
        builder.HasKey(row => row.Id);
        builder.Property(row => row.Id).HasMaxLength(64);
        builder.Property(row => row.Provider).HasMaxLength(32);
        builder.Property(row => row.Subject).HasMaxLength(ExternalPersonRow.LongestSubject);
        builder.Property(row => row.Name).HasMaxLength(ExternalPersonRow.LongestName);
        builder.Property(row => row.PersonId).HasMaxLength(64);
        builder.Property(row => row.SuspendedStamp).HasMaxLength(64);
        builder.HasIndex(row => row.PersonId);
    }
}
