using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Features.Scans.Due;
using Sevensa.Dashboard.Features.Scans.Gating;
using Sevensa.Dashboard.Features.Scans.Reports;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Scans;

/// <param name="Images">Ids; null for all images.</param>
internal sealed record FindingsAsked(
    IReadOnlyCollection<string>? Images,
    Severity? Severity,
    FindingState? State,
    FindingKind? Kind
)
{
    /// <summary>Subject of whoever answers for them; empty for those of nobody, null for all.</summary>
    public string? Owner { get; init; }

    /// <summary>Ids of findings that count as open, though a statement clears them: not for whoever is asked for.</summary>
    public IReadOnlyCollection<string> Uncleared { get; init; } = [];

    /// <summary>Not of these images.</summary>
    public IReadOnlyCollection<string> Except { get; init; } = [];

    /// <summary>Only what is known to be exploited.</summary>
    public bool Exploited { get; init; }

    /// <summary>Only what has a fix.</summary>
    public bool Fixable { get; init; }

    /// <summary>Only of this id.</summary>
    public string? Vulnerability { get; init; }

    /// <summary>How many images the store has in all; 0 where it was not looked at.</summary>
    public int KnownImages { get; init; }

    /// <summary>Of a store with so few they are looked up one by one.</summary>
    public const int FewImages = 20;

    /// <summary>
    /// Whether those that are asked for are so many of all that walking all findings in order meets them soon, and sorting
    /// theirs would take longer.
    /// </summary>
    public bool AreMany => KnownImages > FewImages && Images is { } images && images.Count * 10L >= KnownImages;

    /// <summary>Only what is overdue by these days.</summary>
    public IReadOnlyList<DueGroup>? OverdueBy { get; init; }
}

/// <summary>How many open findings of a kind and severity an image has, and with a fix or a score of their own.</summary>
internal sealed record OpenCount(FindingKind Kind, Severity Severity, bool HasFix, bool HasScore, int Count);

/// <summary>Images of the same repositories as one that is judged.</summary>
/// <param name="Running">That the policy's tenant runs.</param>
/// <param name="Known">All that were reported.</param>
internal sealed record RelatedImages(IReadOnlyCollection<string> Running, IReadOnlyCollection<string> Known)
{
    public static RelatedImages None { get; } = new([], []);
}

/// <summary>What is asked of findings in numbers, by the gate, and their history.</summary>
internal sealed class FindingStore(IDbContextFactory<Store> stores)
{
    public async Task<IReadOnlyDictionary<Severity, int>> CountAsync(
        FindingsAsked asked,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await Asked(store, asked, now)
            .GroupBy(row => row.Severity)
            .Select(group => new { group.Key, Count = group.Count() })
            .ToDictionaryAsync(group => group.Key, group => group.Count, cancellation);
    }

    public async Task<IReadOnlyDictionary<(FindingKind, Severity), int>> CountByKindAsync(
        FindingsAsked asked,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var counts = await Asked(store, asked, now)
            .GroupBy(row => new { row.Kind, row.Severity })
            .Select(group => new
            {
                group.Key.Kind,
                group.Key.Severity,
                Count = group.Count(),
            })
            .ToListAsync(cancellation);
        return counts.ToDictionary(one => (one.Kind, one.Severity), one => one.Count);
    }

    /// <summary>How many there are of each severity, and how long half of them have been open.</summary>
    public async Task<IReadOnlyDictionary<Severity, (int Count, TimeSpan? Median)>> OpenAgesAsync(
        FindingsAsked asked,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        var ages = new Dictionary<Severity, (int, TimeSpan?)>();
        await using var store = await stores.CreateDbContextAsync(cancellation);
        foreach (var (severity, count) in await CountAsync(asked, now, cancellation))
        {
            var middle = await Asked(store, asked with { Severity = severity }, now)
                .OrderBy(row => row.OpenSince)
                .Skip((count - 1) / 2)
                .Select(row => (DateTimeOffset?)row.OpenSince)
                .FirstOrDefaultAsync(cancellation);
            ages[severity] = (count, now - middle);
        }
        return ages;
    }

    /// <param name="uncleared">See <see cref="FindingsAsked.Uncleared"/>.</param>
    public async Task<IReadOnlyList<OpenCount>> OpenCountsAsync(
        IReadOnlyCollection<string> images,
        IReadOnlyCollection<string> uncleared,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var asked = new FindingsAsked(images, null, FindingState.Open, null) { Uncleared = uncleared };
        return await Asked(store, asked, now)
            .GroupBy(row => new
            {
                row.Kind,
                row.Severity,
                HasFix = row.FixedVersion != null,
                HasScore = row.Score != null,
            })
            .Select(group => new OpenCount(
                group.Key.Kind,
                group.Key.Severity,
                group.Key.HasFix,
                group.Key.HasScore,
                group.Count()
            ))
            .ToListAsync(cancellation);
    }

