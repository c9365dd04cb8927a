using Sevensa.Dashboard.Features.Automation;
using Sevensa.Dashboard.Features.Automation.Engine;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Query.PromQl;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>Policies that compare one figure with different numbers ask for it once, and each hears what is its own.</summary>
public sealed class SharedThresholdsTests
{
    [Theory]
    [InlineData("x > 1", "x > 2", "x", 1.5, true, false)]
    [InlineData("(x / y) >= 2", "((x / y) >= 1)", "(x / y)", 1, false, true)]
    [InlineData("5 < x", "x < 4", "x", 6, true, false)]
    [InlineData("x == 1", "x != 1", "x", double.NaN, false, true)]
    [InlineData("x <= 3", "3 >= x", "x", 3, true, true)]
    public void What_is_compared_with_two_numbers_is_asked_for_once(
        string one,
        string other,
        string bare,
        double value,
        bool holds,
        bool holdsOther
    )
    {
        var shared = SharedThresholds.Of([("rentguy", one), ("rentguy", other)], PromQlOptions.All);
        Assert.Equal((bare, bare), (shared.Find("rentguy", one)!.Bare, shared.Find("rentguy", other)!.Bare));
        Assert.Equal(
            (holds, holdsOther),
            (shared.Find("rentguy", one)!.Holds(value), shared.Find("rentguy", other)!.Holds(value))
        );
        Assert.Null(shared.Find("witcom", one));
    }

    [Theory]
    [InlineData("x > 1", "y > 1")]
    [InlineData("x > 1", "x > 1")]
    [InlineData("x > 1", "x > bool 2")]
    [InlineData("x > 1", "x > y")]
    [InlineData("x > 1 and y > 1", "x > 2 and y > 1")]
    public void What_is_shared_by_nobody_or_compared_otherwise_is_asked_as_it_is_written(string one, string other)
    {
        var shared = SharedThresholds.Of([("rentguy", one), ("rentguy", other)], PromQlOptions.All);
        Assert.Null(shared.Find("rentguy", one));
        Assert.Null(shared.Find("rentguy", other));
    }

    [Fact]
    public void Of_another_tenant_it_is_another_figure()
    {
        var shared = SharedThresholds.Of([("rentguy", "x > 1"), ("witcom", "x > 2")], PromQlOptions.All);
        Assert.Null(shared.Find("rentguy", "x > 1"));
        Assert.Null(shared.Find("witcom", "x > 2"));
    }

    [Fact]
    public async Task Ten_policies_ask_once_and_those_act_whose_number_it_is_beyond()
    {
        await using var shop = new PolicyShop();
        for (var number = 1; number <= 10; number++)
        {
            await shop.ShadowAsync(PolicyShop.Wish($"queue_length > {number * 10}", "0s", name: $"P{number}"));
        }
        shop.Metrics.Present = at => ScriptedMetrics.Of(at, ("api", 55), ("worker", double.NaN));
        await shop.LookAsync(0.5);
        Assert.Equal(1, shop.Metrics.Asked);
        var acted = 0;
        foreach (
            var policy in (
                await shop.Desk.PageAsync(Callers.Admin, "rentguy", null, new PageAsked(null, null), default)
            ).Items
        )
        {
            acted += (await shop.EvaluationsAsync(policy.Id!)).Count(one =>
                one is { Verdict: PolicyVerdict.WouldAct, Value: 55 }
            );
        }
        Assert.Equal(5, acted);
    }

    [Fact]
    public async Task An_answer_that_can_not_be_right_is_none_for_any_of_them()
    {
        await using var shop = new PolicyShop();
        var one = await shop.ShadowAsync(PolicyShop.Wish("queue_length > 10", "0s"));
        var other = await shop.ShadowAsync(PolicyShop.Wish("queue_length > 20", "0s", name: "Other"));
        foreach (
            var lie in new Func<DateTimeOffset, IReadOnlyList<MetricSample>>[]
            {
                at => ScriptedMetrics.Of(at, ("api", double.PositiveInfinity)),
                at => ScriptedMetrics.Of(at, ("api", double.NaN)),
                at => ScriptedMetrics.Of(at.AddHours(-1), ("api", 42)),
                at => ScriptedMetrics.Of(at, ("another", 42)),
            }
        )
        {
            shop.Metrics.Present = lie;
            await shop.LookAsync(1);
        }
        Assert.Empty(await shop.EvaluationsAsync(one.Id!));
        Assert.Empty(await shop.EvaluationsAsync(other.Id!));
    }
}
