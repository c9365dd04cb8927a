using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.Features.Hosts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Tests.Platform.Storage;
using Sevensa.Dashboard.Tests.Runner;

namespace Sevensa.Dashboard.Tests.Features.Hosts;

/// <summary>A runner goes on connecting whatever happens on the way, and neither too often nor with half of what it knows.</summary>
public class RunnerReturnTests
{
    [Fact]
    public async Task What_nobody_foresaw_does_not_end_it()
    {
        await using var server = await HubServer.StartAsync();
        using var engine = new FakeEngine(TimeProvider.System);
        var failures = 1;
        server.AddRunner(
            "vps-1",
            engine,
            token: () =>
                failures-- > 0
                    // As SignalR says it of a server that goes away in the middle of a message.
                    ? throw new InvalidDataException("Connection terminated while reading a message.")
                    : server.TokenAsync("vps-1")
        );
        await server.PresenceAsync("vps-1", HostPresence.Connected);
        Assert.True(failures < 0);
    }

    [Fact]
    public async Task Connections_that_do_not_last_come_at_ever_longer_intervals()
    {
        await using var server = await HubServer.StartAsync();
        var time = new FakeTimeProvider(server.Time.GetUtcNow());
        using var engine = new FakeEngine(time);
        server.AddRunner("vps-1", engine, time: time);
        var connections = server.Services.GetRequiredService<RunnerConnections>();
        var waited = TimeSpan.Zero;
        for (var ended = 0; ended < 6; ended++)
        {
            using var patience = new CancellationTokenSource(Patience.Usual);
            string? host;
            for (
                waited = TimeSpan.Zero;
                (host = server.Fleet.Hosts.SingleOrDefault()?.Id) is null || connections.Find(host) is null;
                waited += TimeSpan.FromMilliseconds(20)
            )
            {
                time.Advance(TimeSpan.FromMilliseconds(20));
                await Task.Delay(1, patience.Token);
            }
            connections.Abort(host);
        }
        Assert.True(waited > TimeSpan.FromSeconds(3), $"It came back after {waited}.");
    }

    [Fact]
    public async Task That_Docker_answers_by_now_is_told_also_when_it_began_to_in_the_middle_of_a_greeting()
    {
        await using var server = await HubServer.StartAsync();
        using var silent = new FakeEngine(TimeProvider.System) { Silent = true };
        var state = Directory.CreateTempSubdirectory("runner-");
        try
        {
            var first = server.AddRunner("vps-1", silent, state.FullName);
            await server.PresenceAsync("vps-1", HostPresence.Connected);
            await server.EndRunnerAsync(first);
            await server.PresenceAsync("vps-1", HostPresence.Lost);

            using var engine = new FakeEngine(TimeProvider.System) { Silent = true };
            server.Audit.OnAppend = async entry =>
            {
                if (entry.Action == "runner.returned")
                {
                    engine.Silent = false;
                    await engine.Followed.Task.WaitAsync(Patience.Usual);
                }
            };
            server.AddRunner("vps-1", engine, state.FullName);
            var host = await server.WhenAsync(fleet =>
                fleet.Hosts.SingleOrDefault(host =>
                    host is { Presence: HostPresence.Connected, Trouble: null, Facts.EngineVersion: "27.5.1" }
                )
            );
            Assert.Contains(server.Audit.Rows, row => row.Action == "runner.returned" && row.Target == host.Name);
            await server.LoseRunnersAsync();
        }
        finally
        {
            state.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_store_that_can_t_be_written_refuses_no_runner_and_hides_no_loss()
    {
        await using var server = await HubServer.StartAsync();
        await using var runner = await RawRunner.ConnectAsync(server, "vps-1");
        await server.PresenceAsync("vps-1", HostPresence.Connected);
        using (await WriteLock.HoldAsync(server.Folder))
        {
            await runner.LeaveAsync();
            await server.PresenceAsync("vps-1", HostPresence.Lost);
            await Eventually.TrueAsync(
                "the loss is on record",
                _ => Task.FromResult(server.Audit.Rows.Any(row => row.Action == "runner.lost"))
            );
            // Its hello is answered, and what it tells after that is taken.
            await runner.ComeBackAsync(server);
            await runner.InventoryAsync(Samples.Container("rentguy-api-1"));
            Assert.Single(server.Fleet.ContainersOf("rentguy"));
        }
    }

    [Fact]
    public async Task The_end_of_a_connection_whose_host_has_greeted_on_another_is_no_loss()
    {
        await using var server = await HubServer.StartAsync();
        await using var runner = await RawRunner.ConnectAsync(server, "vps-1");
        await server.PresenceAsync("vps-1", HostPresence.Connected);
        var fleet = server.Services.GetRequiredService<Fleet>();
        var facts = fleet.FindHost(runner.HostId)!.Facts!;
        Assert.Equal(HostPresence.Connected, fleet.Connected(runner.HostId, facts, "newer"));
        Assert.False(fleet.Lost(runner.HostId, "older"));
        Assert.Equal(HostPresence.Connected, fleet.FindHost(runner.HostId)!.Presence);
        Assert.True(fleet.Lost(runner.HostId, "newer"));
        Assert.Equal(HostPresence.Lost, fleet.FindHost(runner.HostId)!.Presence);
        Assert.Equal(HostPresence.Lost, fleet.Connected(runner.HostId, facts, "newest"));
    }
}
