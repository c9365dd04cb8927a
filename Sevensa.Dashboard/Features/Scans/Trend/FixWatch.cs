using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Scans.Trend;

/// <summary>
/// Notices which image took another's place. A vulnerability is fixed when the image that had it no longer runs and those of the
/// same repository that do were scanned and don't have it. What a scanner no longer says of the same image, and what went with its
/// service, is not.
/// </summary>
internal sealed class FixWatch(
    RunningImages runningImages,
    FixedFindingStore store,
    ImageStore imageStore,
    ITenants tenants,
    IFleet fleet,
    TimeProvider time
)
{
    /// <summary>What takes the place of an image is there within this time.</summary>
    private static readonly TimeSpan Replaced = TimeSpan.FromDays(1);

    /// <summary>And is scanned within this.</summary>
    private static readonly TimeSpan Scanned = TimeSpan.FromDays(30);

    public async Task TurnAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var known = (await store.ImagesAsync(cancellation)).ToLookup(row => row.Tenant, StringComparer.Ordinal);
        var running = await runningImages.OfTenantsAsync(_ => true, cancellation);
        foreach (var tenant in await tenants.AllAsync(cancellation))
        {
            if (fleet.SilentFor(tenant.Id).Count > 0)
            {
                continue;
            }
            var runs = Of(tenant.Id, running);
            await NoteAsync(tenant.Id, known[tenant.Id], runs, now, cancellation);
            foreach (var left in known[tenant.Id].Where(row => row.LeftAt is not null))
            {
                await SettleAsync(left, runs, now, cancellation);
            }
        }
    }

    /// <summary>The tenant's running images with their repositories.</summary>
    private static IReadOnlyDictionary<string, string> Of(
        string tenant,
        IReadOnlyDictionary<string, List<RunningContainer>> running
    ) =>
        running
            .Select(one =>
                (
                    one.Key,
                    Own: one.Value.Find(container =>
                        container.Container.Tenant == tenant && container.Image is not null
                    )
                )
            )
            .Select(one => (one.Key, Repository: ImageDigest.Repository(one.Own?.Image)))
            .Where(one => one.Repository is not null)
            .ToDictionary(one => one.Key, one => one.Repository!, StringComparer.Ordinal);

    private async Task NoteAsync(
        string tenant,
        IEnumerable<RunImageRow> known,
        IReadOnlyDictionary<string, string> runs,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        var before = known.ToDictionary(row => row.ImageId, StringComparer.Ordinal);
        var changed = new List<RunImageRow>();
        foreach (var (image, repository) in runs)
        {
            if (!before.TryGetValue(image, out var row) || row.LeftAt is not null)
            {
                await store.CameBackAsync(tenant, image, cancellation);
                changed.Add(
                    new RunImageRow
                    {
                        Tenant = tenant,
                        ImageId = image,
                        Repository = repository,
                    }
                );
            }
        }
        foreach (var row in before.Values.Where(row => row.LeftAt is null && !runs.ContainsKey(row.ImageId)))
        {
            row.LeftAt = now;
            changed.Add(row);
        }
        await store.PutAsync(changed, cancellation);
    }

    private async Task SettleAsync(
        RunImageRow left,
        IReadOnlyDictionary<string, string> runs,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        if (runs.ContainsKey(left.ImageId))
        {
            return;
        }
        string[] successors = [.. runs.Where(one => one.Value == left.Repository).Select(one => one.Key)];
        if (successors.Length == 0)
        {
            if (now - left.LeftAt > Replaced)
            {
                await store.SettleAsync(left, [], cancellation);
            }
            return;
        }
        var images = await imageStore.ImagesAsync(successors, cancellation);
        if (images.All(image => image.Row.ScannedAt is not null))
        {
            await store.SettleAsync(left, successors, cancellation);
        }
        else if (now - left.LeftAt > Scanned)
        {
            await store.SettleAsync(left, [], cancellation);
        }
    }
}
