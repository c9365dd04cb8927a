using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Scans.Trend;

/// <summary>
/// Counts what each tenant has open, once a day and again after each report that concerns it. While hosts have not told what runs
/// there it counts nothing: a day that was never counted is a gap and no zero.
/// </summary>
internal sealed class DayCounts(
    FindingDesk desk,
    TrendStore store,
    ImageStore imageStore,
    ScanRights rights,
    ITenants tenants,
    IFleet fleet,
    ReportNews news,
    TimeProvider time
)
{
    private static readonly Caller Counter = new("scans", "Scans", Role.Viewer, false, TenantSet.All, ApiScopes.Read);

    // Of whom a report came while it could not be counted.
    private readonly HashSet<string> waiting = new(StringComparer.Ordinal);

    // What a report changed just before the last stop may not have been counted.
    private bool hasLooked;

    public async Task TurnAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var day = FindingDayRow.Word(DateOnly.FromDateTime(now.UtcDateTime));
        waiting.UnionWith(await ConcernedAsync(cancellation));
        var all = await tenants.AllAsync(cancellation);
        if (!hasLooked)
        {
            waiting.UnionWith(all.Select(tenant => tenant.Id));
            hasLooked = true;
        }
        foreach (var tenant in all)
        {
            if (
                IsSilent(tenant.Id)
                || (!waiting.Contains(tenant.Id) && await store.IsCountedAsync(tenant.Id, day, cancellation))
            )
            {
                continue;
            }
            await store.PutAsync(await CountAsync(tenant.Id, day, now, cancellation), cancellation);
            waiting.Remove(tenant.Id);
        }
    }

    private bool IsSilent(string tenant) => fleet.SilentFor(tenant).Count > 0;

    private async Task<IReadOnlyList<FindingDayRow>> CountAsync(
        string tenant,
        string day,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        var filter = new FindingFilter(tenant, State: FindingState.Open);
        var open = await desk.CountByKindAsync(Counter, filter, cancellation);
        var overdue = await desk.CountByKindAsync(Counter, filter with { Overdue = true }, cancellation);
        return
        [
            .. Enum.GetValues<FindingKind>()
                .Select(kind => new FindingDayRow
                {
                    Tenant = tenant,
                    Day = day,
                    Kind = kind,
                    Critical = open.GetValueOrDefault((kind, Severity.Critical)),
                    High = open.GetValueOrDefault((kind, Severity.High)),
                    Medium = open.GetValueOrDefault((kind, Severity.Medium)),
                    Low = open.GetValueOrDefault((kind, Severity.Low)),
                    Unknown = open.GetValueOrDefault((kind, Severity.Unknown)),
                    Overdue = overdue.Where(one => one.Key.Kind == kind).Sum(one => one.Value),
                    CountedAt = now,
                }),
        ];
    }

    /// <summary>Tenants whose images were reported on since the last look.</summary>
    private async Task<IEnumerable<string>> ConcernedAsync(CancellationToken cancellation)
    {
        if (news.Take() is not { Count: > 0 } images)
        {
            return [];
        }
        return (await imageStore.ImagesAsync(images, cancellation)).SelectMany(image =>
            rights.RunningFor(image.Digests).OfType<string>().Concat(ImageOwners.Ids(image.Row.Owners))
        );
    }
}
