using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Dashboards;

internal sealed class BoardRow
{
    public required string Tenant { get; init; }
    public required string Id { get; init; }
    public required string Title { get; set; }
    public required string Description { get; set; }
    public required List<string> Tags { get; set; }
    public int Panels { get; set; }
    public int Shown { get; set; }

    /// <summary>Counts the savings; whoever saves names the one that was changed.</summary>
    public int Version { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; set; }
    public required string UpdatedBy { get; set; }
    public required string Document { get; set; }
}

/// <summary>A dashboard as it was saved once.</summary>
internal sealed class BoardVersionRow
{
    public required string Tenant { get; init; }
    public required string Board { get; init; }
    public int Version { get; init; }
    public required string Title { get; init; }
    public DateTimeOffset At { get; init; }
    public required string By { get; init; }
    public required string Document { get; init; }
}

internal sealed class BoardTable : IEntityTypeConfiguration<BoardRow>
{
    public void Configure(EntityTypeBuilder<BoardRow> builder)
    {
        builder.ToTable("Dashboards");
        builder.HasKey(row => new { row.Tenant, row.Id });
        builder.Property(row => row.Tenant).HasMaxLength(63);
        builder.Property(row => row.Id).HasMaxLength(64);
        builder.Property(row => row.Version).IsConcurrencyToken();
    }
}

internal sealed class BoardVersionTable : IEntityTypeConfiguration<BoardVersionRow>
{
    public void Configure(EntityTypeBuilder<BoardVersionRow> builder)
    {
        builder.ToTable("DashboardVersions");
        builder.HasKey(row => new
        {
            row.Tenant,
            row.Board,
            row.Version,
        });
        builder.Property(row => row.Tenant).HasMaxLength(63);
        builder.Property(row => row.Board).HasMaxLength(64);
    }
}

internal sealed class BoardStore(IDbContextFactory<Store> stores)
{
    /// <summary>Older ones go.</summary>
    public const int KeptVersions = 50;

    private static readonly RowOrder<BoardRow> ByTitle = new RowOrder<BoardRow>("dashboards")
        .ByName(row => row.Title)
        .By(row => row.Id);

    public static readonly RowOrder<BoardVersionRow> Newest = new RowOrder<BoardVersionRow>(
        "versions of a dashboard"
    ).ByNewest(row => row.Version);

    private static readonly Expression<Func<BoardRow, BoardRow>> WithoutDocument = row => new BoardRow
    {
        Tenant = row.Tenant,
        Id = row.Id,
        Title = row.Title,
        Description = row.Description,
        Tags = row.Tags,
        Panels = row.Panels,
        Shown = row.Shown,
        Version = row.Version,
        CreatedAt = row.CreatedAt,
        UpdatedAt = row.UpdatedAt,
        UpdatedBy = row.UpdatedBy,
        Document = "",
    };

    private static KeptBoard Kept(BoardRow row, Board? board = null) =>
        new(
            row.Tenant,
            row.Id,
            row.Title,
            row.Description,
            row.Tags,
            row.Panels,
            row.Shown,
            row.Version,
            row.CreatedAt,
            row.UpdatedAt,
            row.UpdatedBy,
            board
        );

    /// <summary>All of a tenant, without what is in them.</summary>
    public async Task<IReadOnlyList<KeptBoard>> ListAsync(string tenant, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = await store
            .Set<BoardRow>()
            .AsNoTracking()
            .Where(row => row.Tenant == tenant)
            .Select(WithoutDocument)
            .ToListAsync(cancellation);
        return
        [
            .. rows.OrderBy(row => row.Title, StringComparer.OrdinalIgnoreCase)
                .ThenBy(row => row.Id, StringComparer.Ordinal)
                .Select(row => Kept(row)),
        ];
    }

    /// <summary>By title, without what is in them.</summary>
    public async Task<Page<KeptBoard>> PageAsync(string tenant, PageAsked asked, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var page = await ByTitle.PageAsync(
            store,
            store.Set<BoardRow>().AsNoTracking().Where(row => row.Tenant == tenant),
            asked,
            cancellation,
            WithoutDocument,
            usual: 100
        );
        return page.Select(row => Kept(row));
    }

