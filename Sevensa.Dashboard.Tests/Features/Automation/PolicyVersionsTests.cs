using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Automation;
using Sevensa.Dashboard.Features.Automation.Exchange;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>What a policy said before is kept, and a change of it that was approved is written down as it was approved.</summary>
public sealed class PolicyVersionsTests
{
    private static PolicyVersions Versions(PolicyShop shop) => shop.Shop.Services.GetRequiredService<PolicyVersions>();

    [Fact]
    public async Task Each_version_is_kept_and_told_apart_from_the_one_before_member_by_member()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.Desk.AddAsync(Callers.Operator, PolicyShop.Wish(), default);
        await shop.Desk.ChangeAsync(Callers.Operator, policy.Id!, PolicyShop.Wish(perDay: 2), default);
        await shop.Desk.ChangeAsync(
            Callers.Admin,
            policy.Id!,
            PolicyShop.Wish("queue_length > 20", perDay: 2, services: ["api", "worker"]),
            default
        );
        // Another sentence alone is no version.
        await shop.Desk.ChangeAsync(
            Callers.Admin,
            policy.Id!,
            PolicyShop.Wish("queue_length > 20", perDay: 2, services: ["api", "worker"]) with
            {
                Text = "as it is meant",
            },
            default
        );
        var all = (await Versions(shop).PageAsync(Callers.Viewer, policy.Id!, new(null, null), default)).Items;
        Assert.Equal([3, 2, 1], all.Select(one => one.Version));
        Assert.Equal([true, false, false], all.Select(one => one.IsCurrent));
        Assert.Equal([Callers.Admin.Name, Callers.Operator.Name, Callers.Operator.Name], all.Select(one => one.By));
        Assert.Contains("4 times a day", all[2].Sentence, StringComparison.Ordinal);

        var last = await Versions(shop).DifferencesAsync(Callers.Viewer, policy.Id!, 3, null, default);
        Assert.Equal(
            [
                new PolicyDifference("services", "api", "api, worker"),
                new PolicyDifference("trigger.query", PolicyShop.Trouble, "queue_length > 20"),
            ],
            last.Differences.Where(one => one.At != "text").OrderBy(one => one.At, StringComparer.Ordinal)
        );
        var whole = await Versions(shop).DifferencesAsync(Callers.Viewer, policy.Id!, 3, 1, default);
        Assert.Contains(new PolicyDifference("budget.perDay", "4", "2"), whole.Differences);
        Assert.Contains(
            "perDay: 4",
            await Versions(shop).TextAsync(Callers.Viewer, policy.Id!, 1, default),
            StringComparison.Ordinal
        );
        await Assert.ThrowsAsync<UnknownPolicyException>(() =>
            Versions(shop).TextAsync(Callers.Viewer, policy.Id!, 4, default)
        );
    }

    [Fact]
    public async Task What_it_said_goes_with_it()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.Desk.AddAsync(Callers.Operator, PolicyShop.Wish(), default);
        await shop.Desk.RemoveAsync(Callers.Operator, policy.Id!, default);
        Assert.Null(await shop.Shop.Services.GetRequiredService<VersionStore>().FindAsync(policy.Id!, 1, default));
    }

    [Fact]
    public async Task A_change_that_is_approved_says_what_is_another_and_takes_an_enforced_one_back_to_shadow()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.EnforcedAsync(PolicyShop.Wish());
        var asked = await AskAsync(shop, policy.Id!, Lessened(policy));
        Assert.Equal($"Change the policy {policy.Name}", asked.Title);
        Assert.Contains(new PlanChange("budget.perDay", "4", "3"), asked.Plan.Changes);
        Assert.Contains(new PlanChange("stage", "enforced", "shadow"), asked.Plan.Changes);
        Assert.Contains(new PlanChange("version", "1", "2"), asked.Plan.Changes);
        // Until somebody else approved it, it says what it said.
        Assert.Equal((PolicyStage.Enforced, 1), await StandsAsync(shop, policy.Id!));
        await shop.Shop.ApproveAsync(asked);
        await shop.Shop.UntilAsync(asked.Id, ProposalState.Succeeded);
        Assert.Equal((PolicyStage.Shadow, 2), await StandsAsync(shop, policy.Id!));
        Assert.Equal(3, (await shop.FindAsync(policy.Id!)).Budget.PerDay);
    }

    [Fact]
    public async Task A_change_of_what_was_changed_meanwhile_is_refused()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.Desk.AddAsync(Callers.Operator, PolicyShop.Wish(), default);
        var asked = await AskAsync(shop, policy.Id!, Lessened(policy));
        await shop.Desk.ChangeAsync(Callers.Operator, policy.Id!, PolicyShop.Wish(perHour: 1), default);
        var refused = await Assert.ThrowsAsync<DecisionConflictException>(() => shop.Shop.ApproveAsync(asked));
        Assert.Contains("was changed since this was planned", refused.Message, StringComparison.Ordinal);
        var stands = (await shop.FindAsync(policy.Id!)).Budget;
        Assert.Equal((1, 4), (stands.PerHour, stands.PerDay));
    }

    [Theory]
    [InlineData("", "says that already")]
    [InlineData("tenant: rentguy", "makes no policy")]
    [InlineData("cooldown: soon", "makes no policy")]
    public async Task What_changes_nothing_or_makes_no_policy_is_not_proposed(string line, string why)
    {
        await using var shop = new PolicyShop();
        var policy = await shop.Desk.AddAsync(Callers.Operator, PolicyShop.Wish(), default);
        var yaml = line switch
        {
            "" => Yaml(policy),
            "cooldown: soon" => Yaml(policy).Replace("cooldown: 5m", line, StringComparison.Ordinal),
            _ => line,
        };
        var refused = await Assert.ThrowsAsync<CannotPlanException>(() => AskAsync(shop, policy.Id!, yaml));
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
    }

    private static string Yaml(PolicyView policy) => PolicyText.Write(policy);

    private static string Lessened(PolicyView policy) =>
        Yaml(policy).Replace("perDay: 4", "perDay: 3", StringComparison.Ordinal);

    private static Task<Proposal> AskAsync(PolicyShop shop, string id, string yaml) =>
        shop.Shop.ProposeAsync(
            "policy.change",
            id,
            JsonSerializer.Serialize(new Dictionary<string, string> { ["yaml"] = yaml })
        );

    private static async Task<(PolicyStage, int)> StandsAsync(PolicyShop shop, string id) =>
        await shop.FindAsync(id) is var now ? (now.Stage, now.Version) : default;
}
