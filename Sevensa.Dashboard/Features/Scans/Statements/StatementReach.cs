using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Scans.Reports;
using Sevensa.Dashboard.Features.Scans.Trend;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Scans.Statements;

/// <summary>
/// For whom statements hold while tenants come and go: who said that something in an image does not count saw all who had it then.
/// What another tenant runs since is open again, in the gate at once and in the lists within a minute.
/// </summary>
internal sealed class StatementReach(
    StatementStore store,
    StatementIntake statements,
    FindingStore findings,
    ImageStore imageStore,
    ScanRights rights,
    StoreLocks locks,
    IFleet fleet,
    ReportNews news
)
{
    private const int ImagesAtOnce = 500;

    // By image, whose documents held for everybody when it was last looked at.
    private readonly Dictionary<string, string> held = new(StringComparer.Ordinal);

    /// <summary>Findings of these images that are kept as cleared and are not, for whoever has the images now or is about to.</summary>
    /// <param name="tenant">For which it is asked; null for none.</param>
    public async Task<IReadOnlyCollection<string>> UnclearedAsync(
        IReadOnlyList<KnownImage> images,
        string? tenant,
        CancellationToken cancellation
    )
    {
        string[] digests = [.. images.SelectMany(image => image.Digests).Distinct()];
        var owners = await store.OwnersAsync(digests, cancellation);
        var uncleared = new List<string>();
        foreach (var image in images)
        {
            var holds = rights.HoldsForAll(image, tenant);
            if (owners.All(one => !image.Digests.Contains(one.Digest) || holds(one.Owners)))
            {
                continue;
            }
            var cleared = await findings.ClearedAsync(image.Row.Id, cancellation);
            if (cleared.Count == 0)
            {
                continue;
            }
            var stated = await statements.OfAsync(image, cancellation, tenant);
            foreach (var row in cleared)
            {
                cancellation.ThrowIfCancellationRequested();
                if (stated.Of(row).Status is not (VexStatus.NotAffected or VexStatus.Fixed))
                {
                    uncleared.Add(row.Id);
                }
            }
        }
        return uncleared;
    }

    /// <summary>Tells findings anew what is said of them where other documents hold than before.</summary>
    public async Task TurnAsync(CancellationToken cancellation)
    {
        var byDigest = (await store.OwnersAsync(null, cancellation)).ToLookup(one => one.Digest, one => one.Owners);
        foreach (var digests in byDigest.Select(one => one.Key).Chunk(ImagesAtOnce))
        {
            foreach (var image in await imageStore.KnownAsync(digests, cancellation))
            {
                string[] owners =
                [
                    .. image.Digests.SelectMany(digest => byDigest[digest]).Distinct().Order(StringComparer.Ordinal),
                ];
                await LookAsync(image, owners, cancellation);
            }
        }
    }

    private async Task LookAsync(KnownImage image, string[] owners, CancellationToken cancellation)
    {
        var holds = rights.HoldsForAll(image);
        var holding = Array.FindAll(owners, one => holds(one));
        var now = string.Join('\n', holding);
        // Another tenant may run it on a host that has not told yet: until then nothing is cleared anew.
        if (held.GetValueOrDefault(image.Row.Id) == now || (holding.Length == owners.Length && fleet.NotTold.Count > 0))
        {
            return;
        }
        await using (await locks.TakeAsync(ImageDigest.LocksOf(image.Digests), cancellation))
        {
            // As it is called by now: a report may have come before.
            if (await imageStore.ImagesAsync([image.Row.Id], cancellation) is [var known, ..])
            {
                await statements.RestateAsync(known, cancellation);
                news.Note(image.Row.Id);
            }
        }
        held[image.Row.Id] = now;
    }
}
