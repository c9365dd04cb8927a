using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Tests.Runner;

namespace Sevensa.Dashboard.Tests.Features.Hosts;

/// <summary>A real runner on a real hub: it measures for whoever looks, and for nobody only now and then.</summary>
public class UsageViewersTests
{
    private const int Steps = 6;
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Nobody_looks_and_nothing_is_measured_and_whoever_looks_first_sees_new_figures()
    {
        await using var server = await HubServer.StartAsync();
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        using var engine = new FakeEngine(clock);
        var id = engine.Add("rentguy-api-1").Id;
        server.AddRunner("vps-1", engine, time: clock);
        // The first figures come by themselves, for whoever will look.
        var first = await server.WhenAsync(fleet =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(100));
            return fleet.Find(id)?.Usage;
        });
        var viewers = server.Services.GetRequiredService<IUsageViewers>();
        var longest = TimeSpan.Zero;
        await LookAsync();
        for (var step = 0; step < Steps; step++)
        {
            // Somebody looks: it is measured at every step, which also tells how long this machine takes for it.
            var before = engine.Readings;
            var since = Stopwatch.StartNew();
            Pass(Step);
            await Eventually.TrueAsync("a reading", _ => Task.FromResult(engine.Readings > before));
            longest = since.Elapsed > longest ? since.Elapsed : longest;
        }
        Pass(TimeSpan.FromMinutes(2));
        await SettledAsync();
        var readings = engine.Readings;
        for (var step = 0; step < Steps; step++)
        {
            Pass(Step);
            await SettledAsync();
        }
        Assert.InRange(engine.Readings, readings, readings + 1);

        await LookAsync();
        Assert.True(server.Fleet.Find(id)!.Usage!.TimeUnixMs >= first.TimeUnixMs + 150_000);

        Task LookAsync() =>
            viewers
                .LookAsync("rentguy", TestContext.Current.CancellationToken)
                .WaitAsync(Patience.Usual, TestContext.Current.CancellationToken);

        void Pass(TimeSpan time)
        {
            clock.Advance(time);
            server.Time.Advance(time);
        }

        // As long as several readings took.
        Task SettledAsync() =>
            Task.Delay(TimeSpan.FromMilliseconds(50) + (longest * 3), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_runner_that_does_not_know_the_question_keeps_nobody_waiting()
    {
        await using var server = await HubServer.StartAsync();
        await using var runner = await RawRunner.ConnectAsync(server, "vps-1");
        await runner.InventoryAsync(Samples.Container("rentguy-api-1"));
        await server.WhenAsync(fleet => fleet.ContainersOf("rentguy").SingleOrDefault());
        await server
            .Services.GetRequiredService<IUsageViewers>()
            .LookAsync("rentguy", TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }
}
