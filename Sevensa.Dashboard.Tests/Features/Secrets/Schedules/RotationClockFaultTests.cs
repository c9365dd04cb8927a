using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Secrets.Schedules;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.Features.Actions;
using static Sevensa.Dashboard.Tests.Features.Secrets.Schedules.RotationHouse;

namespace Sevensa.Dashboard.Tests.Features.Secrets.Schedules;

/// <summary>What goes wrong while the clock is at work: rules that change meanwhile, another clock, and a Vault that is away.</summary>
public class RotationClockFaultTests
{
    [Fact]
    public async Task A_second_dashboard_on_the_same_store_takes_no_turn_that_was_taken()
    {
        var (vault, shop) = await OpenAsync();
        await using var _ = vault;
        await using var __ = shop;
        await using var other = Shop(vault.Address("vault"), shop);
        await SetAsync(shop, Wish(RotationMode.Do));
        vault.Clock.Advance(new DateTimeOffset(2027, 3, 2, 2, 1, 0, TimeSpan.Zero) - vault.Clock.GetUtcNow());
        var first = Assert.Single(await LookAtAsync(shop, 2, 2, 1));
        await shop.UntilAsync(first.Id, ProposalState.Succeeded);
        Assert.Single(await LookAtAsync(other, 2, 2, 1));
    }

    [Fact]
    public async Task What_cannot_be_planned_is_told_and_recorded()
    {
        var (vault, shop) = await OpenAsync();
        await using var _ = vault;
        await using var __ = shop;
        await SetAsync(shop, Wish() with { Key = "no-such-key" });
        Assert.Empty(await LookAtAsync(shop, 2, 2, 1));
        Assert.Contains("no key", (await TurnAsync(shop)).Words, StringComparison.Ordinal);
        Assert.Contains(shop.Audit.Entries, entry => entry.Action == RotationClock.FailedAction);
    }

    [Fact]
    public async Task A_Vault_that_is_away_costs_no_turn()
    {
        var (vault, shop) = await OpenAsync();
        await using var __ = shop;
        await SetAsync(shop, Wish());
        await vault.SendAsync("vault", "PUT", "/v1/sys/seal", "{}", Root);
        Assert.Empty(await LookAtAsync(shop, 2, 2, 1));
        var (_, rules) = await shop
            .Services.GetRequiredService<ScheduleDesk>()
            .OfTenantAsync(Callers.Admin, "rentguy", TestContext.Current.CancellationToken);
        Assert.Empty(rules[0].State.Turns);
        await vault.DisposeAsync();
    }

    [Fact]
    public async Task A_rule_that_is_paused_while_the_clock_waits_its_turn_rotates_nothing()
    {
        var (vault, shop) = await OpenAsync();
        await using var _ = vault;
        await using var __ = shop;
        await SetAsync(shop, Wish(RotationMode.Do));
        shop.Time.SetUtcNow(new DateTimeOffset(2027, 3, 2, 2, 1, 0, TimeSpan.Zero));
        var held = await shop
            .Services.GetRequiredService<StoreLocks>()
            .TakeAsync(["rotations of rentguy"], TestContext.Current.CancellationToken);
        var looking = shop
            .Services.GetRequiredService<RotationClock>()
            .LookAsync(TestContext.Current.CancellationToken);
        var rule = Assert.Single((await RulesAsync(shop)).Rules);
        await SetAsync(shop, RuleWish.Of(rule) with { Paused = true });
        await held.DisposeAsync();
        await looking;
        Assert.Empty(await ProposalsAsync(shop));
    }

    [Fact]
    public async Task A_rule_that_is_removed_while_it_proposes_approves_nothing()
    {
        var (vault, shop) = await OpenAsync();
        await using var _ = vault;
        await using var __ = shop;
        await SetAsync(shop, Wish(RotationMode.Do));
        shop.Time.SetUtcNow(new DateTimeOffset(2027, 3, 2, 2, 1, 0, TimeSpan.Zero));
        await Clock(
                shop,
                async proposing =>
                {
                    var proposed = await proposing;
                    await SetAsync(shop);
                    return proposed;
                }
            )
            .LookAsync(TestContext.Current.CancellationToken);
        var proposal = Assert.Single(await ProposalsAsync(shop));
        Assert.Equal(ProposalState.Proposed, proposal.State);
        Assert.Empty(proposal.Approvals);
    }

    [Fact]
    public async Task A_Vault_that_is_away_while_a_rotation_is_planned_costs_no_turn()
    {
        var (vault, shop) = await OpenAsync();
        await using var _ = vault;
        await using var __ = shop;
        await SetAsync(shop, Wish());
        var away = true;
        var clock = Clock(
            shop,
            async proposing =>
            {
                if (away)
                {
                    // As the kind tells it, which is held by the test below.
                    throw new CannotPlanException(
                        "Vault can't say what is there.",
                        new UpstreamException("Vault", UpstreamFault.Unreachable, "no connection")
                    );
                }
                return await proposing;
            }
        );
        shop.Time.SetUtcNow(new DateTimeOffset(2027, 3, 2, 2, 1, 0, TimeSpan.Zero));
        await clock.LookAsync(TestContext.Current.CancellationToken);
        Assert.Empty((await RulesAsync(shop)).Rules[0].State.Turns);
        Assert.DoesNotContain(shop.Audit.Entries, entry => entry.Action == RotationClock.FailedAction);
        away = false;
        shop.Time.Advance(TimeSpan.FromMinutes(1));
        await clock.LookAsync(TestContext.Current.CancellationToken);
        Assert.Single((await RulesAsync(shop)).Rules[0].State.Turns);
    }

    [Fact]
    public async Task What_cannot_be_planned_for_want_of_Vault_says_so_to_programs_too()
    {
        var (vault, shop) = await OpenAsync();
        await using var _ = vault;
        await using var __ = shop;
        await vault.SendAsync("vault", "PUT", "/v1/sys/seal", "{}", Root);
        var refused = await Assert.ThrowsAsync<CannotPlanException>(() =>
            shop.Proposals.ProposeAsync(
                Callers.Operator,
                new ProposalRequest(
                    "secret.rotate",
                    "rentguy",
                    "api/rotated",
                    System.Text.Json.JsonElement.Parse("{}"),
                    "now",
                    [],
                    "test"
                ),
                TestContext.Current.CancellationToken
            )
        );
        Assert.IsType<UpstreamException>(refused.InnerException);
    }
}