    public async Task<KeptBoard?> FindAsync(string tenant, string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var row = await store
            .Set<BoardRow>()
            .AsNoTracking()
            .FirstOrDefaultAsync(row => row.Tenant == tenant && row.Id == id, cancellation);
        return row is null ? null : Kept(row, BoardFile.ReadKept(row.Document));
    }

    public async Task<int> CountAsync(string tenant, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<BoardRow>().CountAsync(row => row.Tenant == tenant, cancellation);
    }

    /// <summary>Keeps it as the version after <paramref name="version"/>; zero is a new one.</summary>
    /// <returns>False when another version is there by now.</returns>
    public async Task<bool> PutAsync(
        string tenant,
        string id,
        int version,
        Board board,
        string by,
        DateTimeOffset at,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var row = await store
            .Set<BoardRow>()
            .FirstOrDefaultAsync(found => found.Tenant == tenant && found.Id == id, cancellation);
        if ((row?.Version ?? 0) != version)
        {
            return false;
        }
        var document = BoardFile.Write(board);
        if (row is null)
        {
            row = new BoardRow
            {
                Tenant = tenant,
                Id = id,
                Title = board.Title,
                Description = board.Description,
                Tags = [],
                CreatedAt = at,
                UpdatedBy = by,
                Document = document,
            };
            store.Add(row);
        }
        (row.Title, row.Description, row.Tags, row.Document) = (
            board.Title,
            board.Description,
            [.. board.Tags],
            document
        );
        (row.Version, row.UpdatedAt, row.UpdatedBy) = (version + 1, at, by);
        row.Panels = board.Panels.Count();
        row.Shown = board.Panels.Count(panel => panel.Kind != PanelKind.Unsupported);
        store.Add(
            new BoardVersionRow
            {
                Tenant = tenant,
                Board = id,
                Version = version + 1,
                Title = board.Title,
                At = at,
                By = by,
                Document = document,
            }
        );
        try
        {
            await store.SaveChangesAsync(cancellation);
        }
        catch (DbUpdateException exception) when (StoreFault.In(exception) is null)
        {
            // Somebody saved between the look and the write: the token, or the version's key, says so.
            return false;
        }
        await store
            .Set<BoardVersionRow>()
            .Where(old => old.Tenant == tenant && old.Board == id && old.Version <= version + 1 - KeptVersions)
            .ExecuteDeleteAsync(cancellation);
        return true;
    }

    public async Task<bool> DeleteAsync(string tenant, string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var gone = await store
            .Set<BoardRow>()
            .Where(row => row.Tenant == tenant && row.Id == id)
            .ExecuteDeleteAsync(cancellation);
        await store
            .Set<BoardVersionRow>()
            .Where(row => row.Tenant == tenant && row.Board == id)
            .ExecuteDeleteAsync(cancellation);
        return gone > 0;
    }

    public async Task<IReadOnlyList<BoardVersion>> VersionsAsync(
        string tenant,
        string id,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<BoardVersionRow>()
            .AsNoTracking()
            .Where(row => row.Tenant == tenant && row.Board == id)
            .OrderByDescending(row => row.Version)
            .Select(row => new BoardVersion(row.Version, row.Title, row.At, row.By))
            .ToListAsync(cancellation);
    }

    /// <summary>Newest first.</summary>
    public async Task<Page<BoardVersion>> VersionsAsync(
        string tenant,
        string id,
        PageAsked asked,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var page = await Newest.PageAsync(
            store,
            store.Set<BoardVersionRow>().AsNoTracking().Where(row => row.Tenant == tenant && row.Board == id),
            asked,
            cancellation,
            row => new BoardVersionRow
            {
                Tenant = row.Tenant,
                Board = row.Board,
                Version = row.Version,
                Title = row.Title,
                At = row.At,
                By = row.By,
                Document = "",
            }
        );
        return page.Select(row => new BoardVersion(row.Version, row.Title, row.At, row.By));
    }

    public async Task<Board?> VersionAsync(string tenant, string id, int version, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var text = await store
            .Set<BoardVersionRow>()
            .Where(row => row.Tenant == tenant && row.Board == id && row.Version == version)
            .Select(row => row.Document)
            .FirstOrDefaultAsync(cancellation);
        return text is null ? null : BoardFile.ReadKept(text);
    }
}
