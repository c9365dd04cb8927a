using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Automation;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>What keeps a policy from acting: its budget, its cool-down, its windows, what others did or hold.</summary>
public sealed class PolicyBudgetTests
{
    [Fact]
    public async Task Trouble_without_an_end_costs_no_more_than_the_budget()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.EnforcedAsync(PolicyShop.Wish(lasting: "0s", cooldown: "1m", perHour: 2, perDay: 4));
        await shop.LookAsync(55, ScriptedMetrics.Stuck);
        Assert.Equal(2, shop.Done);
        await shop.LookAsync(60 * 4, ScriptedMetrics.Stuck);
        Assert.Equal(4, shop.Done);
        Assert.Contains(
            await shop.EvaluationsAsync(policy.Id!),
            one => one.Verdict == PolicyVerdict.Held && one.Words.Contains("budget", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task What_was_not_begun_costs_nothing_of_the_budget()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.EnforcedAsync(PolicyShop.Wish(lasting: "0s", perHour: 1, perDay: 1));
        shop.Metrics.Meanwhile = async () =>
            // Something else of it is written down, so that what was looked at is not so any more.
            Assert.True(
                await shop.Store.RememberAsync(
                    (await shop.Store.FindAsync(policy.Id!, default))!,
                    new PolicyMemory { Bad = 1 },
                    default
                )
            );
        await shop.LookAsync(0.5, ScriptedMetrics.Stuck);
        Assert.Equal(0, shop.Done);
        await shop.LookAsync(0.5, ScriptedMetrics.Stuck);
        Assert.Equal(1, shop.Done);
    }

    [Fact]
    public async Task A_flapping_figure_costs_no_more_than_the_budget_and_not_without_its_cooldown()
    {
        await using var shop = new PolicyShop();
        await shop.EnforcedAsync(PolicyShop.Wish(lasting: "0s", cooldown: "10m", perHour: 20, perDay: 100));
        var flap = 0;
        await shop.LookAsync(60, at => flap++ % 2 == 0 ? ScriptedMetrics.Stuck(at) : ScriptedMetrics.Well(at));
        Assert.InRange(shop.Done, 1, 6);
    }

    [Fact]
    public async Task Many_policies_on_one_service_act_no_oftener_together_than_all_of_them_may()
    {
        await using var shop = new PolicyShop(
            null,
            services =>
                services.AddSingleton(
                    Microsoft.Extensions.Options.Options.Create(
                        new AutomationOptions { EverySeconds = 30, ServicePerHour = 2 }
                    )
                )
        );
        List<PolicyView> all = [];
        foreach (var name in new[] { "one", "other", "third" })
        {
            all.Add(await shop.EnforcedAsync(PolicyShop.Wish($"{name} > 1", "0s", "10m", 20, 100, name: name)));
        }
        await shop.LookAsync(55, ScriptedMetrics.Stuck);
        Assert.Equal(2, shop.Done);
        var looks = new List<EvaluationView>();
        foreach (var one in all)
        {
            looks.AddRange(await shop.EvaluationsAsync(one.Id!));
        }
        Assert.Contains(
            looks,
            one =>
                one.Verdict == PolicyVerdict.Held
                && one.Words.Contains("as often as all of them together may", StringComparison.Ordinal)
        );
        // Another service is none of it.
        await shop.EnforcedAsync(PolicyShop.Wish("elsewhere > 1", "0s", name: "Elsewhere", services: ["worker"]));
        await shop.LookAsync(1, at => ScriptedMetrics.Of(at, ("worker", 42)));
        Assert.Equal(3, shop.Done);
    }

    [Fact]
    public async Task Beyond_its_budget_it_goes_back_to_shadow_where_it_says_so()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.EnforcedAsync(
            PolicyShop.Wish(lasting: "0s", cooldown: "0s", perHour: 1, perDay: 1, spent: SpentBudget.Demote)
        );
        await shop.LookAsync(5, ScriptedMetrics.Stuck);
        var back = await shop.FindAsync(policy.Id!);
        Assert.Equal((1, PolicyStage.Shadow), (shop.Done, back.Stage));
        Assert.Contains("budget is spent", back.State!.StageWhy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_could_not_be_proposed_costs_nothing_and_demotes_nobody()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.EnforcedAsync(
            PolicyShop.Wish(lasting: "0s", cooldown: "5m", perHour: 1, perDay: 1, spent: SpentBudget.Demote)
        );
        Runner(shop, isThere: false);
        await shop.LookAsync(12, ScriptedMetrics.Stuck);
        var waiting = await shop.FindAsync(policy.Id!);
        Assert.Equal((PolicyStage.Enforced, 0), (waiting.Stage, waiting.Budget.UsedToday));
        Assert.Equal(3, (await shop.EvaluationsAsync(policy.Id!)).Count(one => one.Verdict == PolicyVerdict.Failed));
        Runner(shop, isThere: true);
        await shop.LookAsync(4, ScriptedMetrics.Stuck);
        Assert.Equal(1, shop.Done);
    }

    [Fact]
    public async Task What_can_not_be_proposed_is_not_tried_at_each_look()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.EnforcedAsync(PolicyShop.Wish(lasting: "0s", cooldown: "0s", perHour: 20, perDay: 100));
        Runner(shop, isThere: false);
        await shop.LookAsync(10, ScriptedMetrics.Stuck);
        Assert.InRange(
            (await shop.EvaluationsAsync(policy.Id!)).Count(one => one.Verdict == PolicyVerdict.Failed),
            5,
            10
        );
    }

    private static void Runner(PolicyShop shop, bool isThere) =>
        shop.Shop.Fleet.Put("rentguy", "api", "rentguy-api", new string('a', 64), connected: isThere);

