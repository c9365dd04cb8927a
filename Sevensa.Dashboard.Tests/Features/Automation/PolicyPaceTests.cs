using System.Diagnostics;
using System.Globalization;
using Sevensa.Dashboard.Features.Automation;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>As many policies as a tenant has are looked at in time, and asked for no more than a dashboard asks for.</summary>
public sealed class PolicyPaceTests
{
    private const int Services = 50;
    private const int Looks = 3;

    private static readonly string[] Shown = ["share_of_memory", "cores", "requests", "queue_length"];

    [Fact]
    public async Task Two_hundred_policies_over_fifty_services_take_less_than_a_second_and_four_questions()
    {
        await using var shop = new PolicyShop();
        for (var service = 1; service <= Services; service++)
        {
            for (var shown = 0; shown < Shown.Length; shown++)
            {
                // Each has a number of its own to compare with; a tenth of them hold, and wait.
                var beyond = shown == 3 && service <= 20 ? service / 100.0 : 1000 + service;
                await shop.ShadowAsync(
                    PolicyShop.Wish(
                        string.Create(CultureInfo.InvariantCulture, $"{Shown[shown]} > {beyond}"),
                        "1h",
                        name: $"Watch {service} {shown}",
                        services: $"s{service}"
                    )
                );
            }
        }
        shop.Metrics.Present = at =>
            ScriptedMetrics.Of(at, [.. Enumerable.Range(1, Services).Select(one => ($"s{one}", 5.0))]);
        await shop.LookAsync(0.5);
        var asked = shop.Metrics.Asked;
        List<TimeSpan> taken = [];
        for (var look = 0; look < Looks; look++)
        {
            var clock = Stopwatch.StartNew();
            await shop.Engine.LookAsync(CancellationToken.None);
            taken.Add(clock.Elapsed);
            shop.Advance(TimeSpan.FromSeconds(30));
        }
        Assert.Equal(Looks * Shown.Length, shop.Metrics.Asked - asked);
        // Of several, since others use the machine too.
        Assert.True(taken.Min() < TimeSpan.FromSeconds(1), string.Join(", ", taken));
    }

    [Fact]
    public async Task From_a_sample_to_the_dispatched_action_is_a_look_and_less_than_a_second()
    {
        await using var shop = new PolicyShop();
        await shop.EnforcedAsync(PolicyShop.Wish(lasting: "0s", cooldown: "0s", perHour: 20, perDay: 20));
        List<TimeSpan> taken = [];
        for (var round = 0; round < Looks; round++)
        {
            shop.Metrics.Answer = (_, at) => ScriptedMetrics.Stuck(at);
            var (before, clock) = (shop.Done, Stopwatch.StartNew());
            await shop.Engine.LookAsync(CancellationToken.None);
            taken.Add(clock.Elapsed);
            await shop.SettledAsync();
            Assert.Equal(before + 1, shop.Done);
            await shop.LookAsync(3, ScriptedMetrics.Well);
        }
        // Policies are looked at every second where that matters: with the look itself it is less than two.
        Assert.True(taken.Min() < TimeSpan.FromSeconds(1), string.Join(", ", taken));
    }

    [Fact]
    public async Task Thirty_days_of_fifty_services_minute_by_minute_take_less_than_ten_seconds()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.Desk.AddAsync(Callers.Operator, PolicyShop.Wish() with { Services = [] }, default);
        shop.Metrics.Past = (_, from, to, step) =>
        {
            var count = (int)((to - from) / step) + 1;
            double[] times =
            [
                .. Enumerable.Range(0, count).Select(at => from.ToUnixTimeSeconds() + at * step.TotalSeconds),
            ];
            return
            [
                .. Enumerable
                    .Range(1, Services)
                    .Select(one => new MetricSeries(
                        new Dictionary<string, string> { ["service"] = $"s{one}" },
                        times,
                        // One after the other: what holds for many at once is acted on for none.
                        [.. Enumerable.Range(0, count).Select(at => (at + one) % 60 < 10 ? 42 : double.NaN)]
                    )),
            ];
        };
        var clock = Stopwatch.StartNew();
        var result = await shop.Desk.BacktestAsync(Callers.Viewer, policy.Id!, 30, default);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), clock.Elapsed.ToString());
        Assert.True(result.Acted > 0);
    }
}
