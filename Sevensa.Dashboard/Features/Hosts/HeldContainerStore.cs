using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Hosts;

/// <summary>From which host a container is taken, kept so that a restart gives nobody else the first word.</summary>
internal sealed class HeldContainerRow
{
    public required string ContainerId { get; init; }
    public required string HostId { get; init; }
}

internal sealed class HeldContainerTable : IEntityTypeConfiguration<HeldContainerRow>
{
    public void Configure(EntityTypeBuilder<HeldContainerRow> builder)
    {
        builder.ToTable("HeldContainers");
        builder.HasKey(row => row.ContainerId);
        builder.Property(row => row.ContainerId).HasMaxLength(128);
        builder.Property(row => row.HostId).HasMaxLength(32);
    }
}

internal sealed class HeldContainerStore(IDbContextFactory<Store> stores)
{
    private static readonly string[] Changing = [nameof(HeldContainerRow.HostId)];
    private const int IdsPerStatement = 200;

    /// <summary>Id of the host by id of the container.</summary>
    public async Task<IReadOnlyDictionary<string, string>> AllAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<HeldContainerRow>()
            .AsNoTracking()
            .ToDictionaryAsync(row => row.ContainerId, row => row.HostId, cancellation);
    }

    /// <param name="changes">The host that has each container now; null for none.</param>
    public async Task KeepAsync(IReadOnlyDictionary<string, string?> changes, CancellationToken cancellation)
    {
        await stores.UpsertAsync(
            [
                .. changes
                    .Where(change => change.Value is not null)
                    .Select(change => new HeldContainerRow { ContainerId = change.Key, HostId = change.Value! }),
            ],
            Changing,
            cancellation
        );
        var gone = changes.Where(change => change.Value is null).Select(change => change.Key).ToList();
        var piece = new PieceSize(IdsPerStatement);
        for (var at = 0; at < gone.Count; )
        {
            var ids = gone.GetRange(at, Math.Min(piece.Rows, gone.Count - at));
            await using var store = await stores.CreateDbContextAsync(cancellation);
            await piece.WriteAsync(
                store,
                some =>
                    some.Set<HeldContainerRow>()
                        .Where(row => ids.Contains(row.ContainerId))
                        .ExecuteDeleteAsync(cancellation),
                cancellation
            );
            at += ids.Count;
        }
    }
}
