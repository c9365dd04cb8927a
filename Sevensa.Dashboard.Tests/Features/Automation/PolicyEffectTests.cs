using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Automation;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>What a policy did, what that saved, and what it cost.</summary>
public sealed class PolicyEffectTests
{
    [Fact]
    public async Task What_helped_was_as_much_earlier_as_people_were_later_in_shadow()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.ShadowAsync(PolicyShop.Wish(lasting: "0s", cooldown: "0s"));
        Assert.Equal((0, 0, (double?)null), await EffectAsync(shop, policy));
        await shop.LookAsync(0.5, ScriptedMetrics.Stuck);
        // A person sees it twelve minutes later.
        shop.Advance(TimeSpan.FromMinutes(12) - TimeSpan.FromSeconds(30));
        await shop.Shop.ApproveAsync(await shop.Shop.ProposeAsync(target: "rentguy-api"));
        await shop.SettledAsync();
        shop.Advance(TimeSpan.FromMinutes(62));
        await shop.LookAsync(0.5, ScriptedMetrics.Well);
        var tried = await shop.Effects.OfAsync(Callers.Viewer, policy.Id!, default);
        Assert.Equal((1, (double?)720, (double?)0), (tried.Compared, tried.PeopleLaterSeconds, tried.SavedSeconds));

        await shop.EnforceAsync(policy.Id!);
        await shop.LookAsync(0.5, ScriptedMetrics.Stuck);
        await shop.LookAsync(2, ScriptedMetrics.Well);
        Assert.Equal((1, 1, (double?)720), await EffectAsync(shop, policy));
        var state = (await shop.FindAsync(policy.Id!)).State!;
        Assert.Equal((1, 1), (state.Acted, state.Helped));
        // Of a month, and no longer.
        shop.Advance(TimeSpan.FromDays(31));
        Assert.Equal((0, 0, (double?)null), await EffectAsync(shop, policy));
        Assert.Equal(0, (await shop.FindAsync(policy.Id!)).State!.Acted);
    }

    [Fact]
    public async Task What_did_not_help_is_told_and_saves_nothing_and_a_stranger_sees_none_of_it()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.EnforcedAsync(PolicyShop.Wish(lasting: "0s", afterBad: 1));
        await shop.LookAsync(3, ScriptedMetrics.Stuck);
        var effect = await shop.Effects.OfAsync(Callers.Viewer, policy.Id!, default);
        Assert.Equal((1, 0, 1, (double?)null), (effect.Acted, effect.Helped, effect.DidNotHelp, effect.SavedSeconds));
        Assert.Null(effect.ContainerHours);
        await Assert.ThrowsAsync<UnknownPolicyException>(() =>
            shop.Effects.OfAsync(Callers.Stranger, policy.Id!, default)
        );
    }

    [Fact]
    public async Task What_waits_for_people_hides_no_deed_and_a_proposal_that_is_not_seen_is_no_strangers_attempt()
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var shop = new PolicyShop();
        var policy = await shop.EnforcedAsync(PolicyShop.Wish(lasting: "0s"));
        await shop.LookAsync(0.5, ScriptedMetrics.Stuck);
        await shop.LookAsync(2, ScriptedMetrics.Well);
        var alsoOthers = JsonSerializer.Serialize(
            new PlanEstimate(null, [], null, shop.Now) { Others = ["witcom"] },
            EstimateContext.Default.PlanEstimate
        );
        await using (
            var store = await shop
                .Shop.Services.GetRequiredService<IDbContextFactory<Store>>()
                .CreateDbContextAsync(cancel)
        )
        {
            store.AddRange(
                Enumerable
                    .Range(0, 250)
                    .Select(number => new PolicyEvaluationRow
                    {
                        Id = $"later-{number}",
                        PolicyId = policy.Id!,
                        Tenant = "rentguy",
                        At = shop.Now,
                        Version = 1,
                        Stage = PolicyStage.Enforced,
                        Verdict = PolicyVerdict.Proposed,
                        Service = "api",
                        Place = "api",
                        Words = "It waits.",
                    })
            );
            await store.SaveChangesAsync(cancel);
            await store
                .Set<ProposalRow>()
                .Where(row => row.Kind == "container.restart")
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.EstimateJson, alsoOthers), cancel);
        }
        var effect = await shop.Effects.OfAsync(Callers.Viewer, policy.Id!, cancel);
        Assert.Equal((1, 1, 250), (effect.Acted, effect.Helped, effect.LeftToPeople));
        Assert.Equal(1, (await shop.FindAsync(policy.Id!)).State!.Acted);
        Assert.Empty(shop.Shop.Strangers.Asked);
    }

    [Fact]
    public async Task A_schedule_says_when_it_comes_next()
    {
        await using var shop = new PolicyShop();
        var wish = PolicyShop.Wish(lasting: "0s") with
        {
            Trigger = new TriggerWish(TriggerKind.Schedule, Cron: "0 3 * * *", TimeZone: "UTC"),
        };
        var policy = await shop.ShadowAsync(wish);
        // It is nine in the morning of the first of March.
        Assert.Equal(new DateTimeOffset(2026, 3, 2, 3, 0, 0, TimeSpan.Zero), policy.State!.DueAt);
        Assert.Null((await shop.ShadowAsync(PolicyShop.Wish(name: "Other"))).State!.DueAt);
    }

    private static async Task<(int, int, double?)> EffectAsync(PolicyShop shop, PolicyView policy)
    {
        var effect = await shop.Effects.OfAsync(Callers.Viewer, policy.Id!, default);
        return (effect.Acted, effect.Helped, effect.SavedSeconds);
    }
}
