using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Actions.Notices;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Security;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Actions;

internal enum Commit
{
    Done,

    /// <summary>Somebody else changed the proposal first: load it again and look.</summary>
    Conflict,

    /// <summary>The emergency stop is on.</summary>
    Held,

    /// <summary>Another action holds one of the things this one touches.</summary>
    Busy,
}

/// <summary>Proposals, their decisions and events, and the guards that every dispatch passes.</summary>
internal sealed class ProposalStore(IDbContextFactory<Store> stores, NoticeChannels notices, StoreKey key)
{
    private static readonly ProposalState[] Open =
    [
        ProposalState.Proposed,
        ProposalState.Approved,
        ProposalState.Dispatched,
        ProposalState.Running,
        ProposalState.Unknown,
    ];

    public async Task<ProposalRow?> FindAsync(string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<ProposalRow>()
            .AsNoTracking()
            .Include(row => row.Decisions)
            .SingleOrDefaultAsync(row => row.Id == id, cancellation);
    }

    /// <summary>Titles by id, of those that are there.</summary>
    public async Task<Dictionary<string, string>> TitlesAsync(
        IReadOnlyCollection<string> ids,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<ProposalRow>()
            .AsNoTracking()
            .Where(row => ids.Contains(row.Id))
            .ToDictionaryAsync(row => row.Id, row => row.Title, cancellation);
    }

    /// <summary>What was asked for alike and has not ended; null when nothing was.</summary>
    public async Task<ProposalRow?> FindOpenAsync(string sameness, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<ProposalRow>()
            .AsNoTracking()
            .Include(row => row.Decisions)
            .SingleOrDefaultAsync(row => row.Sameness == sameness && row.EndedAt == null, cancellation);
    }

    /// <summary>Adds a proposal in one transaction with its row of the record, so that neither is there without the other.</summary>
    /// <returns>What was asked for alike a moment before and has not ended, when nothing was added therefore; else null.</returns>
    public async Task<ProposalRow?> TryAddAsync(
        ProposalChange change,
        IAuditLog audit,
        AuditEntry entry,
        CancellationToken cancellation
    )
    {
        try
        {
            await audit.AppendAsync(entry, (store, turn) => AddAsync(store, change, turn), cancellation);
            return null;
        }
        catch (DbUpdateException)
        {
            if (
                change.Row.Sameness is { } sameness
                && await FindOpenAsync(sameness, cancellation) is { } same
                && same.Id != change.Row.Id
            )
            {
                return same;
            }
            throw;
        }
    }

    private async Task<ChainMark?> AddAsync(Store store, ProposalChange change, CancellationToken cancellation)
    {
        change.Row.EventsSeal = ProposalEventChain.Seal(key, change.Row);
        store.Add(change.Row);
        store.AddRange(change.Events);
        store.AddRange(notices.Of(change.Row, NoticeOccasion.Awaiting, change.Now));
        await store.SaveChangesAsync(cancellation);
        return ProposalEventChain.MarkOf(change.Row);
    }

    /// <summary>Writes a change if the proposal still is as it was loaded. A dispatch also passes the hold and takes its claims.</summary>
    public Task<Commit> CommitAsync(ProposalChange change, CancellationToken cancellation) =>
        CommitAsync(
            change,
            async write =>
            {
                await using var store = await stores.CreateDbContextAsync(cancellation);
                await using var transaction = await store.Database.BeginTransactionAsync(cancellation);
                var found = await write(store, cancellation);
                if (found == Commit.Done)
                {
                    await transaction.CommitAsync(cancellation);
                }
                return found;
            },
            cancellation
        );

