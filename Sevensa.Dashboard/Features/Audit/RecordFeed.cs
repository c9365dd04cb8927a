using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Ui;

namespace Sevensa.Dashboard.Features.Audit;

/// <inheritdoc cref="IRecordFeed"/>
internal sealed class RecordFeed(IDbContextFactory<Store> stores) : IRecordFeed
{
    private readonly Lock gate = new();
    private Action[] listeners = [];

    public async Task<IReadOnlyList<RecordedEvent>> AfterAsync(long number, int most, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = await store
            .Set<AuditRow>()
            .AsNoTracking()
            .Where(row => row.Number > number)
            .OrderBy(row => row.Number)
            .Take(most)
            .ToListAsync(cancellation);
        return [.. rows.Select(Told)];
    }

    public async Task<RecordedEvent?> FindAsync(long number, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var row = await store
            .Set<AuditRow>()
            .AsNoTracking()
            .FirstOrDefaultAsync(found => found.Number == number, cancellation);
        return row is null ? null : Told(row);
    }

    public async Task<long> LastAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<AuditRow>().MaxAsync(row => (long?)row.Number, cancellation) ?? 0;
    }

    public IDisposable OnAppended(Action appended)
    {
        // The same method may listen twice; each subscription ends only itself.
        Action own = () => appended();
        lock (gate)
        {
            listeners = [.. listeners, own];
        }
        return new Subscription(() =>
        {
            lock (gate)
            {
                listeners = [.. listeners.Where(listener => listener != own)];
            }
        });
    }

    /// <summary>Tells that something was appended. Listeners only take note of it.</summary>
    public void Raise()
    {
        foreach (var listener in listeners)
        {
            listener();
        }
    }

    private static RecordedEvent Told(AuditRow row) =>
        new(
            row.Number,
            row.At,
            new AuditActor(row.ActorKind, row.ActorId, row.ActorName, row.ActorVia),
            row.Action,
            row.Tenant,
            row.Target,
            row.Outcome,
            row.Detail
        );
}
