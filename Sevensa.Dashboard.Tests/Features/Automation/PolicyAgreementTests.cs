using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Automation;
using Sevensa.Dashboard.Features.Automation.Engine;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>What lets a policy out of shadow: that people did the same often enough, and an approval.</summary>
public sealed class PolicyAgreementTests
{
    private static PolicyWish Wish() =>
        PolicyShop.Wish(lasting: "0s", cooldown: "3h", perHour: 20, perDay: 100, afterBad: 1) with
        {
            Agreements = 2,
        };

    [Fact]
    public async Task With_agreements_enough_and_an_approval_it_is_enforced_and_after_a_bad_outcome_it_begins_anew()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.ShadowAsync(Wish());
        await TroubleAsync(shop, "container.restart");
        await RefusedAsync(shop, policy.Id!, Callers.Operator, false, "1 of the 2");
        await TroubleAsync(shop, "container.restart");
        var asked = await shop.Course.PromoteAsync(Callers.Operator, policy.Id!, null, null, "api", default);
        var proposal = await shop.Shop.FindAsync(asked.Proposal!.Id);
        Assert.Contains(proposal.Plan.Changes, change => change is { What: "agreements", After: "2 of 2" });
        Assert.DoesNotContain(proposal.Plan.Changes, change => change.What == "trial");
        await shop.Shop.ApproveAsync(proposal);
        await shop.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
        Assert.Equal(PolicyStage.Enforced, (await shop.FindAsync(policy.Id!)).Stage);

