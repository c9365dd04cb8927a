using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Assistant.Sharing;

/// <summary>A conversation, as far as it had come, that a tenant's people may read.</summary>
internal sealed class SharedConversation
{
    public required string Id { get; init; }
    public required string ConversationId { get; init; }
    public required string Tenant { get; init; }
    public required string Title { get; init; }

    /// <summary>Name of who shared it.</summary>
    public required string SharedBy { get; init; }
    public required DateTimeOffset SharedAt { get; init; }

    /// <summary>Number of the last message that is shared: what is said later was not looked at.</summary>
    public required long UpTo { get; init; }
}

/// <summary>Which conversations are shared with whom.</summary>
internal sealed class SharingStore(IDbContextFactory<Store> stores)
{
    internal static readonly RowOrder<SharedConversation> NewestFirst = new RowOrder<SharedConversation>(
        "shared-conversations"
    )
        .ByNewest(one => one.SharedAt)
        .By(one => one.Id);

    /// <returns>False, with nothing kept, when the conversation was deleted meanwhile.</returns>
    public async Task<bool> AddAsync(SharedConversation shared, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        store.Add(shared);
        try
        {
            await store.SaveChangesAsync(cancellation);
            return true;
        }
        catch (DbUpdateException)
        {
            if (!await store.Set<Conversation>().AnyAsync(one => one.Id == shared.ConversationId, cancellation))
            {
                return false;
            }
            throw;
        }
    }

    public async Task<Page<SharedConversation>> PageAsync(
        string tenant,
        PageAsked asked,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await NewestFirst.PageAsync(
            store,
            store.Set<SharedConversation>().AsNoTracking().Where(one => one.Tenant == tenant),
            asked,
            cancellation
        );
    }

    public async Task<IReadOnlyList<SharedConversation>> OfAsync(string conversation, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<SharedConversation>()
            .AsNoTracking()
            .Where(one => one.ConversationId == conversation)
            .OrderBy(one => one.SharedAt)
            .ToListAsync(cancellation);
    }

    public async Task<SharedConversation?> FindAsync(string tenant, string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<SharedConversation>()
            .AsNoTracking()
            .SingleOrDefaultAsync(one => one.Id == id && one.Tenant == tenant, cancellation);
    }

    public async Task<bool> RemoveAsync(string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<SharedConversation>().Where(one => one.Id == id).ExecuteDeleteAsync(cancellation) > 0;
    }

    /// <summary>It is shared by whoever began the conversation.</summary>
    public async Task<bool> IsOfAsync(SharedConversation shared, string owner, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<Conversation>()
            .AnyAsync(one => one.Id == shared.ConversationId && one.OwnerId == owner, cancellation);
    }

    /// <summary>What is shared of it, oldest first.</summary>
    public async Task<Page<ConversationMessage>> MessagesAsync(
        SharedConversation shared,
        PageAsked asked,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await ConversationStore.AsSaid.PageAsync(
            store,
            store
                .Set<ConversationMessage>()
                .AsNoTracking()
                .Where(one => one.ConversationId == shared.ConversationId && one.Number <= shared.UpTo),
            asked,
            cancellation
        );
    }
}

internal sealed class SharedConversationTable : IEntityTypeConfiguration<SharedConversation>
{
    public void Configure(EntityTypeBuilder<SharedConversation> builder)
    {
        builder.ToTable("SharedConversations").HasKey(one => one.Id);
        builder.HasIndex(one => one.ConversationId);
        builder.HasIndex(one => new { one.Tenant, one.SharedAt });
        builder.HasOne<Conversation>().WithMany().HasForeignKey(one => one.ConversationId);
    }
}
