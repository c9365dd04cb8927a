using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Assistant.Sharing;

/// <summary>There is no such conversation for whoever asks.</summary>
internal sealed class UnknownConversationException(string id)
    : Exception($"There is no conversation {id} that you can see.");

/// <summary>It may not be shared; the message says why.</summary>
internal sealed class NotShareableException(string message) : Exception(message);

/// <param name="Title">As it was when it was shared.</param>
/// <param name="Link">The page on which those who may see the tenant read it.</param>
internal sealed record SharedView(
    string Id,
    string Tenant,
    string Title,
    string SharedBy,
    DateTimeOffset SharedAt,
    string Link
)
{
    internal static SharedView Of(SharedConversation shared) =>
        new(
            shared.Id,
            shared.Tenant,
            shared.Title,
            shared.SharedBy,
            shared.SharedAt,
            $"/tenants/{shared.Tenant}/conversations/{shared.Id}"
        );
}

/// <summary>Conversations that their owners let a tenant's people read: as far as they had come, to read only, until that is taken back.</summary>
internal sealed class SharingDesk(
    SharingStore store,
    ConversationStore conversations,
    ITenantScopes scopes,
    ITenants tenants,
    IStepUp stepUp,
    IAuditLog audit,
    TimeProvider time
)
{
    /// <summary>A longer one is not shared: all of it has to be looked at.</summary>
    private const int MostMessages = 1000;

    /// <summary>Of one conversation, with all tenants together.</summary>
    internal const int MostShares = 20;

    /// <exception cref="UnknownConversationException"/>
    /// <exception cref="UnknownTenantException"/>
    /// <exception cref="NotShareableException"/>
    /// <exception cref="ForbiddenException">The caller's session is in doubt.</exception>
    public async Task<SharedView> ShareAsync(
        Caller caller,
        string conversation,
        string tenant,
        CancellationToken cancellation
    )
    {
        await stepUp.RequireClearAsync(caller, "conversation.share", cancellation);
        var own =
            await conversations.FindAsync(conversation, caller.Subject, cancellation)
            ?? throw new UnknownConversationException(conversation);
        await scopes.ForAsync(caller, tenant, cancellation);
        if ((await store.OfAsync(own.Id, cancellation)).Count >= MostShares)
        {
            throw new NotShareableException(
                $"It is shared {MostShares} times already, which is as often as one conversation may be. Take back one of them, and share it then."
            );
        }
        var all = await tenants.AllAsync(cancellation);
        var messages = await conversations.MessagesAsync(own.Id, MostMessages + 1, cancellation);
        var why =
            messages.Count > MostMessages
                ? $"It has more than {MostMessages} messages. Begin a new conversation, and share that."
                : SharedContent.WhyNot(
                    own.Title,
                    messages,
                    all.First(one => one.Id == tenant),
                    all,
                    await tenants.VisibleAsync(caller, cancellation)
                );
        if (why is not null)
        {
            throw new NotShareableException(why);
        }
        var now = time.GetUtcNow();
        var shared = new SharedConversation
        {
            Id = Guid.NewGuid().ToString("n"),
            ConversationId = own.Id,
            Tenant = tenant,
            Title = own.Title,
            SharedBy = caller.Name,
            SharedAt = now,
            UpTo = messages[^1].Number,
        };
        await TellAsync(caller, "conversation.shared", shared, cancellation);
        return await store.AddAsync(shared, cancellation)
            ? SharedView.Of(shared)
            : throw new UnknownConversationException(conversation);
    }

    /// <summary>With whom one's own conversation is shared.</summary>
    /// <exception cref="UnknownConversationException"/>
    public async Task<IReadOnlyList<SharedView>> OfAsync(
        Caller caller,
        string conversation,
        CancellationToken cancellation
    ) =>
        await conversations.FindAsync(conversation, caller.Subject, cancellation) is { } own
            ? [.. (await store.OfAsync(own.Id, cancellation)).Select(SharedView.Of)]
            : throw new UnknownConversationException(conversation);

    /// <exception cref="UnknownTenantException"/>
    public async Task<Page<SharedView>> PageAsync(
        Caller caller,
        string tenant,
        PageAsked asked,
        CancellationToken cancellation
    )
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        return (await store.PageAsync(tenant, asked, cancellation)).Select(SharedView.Of);
    }

    /// <exception cref="UnknownTenantException"/>
    /// <exception cref="UnknownConversationException"/>
    public async Task<SharedView> FindAsync(Caller caller, string tenant, string id, CancellationToken cancellation) =>
        SharedView.Of(await RowAsync(caller, tenant, id, cancellation));

    /// <summary>What is shared of it, oldest first.</summary>
    /// <exception cref="UnknownTenantException"/>
    /// <exception cref="UnknownConversationException"/>
    public async Task<Page<ConversationMessage>> MessagesAsync(
        Caller caller,
        string tenant,
        string id,
        PageAsked asked,
        CancellationToken cancellation
    )
    {
        var shared = await RowAsync(caller, tenant, id, cancellation);
        var page = await store.MessagesAsync(shared, asked, cancellation);
        var all = await tenants.AllAsync(cancellation);
        var visible = await tenants.VisibleAsync(caller, cancellation);
        var own = all.First(one => one.Id == tenant);
        return page.Select(message => SharedContent.For(message, own, all, visible));
    }

    /// <summary>Whether the caller is the one to take it back.</summary>
    public async Task<bool> MayEndAsync(Caller caller, string tenant, string id, CancellationToken cancellation) =>
        caller.IsAdmin
        || await store.IsOfAsync(await RowAsync(caller, tenant, id, cancellation), caller.Subject, cancellation);

    /// <exception cref="UnknownTenantException"/>
    /// <exception cref="UnknownConversationException"/>
    /// <exception cref="ForbiddenException">It is another's, and the caller is no administrator.</exception>
    public async Task EndAsync(Caller caller, string tenant, string id, CancellationToken cancellation)
    {
        var shared = await RowAsync(caller, tenant, id, cancellation);
        if (!caller.IsAdmin && !await store.IsOfAsync(shared, caller.Subject, cancellation))
        {
            throw new ForbiddenException($"Only {shared.SharedBy}, who shared it, or an administrator takes it back.");
        }
        await TellAsync(caller, "conversation.unshared", shared, cancellation);
        await store.RemoveAsync(shared.Id, cancellation);
    }

    private async Task<SharedConversation> RowAsync(
        Caller caller,
        string tenant,
        string id,
        CancellationToken cancellation
    )
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        return await store.FindAsync(tenant, id, cancellation) ?? throw new UnknownConversationException(id);
    }

    private Task<long> TellAsync(
        Caller caller,
        string action,
        SharedConversation shared,
        CancellationToken cancellation
    ) =>
        audit.AppendAsync(
            new AuditEntry(
                caller.Actor(),
                action,
                shared.Tenant,
                shared.Id,
                Detail: $"The conversation \"{shared.Title}\", with whoever may see {shared.Tenant}."
            ),
            cancellation
        );
}
