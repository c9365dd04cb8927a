using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Tests.Runner;

namespace Sevensa.Dashboard.Tests.Features.Hosts;

/// <summary>A real runner on a real hub: it measures for whoever looks, and for nobody only now and then.</summary>
public class UsageViewersTests
{
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
        clock.Advance(TimeSpan.FromSeconds(7));
        var readings = engine.Readings;
        clock.Advance(TimeSpan.FromSeconds(30));
        server.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.InRange(engine.Readings, readings, readings + 1);

        var looking = server
            .Services.GetRequiredService<IUsageViewers>()
            .LookAsync("rentguy", TestContext.Current.CancellationToken);
        await looking;
        Assert.True(server.Fleet.Find(id)!.Usage!.TimeUnixMs >= first.TimeUnixMs + 30_000);
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
