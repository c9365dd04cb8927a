using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Features.Receivers.Events;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Receivers;

internal sealed class ReceiverTables : IEntityTypeConfiguration<ReceiverRow>, IEntityTypeConfiguration<DeliveryRow>
{
    public void Configure(EntityTypeBuilder<ReceiverRow> builder)
    {
        builder.ToTable("Receivers");
        builder.HasKey(row => row.Id);
        builder.Property(row => row.Id).HasMaxLength(32);
        builder.Property(row => row.Name).HasMaxLength(ReceiverDesk.LongestName);
        builder.Property(row => row.Kind).HasConversion<string>().HasMaxLength(16);
        builder.Property(row => row.Url).HasMaxLength(ReceiverDesk.LongestUrl);
        builder.Property(row => row.State).HasConversion<string>().HasMaxLength(16);
        builder.Property(row => row.TakenBy).HasMaxLength(32);
    }

    public void Configure(EntityTypeBuilder<DeliveryRow> builder)
    {
        builder.ToTable("ReceiverDeliveries");
        builder.HasKey(row => new { row.ReceiverId, row.Number });
        builder.Property(row => row.ReceiverId).HasMaxLength(32);
        builder.Property(row => row.EventId).HasMaxLength(96);
        builder.Property(row => row.Type).HasMaxLength(96);
        builder.Property(row => row.State).HasConversion<string>().HasMaxLength(16);
        builder.HasIndex(row => new { row.ReceiverId, row.EventId }).IsUnique();
        builder.HasIndex(row => new
        {
            row.ReceiverId,
            row.State,
            row.NextTryAt,
        });
        builder.HasIndex(row => row.TriedAt);
    }
}

/// <summary>Receivers and what became of events at them.</summary>
internal sealed class ReceiverStore(IDbContextFactory<Store> stores)
{
    private static readonly RowOrder<ReceiverRow> ByName = new RowOrder<ReceiverRow>("receivers")
        .ByName(row => row.Name)
        .By(row => row.Id);

    private static readonly RowOrder<DeliveryRow> Newest = new RowOrder<DeliveryRow>("deliveries").ByNewest(row =>
        row.Number
    );

    public async Task<Page<ReceiverRow>> PageAsync(PageAsked asked, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await ByName.PageAsync(store, store.Set<ReceiverRow>().AsNoTracking(), asked, cancellation, usual: 100);
    }

