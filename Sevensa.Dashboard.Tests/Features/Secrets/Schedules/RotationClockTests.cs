using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Secrets.Schedules;
using Sevensa.Dashboard.Tests.Features.Actions;
using static Sevensa.Dashboard.Tests.Features.Secrets.Schedules.RotationHouse;

namespace Sevensa.Dashboard.Tests.Features.Secrets.Schedules;

/// <summary>Rules and what comes of them, against the Vault stand-in and the real store of proposals.</summary>
public class RotationClockTests
{
    [Fact]
    public async Task What_is_due_is_proposed_once_in_its_window_and_waits_for_a_person()
    {
        var (vault, shop) = await OpenAsync();
        await using var _ = vault;
        await using var __ = shop;
        await SetAsync(shop, Wish());
        Assert.Empty(await LookAtAsync(shop, 1, 23));
        var proposal = Assert.Single(await LookAtAsync(shop, 2, 2, 1));
        Assert.Equal(
            (ProposalState.Proposed, "secret.rotate", "api/rotated"),
            (proposal.State, proposal.Kind, proposal.Target)
        );
        Assert.Equal("schedule", proposal.RequestedBy.Via);
        Assert.Contains("nights", proposal.Reason, StringComparison.Ordinal);
        Assert.Single(await LookAtAsync(shop, 2, 2, 2));
        Assert.Equal(proposal.Id, (await TurnAsync(shop)).Proposal);
        // Nobody approved it in time: the next window asks again.
        await shop.SweepAsync();
        Assert.Equal(2, (await LookAtAsync(shop, 3, 2, 1)).Count);
    }

    [Fact]
    public async Task What_the_rule_does_is_approved_by_who_set_it_and_carried_out()
    {
        var (vault, shop) = await OpenAsync();
        await using var _ = vault;
        await using var __ = shop;
        await SetAsync(shop, Wish(RotationMode.Do));
        // What is written now is new by Vault's clock too.
        vault.Clock.Advance(new DateTimeOffset(2027, 3, 2, 2, 1, 0, TimeSpan.Zero) - vault.Clock.GetUtcNow());
        var proposal = Assert.Single(await LookAtAsync(shop, 2, 2, 1));
        var ended = await shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
        Assert.Equal("id-operator", Assert.Single(ended.Approvals).ById);
        Assert.Contains(
            shop.Audit.Entries,
            entry =>
                entry.Action == "proposal.approved"
                && entry.Actor.Via?.StartsWith("schedule:", StringComparison.Ordinal) == true
        );
        Assert.Contains("operator", (await TurnAsync(shop)).Words, StringComparison.Ordinal);
        // It is new now, and not due.
        Assert.Single(await LookAtAsync(shop, 3, 2, 1));
    }

