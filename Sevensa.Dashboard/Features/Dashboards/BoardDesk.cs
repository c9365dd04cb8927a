using System.Text.Json;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Dashboards;

/// <param name="Shown">Panels that are drawn; the others are listed with the reason.</param>
/// <param name="Board">Null in lists.</param>
internal sealed record KeptBoard(
    string Tenant,
    string Id,
    string Title,
    string Description,
    IReadOnlyList<string> Tags,
    int Panels,
    int Shown,
    int Version,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    string UpdatedBy,
    Board? Board
);

internal sealed record BoardVersion(int Version, string Title, DateTimeOffset At, string By);

/// <summary>Answered as 404.</summary>
internal sealed class UnknownBoardException(string id) : Exception($"There is no dashboard \"{id}\" that you can see.");

/// <summary>Somebody saved meanwhile. Answered as 409; nothing of either is lost.</summary>
internal sealed class BoardConflictException(KeptBoard current)
    : Exception(
        $"{current.UpdatedBy} saved version {current.Version} meanwhile. Nothing was written. Read it again and put your changes on top, or save yours as a copy."
    )
{
    public KeptBoard Current { get; } = current;
}

/// <summary>
/// The dashboards of a tenant: everybody who sees the tenant sees them, operators and administrators change them, and the
/// record says who did.
/// </summary>
internal sealed class BoardDesk
{
    public const int MostBoards = 300;
    private readonly BoardStore store;
    private readonly ITenantScopes scopes;
    private readonly IAuditLog audit;
    private readonly TimeProvider time;

    internal BoardDesk(BoardStore store, ITenantScopes scopes, IAuditLog audit, TimeProvider time) =>
        (this.store, this.scopes, this.audit, this.time) = (store, scopes, audit, time);

    public static bool MayEdit(Caller caller) => caller.MayArrange;

    public async Task<IReadOnlyList<KeptBoard>> ListAsync(Caller caller, string tenant, CancellationToken cancellation)
    {
        await SeeAsync(caller, tenant, cancellation);
        return await store.ListAsync(tenant, cancellation);
    }

    /// <summary>By title; without what is in them.</summary>
    public async Task<Page<KeptBoard>> PageAsync(
        Caller caller,
        string tenant,
        PageAsked asked,
        CancellationToken cancellation
    )
    {
        await SeeAsync(caller, tenant, cancellation);
        return await store.PageAsync(tenant, asked, cancellation);
    }

    public async Task<KeptBoard> FindAsync(Caller caller, string tenant, string id, CancellationToken cancellation)
    {
        await SeeAsync(caller, tenant, cancellation);
        return await store.FindAsync(tenant, id, cancellation) ?? throw new UnknownBoardException(id);
    }

    public async Task<IReadOnlyList<BoardVersion>> VersionsAsync(
        Caller caller,
        string tenant,
        string id,
        CancellationToken cancellation
    )
    {
        await FindAsync(caller, tenant, id, cancellation);
        return await store.VersionsAsync(tenant, id, cancellation);
    }

    /// <summary>Who saved it when, newest first.</summary>
    public async Task<Page<BoardVersion>> VersionsAsync(
        Caller caller,
        string tenant,
        string id,
        PageAsked asked,
        CancellationToken cancellation
    )
    {
        await SeeAsync(caller, tenant, cancellation);
        BoardStore.Newest.Check(asked);
        _ = await store.FindAsync(tenant, id, cancellation) ?? throw new UnknownBoardException(id);
        return await store.VersionsAsync(tenant, id, asked, cancellation);
    }

    public async Task<Board> VersionAsync(
        Caller caller,
        string tenant,
        string id,
        int version,
        CancellationToken cancellation
    )
    {
        await SeeAsync(caller, tenant, cancellation);
        return await store.VersionAsync(tenant, id, version, cancellation) ?? throw new UnknownBoardException(id);
    }

    /// <summary>Keeps a new dashboard under an id of its own.</summary>
    /// <param name="imported">From a file, which the record says.</param>
    public Task<KeptBoard> CreateAsync(
        Caller caller,
        string tenant,
        Board board,
        bool imported,
        CancellationToken cancellation
    ) =>
        KeepAsync(
            caller,
            tenant,
            Guid.CreateVersion7(time.GetUtcNow()).ToString("N"),
            0,
            board,
            imported ? "dashboard.imported" : "dashboard.created",
            cancellation
        );

