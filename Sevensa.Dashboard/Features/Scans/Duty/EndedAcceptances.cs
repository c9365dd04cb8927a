using System.Globalization;
using Sevensa.Dashboard.Features.Audit.Contracts;

namespace Sevensa.Dashboard.Features.Scans.Duty;

/// <summary>
/// Opens again what was accepted until a time. The gate counts it from that very moment; this tells of it, once for each image.
/// </summary>
internal sealed class EndedAcceptances(
    FindingChangeStore store,
    ImageStore imageStore,
    ScanRights rights,
    IAuditLog audit,
    TimeProvider time
)
{
    public async Task TurnAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        while (await store.EndedAsync(now, cancellation) is { } ended)
        {
            await TellAsync(ended, cancellation);
            await store.EndAsync(ended.Findings, now, cancellation);
        }
    }

    private async Task TellAsync(FindingBatch ended, CancellationToken cancellation)
    {
        // What nobody reports any more is closed whatever was accepted of it.
        var open = ended.Findings.Where(row => row.Presence == Presence.Seen).ToList();
        if (open.Count == 0)
        {
            return;
        }
        var image = await imageStore.ImagesAsync([ended.ImageId], cancellation) is [var found, ..] ? found : null;
        var tenants = image is null ? [] : TenantsOf(image);
        var worst = open.MaxBy(row => row.Severity)!;
        var rest = open.Count == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" and {open.Count - 1} more");
        foreach (var tenant in tenants.DefaultIfEmpty())
        {
            await audit.AppendAsync(
                new AuditEntry(
                    AuditActor.System,
                    "finding.reopened",
                    tenant,
                    worst.Id,
                    Detail: $"{worst.Vulnerability} in {worst.Package} {worst.Installed}{rest}: the time of the acceptance is over"
                        + (worst.OwnerName is { } owner ? $"; {owner} answers for it" : "")
                ),
                cancellation
            );
        }
    }

    private IReadOnlyList<string?> TenantsOf(KnownImage image) =>
        rights.RunningFor(image.Digests) is { Count: > 0 } running ? running : [.. ImageOwners.Ids(image.Row.Owners)];
}
