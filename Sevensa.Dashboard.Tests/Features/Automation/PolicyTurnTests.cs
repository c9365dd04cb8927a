using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Automation;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>Of several dashboards on one store one looks, and what is asked alike is asked once.</summary>
public sealed class PolicyTurnTests
{
    [Fact]
    public async Task Policies_that_ask_the_same_share_one_question()
    {
        await using var shop = new PolicyShop();
        for (var one = 0; one < 20; one++)
        {
            await shop.ShadowAsync(PolicyShop.Wish(name: $"Policy {one}"));
        }
        await shop.Engine.LookAsync(default);
        Assert.Equal(1, shop.Metrics.Asked);
    }

    [Fact]
    public async Task Of_two_dashboards_on_one_store_one_looks()
    {
        await using var shop = new PolicyShop();
        await shop.ShadowAsync(PolicyShop.Wish());
        await shop.Engine.LookAsync(default);
        var other = shop.Another();
        await other.LookAsync(default);
        Assert.Equal(1, shop.Metrics.Asked);
        // The first is gone: the other takes over.
        shop.Advance(TimeSpan.FromMinutes(5));
        await other.LookAsync(default);
        Assert.Equal(2, shop.Metrics.Asked);
    }

    [Fact]
    public async Task Who_lost_the_lead_over_a_long_look_does_not_act_on_what_it_saw()
    {
        await using var shop = new PolicyShop();
        await shop.EnforcedAsync(PolicyShop.Wish(lasting: "0s", cooldown: "0s", perHour: 20, perDay: 100));
        shop.Metrics.Answer = (_, at) => ScriptedMetrics.Stuck(at);
        var other = shop.Another();
        shop.Metrics.Meanwhile = async () =>
        {
            // It hangs for as long as another may think that it is gone.
            await shop.Store.LeadAsync(
                "somebody else",
                shop.Now.AddMinutes(10),
                shop.Now.AddSeconds(-1),
                CancellationToken.None
            );
            await other.LookAsync(CancellationToken.None);
            await shop.SettledAsync();
        };
        await shop.Engine.LookAsync(CancellationToken.None);
        await shop.SettledAsync();
        Assert.Equal(1, shop.Done);
    }

    [Fact]
    public async Task Who_lost_the_lead_does_nothing_before_the_other_did_anything()
    {
        await using var shop = new PolicyShop();
        await shop.EnforcedAsync(PolicyShop.Wish(lasting: "0s"));
        shop.Metrics.Answer = (_, at) => ScriptedMetrics.Stuck(at);
        shop.Metrics.Meanwhile = () =>
            shop.Store.LeadAsync(
                "somebody else",
                shop.Now.AddMinutes(10),
                shop.Now.AddSeconds(80),
                CancellationToken.None
            );
        await shop.Engine.LookAsync(CancellationToken.None);
        await shop.SettledAsync();
        Assert.Equal(0, shop.Done);
    }

    [Fact]
    public async Task A_look_that_hangs_is_given_up_and_another_takes_the_lead()
    {
        await using var shop = new PolicyShop();
        await shop.ShadowAsync(PolicyShop.Wish());
        var (begun, hangs) = (new TaskCompletionSource(), new TaskCompletionSource());
        shop.Metrics.Meanwhile = () =>
        {
            begun.SetResult();
            return hangs.Task;
        };
        var look = shop.Engine.LookAsync(CancellationToken.None);
        await begun.Task.WaitAsync(Patience.Usual);
        var other = shop.Another();
        await other.LookAsync(CancellationToken.None);
        Assert.Equal(1, shop.Metrics.Asked);
        using var patience = new CancellationTokenSource(Patience.Usual);
        while (!look.IsCompleted)
        {
            // Second by second: time may go on before it is waited for.
            shop.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(1, patience.Token);
        }
        await look;
        await other.LookAsync(CancellationToken.None);
        Assert.Equal(2, shop.Metrics.Asked);
    }

