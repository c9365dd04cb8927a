using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Graphs;

internal sealed class GraphTables
    : IEntityTypeConfiguration<GraphThreadRow>,
        IEntityTypeConfiguration<GraphStepRow>,
        IEntityTypeConfiguration<GraphQuestionRow>,
        IEntityTypeConfiguration<GraphEventRow>
{
    public void Configure(EntityTypeBuilder<GraphThreadRow> builder)
    {
        builder.ToTable("GraphThreads");
        builder.HasKey(row => row.Id);
        builder.Property(row => row.Id).HasMaxLength(36);
        builder.Property(row => row.Server).HasMaxLength(64);
        builder.Property(row => row.Tenant).HasMaxLength(64);
        builder.Property(row => row.StarterClient).HasMaxLength(StandingRight.LongestClient);
        builder.Property(row => row.StarterToken).HasMaxLength(StandingRight.LongestToken);
        builder.Property(row => row.Events).HasDefaultValue(0);
        builder.Property(row => row.State).HasConversion<string>().HasMaxLength(16);
        builder.HasIndex(row => new { row.Tenant, row.StartedAt });
        builder.HasIndex(row => row.EndedAt);
    }

    public void Configure(EntityTypeBuilder<GraphStepRow> builder)
    {
        builder.ToTable("GraphSteps");
        builder.HasKey(row => new
        {
            row.ThreadId,
            row.RunId,
            row.Number,
        });
        builder.Property(row => row.ThreadId).HasMaxLength(36);
        builder.Property(row => row.RunId).HasMaxLength(64);
    }

    public void Configure(EntityTypeBuilder<GraphQuestionRow> builder)
    {
        builder.ToTable("GraphQuestions");
        builder.HasKey(row => new { row.ThreadId, row.Id });
        builder.Property(row => row.ThreadId).HasMaxLength(36);
        builder.Property(row => row.Id).HasMaxLength(160);
        builder.Property(row => row.Interrupt).HasMaxLength(128);
        builder.Property(row => row.State).HasConversion<string>().HasMaxLength(16);
        builder.HasIndex(row => row.ProposalId);
    }

    public void Configure(EntityTypeBuilder<GraphEventRow> builder)
    {
        builder.ToTable("GraphEvents");
        builder.HasKey(row => new { row.ThreadId, row.Number });
        builder.Property(row => row.ThreadId).HasMaxLength(36);
        builder.Property(row => row.Kind).HasMaxLength(16);
    }
}

/// <summary>Threads of remote graphs, what they did and what they asked.</summary>
internal sealed class GraphStore(IDbContextFactory<Store> stores, TimeProvider time)
{
    /// <summary>Who writes at the same moment has taken the number of an event; more than that is a fault.</summary>
    private const int MostTries = 8;

    /// <summary>Of one run; what comes behind is not kept.</summary>
    public const int MostSteps = 500;

    private static readonly RowOrder<GraphThreadRow> Newest = new RowOrder<GraphThreadRow>("graph-threads")
        .ByNewest(row => row.StartedAt)
        .By(row => row.Id);

    public static void Check(PageAsked asked) => Newest.Check(asked);

    public async Task<Page<GraphThreadRow>> PageAsync(
        IReadOnlyList<string> tenants,
        PageAsked asked,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await Newest.PageAsync(
            store,
            store.Set<GraphThreadRow>().AsNoTracking().Where(row => tenants.Contains(row.Tenant)),
            asked,
            cancellation,
            usual: 100
        );
    }

    public async Task<GraphThreadRow?> FindAsync(string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<GraphThreadRow>().AsNoTracking().FirstOrDefaultAsync(row => row.Id == id, cancellation);
    }

    public async Task<IReadOnlyList<GraphThreadRow>> SomeAsync(
        IReadOnlyCollection<string> ids,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<GraphThreadRow>()
            .AsNoTracking()
            .Where(row => ids.Contains(row.Id))
            .ToListAsync(cancellation);
    }