    public async Task<IReadOnlyList<ReceiverRow>> AllAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<ReceiverRow>().AsNoTracking().OrderBy(row => row.Name).ToListAsync(cancellation);
    }

    public async Task<ReceiverRow?> FindAsync(string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<ReceiverRow>().AsNoTracking().FirstOrDefaultAsync(row => row.Id == id, cancellation);
    }

    public async Task<int> CountAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<ReceiverRow>().CountAsync(cancellation);
    }

    public async Task AddAsync(ReceiverRow row, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        store.Add(row);
        await store.SaveChangesAsync(cancellation);
    }

    /// <returns>The receiver as it is afterwards; null when there is none.</returns>
    public async Task<ReceiverRow?> ChangeAsync(string id, Action<ReceiverRow> change, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var row = await store.Set<ReceiverRow>().FirstOrDefaultAsync(found => found.Id == id, cancellation);
        if (row is null)
        {
            return null;
        }
        change(row);
        await store.SaveChangesAsync(cancellation);
        return row;
    }

    /// <summary>With all that is known of its deliveries.</summary>
    public async Task RemoveAsync(string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store.Set<ReceiverRow>().Where(row => row.Id == id).ExecuteDeleteAsync(cancellation);
        await stores.RemoveAsync<DeliveryRow>(row => row.ReceiverId == id, row => row.EventId, cancellation);
    }

    /// <summary>Takes a receiver for one dashboard. False when another has it.</summary>
    public async Task<bool> TakeAsync(
        string id,
        string by,
        DateTimeOffset now,
        DateTimeOffset until,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
                .Set<ReceiverRow>()
                .Where(row => row.Id == id && (row.TakenBy == by || row.TakenUntil == null || row.TakenUntil < now))
                .ExecuteUpdateAsync(
                    row => row.SetProperty(taken => taken.TakenBy, by).SetProperty(taken => taken.TakenUntil, until),
                    cancellation
                ) == 1;
    }

    /// <summary>What waits and is due, the longest waiting first.</summary>
    public async Task<IReadOnlyList<DeliveryRow>> DueAsync(
        string receiver,
        DateTimeOffset now,
        int most,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<DeliveryRow>()
            .AsNoTracking()
            .Where(row => row.ReceiverId == receiver && row.State == DeliveryState.Waiting && row.NextTryAt <= now)
            .OrderBy(row => row.NextTryAt)
            .ThenBy(row => row.Number)
            .Take(most)
            .ToListAsync(cancellation);
    }

    /// <summary>When the next one is due; null when none waits.</summary>
    public async Task<DateTimeOffset?> NextDueAsync(string receiver, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<DeliveryRow>()
            .Where(row => row.ReceiverId == receiver && row.State == DeliveryState.Waiting)
            .OrderBy(row => row.NextTryAt)
            .Select(row => row.NextTryAt)
            .FirstOrDefaultAsync(cancellation);
    }

    public async Task<int> WaitingAsync(string receiver, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<DeliveryRow>()
            .CountAsync(row => row.ReceiverId == receiver && row.State == DeliveryState.Waiting, cancellation);
    }

    /// <summary>Which of these the receiver has had, or waits for.</summary>
    public async Task<IReadOnlySet<string>> KnownAsync(
        string receiver,
        IReadOnlyCollection<string> events,
        CancellationToken cancellation
    )
    {
        if (events.Count == 0)
        {
            return new HashSet<string>();
        }
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var known = await store
            .Set<DeliveryRow>()
            .Where(row => row.ReceiverId == receiver && events.Contains(row.EventId))
            .Select(row => row.EventId)
            .ToListAsync(cancellation);
        return known.ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Looks at what was asked before a receiver is looked for.</summary>
    /// <exception cref="Microsoft.AspNetCore.Http.BadHttpRequestException">400</exception>
    public static void Check(PageAsked asked) => Newest.Check(asked);

    public async Task<Page<DeliveryRow>> DeliveriesAsync(
        string receiver,
        DeliveryState? state,
        PageAsked asked,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = store.Set<DeliveryRow>().AsNoTracking().Where(row => row.ReceiverId == receiver);
        return await Newest.PageAsync(
            store,
            state is null ? rows : rows.Where(row => row.State == state),
            asked,
            cancellation,
            usual: 100
        );
    }

    public async Task<DeliveryRow?> FindDeliveryAsync(string receiver, long number, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<DeliveryRow>()
            .AsNoTracking()
            .FirstOrDefaultAsync(row => row.ReceiverId == receiver && row.Number == number, cancellation);
    }

    /// <summary>Sends one again: it waits, and is due.</summary>
    public async Task AgainAsync(string receiver, long number, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store
            .Set<DeliveryRow>()
            .Where(row => row.ReceiverId == receiver && row.Number == number)
            .ExecuteUpdateAsync(
                row =>
                    row.SetProperty(again => again.State, DeliveryState.Waiting)
                        .SetProperty(again => again.Tries, 0)
                        .SetProperty(again => again.NextTryAt, now),
                cancellation
            );
    }

    /// <summary>
    /// Writes what became of some tries together with how far the receiver was told, so that nothing is passed over that was not
    /// tried. A kill before it sends some of them again; their ids tell the receiver so.
    /// </summary>
    /// <param name="place">Null when nothing new was looked at.</param>
    /// <param name="change">What else is another of the receiver.</param>
    public async Task WriteAsync(
        string receiver,
        IReadOnlyList<DeliveryRow> tried,
        EventPlace? place,
        Action<ReceiverRow> change,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await using var transaction = await store.Database.BeginTransactionAsync(cancellation);
        var row = await store.Set<ReceiverRow>().FirstOrDefaultAsync(found => found.Id == receiver, cancellation);
        if (row is null)
        {
            return;
        }
        foreach (var delivery in tried)
        {
            if (delivery.Number > 0)
            {
                store.Update(delivery);
            }
            else
            {
                store.Add(Numbered(delivery, ++row.Deliveries));
            }
        }
        if (place is not null)
        {
            (row.RecordAt, row.AlertsAt) = (place.Record, place.Alerts);
        }
        change(row);
        await store.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
    }

    /// <summary>Takes away what was sent or given up before a time. What waits stays.</summary>
    public Task<int> ForgetAsync(DateTimeOffset before, CancellationToken cancellation) =>
        stores.RemoveAsync<DeliveryRow>(
            row => row.State != DeliveryState.Waiting && row.TriedAt < before,
            row => row.EventId,
            cancellation
        );

    private static DeliveryRow Numbered(DeliveryRow row, long number) =>
        new()
        {
            ReceiverId = row.ReceiverId,
            Number = number,
            EventId = row.EventId,
            Type = row.Type,
            Tenant = row.Tenant,
            Subject = row.Subject,
            HappenedAt = row.HappenedAt,
            State = row.State,
            Tries = row.Tries,
            NextTryAt = row.NextTryAt,
            TriedAt = row.TriedAt,
            Status = row.Status,
            Answer = row.Answer,
        };
}
