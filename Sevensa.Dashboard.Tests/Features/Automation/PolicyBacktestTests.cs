using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Automation;
using Sevensa.Dashboard.Features.Automation.Backtests;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>A policy over the past: as the engine would have, in pieces, within bounds.</summary>
public sealed class PolicyBacktestTests
{
    [Fact]
    public async Task A_month_is_tried_in_pieces_and_kept_within_budget_and_windows()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.Desk.AddAsync(Callers.Operator, PolicyShop.Wish(perHour: 1, perDay: 2), default);
        shop.Metrics.Past = (_, from, to, step) =>
        {
            // Ten minutes of trouble at the beginning of each hour.
            var times = new List<double>();
            for (var at = from; at <= to; at += step)
            {
                if (at.Minute < 10)
                {
                    times.Add(at.ToUnixTimeSeconds());
                }
            }
            return
            [
                new MetricSeries(
                    new Dictionary<string, string> { ["service"] = "api" },
                    [.. times],
                    [.. times.Select(_ => 42.0)]
                ),
            ];
        };
        var result = await shop.Desk.BacktestAsync(Callers.Viewer, policy.Id!, null, default);
        Assert.Equal(TimeSpan.FromDays(30), result.To - result.From);
        Assert.Equal(60, result.StepSeconds);
        Assert.All(
            shop.Metrics.Pieces,
            piece => Assert.InRange((piece.To - piece.From) / TimeSpan.FromMinutes(1), 1, 10_999)
        );
        Assert.InRange(result.Episodes, 719, 722);
        Assert.InRange(result.Acted, 58, 62);
        Assert.All(result.Acts.GroupBy(act => act.At.Date), day => Assert.InRange(day.Count(), 1, 2));
        Assert.Contains(result.Held, held => held.Reason == "dayBudget");
        // Given up on the way when nobody waits for it any more.
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            shop.Desk.BacktestAsync(Callers.Viewer, policy.Id!, null, gone.Token)
        );
    }

    [Fact]
    public async Task Of_many_services_as_many_are_tried_as_can_be_held_and_the_rest_is_told()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.Desk.AddAsync(Callers.Operator, PolicyShop.Wish() with { Services = [] }, default);
        var piece = 0;
        shop.Metrics.Past = (_, from, _, _) =>
            [
                .. Enumerable
                    .Range(150 * piece++, 150)
                    .Select(one => new MetricSeries(
                        new Dictionary<string, string> { ["service"] = $"s{one:000}" },
                        [from.ToUnixTimeSeconds()],
                        [42.0]
                    )),
            ];
        var result = await shop.Desk.BacktestAsync(Callers.Viewer, policy.Id!, 30, default);
        Assert.Contains(result.Notes, note => note.Contains("services are left out", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_yields_too_many_series_is_refused_before_they_are_asked_for()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.Desk.AddAsync(Callers.Operator, PolicyShop.Wish(), default);
        shop.Metrics.Series = 5000;
        var refused = await Assert.ThrowsAsync<UnfitPolicyException>(() =>
            shop.Desk.BacktestAsync(Callers.Viewer, policy.Id!, null, default)
        );
        Assert.Contains("5000 series", refused.Message, StringComparison.Ordinal);
        Assert.Empty(shop.Metrics.Pieces);
    }

    [Fact]
    public async Task What_holds_for_more_services_than_can_fail_by_themselves_is_acted_on_for_none()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.Desk.AddAsync(
            Callers.Operator,
            PolicyShop.Wish(lasting: "0s", perHour: 20, perDay: 100) with
            {
                Services = [],
            },
            default
        );
        // All of them at once, and one of them by itself a while later.
        shop.Metrics.Past = (_, from, _, _) =>
            [
                .. Enumerable
                    .Range(0, 11)
                    .Select(one => new MetricSeries(
                        new Dictionary<string, string> { ["service"] = $"s{one}" },
                        one == 0
                            ? [from.ToUnixTimeSeconds(), from.ToUnixTimeSeconds() + 600]
                            : [from.ToUnixTimeSeconds()],
                        one == 0 ? [42.0, 42.0] : [42.0]
                    )),
            ];
        var result = await shop.Desk.BacktestAsync(Callers.Viewer, policy.Id!, 1, default);
        Assert.Equal("s0", Assert.Single(result.Acts).Service);
        Assert.Contains(result.Notes, note => note.Contains("no service's own trouble", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_person_did_once_is_the_same_as_one_act()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.Desk.AddAsync(
            Callers.Operator,
            PolicyShop.Wish(lasting: "0s", cooldown: "0s", perHour: 20, perDay: 100),
            default
        );
        shop.Metrics.Past = (_, _, to, _) =>
            [
                new MetricSeries(
                    new Dictionary<string, string> { ["service"] = "api" },
                    [.. Enumerable.Range(0, 50).Select(minute => (double)to.AddMinutes(-minute).ToUnixTimeSeconds())],
                    [.. Enumerable.Repeat(42.0, 50)]
                ),
            ];
        await shop.Shop.ApproveAsync(await shop.Shop.ProposeAsync(target: "rentguy-api"));
        await shop.SettledAsync();
        var result = await shop.Desk.BacktestAsync(Callers.Viewer, policy.Id!, 1, default);
        // No oftener than all policies together may act on one service.
        Assert.Equal(12, result.Acted);
        Assert.Contains(result.Held, held => held.Reason == "service");
        Assert.Equal((1, 0), (result.SameAsPeople, result.PeopleAlone));
    }

    [Fact]
    public async Task Of_services_beyond_the_most_nothing_is_kept()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.Desk.AddAsync(Callers.Operator, PolicyShop.Wish() with { Services = [] }, default);
        var courses = new PolicyCourses(
            (await shop.Store.FindAsync(policy.Id!, default))!.Definition,
            shop.Now,
            10,
            TimeSpan.FromMinutes(1)
        );
        for (var one = 0; one < 5000; one++)
        {
            courses.Add($"s{one}", [shop.Now.ToUnixTimeSeconds()], [42.0], _ => true);
        }
        Assert.Equal(PolicyCourses.MostServices, courses.Held.Count);
        Assert.Contains("at least 1000 services are left out", Assert.Single(courses.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_a_condition_did_not_hold_it_would_not_have_acted()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.Desk.AddAsync(
            Callers.Operator,
            PolicyShop.Wish(lasting: "0s", cooldown: "0s", within: "10s", perHour: 20, perDay: 100) with
            {
                Conditions = [new ConditionWish("up == 1 # it runs")],
            },
            default
        );
        List<string> asked = [];
        shop.Metrics.Past = (query, from, to, step) =>
        {
            asked.Add(query);
            var count = (int)((to - from) / step) + 1;
            double[] times =
            [
                .. Enumerable.Range(0, count).Select(at => from.ToUnixTimeSeconds() + at * step.TotalSeconds),
            ];
            // The trigger holds at the first of every ten minutes, the condition in the first hour of all.
            var isCondition = query.StartsWith("group(", StringComparison.Ordinal);
            return
            [
                new MetricSeries(
                    new Dictionary<string, string> { ["service"] = "api" },
                    times,
                    [
                        .. Enumerable
                            .Range(0, count)
                            .Select(at =>
                                (isCondition ? at < 60 && shop.Now - from > TimeSpan.FromHours(23) : at % 10 == 0)
                                    ? 1
                                    : double.NaN
                            ),
                    ]
                ),
            ];
        };
        var result = await shop.Desk.BacktestAsync(Callers.Operator, policy.Id!, 1, default);
        Assert.Equal(6, result.Acted);
        Assert.Equal("condition", Assert.Single(result.Held).Reason);
        Assert.Contains("group(\nup == 1 # it runs\n)", asked);
    }
}