    [Fact]
    public async Task What_was_read_too_long_ago_is_not_acted_on()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.EnforcedAsync(PolicyShop.Wish(lasting: "0s"));
        shop.Metrics.Answer = (_, at) => ScriptedMetrics.Stuck(at);
        // Another policy's question hangs for longer than what was read before it is worth.
        await shop.ShadowAsync(PolicyShop.Wish("slow_length > 10", name: "Slow"));
        using var asked = new ManualResetEventSlim();
        shop.Metrics.Hangs = query =>
        {
            if (!query.StartsWith("slow", StringComparison.Ordinal))
            {
                asked.Set();
                return;
            }
            Assert.True(asked.Wait(Patience.Usual));
            shop.Advance(TimeSpan.FromSeconds(95));
        };
        await shop.Engine.LookAsync(CancellationToken.None);
        await shop.SettledAsync();
        Assert.Equal(0, shop.Done);
        shop.Metrics.Hangs = null;
        await shop.LookAsync(0.5);
        Assert.Equal(1, shop.Done);
        Assert.Equal(PolicyStage.Enforced, (await shop.FindAsync(policy.Id!)).Stage);
    }

    [Fact]
    public async Task What_of_one_can_not_be_read_keeps_no_other_from_being_looked_at()
    {
        await using var shop = new PolicyShop();
        await shop.EnforcedAsync(PolicyShop.Wish(lasting: "0s"));
        await shop.ShadowAsync(PolicyShop.Wish("odd_length > 10", name: "Odd"));
        shop.Metrics.Answer = (query, at) =>
            query.StartsWith("odd", StringComparison.Ordinal)
                ? throw new InvalidOperationException("nobody foresaw this")
                : ScriptedMetrics.Stuck(at);
        await shop.LookAsync(0.5);
        Assert.Equal(1, shop.Done);
    }

    [Fact]
    public async Task A_lead_taken_by_a_clock_that_was_ahead_is_taken_over()
    {
        await using var shop = new PolicyShop();
        await shop.ShadowAsync(PolicyShop.Wish());
        await shop.Store.LeadAsync(
            "somebody else",
            shop.Now.AddDays(300),
            shop.Now.AddDays(300).AddSeconds(90),
            CancellationToken.None
        );
        await shop.Engine.LookAsync(CancellationToken.None);
        Assert.Equal(1, shop.Metrics.Asked);
    }

    [Fact]
    public async Task Who_goes_gives_the_lead_back()
    {
        await using var shop = new PolicyShop();
        await shop.ShadowAsync(PolicyShop.Wish());
        await shop.Engine.LookAsync(CancellationToken.None);
        await shop.Engine.LeaveAsync();
        await shop.Another().LookAsync(CancellationToken.None);
        Assert.Equal(2, shop.Metrics.Asked);
    }

    [Fact]
    public async Task A_time_that_came_while_the_lead_ran_out_is_kept()
    {
        await using var shop = new PolicyShop();
        await shop.EnforcedAsync(
            PolicyShop.Wish(lasting: "0s") with
            {
                Trigger = new TriggerWish(TriggerKind.Schedule, Cron: "5 9 * * *"),
            }
        );
        await shop.LookAsync(4.5);
        // The first dies without a word, just before the time.
        shop.Advance(TimeSpan.FromSeconds(130));
        await shop.LookAsync(0.5, by: shop.Another());
        Assert.Equal(1, shop.Done);
    }

    [Fact]
    public async Task The_lead_is_kept_over_a_long_look()
    {
        await using var shop = new PolicyShop();
        await shop.ShadowAsync(PolicyShop.Wish());
        var other = shop.Another();
        shop.Metrics.Meanwhile = async () =>
        {
            using var patience = new CancellationTokenSource(Patience.Usual);
            for (var renewal = 0; renewal < 5; renewal++)
            {
                var until = (await shop.Store.TurnAsync(patience.Token)).LedUntil;
                // Second by second: time may go on before it is waited for.
                while ((await shop.Store.TurnAsync(patience.Token)).LedUntil == until)
                {
                    shop.Advance(TimeSpan.FromSeconds(1));
                    await Task.Delay(5, patience.Token);
                }
                await other.LookAsync(patience.Token);
            }
        };
        await shop.Engine.LookAsync(CancellationToken.None);
        Assert.Equal(1, shop.Metrics.Asked);
    }
}
