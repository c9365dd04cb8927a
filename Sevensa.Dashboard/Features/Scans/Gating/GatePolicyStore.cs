using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Scans.Gating;

/// <summary>A tenant's own gate policy; one that was taken back has no rules and is the default again.</summary>
internal sealed class GatePolicyRow
{
    public required string Tenant { get; init; }

    /// <summary>JSON of <see cref="GateRules"/>; null once it was taken back.</summary>
    public string? Rules { get; set; }

    /// <summary>Rises by one with each change, so that a plan for one version changes no other.</summary>
    public required int Version { get; set; }

    /// <summary>The proposal that made it what it is.</summary>
    public required string ProposalId { get; set; }
    public required string ChangedBy { get; set; }
    public required DateTimeOffset ChangedAt { get; set; }

    public GateRules? Read() => Rules is null ? null : GateRules.Of(JsonElement.Parse(Rules));
}

internal sealed class GatePolicyTable : IEntityTypeConfiguration<GatePolicyRow>
{
    public void Configure(EntityTypeBuilder<GatePolicyRow> builder)
    {
        builder.ToTable("GatePolicies").HasKey(row => row.Tenant);
        builder.Property(row => row.Version).IsConcurrencyToken();
    }
}

internal sealed class GatePolicyStore(IDbContextFactory<Store> stores)
{
    public async Task<IReadOnlyDictionary<string, GatePolicyRow>> AllAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<GatePolicyRow>().AsNoTracking().ToDictionaryAsync(row => row.Tenant, cancellation);
    }

    public async Task<GatePolicyRow?> FindAsync(string tenant, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<GatePolicyRow>()
            .AsNoTracking()
            .SingleOrDefaultAsync(row => row.Tenant == tenant, cancellation);
    }

    /// <param name="version">As it was planned: 0 when there was none.</param>
    /// <returns>False when somebody changed it since.</returns>
    public async Task<bool> ChangeAsync(
        string tenant,
        int version,
        GateRules? rules,
        string proposalId,
        string by,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var row = await store.Set<GatePolicyRow>().SingleOrDefaultAsync(one => one.Tenant == tenant, cancellation);
        if ((row?.Version ?? 0) != version)
        {
            return false;
        }
        var text = rules is null ? null : JsonSerializer.Serialize(rules, GateRules.Json);
        if (row is null)
        {
            store.Add(
                new GatePolicyRow
                {
                    Tenant = tenant,
                    Rules = text,
                    Version = 1,
                    ProposalId = proposalId,
                    ChangedBy = by,
                    ChangedAt = now,
                }
            );
        }
        else
        {
            (row.Rules, row.Version, row.ProposalId, row.ChangedBy, row.ChangedAt) = (
                text,
                version + 1,
                proposalId,
                by,
                now
            );
        }
        try
        {
            await store.SaveChangesAsync(cancellation);
            return true;
        }
        catch (DbUpdateException exception) when (StoreFault.In(exception) is null)
        {
            // Somebody else's change came between the look and the write.
            return false;
        }
    }
}
