using System.Globalization;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Alerts.Contracts;
using Sevensa.Dashboard.Features.Containers.Releases;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Containers.Kinds;

/// <summary>
/// What speaks against an image that ran before: it was left for what had run before it, or left while an incident went on. Who
/// brings it back is told when that was, and why.
/// </summary>
internal sealed class LeftReleases(ReleaseBook book, IEnumerable<IIncidents> incidents, ITenantScopes scopes)
{
    /// <summary>An incident may be closed, or opened, a while after what ended it was done.</summary>
    private static readonly TimeSpan Around = TimeSpan.FromMinutes(30);

    private const int LongestWhy = 200;

    /// <summary>Of one service on one host, in words; empty when nothing speaks against it.</summary>
    /// <param name="host">Its name.</param>
    public async Task<IReadOnlyList<string>> OfAsync(
        PlanRequest request,
        string service,
        string host,
        string? digest,
        string? imageId,
        CancellationToken cancellation
    )
    {
        var timeline = (await book.TimelinesAsync(request.Tenant, cancellation, service)).FirstOrDefault(one =>
            one.All[0].Release.Host == host
        );
        return timeline is null
            ? []
            : await OfAsync(
                request.Tenant,
                timeline,
                release => Same(digest, release.ImageDigest) || Same(imageId, release.ImageId),
                cancellation
            );
    }

    public async Task<IReadOnlyList<string>> OfAsync(
        string tenant,
        ReleaseTimeline timeline,
        Func<Release, bool> isIt,
        CancellationToken cancellation
    )
    {
        var words = new List<string>();
        var runs = Runs(timeline);
        for (var index = 0; index < runs.Count - 1; index++)
        {
            var (run, next) = (runs[index], runs[index + 1]);
            if (!isIt(run.First.Release))
            {
                continue;
            }
            var left = next.First;
            if (!left.Release.Gone && runs.Take(index).Any(earlier => SameImage(earlier.First.Release, left.Release)))
            {
                words.Add(
                    $"{Named(run)} was left on {At(left.From)} for {left.Release.Tag}, which had run before it: {Why(left.Release)}."
                );
            }
            foreach (var incident in await IncidentsAsync(tenant, run, left.From, cancellation))
            {
                words.Add(
                    $"{Named(run)} was left on {At(left.From)} for {left.Release.Tag} while the incident \"{incident.Title}\" (from {At(incident.StartsAt)}) went on: {Why(left.Release)}."
                );
            }
        }
        return [.. words.Distinct(StringComparer.Ordinal)];
    }

    private async Task<IReadOnlyList<Incident>> IncidentsAsync(
        string tenant,
        Run run,
        DateTimeOffset left,
        CancellationToken cancellation
    )
    {
        var scope = scopes.ForSystem(tenant);
        var found = new List<Incident>();
        foreach (var desk in incidents)
        {
            found.AddRange(
                (await desk.BetweenAsync(scope, tenant, left - Around, left + Around, false, cancellation)).Where(
                    incident =>
                        incident is { Kind: IncidentKind.Incident, State: not IncidentState.Cancelled }
                        && (incident.Services.Count == 0 || incident.Services.Contains(run.First.Release.Service))
                        // It began while this ran, and was not over before it was left.
                        && incident.StartsAt >= run.First.From
                        && incident.StartsAt <= left
                        && (incident.EndsAt is null || incident.EndsAt >= left)
                )
            );
        }
        return found;
    }

    /// <summary>Stretches of one image: a changed limit or number of replicas leaves nothing.</summary>
    private static List<Run> Runs(ReleaseTimeline timeline)
    {
        var runs = new List<Run>();
        foreach (var live in timeline.All)
        {
            if (runs.Count == 0 || !SameImage(runs[^1].First.Release, live.Release))
            {
                runs.Add(new Run(live));
            }
        }
        return runs;
    }

    private static bool SameImage(Release one, Release other) =>
        one.Gone == other.Gone
        && (one.Gone || one.ImageDigest == other.ImageDigest || Same(one.ImageId, other.ImageId));

    private static bool Same(string? one, string other) => one is { Length: > 0 } && one == other;

    private static string Named(Run run) => $"{run.First.Release.Service} {run.First.Release.Tag}";

    private static string Why(Release release)
    {
        var why = release.Why?.Trim().TrimEnd('.') ?? "";
        why = StoreText.Shorten(why, LongestWhy);
        return why.Length > 0 ? $"{release.By}: \"{why}\"" : $"by {release.By}, who gave no reason";
    }

    private static string At(DateTimeOffset at) => at.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    private sealed record Run(LiveRelease First);
}
