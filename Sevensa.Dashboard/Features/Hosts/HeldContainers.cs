using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Platform.Hosting;
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

/// <summary>Keeps in the store which host has which container, a moment after it changed.</summary>
internal sealed class HeldContainers(
    IDbContextFactory<Store> stores,
    Fleet fleet,
    TimeProvider time,
    ILogger<HeldContainers> log
) : BackgroundService
{
    private static readonly string[] Changing = [nameof(HeldContainerRow.HostId)];
    private const int IdsPerStatement = 200;

    private readonly Channel<bool> changed = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    public async Task<IReadOnlyList<KeyValuePair<string, string>>> AllAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = await store.Set<HeldContainerRow>().AsNoTracking().ToListAsync(cancellation);
        return [.. rows.Select(row => KeyValuePair.Create(row.ContainerId, row.HostId))];
    }

    /// <summary>Writes what changed since the last time; nothing when nothing did.</summary>
    public async Task KeepAsync(CancellationToken cancellation)
    {
        var changes = fleet.TakeHolderChanges();
        if (changes.Count == 0)
        {
            return;
        }
        try
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
            foreach (var some in changes.Where(change => change.Value is null).Chunk(IdsPerStatement))
            {
                var ids = some.Select(change => change.Key).ToList();
                await using var store = await stores.CreateDbContextAsync(cancellation);
                await store
                    .Set<HeldContainerRow>()
                    .Where(row => ids.Contains(row.ContainerId))
                    .ExecuteDeleteAsync(cancellation);
            }
        }
        catch
        {
            fleet.GiveHolderChangesBack(changes);
            throw;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var listening = fleet.OnChange(() =>
        {
            changed.Writer.TryWrite(true);
            return Task.CompletedTask;
        });
        await LastingWork.RunAsync(
            "Keeping which host has which container",
            KeepAsync,
            async rest => await changed.Reader.ReadAsync(rest),
            log,
            time,
            stoppingToken
        );
    }
}