    /// <summary>Ids of those that have not ended.</summary>
    public async Task<IReadOnlyList<string>> UnderWayAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<GraphThreadRow>()
            .Where(row => row.EndedAt == null)
            .Select(row => row.Id)
            .ToListAsync(cancellation);
    }

    public async Task<int> CountUnderWayAsync(string server, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<GraphThreadRow>()
            .CountAsync(row => row.EndedAt == null && row.Server == server, cancellation);
    }

    public async Task AddAsync(GraphThreadRow row, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        store.Add(row);
        Tell(store, row, GraphTold.Of(row));
        await store.SaveChangesAsync(cancellation);
    }

    /// <returns>The thread as it is afterwards; null when there is none.</returns>
    public Task<GraphThreadRow?> ChangeAsync(
        string id,
        Action<GraphThreadRow> change,
        CancellationToken cancellation
    ) =>
        AgainAsync(async store =>
        {
            var row = await store.Set<GraphThreadRow>().FirstOrDefaultAsync(found => found.Id == id, cancellation);
            if (row is null)
            {
                return null;
            }
            var before = GraphTold.Of(row);
            change(row);
            var after = GraphTold.Of(row);
            if (after.Data != before.Data)
            {
                Tell(store, row, after);
            }
            await store.SaveChangesAsync(cancellation);
            return row;
        });

    public async Task<IReadOnlyList<GraphQuestionRow>> QuestionsAsync(
        IReadOnlyCollection<string> threads,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<GraphQuestionRow>()
            .AsNoTracking()
            .Where(row => threads.Contains(row.ThreadId))
            .OrderBy(row => row.AskedAt)
            .ThenBy(row => row.Id)
            .ToListAsync(cancellation);
    }

    /// <summary>Whether another thread waits for the same proposal: what is asked for alike is one.</summary>
    public async Task<bool> IsAwaitedElsewhereAsync(string proposal, string thread, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<GraphQuestionRow>()
            .AnyAsync(
                row => row.ProposalId == proposal && row.ThreadId != thread && row.State == GraphQuestionState.Proposed,
                cancellation
            );
    }

    public Task AddQuestionAsync(GraphQuestionRow row, CancellationToken cancellation) =>
        AgainAsync(async store =>
        {
            store.Add(row);
            await TellAsync(store, row.ThreadId, GraphTold.Of(row), cancellation);
            await store.SaveChangesAsync(cancellation);
            return true;
        });

    /// <returns>The question as it is afterwards; null when there is none.</returns>
    public Task<GraphQuestionRow?> ChangeQuestionAsync(
        string thread,
        string id,
        Action<GraphQuestionRow> change,
        CancellationToken cancellation
    ) =>
        AgainAsync(async store =>
        {
            var row = await store
                .Set<GraphQuestionRow>()
                .FirstOrDefaultAsync(found => found.ThreadId == thread && found.Id == id, cancellation);
            if (row is null)
            {
                return null;
            }
            var before = GraphTold.Of(row);
            change(row);
            var after = GraphTold.Of(row);
            if (after.Data != before.Data)
            {
                await TellAsync(store, thread, after, cancellation);
            }
            await store.SaveChangesAsync(cancellation);
            return row;
        });

    /// <summary>In the order in which they came.</summary>
    public async Task<IReadOnlyList<GraphStepRow>> StepsAsync(string thread, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<GraphStepRow>()
            .AsNoTracking()
            .Where(row => row.ThreadId == thread)
            .OrderBy(row => row.At)
            .ThenBy(row => row.Number)
            .Take(2 * MostSteps)
            .ToListAsync(cancellation);
    }

    /// <returns>False when it is known already.</returns>
    public Task<bool> AddStepAsync(GraphStepRow row, CancellationToken cancellation) =>
        AgainAsync(async store =>
        {
            // Another dashboard on the store listens too, and may have been quicker.
            if (
                await store
                    .Set<GraphStepRow>()
                    .AnyAsync(
                        known =>
                            known.ThreadId == row.ThreadId && known.RunId == row.RunId && known.Number == row.Number,
                        cancellation
                    )
            )
            {
                return false;
            }
            store.Add(row);
            await TellAsync(store, row.ThreadId, GraphTold.Of(row), cancellation);
            await store.SaveChangesAsync(cancellation);
            return true;
        });

    /// <summary>What was told of a thread after a number, in order.</summary>
    public async Task<IReadOnlyList<GraphEventRow>> EventsAsync(
        string thread,
        long after,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<GraphEventRow>()
            .AsNoTracking()
            .Where(row => row.ThreadId == thread && row.Number > after)
            .OrderBy(row => row.Number)
            .Take(MostSteps)
            .ToListAsync(cancellation);
    }

    /// <summary>Takes away threads that ended before a time, with all that is known of them.</summary>
    public async Task ForgetAsync(DateTimeOffset before, CancellationToken cancellation)
    {
        List<string> gone;
        await using (var store = await stores.CreateDbContextAsync(cancellation))
        {
            gone = await store
                .Set<GraphThreadRow>()
                .Where(row => row.EndedAt != null && row.EndedAt < before)
                .OrderBy(row => row.EndedAt)
                .Select(row => row.Id)
                .Take(200)
                .ToListAsync(cancellation);
        }
        foreach (var id in gone)
        {
            await using var store = await stores.CreateDbContextAsync(cancellation);
            await store.Set<GraphStepRow>().Where(row => row.ThreadId == id).ExecuteDeleteAsync(cancellation);
            await store.Set<GraphQuestionRow>().Where(row => row.ThreadId == id).ExecuteDeleteAsync(cancellation);
            await store.Set<GraphEventRow>().Where(row => row.ThreadId == id).ExecuteDeleteAsync(cancellation);
            await store.Set<GraphThreadRow>().Where(row => row.Id == id).ExecuteDeleteAsync(cancellation);
        }
    }

    private async Task TellAsync(Store store, string thread, GraphTold told, CancellationToken cancellation)
    {
        if (await store.Set<GraphThreadRow>().FirstOrDefaultAsync(found => found.Id == thread, cancellation) is { } row)
        {
            Tell(store, row, told);
        }
    }

    /// <summary>In the same transaction as what is told: neither is there without the other.</summary>
    private void Tell(Store store, GraphThreadRow thread, GraphTold told)
    {
        thread.Events++;
        store.Add(
            new GraphEventRow
            {
                ThreadId = thread.Id,
                Number = thread.Events,
                At = time.GetUtcNow(),
                Kind = told.Kind,
                Data = told.Data,
            }
        );
    }

    /// <summary>Does it anew where somebody else wrote at the same moment: of two events of one number one is refused.</summary>
    private async Task<T> AgainAsync<T>(Func<Store, Task<T>> work)
    {
        for (var tried = 1; ; tried++)
        {
            try
            {
                await using var store = await stores.CreateDbContextAsync(CancellationToken.None);
                return await work(store);
            }
            catch (DbUpdateException exception) when (tried < MostTries && StoreFault.In(exception) is null)
            {
                // Read anew, and written behind what was there first.
            }
        }
    }
}
