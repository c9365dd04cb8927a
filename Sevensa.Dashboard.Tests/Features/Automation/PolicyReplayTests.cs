using Sevensa.Dashboard.Features.Automation;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>Days with faults, played to the engine: never more than the budget, an end to it, and nothing on data that is missing.</summary>
public sealed class PolicyReplayTests
{
    private const int PerHour = 2;
    private const int PerDay = 5;

    /// <summary>A quarter of an hour is three looks after the first.</summary>
    private const int Looks = 3;

    private static readonly Told Away = new(
        _ => throw new UpstreamException("Prometheus", UpstreamFault.Unreachable, "connection refused"),
        false
    );

    private static readonly Told Late = new(
        _ => throw new UpstreamException("Prometheus", UpstreamFault.TimedOut, "no answer in 10 s"),
        false
    );

    private static readonly Told[] Lies =
    [
        Away,
        Late,
        new(at => ScriptedMetrics.Of(at, ("api", double.NaN)), false),
        new(at => ScriptedMetrics.Of(at, ("api", double.PositiveInfinity)), false),
        new(at => ScriptedMetrics.Of(at.AddHours(-1), ("api", 42)), false),
        new(at => ScriptedMetrics.Of(at.AddMinutes(-3), ("api", 42)), false),
        new(at => ScriptedMetrics.Of(at.AddDays(2), ("api", 42)), false),
        new(at => ScriptedMetrics.Of(at, ("another", 42)), false),
        new(at => ScriptedMetrics.Of(at, [.. Enumerable.Range(0, 40).Select(one => ($"s{one}", 42.0))]), false),
        new(
            at =>
                [
                    new MetricSample(
                        new Dictionary<string, string> { ["service"] = "api", ["tenant"] = "witcom" },
                        at.ToUnixTimeSeconds(),
                        42
                    ),
                ],
            false
        ),
        Told.Well,
    ];

    [Fact]
    public async Task A_figure_that_oscillates_sets_nothing_off()
    {
        await using var game = new PolicyReplay();
        await game.Shop.EnforcedAsync(Wish());
        await game.PlayAsync(TimeSpan.FromHours(8), look => Told.Of(look % 4 != 0));
        Assert.Empty(await game.DeedsAsync());
    }

