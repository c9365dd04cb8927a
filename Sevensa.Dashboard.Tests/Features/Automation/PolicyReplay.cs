using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Automation;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>What an upstream says at a look.</summary>
/// <param name="Held">Whether that is a trigger that holds; false for everything else, the truth and lies.</param>
internal sealed record Told(Func<DateTimeOffset, IReadOnlyList<MetricSample>> Says, bool Held)
{
    public static Told Stuck { get; } = new(ScriptedMetrics.Stuck, true);
    public static Told Well { get; } = new(ScriptedMetrics.Well, false);

    public static Told Of(bool stuck) => stuck ? Stuck : Well;
}

/// <summary>Something that was done, by the time that really goes by.</summary>
internal sealed record Deed(int Look, TimeSpan At, string By);

/// <summary>
/// Plays days to the real engine, a look every five minutes: what the upstream says, where the clock is put and what an action does are the
/// game's; what was done when is told by the time that really goes by, whatever clock the engine believed.
/// </summary>
internal sealed class PolicyReplay : IAsyncDisposable
{
    public static readonly TimeSpan Every = TimeSpan.FromMinutes(5);

    private readonly MovedClock clock = new();
    private readonly DateTimeOffset began;
    private readonly List<(int Look, TimeSpan At, string Action)> delivered = [];
    private readonly List<bool> held = [];
    private readonly List<bool> moved = [];

    public PolicyReplay()
    {
        Shop = new PolicyShop(
            clock,
            services =>
                services.AddSingleton(Options.Create(new AutomationOptions { EverySeconds = (int)Every.TotalSeconds }))
        );
        clock.Under = Shop.Shop.Time;
        began = Shop.Shop.Time.GetUtcNow();
        var done = Shop.Shop.Link.OnDeliver;
        Shop.Shop.Link.OnDeliver = async action =>
        {
            delivered.Add((held.Count - 1, Real, action.ActionId));
            if (OnDeed is { } work)
            {
                await work(action.ActionId);
            }
            return await done(action);
        };
    }

    public PolicyShop Shop { get; }

    /// <summary>What an action does to the world.</summary>
    public Func<string, Task>? OnDeed { get; set; }

    /// <summary>So long it has really gone by.</summary>
    public TimeSpan Real => Shop.Shop.Time.GetUtcNow() - began;

    public async Task<string> ByAsync(string action) => (await Shop.Shop.FindAsync(action)).RequestedBy.Id;

    /// <param name="says">What the upstream says at each look.</param>
    /// <param name="jump">How far the clock is put on or back before a look.</param>
    /// <param name="answer">In place of <paramref name="says"/>, by the query.</param>
    public async Task PlayAsync(
        TimeSpan span,
        Func<int, Told> says,
        Func<int, TimeSpan>? jump = null,
        Func<string, DateTimeOffset, IReadOnlyList<MetricSample>>? answer = null
    )
    {
        for (var end = Real + span; Real < end; Shop.Advance(Every))
        {
            var look = held.Count;
            var by = jump?.Invoke(look) ?? TimeSpan.Zero;
            clock.Moved += by;
            var told = says(look);
            held.Add(told.Held);
            moved.Add(by != TimeSpan.Zero);
            Shop.Metrics.Answer = answer ?? ((_, at) => told.Says(at));
            // Of a figure that two policies compare with different numbers it is asked for the figure.
            Shop.Metrics.Present = at =>
                ReferenceEquals(told, Told.Well) ? ScriptedMetrics.Of(at, ("api", 3)) : told.Says(at);
            await Shop.Engine.LookAsync(CancellationToken.None);
            await Shop.SettledAsync();
        }
    }

    public async Task<IReadOnlyList<Deed>> DeedsAsync()
    {
        await Shop.SettledAsync();
        var deeds = new List<Deed>();
        foreach (var (look, at, action) in delivered.ToList())
        {
            deeds.Add(new Deed(look, at, await ByAsync(action)));
        }
        return deeds;
    }

    /// <summary>Of no policy more than its budget, in any hour and any day that really went by.</summary>
    public static void WithinBudget(IReadOnlyList<Deed> deeds, int perHour, int perDay)
    {
        foreach (var own in deeds.GroupBy(deed => deed.By))
        {
            Assert.All(
                own,
                last =>
                {
                    Assert.InRange(own.Count(deed => IsWithin(deed, last, TimeSpan.FromHours(1))), 1, perHour);
                    Assert.InRange(own.Count(deed => IsWithin(deed, last, TimeSpan.FromDays(1))), 1, perDay);
                }
            );
        }

        static bool IsWithin(Deed deed, Deed last, TimeSpan span) => deed.At <= last.At && last.At - deed.At < span;
    }

    /// <summary>Each after the trigger was told to hold on end, for as many looks before, without a clock that was moved between.</summary>
    public void OnlyOnWhatHeld(IReadOnlyList<Deed> deeds, int looks) =>
        Assert.All(
            deeds,
            deed =>
            {
                Assert.True(deed.Look >= looks, $"at look {deed.Look}");
                for (var look = deed.Look - looks; look <= deed.Look; look++)
                {
                    Assert.True(held[look], $"done at look {deed.Look}, and at {look} it was not told to hold");
                    Assert.False(look > deed.Look - looks && moved[look], $"the clock was moved at {look}");
                }
            }
        );

    public ValueTask DisposeAsync() => Shop.DisposeAsync();
}
