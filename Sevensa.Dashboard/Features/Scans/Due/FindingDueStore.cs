using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Query;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Scans.Due;

/// <summary>Findings by when they are due.</summary>
internal sealed class FindingDueStore(IDbContextFactory<Store> stores)
{
    private const string ListName = "findings by due date";

    private static readonly bool[] Either = [false, true];

    /// <summary>When those are due that never are, so that they come last. By the millisecond, as a cursor has it.</summary>
    private static DateTimeOffset Never { get; } = DateTimeOffset.FromUnixTimeMilliseconds(253402300799999);

    /// <summary>
    /// Open findings, the soonest due first, and those that are never due last. Among those of equal severity that is the order
    /// in which they came, so each severity is read in that order and they are put together here.
    /// </summary>
    public async Task<IReadOnlyList<(FindingRow Finding, ScannedImageRow Image)>> PageAsync(
        FindingsAsked asked,
        IReadOnlyList<DueGroup> groups,
        Cursor? after,
        int most,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        var (overdue, latest) = (asked.OverdueBy is not null, asked.OverdueBy is null ? Never : now);
        var (from, id) = after is null ? (DateTimeOffset.MinValue, "") : (after.Time(0), after.Text(1));
        var found = new List<(DateTimeOffset Due, FindingRow Finding, ScannedImageRow Image)>();
        var parts = groups
            .SelectMany(group =>
                Enum.GetValues<Severity>()
                    .Where(severity => asked.Severity is null || asked.Severity == severity)
                    .SelectMany(severity =>
                        Either.Select(exploited =>
                            (group, severity, exploited, Days: group.Days.For(severity, exploited))
                        )
                    )
            )
            .OrderBy(part => part.Days ?? int.MaxValue)
            .ToList();
        await using var store = await stores.CreateDbContextAsync(cancellation);
        foreach (var (group, severity, exploited, days) in parts)
        {
            if (days is null && (overdue || found.Count >= most))
            {
                break;
            }
            var wanted = asked with { Severity = severity, State = FindingState.Open, OverdueBy = null };
            var rows = FindingStore.Asked(store, wanted, now).Where(row => row.Exploited == exploited);
            if (exploited)
            {
                // Few are, and there is an index of these alone.
                rows = rows.Where(row => row.Exploited);
            }
            if (days is { } within && latest < Never)
            {
                var until = latest.AddDays(-within);
                rows = rows.Where(row => row.OpenSince <= until);
            }
            if (group.Images is { } images)
            {
                rows = rows.Where(row => images.Contains(row.ImageId));
            }
            else if (group.Except.Count > 0)
            {
                var except = group.Except;
                rows = rows.Where(row => !except.Contains(row.ImageId));
            }
            // The database compares, by the order that it sorts in.
#pragma warning disable CA1309
            if (after is not null && days is { } some)
            {
                var since = from < DateTimeOffset.UnixEpoch ? DateTimeOffset.UnixEpoch : from.AddDays(-some);
                rows = rows.Where(row =>
                    row.OpenSince > since || (row.OpenSince == since && string.Compare(row.Id, id) > 0)
                );
            }
            else if (after is not null && from == Never)
            {
                rows = rows.Where(row => string.Compare(row.Id, id) > 0);
            }
#pragma warning restore CA1309
            var ordered = days is null
                ? rows.OrderBy(row => row.Id)
                : rows.OrderBy(row => row.OpenSince).ThenBy(row => row.Id);
            var part = await (
                from finding in ordered.Take(most)
                join image in store.Set<ScannedImageRow>() on finding.ImageId equals image.Id
                select new { finding, image }
            ).ToListAsync(cancellation);
            found =
            [
                .. found
                    .Concat(
                        part.Select(row =>
                            (
                                Due: days is { } due ? row.finding.OpenSince.AddDays(due) : Never,
                                Finding: row.finding,
                                Image: row.image
                            )
                        )
                    )
                    .OrderBy(one => one.Due)
                    .ThenBy(one => one.Finding.Id, StringComparer.Ordinal)
                    .Take(most),
            ];
            // What is due later than all of a full page is not looked for.
            latest = found.Count == most ? found[^1].Due : latest;
        }
        return [.. found.Select(one => (one.Finding, one.Image))];
    }

    public static string CursorAfter(FindingRow row, DateTimeOffset? due) =>
        Cursor.After(ListName, due ?? Never, row.Id);

    public static Cursor? ReadCursor(string? text) => Cursor.Read(text, ListName, 2);

    /// <summary>Whether a finding is overdue, by the days of whichever part its image is in.</summary>
    public static Expression<Func<FindingRow, bool>> IsOverdue(IEnumerable<DueGroup> groups, DateTimeOffset now) =>
        Any([.. groups.Select(group => IsOverdue(group, now))]);

    private static Expression<Func<FindingRow, bool>> IsOverdue(DueGroup group, DateTimeOffset now)
    {
        var (critical, high, medium, low, unknown, exploited) = (
            Since(group.Days.Critical),
            Since(group.Days.High),
            Since(group.Days.Medium),
            Since(group.Days.Low),
            Since(group.Days.Unknown),
            Since(group.Days.Exploited)
        );
        Expression<Func<FindingRow, bool>> overdue = row =>
            (row.Severity == Severity.Critical && row.OpenSince <= critical)
            || (row.Severity == Severity.High && row.OpenSince <= high)
            || (row.Severity == Severity.Medium && row.OpenSince <= medium)
            || (row.Severity == Severity.Low && row.OpenSince <= low)
            || (row.Severity == Severity.Unknown && row.OpenSince <= unknown)
            || (row.Exploited && row.OpenSince <= exploited);
        var (images, except) = (group.Images, group.Except);
        return images is not null ? Both(overdue, row => images.Contains(row.ImageId))
            : except.Count > 0 ? Both(overdue, row => !except.Contains(row.ImageId))
            : overdue;

        // Nothing was open before there were computers.
        DateTimeOffset Since(int? days) => days is { } some ? now.AddDays(-some) : DateTimeOffset.UnixEpoch;
    }

    private static Expression<Func<FindingRow, bool>> Any(IReadOnlyList<Expression<Func<FindingRow, bool>>> all) =>
        all.Aggregate(
            (one, other) =>
                Expression.Lambda<Func<FindingRow, bool>>(Expression.OrElse(one.Body, In(one, other)), one.Parameters)
        );

    private static Expression<Func<FindingRow, bool>> Both(
        Expression<Func<FindingRow, bool>> one,
        Expression<Func<FindingRow, bool>> other
    ) => Expression.Lambda<Func<FindingRow, bool>>(Expression.AndAlso(one.Body, In(one, other)), one.Parameters);

    private static Expression In(Expression<Func<FindingRow, bool>> one, Expression<Func<FindingRow, bool>> other) =>
        ReplacingExpressionVisitor.Replace(other.Parameters[0], one.Parameters[0], other.Body);
}