    [Fact]
    public async Task While_an_upstream_comes_and_goes_nothing_is_done_and_once_it_stays_what_is_broken_is_healed()
    {
        await using var game = new PolicyReplay();
        var broken = true;
        game.OnDeed = _ => Task.FromResult(broken = false);
        await game.Shop.EnforcedAsync(Wish());
        await game.PlayAsync(TimeSpan.FromHours(3), look => look % 3 == 0 ? Away : Told.Of(broken));
        await game.PlayAsync(TimeSpan.FromHours(3), look => look % 3 == 1 ? Late : Told.Of(broken));
        // Whether nothing is wrong or nothing is told an empty answer does not say.
        await game.PlayAsync(TimeSpan.FromHours(3), _ => Told.Well);
        Assert.Empty(await game.DeedsAsync());
        await game.PlayAsync(TimeSpan.FromHours(6), _ => Told.Of(broken));
        var deeds = await game.DeedsAsync();
        Assert.Single(deeds);
        game.OnlyOnWhatHeld(deeds, Looks);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task However_the_clock_is_put_no_more_is_done_than_the_budget_of_the_time_that_goes_by(int seed)
    {
        await using var game = new PolicyReplay();
        var random = new Random(seed);
        await game.Shop.EnforcedAsync(Wish(forever: true));
        await game.PlayAsync(
            TimeSpan.FromHours(36),
            _ => Told.Stuck,
            _ =>
                random.Next(12) != 0
                    ? TimeSpan.Zero
                    : TimeSpan.FromMinutes(random.Next(1, 3000) * (random.Next(2) == 0 ? -1 : 1))
        );
        var deeds = await game.DeedsAsync();
        Assert.NotEmpty(deeds);
        PolicyReplay.WithinBudget(deeds, PerHour, PerDay);
        game.OnlyOnWhatHeld(deeds, Looks);
    }

    [Fact]
    public async Task What_is_never_healed_is_given_up_and_told()
    {
        await using var game = new PolicyReplay();
        var policy = await game.Shop.EnforcedAsync(Wish(afterBad: 2));
        await game.PlayAsync(TimeSpan.FromHours(6), _ => Told.Stuck);
        Assert.Equal(2, (await game.DeedsAsync()).Count);
        var now = await game.Shop.FindAsync(policy.Id!);
        Assert.Equal(PolicyStage.Shadow, now.Stage);
        Assert.Contains("still held", now.State!.StageWhy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_policies_against_each_other_come_to_an_end()
    {
        await using var game = new PolicyReplay();
        var up = true;
        var one = await game.Shop.EnforcedAsync(Wish("one > 1", "One", spent: SpentBudget.Demote));
        var other = await game.Shop.EnforcedAsync(Wish("other > 1", "Other", spent: SpentBudget.Demote));
        game.OnDeed = async action => up = await game.ByAsync(action) == $"policy:{other.Id}";
        await game.PlayAsync(
            TimeSpan.FromHours(30),
            _ => Told.Stuck,
            answer: (query, at) =>
                query.StartsWith("one", StringComparison.Ordinal) == up ? ScriptedMetrics.Stuck(at) : []
        );
        var deeds = await game.DeedsAsync();
        Assert.Equal(2, deeds.Select(deed => deed.By).Distinct().Count());
        PolicyReplay.WithinBudget(deeds, PerHour, PerDay);
        Assert.All(
            deeds.Zip(deeds.Skip(1)),
            pair => Assert.True(pair.Second.At - pair.First.At >= TimeSpan.FromMinutes(15))
        );
        Assert.True(deeds[^1].At < TimeSpan.FromDays(1), $"{deeds.Count}, the last after {deeds[^1].At}");
        Assert.Contains(
            PolicyStage.Shadow,
            new[] { (await game.Shop.FindAsync(one.Id!)).Stage, (await game.Shop.FindAsync(other.Id!)).Stage }
        );
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task An_upstream_that_lies_in_turns_is_not_believed(int seed)
    {
        await using var game = new PolicyReplay();
        var random = new Random(seed);
        await game.Shop.EnforcedAsync(Wish(lasting: "0s"));
        await game.PlayAsync(TimeSpan.FromHours(8), _ => Lies[random.Next(Lies.Length)]);
        Assert.Empty(await game.DeedsAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task In_a_storm_of_all_of_it_budgets_hold_and_what_is_missing_sets_nothing_off(int seed)
    {
        await using var game = new PolicyReplay();
        var random = new Random(seed);
        var broken = false;
        game.OnDeed = _ =>
        {
            broken = broken && random.Next(3) == 0;
            return Task.CompletedTask;
        };
        await game.Shop.EnforcedAsync(Wish(name: "One"));
        await game.Shop.EnforcedAsync(Wish("queue_length > 20", name: "Other"));
        await game.PlayAsync(
            TimeSpan.FromHours(30),
            _ =>
            {
                broken = broken || random.Next(40) == 0;
                return random.Next(15) == 0 ? Lies[random.Next(Lies.Length)] : Told.Of(broken);
            },
            _ => random.Next(60) == 0 ? TimeSpan.FromMinutes(random.Next(-600, 600)) : TimeSpan.Zero
        );
        var stormy = await game.DeedsAsync();
        Assert.NotEmpty(stormy);
        PolicyReplay.WithinBudget(stormy, PerHour, PerDay);
        game.OnlyOnWhatHeld(stormy, Looks);
        // Then it is calm, and an action helps.
        game.OnDeed = _ => Task.FromResult(broken = false);
        await game.PlayAsync(TimeSpan.FromHours(26), _ => Told.Of(broken));
        var calm = (await game.DeedsAsync()).Skip(stormy.Count).ToList();
        Assert.InRange(calm.Count, 0, 1);
        Assert.False(broken);
    }

    private static PolicyWish Wish(
        string query = PolicyShop.Trouble,
        string name = "Stuck",
        string lasting = "15m",
        int afterBad = 10,
        bool forever = false,
        SpentBudget spent = SpentBudget.Wait
    ) =>
        PolicyShop.Wish(
            query,
            lasting,
            "10m",
            PerHour,
            PerDay,
            "10m",
            name: name,
            spent: spent,
            afterBad: afterBad
        ) with
        {
            Outcome = new OutcomeWish(forever ? "10s" : "10m", !forever),
        };
}
