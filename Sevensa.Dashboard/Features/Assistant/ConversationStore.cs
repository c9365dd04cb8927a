using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Assistant;

/// <summary>A conversation belongs to the one who began it.</summary>
internal sealed class Conversation
{
    public required string Id { get; init; }
    public required string OwnerId { get; init; }
    public required string Title { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset TouchedAt { get; set; }
}

/// <summary>One side's turn. An answer keeps its events (tools, citations, proposals) as JSON, to be shown again as they came.</summary>
public sealed class ConversationMessage
{
    public long Number { get; init; }
    public required string Id { get; init; }
    public required string ConversationId { get; init; }

    /// <summary><c>user</c> or <c>assistant</c>.</summary>
    public required string Author { get; init; }
    public required string Text { get; init; }

    /// <summary>JSON array of <c>{type, data}</c> without the text events; empty for a question.</summary>
    public required string Events { get; init; }

    /// <summary>Of an answer: JSON of what the model called and was answered before it spoke, as it was sent; null when nothing was called.</summary>
    public string? Exchange { get; init; }
    public required DateTimeOffset At { get; init; }
}

/// <summary>Conversations and their messages.</summary>
internal sealed class ConversationStore(IDbContextFactory<Store> stores)
{
    internal static readonly RowOrder<ConversationMessage> AsSaid = new RowOrder<ConversationMessage>("messages").By(
        message => message.Number
    );

    public async Task AddAsync(Conversation conversation, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        store.Add(conversation);
        await store.SaveChangesAsync(cancellation);
    }

    public async Task<Conversation?> FindAsync(string id, string ownerId, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<Conversation>()
            .AsNoTracking()
            .SingleOrDefaultAsync(found => found.Id == id && found.OwnerId == ownerId, cancellation);
    }

    public async Task<IReadOnlyList<Conversation>> ListAsync(string ownerId, int most, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<Conversation>()
            .AsNoTracking()
            .Where(conversation => conversation.OwnerId == ownerId)
            .OrderByDescending(conversation => conversation.TouchedAt)
            .Take(most)
            .ToListAsync(cancellation);
    }

    /// <summary>By when they were begun, newest first.</summary>
    public async Task<IReadOnlyList<Conversation>> PageAsync(
        string ownerId,
        (DateTimeOffset CreatedAt, string Id)? after,
        int most,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = store.Set<Conversation>().AsNoTracking().Where(found => found.OwnerId == ownerId);
        if (after is var (begun, id))
        {
            rows = rows.Where(found =>
                found.CreatedAt < begun || (found.CreatedAt == begun && found.Id.CompareTo(id) > 0)
            );
        }
        return await rows.OrderByDescending(found => found.CreatedAt)
            .ThenBy(found => found.Id)
            .Take(most)
            .ToListAsync(cancellation);
    }

    /// <summary>Oldest first; the last <paramref name="most"/> of them.</summary>
    public async Task<IReadOnlyList<ConversationMessage>> MessagesAsync(
        string conversationId,
        int most,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var newest = await store
            .Set<ConversationMessage>()
            .AsNoTracking()
            .Where(message => message.ConversationId == conversationId)
            .OrderByDescending(message => message.Number)
            .Take(most)
            .ToListAsync(cancellation);
        newest.Reverse();
        return newest;
    }

    /// <summary>Oldest first.</summary>
    internal async Task<Page<ConversationMessage>> MessagesAsync(
        string conversationId,
        PageAsked asked,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await AsSaid.PageAsync(
            store,
            store.Set<ConversationMessage>().AsNoTracking().Where(message => message.ConversationId == conversationId),
            asked,
            cancellation
        );
    }

    /// <summary>
    /// The newest messages, oldest first. More than <paramref name="most"/> lose their oldest <paramref name="step"/> at a time,
    /// so that they begin alike from question to question.
    /// </summary>
    /// <returns>Them, and how many there are before them.</returns>
    public async Task<(IReadOnlyList<ConversationMessage> Messages, int LeftOut)> RememberedAsync(
        string conversationId,
        int most,
        int step,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var all = store
            .Set<ConversationMessage>()
            .AsNoTracking()
            .Where(message => message.ConversationId == conversationId);
        var beyond = await all.CountAsync(cancellation) - most;
        var leftOut = beyond <= 0 ? 0 : (beyond + step - 1) / step * step;
        return (await all.OrderBy(message => message.Number).Skip(leftOut).ToListAsync(cancellation), leftOut);
    }

    /// <summary>Something that was ever read in it addressed an assistant.</summary>
    public async Task<bool> IsTaintedAsync(string conversationId, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<ConversationMessage>()
            .AsNoTracking()
            .AnyAsync(
                message => message.ConversationId == conversationId && message.Events.Contains("\"untrusted\":true"),
                cancellation
            );
    }

    public async Task AppendAsync(ConversationMessage message, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        store.Add(message);
        var conversation = await store
            .Set<Conversation>()
            .SingleAsync(found => found.Id == message.ConversationId, cancellation);
        conversation.TouchedAt = message.At;
        if (message.Author == "user" && conversation.Title.Length == 0)
        {
            conversation.Title = StoreText.Shorten(message.Text, 80);
        }
        await store.SaveChangesAsync(cancellation);
    }
}

internal sealed class ConversationTable : IEntityTypeConfiguration<Conversation>
{
    public void Configure(EntityTypeBuilder<Conversation> builder)
    {
        builder.ToTable("Conversations").HasKey(conversation => conversation.Id);
        builder.HasIndex(conversation => new { conversation.OwnerId, conversation.TouchedAt });
    }
}

internal sealed class ConversationMessageTable : IEntityTypeConfiguration<ConversationMessage>
{
    public void Configure(EntityTypeBuilder<ConversationMessage> builder)
    {
        builder.ToTable("ConversationMessages").HasKey(message => message.Number);
        builder.Property(message => message.Number).ValueGeneratedOnAdd();
        builder.HasIndex(message => message.ConversationId);
        builder.HasOne<Conversation>().WithMany().HasForeignKey(message => message.ConversationId);
    }
}