    /// <summary>
    /// The same in one transaction with its row of the record, which tells how far the proposal's events go with it: a proposal
    /// that is put back to what it was before is then behind its record.
    /// </summary>
    /// <exception cref="AuditUnavailableException">The record can't be written; nothing was changed.</exception>
    public Task<Commit> CommitAsync(
        ProposalChange change,
        IAuditLog audit,
        AuditEntry entry,
        CancellationToken cancellation
    ) =>
        CommitAsync(
            change,
            async write =>
            {
                var found = Commit.Done;
                await audit.AppendAsync(
                    entry,
                    async (store, turn) =>
                    {
                        found = await write(store, turn);
                        return found == Commit.Done ? ProposalEventChain.MarkOf(change.Row) : null;
                    },
                    cancellation
                );
                return found;
            },
            cancellation
        );

    private async Task<Commit> CommitAsync(
        ProposalChange change,
        Func<Func<Store, CancellationToken, Task<Commit>>, Task<Commit>> within,
        CancellationToken cancellation
    )
    {
        var row = change.Row;
        var loaded = row.Version;
        row.EventsSeal = ProposalEventChain.Seal(key, row);
        try
        {
            return await within((store, turn) => WriteAsync(store, change, loaded, turn));
        }
        catch (DbUpdateConcurrencyException)
        {
            return Commit.Conflict;
        }
        catch (DbUpdateException)
        {
            // A unique key was taken meanwhile: a claim, or an event, decision or report that somebody else stored first.
            if (change.Dispatches && await BusyAsync(ClaimsOf(row), row.Id, cancellation) is not null)
            {
                return Commit.Busy;
            }
            if (await FindAsync(row.Id, cancellation) is { } now && now.Version != loaded)
            {
                return Commit.Conflict;
            }
            throw;
        }
    }

    private async Task<Commit> WriteAsync(Store store, ProposalChange change, int loaded, CancellationToken turn)
    {
        var row = change.Row;
        // Writing the row that the emergency stop writes makes the two take turns: after a stop nothing slips through.
        if (
            change.Dispatches
            && await store
                .Set<DispatchHoldRow>()
                .Where(hold => !hold.Held)
                .ExecuteUpdateAsync(set => set.SetProperty(hold => hold.Passed, hold => hold.Passed + 1), turn) == 0
        )
        {
            return Commit.Held;
        }
        // The decisions are append-only rows of their own.
        var entry = store.Entry(row);
        entry.State = EntityState.Modified;
        entry.Property(found => found.Version).OriginalValue = loaded;
        entry.Property(found => found.Version).CurrentValue = loaded + 1;
        if (change.Decision is { } decision)
        {
            store.Entry(decision).State = EntityState.Added;
        }
        store.AddRange(change.Events);
        if (change.Dispatches)
        {
            store.AddRange(ClaimsOf(row).Select(key => new ProposalClaimRow { Key = key, ProposalId = row.Id }));
        }
        if (change.Ends)
        {
            store.AddRange(notices.Of(row, NoticeOccasion.Outcome, change.Now));
        }
        await store.SaveChangesAsync(turn);
        if (ProposalStates.IsEnd(row.State))
        {
            await store.Set<ProposalClaimRow>().Where(claim => claim.ProposalId == row.Id).ExecuteDeleteAsync(turn);
        }
        return Commit.Done;
    }

    public static IReadOnlyList<string> ClaimsOf(ProposalRow row) => ClaimsOf(row.Plan);

    public static IReadOnlyList<string> ClaimsOf(ActionPlan plan)
    {
        var containers = plan
            .Containers.Select(container => $"container/{container.Id}")
            .Distinct(StringComparer.Ordinal);
        // What the dashboard does is to something else, whatever containers it takes along.
        return plan.Containers.Count > 0 && plan.Executor.Role != PlanExecutor.Dashboard
            ? [.. containers]
            : [.. ThingsOf(plan), .. containers];
    }

    /// <summary>What a plan of the dashboard's is done to, beside containers.</summary>
    public static IReadOnlyList<string> ThingsOf(ActionPlan plan) =>
        [
            .. PlanHolds
                .Of(plan)
                .Prepend(plan.Target)
                .Select(thing => $"{plan.Kind.Split('.')[0]}/{plan.Tenant}/{thing}")
                .Distinct(StringComparer.Ordinal),
        ];

