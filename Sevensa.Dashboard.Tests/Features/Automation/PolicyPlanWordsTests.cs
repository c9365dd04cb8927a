using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Automation;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>Who approves a policy reads what it is made of, whatever words somebody gave it.</summary>
public sealed class PolicyPlanWordsTests
{
    [Theory]
    [InlineData("kind: container, state: crashLoop, count: 4, within: 20m", "restarted 4 times within 20 minutes")]
    [InlineData("kind: alert, alert: DiskFull", "the alert DiskFull fires")]
    [InlineData("kind: logs, query: '{job=\"api\"}', above: 7, within: 5m", "more than 7 lines of {job=\"api\"}")]
    [InlineData("kind: certificate, within: 7d", "ends within 7 days")]
    [InlineData("kind: metric, query: queue_length > 10", "queue_length > 10")]
    public async Task The_plan_says_what_is_looked_at_and_what_must_hold(string trigger, string looks)
    {
        await using var shop = new PolicyShop();
        var yaml = $$"""
            tenant: rentguy
            name: Harmless
            services: [api]
            trigger: { {{trigger}}, words: "it is broken" }
            conditions: [{query: up == 1, words: only at night}]
            action: {kind: container.restart}
            """;
        var drafted = await shop.Shop.ProposeAsync(
            "policy.draft",
            "Harmless",
            JsonSerializer.Serialize(new Dictionary<string, string> { ["yaml"] = yaml })
        );
        Says(drafted.Plan, looks);
        await shop.Shop.ApproveAsync(drafted);
        await shop.Shop.UntilAsync(drafted.Id, ProposalState.Succeeded);
        var policy = Assert.Single(
            (await shop.Desk.PageAsync(Callers.Admin, "rentguy", null, new(null, null), default)).Items
        );
        // In its sentence the words stand, as they were meant.
        Assert.Contains("it is broken", policy.Sentence, StringComparison.Ordinal);
        await shop.Course.PromoteAsync(Callers.Operator, policy.Id!, null, null, "api", default);
        var asked = await shop.Course.PromoteAsync(Callers.Admin, policy.Id!, null, null, "api", default, waive: true);
        Says((await shop.Shop.FindAsync(asked.Proposal!.Id)).Plan, looks);
    }

    private static void Says(ActionPlan plan, string looks)
    {
        Assert.Contains(
            looks,
            plan.Changes.Single(change => change.What == "looks at").After,
            StringComparison.Ordinal
        );
        Assert.Equal("up == 1", plan.Changes.Single(change => change.What == "only while").After);
    }
}
