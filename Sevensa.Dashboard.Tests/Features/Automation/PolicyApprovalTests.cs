using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Automation;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>Who approved a policy approved that version, and only as long as they may.</summary>
public sealed class PolicyApprovalTests
{
    [Fact]
    public async Task Who_may_approve_no_more_approves_nothing_beforehand()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.EnforcedAsync(PolicyShop.Wish(lasting: "0s"));
        ((StubPeople)shop.Shop.Services.GetRequiredService<IPeople>()).Changed["id-approver"] = null;
        await shop.LookAsync(2, ScriptedMetrics.Stuck);
        Assert.Equal(0, shop.Done);
        var kept = (await shop.EvaluationsAsync(policy.Id!))[^1];
        Assert.Equal(PolicyVerdict.Proposed, kept.Verdict);
        Assert.Contains("has no account any more", kept.Words, StringComparison.Ordinal);
        Assert.Equal(ProposalState.Proposed, (await shop.Shop.FindAsync(kept.Proposal!)).State);
    }

    [Fact]
    public async Task An_account_whose_claim_nobody_looked_at_for_long_approves_nothing_beforehand()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.EnforcedAsync(PolicyShop.Wish(lasting: "0s"));
        ((StubPeople)shop.Shop.Services.GetRequiredService<IPeople>()).NotLookedAt["id-approver"] = true;
        await shop.LookAsync(2, ScriptedMetrics.Stuck);
        Assert.Equal(0, shop.Done);
        var kept = (await shop.EvaluationsAsync(policy.Id!))[^1];
        Assert.Equal(PolicyVerdict.Proposed, kept.Verdict);
        Assert.Contains("twelve hours", kept.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_that_was_approved_by_a_token_waits_for_people_once_that_is_taken_back()
    {
        await using var shop = new PolicyShop();
        var shadow = await shop.ShadowAsync(PolicyShop.Wish(lasting: "0s"));
        var asked = await shop.Course.PromoteAsync(
            Callers.Admin,
            shadow.Id!,
            null,
            "it is time",
            "api",
            default,
            waive: true
        );
        await shop.Shop.Proposals.ApproveAsync(
            Callers.Approver with
            {
                Client = "token:lost",
                Token = "lost",
            },
            asked.Proposal!.Id,
            asked.Proposal.PlanHash,
            null,
            default
        );
        await shop.Shop.UntilAsync(asked.Proposal.Id, ProposalState.Succeeded);
        ((StubPeople)shop.Shop.Services.GetRequiredService<IPeople>()).TakenBack["lost"] = true;
        await shop.LookAsync(2, ScriptedMetrics.Stuck);
        Assert.Equal(0, shop.Done);
        var kept = (await shop.EvaluationsAsync(shadow.Id!))[^1];
        Assert.Equal(PolicyVerdict.Proposed, kept.Verdict);
        Assert.Contains("token or program by which approver", kept.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_enforced_policy_that_is_changed_goes_back_to_shadow()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.EnforcedAsync(PolicyShop.Wish());
        var changed = await shop.Desk.ChangeAsync(
            Callers.Operator,
            policy.Id!,
            PolicyShop.Wish(lasting: "0s"),
            default
        );
        Assert.Equal((PolicyStage.Shadow, 2), (changed.Stage, changed.Version));
        await shop.LookAsync(3, ScriptedMetrics.Stuck);
        Assert.Equal(0, shop.Done);
    }

    [Fact]
    public async Task A_session_in_doubt_brings_no_policy_further_and_takes_it_back()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.EnforcedAsync(PolicyShop.Wish());
        var other = await shop.ShadowAsync(PolicyShop.Wish(name: "Other"));
        await shop.Brake.HoldAsync(Callers.Admin, true, null, default);
        shop.Shop.StepUp.Doubt = "This session is in doubt.";
        foreach (
            var deed in (Func<Task>[])
                [
                    () => shop.Course.PromoteAsync(Callers.Admin, other.Id!, null, null, "api", default),
                    () => shop.Brake.HoldAsync(Callers.Admin, false, null, default),
                ]
        )
            Assert.Equal("stepUpRequired", (await Assert.ThrowsAsync<ForbiddenException>(deed)).Code);
        await shop.Brake.HoldAsync(Callers.Admin, true, "still", default);
        await shop.Course.DemoteAsync(Callers.Operator, policy.Id!, null, "look first", default);
        Assert.NotEqual(PolicyStage.Enforced, (await shop.FindAsync(policy.Id!)).Stage);
        Assert.Equal(PolicyStage.Shadow, (await shop.FindAsync(other.Id!)).Stage);
    }

    [Fact]
    public async Task An_approval_of_one_version_enforces_no_other()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.ShadowAsync(PolicyShop.Wish());
        policy = await shop.Course.PromoteAsync(Callers.Admin, policy.Id!, null, null, "api", default, waive: true);
        await shop.Desk.ChangeAsync(Callers.Operator, policy.Id!, PolicyShop.Wish(perDay: 50), default);
        await Assert.ThrowsAsync<DecisionConflictException>(() =>
            shop.Shop.Proposals.ApproveAsync(
                Callers.Approver,
                policy.Proposal!.Id,
                policy.Proposal.PlanHash,
                null,
                default
            )
        );
        Assert.Equal(PolicyStage.Shadow, (await shop.FindAsync(policy.Id!)).Stage);
    }

    [Fact]
    public async Task An_enforcement_that_was_asked_for_before_it_was_taken_back_begins_no_new_trial_as_if_it_were_over()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.ShadowAsync(PolicyShop.Wish());
        var asked = await shop.Course.PromoteAsync(Callers.Admin, policy.Id!, null, null, "api", default, waive: true);
        await shop.Course.DemoteAsync(Callers.Operator, policy.Id!, null, "it is wrong", default);
        shop.Advance(TimeSpan.FromSeconds(1));
        await shop.Course.PromoteAsync(Callers.Operator, policy.Id!, null, null, "api", default);
        var refused = await Assert.ThrowsAsync<DecisionConflictException>(() =>
            shop.Shop.Proposals.ApproveAsync(
                Callers.Approver,
                asked.Proposal!.Id,
                asked.Proposal.PlanHash,
                null,
                default
            )
        );
        Assert.Contains(refused.Differences, one => one.Contains("began anew", StringComparison.Ordinal));
        Assert.Equal(PolicyStage.Shadow, (await shop.FindAsync(policy.Id!)).Stage);
    }
}