    [Fact]
    public async Task The_brake_and_the_emergency_stop_hold_it()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.EnforcedAsync(PolicyShop.Wish(lasting: "0s"));
        await shop.Brake.HoldAsync(Callers.Operator, true, "let me look", default);
        await shop.LookAsync(5, ScriptedMetrics.Stuck);
        Assert.Equal(0, shop.Done);
        await shop.Brake.HoldAsync(Callers.Admin, false, null, default);
        await shop.Shop.Stop.StopAsync(Callers.Admin, "no", default);
        await shop.LookAsync(5, ScriptedMetrics.Stuck);
        Assert.Equal(0, shop.Done);
        Assert.DoesNotContain(
            await shop.Shop.Proposals.ListAsync(Callers.Admin, new ProposalFilter(), default),
            one => one.Kind == "container.restart"
        );
        await shop.Shop.Stop.ResumeAsync(Callers.Admin, null, default);
        await shop.LookAsync(0.5, ScriptedMetrics.Stuck);
        Assert.Equal(1, shop.Done);
        Assert.Contains(
            await shop.EvaluationsAsync(policy.Id!),
            one => one.Words.Contains("held by", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task What_waits_for_a_dead_database_is_not_restarted()
    {
        await using var shop = new PolicyShop();
        var (api, db) = (new string('a', 64), new string('d', 64));
        shop.Shop.Fleet.Change(
            api,
            facts =>
                facts with
                {
                    Labels = new Dictionary<string, string>
                    {
                        ["com.docker.compose.depends_on"] = "db:service_healthy:false",
                    },
                }
        );
        shop.Shop.Fleet.Change(db, facts => facts with { State = "exited" });
        var policy = await shop.EnforcedAsync(PolicyShop.Wish(lasting: "0s"));
        await shop.LookAsync(5, ScriptedMetrics.Stuck);
        Assert.Equal(0, shop.Done);
        Assert.Contains(
            "waits for db",
            Assert.Single(await shop.EvaluationsAsync(policy.Id!)).Words,
            StringComparison.Ordinal
        );
        shop.Shop.Fleet.Change(db, facts => facts with { State = "running" });
        await shop.LookAsync(0.5, ScriptedMetrics.Stuck);
        Assert.Equal(1, shop.Done);
    }

    [Fact]
    public async Task In_its_forbidden_window_it_does_nothing()
    {
        await using var shop = new PolicyShop();
        // The shop's day is a Sunday, from nine.
        await shop.EnforcedAsync(
            PolicyShop.Wish(
                lasting: "0s",
                windows: new WindowsWish("Europe/Amsterdam", null, [new WindowWish(null, "09:00", "12:00")])
            )
        );
        await shop.LookAsync(115, ScriptedMetrics.Stuck);
        Assert.Equal(0, shop.Done);
        await shop.LookAsync(7, ScriptedMetrics.Stuck);
        Assert.Equal(1, shop.Done);
    }

    [Fact]
    public async Task Two_policies_that_want_opposites_do_not_undo_each_other_in_a_circle()
    {
        await using var shop = new PolicyShop();
        await shop.EnforcedAsync(PolicyShop.Wish("one > 1", "0s", "0s", 20, 100, name: "One"));
        await shop.EnforcedAsync(PolicyShop.Wish("other > 1", "0s", "0s", 20, 100, name: "Other"));
        await shop.LookAsync(60, ScriptedMetrics.Stuck);
        // Each leaves a service alone for a quarter of an hour after the other.
        Assert.InRange(shop.Done, 1, 60);
        var deeds = new List<(DateTimeOffset At, string Policy)>();
        foreach (
            var policy in (
                await shop.Desk.PageAsync(Callers.Admin, "rentguy", null, new PageAsked(null, null), default)
            ).Items
        )
        {
            deeds.AddRange(
                (await shop.EvaluationsAsync(policy.Id!))
                    .Where(one => one.Verdict == PolicyVerdict.Acted)
                    .Select(one => (one.At, policy.Name))
            );
        }
        deeds.Sort();
        Assert.All(
            deeds.Zip(deeds.Skip(1)),
            pair =>
                Assert.True(
                    pair.First.Policy == pair.Second.Policy
                        || pair.Second.At - pair.First.At >= TimeSpan.FromMinutes(15)
                )
        );
    }

    [Fact]
    public async Task After_a_deed_it_waits_until_its_trigger_was_over_for_long_enough_on_end()
    {
        await using var shop = new PolicyShop();
        await shop.EnforcedAsync(
            PolicyShop.Wish(lasting: "0s", cooldown: "0s", perHour: 20, perDay: 100) with
            {
                Rearm = "5m",
            }
        );
        await shop.LookAsync(20, ScriptedMetrics.Stuck);
        Assert.Equal(1, shop.Done);
        // It flaps, and is never over for long enough; nor while nobody tells.
        for (var flap = 0; flap < 4; flap++)
        {
            await shop.LookAsync(4, ScriptedMetrics.Well);
            await shop.LookAsync(1, ScriptedMetrics.Stuck);
        }
        await shop.LookAsync(4, ScriptedMetrics.Well);
        await shop.LookAsync(4, at => throw new UpstreamException("Prometheus", UpstreamFault.Failed, "is away", 503));
        await shop.LookAsync(1, ScriptedMetrics.Stuck);
        Assert.Equal(1, shop.Done);
        await shop.LookAsync(6, ScriptedMetrics.Well);
        await shop.LookAsync(1, ScriptedMetrics.Stuck);
        Assert.Equal(2, shop.Done);
    }
}
