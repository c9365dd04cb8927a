using System.Globalization;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Automation;
using Sevensa.Dashboard.Features.Automation.Exchange;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>A text of many policies is written down whole or not at all, comes back as it went out, and takes no more time than its length is worth.</summary>
public sealed class PolicyImportTests : IAsyncLifetime
{
    private PolicyShop shop = null!;

    private PolicyExchange Exchange => shop.Shop.Services.GetRequiredService<PolicyExchange>();
    private PolicyArrivals Arrivals => shop.Shop.Services.GetRequiredService<PolicyArrivals>();

    public ValueTask InitializeAsync()
    {
        shop = new PolicyShop();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => shop.DisposeAsync();

    [Fact]
    public async Task What_there_is_no_room_for_is_refused_before_any_of_it_is_written()
    {
        var first = await shop.Desk.AddAsync(Callers.Operator, PolicyShop.Wish(name: "First"), default);
        var row = (await shop.Store.FindAsync(first.Id!, default))!;
        for (var one = 1; one < PolicyDesk.Most - 1; one++)
        {
            await shop.Store.AddAsync(
                new PolicyRow
                {
                    Id = Guid.NewGuid().ToString("n"),
                    Tenant = row.Tenant,
                    Name = $"Filler {one}",
                    Stage = row.Stage,
                    Version = 1,
                    DefinitionJson = row.DefinitionJson,
                    CreatedBy = row.CreatedBy,
                    CreatedAt = row.CreatedAt,
                    ChangedBy = row.ChangedBy,
                    ChangedAt = row.ChangedAt,
                    StageBy = row.StageBy,
                    StageAt = row.StageAt,
                },
                default
            );
        }
        var refused = await Assert.ThrowsAsync<PolicyConflictException>(() =>
            Exchange.SaveAsync(Callers.Operator, List(One("Other", 1), One("Another", 1), One("First", 2)), default)
        );
        Assert.Contains("2 more policies", refused.Message, StringComparison.Ordinal);
        Assert.Equal(PolicyDesk.Most - 1, await shop.Store.CountAsync("rentguy", default));
        Assert.Equal(1, (await shop.FindAsync(first.Id!)).Version);
        Assert.Equal(
            2,
            (await Exchange.SaveAsync(Callers.Operator, List(One("Other", 1), One("First", 2)), default)).Count
        );
        await Assert.ThrowsAsync<PolicyConflictException>(() =>
            shop.Desk.AddAsync(Callers.Operator, PolicyShop.Wish(name: "One more"), default)
        );
    }

    [Theory]
    [InlineData("changed")]
    [InlineData("removed")]
    [InlineData("came")]
    public async Task With_one_that_is_another_by_now_none_is_written(string what)
    {
        var kept = await shop.Desk.AddAsync(Callers.Operator, PolicyShop.Wish(name: "Kept"), default);
        var read = await Arrivals.ReadAsync(
            Callers.Operator,
            List(One("New", 1), One("Newer", 1), One("Kept", 2)),
            default
        );
        switch (what)
        {
            case "changed":
                await shop.Desk.ChangeAsync(
                    Callers.Operator,
                    kept.Id!,
                    PolicyShop.Wish(name: "Kept", perDay: 9),
                    default
                );
                break;
            case "removed":
                await shop.Desk.RemoveAsync(Callers.Operator, kept.Id!, default);
                break;
            default:
                await shop.Desk.AddAsync(Callers.Operator, PolicyShop.Wish(name: "Newer"), default);
                break;
        }
        var refused = await Assert.ThrowsAsync<PolicyConflictException>(() =>
            Exchange.SaveAsync(Callers.Operator, read, default)
        );
        Assert.Contains($"{what} meanwhile", refused.Message, StringComparison.Ordinal);
        Assert.Empty(await shop.Store.CalledAsync("rentguy", "New", default));
    }

    [Fact]
    public async Task Policies_that_are_called_alike_go_out_and_in_again()
    {
        foreach (var day in new[] { 4, 5 })
        {
            await shop.Desk.AddAsync(Callers.Operator, PolicyShop.Wish(name: "Twin", perDay: day), default);
        }
        var all = await Exchange.AllAsync(Callers.Viewer, "rentguy", default);
        await EachIsAsync("unchanged", all);
        // One of them is another: the one that says the same stays.
        var saved = await Exchange.SaveAsync(
            Callers.Operator,
            all.Replace("perDay: 4", "perDay: 7", StringComparison.Ordinal),
            default
        );
        Assert.Equal(["changed", "unchanged"], saved.Select(one => one.Outcome).Order(StringComparer.Ordinal));
        all = await Exchange.AllAsync(Callers.Viewer, "rentguy", default);
        await shop.DisposeAsync();
        shop = new PolicyShop();
        await EachIsAsync("added", all);
        await EachIsAsync("unchanged", all);
        // Which of them one alone is meant for is not guessed.
        var refused = await Assert.ThrowsAsync<UnfitPolicyException>(() =>
            Exchange.SaveAsync(Callers.Operator, List(One("Twin", 1)), default)
        );
        Assert.Equal("policies[0].name", refused.At);
        refused = await Assert.ThrowsAsync<UnfitPolicyException>(() =>
            Exchange.SaveAsync(Callers.Operator, List(One("Pasted", 1), One("Pasted", 1)), default)
        );
        Assert.Contains("twice", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_not_understood_stays_so_until_it_is_taken_out()
    {
        var drafted = await shop.Drafts.DraftAsync(
            Callers.Operator,
            "Restart RentGuy api when it is unhealthy for 3 minutes unless it rains, at most once a day",
            null,
            true,
            default
        );
        Assert.Equal(["unless it rains"], drafted.Unread);
        var text = await Exchange.OneAsync(Callers.Viewer, drafted.Id!, default);
        await EachIsAsync("unchanged", text);
        Assert.Equal(["unless it rains"], (await shop.FindAsync(drafted.Id!)).Unread);
        // Where something else of it is changed too.
        await EachIsAsync("changed", text.Replace("perDay: 1", "perDay: 2", StringComparison.Ordinal));
        Assert.Equal(["unless it rains"], (await shop.FindAsync(drafted.Id!)).Unread);
        // As the page has it, it is meant as it is saved.
        await shop
            .Shop.Services.GetRequiredService<PolicyExchange>()
            .ChangeAsync(
                Callers.Operator,
                drafted.Id!,
                await Exchange.OneAsMeantAsync(Callers.Operator, drafted.Id!, default),
                null,
                default
            );
        Assert.Empty((await shop.FindAsync(drafted.Id!)).Unread);
        // And one that is not there yet comes with it.
        await shop.Desk.RemoveAsync(Callers.Operator, drafted.Id!, default);
        var again = Assert.Single(await Exchange.SaveAsync(Callers.Operator, text, default));
        Assert.Equal(["unless it rains"], (await shop.FindAsync(again.Id!)).Unread);
    }

    [Fact]
    public async Task Another_sentence_changes_what_it_came_from_and_nothing_else()
    {
        var policy = await shop.EnforcedAsync(PolicyShop.Wish());
        var text = await Exchange.OneAsync(Callers.Viewer, policy.Id!, default) + "text: restart it when it is stuck\n";
        await EachIsAsync("changed", text);
        var now = await shop.FindAsync(policy.Id!);
        Assert.Equal(("restart it when it is stuck", 1, PolicyStage.Enforced), (now.Text, now.Version, now.Stage));
        await EachIsAsync("unchanged", text);
    }

    [Fact]
    public void As_many_as_several_tenants_have_are_read()
    {
        var read = shop
            .Shop.Services.GetRequiredService<PolicyText>()
            .Read(List([.. Enumerable.Range(0, PolicyDesk.Most + 50).Select(one => One($"P{one}", 1))]));
        Assert.Equal(PolicyDesk.Most + 50, read.Count);
    }

    [Fact]
    public async Task What_is_wider_than_any_policy_is_refused_at_once_and_of_many_faults_the_first_are_told()
    {
        foreach (
            var wide in new[]
            {
                string.Join('\n', Enumerable.Range(0, 40_000).Select(one => $"a{one}: 1")),
                $"tenant: rentguy\nservices: [{string.Join(',', Enumerable.Range(0, 40_000))}]",
            }
        )
        {
            Assert.Contains("40000 members", Assert.Single(await FaultsAsync(wide)).Why, StringComparison.Ordinal);
        }
        var faults = await FaultsAsync(string.Join('\n', Enumerable.Range(0, 150).Select(one => $"a{one}: 1")));
        Assert.Equal(UnfitPolicyException.Most + 1, faults.Count);
        Assert.Contains("more that are wrong", faults[^1].Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_tries_no_text_that_is_longer_than_a_policy()
    {
        var tried = shop
            .Shop.Services.GetServices<IToolSource>()
            .SelectMany(source => source.ToolsFor(Callers.Operator))
            .Single(tool => tool.Name == "backtest_policy");
        var refused = await Assert.ThrowsAnyAsync<Exception>(async () =>
            await tried.InvokeAsync(
                new AIFunctionArguments { ["yaml"] = new string('a', PolicyText.LongestOne + 1) },
                default
            )
        );
        Assert.Contains(
            PolicyText.LongestOne.ToString(CultureInfo.InvariantCulture),
            refused.Message,
            StringComparison.Ordinal
        );
    }

    private async Task<IReadOnlyList<PolicyFault>> FaultsAsync(string yaml) =>
        (await Assert.ThrowsAsync<UnfitPolicyException>(() => Exchange.SaveAsync(Callers.Operator, yaml, default))).All;

    private async Task EachIsAsync(string outcome, string yaml) =>
        Assert.All(
            await Exchange.SaveAsync(Callers.Operator, yaml, default),
            one => Assert.Equal(outcome, one.Outcome)
        );

    private static string List(params string[] policies) => $"policies:\n{string.Concat(policies)}";

    private static string One(string name, int perDay) =>
        $"  - {{tenant: rentguy, name: {name}, trigger: {{kind: container, state: unhealthy}}, action: {{kind: container.restart}}, budget: {{perHour: 1, perDay: {perDay}}}}}\n";
}
