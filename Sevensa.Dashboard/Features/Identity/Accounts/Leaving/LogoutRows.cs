using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Leaving;

/// <summary>A program that let somebody in by one of their sessions, and wants to be told when it ends.</summary>
internal sealed class SessionClientRow
{
    /// <summary>By what stays of its id (<see cref="SessionStore.RootOf"/>).</summary>
    public required string Session { get; init; }
    public required string Client { get; init; }
    public required string PersonId { get; init; }

    /// <summary>As the program was told it, letter by letter.</summary>
    public required string Issuer { get; init; }
}

/// <summary>That a session ended, as a program is to be told. It goes when the program took it, or after the last try.</summary>
internal sealed class LogoutNoticeRow
{
    public required string Id { get; init; }
    public required string Session { get; init; }
    public required string Client { get; init; }
    public required string PersonId { get; init; }
    public required string Issuer { get; init; }
    public required DateTimeOffset EndedAt { get; init; }
    public required DateTimeOffset DueAt { get; set; }
    public int Tries { get; set; }
}

internal sealed class SessionClientTable : IEntityTypeConfiguration<SessionClientRow>
{
    public void Configure(EntityTypeBuilder<SessionClientRow> builder)
    {
        builder.ToTable("SessionClients");
        builder.HasKey(row => new { row.Session, row.Client });
        builder.Property(row => row.Session).HasMaxLength(64);
        builder.Property(row => row.Client).HasMaxLength(100);
        builder.Property(row => row.PersonId).HasMaxLength(64);
        builder.Property(row => row.Issuer).HasMaxLength(2000);
        builder.HasIndex(row => row.PersonId);
    }
}

internal sealed class LogoutNoticeTable : IEntityTypeConfiguration<LogoutNoticeRow>
{
    public void Configure(EntityTypeBuilder<LogoutNoticeRow> builder)
    {
        builder.ToTable("LogoutNotices");
        builder.HasKey(row => row.Id);
        builder.Property(row => row.Id).HasMaxLength(64);
        builder.Property(row => row.Session).HasMaxLength(64);
        builder.Property(row => row.Client).HasMaxLength(100);
        builder.Property(row => row.PersonId).HasMaxLength(64);
        builder.Property(row => row.Issuer).HasMaxLength(2000);
        builder.HasIndex(row => row.DueAt);
    }
}
