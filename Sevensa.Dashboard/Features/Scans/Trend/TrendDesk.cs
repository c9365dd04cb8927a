using System.Globalization;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Scans.Trend;

/// <summary>What was open on a day; null where nobody counted it.</summary>
/// <param name="Day">By UTC.</param>
/// <param name="Open">As last counted on that day.</param>
/// <param name="Overdue">How many of these were overdue.</param>
internal sealed record TrendDay(DateOnly Day, SeverityCounts? Open, int? Overdue);

/// <summary>How long it took to get rid of vulnerabilities of a severity, in seconds, and what is still open.</summary>
/// <param name="Median">Null when none was fixed.</param>
/// <param name="P90">Nine of ten took no longer.</param>
/// <param name="Open">Still open now: not among the fixed ones.</param>
/// <param name="OpenMedian">How long half of them have been open.</param>
internal sealed record FixTime(Severity Severity, int Fixed, double? Median, double? P90, int Open, double? OpenMedian);

/// <param name="Kind">Null: all kinds together.</param>
/// <param name="Missing">Days that nobody counted.</param>
internal sealed record FindingTrend(
    string Tenant,
    DateOnly From,
    DateOnly To,
    FindingKind? Kind,
    int Missing,
    IReadOnlyList<TrendDay> Days,
    IReadOnlyList<FixTime> TimeToFix
);

/// <summary>How a tenant's findings went, day by day.</summary>
internal sealed class TrendDesk(
    TrendStore days,
    FixedFindingStore fixes,
    FindingDesk desk,
    ITenantScopes scopes,
    TimeProvider time
)
{
    public const int MostDays = 731;
    public const int UsualDays = 90;

    /// <param name="from">The first day; null: <see cref="UsualDays"/> before the last one.</param>
    /// <param name="to">The last day; null: today.</param>
    /// <exception cref="UnknownTenantException">404</exception>
    /// <exception cref="UndecidableException">422</exception>
    public async Task<FindingTrend> OfAsync(
        Caller caller,
        string tenant,
        DateOnly? from,
        DateOnly? to,
        FindingKind? kind,
        CancellationToken cancellation
    )
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        var last = to ?? DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var first = from ?? last.AddDays(1 - Math.Min(UsualDays, last.DayNumber + 1));
        if (first > last || last.DayNumber - first.DayNumber >= MostDays || last == DateOnly.MaxValue)
        {
            throw new UndecidableException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"A trend goes from a day to a later one, over {MostDays} days at most."
                )
            );
        }
        var rows = (
            await days.DaysAsync(tenant, FindingDayRow.Word(first), FindingDayRow.Word(last), kind, cancellation)
        ).ToLookup(row => row.Day);
        var all = Enumerable
            .Range(0, last.DayNumber - first.DayNumber + 1)
            .Select(first.AddDays)
            .Select(day => Of(day, [.. rows[FindingDayRow.Word(day)]]))
            .ToList();
        return new FindingTrend(
            tenant,
            first,
            last,
            kind,
            all.Count(day => day.Open is null),
            all,
            await FixTimesAsync(caller, tenant, first, last, cancellation)
        );
    }

    private async Task<IReadOnlyList<FixTime>> FixTimesAsync(
        Caller caller,
        string tenant,
        DateOnly first,
        DateOnly last,
        CancellationToken cancellation
    )
    {
        var took = (await fixes.TimesAsync(tenant, Start(first), Start(last.AddDays(1)), cancellation)).ToLookup(
            fix => fix.Severity,
            fix => fix.Took.TotalSeconds
        );
        var open = await desk.OpenAgesAsync(caller, tenant, cancellation);
        return
        [
            .. Enum.GetValues<Severity>()
                .Reverse()
                .Select(severity =>
                {
                    var (ended, still) = (
                        took[severity].Order().ToArray(),
                        open.GetValueOrDefault(severity, (0, null))
                    );
                    return new FixTime(
                        severity,
                        ended.Length,
                        Median(ended),
                        ended.Length == 0 ? null : ended[(int)Math.Ceiling(0.9 * ended.Length) - 1],
                        still.Item1,
                        still.Item2?.TotalSeconds
                    );
                }),
        ];
    }

    /// <param name="ordered">The least first.</param>
    internal static double? Median(double[] ordered) =>
        ordered.Length == 0 ? null : (ordered[(ordered.Length - 1) / 2] + ordered[ordered.Length / 2]) / 2;

    private static TrendDay Of(DateOnly day, IReadOnlyList<FindingDayRow> kinds) =>
        kinds.Count == 0
            ? new TrendDay(day, null, null)
            : new TrendDay(
                day,
                new SeverityCounts(
                    kinds.Sum(row => row.Critical),
                    kinds.Sum(row => row.High),
                    kinds.Sum(row => row.Medium),
                    kinds.Sum(row => row.Low),
                    kinds.Sum(row => row.Unknown),
                    kinds.Sum(row => row.Critical + row.High + row.Medium + row.Low + row.Unknown)
                ),
                kinds.Sum(row => row.Overdue)
            );

    private static DateTimeOffset Start(DateOnly day) => new(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
}