    [Fact]
    public async Task Who_may_not_approve_any_more_approves_nothing_by_their_rule()
    {
        var (vault, shop) = await OpenAsync();
        await using var _ = vault;
        await using var __ = shop;
        await SetAsync(shop, Wish(RotationMode.Do));
        var people = (StubPeople)
            shop.Services.GetRequiredService<Sevensa.Dashboard.Features.Identity.Contracts.IPeople>();
        people.Changed[Callers.Operator.Subject] = null;
        Assert.Equal(ProposalState.Proposed, Assert.Single(await LookAtAsync(shop, 2, 2, 1)).State);
        Assert.Contains("no account", (await TurnAsync(shop)).Words, StringComparison.Ordinal);
        people.Changed[Callers.Operator.Subject] = Callers.Viewer with { Subject = Callers.Operator.Subject };
        Assert.All(
            await LookAtAsync(shop, 3, 2, 1),
            proposal => Assert.NotEqual(ProposalState.Succeeded, proposal.State)
        );
        Assert.Contains("could not approve", (await TurnAsync(shop)).Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rule_that_was_set_by_a_token_approves_nothing_once_that_is_taken_back()
    {
        var (vault, shop) = await OpenAsync();
        await using var _ = vault;
        await using var __ = shop;
        await shop
            .Services.GetRequiredService<ScheduleDesk>()
            .SetAsync(
                Callers.Operator with
                {
                    Client = "token:lost",
                    Token = "lost",
                },
                "rentguy",
                new ScheduleWish([Wish(RotationMode.Do)]),
                TestContext.Current.CancellationToken
            );
        ((StubPeople)shop.Services.GetRequiredService<IPeople>()).TakenBack["lost"] = true;
        Assert.Equal(ProposalState.Proposed, Assert.Single(await LookAtAsync(shop, 2, 2, 1)).State);
        Assert.Contains("was taken back", (await TurnAsync(shop)).Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_account_whose_claim_nobody_looked_at_for_long_approves_nothing_by_its_rule()
    {
        var (vault, shop) = await OpenAsync();
        await using var _ = vault;
        await using var __ = shop;
        await SetAsync(shop, Wish(RotationMode.Do));
        ((StubPeople)shop.Services.GetRequiredService<IPeople>()).NotLookedAt[Callers.Operator.Subject] = true;
        Assert.Equal(ProposalState.Proposed, Assert.Single(await LookAtAsync(shop, 2, 2, 1)).State);
        Assert.Contains("twelve hours", (await TurnAsync(shop)).Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rule_that_does_low_risk_only_proposes_what_is_of_medium_risk()
    {
        var (vault, shop) = await OpenAsync();
        await using var _ = vault;
        await using var __ = shop;
        await SetAsync(shop, Wish(RotationMode.Do, Risk.Low));
        Assert.Equal(ProposalState.Proposed, Assert.Single(await LookAtAsync(shop, 2, 2, 1)).State);
        Assert.Contains("risk is medium", (await TurnAsync(shop)).Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_a_night_away_a_rule_makes_up_for_it_when_it_says_so()
    {
        var (vault, shop) = await OpenAsync();
        await using var _ = vault;
        await using var __ = shop;
        await SetAsync(shop, Wish(catchUp: 8));
        // Nobody looked between two and four.
        var proposal = Assert.Single(await LookAtAsync(shop, 2, 9));
        Assert.Contains("missed in its window", proposal.Reason, StringComparison.Ordinal);
        Assert.True((await TurnAsync(shop)).Late);
    }

    [Fact]
    public async Task Without_that_it_waits_for_the_next_window()
    {
        var (vault, shop) = await OpenAsync();
        await using var _ = vault;
        await using var __ = shop;
        await SetAsync(shop, Wish());
        Assert.Empty(await LookAtAsync(shop, 2, 9));
        Assert.Single(await LookAtAsync(shop, 3, 3, 59));
    }

    [Fact]
    public async Task What_comes_between_the_last_look_and_the_end_of_the_window_is_taken_up()
    {
        var (vault, shop) = await OpenAsync();
        await using var _ = vault;
        await using var __ = shop;
        // It is new, and falls due in the last minute of a window.
        vault.Clock.SetUtcNow(shop.Time.GetUtcNow());
        await vault.SendAsync(
            "vault",
            "POST",
            "/v1/secret/data/rentguy/api/rotated",
            """{"data": {"password": "new"}}""",
            Root
        );
        var due = shop.Time.GetUtcNow().AddDays(1);
        var end = new DateTimeOffset(due.Year, due.Month, due.Day, due.Hour, due.Minute, 0, TimeSpan.Zero).AddMinutes(
            1
        );
        await SetAsync(
            shop,
            Wish() with
            {
                EveryDays = 1,
                Windows = [new WindowWish(null, $"{end.AddHours(-2):HH:mm}", $"{end:HH:mm}")],
            }
        );
        var clock = shop.Services.GetRequiredService<RotationClock>();
        shop.Time.SetUtcNow(due.AddSeconds(-30));
        await clock.LookAsync(TestContext.Current.CancellationToken);
        Assert.Empty(await ProposalsAsync(shop));
        shop.Time.SetUtcNow(end.AddSeconds(1));
        await clock.LookAsync(TestContext.Current.CancellationToken);
        Assert.Single(await ProposalsAsync(shop));
        Assert.False((await TurnAsync(shop)).Late);
    }
}
