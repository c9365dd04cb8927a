using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Scans;

/// <param name="Image">What the container calls its image; null when that is a digest.</param>
internal sealed record RunningContainer(AffectedContainer Container, string? Image);

/// <summary>Which of the images that were reported run, and where.</summary>
internal sealed class RunningImages(ImageStore imageStore, IFleet fleet)
{
    /// <summary>Reported images that run now, with the containers that run them.</summary>
    /// <param name="wanted">Whether a tenant's containers are asked for.</param>
    public async Task<IReadOnlyDictionary<string, List<RunningContainer>>> OfTenantsAsync(
        Func<string, bool> wanted,
        CancellationToken cancellation
    )
    {
        var containers = fleet.Containers.Where(container => container.Facts.Tenant is { } of && wanted(of)).ToList();
        string[] digests = [.. containers.SelectMany(container => ScanRights.DigestsOf(container.Facts)).Distinct()];
        var images = await imageStore.KnownAsync(digests, cancellation);
        var byDigest = images
            .SelectMany(image => image.Digests.Select(digest => (digest, image.Row)))
            .ToLookup(one => one.digest, one => one.Row);
        var running = new Dictionary<string, List<RunningContainer>>(StringComparer.Ordinal);
        foreach (var container in containers)
        {
            var told = Told(container);
            foreach (var image in ImagesOf(container.Facts, byDigest))
            {
                if (!running.TryGetValue(image, out var list))
                {
                    running[image] = list = [];
                }
                list.Add(told);
            }
        }
        return running;
    }

    /// <summary>The containers whose image nobody reported on, by a bare digest of it.</summary>
    /// <param name="wanted">Whether a tenant's containers are asked for.</param>
    public async Task<IReadOnlyDictionary<string, List<RunningContainer>>> UnreportedAsync(
        Func<string, bool> wanted,
        CancellationToken cancellation
    )
    {
        var containers = fleet
            .Containers.Where(container => container.Facts.Tenant is { } of && wanted(of))
            .Select(container => (Container: container, Digests: ScanRights.DigestsOf(container.Facts).ToList()))
            .Where(one => one.Digests.Count > 0)
            .ToList();
        string[] digests = [.. containers.SelectMany(one => one.Digests).Distinct()];
        var known = (await imageStore.KnownAsync(digests, cancellation)).SelectMany(image => image.Digests).ToHashSet();
        return containers
            .Where(one => !one.Digests.Exists(known.Contains))
            .GroupBy(one => one.Digests[0], one => Told(one.Container), StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.ToList(), StringComparer.Ordinal);
    }

    private RunningContainer Told(HostedContainer container)
    {
        var exposure = ContainerExposure.Of(container, fleet);
        return new RunningContainer(
            new AffectedContainer(
                container.Facts.Id,
                container.Facts.Name,
                container.Facts.Service,
                container.Facts.Tenant!,
                container.HostName,
                container.Facts.State
            )
            {
                Exposure = exposure.Exposure,
                RunsAsRoot = exposure.RunsAsRoot,
                Ways = exposure.Ways,
            },
            ScanRights.NameOf(container.Facts)
        );
    }

    /// <summary>Of an index's images the one of the container's own platform, where it is known, and those that say no platform.</summary>
    private static IEnumerable<string> ImagesOf(ContainerFacts container, ILookup<string, ScannedImageRow> byDigest)
    {
        var own = ImageDigest.Bare(container.ImageId) is { } id ? byDigest[id].ToList() : [];
        var named = ImageDigest.Bare(container.ImageDigest) is { } digest ? byDigest[digest] : [];
        return own.Concat(named.Where(image => own.Count == 0 || !image.IsPinned)).Select(image => image.Id).Distinct();
    }

    /// <summary>What an image is called for this caller: as its owners do, if these are all the caller's, else as the caller's own containers.</summary>
    public static string NameFor(Caller caller, ScannedImageRow image, IReadOnlyList<RunningContainer> running) =>
        ImageOwners.AreAllSeen(image.Owners, caller)
            ? image.Image
            : running.Select(one => one.Image).FirstOrDefault(name => name is not null) ?? image.Digest;
}
