using Sevensa.Dashboard.Platform.Hosting;

namespace Sevensa.Dashboard.Features.Scans;

/// <summary>Takes in the Sandbox's reports at its first start.</summary>
internal sealed class SeededScans(IEnumerable<ISeed> seeds, ScanStore store, ScanDesk desk) : IStartStep
{
    public async Task RunAsync(CancellationToken cancellation)
    {
        var scans = seeds.SelectMany(seed => seed.Scans).ToList();
        if (scans.Count == 0 || !await store.IsEmptyAsync(cancellation))
        {
            return;
        }
        foreach (var scan in scans)
        {
            await desk.PlantAsync(scan.Image, scan.Digest, scan.Report, cancellation);
        }
    }
}
