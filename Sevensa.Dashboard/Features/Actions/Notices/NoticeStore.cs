using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Actions.Notices;

/// <summary>One thing to tell by one way, until it is told or given up.</summary>
internal sealed class NoticeRow
{
    public long Id { get; init; }
    public required string ProposalId { get; init; }
    public required string Channel { get; init; }
    public required NoticeOccasion Occasion { get; init; }

    /// <summary>When it is tried next; while it is being tried, when another dashboard may.</summary>
    public required DateTimeOffset DueAt { get; set; }
    public int Tries { get; set; }
    public DateTimeOffset? EndedAt { get; set; }
    public bool Sent { get; set; }

    /// <summary>Why not, in the words of who did not take it.</summary>
    public string? Trouble { get; set; }
}

internal sealed class NoticeTable : IEntityTypeConfiguration<NoticeRow>
{
    public void Configure(EntityTypeBuilder<NoticeRow> builder)
    {
        builder.ToTable("Notices");
        builder.HasKey(row => row.Id);
        builder.Property(row => row.Occasion).HasConversion<string>().HasMaxLength(16);
        builder.Property(row => row.Channel).HasMaxLength(32);
        builder
            .HasIndex(row => new
            {
                row.ProposalId,
                row.Channel,
                row.Occasion,
            })
            .IsUnique();
        builder.HasIndex(row => new
        {
            row.Channel,
            row.EndedAt,
            row.DueAt,
        });
    }
}

internal sealed class NoticeStore(IDbContextFactory<Store> stores)
{
    private const int MostAtOnce = 20;

    public async Task<IReadOnlyList<NoticeRow>> DueAsync(
        string channel,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<NoticeRow>()
            .AsNoTracking()
            .Where(row => row.Channel == channel && row.EndedAt == null && row.DueAt <= now)
            .OrderBy(row => row.Id)
            .Take(MostAtOnce)
            .ToListAsync(cancellation);
    }

    /// <summary>False when another dashboard took it.</summary>
    public async Task<bool> TakeAsync(NoticeRow row, DateTimeOffset until, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
                .Set<NoticeRow>()
                .Where(found => found.Id == row.Id && found.EndedAt == null && found.Tries == row.Tries)
                .ExecuteUpdateAsync(
                    set =>
                        set.SetProperty(found => found.DueAt, until).SetProperty(found => found.Tries, row.Tries + 1),
                    cancellation
                ) == 1;
    }

    /// <param name="next">When it is tried again; null when it has ended.</param>
    public async Task TellAsync(
        NoticeRow row,
        bool sent,
        string? trouble,
        DateTimeOffset now,
        DateTimeOffset? next,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        DateTimeOffset? ended = next is null ? now : null;
        var due = next ?? now;
        await store
            .Set<NoticeRow>()
            .Where(found => found.Id == row.Id)
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(found => found.Sent, sent)
                        .SetProperty(found => found.Trouble, trouble)
                        .SetProperty(found => found.EndedAt, ended)
                        .SetProperty(found => found.DueAt, due),
                cancellation
            );
    }

    /// <summary>The newest that was sent or at least tried; null when none was.</summary>
    public async Task<NoticeRow?> LastAsync(string channel, bool sentOnly, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<NoticeRow>()
            .AsNoTracking()
            .Where(row => row.Channel == channel && (row.Sent || (!sentOnly && row.Trouble != null)))
            .OrderByDescending(row => row.Id)
            .FirstOrDefaultAsync(cancellation);
    }

    public async Task<IReadOnlyList<NoticeRow>> OfAsync(string proposalId, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<NoticeRow>()
            .AsNoTracking()
            .Where(row => row.ProposalId == proposalId)
            .OrderBy(row => row.Id)
            .ToListAsync(cancellation);
    }
}