    /// <summary>The title of the action that holds one of these things, if one does.</summary>
    public async Task<string?> BusyAsync(IReadOnlyList<string> keys, string exceptId, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<ProposalClaimRow>()
            .Where(claim => keys.Contains(claim.Key) && claim.ProposalId != exceptId)
            .Join(store.Set<ProposalRow>(), claim => claim.ProposalId, row => row.Id, (claim, row) => row.Title)
            .FirstOrDefaultAsync(cancellation);
    }

    /// <summary>Those of them that are of these tenants.</summary>
    public async Task<IReadOnlyList<ProposalRow>> OfAsync(
        TenantSet tenants,
        IReadOnlyCollection<string> ids,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await Of(store, tenants).Where(row => ids.Contains(row.Id)).ToListAsync(cancellation);
    }

    private static IQueryable<ProposalRow> Of(Store store, TenantSet tenants)
    {
        var rows = store.Set<ProposalRow>().AsNoTracking().Include(row => row.Decisions).AsQueryable();
        if (tenants.IsAll)
        {
            return rows;
        }
        var ids = tenants.Ids.ToList();
        return rows.Where(row => ids.Contains(row.Tenant));
    }

    public async Task<IReadOnlyList<ProposalRow>> ListAsync(
        TenantSet tenants,
        ProposalFilter filter,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = Of(store, tenants);
        if (filter.Tenant is { } tenant)
        {
            rows = rows.Where(row => row.Tenant == tenant);
        }
        if (filter.State is { } state)
        {
            rows = rows.Where(row => row.State == state);
        }
        if (filter.OpenOnly)
        {
            rows = rows.Where(row => Open.Contains(row.State));
        }
        if (filter.Before is { } before)
        {
            rows = rows.Where(row => row.Id.CompareTo(before) < 0);
        }
        return await rows.OrderByDescending(row => row.Id).Take(filter.Most).ToListAsync(cancellation);
    }

    public async Task<IReadOnlyList<ProposalRow>> InStatesAsync(
        IReadOnlyList<ProposalState> states,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<ProposalRow>()
            .AsNoTracking()
            .Include(row => row.Decisions)
            .Where(row => states.Contains(row.State))
            .OrderBy(row => row.Id)
            .ToListAsync(cancellation);
    }

    public async Task<IReadOnlyList<ProposalEventRow>> EventsAsync(
        string id,
        long afterId,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<ProposalEventRow>()
            .AsNoTracking()
            .Where(told => told.ProposalId == id && told.Id > afterId)
            .OrderBy(told => told.Id)
            .ToListAsync(cancellation);
    }

    /// <summary>The data of what was told between its states, oldest first.</summary>
    public async Task<IReadOnlyList<string>> ProgressAsync(string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<ProposalEventRow>()
            .Where(told => told.ProposalId == id && told.Type == "progress")
            .OrderBy(told => told.Id)
            .Select(told => told.DataJson)
            .ToListAsync(cancellation);
    }

