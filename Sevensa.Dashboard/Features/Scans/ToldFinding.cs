using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Scans.Due;
using Sevensa.Dashboard.Features.Scans.Reports;

namespace Sevensa.Dashboard.Features.Scans;

/// <summary>A finding as it is told to whoever may see it.</summary>
internal static class ToldFinding
{
    /// <param name="running">The containers with its image that the caller sees.</param>
    public static Finding Of(
        Caller caller,
        FindingRow row,
        ScannedImageRow image,
        IReadOnlyList<RunningContainer> running,
        DueBook book,
        DateTimeOffset now
    )
    {
        var (state, due) = (row.StateAt(now), DueOf(row, book, now));
        return new Finding(
            row.Id,
            row.Kind,
            row.Vulnerability,
            row.Aliases.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            row.Package,
            row.Installed,
            row.FixedVersion,
            row.Severity,
            row.Score,
            row.Epss,
            row.Exploited,
            row.Place,
            row.Title,
            row.Url,
            RunningImages.NameFor(caller, image, running),
            image.Digest,
            image.Platform,
            Sightings.Scanners(row.Sightings),
            state,
            state switch
            {
                FindingState.Suppressed => row.IsCleared ? row.StatedWhy : row.SuppressedWhy,
                FindingState.Fixed when row.State != FindingState.Fixed => FindingMerge.NotSeen,
                _ => row.Reason,
            },
            row.Until,
            row.DecidedBy,
            row.FirstSeenAt,
            row.LastSeenAt,
            [.. running.Select(one => one.Container)]
        )
        {
            Owner = row.OwnerId is { } owner ? new FindingOwner(owner, row.OwnerName ?? owner) : null,
            Comment = row.Comment,
            OpenSince = row.OpenSince,
            DueAt = due,
            Overdue = due <= now,
            Stated = row is { Stated: { } status, StatedAt: { } stated }
                ? new FindingStated(status, row.StatedWhy ?? "", stated)
                : null,
            Judged = Judged(row.Judged, row.Justification),
            Exposure = Exposures.Of(running),
            Running = Exposures.Running(running),
            RunsAsRoot = Exposures.RunsAsRoot(running),
        };
    }

    public static FindingJudgement? Judged(VexStatus? status, string? justification) =>
        status is { } said ? new FindingJudgement(said, justification) : null;

    private static DateTimeOffset? DueOf(FindingRow row, DueBook book, DateTimeOffset now) =>
        row.StateAt(now) == FindingState.Open ? book.Of(row.ImageId).Of(row) : null;
}
