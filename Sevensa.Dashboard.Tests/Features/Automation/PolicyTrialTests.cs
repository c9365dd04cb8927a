using Sevensa.Dashboard.Features.Automation;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>What a policy came to on the past stays with it, as long as it says the same, and is said to who approves that it acts.</summary>
public sealed class PolicyTrialTests
{
    [Fact]
    public async Task It_stays_with_the_version_that_was_tried()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.Desk.AddAsync(Callers.Operator, PolicyShop.Wish(lasting: "0s", perDay: 2), default);
        Assert.Null(policy.State!.Tried);
        var result = await TryAsync(shop, policy.Id!);
        Assert.True(result > 0);
        var tried = (await shop.FindAsync(policy.Id!)).State!.Tried!;
        Assert.Equal((1, 2, result), (tried.Version, tried.Days, tried.Acted));
        // Who only looks leaves nothing behind.
        shop.Metrics.Past = (_, _, _, _) => [];
        await shop.Desk.BacktestAsync(Callers.Viewer, policy.Id!, 2, default);
        Assert.Equal(tried, (await shop.FindAsync(policy.Id!)).State!.Tried);
        await shop.Desk.ChangeAsync(Callers.Operator, policy.Id!, PolicyShop.Wish(perDay: 1, perHour: 1), default);
        Assert.Null((await shop.FindAsync(policy.Id!)).State!.Tried);
    }

    [Fact]
    public async Task What_can_not_be_tried_was_not_tried()
    {
        await using var shop = new PolicyShop();
        var wish = PolicyShop.Wish() with { Trigger = new TriggerWish(TriggerKind.Host) };
        var policy = await shop.Desk.AddAsync(Callers.Operator, wish, default);
        var result = await shop.Desk.BacktestAsync(Callers.Operator, policy.Id!, 2, default);
        Assert.Contains("can't be tried", Assert.Single(result.Notes), StringComparison.Ordinal);
        Assert.Null((await shop.FindAsync(policy.Id!)).State!.Tried);
    }

    [Theory]
    [InlineData(true, "it would have acted")]
    [InlineData(false, "was not tried on the past")]
    public async Task Who_approves_that_it_acts_is_told_of_it(bool isTried, string said)
    {
        await using var shop = new PolicyShop();
        var policy = await shop.ShadowAsync(PolicyShop.Wish(lasting: "0s"));
        if (isTried)
        {
            await TryAsync(shop, policy.Id!);
        }
        var asked = await shop.Course.PromoteAsync(Callers.Admin, policy.Id!, null, null, "api", default, waive: true);
        var proposal = await shop.Shop.FindAsync(asked.Proposal!.Id);
        Assert.Contains(proposal.Estimate!.Notes!, note => note.Contains(said, StringComparison.Ordinal));
    }

    private static async Task<int> TryAsync(PolicyShop shop, string id)
    {
        shop.Metrics.Past = (_, from, _, _) =>
            [
                new MetricSeries(
                    new Dictionary<string, string> { ["service"] = "api" },
                    [from.AddMinutes(5).ToUnixTimeSeconds(), from.AddMinutes(6).ToUnixTimeSeconds()],
                    [42, 42]
                ),
            ];
        return (await shop.Desk.BacktestAsync(Callers.Operator, id, 2, default)).Acted;
    }
}
