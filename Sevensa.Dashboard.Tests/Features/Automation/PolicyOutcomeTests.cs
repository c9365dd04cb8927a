using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Automation;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>What came of what policies did, and what people did of what they would have done.</summary>
public sealed class PolicyOutcomeTests
{
    [Fact]
    public async Task A_bad_outcome_takes_it_back_to_shadow_and_says_why()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.EnforcedAsync(PolicyShop.Wish(lasting: "0s", afterBad: 1));
        await shop.LookAsync(5, ScriptedMetrics.Stuck);
        var back = await shop.FindAsync(policy.Id!);
        Assert.Equal((1, PolicyStage.Shadow), (shop.Done, back.Stage));
        Assert.Contains("still held", back.State!.StageWhy, StringComparison.Ordinal);
        Assert.Contains(
            shop.Shop.Audit.Entries,
            entry => entry.Action == "policy.demoted" && entry.Actor.Id == $"policy:{policy.Id}"
        );
        Assert.Equal(
            OutcomeVerdict.Bad,
            (await shop.EvaluationsAsync(policy.Id!)).Single(one => one.Verdict == PolicyVerdict.Acted).Outcome
        );
    }

    [Fact]
    public async Task A_failed_action_is_a_bad_outcome()
    {
        await using var shop = new PolicyShop { Outcome = ProposalState.Failed };
        var policy = await shop.EnforcedAsync(PolicyShop.Wish(lasting: "0s", afterBad: 1));
        await shop.LookAsync(2, ScriptedMetrics.Stuck);
        Assert.Equal(PolicyStage.Shadow, (await shop.FindAsync(policy.Id!)).Stage);
    }

    [Fact]
    public async Task In_shadow_it_proposes_nothing_and_is_compared_with_what_people_did()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.ShadowAsync(PolicyShop.Wish(lasting: "0s", cooldown: "3h"));
        await shop.LookAsync(1, ScriptedMetrics.Stuck);
        var persons = await shop.Shop.ProposeAsync(target: "rentguy-api");
        await shop.Shop.ApproveAsync(persons);
        await shop.LookAsync(70, ScriptedMetrics.Well);
        Assert.Equal(1, shop.Done);
        var kept = Assert.Single(await shop.EvaluationsAsync(policy.Id!), one => one.Verdict == PolicyVerdict.WouldAct);
        Assert.Equal((ShadowAgreement.Same, persons.Id), (kept.Agreement, kept.AgreedWith));
        Assert.Null(kept.Proposal);
        Assert.Equal(
            (1, 1),
            ((await shop.FindAsync(policy.Id!)).State!.SameAsPeople, (await shop.FindAsync(policy.Id!)).State!.Compared)
        );
    }

    [Fact]
    public async Task Data_that_is_missing_is_no_good_outcome()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.EnforcedAsync(PolicyShop.Wish(lasting: "0s", cooldown: "0s"));
        await shop.LookAsync(0.5, ScriptedMetrics.Stuck);
        shop.Metrics.Present = _ => [];
        await shop.LookAsync(30, ScriptedMetrics.Well);
        Assert.Null(Assert.Single(await shop.EvaluationsAsync(policy.Id!)).Outcome);
        shop.Advance(TimeSpan.FromDays(1));
        await shop.LookAsync(1, ScriptedMetrics.Well);
        var kept = Assert.Single(await shop.EvaluationsAsync(policy.Id!));
        Assert.Equal(OutcomeVerdict.Unknown, kept.Outcome);
        Assert.Contains("no data", kept.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_another_service_has_no_number_of_keeps_no_outcome_from_being_told()
    {
        await using var shop = new PolicyShop();
        const string leaks = "max by (service) (ws / (limit > 0)) > 0.9";
        var policy = await shop.EnforcedAsync(PolicyShop.Wish(leaks, lasting: "0s"));
        var healed = false;
        shop.Metrics.Answer = (query, at) =>
            query.EndsWith("> 0.9", StringComparison.Ordinal)
                ? ScriptedMetrics.Of(at, healed ? [] : [("api", 0.95)])
                : ScriptedMetrics.Of(at, ("api", 0.2), ("worker", double.PositiveInfinity), ("db", double.NaN));
        await shop.LookAsync(0.5);
        healed = true;
        await shop.LookAsync(3);
        Assert.Equal(OutcomeVerdict.Good, Assert.Single(await shop.EvaluationsAsync(policy.Id!)).Outcome);
    }

    [Fact]
    public async Task Another_services_data_says_nothing_of_this_ones_outcome()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.EnforcedAsync(PolicyShop.Wish(lasting: "0s"));
        await shop.LookAsync(0.5, ScriptedMetrics.Stuck);
        shop.Metrics.Present = at => ScriptedMetrics.Of(at, ("worker", 3));
        await shop.LookAsync(10, ScriptedMetrics.Well);
        Assert.Null(Assert.Single(await shop.EvaluationsAsync(policy.Id!)).Outcome);
        shop.Metrics.Present = at => ScriptedMetrics.Of(at, ("api", 3));
        await shop.LookAsync(0.5, ScriptedMetrics.Well);
        Assert.Equal(OutcomeVerdict.Good, Assert.Single(await shop.EvaluationsAsync(policy.Id!)).Outcome);
    }
}
