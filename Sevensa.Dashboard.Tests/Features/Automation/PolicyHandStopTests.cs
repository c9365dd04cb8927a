using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Automation;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>What somebody stopped is left stopped; what died of itself is healed.</summary>
public sealed class PolicyHandStopTests
{
    private static readonly string api = new('a', 64);

    private static PolicyWish Stopped { get; } =
        PolicyShop.Wish(lasting: "0s", kind: "container.start") with
        {
            Trigger = new TriggerWish(TriggerKind.Container, State: ContainerTrouble.Stopped),
        };

    [Theory]
    [InlineData(143, "kill 15", "die", "stop")]
    [InlineData(137, "kill 15", "kill 9", "die", "stop")]
    [InlineData(1, "kill 15", "die", "stop")]
    [InlineData(137, "kill 9", "die")]
    [InlineData(143)]
    [InlineData(137)]
    [InlineData(130)]
    public async Task What_somebody_stopped_stays_stopped(int exitCode, params string[] told)
    {
        await using var shop = new PolicyShop();
        Ended(shop, exitCode, told);
        var policy = await shop.EnforcedAsync(Stopped);
        await shop.LookAsync(5);
        Assert.Equal(0, shop.Done);
        Assert.DoesNotContain(await shop.EvaluationsAsync(policy.Id!), one => one.Verdict == PolicyVerdict.Acted);
    }

    [Theory]
    [InlineData(1, "die")]
    [InlineData(137, "die")]
    [InlineData(139, "die")]
    [InlineData(1)]
    public async Task What_died_of_itself_is_started(int exitCode, params string[] told)
    {
        await using var shop = new PolicyShop();
        Ended(shop, exitCode, told);
        await shop.EnforcedAsync(Stopped);
        await shop.LookAsync(0.5);
        Assert.Equal(1, shop.Done);
    }

    [Fact]
    public async Task Restarts_by_hand_are_no_crash_loop()
    {
        await using var shop = new PolicyShop();
        for (var round = 0; round < 5; round++)
        {
            var at = shop.Now.AddMinutes(-5 + round);
            Tell(shop, at, "kill 15", "die", "stop", "start", "restart");
        }
        await shop.EnforcedAsync(
            Stopped with
            {
                Trigger = new TriggerWish(TriggerKind.Container, State: ContainerTrouble.CrashLoop, Count: 3),
                Action = new ActionWish("container.restart"),
            }
        );
        await shop.LookAsync(1);
        Assert.Equal(0, shop.Done);
        for (var round = 0; round < 3; round++)
        {
            Tell(shop, shop.Now.AddSeconds(round - 10), "die", "start");
        }
        await shop.LookAsync(0.5);
        Assert.Equal(1, shop.Done);
    }

    [Fact]
    public async Task What_dies_right_after_a_restart_by_hand_died_of_itself()
    {
        await using var shop = new PolicyShop();
        Tell(shop, shop.Now.AddMinutes(-1).AddMilliseconds(-200), "kill 15", "die", "stop", "start", "restart");
        Ended(shop, 1, "die");
        await shop.EnforcedAsync(Stopped);
        await shop.LookAsync(0.5);
        Assert.Equal(1, shop.Done);
    }

    [Fact]
    public async Task A_schedule_starts_what_was_stopped()
    {
        await using var shop = new PolicyShop();
        Ended(shop, 143, "kill 15", "die", "stop");
        await shop.EnforcedAsync(Stopped with { Trigger = new TriggerWish(TriggerKind.Schedule, Cron: "2 9 * * *") });
        await shop.LookAsync(4);
        Assert.Equal(1, shop.Done);
    }

    [Fact]
    public async Task Whatever_else_it_looks_at_it_does_not_start_what_somebody_stopped()
    {
        await using var shop = new PolicyShop();
        Ended(shop, 143, "kill 15", "die", "stop");
        var policy = await shop.EnforcedAsync(PolicyShop.Wish(lasting: "0s"));
        await shop.LookAsync(3, ScriptedMetrics.Stuck);
        Assert.Equal(0, shop.Done);
        Assert.Contains(
            "stopped by somebody",
            Assert.Single(await shop.EvaluationsAsync(policy.Id!)).Words,
            StringComparison.Ordinal
        );
    }

    private static void Ended(PolicyShop shop, int exitCode, params string[] told)
    {
        var at = shop.Now.AddMinutes(-1);
        shop.Shop.Fleet.Change(
            api,
            facts =>
                facts with
                {
                    State = "exited",
                    Health = "none",
                    ExitCode = exitCode,
                    FinishedAtUnixMs = at.ToUnixTimeMilliseconds(),
                }
        );
        Tell(shop, at, told);
    }

    private static void Tell(PolicyShop shop, DateTimeOffset at, params string[] told)
    {
        foreach (var (index, one) in told.Index())
        {
            var words = one.Split(' ');
            var attributes = new Dictionary<string, string>();
            if (words is ["kill", var signal])
            {
                attributes["signal"] = signal;
            }
            if (words is ["die"])
            {
                attributes["exitCode"] = "143";
            }
            shop.Shop.Fleet.Events.Add(
                new EngineEvent(
                    at.ToUnixTimeMilliseconds() + 10 * index,
                    "container",
                    words[0],
                    api,
                    "rentguy-api",
                    "rentguy",
                    "api",
                    attributes
                )
            );
        }
    }
}
