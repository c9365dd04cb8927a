using System.Globalization;
using Sevensa.Dashboard.Features.Alerts.Contracts;

namespace Sevensa.Dashboard.Features.Alerts.Objectives;

/// <summary>A pair of windows of the alerting by burn rate.</summary>
internal sealed record BurnTier(string Severity, string Long, double LongHours, string Short, double BudgetShare);

/// <summary>
/// Error budgets as the SRE Workbook reckons them (chapter 5, "Multiwindow, Multi-Burn-Rate Alerts"): somebody is called
/// when a part of the budget goes within a window, and still goes within a twelfth of it.
/// </summary>
internal static class BudgetMath
{
    public static IReadOnlyList<BurnTier> Tiers { get; } =
    [
        new("critical", "1h", 1, "5m", 0.02),
        new("critical", "6h", 6, "30m", 0.05),
        new("warning", "1d", 24, "2h", 0.10),
        new("warning", "3d", 72, "6h", 0.10),
    ];

    public static IReadOnlyList<string> Windows { get; } =
    [.. Tiers.SelectMany(tier => new[] { tier.Long, tier.Short }).Distinct()];

    /// <summary>How many times the sustainable speed spends that share of the budget within the long window: 14.4, 6, 3, 1 for 30 days.</summary>
    public static double Factor(BurnTier tier, int windowDays) => tier.BudgetShare * windowDays * 24 / tier.LongHours;

    /// <param name="badShares">Share of bad events by window.</param>
    public static IReadOnlyList<BurnRate> Burning(
        double target,
        int windowDays,
        IReadOnlyDictionary<string, double> badShares
    )
    {
        return
        [
            .. Tiers.Select(tier => new BurnRate(
                tier.Severity,
                tier.Long,
                tier.Short,
                Math.Round(Factor(tier, windowDays), 3),
                Speed(tier.Long),
                Speed(tier.Short)
            )),
        ];

        double? Speed(string window) =>
            badShares.TryGetValue(window, out var share) && double.IsFinite(share) ? share / (1 - target) : null;
    }

    /// <summary>What is left of the budget after a share of bad events: 1 all of it, 0 none, less than that overspent.</summary>
    public static double Left(double target, double badShare) => 1 - badShare / (1 - target);

    /// <summary>
    /// The budget hour by hour: each point looks back over one whole window.
    /// </summary>
    /// <param name="times">Unix seconds, an hour apart, ascending.</param>
    /// <param name="bad">Bad events of the hour that ended then; NaN where nothing is known.</param>
    /// <param name="all">All events of that hour; NaN where nothing is known.</param>
    /// <param name="windowHours">Length of the window.</param>
    public static BudgetHistory Rolling(double[] times, double[] bad, double[] all, int windowHours, double target)
    {
        var count = Math.Max(0, times.Length - windowHours + 1);
        var (at, left, share) = (new double[count], new double[count], new double[count]);
        var (badSum, allSum) = (0.0, 0.0);
        for (var i = 0; i < times.Length; i++)
        {
            badSum += Known(bad[i]);
            allSum += Known(all[i]);
            if (i >= windowHours)
            {
                badSum -= Known(bad[i - windowHours]);
                allSum -= Known(all[i - windowHours]);
            }
            var to = i - windowHours + 1;
            if (to < 0)
            {
                continue;
            }
            var badShare = allSum > 1e-9 ? Math.Clamp(badSum / allSum, 0, 1) : double.NaN;
            (at[to], left[to], share[to]) = (times[i], Left(target, badShare), 1 - badShare);
        }
        return new BudgetHistory(at, left, share);

        static double Known(double value) => double.IsFinite(value) ? value : 0;
    }

    /// <summary>Alert rule of the two fastest windows, to be drafted: fires when either pair is over its factor.</summary>
    /// <param name="badShare">PromQL of the bad share by window.</param>
    public static string Rule(double target, int windowDays, Func<string, string> badShare)
    {
        var pairs = Tiers
            .Where(tier => tier.Severity == "critical")
            .Select(tier =>
            {
                var limit = (Factor(tier, windowDays) * (1 - target)).ToString(
                    "0.######",
                    CultureInfo.InvariantCulture
                );
                return $"({badShare(tier.Long)} > {limit} and {badShare(tier.Short)} > {limit})";
            });
        return string.Join("\nor\n", pairs);
    }
}
