using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Automation;

internal sealed class PolicyTables
    : IEntityTypeConfiguration<PolicyRow>,
        IEntityTypeConfiguration<PolicyEvaluationRow>,
        IEntityTypeConfiguration<PolicyVersionRow>,
        IEntityTypeConfiguration<PolicyTurnRow>
{
    public void Configure(EntityTypeBuilder<PolicyRow> builder)
    {
        builder.ToTable("Policies");
        builder.HasKey(row => row.Id);
        builder.Property(row => row.Id).HasMaxLength(32);
        // What they are read from is kept; a list that is only read would be taken for rows of their own.
        builder.Ignore(row => row.Definition);
        builder.Ignore(row => row.Memory);
        builder.Ignore(row => row.Approvers);
        builder.Ignore(row => row.Unread);
        builder.Ignore(row => row.Notes);
        builder.Ignore(row => row.Tried);
        builder.Property(row => row.Name).HasMaxLength(PolicyReading.LongestName);
        builder.Property(row => row.Stage).HasConversion<string>().HasMaxLength(16);
        builder.HasIndex(row => new { row.Tenant, row.Name });
        builder.HasIndex(row => row.Stage);
    }

    public void Configure(EntityTypeBuilder<PolicyEvaluationRow> builder)
    {
        builder.ToTable("PolicyEvaluations");
        builder.HasKey(row => row.Id);
        builder.Property(row => row.Id).HasMaxLength(32);
        builder.Property(row => row.PolicyId).HasMaxLength(32);
        builder.Property(row => row.Stage).HasConversion<string>().HasMaxLength(16);
        builder.Property(row => row.Verdict).HasConversion<string>().HasMaxLength(16);
        builder.Property(row => row.Outcome).HasConversion<string>().HasMaxLength(16);
        builder.Property(row => row.Agreement).HasConversion<string>().HasMaxLength(16);
        builder.HasIndex(row => new { row.PolicyId, row.At });
        builder.HasIndex(row => new { row.Tenant, row.At });
        builder.HasIndex(row => row.At);
    }

    public void Configure(EntityTypeBuilder<PolicyVersionRow> builder)
    {
        builder.ToTable("PolicyVersions");
        builder.HasKey(row => new { row.PolicyId, row.Version });
        builder.Property(row => row.PolicyId).HasMaxLength(32);
        builder.Ignore(row => row.Definition);
    }

    public void Configure(EntityTypeBuilder<PolicyTurnRow> builder)
    {
        builder.ToTable("PolicyTurn");
        builder.HasKey(row => row.Id);
        builder.HasData(new PolicyTurnRow { Id = 1 });
    }
}

/// <summary>Policies, what became of looks at them, and the brake.</summary>
internal sealed class PolicyStore(IDbContextFactory<Store> stores)
{
    private static readonly RowOrder<PolicyRow> ByName = new RowOrder<PolicyRow>("policies")
        .ByName(row => row.Name)
        .By(row => row.Id);

    private static readonly RowOrder<PolicyEvaluationRow> Newest = new RowOrder<PolicyEvaluationRow>(
        "policy evaluations"
    )
        .ByNewest(row => row.At)
        .By(row => row.Id);

    private const int MostDeeds = 1000;

    /// <summary>At once; of those that wait for a decision there are as many as budgets allow within a day.</summary>
    private const int MostUncompared = 500;

    private static readonly PolicyVerdict[] Deeds = [PolicyVerdict.Begun, PolicyVerdict.Acted, PolicyVerdict.Proposed];

    /// <summary>Looks at what was asked before anything is looked for.</summary>
    public static void Check(PageAsked asked) => ByName.Check(asked);

    /// <inheritdoc cref="Check"/>
    public static void CheckEvaluations(PageAsked asked) => Newest.Check(asked);

    public async Task<Page<PolicyRow>> PageAsync(
        IReadOnlyCollection<string> tenants,
        PolicyStage? stage,
        PageAsked asked,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = store.Set<PolicyRow>().AsNoTracking().Where(row => tenants.Contains(row.Tenant));
        return await ByName.PageAsync(
            store,
            stage is null ? rows : rows.Where(row => row.Stage == stage),
            asked,
            cancellation,
            usual: 100
        );
    }

