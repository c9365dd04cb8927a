using System.Text.Json;
using System.Text.Json.Nodes;
using MessagePack;
using Microsoft.AspNetCore.SignalR;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Tests.Runner;

namespace Sevensa.Dashboard.Tests.Features.Hosts;

/// <summary>A real runner on a real hub: what goes up, what comes down, what happens when either goes away.</summary>
public class HubRoundTripTests
{
    private static ActionPlan On(string hostId, ActionPlan plan) =>
        plan with
        {
            Executor = new PlanExecutor(PlanExecutor.Runner, hostId, "vps-1"),
        };

    private static SignedAction Signed(ActionPlan plan) =>
        Samples.Signed(plan, TimeProvider.System.GetUtcNow()) with
        {
            HostId = plan.Executor.HostId!,
        };

    [Fact]
    public async Task Facts_arrive_as_they_were_sent_and_changes_follow()
    {
        await using var server = await HubServer.StartAsync();
        using var engine = new FakeEngine(TimeProvider.System);
        var sent = engine.Add(
            "rentguy-api-1",
            facts =>
                facts with
                {
                    ExitCode = 3,
                    SelfOf = "runner",
                    Settings = new ContainerSettings(true, "host", "", "private", ["a"], [], [], 5, 6, 7, ["/data"]),
                    Unread = "a note",
                }
        );
        server.AddRunner("vps-1", engine);
        var container = await server.WhenAsync(fleet => fleet.ContainersOf("rentguy").SingleOrDefault());
        var usage = await server.WhenAsync(fleet => fleet.Find(sent.Id)?.Usage);
        Assert.Equal(
            (2000L, 10L, 20L, 30L, 40L, 3),
            (
                usage.MemoryBytes,
                usage.NetworkReceivedBytes,
                usage.NetworkSentBytes,
                usage.BlockReadBytes,
                usage.BlockWrittenBytes,
                usage.Pids
            )
        );
        // Every member crossed: lists, dictionary, nulls and numbers.
        Assert.Equal(JsonSerializer.Serialize(sent), JsonSerializer.Serialize(container.Facts));
        Assert.Equal(("vps-1", true), (container.HostName, container.HostConnected));
        var host = await server.PresenceAsync("vps-1", HostPresence.Connected);
        Assert.Equal(
            ("27.5.1", RunnerProtocol.Current, 8L << 30),
            (host.Facts!.EngineVersion, host.Facts.Protocol, host.Facts.MemoryBytes)
        );
        Assert.Contains(StepVerbs.ContainerRestart, host.Facts.Kinds);

        engine.Tell(sent with { State = "exited", ExitCode = 137, OomKilled = true }, "die");
        await server.WhenAsync(fleet =>
            fleet.Find(sent.Id) is { Facts: { State: "exited", OomKilled: true } } found ? found : null
        );
        var told = await server.WhenAsync(fleet =>
            fleet.RecentEvents("rentguy", 10) is { Count: > 0 } events ? events : null
        );
        Assert.Equal(("vps-1", "die"), (told[0].HostName, told[0].Event.Action));
        Assert.Empty(server.Fleet.RecentEvents("witcom", 10));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Runners_of_this_build_and_of_the_former_one_tell_and_are_asked(bool former)
    {
        await using var server = await HubServer.StartAsync();
        await using var runner = await RawRunner.ConnectAsync(
            server,
            "vps-1",
            clock: () => server.Time.GetUtcNow().ToUnixTimeMilliseconds(),
            former: former
        );
        var sent = Samples.Container("rentguy-api-1") with
        {
            Settings = new ContainerSettings(true, "host", "", "private", ["a"], [], [], 5, 6, 7, ["/data"]),
        };
        await runner.InventoryAsync(sent);
        var container = await server.WhenAsync(fleet => fleet.ContainersOf("rentguy").SingleOrDefault());
        Assert.Equal(JsonSerializer.Serialize(sent), JsonSerializer.Serialize(container.Facts));
        runner.Answer(id => id == sent.Id ? sent with { State = "exited", ExitCode = 3 } : null);
        var now = await server.Link.InspectAsync(runner.HostId, sent.Id, CancellationToken.None);
        Assert.Equal(("exited", 3), (now!.State, now.ExitCode));
        Assert.Null(await server.Link.InspectAsync(runner.HostId, "another", CancellationToken.None));
    }

    /// <summary>Whatever is said on the hub has been compiled ahead of time: a type that is forgotten fails here, not on a host.</summary>
    [Fact]
    public void Everything_that_the_hub_says_is_written_ahead_of_time()
    {
        var said = new[] { typeof(IRunnerHub), typeof(IRunnerClient) }
            .SelectMany(hub => hub.GetMethods())
            .SelectMany(method =>
                method.GetParameters().Select(parameter => parameter.ParameterType).Append(method.ReturnType)
            )
            .Select(type =>
                type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Task<>)
                    ? type.GetGenericArguments()[0]
                    : type
            )
            .Where(type => type != typeof(Task))
            .SelectMany(type =>
                type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>)
                    ? [type, type.GetGenericArguments()[0].MakeArrayType()]
                    : new[] { type }
            )
            .Distinct();
        Assert.All(said, type => Assert.NotNull(HubJson.Default.GetTypeInfo(type)));
    }

    [Fact]
    public void Facts_of_the_protocol_before_and_of_the_one_after_are_read()
    {
        var options = new MessagePackHubProtocolOptions().SerializerOptions;
        var settings = new ContainerSettings(true, "none", "", "", [], [], ["80:80/tcp"], 1, 2, 3, ["/data"]);
        var sent = Samples.Container("rentguy-api-1") with { Settings = settings };
        var node = JsonNode.Parse(
            MessagePackSerializer.ConvertToJson(MessagePackSerializer.Serialize(sent, options), options)
        )!;

        node["Invented"] = new JsonArray(1, "two");
        node["Settings"]!["Invented"] = 3;
        Assert.Equal(JsonSerializer.Serialize(sent), JsonSerializer.Serialize(Read(node)));

        node.AsObject().Remove("Settings");
        node.AsObject().Remove("Unread");
        Assert.Equal(JsonSerializer.Serialize(sent with { Settings = null }), JsonSerializer.Serialize(Read(node)));

        ContainerFacts Read(JsonNode told) =>
            MessagePackSerializer.Deserialize<ContainerFacts>(
                MessagePackSerializer.ConvertFromJson(told.ToJsonString(), options),
                options
            );
    }

    [Fact]
    public async Task An_action_goes_down_signed_is_run_and_told_step_by_step()
    {
        await using var server = await HubServer.StartAsync();
        using var engine = new FakeEngine(TimeProvider.System);
        var container = engine.Add("rentguy-api-1");
        server.AddRunner("vps-1", engine);
        var host = await server.PresenceAsync("vps-1", HostPresence.Connected);
        var plan = On(host.Id, Samples.Restart("p1", container));
        var delivery = await server.Link.DeliverAsync(
            host.Id,
            await server.SignAsync(Signed(plan)),
            CancellationToken.None
        );
        Assert.True(delivery.Accepted, delivery.Refusal);
        var reports = new List<ActionReport>();
        await foreach (var report in server.News.Reports.Reader.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            reports.Add(report);
            if (report.Outcome is not null)
            {
                break;
            }
        }
        Assert.Equal(ProposalState.Succeeded, reports[^1].Outcome!.State);
        Assert.Equal([1L, 2, 3, 4], reports.Select(report => report.Sequence));
        Assert.Equal([$"restart {container.Id} 7"], engine.Calls);
        var recalled = await server.Link.RecallAsync(host.Id, "p1", CancellationToken.None);
        Assert.Equal(
            ProposalState.Succeeded,
            JsonSerializer.Deserialize(recalled!, ActionJson.Default.ActionReport)!.Outcome!.State
        );
        Assert.Null(await server.Link.RecallAsync(host.Id, "p9", CancellationToken.None));
        Assert.False(await server.Link.CancelAsync(host.Id, "p1", CancellationToken.None));
        Assert.Equal(
            "rentguy-api-1",
            (await server.Link.InspectAsync(host.Id, container.Id, CancellationToken.None))!.Name
        );
        Assert.Equal(
            ["one", "two"],
            (await server.Link.LogsAsync(host.Id, container.Id, 10, 0, CancellationToken.None)).Select(line =>
                line.Text
            )
        );
    }

    [Fact]
    public async Task A_report_that_could_not_be_stored_comes_again()
    {
        await using var server = await HubServer.StartAsync();
        using var engine = new FakeEngine(TimeProvider.System);
        var container = engine.Add("rentguy-api-1");
        server.AddRunner("vps-1", engine);
        var host = await server.PresenceAsync("vps-1", HostPresence.Connected);
        var failures = 0;
        server.News.Fails = () => ++failures == 1 ? new IOException("the store is down") : null;
        await server.Link.DeliverAsync(
            host.Id,
            await server.SignAsync(Signed(On(host.Id, Samples.Restart("p1", container)))),
            CancellationToken.None
        );
        var sequences = new List<long>();
        await foreach (var report in server.News.Reports.Reader.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            sequences.Add(report.Sequence);
            if (report.Outcome is not null)
            {
                break;
            }
        }
        Assert.Equal([1L, 2, 3, 4], sequences);
    }

    [Fact]
    public async Task When_the_hub_begins_anew_runners_come_back_by_themselves_and_bring_what_happened_meanwhile()
    {
        await using var server = await HubServer.StartAsync();
        using var engine = new FakeEngine(TimeProvider.System);
        var container = engine.Add("rentguy-api-1");
        server.AddRunner("vps-1", engine);
        var before = await server.PresenceAsync("vps-1", HostPresence.Connected);
        await server.RestartAsync();
        engine.Tell(container with { State = "paused" }, "pause");
        var after = await server.PresenceAsync("vps-1", HostPresence.Connected);
        Assert.Equal(before.Id, after.Id);
        await server.WhenAsync(fleet => fleet.Find(container.Id) is { Facts.State: "paused" } found ? found : null);
        Assert.Single(server.Audit.Rows, row => row.Action == "runner.enrolled");
    }

    [Fact]
    public async Task A_lost_runner_is_told_its_containers_stay_visible_and_nothing_can_be_sent()
    {
        await using var server = await HubServer.StartAsync();
        using var engine = new FakeEngine(TimeProvider.System);
        var container = engine.Add("rentguy-api-1");
        var runner = server.AddRunner("vps-1", engine);
        var host = await server.PresenceAsync("vps-1", HostPresence.Connected);
        await server.WhenAsync(fleet => fleet.Find(container.Id));
        Assert.Equal($"connected {host.Id}", await server.News.Came.Reader.ReadAsync());
        await server.EndRunnerAsync(runner);
        await server.PresenceAsync("vps-1", HostPresence.Lost);
        Assert.Equal($"lost {host.Id}", await server.News.Came.Reader.ReadAsync());
        Assert.False(server.Fleet.Find(container.Id)!.HostConnected);
        var exception = await Assert.ThrowsAsync<RunnerUnreachableException>(() =>
            server.Link.CancelAsync(host.Id, "p1", CancellationToken.None)
        );
        Assert.Contains("vps-1", exception.Message, StringComparison.Ordinal);
        server.AddRunner("vps-1", engine);
        await server.PresenceAsync("vps-1", HostPresence.Connected);
        Assert.Equal($"connected {host.Id}", await server.News.Came.Reader.ReadAsync());
        Assert.Contains(server.Audit.Rows, row => row.Action == "runner.returned" && row.Target == "vps-1");
        Assert.Contains(server.Audit.Rows, row => row.Action == "runner.lost" && row.Target == "vps-1");
    }

    [Fact]
    public async Task A_silent_runner_does_not_hang_whoever_asks()
    {
        await using var server = await HubServer.StartAsync();
        using var engine = new FakeEngine(TimeProvider.System);
        engine.Add("rentguy-api-1");
        server.AddRunner("vps-1", engine);
        var host = await server.PresenceAsync("vps-1", HostPresence.Connected);
        var asked = new TaskCompletionSource();
        var never = new TaskCompletionSource<ContainerFacts?>();
        engine.OnInspect = _ =>
        {
            asked.TrySetResult();
            return never.Task;
        };
        var asking = server.Link.InspectAsync(host.Id, "x", CancellationToken.None);
        await asked.Task.WaitAsync(Patience.Usual, TestContext.Current.CancellationToken);
        server.Time.Advance(TimeSpan.FromSeconds(10));
        await Assert.ThrowsAsync<RunnerUnreachableException>(() => asking);
        never.SetResult(null);
    }

    [Fact]
    public async Task An_engine_that_does_not_answer_is_trouble_of_its_host_not_the_loss_of_its_runner()
    {
        await using var server = await HubServer.StartAsync();
        using var engine = new FakeEngine(TimeProvider.System) { Silent = true };
        server.AddRunner("vps-1", engine);
        var host = await server.PresenceAsync("vps-1", HostPresence.Connected);
        Assert.Contains("Docker", host.Trouble, StringComparison.Ordinal);
        engine.Silent = false;
        engine.Add("rentguy-api-1");
        await server.WhenAsync(fleet =>
            fleet.Hosts[0].Trouble is null && fleet.Containers.Count == 1 ? fleet.Hosts[0] : null
        );
    }

    [Fact]
    public async Task Revoked_it_is_cut_off_and_stays_out()
    {
        await using var server = await HubServer.StartAsync();
        using var engine = new FakeEngine(TimeProvider.System);
        var container = engine.Add("rentguy-api-1");
        server.AddRunner("vps-1", engine);
        var host = await server.PresenceAsync("vps-1", HostPresence.Connected);
        await server.Enrolments.RevokeAsync(Callers.Admin, host.Id, CancellationToken.None);
        Assert.Equal(HostPresence.Revoked, Assert.Single(server.Fleet.Hosts).Presence);
        Assert.Null(server.Fleet.Find(container.Id));
        await server.WhenAsync(_ =>
            server.Audit.Rows.FirstOrDefault(row => row.Action == "runner.refused" && row.Target == "vps-1")
        );
        Assert.False(server.Link.IsConnected(host.Id));
        Assert.Equal("Ada", Assert.Single(server.Audit.Rows, row => row.Action == "runner.revoked").Actor.Name);
    }

    [Fact]
    public async Task A_clock_too_far_away_is_refused_in_words()
    {
        await using var server = await HubServer.StartAsync();
        using var engine = new FakeEngine(TimeProvider.System);
        var runner = server.AddRunner("vps-1", engine);
        await server.PresenceAsync("vps-1", HostPresence.Connected);
        await server.EndRunnerAsync(runner);
        await server.PresenceAsync("vps-1", HostPresence.Lost);
        server.Time.Advance(TimeSpan.FromMinutes(5));
        server.AddRunner("vps-1", engine);
        var host = await server.WhenAsync(fleet => fleet.Hosts.FirstOrDefault(host => host.Trouble is not null));
        Assert.Contains("behind", host.Trouble, StringComparison.Ordinal);
        Assert.NotNull(
            await server.WhenAsync(_ =>
                server.Audit.Rows.FirstOrDefault(row =>
                    row is { Action: "runner.refused", Outcome: AuditOutcome.Refused }
                )
            )
        );
    }

    [Fact]
    public void The_runner_takes_a_new_action_key_only_from_the_one_it_pinned()
    {
        using var key = System.Security.Cryptography.ECDsa.Create(
            System.Security.Cryptography.ECCurve.NamedCurves.nistP256
        );
        using var next = System.Security.Cryptography.ECDsa.Create(
            System.Security.Cryptography.ECCurve.NamedCurves.nistP256
        );
        var folder = Directory.CreateTempSubdirectory("identity-");
        using (var state = Sevensa.Dashboard.Runner.StateFolder.Open(folder.FullName))
        using (var identity = Sevensa.Dashboard.Runner.Link.HostIdentity.Open(state))
        {
            var pinned = key.ExportSubjectPublicKeyInfo();
            identity.Keep(new Enrolled("h", ActionKeyId.Of(pinned), pinned));
            var fresh = next.ExportSubjectPublicKeyInfo();
            Assert.Null(identity.Pin(Samples.Envelope(fresh, next)));
            Assert.Equal(pinned, identity.Pinned!.PublicKey);
            Assert.Equal(ActionKeyId.Of(fresh), identity.Pin(Samples.Envelope(fresh, key)));
            Assert.Equal(fresh, identity.Pinned!.PublicKey);
            using var again = Sevensa.Dashboard.Runner.Link.HostIdentity.Open(state);
            Assert.Equal(fresh, again.Pinned!.PublicKey);
            Assert.Equal("h", again.HostId);
            Assert.True(RunnerToken.Read(again.Token(TimeProvider.System.GetUtcNow()))!.IsSignedBy(identity.PublicKey));
        }
        folder.Delete(recursive: true);
    }
}
