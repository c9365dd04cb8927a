using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Assistant;

/// <summary>A conversation belongs to the one who began it.</summary>
internal sealed class Conversation
{
    public required string Id { get; init; }
    public required string OwnerId { get; init; }
    public required string Title { get; set; }

    /// <summary>The chat model that it is had with; the main one when null.</summary>
    public string? Model { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset TouchedAt { get; set; }

    /// <summary>Something that was ever read in it addressed an assistant.</summary>
    public bool IsTainted { get; set; }
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
internal sealed class ConversationStore(
    IDbContextFactory<Store> stores,
    IOptions<AssistantOptions> options,
    TimeProvider time
) : IOutlivedRows
{
    internal static readonly RowOrder<ConversationMessage> AsSaid = new RowOrder<ConversationMessage>("messages").By(
        message => message.Number
    );

    /// <summary>As people are shown it: what a model called and was answered is long, and is for the model.</summary>
    private static readonly Expression<Func<ConversationMessage, ConversationMessage>> Shown =
        message => new ConversationMessage
        {
            Number = message.Number,
            Id = message.Id,
            ConversationId = message.ConversationId,
            Author = message.Author,
            Text = message.Text,
            Events = message.Events,
            At = message.At,
        };

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
    /// <param name="text">What title or messages contain, whatever its case; null for all.</param>
    public async Task<IReadOnlyList<Conversation>> PageAsync(
        string ownerId,
        (DateTimeOffset CreatedAt, string Id)? after,
        int most,
        CancellationToken cancellation,
        string? text = null
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = store.Set<Conversation>().AsNoTracking().Where(found => found.OwnerId == ownerId);
        if (text is { Length: > 0 })
        {
            // SQLite lowers A to Z alone: of other letters the ways are tried in which words begin and shout.
            var (lower, capital, upper) = (
                text.ToLowerInvariant(),
                Lowered(char.ToUpperInvariant(text[0]) + text[1..].ToLowerInvariant()),
                Lowered(text.ToUpperInvariant())
            );
#pragma warning disable CA1304, CA1311, CA1862 // It becomes the database's lower().
            rows = rows.Where(found =>
                found.Title.ToLower().Contains(lower)
                || found.Title.ToLower().Contains(capital)
                || found.Title.ToLower().Contains(upper)
                || store
                    .Set<ConversationMessage>()
                    .Any(message =>
                        message.ConversationId == found.Id
                        && (
                            message.Text.ToLower().Contains(lower)
                            || message.Text.ToLower().Contains(capital)
                            || message.Text.ToLower().Contains(upper)
                        )
                    )
            );
#pragma warning restore CA1304, CA1311, CA1862
        }
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

    private static string Lowered(string text) =>
        string.Concat(text.Select(letter => char.IsAscii(letter) ? char.ToLowerInvariant(letter) : letter));

    /// <summary>With all that was said in it.</summary>
    /// <returns>False when there is none of that id of this owner.</returns>
    public async Task<bool> RemoveAsync(string id, string ownerId, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
                .Set<Conversation>()
                .Where(found => found.Id == id && found.OwnerId == ownerId)
                .ExecuteDeleteAsync(cancellation) > 0;
    }

    /// <summary>Takes away what nobody has gone on with for so long.</summary>
    public Task RemoveAsync(CancellationToken cancellation)
    {
        if (options.Value.KeepDays == 0)
        {
            return Task.CompletedTask;
        }
        var limit = time.GetUtcNow().AddDays(-options.Value.KeepDays);
        return stores.RemoveAsync<Conversation>(found => found.TouchedAt < limit, found => found.Id, cancellation);
    }

    /// <summary>Oldest first; the last <paramref name="most"/> of them, without what a model was answered.</summary>
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
            .Select(Shown)
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
            .Set<Conversation>()
            .AnyAsync(found => found.Id == conversationId && found.IsTainted, cancellation);
    }

    /// <returns>False, with nothing kept, when the conversation was deleted meanwhile.</returns>
    public async Task<bool> AppendAsync(ConversationMessage message, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        if (
            await store
                .Set<Conversation>()
                .SingleOrDefaultAsync(found => found.Id == message.ConversationId, cancellation)
            is not { } conversation
        )
        {
            return false;
        }
        store.Add(message);
        conversation.TouchedAt = message.At;
        conversation.IsTainted |= IsUntrusted(message);
        if (message.Author == "user" && conversation.Title.Length == 0)
        {
            conversation.Title = StoreText.Shorten(message.Text, 80);
        }
        try
        {
            await store.SaveChangesAsync(cancellation);
            return true;
        }
        catch (DbUpdateException)
        {
            if (await IsGoneAsync(message.ConversationId, cancellation))
            {
                return false;
            }
            throw;
        }
    }

    /// <summary>Keeps a message that was appended as it is now.</summary>
    /// <returns>False when the conversation was deleted meanwhile, and the message with it.</returns>
    public async Task<bool> KeepAsync(ConversationMessage message, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        store.Update(message);
        if (
            await store
                .Set<Conversation>()
                .SingleOrDefaultAsync(found => found.Id == message.ConversationId, cancellation)
            is not { } conversation
        )
        {
            return false;
        }
        conversation.TouchedAt = message.At;
        conversation.IsTainted |= IsUntrusted(message);
        try
        {
            await store.SaveChangesAsync(cancellation);
            return true;
        }
        catch (DbUpdateException)
        {
            if (await IsGoneAsync(message.ConversationId, cancellation))
            {
                return false;
            }
            throw;
        }
    }

    private static bool IsUntrusted(ConversationMessage message) =>
        message.Events.Contains("\"untrusted\":true", StringComparison.Ordinal);

    private async Task<bool> IsGoneAsync(string conversation, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return !await store.Set<Conversation>().AnyAsync(found => found.Id == conversation, cancellation);
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
        builder.HasIndex(message => new { message.ConversationId, message.Number });
        builder.HasOne<Conversation>().WithMany().HasForeignKey(message => message.ConversationId);
    }
}