    public async Task<IReadOnlyList<PolicyRow>> AllAsync(
        IReadOnlyCollection<string> tenants,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<PolicyRow>()
            .AsNoTracking()
            .Where(row => tenants.Contains(row.Tenant))
            .OrderBy(row => row.Name)
            .ToListAsync(cancellation);
    }

    /// <summary>Names by id, of those that are there.</summary>
    public async Task<Dictionary<string, string>> NamesAsync(
        IReadOnlyCollection<string> ids,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<PolicyRow>()
            .Where(row => ids.Contains(row.Id))
            .ToDictionaryAsync(row => row.Id, row => row.Name, cancellation);
    }

    /// <summary>Those that the engine looks at.</summary>
    public async Task<IReadOnlyList<PolicyRow>> WatchedAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<PolicyRow>()
            .AsNoTracking()
            .Where(row => row.Stage == PolicyStage.Shadow || row.Stage == PolicyStage.Enforced)
            .OrderBy(row => row.Id)
            .ToListAsync(cancellation);
    }

    public async Task<PolicyRow?> FindAsync(string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<PolicyRow>().AsNoTracking().SingleOrDefaultAsync(row => row.Id == id, cancellation);
    }

    /// <summary>Those of a tenant that are called so; a name is not theirs alone.</summary>
    public async Task<IReadOnlyList<PolicyRow>> CalledAsync(string tenant, string name, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<PolicyRow>()
            .AsNoTracking()
            .Where(row => row.Tenant == tenant && row.Name == name)
            .OrderBy(row => row.Id)
            .ToListAsync(cancellation);
    }

    public async Task<int> CountAsync(string tenant, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<PolicyRow>().CountAsync(row => row.Tenant == tenant, cancellation);
    }

    public async Task AddAsync(PolicyRow row, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        store.Add(row);
        store.Add(VersionOf(row));
        await store.SaveChangesAsync(cancellation);
    }

    private static PolicyVersionRow VersionOf(PolicyRow row) =>
        new()
        {
            PolicyId = row.Id,
            Version = row.Version,
            DefinitionJson = row.DefinitionJson,
            Text = row.Text,
            By = row.ChangedBy,
            At = row.ChangedAt,
        };

    /// <remarks>Who writes holds the lock by the policy's id.</remarks>
    /// <returns>The policy as it is afterwards; null when there is none, or it is not as it was looked at.</returns>
    public async Task<PolicyRow?> ChangeAsync(
        string id,
        int version,
        PolicyStage stage,
        Action<PolicyRow> change,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var row = await store.Set<PolicyRow>().SingleOrDefaultAsync(found => found.Id == id, cancellation);
        if (row is null || row.Version != version || row.Stage != stage)
        {
            return null;
        }
        var before = VersionOf(row);
        change(row);
        if (row.Version != version)
        {
            // One that was written before versions were kept has none of what it said yet.
            if (
                !await store
                    .Set<PolicyVersionRow>()
                    .AnyAsync(one => one.PolicyId == id && one.Version == version, cancellation)
            )
            {
                store.Add(before);
            }
            store.Add(VersionOf(row));
        }
        await store.SaveChangesAsync(cancellation);
        return row;
    }

    /// <summary>What it came to when it was tried on the past, unless it says something else by now.</summary>
    public async Task TriedAsync(string id, PolicyTrial trial, CancellationToken cancellation)
    {
        var json = PolicyJson.Write(trial);
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store
            .Set<PolicyRow>()
            .Where(row => row.Id == id && row.Version == trial.Version)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.TriedJson, json), cancellation);
    }

    /// <param name="seen">As it was looked at: what is remembered is of that, and nothing once it, or what is remembered of it, is another.</param>
    public async Task<bool> RememberAsync(PolicyRow seen, PolicyMemory memory, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await RememberAsync(store.Set<PolicyRow>(), seen, PolicyJson.Write(memory), cancellation);
    }

    /// <summary>Writes down what a policy sets about together with what it remembers of it, before anything is done.</summary>
    /// <returns>False when the policy, or what is remembered of it, is not what was looked at: then nothing is written.</returns>
    public async Task<bool> BeginAsync(
        PolicyRow seen,
        PolicyMemory memory,
        PolicyEvaluationRow kept,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await using var whole = await store.Database.BeginTransactionAsync(cancellation);
        if (!await RememberAsync(store.Set<PolicyRow>(), seen, PolicyJson.Write(memory), cancellation))
        {
            return false;
        }
        store.Add(kept);
        await store.SaveChangesAsync(cancellation);
        await whole.CommitAsync(cancellation);
        return true;
    }

    private static async Task<bool> RememberAsync(
        IQueryable<PolicyRow> rows,
        PolicyRow seen,
        string json,
        CancellationToken cancellation
    )
    {
        var before = seen.MemoryJson;
        var changed = await rows.Where(row =>
                row.Id == seen.Id && row.Version == seen.Version && row.Stage == seen.Stage && row.MemoryJson == before
            )
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.MemoryJson, json), cancellation);
        if (changed == 1)
        {
            seen.MemoryJson = json;
        }
        return changed == 1;
    }

    public async Task RemoveAsync(string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store.Set<PolicyRow>().Where(row => row.Id == id).ExecuteDeleteAsync(cancellation);
        await store.Set<PolicyVersionRow>().Where(row => row.PolicyId == id).ExecuteDeleteAsync(cancellation);
        await stores.RemoveAsync<PolicyEvaluationRow>(row => row.PolicyId == id, row => row.Id, cancellation);
    }

    public async Task KeepAsync(PolicyEvaluationRow row, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        store.Add(row);
        await store.SaveChangesAsync(cancellation);
    }

    /// <summary>What became of a look; null when it is not kept any more.</summary>
    public async Task<PolicyVerdict?> VerdictAsync(string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<PolicyEvaluationRow>()
            .Where(row => row.Id == id)
            .Select(row => (PolicyVerdict?)row.Verdict)
            .SingleOrDefaultAsync(cancellation);
    }

    public async Task CorrectAsync(string id, Action<PolicyEvaluationRow> change, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        if (await store.Set<PolicyEvaluationRow>().SingleOrDefaultAsync(row => row.Id == id, cancellation) is { } row)
        {
            change(row);
            await store.SaveChangesAsync(cancellation);
        }
    }

    public async Task<Page<PolicyEvaluationRow>> EvaluationsAsync(
        string policy,
        PolicyVerdict? verdict,
        PageAsked asked,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = store.Set<PolicyEvaluationRow>().AsNoTracking().Where(row => row.PolicyId == policy);
        return await Newest.PageAsync(
            store,
            verdict is null ? rows : rows.Where(row => row.Verdict == verdict),
            asked,
            cancellation,
            usual: 100
        );
    }

    /// <summary>When a policy did something (in shadow: would have done) since a time; what stands in the future, because a clock went back, counts too.</summary>
    public async Task<IReadOnlyList<DateTimeOffset>> DeedsAsync(
        string policy,
        PolicyStage stage,
        DateTimeOffset since,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<PolicyEvaluationRow>()
            .Where(row =>
                row.PolicyId == policy
                && row.Stage == stage
                && row.At > since
                && (row.Verdict == PolicyVerdict.WouldAct || Deeds.Contains(row.Verdict))
            )
            .Select(row => row.At)
            .ToListAsync(cancellation);
    }

    /// <summary>The same of many, counted: by the policy.</summary>
    public async Task<ILookup<string, DateTimeOffset>> DeedsAsync(
        IReadOnlyCollection<string> policies,
        DateTimeOffset since,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var found = await (
            from row in store.Set<PolicyEvaluationRow>()
            join policy in store.Set<PolicyRow>() on row.PolicyId equals policy.Id
            where
                policies.Contains(row.PolicyId)
                && row.At > since
                && row.Stage == policy.Stage
                && (row.Verdict == PolicyVerdict.WouldAct || Deeds.Contains(row.Verdict))
            select new { row.PolicyId, row.At }
        ).ToListAsync(cancellation);
        return found.ToLookup(row => row.PolicyId, row => row.At);
    }

    /// <summary>When policies did something on a service, or another target, of a tenant: by the deed, newest first.</summary>
    public async Task<IReadOnlyList<(string Id, string Policy, DateTimeOffset At)>> DeedsAtAsync(
        string tenant,
        string place,
        DateTimeOffset since,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = await store
            .Set<PolicyEvaluationRow>()
            .Where(row => row.Tenant == tenant && row.Place == place && row.At > since && Deeds.Contains(row.Verdict))
            .OrderByDescending(row => row.At)
            .Select(row => new
            {
                row.Id,
                row.PolicyId,
                row.At,
            })
            .Take(MostDeeds)
            .ToListAsync(cancellation);
        return [.. rows.Select(row => (row.Id, row.PolicyId, row.At))];
    }

    /// <summary>What was held for a would-be action and not compared yet, up to a time.</summary>
    public async Task<IReadOnlyList<PolicyEvaluationRow>> UncomparedAsync(
        DateTimeOffset before,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<PolicyEvaluationRow>()
            .AsNoTracking()
            .Where(row => row.Verdict == PolicyVerdict.WouldAct && row.Agreement == null && row.At <= before)
            .OrderBy(row => row.At)
            .Take(MostUncompared)
            .ToListAsync(cancellation);
    }

    /// <summary>How a version of a policy did in shadow: of one that is there, since it came there; who was sent back begins anew.</summary>
    public async Task<ShadowTally> TallyAsync(PolicyRow policy, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = store
            .Set<PolicyEvaluationRow>()
            .Where(row =>
                row.PolicyId == policy.Id
                && row.Version == policy.Version
                && (row.Agreement != null || row.Verdict == PolicyVerdict.Missed)
            );
        var since = policy.StageAt;
        var found = await (policy.Stage == PolicyStage.Shadow ? rows.Where(row => row.At >= since) : rows)
            .GroupBy(row => row.Agreement)
            .Select(group => new { group.Key, Count = group.Count() })
            .ToListAsync(cancellation);
        return new ShadowTally(
            Of(ShadowAgreement.Same),
            Of(ShadowAgreement.Other),
            Of(ShadowAgreement.Nothing),
            Of(null)
        );

        int Of(ShadowAgreement? agreement) => found.Where(one => one.Key == agreement).Sum(one => one.Count);
    }

    /// <summary>What was written down of policies in shadow since a time, to hold it against what people did.</summary>
    public async Task<IReadOnlyList<PolicyEvaluationRow>> ShadowedAsync(
        IReadOnlyCollection<string> policies,
        DateTimeOffset since,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<PolicyEvaluationRow>()
            .AsNoTracking()
            .Where(row =>
                policies.Contains(row.PolicyId)
                && row.At >= since
                && (row.Verdict == PolicyVerdict.WouldAct || row.Verdict == PolicyVerdict.Missed)
            )
            .ToListAsync(cancellation);
    }

    public async Task<PolicyTurnRow> TurnAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<PolicyTurnRow>().AsNoTracking().SingleAsync(cancellation);
    }

    /// <summary>
    /// Takes the lead for a while. False when another dashboard has it, unless for longer than anybody takes it: that was by a clock
    /// that was ahead.
    /// </summary>
    public async Task<bool> LeadAsync(
        string by,
        DateTimeOffset now,
        DateTimeOffset until,
        CancellationToken cancellation
    )
    {
        var ahead = until + (until - now);
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
                .Set<PolicyTurnRow>()
                .Where(row => row.LedBy == by || row.LedUntil == null || row.LedUntil < now || row.LedUntil > ahead)
                .ExecuteUpdateAsync(
                    set =>
                        set.SetProperty(row => row.LedBy, by)
                            .SetProperty(row => row.LedUntil, until)
                            .SetProperty(row => row.LookedAt, now),
                    cancellation
                ) == 1;
    }

    /// <summary>Gives the lead back, if it is still had.</summary>
    public async Task LeaveAsync(string by, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store
            .Set<PolicyTurnRow>()
            .Where(row => row.LedBy == by)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.LedUntil, (DateTimeOffset?)null), cancellation);
    }

    public async Task HoldAsync(bool held, string by, DateTimeOffset now, string? why, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store
            .Set<PolicyTurnRow>()
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(row => row.Held, held)
                        .SetProperty(row => row.HeldBy, held ? by : null)
                        .SetProperty(row => row.HeldAt, held ? now : null)
                        .SetProperty(row => row.HeldWhy, held ? why : null),
                cancellation
            );
    }

    public async Task ForgetAsync(DateTimeOffset before, CancellationToken cancellation) =>
        await stores.RemoveAsync<PolicyEvaluationRow>(row => row.At < before, row => row.Id, cancellation);
}