    /// <summary>Open findings that a policy denies: how many, and the most severe of them first.</summary>
    /// <param name="uncleared">See <see cref="FindingsAsked.Uncleared"/>.</param>
    /// <param name="related">Images of the same repository, of which a policy about new or young findings asks.</param>
    public async Task<(int Total, IReadOnlyList<FindingRow> First)> DenyingAsync(
        IReadOnlyCollection<string> images,
        IReadOnlyCollection<string> uncleared,
        GatePolicy policy,
        RelatedImages related,
        int most,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var asked = new FindingsAsked(images, null, FindingState.Open, null) { Uncleared = uncleared };
        var denying = Against(store, asked, policy, related, now);
        var first = await denying
            .OrderByDescending(row => row.Severity)
            .ThenBy(row => row.Vulnerability)
            .ThenBy(row => row.Package)
            .ThenBy(row => row.Id)
            .Take(most)
            .ToListAsync(cancellation);
        return (first.Count < most ? first.Count : await denying.CountAsync(cancellation), first);
    }

    /// <summary>Ends of the acceptances without which a policy would deny; null for one that has none.</summary>
    public async Task<IReadOnlyList<DateTimeOffset?>> AcceptedAgainstAsync(
        IReadOnlyCollection<string> images,
        GatePolicy policy,
        RelatedImages related,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await Against(store, new FindingsAsked(images, null, FindingState.Accepted, null), policy, related, now)
            .Select(row => row.Until)
            .ToListAsync(cancellation);
    }

    /// <summary>Findings of an image that are kept as cleared by a statement, and that scanners see.</summary>
    public async Task<IReadOnlyList<FindingRow>> ClearedAsync(string imageId, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var cleared = await store
            .Set<FindingRow>()
            .AsNoTracking()
            .Where(row =>
                row.ImageId == imageId
                && row.Presence == Presence.Suppressed
                && (row.Stated == VexStatus.NotAffected || row.Stated == VexStatus.Fixed)
            )
            .ToListAsync(cancellation);
        // What its scanner was told to leave out is left out all the same.
        return cleared.FindAll(row => Sightings.Read(row.Sightings).Presence == Presence.Seen);
    }

    /// <summary>Findings of a state that a policy speaks against.</summary>
    private static IQueryable<FindingRow> Against(
        DbContext store,
        FindingsAsked asked,
        GatePolicy policy,
        RelatedImages related,
        DateTimeOffset now
    )
    {
        var (kinds, worst, unrated, fixable, exploited) = (
            policy.Kinds,
            policy.Worst ?? (Severity)int.MaxValue,
            policy.CountsUnrated,
            policy.FixableOnly,
            policy.CountsExploited
        );
        var (mature, since) = (policy.GraceDays == 0, now.AddDays(-policy.GraceDays));
        var (all, rows) = (!policy.NewOnly, store.Set<FindingRow>());
        var (running, known) = (related.Running, related.Known);
        return Asked(store, asked, now)
            .Where(row =>
                (kinds.Contains(row.Kind) || (row.Kind == FindingKind.Code && row.Score != null))
                && (
                    (exploited && row.Exploited)
                    || (
                        (row.Severity >= worst || (unrated && row.Severity == Severity.Unknown))
                        && (!fixable || row.FixedVersion != null)
                        && (
                            mature
                            || row.FirstSeenAt <= since
                            // A new build of an image does not make an old finding young again.
                            || rows.Any(other =>
                                known.Contains(other.ImageId)
                                && other.Vulnerability == row.Vulnerability
                                && other.Package == row.Package
                                && other.FirstSeenAt <= since
                            )
                        )
                        && (
                            all
                            || !rows.Any(other =>
                                running.Contains(other.ImageId)
                                && other.Vulnerability == row.Vulnerability
                                && other.Package == row.Package
                                && other.Presence != Presence.Gone
                            )
                        )
                    )
                )
            );
    }

    public async Task<FindingRow?> FindAsync(string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<FindingRow>().AsNoTracking().SingleOrDefaultAsync(row => row.Id == id, cancellation);
    }