    /// <param name="version">The version that was changed; zero when there was none. Null takes part only where there is none yet.</param>
    /// <exception cref="BoardConflictException">Another version is there by now.</exception>
    public async Task<KeptBoard> SaveAsync(
        Caller caller,
        string tenant,
        string id,
        int? version,
        Board board,
        CancellationToken cancellation
    )
    {
        await EditAsync(caller, tenant, cancellation);
        var current = await store.FindAsync(tenant, id, cancellation);
        if (current is not null && current.Version != version)
        {
            throw new BoardConflictException(current);
        }
        return current is null && version > 0
            ? throw new UnknownBoardException(id)
            : await KeepAsync(
                caller,
                tenant,
                id,
                current?.Version ?? 0,
                board,
                current is null ? "dashboard.created" : "dashboard.saved",
                cancellation
            );
    }

    public async Task DeleteAsync(Caller caller, string tenant, string id, CancellationToken cancellation)
    {
        await EditAsync(caller, tenant, cancellation);
        var current = await store.FindAsync(tenant, id, cancellation) ?? throw new UnknownBoardException(id);
        await audit.AppendAsync(
            new AuditEntry(
                caller.Actor(),
                "dashboard.deleted",
                tenant,
                id,
                Detail: $"Dashboard \"{current.Title}\" was deleted in version {current.Version}.",
                // What is gone can be read in the record, and imported again.
                Before: current.Board is { } board ? BoardFile.Element(board) : null
            ),
            cancellation
        );
        await store.DeleteAsync(tenant, id, cancellation);
    }

    private async Task<KeptBoard> KeepAsync(
        Caller caller,
        string tenant,
        string id,
        int version,
        Board board,
        string action,
        CancellationToken cancellation
    )
    {
        await EditAsync(caller, tenant, cancellation);
        var kept = BoardFile.Check(board);
        if (version == 0 && await store.CountAsync(tenant, cancellation) >= MostBoards)
        {
            throw new BoardRefusedException(
                $"The tenant has {MostBoards} dashboards, which is the most. Delete one that nobody needs."
            );
        }
        await audit.AppendAsync(
            new AuditEntry(
                caller.Actor(),
                action,
                tenant,
                id,
                Detail: $"Dashboard \"{kept.Title}\", version {version + 1}.",
                After: JsonSerializer.SerializeToElement(
                    new
                    {
                        title = kept.Title,
                        version = version + 1,
                        panels = kept.Panels.Count(),
                        variables = kept.Variables.Count,
                    }
                )
            ),
            cancellation
        );
        if (!await store.PutAsync(tenant, id, version, kept, caller.Name, time.GetUtcNow(), cancellation))
        {
            var current = await store.FindAsync(tenant, id, cancellation) ?? throw new UnknownBoardException(id);
            await audit.AppendAsync(
                new AuditEntry(
                    caller.Actor(),
                    action,
                    tenant,
                    id,
                    AuditOutcome.Refused,
                    $"Not written: {current.UpdatedBy} saved version {current.Version} at the same moment."
                ),
                cancellation
            );
            throw new BoardConflictException(current);
        }
        return (await store.FindAsync(tenant, id, cancellation))!;
    }

    /// <exception cref="ForbiddenException">The caller may look, and not change.</exception>
    public ValueTask AllowAsync(Caller caller, string tenant, CancellationToken cancellation) =>
        EditAsync(caller, tenant, cancellation);

    private async ValueTask SeeAsync(Caller caller, string tenant, CancellationToken cancellation)
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        if (!caller.IsStaff)
        {
            throw new UnknownTenantException(tenant);
        }
    }

    private async ValueTask EditAsync(Caller caller, string tenant, CancellationToken cancellation)
    {
        await SeeAsync(caller, tenant, cancellation);
        if (!MayEdit(caller))
        {
            throw new ForbiddenException(
                "Dashboards are changed by operators and administrators. You can look at them, and export them."
            );
        }
    }
}
