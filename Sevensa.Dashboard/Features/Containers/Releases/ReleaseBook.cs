using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Containers.Releases;

/// <summary>One service's answer to "what ran then".</summary>
/// <param name="Current">What runs now; null when the service is gone.</param>
internal sealed record ServiceThen(string Service, string Host, FoundRelease Found, LiveRelease? Current)
{
    /// <summary>Other code ran then than runs now.</summary>
    public bool CodeDiffers => Found.Chosen is { } then && then.Release.ImageDigest != Current?.Release.ImageDigest;
}

/// <summary>What somebody's words mean for a tenant's services.</summary>
/// <param name="Words">The moment in words with its zone: "24 November 2026 (a day of 24 hours in Europe/Amsterdam)".</param>
/// <param name="Note">What had to be decided because clocks were changed.</param>
internal sealed record TenantThen(Moment Moment, string Words, string? Note, IReadOnlyList<ServiceThen> Services);

/// <summary>A tenant's releases for a caller, and what ran at a moment.</summary>
internal sealed class ReleaseBook(ReleaseStore store, ITenantScopes scopes, TimeProvider time)
{
    /// <summary>Timelines of its services, by service and host.</summary>
    /// <param name="service">As <see cref="ServiceNames"/> reads it; null or empty for all of them; one alone is read alone.</param>
    /// <exception cref="UnknownTenantException">No such tenant, or not the caller's.</exception>
    public async Task<IReadOnlyList<ReleaseTimeline>> TimelinesAsync(
        Caller caller,
        string tenant,
        CancellationToken cancellation,
        string? service = null
    )
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        if (string.IsNullOrWhiteSpace(service))
        {
            return await TimelinesAsync(tenant, cancellation);
        }
        if (await TimelinesAsync(tenant, cancellation, service.Trim()) is { Count: > 0 } own)
        {
            return own;
        }
        var all = await TimelinesAsync(tenant, cancellation);
        var meant = ServiceNames.Find(tenant, service, all.Select(timeline => timeline.All[0].Release.Service));
        return [.. all.Where(timeline => timeline.All[0].Release.Service == meant)];
    }

    /// <summary>For planning, where the tenant was checked before.</summary>
    public async Task<IReadOnlyList<ReleaseTimeline>> TimelinesAsync(
        string tenant,
        CancellationToken cancellation,
        string? service = null
    ) => ReleaseTimeline.Split(await store.OfTenantAsync(tenant, service, cancellation));

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<LiveRelease>> ListAsync(
        Caller caller,
        string tenant,
        string? service,
        CancellationToken cancellation
    ) =>
        [
            .. (await TimelinesAsync(caller, tenant, cancellation, service))
                .SelectMany(timeline => timeline.All)
                // By the millisecond, as it is kept and told.
                .OrderByDescending(live => live.From.ToUnixTimeMilliseconds())
                .ThenBy(live => live.Release.Service, StringComparer.Ordinal)
                .ThenBy(live => live.Release.Id, StringComparer.Ordinal),
        ];

    /// <exception cref="UnknownReleaseException">Not among the tenant's.</exception>
    public async Task<LiveRelease> FindAsync(Caller caller, string tenant, string id, CancellationToken cancellation) =>
        (await ListAsync(caller, tenant, null, cancellation)).FirstOrDefault(live => live.Release.Id == id)
        ?? throw new UnknownReleaseException(tenant, id);

    /// <param name="service">Null for all of the tenant.</param>
    /// <exception cref="UnclearMomentException">The words can't be read.</exception>
    public async Task<TenantThen> ThenAsync(
        Caller caller,
        string tenant,
        string? service,
        string? words,
        TimeZoneInfo zone,
        CancellationToken cancellation
    )
    {
        return Then(await TimelinesAsync(caller, tenant, cancellation, service), words, zone);
    }

    public TenantThen Then(IReadOnlyList<ReleaseTimeline> timelines, string? words, TimeZoneInfo zone)
    {
        var now = time.GetUtcNow();
        var moment = MomentReader.Read(words, now, zone);
        if (moment is NamedMoment named && timelines.Count > 1)
        {
            moment = AtItsBeginning(timelines, named) ?? moment;
        }
        var changes = timelines.SelectMany(timeline => timeline.All.Skip(1)).Select(live => live.From).ToList();
        DateTimeOffset? last = changes.Count > 0 ? changes.Max() : null;
        return new TenantThen(
            moment,
            Said(moment, zone, last),
            (moment as InstantMoment)?.Note,
            [
                .. timelines.Select(timeline => new ServiceThen(
                    timeline.All[0].Release.Service,
                    timeline.All[0].Release.Host,
                    timeline.Find(moment, last, now),
                    timeline.Current
                )),
            ]
        );
    }

    /// <summary>Of a whole tenant one release means the time when it went live: what ran beside it then.</summary>
    private static InstantMoment? AtItsBeginning(IReadOnlyList<ReleaseTimeline> timelines, NamedMoment named)
    {
        var found = timelines
            .Select(timeline => timeline.Find(named, null, DateTimeOffset.MaxValue).Chosen)
            .OfType<LiveRelease>()
            .ToList();
        return found is [var only] ? new InstantMoment(named.Said, only.From) : null;
    }

    private static string Said(Moment moment, TimeZoneInfo zone, DateTimeOffset? last) =>
        moment switch
        {
            DayMoment day => FormattableString.Invariant($"the day {day.Day:yyyy-MM-dd} ({zone.Id})"),
            InstantMoment at => FormattableString.Invariant(
                $"{TimeZoneInfo.ConvertTime(at.At, zone):yyyy-MM-dd HH:mm:ss} ({zone.Id})"
            ),
            BeforeLastMoment when last is { } change => FormattableString.Invariant(
                $"before the last change, which was at {TimeZoneInfo.ConvertTime(change, zone):yyyy-MM-dd HH:mm:ss} ({zone.Id})"
            ),
            NamedMoment named => $"release {named.Name}",
            _ => "before the last change, of which none is known",
        };
}

/// <summary>Answered as 404, for another tenant's release too.</summary>
internal sealed class UnknownReleaseException(string tenant, string id)
    : Exception($"Tenant {tenant} has no release \"{id}\".");
