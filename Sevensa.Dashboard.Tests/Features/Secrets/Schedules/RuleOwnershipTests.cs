using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Secrets.Components;
using Sevensa.Dashboard.Features.Secrets.Schedules;
using Sevensa.Dashboard.Tests.Features.Actions;
using static Sevensa.Dashboard.Tests.Features.Secrets.Schedules.RotationHouse;

namespace Sevensa.Dashboard.Tests.Features.Secrets.Schedules;

/// <summary>Whose a rule is, and who stands behind what it does.</summary>
public class RuleOwnershipTests
{
    [Fact]
    public async Task Rules_that_the_page_sends_along_stay_whose_they_are()
    {
        var (vault, shop) = await OpenAsync();
        await using var _ = vault;
        await using var __ = shop;
        await SetAsync(
            shop,
            Wish(RotationMode.Do) with
            {
                Secrets = ["api/one,two"],
            },
            Wish(upTo: Risk.Low) with
            {
                Secrets = ["api/rotated", "web/a,b"],
                Windows = [new WindowWish([DayOfWeek.Sunday, DayOfWeek.Monday], "02:00", "04:00")],
            }
        );
        var (revision, rules) = await RulesAsync(shop);
        var desk = shop.Services.GetRequiredService<ScheduleDesk>();
        foreach (
            var sent in (RuleWish[][])
                [
                    [.. rules.Select(RuleWish.Of)],
                    [.. rules.Select(rule => RuleDraft.Of(rule).Wish(rule.Id))],
                ]
        )
        {
            var (after, kept) = await desk.SetAsync(
                Callers.Admin,
                "rentguy",
                new ScheduleWish(sent, revision),
                TestContext.Current.CancellationToken
            );
            Assert.Equal(revision, after);
            Assert.All(kept, rule => Assert.Equal("operator", rule.State.SetBy));
        }
    }

    [Fact]
    public async Task Whoever_lets_a_rule_do_more_stands_behind_it()
    {
        var (vault, shop) = await OpenAsync();
        await using var _ = vault;
        await using var __ = shop;
        await SetAsync(shop, Wish() with { Secrets = ["api/*"] }, Wish(RotationMode.Do) with { Secrets = ["*"] });
        var (_, rules) = await RulesAsync(shop);
        var desk = shop.Services.GetRequiredService<ScheduleDesk>();
        var weak = Callers.Person("operator-2", Role.Operator, "rentguy") with
        {
            Scopes = ApiScopes.Read | ApiScopes.Propose,
        };
        RuleWish[][] wider =
        [
            [RuleWish.Of(rules[1])],
            [RuleWish.Of(rules[1]), RuleWish.Of(rules[0])],
            [RuleWish.Of(rules[0]) with { Secrets = ["api/x", "web/*"] }, RuleWish.Of(rules[1])],
        ];
        foreach (var wish in wider)
        {
            await Assert.ThrowsAsync<ForbiddenException>(() =>
                desk.SetAsync(weak, "rentguy", new ScheduleWish(wish), TestContext.Current.CancellationToken)
            );
        }
        Assert.Equal(2, (await RulesAsync(shop)).Rules.Count);
        // What narrows it, or leaves it as it is, takes no right to approve.
        var (_, narrow) = await desk.SetAsync(
            weak,
            "rentguy",
            new ScheduleWish([RuleWish.Of(rules[0]) with { Secrets = ["api/*", "web/*"] }, RuleWish.Of(rules[1])]),
            TestContext.Current.CancellationToken
        );
        Assert.Equal("operator", narrow[1].State.SetBy);
        var (_, alone) = await desk.SetAsync(
            Callers.Admin,
            "rentguy",
            new ScheduleWish(wider[0]),
            TestContext.Current.CancellationToken
        );
        Assert.Equal("admin", Assert.Single(alone).State.SetBy);
    }
}
