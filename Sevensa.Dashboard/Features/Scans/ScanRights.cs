using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Scans;

/// <summary>
/// Whose an image is: the tenants' whose containers run it, else those that whoever first reported on it has. Only they hand
/// in reports of it and see what was found: a report can close and open a gate.
/// </summary>
internal sealed class ScanRights(IFleet fleet)
{
    /// <summary>The bare digests by which a scan may know what a container runs.</summary>
    public static IEnumerable<string> DigestsOf(ContainerFacts container) =>
        new[] { ImageDigest.Bare(container.ImageDigest), ImageDigest.Bare(container.ImageId) }
            .OfType<string>()
            .Distinct();

    public bool MaySee(Caller caller, KnownImage image) =>
        caller.Tenants.IsAll
        || (
            RunningFor(image.Digests) is { Count: > 0 } tenants
                ? tenants.Exists(tenant => tenant is not null && caller.MaySee(tenant))
                : ImageOwners.AreAllSeen(image.Row.Owners, caller)
                    || (ImageOwners.Includes(image.Row.Owners, caller) && fleet.NotTold.Count == 0)
        );

    /// <summary>
    /// After a start it is not known who runs an image until every host has told. Until then nobody but its owners alone, and who
    /// sees all tenants, is taken for somebody whose image it is.
    /// </summary>
    /// <exception cref="NotKnownYetException">503: it may be another tenant's that runs on a host that has not told yet.</exception>
    public void MustKnow(Caller caller, IEnumerable<KnownImage> images)
    {
        if (
            fleet.NotTold is { Count: > 0 } silent
            && images.Any(image =>
                !MaySee(caller, image)
                && RunningFor(image.Digests).Count == 0
                && ImageOwners.Includes(image.Row.Owners, caller)
            )
        )
        {
            throw new NotKnownYetException(silent, noneTold: false);
        }
    }

    /// <summary>Whether a report of an image of these names may be handed in.</summary>
    /// <param name="known">All images that have one of the names already.</param>
    public bool MayReport(Caller caller, IReadOnlyCollection<string> digests, IReadOnlyList<KnownImage> known)
    {
        if (caller.Tenants.IsAll)
        {
            return true;
        }
        // Each by itself: a report may name another tenant's image beside one's own.
        return digests.All(digest =>
                RunningFor([digest]) is var running
                && (running.Count == 0 || running.Exists(tenant => tenant is not null && caller.MaySee(tenant)))
            ) && known.All(image => MaySee(caller, image));
    }

    /// <summary>
    /// Whether the caller sees everybody whom these images concern. Who says that something in them does not count decides for all
    /// of them, as who accepts a finding does.
    /// </summary>
    /// <param name="known">All images that have one of the names.</param>
    /// <exception cref="NotKnownYetException">503: another tenant may run it on a host that has not told yet.</exception>
    public bool SeesAllOf(Caller caller, IReadOnlyCollection<string> digests, IReadOnlyList<KnownImage> known)
    {
        if (caller.Tenants.IsAll)
        {
            return true;
        }
        var running = RunningFor([.. digests.Union(known.SelectMany(image => image.Digests))]);
        if (running.Count > 0)
        {
            return running.TrueForAll(tenant => tenant is null || caller.MaySee(tenant));
        }
        if (fleet.NotTold is { Count: > 0 } silent)
        {
            throw new NotKnownYetException(silent, noneTold: false);
        }
        return known.All(image => ImageOwners.AreAllSeen(image.Row.Owners, caller));
    }

    /// <summary>
    /// Asks of owners whether what was said for them that something does not count holds for everybody whose image it is: the
    /// tenants' whose containers run it now, else its own owners'. Who said it may have seen all of them then, and one more since.
    /// </summary>
    /// <param name="tenant">One for which it is asked beside them, as before it runs there; null for none.</param>
    public Func<string, bool> HoldsForAll(KnownImage image, string? tenant = null)
    {
        string[] running = [.. RunningFor(image.Digests).OfType<string>()];
        return owners =>
            owners == ImageOwners.All
            || (
                (tenant is null || ImageOwners.Includes(owners, tenant))
                && (
                    running.Length > 0
                        ? Array.TrueForAll(running, one => ImageOwners.Includes(owners, one))
                        : ImageOwners.IncludesAll(owners, image.Row.Owners)
                )
            );
    }

    /// <summary>The tenant for whose containers an image runs, when it is one that the caller sees; for the record.</summary>
    public string? TenantOf(Caller caller, IReadOnlyCollection<string> digests) =>
        RunningFor(digests).Find(tenant => tenant is not null && caller.MaySee(tenant));

    /// <summary>The name under which a container of one of these tenants runs an image of these digests; null when none does.</summary>
    /// <param name="tenants">Whether it is one of them; null stands for a container that is nobody's.</param>
    public string? RunningName(IReadOnlyCollection<string> digests, Func<string?, bool> tenants) =>
        fleet
            .Containers.Where(container =>
                tenants(container.Facts.Tenant) && DigestsOf(container.Facts).Any(digests.Contains)
            )
            .Select(container => NameOf(container.Facts))
            .FirstOrDefault(name => name is not null);

    /// <summary>What a container calls its image; null when that is a digest.</summary>
    public static string? NameOf(ContainerFacts container) =>
        container.Image is { Length: > 0 } name && ImageDigest.Bare(name) is null ? name : null;

    /// <summary>All bare digests that a container runs, whoever's it is.</summary>
    public IReadOnlySet<string> RunningDigests() =>
        fleet.Containers.SelectMany(container => DigestsOf(container.Facts)).ToHashSet(StringComparer.Ordinal);

    /// <summary>Whether a container of the tenant runs an image of these digests.</summary>
    /// <param name="tenant">Null: anybody's.</param>
    public bool Runs(string? tenant, IReadOnlyCollection<string> digests) =>
        RunningFor(digests) is var running && (tenant is null ? running.Count > 0 : running.Contains(tenant));

    /// <summary>The tenants whose containers run an image of these digests; null stands for a container that is nobody's.</summary>
    public List<string?> RunningFor(IReadOnlyCollection<string> digests) =>
        [
            .. fleet
                .Containers.Where(container => DigestsOf(container.Facts).Any(digests.Contains))
                .Select(container => container.Facts.Tenant)
                .Distinct(),
        ];
}
