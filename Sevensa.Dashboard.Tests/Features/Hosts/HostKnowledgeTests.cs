using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Tests.Runner;

namespace Sevensa.Dashboard.Tests.Features.Hosts;

/// <summary>Nothing told is not nothing there; and a clock is not judged by a message that was under way.</summary>
public class HostKnowledgeTests
{
    private static Unready? Missing(HubServer server) =>
        server.Services.GetServices<IReadiness>().Select(one => one.Missing()).SingleOrDefault(one => one is not null);

    [Fact]
    public async Task After_a_start_what_hosts_have_not_told_is_not_known_yet()
    {
        await using var server = await HubServer.StartAsync();
        Assert.Null(Missing(server));
        await using var one = await RawRunner.ConnectAsync(server, "vps-1", ["rentguy"]);
        await using var other = await RawRunner.ConnectAsync(server, "vps-2", ["witcom"]);
        await one.InventoryAsync(Samples.Container("rentguy-api-1"));
        await other.InventoryAsync();
        Assert.Null(Missing(server));

        await server.RestartAsync();
        Assert.Equal(["vps-1", "vps-2"], server.Fleet.NotTold);
        var missing = Missing(server)!;
        Assert.Equal(("hostsNotTold", true), (missing.Status, missing.Waits));
        Assert.Contains("2 hosts", missing.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("vps", missing.Message, StringComparison.Ordinal);
        var none = Assert.Throws<NotKnownYetException>(() => server.Fleet.MustKnow("rentguy"));
        Assert.Contains("No host has told yet", none.Message, StringComparison.Ordinal);

        await other.ComeBackAsync(server);
        // Connected is not told.
        Assert.Equal(["vps-1", "vps-2"], server.Fleet.NotTold);
        await other.InventoryAsync();
        Assert.Equal(["vps-1"], server.Fleet.NotTold);
        // It may not run witcom's containers, so of those everything is known.
        server.Fleet.MustKnow("witcom");
        var yet = Assert.Throws<NotKnownYetException>(() => server.Fleet.MustKnow("rentguy"));
        Assert.Contains("vps-1 has not told yet", yet.Message, StringComparison.Ordinal);

        // One that does not come is said, and not waited for for ever.
        server.Time.Advance(TimeSpan.FromMinutes(3));
        server.Fleet.MustKnow("rentguy");
        Assert.False(Missing(server)!.Waits);
        await one.ComeBackAsync(server);
        await one.InventoryAsync();
        Assert.Null(Missing(server));
    }

    [Fact]
    public async Task A_host_whose_Docker_does_not_answer_has_told_nothing()
    {
        await using var server = await HubServer.StartAsync();
        await using var runner = await RawRunner.ConnectAsync(
            server,
            "vps-1",
            hello: facts => facts with { EngineVersion = "" }
        );
        await runner.InventoryAsync();
        Assert.Equal(["vps-1"], server.Fleet.NotTold);
        Assert.False(server.Fleet.Knows(runner.HostId));
    }

    [Fact]
    public async Task A_hello_that_was_long_under_way_does_not_put_the_clock_behind()
    {
        await using var server = await HubServer.StartAsync();
        await using var runner = await RawRunner.ConnectAsync(
            server,
            "vps-1",
            clock: () => server.Time.GetUtcNow().ToUnixTimeMilliseconds() + 7,
            hello: facts => facts with { ClockUnixMs = facts.ClockUnixMs - 13_700 }
        );
        Assert.Null(Assert.Single(server.Fleet.Hosts).Trouble);
        var host = await server.WhenAsync(fleet => fleet.Hosts.FirstOrDefault(host => host.ClockSkewMs != 0));
        Assert.InRange(host.ClockSkewMs, -100, 100);
        Assert.Null(host.Trouble);
    }

    [Fact]
    public async Task A_clock_that_is_behind_is_told_by_the_round_trip()
    {
        await using var server = await HubServer.StartAsync();
        await using var runner = await RawRunner.ConnectAsync(
            server,
            "vps-1",
            clock: () => server.Time.GetUtcNow().ToUnixTimeMilliseconds() - 20_000
        );
        var host = await server.WhenAsync(fleet => fleet.Hosts.FirstOrDefault(host => host.Trouble is not null));
        Assert.Contains("20 s behind", host.Trouble, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_slow_answer_does_not_end_the_watch_over_a_clock()
    {
        await using var server = await HubServer.StartAsync();
        var asked = 0;
        var never = new TaskCompletionSource<long>();
        await using var runner = await RawRunner.ConnectAsync(
            server,
            "vps-1",
            slowClock: () =>
                Interlocked.Increment(ref asked) == 1
                    ? never.Task
                    : Task.FromResult(server.Time.GetUtcNow().ToUnixTimeMilliseconds() - 20_000)
        );
        using var giveUp = new CancellationTokenSource(Patience.Usual);
        while (server.Fleet.Hosts.Single().Trouble is null)
        {
            server.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(10, giveUp.Token);
        }
        Assert.Contains("behind", server.Fleet.Hosts.Single().Trouble, StringComparison.Ordinal);
        never.SetResult(0);
    }

    [Fact]
    public async Task A_runner_that_does_not_know_the_question_is_told_to_be_ahead_where_it_must_be()
    {
        await using var server = await HubServer.StartAsync();
        await using var runner = await RawRunner.ConnectAsync(
            server,
            "vps-1",
            hello: facts => facts with { ClockUnixMs = facts.ClockUnixMs + 30_000 }
        );
        Assert.Contains("ahead", Assert.Single(server.Fleet.Hosts).Trouble, StringComparison.Ordinal);
    }
}