        await shop.LookAsync(5, ScriptedMetrics.Stuck);
        var back = await shop.FindAsync(policy.Id!);
        Assert.Equal(PolicyStage.Shadow, back.Stage);
        Assert.Contains("still held", back.State!.StageWhy, StringComparison.Ordinal);
        // What it agreed on before did not keep it from this.
        Assert.Equal((0, 2), (back.State.SameAsPeople, back.State.AgreementsNeeded));
        await RefusedAsync(shop, policy.Id!, Callers.Operator, false, "0 of the 2");
    }

    [Fact]
    public async Task Only_an_administrator_leaves_the_agreements_out_and_the_plan_says_so()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.ShadowAsync(Wish());
        await RefusedAsync(shop, policy.Id!, Callers.Admin, false, "0 of the 2");
        await RefusedAsync(shop, policy.Id!, Callers.Operator, true, "only an administrator");
        var asked = await shop.Course.PromoteAsync(Callers.Admin, policy.Id!, null, null, "api", default, waive: true);
        var proposal = await shop.Shop.FindAsync(asked.Proposal!.Id);
        Assert.Contains(
            proposal.Plan.Changes,
            change =>
                change.What == "trial" && change.After!.Contains("left out, as admin asks", StringComparison.Ordinal)
        );
        Assert.Contains("without the agreements", proposal.Title, StringComparison.Ordinal);
        Assert.Equal(PolicyStage.Shadow, (await shop.FindAsync(policy.Id!)).Stage);
    }

    [Fact]
    public async Task What_people_did_otherwise_or_alone_is_told_apart_and_what_nobody_approved_was_not_done()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.ShadowAsync(Wish());
        // Something else; nothing; asked for, and nobody approved it.
        await TroubleAsync(shop, "container.stop");
        await TroubleAsync(shop, null);
        await shop.LookAsync(0.5, ScriptedMetrics.Stuck);
        await shop.Shop.ProposeAsync(target: "rentguy-api");
        await LaterAsync(shop);
        // Without trouble.
        await shop.Shop.ApproveAsync(await shop.Shop.ProposeAsync(target: "rentguy-api", reason: "it is time"));
        await shop.SettledAsync();
        await LaterAsync(shop);
        var state = (await shop.FindAsync(policy.Id!)).State!;
        Assert.Equal((0, 3, 1, 1), (state.SameAsPeople, state.Compared, state.OtherThanPeople, state.Missed));
        var alone = Assert.Single(await shop.EvaluationsAsync(policy.Id!), one => one.Verdict == PolicyVerdict.Missed);
        Assert.NotNull(alone.Proposal);
        Assert.Equal("api", alone.Service);
        // It stays one, however often it is looked for.
        await LaterAsync(shop);
        Assert.Equal(1, (await shop.FindAsync(policy.Id!)).State!.Missed);
    }

    [Fact]
    public async Task What_a_person_did_once_agrees_once_however_often_it_would_have_acted()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.ShadowAsync(
            PolicyShop.Wish(lasting: "0s", cooldown: "0s", perHour: 20, perDay: 100) with
            {
                Agreements = 2,
            }
        );
        await shop.LookAsync(4, ScriptedMetrics.Stuck);
        var deed = await shop.Shop.ProposeAsync(target: "rentguy-api");
        await shop.Shop.ApproveAsync(deed);
        await shop.SettledAsync();
        await LaterAsync(shop);
        var state = (await shop.FindAsync(policy.Id!)).State!;
        Assert.Equal((1, 8, 0), (state.SameAsPeople, state.Compared, state.OtherThanPeople));
        var agreed = Assert.Single(await shop.EvaluationsAsync(policy.Id!), one => one.AgreedWith is not null);
        Assert.Equal(deed.Id, agreed.AgreedWith);
        await RefusedAsync(shop, policy.Id!, Callers.Operator, false, "1 of the 2");
    }

    [Fact]
    public async Task What_was_done_before_it_was_watched_agrees_with_nothing()
    {
        await using var shop = new PolicyShop();
        await shop.Shop.ApproveAsync(await shop.Shop.ProposeAsync(target: "rentguy-api"));
        await shop.SettledAsync();
        shop.Advance(TimeSpan.FromMinutes(5));
        var policy = await shop.ShadowAsync(Wish());
        await TroubleAsync(shop, null);
        var state = (await shop.FindAsync(policy.Id!)).State!;
        Assert.Equal((0, 1, 0), (state.SameAsPeople, state.Compared, state.OtherThanPeople));
    }

    [Fact]
    public async Task What_a_runner_refused_was_not_done()
    {
        await using var shop = new PolicyShop { Outcome = ProposalState.Refused };
        var policy = await shop.ShadowAsync(Wish());
        await TroubleAsync(shop, "container.restart");
        var state = (await shop.FindAsync(policy.Id!)).State!;
        Assert.Equal((0, 1), (state.SameAsPeople, state.Compared));
        var tried = await shop.Desk.BacktestAsync(Callers.Viewer, policy.Id!, 1, default);
        Assert.Empty(tried.Operators);
    }

    [Fact]
    public async Task What_nobody_has_decided_on_is_waited_for()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.ShadowAsync(Wish());
        await shop.LookAsync(0.5, ScriptedMetrics.Stuck);
        shop.Advance(TimeSpan.FromMinutes(20));
        var asked = await shop.Shop.ProposeAsync(target: "rentguy-api");
        shop.Advance(TimeSpan.FromMinutes(45));
        await shop.LookAsync(0.5, ScriptedMetrics.Well);
        Assert.Equal(0, (await shop.FindAsync(policy.Id!)).State!.Compared);
        // Approved is not done either, as long as the emergency stop holds it.
        await shop.Shop.Stop.StopAsync(Callers.Admin, "let me look", default);
        await shop.Shop.ApproveAsync(asked);
        shop.Advance(TimeSpan.FromMinutes(6));
        await shop.LookAsync(0.5, ScriptedMetrics.Well);
        Assert.Equal(0, (await shop.FindAsync(policy.Id!)).State!.Compared);
        await shop.Shop.Stop.ResumeAsync(Callers.Admin, null, default);
        await shop.Shop.SweepAsync();
        await shop.Shop.UntilAsync(asked.Id, ProposalState.Succeeded);
        shop.Advance(TimeSpan.FromMinutes(6));
        await shop.LookAsync(0.5, ScriptedMetrics.Well);
        Assert.Equal(1, (await shop.FindAsync(policy.Id!)).State!.SameAsPeople);
    }

    [Fact]
    public async Task What_is_tried_is_asked_for_once_whether_or_not_it_was_to_leave_the_trial_out()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.ShadowAsync(Wish() with { Agreements = 1 });
        await TroubleAsync(shop, "container.restart");
        var asked = new List<string>();
        foreach (var waive in new[] { false, true })
        {
            asked.Add(
                (await shop.Course.PromoteAsync(Callers.Operator, policy.Id!, null, null, "api", default, waive))
                    .Proposal!
                    .Id
            );
        }
        Assert.Equal(asked[0], asked[1]);
    }

    [Fact]
    public async Task A_comparison_says_that_it_goes_on()
    {
        await using var shop = new PolicyShop();
        await shop.ShadowAsync(Wish());
        var steps = 0;
        await shop
            .Shop.Services.GetRequiredService<ShadowComparison>()
            .CompareAsync(await shop.Store.WatchedAsync(default), () => steps++, default);
        Assert.Equal(1, steps);
    }

    [Fact]
    public async Task No_policy_asks_for_no_agreement()
    {
        await using var shop = new PolicyShop();
        var refused = await Assert.ThrowsAsync<UnfitPolicyException>(() =>
            shop.Desk.AddAsync(Callers.Operator, Wish() with { Agreements = 0 }, default)
        );
        Assert.Equal("agreements", refused.At);
    }

    /// <summary>Trouble, what people do about it, and time until that was compared.</summary>
    private static async Task TroubleAsync(PolicyShop shop, string? kind)
    {
        await shop.LookAsync(0.5, ScriptedMetrics.Stuck);
        if (kind is not null)
        {
            await shop.Shop.ApproveAsync(await shop.Shop.ProposeAsync(kind, "rentguy-api"));
            await shop.SettledAsync();
        }
        await LaterAsync(shop);
    }

    private static async Task LaterAsync(PolicyShop shop)
    {
        shop.Advance(TimeSpan.FromMinutes(200));
        await shop.LookAsync(0.5, ScriptedMetrics.Well);
    }

    private static async Task RefusedAsync(PolicyShop shop, string id, Caller caller, bool waive, string why)
    {
        var refused = await Assert.ThrowsAsync<CannotPlanException>(() =>
            shop.Course.PromoteAsync(caller, id, null, null, "api", default, waive)
        );
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
    }
}
