using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Features.Alerts.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Alerts.Incidents;

internal sealed class IncidentsStore(IDbContextFactory<Store> stores)
{
    private static readonly RowOrder<IncidentRow> NewestFirst = new RowOrder<IncidentRow>("incidents")
        .ByNewest(row => row.StartsAt)
        .By(row => row.Id);

    public async Task<IReadOnlyList<(IncidentRow Incident, IReadOnlyList<IncidentUpdateRow> Updates)>> BetweenAsync(
        string tenant,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = await store
            .Set<IncidentRow>()
            .AsNoTracking()
            .Where(row => row.Tenant == tenant && row.StartsAt <= to && (row.EndsAt == null || row.EndsAt >= from))
            .OrderByDescending(row => row.StartsAt)
            .ThenByDescending(row => row.Id)
            .ToListAsync(cancellation);
        var updates = await UpdatesAsync(store, rows, cancellation);
        return [.. rows.Select(row => (row, Newest(updates[row.Id])))];
    }

    /// <summary>Of the last 90 days, and what goes on or is planned; newest first.</summary>
    /// <param name="open"><see cref="Incident.IsOpen"/>; null for both.</param>
    public async Task<Page<(IncidentRow Incident, IReadOnlyList<IncidentUpdateRow> Updates)>> PageAsync(
        string tenant,
        IncidentKind kind,
        bool? open,
        DateTimeOffset now,
        PageAsked asked,
        CancellationToken cancellation
    )
    {
        var (from, to) = (now.AddDays(-90), now.AddYears(1));
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = store
            .Set<IncidentRow>()
            .AsNoTracking()
            .Where(row =>
                row.Tenant == tenant
                && row.Kind == kind
                && row.StartsAt <= to
                && (row.EndsAt == null || row.EndsAt >= from)
            );
        if (open is { } wanted)
        {
            // As IncidentDesk.StateAt has it: maintenance that nobody ended is over when its time is.
            rows = rows.Where(row =>
                (
                    row.State != IncidentState.Resolved
                    && row.State != IncidentState.Completed
                    && row.State != IncidentState.Cancelled
                    && !(
                        (row.State == IncidentState.Scheduled || row.State == IncidentState.InProgress)
                        && row.EndsAt != null
                        && row.EndsAt <= now
                    )
                ) == wanted
            );
        }
        var page = await NewestFirst.PageAsync(store, rows, asked, cancellation);
        var updates = await UpdatesAsync(store, page.Items, cancellation);
        return page.Select(row => (row, Newest(updates[row.Id])));
    }

    public async Task<(IncidentRow Incident, IReadOnlyList<IncidentUpdateRow> Updates)?> FindAsync(
        string tenant,
        string id,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var row = await store
            .Set<IncidentRow>()
            .AsNoTracking()
            .SingleOrDefaultAsync(known => known.Tenant == tenant && known.Id == id, cancellation);
        return row is null
            ? null
            : (
                row,
                Newest(
                    await store
                        .Set<IncidentUpdateRow>()
                        .AsNoTracking()
                        .Where(update => update.IncidentId == id)
                        .ToListAsync(cancellation)
                )
            );
    }

    public async Task<bool> IsEmptyAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return !await store.Set<IncidentRow>().AnyAsync(cancellation);
    }

    public async Task AddAsync(
        IncidentRow incident,
        IEnumerable<IncidentUpdateRow> updates,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        store.Add(incident);
        store.AddRange(updates);
        await store.SaveChangesAsync(cancellation);
    }

    /// <summary>Brings the row from what it is now to what it is to be, with what was said about it, in one go.</summary>
    /// <param name="change">Returns what was said; null for nothing.</param>
    /// <returns>False when it is gone.</returns>
    public async Task<bool> ChangeAsync(
        string tenant,
        string id,
        Func<IncidentRow, IncidentUpdateRow?> change,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await using var turn = await store.Database.BeginTransactionAsync(cancellation);
        var rows = store.Set<IncidentRow>().Where(known => known.Tenant == tenant && known.Id == id);
        // Writing the row first makes those who change it take turns, so that each sees what the one before made of it.
        if (
            await rows.ExecuteUpdateAsync(
                set => set.SetProperty(row => row.UpdatedAt, row => row.UpdatedAt),
                cancellation
            ) == 0
        )
        {
            return false;
        }
        if (change(await rows.SingleAsync(cancellation)) is { } said)
        {
            store.Add(said);
        }
        await store.SaveChangesAsync(cancellation);
        await turn.CommitAsync(cancellation);
        return true;
    }

    private static async Task<ILookup<string, IncidentUpdateRow>> UpdatesAsync(
        DbContext store,
        IReadOnlyList<IncidentRow> rows,
        CancellationToken cancellation
    )
    {
        var ids = rows.Select(row => row.Id).ToList();
        var updates = await store
            .Set<IncidentUpdateRow>()
            .AsNoTracking()
            .Where(update => ids.Contains(update.IncidentId))
            .ToListAsync(cancellation);
        return updates.ToLookup(update => update.IncidentId);
    }

    private static IReadOnlyList<IncidentUpdateRow> Newest(IEnumerable<IncidentUpdateRow> updates) =>
        [.. updates.OrderByDescending(update => update.At).ThenByDescending(update => update.Id)];
}
