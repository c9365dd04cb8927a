using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Containers.Releases;

/// <summary>Releases and their differences as other features see them.</summary>
internal sealed class ServiceReleases(ReleaseBook book) : IServiceReleases
{
    public async Task<IReadOnlyList<ServiceRelease>> OfAsync(
        Caller caller,
        string tenant,
        string service,
        CancellationToken cancellation
    ) =>
        [
            .. (await book.TimelinesAsync(caller, tenant, cancellation, service))
                .SelectMany(timeline =>
                    timeline.All.Select((live, at) => Of(live, at > 0 ? timeline.All[at - 1] : null))
                )
                .OrderByDescending(release => release.From),
        ];

    private static ServiceRelease Of(LiveRelease live, LiveRelease? before) =>
        new(
            live.Release.Id,
            live.Release.Service,
            live.Release.Host,
            live.Release.Image,
            live.Release.ImageDigest,
            live.From,
            live.Until,
            live.Release.By,
            live.Release.Why,
            live.Release.ActionId,
            before?.Release.Id,
            before?.Release.Image,
            before is null
                ? []
                :
                [
                    .. ReleaseDiff
                        .Between(before.Release, live.Release)
                        .Select(one => new ServiceReleaseDifference(
                            one.Part,
                            one.Name,
                            one.Before,
                            one.After,
                            one.Hidden
                        )),
                ]
        );
}
