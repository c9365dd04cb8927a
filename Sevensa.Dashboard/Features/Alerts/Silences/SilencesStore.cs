using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Features.Alerts.Alertmanager;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Alerts.Silences;

/// <summary>A silence that should be in Alertmanager until it ends.</summary>
internal sealed class SilenceRow
{
    public required string Id { get; init; }
    public required string Tenant { get; init; }
    public required string SilenceJson { get; set; }

    /// <summary>It was made by this program, which may ask for it again.</summary>
    public bool Here { get; set; }
    public required DateTimeOffset EndsAt { get; set; }

    /// <summary>When Alertmanager was last seen to have it, to the hour.</summary>
    public required DateTimeOffset SeenAt { get; set; }

    /// <summary>Since when the record says that it is gone.</summary>
    public DateTimeOffset? LostAt { get; set; }

    /// <summary>When one of the dashboards last began to ask for it again.</summary>
    public DateTimeOffset? TriedAt { get; set; }

    /// <summary>Why that failed, as the record says.</summary>
    public string? Trouble { get; set; }

    public HeldSilence Silence => JsonSerializer.Deserialize(SilenceJson, AlertmanagerJson.Default.HeldSilence)!;

    public static string Json(HeldSilence silence) =>
        JsonSerializer.Serialize(silence, AlertmanagerJson.Default.HeldSilence);
}

internal sealed class SilenceTables : IEntityTypeConfiguration<SilenceRow>
{
    public void Configure(EntityTypeBuilder<SilenceRow> builder)
    {
        builder.ToTable("Silences");
        builder.HasKey(row => row.Id);
        builder.HasIndex(row => row.Tenant);
    }
}

/// <summary>Silences as they were last seen, kept until they end.</summary>
internal sealed class SilencesStore(IDbContextFactory<Store> stores)
{
    public async Task<IReadOnlyList<SilenceRow>> OfAsync(string tenant, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<SilenceRow>()
            .AsNoTracking()
            .Where(row => row.Tenant == tenant)
            .ToListAsync(cancellation);
    }

    /// <summary>Writes what is new or has changed.</summary>
    public async Task KeepAsync(IReadOnlyList<SilenceRow> rows, CancellationToken cancellation)
    {
        if (rows.Count == 0)
        {
            return;
        }
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var ids = rows.Select(row => row.Id).ToList();
        var known = await store
            .Set<SilenceRow>()
            .Where(row => ids.Contains(row.Id))
            .ToDictionaryAsync(row => row.Id, cancellation);
        foreach (var row in rows)
        {
            if (known.TryGetValue(row.Id, out var before))
            {
                // A look that began before it was made here does not know that.
                row.Here |= before.Here;
                store.Entry(before).CurrentValues.SetValues(row);
            }
            else
            {
                store.Add(row);
            }
        }
        try
        {
            await store.SaveChangesAsync(cancellation);
        }
        catch (DbUpdateException exception) when (StoreFault.In(exception) is null)
        {
            // Another dashboard keeps the same at this moment; what differs is seen at the next look.
        }
    }

    public async Task ForgetAsync(IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        if (ids.Count == 0)
        {
            return;
        }
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store.Set<SilenceRow>().Where(row => ids.Contains(row.Id)).ExecuteDeleteAsync(cancellation);
    }

    /// <summary>Whether it is this dashboard's turn to ask for it again; of several, one has it.</summary>
    /// <param name="before">Who began before this has given up.</param>
    public async Task<bool> ClaimAsync(
        string id,
        DateTimeOffset before,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
                .Set<SilenceRow>()
                .Where(row => row.Id == id && (row.TriedAt == null || row.TriedAt < before))
                .ExecuteUpdateAsync(row => row.SetProperty(one => one.TriedAt, now), cancellation) == 1;
    }

    public async Task TroubledAsync(string id, string trouble, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store
            .Set<SilenceRow>()
            .Where(row => row.Id == id)
            .ExecuteUpdateAsync(row => row.SetProperty(one => one.Trouble, trouble), cancellation);
    }

    /// <summary>Whether it is this dashboard's to say that it is gone; of several, one has it.</summary>
    public async Task<bool> LoseAsync(string id, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
                .Set<SilenceRow>()
                .Where(row => row.Id == id && row.LostAt == null)
                .ExecuteUpdateAsync(row => row.SetProperty(one => one.LostAt, now), cancellation) == 1;
    }

    /// <summary>That it is gone could not be said: whoever looks next does.</summary>
    public async Task UnloseAsync(string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store
            .Set<SilenceRow>()
            .Where(row => row.Id == id)
            .ExecuteUpdateAsync(row => row.SetProperty(one => one.LostAt, (DateTimeOffset?)null), cancellation);
    }
}
