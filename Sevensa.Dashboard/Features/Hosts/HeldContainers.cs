using System.Threading.Channels;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Hosts;

/// <summary>Keeps in the store which host has which container, a moment after it changed.</summary>
internal sealed class HeldContainers(
    HeldContainerStore store,
    Fleet fleet,
    TimeProvider time,
    ILogger<HeldContainers> log
) : BackgroundService
{
    private readonly Channel<bool> changed = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

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

    private async Task KeepAsync(CancellationToken cancellation)
    {
        var changes = fleet.TakeHolderChanges();
        if (changes.Count == 0)
        {
            return;
        }
        try
        {
            await store.KeepAsync(changes, cancellation);
        }
        catch
        {
            fleet.GiveHolderChangesBack(changes);
            throw;
        }
    }
}
