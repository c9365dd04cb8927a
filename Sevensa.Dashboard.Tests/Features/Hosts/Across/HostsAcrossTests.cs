using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Platform.Wire;
using Sevensa.Dashboard.Tests.Runner;
using StackExchange.Redis;

namespace Sevensa.Dashboard.Tests.Features.Hosts.Across;

/// <summary>Two dashboards are one: what a host tells one of them the other shows, and what is asked at one reaches it.</summary>
public class HostsAcrossTests(PostgresCluster cluster) : IClassFixture<PostgresCluster>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_host_is_shown_and_asked_through_either_and_an_approval_at_the_other_is_carried_out_once()
    {
        await using var two = await TwoDashboards.StartAsync(cluster);
        using var engine = new FakeEngine(TimeProvider.System);
        var facts = engine.Add("rentguy-api-1");
        two.AddRunner(two.First, "vps-9", engine);

        var shown = await TwoDashboards.ContainerAsync(two.Second, facts.Name);
        using var viewer = await two.Second.ApiAsAsync("viewer");
        var hosts = (await viewer.GetFromJsonAsync<JsonNode>("/api/v1/hosts", Stop))!["items"]!.AsArray();
        Assert.Contains(hosts, host => host!["name"]!.GetValue<string>() == "vps-9");

        // What changes there is told too, and what is asked reaches it.
        var later = engine.Add("rentguy-web-1");
        engine.Tell(later, "create");
        await TwoDashboards.ContainerAsync(two.Second, later.Name);
        var link = two.Second.Services.GetRequiredService<IRunnerLink>();
        Assert.True(link.IsConnected(shown.HostId));
        Assert.Equal(facts.Id, (await link.InspectAsync(shown.HostId, facts.Id, Stop))!.Id);
        // That there is nothing is an answer too.
        Assert.Null(await link.RecallAsync(shown.HostId, "01k9zzzzzzzzzzzzzzzzzzzzzz", Stop));

        var address = await TwoDashboards.ApproveAsync(two.Second, two.Second, facts.Name);
        await TwoDashboards.StateAsync(two.Second, address, "succeeded");
        await TwoDashboards.StateAsync(two.First, address, "succeeded");
        Assert.Single(engine.Calls, call => call.StartsWith($"restart {facts.Id}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_log_is_followed_through_the_other()
    {
        await using var two = await TwoDashboards.StartAsync(cluster);
        using var engine = new FakeEngine(TimeProvider.System);
        var facts = engine.Add("rentguy-api-1");
        two.AddRunner(two.First, "vps-9", engine);
        var shown = await TwoDashboards.ContainerAsync(two.Second, facts.Name);
        const int pieces = 40;
        for (var number = 0; number < pieces; number++)
        {
            engine.Written.Writer.TryWrite([new ContainerLogLine(number + 1, "stdout", $"line {number}")]);
        }
        engine.Written.Writer.Complete();
        var link = two.Second.Services.GetRequiredService<IRunnerLink>();
        var lines = await link.FollowLogsAsync(shown.HostId, facts.Id, 100, 0, true, Stop).ToListAsync(Stop);
        Assert.Equal(Enumerable.Range(0, pieces).Select(number => $"line {number}"), lines.Select(line => line.Text));
    }

    [Fact]
    public async Task Without_Redis_each_says_so_and_shows_what_it_knew_and_it_heals_by_itself()
    {
        await using var two = await TwoDashboards.StartAsync(cluster);
        using var engine = new FakeEngine(TimeProvider.System);
        var facts = engine.Add("rentguy-api-1");
        two.AddRunner(two.First, "vps-9", engine);
        var shown = await TwoDashboards.ContainerAsync(two.Second, facts.Name);

        await two.Redis.StopAsync();
        await TwoDashboards.HostAsync(
            two.Second,
            "vps-9",
            host => host.Trouble?.Contains("another dashboard, which is not heard", StringComparison.Ordinal) == true
        );
        using var nobody = two.Second.Anonymous();
        var ready = await nobody.GetFromJsonAsync<JsonElement>("/readyz", Stop);
        Assert.Equal("ready", ready.GetProperty("status").GetString());
        Assert.Contains("do not hear each other", ready.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(facts.Id, two.Second.Services.GetRequiredService<IFleet>().Find(facts.Id)?.Facts.Id);

        // Approved where its host is not: whoever has the host takes it up, once.
        var address = await TwoDashboards.ApproveAsync(two.First, two.Second, facts.Name);
        await TwoDashboards.StateAsync(two.Second, address, "succeeded");
        Assert.Single(engine.Calls, call => call.StartsWith($"restart {facts.Id}", StringComparison.Ordinal));
        var made = engine.Add("rentguy-web-1");
        engine.Tell(made, "create");
        await TwoDashboards.ContainerAsync(two.First, made.Name);
        Assert.Null(two.Second.Services.GetRequiredService<IFleet>().Find(made.Id));

        await two.Redis.StartAsync();
        await TwoDashboards.ContainerAsync(two.Second, made.Name);
        await TwoDashboards.HostAsync(two.Second, "vps-9", host => host.Trouble is null);
        // The other may be heard a beat before it hears itself.
        var link = two.Second.Services.GetRequiredService<IRunnerLink>();
        await TwoDashboards.WhenAsync(
            () => Task.FromResult(link.IsConnected(shown.HostId) ? "" : null),
            "the way to the host"
        );
    }

    [Fact]
    public async Task A_dashboard_that_ends_with_an_action_under_way_loses_and_doubles_nothing()
    {
        await using var two = await TwoDashboards.StartAsync(cluster);
        using var engine = new FakeEngine(TimeProvider.System);
        var facts = engine.Add("rentguy-api-1");
        var (begun, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        engine.OnCall = async call =>
        {
            if (call.StartsWith("restart", StringComparison.Ordinal))
            {
                begun.TrySetResult();
                await goOn.Task;
            }
        };
        var runner = two.AddRunner(two.First, "vps-9", engine);
        await TwoDashboards.ContainerAsync(two.Second, facts.Name);
        var address = await TwoDashboards.ApproveAsync(two.Second, two.Second, facts.Name);
        await begun.Task.WaitAsync(Patience.Usual, Stop);

        await two.EndAsync(two.First);
        await TwoDashboards.HostAsync(two.Second, "vps-9", host => host.Presence == HostPresence.Lost);
        goOn.SetResult();
        await TwoDashboards.WhenAsync(
            () =>
                Task.FromResult(
                    engine.Calls.Any(call => call.StartsWith("restart", StringComparison.Ordinal)) ? "" : null
                ),
            "the restart"
        );
        await two.EndRunnerAsync(runner);
        two.AddRunner(two.Second, "vps-9", engine);
        await TwoDashboards.HostAsync(two.Second, "vps-9", host => host.Presence == HostPresence.Connected);
        await TwoDashboards.StateAsync(two.Second, address, "succeeded");
        Assert.Single(engine.Calls, call => call.StartsWith($"restart {facts.Id}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_runner_that_comes_to_another_is_that_ones_and_the_connection_left_behind_ends()
    {
        await using var two = await TwoDashboards.StartAsync(cluster);
        using var engine = new FakeEngine(TimeProvider.System);
        var facts = engine.Add("rentguy-api-1");
        var runner = two.AddRunner(two.First, "vps-9", engine);
        await TwoDashboards.ContainerAsync(two.Second, facts.Name);
        await two.EndRunnerAsync(runner);
        await TwoDashboards.HostAsync(two.Second, "vps-9", host => host.Presence == HostPresence.Lost);
        two.AddRunner(two.Second, "vps-9", engine);
        var there = await TwoDashboards.ContainerAsync(two.First, facts.Name);
        var link = two.First.Services.GetRequiredService<IRunnerLink>();
        Assert.Equal(facts.Id, (await link.InspectAsync(there.HostId, facts.Id, Stop))!.Id);
    }

    [Fact]
    public async Task What_others_write_to_Redis_is_refused_and_changes_nothing()
    {
        await using var two = await TwoDashboards.StartAsync(cluster);
        using var engine = new FakeEngine(TimeProvider.System);
        var facts = engine.Add("rentguy-api-1");
        two.AddRunner(two.First, "vps-9", engine);
        await using var stranger = await ConnectionMultiplexer.ConnectAsync(
            $"{two.Redis.ConnectionString},password={two.Redis.Password}"
        );
        var heard = new List<(RedisChannel Channel, byte[] Message)>();
        await stranger
            .GetSubscriber()
            .SubscribeAsync(
                RedisChannel.Pattern("sevensa:*"),
                (channel, message) =>
                {
                    lock (heard)
                    {
                        heard.Add((channel, (byte[])message!));
                    }
                }
            );
        await TwoDashboards.ContainerAsync(two.Second, facts.Name);
        var later = engine.Add("rentguy-web-1");
        engine.Tell(later, "create");
        await TwoDashboards.ContainerAsync(two.Second, later.Name);

        List<(RedisChannel Channel, byte[] Message)> said;
        lock (heard)
        {
            said = [.. heard];
        }
        Assert.NotEmpty(said);
        // Nothing of it can be read.
        Assert.DoesNotContain(said, one => one.Message.AsSpan().IndexOf("rentguy"u8) >= 0);
        var wire = two.Second.Services.GetRequiredService<DashboardWire>();
        var before = wire.Refused;
        foreach (var (channel, message) in said)
        {
            await stranger.GetSubscriber().PublishAsync(channel, message);
        }
        var all = RedisChannel.Literal("sevensa:all");
        await stranger.GetSubscriber().PublishAsync(all, RandomNumberGenerator.GetBytes(300));
        await TwoDashboards.WhenAsync(
            () => Task.FromResult(wire.Refused >= before + said.Count(one => one.Channel == all) + 1 ? "" : null),
            "what was refused"
        );
        Assert.Equal(2, two.Second.Services.GetRequiredService<IFleet>().Containers.Count);
        Assert.Equal(WireState.Connected, wire.Status.State);
    }
}