    /// <summary>All of them with what their proposals say of the newest, proposal by proposal, each oldest first.</summary>
    public async IAsyncEnumerable<ChainedEvent> AllEventsAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        // One snapshot, so that all are of the same moment.
        await using var snapshot = await store.BeginSnapshotAsync(cancellation);
        var decisions = (await store.Set<ProposalDecisionRow>().AsNoTracking().ToListAsync(cancellation)).ToLookup(
            row => row.ProposalId,
            ProposalEventChain.HashOf
        );
        var rows =
            from told in store.Set<ProposalEventRow>().AsNoTracking()
            join proposal in store.Set<ProposalRow>().AsNoTracking() on told.ProposalId equals proposal.Id into found
            from proposal in found.DefaultIfEmpty()
            orderby told.ProposalId, told.Id
            select new
            {
                Event = told,
                LastEvent = proposal == null ? (long?)null : proposal.LastEvent,
                EventsSeal = proposal == null ? null : proposal.EventsSeal,
                State = proposal == null ? (ProposalState?)null : proposal.State,
            };
        string? id = null;
        List<string> ofOne = [];
        await foreach (var row in rows.AsAsyncEnumerable().WithCancellation(cancellation))
        {
            if (row.Event.ProposalId != id)
            {
                id = row.Event.ProposalId;
                ofOne = [.. decisions[id]];
            }
            yield return new ChainedEvent(row.Event, row.LastEvent, row.EventsSeal, row.State, ofOne);
        }
    }

    /// <summary>A proposal that has none of its events; null when each has some.</summary>
    public async Task<string?> WithoutEventsAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<ProposalRow>()
            .Where(row => row.LastEvent > 0 && !store.Set<ProposalEventRow>().Any(told => told.ProposalId == row.Id))
            .Select(row => row.Id)
            .FirstOrDefaultAsync(cancellation);
    }

    public async Task<bool> HasReportAsync(string id, long sequence, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<ProposalEventRow>()
            .AnyAsync(told => told.ProposalId == id && told.Report == sequence, cancellation);
    }

    /// <summary>What an executor told of its steps, oldest first, with the number of the newest report of any sort as the last one's at least.</summary>
    public async Task<IReadOnlyList<ActionReport>> StepsToldAsync(string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = await store
            .Set<ProposalEventRow>()
            .AsNoTracking()
            .Where(told => told.ProposalId == id && told.Report != null)
            .OrderBy(told => told.Id)
            .ToListAsync(cancellation);
        return
        [
            .. rows.Select(row =>
            {
                var data = JsonSerializer.Deserialize<JsonElement>(row.DataJson);
                return new ActionReport(
                    id,
                    row.Report!.Value,
                    row.At,
                    row.Type,
                    data.TryGetProperty("step", out var step) ? step.GetInt32() : null,
                    data.TryGetProperty("status", out var status) ? status.GetString() : null,
                    data.TryGetProperty("text", out var text) ? text.GetString() : null
                );
            }),
        ];
    }

    /// <summary>Seconds that earlier successful runs of a kind on a service took, newest first.</summary>
    public async Task<IReadOnlyList<double>> EarlierAsync(
        string kind,
        string tenant,
        string service,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<ProposalRow>()
            .Where(row =>
                row.Kind == kind
                && row.Tenant == tenant
                && row.Service == service
                && row.State == ProposalState.Succeeded
                && row.DurationSeconds != null
            )
            .OrderByDescending(row => row.Id)
            .Take(3)
            .Select(row => row.DurationSeconds!.Value)
            .ToListAsync(cancellation);
    }

    /// <summary>Says that the instance at work is alive; not a change of the proposal, so its version stays.</summary>
    /// <param name="epoch">As it was taken on.</param>
    /// <returns>False when it has ended, or another has taken it over.</returns>
    public async Task<bool> RenewLeaseAsync(string id, int epoch, DateTimeOffset until, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
                .Set<ProposalRow>()
                .Where(row => row.Id == id && row.EndedAt == null && row.LeaseEpoch == epoch)
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.LeaseUntil, (DateTimeOffset?)until), cancellation)
            == 1;
    }

    /// <summary>Whether somebody has asked to cancel what is under way.</summary>
    public async Task<bool> IsCancelAskedAsync(string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<ProposalRow>()
            .AnyAsync(row => row.Id == id && row.EndedAt == null && row.CancelAskedBy != null, cancellation);
    }

    /// <summary>
    /// Takes over what nobody is at work on any more; of several that try, one does. Its version rises too, so that what whoever
    /// had it is just writing is not written.
    /// </summary>
    /// <returns>The epoch it is taken on as; null when another was faster.</returns>
    public async Task<int?> TakeLeaseAsync(
        string id,
        DateTimeOffset now,
        DateTimeOffset until,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var free = store
            .Set<ProposalRow>()
            .Where(row => row.Id == id && row.EndedAt == null && (row.LeaseUntil == null || row.LeaseUntil <= now));
        if (
            await free.Select(row => (int?)row.LeaseEpoch).SingleOrDefaultAsync(cancellation) is not { } before
            || await free.Where(row => row.LeaseEpoch == before)
                .ExecuteUpdateAsync(
                    set =>
                        set.SetProperty(row => row.LeaseUntil, (DateTimeOffset?)until)
                            .SetProperty(row => row.LeaseEpoch, before + 1)
                            .SetProperty(row => row.Version, row => row.Version + 1),
                    cancellation
                ) != 1
        )
        {
            return null;
        }
        return before + 1;
    }

    public async Task<DispatchHoldRow?> HoldAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<DispatchHoldRow>().AsNoTracking().SingleOrDefaultAsync(cancellation);
    }

    public async Task SetHoldAsync(EmergencyStopState? stop, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store
            .Set<DispatchHoldRow>()
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(hold => hold.Held, stop != null)
                        .SetProperty(hold => hold.ByName, stop == null ? null : stop.ByName)
                        .SetProperty(hold => hold.At, stop == null ? null : stop.At)
                        .SetProperty(hold => hold.Reason, stop == null ? null : stop.Reason),
                cancellation
            );
    }
}

