using Sevensa.Dashboard.Features.Alerts.Objectives;

namespace Sevensa.Dashboard.Tests.Features.Alerts;

/// <summary>Held to the SRE Workbook's own figures.</summary>
public class BudgetMathTests
{
    [Theory]
    [InlineData(30, new[] { 14.4, 6, 3, 1 })]
    [InlineData(28, new[] { 13.44, 5.6, 2.8, 0.9333 })]
    [InlineData(7, new[] { 3.36, 1.4, 0.7, 0.2333 })]
    public void Factors_spend_the_same_part_of_the_budget_whatever_the_window(int days, double[] factors) =>
        Assert.Equal(factors, BudgetMath.Tiers.Select(tier => Math.Round(BudgetMath.Factor(tier, days), 4)));

    [Fact]
    public void Both_windows_must_be_over()
    {
        var rates = BudgetMath.Burning(
            0.999,
            30,
            new Dictionary<string, double>
            {
                ["1h"] = 0.02,
                ["5m"] = 0.001,
                ["6h"] = 0.01,
                ["30m"] = 0.01,
                ["1d"] = double.NaN,
            }
        );
        Assert.False(rates[0].IsOver);
        Assert.Equal(20, rates[0].Long!.Value, 6);
        Assert.True(rates[1].IsOver);
        Assert.Null(rates[2].Long);
        Assert.False(rates[2].IsOver);
        Assert.Null(rates[3].Long);
    }

    [Fact]
    public void The_budget_looks_back_over_whole_windows()
    {
        // A window of 4 hours, 1 % allowed; hour 4 is bad by 2 of 100, which is half of what 4 hours allow.
        var times = Enumerable.Range(1, 8).Select(hour => hour * 3600.0).ToArray();
        double[] all = [100, 100, 100, 100, 100, 100, 100, 100];
        double[] bad = [0, 0, 0, 2, 0, 0, 0, 0];
        var history = BudgetMath.Rolling(times, bad, all, 4, 0.99);
        Assert.Equal([4 * 3600.0, 5 * 3600, 6 * 3600, 7 * 3600, 8 * 3600], history.Times);
        Assert.Equal([0.5, 0.5, 0.5, 0.5, 1], history.BudgetLeft.Select(left => Math.Round(left, 9)));
        Assert.Equal(0.995, history.Share[0], 9);
    }

    [Fact]
    public void Hours_without_events_count_for_nothing_and_a_window_without_any_is_unknown()
    {
        var times = Enumerable.Range(1, 4).Select(hour => hour * 3600.0).ToArray();
        var history = BudgetMath.Rolling(
            times,
            [double.NaN, double.NaN, 1, 0],
            [double.NaN, double.NaN, 10, 10],
            2,
            0.9
        );
        Assert.True(double.IsNaN(history.BudgetLeft[0]));
        Assert.Equal(0, history.BudgetLeft[1], 9);
        Assert.Equal(0.5, history.BudgetLeft[2], 9);
    }

    [Theory]
    [InlineData(0.999, 0.0005, 0.5)]
    [InlineData(0.999, 0.002, -1)]
    [InlineData(0.95, 0, 1)]
    public void What_is_left(double target, double bad, double left) =>
        Assert.Equal(left, BudgetMath.Left(target, bad), 9);

    [Fact]
    public void The_rule_asks_for_both_windows_of_each_pair()
    {
        var rule = BudgetMath.Rule(0.999, 30, window => $"bad[{window}]");
        Assert.Equal("(bad[1h] > 0.0144 and bad[5m] > 0.0144)\nor\n(bad[6h] > 0.006 and bad[30m] > 0.006)", rule);
    }
}