    /// <summary>What was decided of it, the oldest first.</summary>
    public async Task<IReadOnlyList<FindingDecisionRow>> HistoryAsync(string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<FindingDecisionRow>()
            .AsNoTracking()
            .Where(decision => decision.FindingId == id)
            .OrderBy(decision => decision.Id)
            .ToListAsync(cancellation);
    }

    /// <summary>What is asked for, in no order yet.</summary>
    internal static IQueryable<FindingRow> Asked(DbContext store, FindingsAsked asked, DateTimeOffset now)
    {
        var rows = store.Set<FindingRow>().AsNoTracking();
        // Says nothing but that the indexes in the order of all images' lists may be walked. What few findings fulfil has an index
        // of its own, which is then the only one.
        var walks =
            asked.Owner is null or "" && asked is { Vulnerability: null, Exploited: false } && !IsRare(asked.State);
        if (walks && (asked.Images is null || asked.AreMany))
        {
            rows = rows.Where(row => row.Copy >= 0);
        }
        if (asked.Images is { } images)
        {
            // With an empty text behind it no index of the images fits. Few findings of all are known to be exploited.
            rows =
                asked.AreMany || asked.Exploited
                    ? rows.Where(row => images.Contains(row.ImageId + ""))
                    : rows.Where(row => images.Contains(row.ImageId));
        }
        if (asked.Except is { Count: > 0 } except)
        {
            rows = rows.Where(row => !except.Contains(row.ImageId));
        }
        if (asked.Vulnerability is { } vulnerability)
        {
            rows = rows.Where(row => row.Vulnerability == vulnerability);
        }
        if (asked.Exploited)
        {
            rows = rows.Where(row => row.Exploited);
        }
        if (asked.Fixable)
        {
            rows = rows.Where(row => row.FixedVersion != null);
        }
        if (asked.Owner is { } owner)
        {
            // Most are nobody's: SQLite would take the index of owners for them and sort nearly all there are.
            rows =
                owner.Length == 0
                    ? rows.Where(row => (row.OwnerId ?? "") == "")
                    : rows.Where(row => row.OwnerId == owner);
        }
        if (asked.OverdueBy is { } overdue)
        {
            rows = rows.Where(FindingDueStore.IsOverdue(overdue, now));
        }
        if (asked.Severity is { } severity)
        {
            rows = rows.Where(row => row.Severity == severity);
        }
        if (asked.Kind is { } kind)
        {
            rows = rows.Where(row => row.Kind == kind);
            if (kind != FindingKind.Vulnerability)
            {
                // As the index of these alone is written.
                rows = rows.Where(row => row.Kind != FindingKind.Vulnerability);
            }
        }
        return asked.State is not { } state ? rows
            : state == FindingState.Open && asked.Uncleared.Count > 0 ? rows.Where(IsOpen(asked.Uncleared, now))
            : rows.Where(Is(state, now));
    }

    private static bool IsRare(FindingState? state) =>
        state is FindingState.Accepted or FindingState.NotAffected or FindingState.Suppressed;

    /// <summary>The same as open is else, with some more. One parameter, since there may be thousands.</summary>
    private static Expression<Func<FindingRow, bool>> IsOpen(IReadOnlyCollection<string> uncleared, DateTimeOffset now)
    {
        List<string> ids = [.. uncleared];
        return row =>
            (row.Presence == Presence.Seen || EF.Parameter(ids).Contains(row.Id))
            && (
                row.State == FindingState.Open
                || (row.State == FindingState.Accepted && row.Until != null && row.Until <= now)
            );
    }

    /// <summary><see cref="FindingRow.StateAt"/> in the database's words.</summary>
    private static Expression<Func<FindingRow, bool>> Is(FindingState state, DateTimeOffset now) =>
        state switch
        {
            FindingState.Fixed => row => row.Presence == Presence.Gone || row.State == FindingState.Fixed,
            FindingState.Accepted => row =>
                row.Presence != Presence.Gone
                && row.State == FindingState.Accepted
                && (row.Until == null || row.Until > now),
            FindingState.NotAffected => row =>
                row.Presence != Presence.Gone && row.State == FindingState.NotAffected && row.Justification != null,
            FindingState.Suppressed => row =>
                row.Presence == Presence.Suppressed
                && (
                    row.State == FindingState.Open
                    || (row.State == FindingState.Accepted && row.Until != null && row.Until <= now)
                ),
            _ => row =>
                row.Presence == Presence.Seen
                && (
                    row.State == FindingState.Open
                    || (row.State == FindingState.Accepted && row.Until != null && row.Until <= now)
                ),
        };
}
