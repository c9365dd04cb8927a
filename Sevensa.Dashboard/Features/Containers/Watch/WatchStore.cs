using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Containers.Watch;

/// <summary>How a watch ended. Written once.</summary>
internal sealed class WatchRow
{
    public required string ProposalId { get; init; }
    public required DateTimeOffset EndedAt { get; init; }

    /// <summary>JSON of <see cref="AftermathReport"/>.</summary>
    public required string Report { get; init; }
}

internal sealed class WatchRowConfiguration : IEntityTypeConfiguration<WatchRow>
{
    public void Configure(EntityTypeBuilder<WatchRow> builder)
    {
        builder.ToTable("ActionWatches");
        builder.HasKey(row => row.ProposalId);
        builder.Property(row => row.ProposalId).HasMaxLength(32);
        builder.IsAppendOnly();
    }
}

internal sealed class WatchStore(IDbContextFactory<Store> stores)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new Platform.Http.FiniteNumber() },
    };

    public async Task<AftermathReport?> FindAsync(string proposalId, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var row = await store
            .Set<WatchRow>()
            .AsNoTracking()
            .SingleOrDefaultAsync(found => found.ProposalId == proposalId, cancellation);
        return row is null ? null : JsonSerializer.Deserialize<AftermathReport>(row.Report, Json);
    }

    /// <summary>False when another dashboard ended it first.</summary>
    public async Task<bool> EndAsync(
        string proposalId,
        AftermathReport report,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        store.Add(
            new WatchRow
            {
                ProposalId = proposalId,
                EndedAt = now,
                Report = JsonSerializer.Serialize(report, Json),
            }
        );
        try
        {
            await store.SaveChangesAsync(cancellation);
            return true;
        }
        catch (DbUpdateException exception) when (StoreFault.In(exception) is null)
        {
            return false;
        }
    }
}
