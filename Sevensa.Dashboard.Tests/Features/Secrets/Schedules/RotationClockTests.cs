using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Secrets;
using Sevensa.Dashboard.Features.Secrets.Schedules;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Sandbox;

namespace Sevensa.Dashboard.Tests.Features.Secrets.Schedules;

/// <summary>Rules and what comes of them, against the Vault stand-in and the real store of proposals.</summary>
public class RotationClockTests
{
    private static readonly Dictionary<string, string> Root = new() { ["X-Vault-Token"] = "sandbox-root" };

    private sealed class House : IHouseZone
    {
        public TimeZoneInfo Zone => TimeZoneInfo.Utc;
    }

    private static Workshop Shop(string address, Workshop? sharing = null) =>
        new(
            services =>
            {
                services.AddSingleton(
                    Options.Create(
                        new SecretsOptions
                        {
                            Address = address,
                            SandboxToken = "sandbox-root",
                            DueDays = 30,
                        }
                    )
                );
                services.AddSingleton<Upstreams>();
                services.AddSingleton<VaultSession>();
                services.AddTransient(provider => new VaultClient(
                    new HttpClient { BaseAddress = new Uri(address.TrimEnd('/') + "/") },
                    provider.GetRequiredService<IOptions<SecretsOptions>>(),
                    provider.GetRequiredService<VaultSession>(),
                    provider.GetRequiredService<Upstreams>()
                ));
                services.AddSingleton<IHouseZone, House>();
                SecretsFeature.AddSecrets(services);
            },
            sharing: sharing
        );

    /// <summary>A Vault where one secret of the tenant is named, all others being left alone, and the shop a year later: at noon of a Monday.</summary>
    private static async Task<(StandIns Vault, Workshop Shop)> OpenAsync()
    {
        var vault = await StandIns.StartAsync();
        Assert.Equal(
            200,
            (
                await vault.SendAsync(
                    "vault",
                    "POST",
                    "/v1/secret/data/rentguy/api/rotated",
                    """{"data": {"password": "former"}}""",
                    Root
                )
            ).Status
        );
        var shop = Shop(vault.Address("vault"));
        shop.Time.SetUtcNow(new DateTimeOffset(2027, 3, 1, 12, 0, 0, TimeSpan.Zero));
        return (vault, shop);
    }

    private static RuleWish Wish(
        RotationMode mode = RotationMode.Propose,
        Risk upTo = Risk.Medium,
        int catchUp = 0,
        string? id = null
    ) =>
        new(
            id,
            "nights",
            ["api/rotated"],
            TimeZone: "UTC",
            Windows: [new WindowWish(null, "02:00", "04:00")],
            Mode: mode,
            UpTo: upTo,
            CatchUpHours: catchUp
        );

    private static Task SetAsync(Workshop shop, params RuleWish[] rules) =>
        shop
            .Services.GetRequiredService<ScheduleDesk>()
            .SetAsync(Callers.Operator, "rentguy", new ScheduleWish(rules), TestContext.Current.CancellationToken);

    private static async Task<IReadOnlyList<Proposal>> LookAtAsync(Workshop shop, int day, int hour, int minute = 0)
    {
        shop.Time.SetUtcNow(new DateTimeOffset(2027, 3, day, hour, minute, 0, TimeSpan.Zero));
        await shop.Services.GetRequiredService<RotationClock>().LookAsync(TestContext.Current.CancellationToken);
        return await shop.Proposals.ListAsync(
            Callers.Admin,
            new ProposalFilter(Tenant: "rentguy"),
            TestContext.Current.CancellationToken
        );
    }

    private static async Task<RotationTurn> TurnAsync(Workshop shop)
    {
        var (_, rules) = await shop
            .Services.GetRequiredService<ScheduleDesk>()
            .OfTenantAsync(Callers.Admin, "rentguy", TestContext.Current.CancellationToken);
        return rules[0].State.Turns[0];
    }

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
    public async Task The_calendar_says_what_comes_by_rules_and_what_falls_due_without_one()
    {
        var (vault, shop) = await OpenAsync();
        await using var _ = vault;
        await using var __ = shop;
        await SetAsync(shop, Wish());
        var scope = shop.Services.GetRequiredService<Sevensa.Dashboard.Features.Tenants.Contracts.ITenantScopes>();
        var coming = await shop
            .Services.GetRequiredService<RotationCalendar>()
            .OfAsync(scope.ForSystem("rentguy"), 70, TestContext.Current.CancellationToken);
        var mine = coming.Items.Where(one => one.Path == "api/rotated").ToList();
        Assert.Equal(new DateTimeOffset(2027, 3, 2, 2, 0, 0, TimeSpan.Zero), mine[0].At);
        Assert.True(mine[0].Overdue);
        // Thirty days later, and thirty days after that, if the first goes well.
        Assert.Equal([(2, 3), (1, 4), (1, 5)], mine.Select(one => (one.At.Day, one.At.Month)));
        Assert.True(mine[1].Repeats);
        Assert.Contains(coming.Items, one => one is { Kind: "due", Path: "api/database", Schedule: null });
    }
}
