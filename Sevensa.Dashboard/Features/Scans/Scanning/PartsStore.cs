using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Features.Scans.Originals;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Scans.Scanning;

/// <summary>A list of parts (SBOM) that is kept with what was sent.</summary>
internal sealed record KeptParts(string Id, string ImageId, string Owners, string Hash);

/// <summary>The lists of parts among the reports that were taken in.</summary>
internal sealed class PartsStore(IDbContextFactory<Store> stores)
{
    /// <summary>Beyond so many the oldest are not looked at.</summary>
    private const int MostLooked = 2000;

    private static readonly string[] Formats = ["cyclonedx", "spdx"];

    /// <summary>The newest list of each image that this maker wrote, the newest first.</summary>
    /// <param name="maker">Who made them, as their reports are kept: <c>syft</c>, <c>trivy</c>.</param>
    public async Task<IReadOnlyList<KeptParts>> NewestAsync(string maker, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = await Kept(store)
            .Where(row => row.Scanner == maker)
            .OrderByDescending(row => row.ReceivedAt)
            .ThenBy(row => row.Id)
            .Take(MostLooked)
            .Select(row => new KeptParts(row.Id, row.ImageId, row.Owners, row.Hash))
            .ToListAsync(cancellation);
        return [.. rows.DistinctBy(row => row.ImageId)];
    }

    public async Task<KeptParts?> FindAsync(string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await Kept(store)
            .Where(row => row.Id == id)
            .Select(row => new KeptParts(row.Id, row.ImageId, row.Owners, row.Hash))
            .SingleOrDefaultAsync(cancellation);
    }

    // A list that is a scan too was made with its findings: what it lacked then its scanner looks for anew.
    private static IQueryable<ScanReportRow> Kept(Store store) =>
        store
            .Set<ScanReportRow>()
            .AsNoTracking()
            .Where(row =>
                row.Kinds == ""
                && Formats.Contains(row.Format)
                && store.Set<OriginalRow>().Any(original => original.Hash == row.Hash)
            );
}