internal sealed class ProposalTable
    : IEntityTypeConfiguration<ProposalRow>,
        IEntityTypeConfiguration<ProposalDecisionRow>,
        IEntityTypeConfiguration<ProposalEventRow>,
        IEntityTypeConfiguration<ProposalClaimRow>,
        IEntityTypeConfiguration<DispatchHoldRow>
{
    public void Configure(EntityTypeBuilder<ProposalRow> builder)
    {
        builder.ToTable("Proposals");
        builder.HasKey(row => row.Id);
        builder.Property(row => row.State).HasConversion<string>().HasMaxLength(16);
        builder.Property(row => row.Risk).HasConversion<string>().HasMaxLength(16);
        builder.Property(row => row.Version).IsConcurrencyToken();
        builder.HasMany(row => row.Decisions).WithOne().HasForeignKey(decision => decision.ProposalId);
        builder.HasIndex(row => row.State);
        builder.HasIndex(row => row.Sameness).IsUnique().HasFilter("\"EndedAt\" IS NULL");
        builder.HasIndex(row => new { row.Tenant, row.Id });
        builder.HasIndex(row => new
        {
            row.Kind,
            row.Tenant,
            row.Service,
        });
    }

    public void Configure(EntityTypeBuilder<ProposalDecisionRow> builder)
    {
        builder.ToTable("ProposalDecisions").IsAppendOnly();
        builder.HasKey(row => row.Id);
        builder.Property(row => row.Client).HasMaxLength(StandingRight.LongestClient);
        builder.Property(row => row.Token).HasMaxLength(StandingRight.LongestToken);
        builder.Ignore(row => row.Right);
        builder
            .HasIndex(row => new
            {
                row.ProposalId,
                row.ById,
                row.Verdict,
            })
            .IsUnique();
    }

    public void Configure(EntityTypeBuilder<ProposalEventRow> builder)
    {
        builder.ToTable("ProposalEvents").IsAppendOnly();
        builder.HasKey(row => new { row.ProposalId, row.Id });
        builder.HasIndex(row => new { row.ProposalId, row.Report }).IsUnique();
        builder.Property(row => row.Hash).HasMaxLength(64);
    }

    public void Configure(EntityTypeBuilder<ProposalClaimRow> builder)
    {
        builder.ToTable("ProposalClaims");
        builder.HasKey(row => row.Key);
        builder.HasIndex(row => row.ProposalId);
    }

    public void Configure(EntityTypeBuilder<DispatchHoldRow> builder)
    {
        builder.ToTable("DispatchHold");
        builder.HasKey(row => row.Id);
        builder.HasData(new DispatchHoldRow { Id = 1 });
    }
}
