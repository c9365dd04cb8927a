using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Scans;

/// <summary>An image with all digests by which it is known.</summary>
internal sealed record KnownImage(ScannedImageRow Row, IReadOnlyList<string> Digests);

/// <summary>The images that were reported on.</summary>
internal sealed class ImageStore(IDbContextFactory<Store> stores)
{
    /// <summary>How many images are known.</summary>
    public async Task<int> CountAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<ScannedImageRow>().CountAsync(cancellation);
    }

    /// <summary>All images known by any of these digests, in the order of their ids.</summary>
    public async Task<IReadOnlyList<KnownImage>> KnownAsync(
        IReadOnlyCollection<string> digests,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var ids = store.Set<ScannedDigestRow>().Where(row => digests.Contains(row.Digest)).Select(row => row.ImageId);
        var images = await store
            .Set<ScannedImageRow>()
            .AsNoTracking()
            .Where(image => ids.Contains(image.Id))
            .OrderBy(image => image.Id)
            .ToListAsync(cancellation);
        return images.Count == 0 ? [] : await WithDigestsAsync(store, images, cancellation);
    }

    /// <summary>
    /// Images that were handed in for these tenants and nobody else: of one tenant those that are its own alone, since those of
    /// a pipeline for many are nobody's news until they run.
    /// </summary>
    public async Task<IReadOnlyList<KnownImage>> OwnedByAsync(
        IReadOnlyCollection<string> tenants,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var owners = await store
            .Set<ScannedImageRow>()
            .Select(image => image.Owners)
            .Distinct()
            .ToListAsync(cancellation);
        string[] theirs = [.. owners.Where(text => ImageOwners.AreAllOf(text, tenants))];
        var images = await store
            .Set<ScannedImageRow>()
            .AsNoTracking()
            .Where(image => theirs.Contains(image.Owners))
            .ToListAsync(cancellation);
        return images.Count == 0 ? [] : await WithDigestsAsync(store, images, cancellation);
    }

    /// <summary>All images of these repositories, whatever their tag.</summary>
    public async Task<IReadOnlyList<KnownImage>> OfRepositoriesAsync(
        IReadOnlyCollection<string> repositories,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var found = new List<ScannedImageRow>();
        foreach (var repository in repositories)
        {
            var (tagged, pinned) = ($"{repository}:", $"{repository}@");
            found.AddRange(
                await store
                    .Set<ScannedImageRow>()
                    .AsNoTracking()
                    .Where(image =>
                        image.Image == repository || image.Image.StartsWith(tagged) || image.Image.StartsWith(pinned)
                    )
                    .ToListAsync(cancellation)
            );
        }
        return found.Count == 0 ? [] : await WithDigestsAsync(store, found, cancellation);
    }

    public async Task<ScannedImageRow?> ImageAsync(string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<ScannedImageRow>()
            .AsNoTracking()
            .SingleOrDefaultAsync(row => row.Id == id, cancellation);
    }

    /// <summary>Images by their ids.</summary>
    public async Task<IReadOnlyList<KnownImage>> ImagesAsync(
        IReadOnlyCollection<string> ids,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var images = await store
            .Set<ScannedImageRow>()
            .AsNoTracking()
            .Where(image => ids.Contains(image.Id))
            .ToListAsync(cancellation);
        return images.Count == 0 ? [] : await WithDigestsAsync(store, images, cancellation);
    }

    /// <param name="except">Ids of those that are not meant.</param>
    public async Task<IReadOnlyList<KnownImage>> AllImagesAsync(
        IReadOnlyCollection<string> except,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var images = await store
            .Set<ScannedImageRow>()
            .AsNoTracking()
            .Where(image => !except.Contains(image.Id))
            .ToListAsync(cancellation);
        var digests = await store.Set<ScannedDigestRow>().AsNoTracking().ToListAsync(cancellation);
        var of = digests.ToLookup(row => row.ImageId, row => row.Digest);
        return [.. images.Select(image => new KnownImage(image, [.. of[image.Id]]))];
    }

    /// <summary>Whose these images are while nobody runs them, as <see cref="ImageOwners"/> writes it.</summary>
    public async Task<IReadOnlyDictionary<string, string>> OwnersAsync(
        IReadOnlyCollection<string> ids,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<ScannedImageRow>()
            .Where(image => ids.Contains(image.Id))
            .ToDictionaryAsync(image => image.Id, image => image.Owners, cancellation);
    }

    public async Task<IReadOnlyList<string>> DigestsOfAsync(string imageId, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<ScannedDigestRow>()
            .Where(row => row.ImageId == imageId)
            .Select(row => row.Digest)
            .ToListAsync(cancellation);
    }

    private static async Task<IReadOnlyList<KnownImage>> WithDigestsAsync(
        DbContext store,
        List<ScannedImageRow> images,
        CancellationToken cancellation
    )
    {
        var ids = images.ConvertAll(image => image.Id);
        var digests = await store
            .Set<ScannedDigestRow>()
            .AsNoTracking()
            .Where(row => ids.Contains(row.ImageId))
            .ToListAsync(cancellation);
        var of = digests.ToLookup(row => row.ImageId, row => row.Digest);
        return [.. images.Select(image => new KnownImage(image, [.. of[image.Id]]))];
    }
}
