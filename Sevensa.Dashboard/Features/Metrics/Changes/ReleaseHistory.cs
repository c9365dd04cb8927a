using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using ZiggyCreatures.Caching.Fusion;

namespace Sevensa.Dashboard.Features.Metrics.Changes;

/// <summary>A service began to run another image.</summary>
/// <param name="From">Tag before.</param>
/// <param name="To">Tag since.</param>
internal sealed record Release(DateTimeOffset At, string Service, string From, string To)
{
    public override string ToString() => $"{Service} {From} → {To}";
}

/// <summary>Sees releases in the images that containers of a service ran: no pipeline has to report them.</summary>
internal sealed class ReleaseHistory(IMetrics metrics, ServiceQueries queries, IFusionCache cache, TimeProvider time)
{
    private static readonly TimeSpan Coarse = TimeSpan.FromHours(1);
    private static readonly TimeSpan Fine = TimeSpan.FromMinutes(1);
    private const int Refined = 6;

    /// <summary>Of the last thirty days, newest first; those of the last two hours and the newest ones to the minute.</summary>
    public async Task<IReadOnlyList<Release>> OfAsync(TenantScope scope, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var recentFrom = now.AddHours(-2);
        var old = await cache.GetOrSetAsync<IReadOnlyList<Release>>(
            $"releases|{scope.Key}",
            async (_, token) => await PastAsync(scope, now, token),
            entry => entry.SetDuration(TimeSpan.FromMinutes(10)).SetSize(1),
            cancellation
        );
        var recent = Seen(await metrics.RangeAsync(scope, queries.Images, recentFrom, now, Fine, cancellation));
        return
        [
            .. recent
                .Concat(old.Where(release => release.At < recentFrom + Coarse))
                .DistinctBy(release => (release.Service, release.To, release.At.ToUnixTimeSeconds() / 300))
                .OrderByDescending(release => release.At),
        ];
    }

    private async Task<IReadOnlyList<Release>> PastAsync(
        TenantScope scope,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        var seen = Seen(await metrics.RangeAsync(scope, queries.Images, now.AddDays(-30), now, Coarse, cancellation));
        var exact = new List<Release>();
        foreach (var release in seen.OrderByDescending(release => release.At))
        {
            exact.Add(
                exact.Count >= Refined
                    ? release
                    : Seen(
                            await metrics.RangeAsync(
                                scope,
                                queries.Images,
                                release.At - Coarse,
                                release.At,
                                Fine,
                                cancellation
                            )
                        )
                        .FirstOrDefault(found => found.Service == release.Service && found.To == release.To)
                        ?? release
            );
        }
        return exact;
    }

    /// <summary>An image that appears where another ran before. A gap between two runs of the same image is no release.</summary>
    internal static IReadOnlyList<Release> Seen(IEnumerable<MetricSeries> series)
    {
        var releases = new List<Release>();
        foreach (var service in series.GroupBy(one => one.Labels.GetValueOrDefault("service", "")))
        {
            var moments = service
                .SelectMany(one =>
                    one.Times.Select(at => (At: at, Image: Tag(one.Labels.GetValueOrDefault("image", ""))))
                )
                .GroupBy(point => point.At, point => point.Image)
                .OrderBy(moment => moment.Key);
            HashSet<string>? before = null;
            foreach (var moment in moments)
            {
                var images = moment.ToHashSet(StringComparer.Ordinal);
                if (before is not null && images.FirstOrDefault(image => !before.Contains(image)) is { } appeared)
                {
                    releases.Add(
                        new Release(
                            DateTimeOffset.FromUnixTimeSeconds((long)moment.Key),
                            service.Key,
                            before.First(),
                            appeared
                        )
                    );
                }
                before = images;
            }
        }
        return releases;
    }

    /// <summary>"sevensa/api:2.4.1" → "2.4.1"; an image without a tag is named by the start of its digest, or itself.</summary>
    internal static string Tag(string image)
    {
        var digest = image.IndexOf("@sha256:", StringComparison.Ordinal);
        var name = digest < 0 ? image : image[..digest];
        var tag = name.LastIndexOf(':');
        return tag > name.LastIndexOf('/') ? name[(tag + 1)..]
            : digest >= 0 ? image[(digest + 8)..Math.Min(image.Length, digest + 20)]
            : image;
    }
}
