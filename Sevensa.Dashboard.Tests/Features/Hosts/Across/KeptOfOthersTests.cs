using System.Text.Json;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using NSubstitute;
using Sevensa.Dashboard.Features.Hosts;
using Sevensa.Dashboard.Features.Hosts.Across;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Platform.Storage.Presence;
using Sevensa.Dashboard.Platform.Wire;

namespace Sevensa.Dashboard.Tests.Features.Hosts.Across;

/// <summary>What a dashboard keeps of what others told goes when its reason has gone.</summary>
public sealed class KeptOfOthersTests : IDisposable
{
    private const string Host = "h1";
    private const string Other = "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f";

    private static readonly HostFacts facts = new(
        "vps-1",
        "1.0",
        RunnerProtocol.Current,
        "27",
        "1.47",
        "Debian",
        "6.1",
        "amd64",
        4,
        1,
        "overlay2",
        0,
        []
    );

    private readonly FakeTimeProvider clock = new();
    private readonly ServiceProvider services = new ServiceCollection().BuildServiceProvider();
    private readonly Replicas replicas;
    private readonly DashboardWire wire;
    private readonly Fleet fleet;
    private readonly HeldHosts held;
    private readonly HostsElsewhere elsewhere;
    private readonly RunnerConnections connections = new();
    private readonly RunnerLogStreams streams = new();

    public KeptOfOthersTests()
    {
        var start = new StartWork(
            services,
            Substitute.For<IHostApplicationLifetime>(),
            clock,
            NullLogger<StartWork>.Instance
        );
        replicas = new Replicas(null!, start, clock, NullLogger<Replicas>.Instance);
        wire = new DashboardWire(
            Options.Create(new RedisOptions()),
            replicas,
            null!,
            start,
            clock,
            NullLogger<DashboardWire>.Instance
        );
        fleet = new Fleet(new ChangeCallbacks(clock, NullLogger<ChangeCallbacks>.Instance), [], clock);
        fleet.Put(new DockerHost(Host, facts.Name, HostPresence.Never, default, null, null, null, 0, null));
        held = new HeldHosts(fleet, null!, replicas, wire);
        elsewhere = new HostsElsewhere(
            wire,
            held,
            fleet,
            null!,
            connections,
            streams,
            replicas,
            start,
            clock,
            NullLogger<HostsElsewhere>.Instance
        );
    }

    public void Dispose()
    {
        elsewhere.Dispose();
        wire.Dispose();
        replicas.Dispose();
        services.Dispose();
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void A_host_that_came_here_stays_connected_when_the_other_lets_go_of_it()
    {
        elsewhere.Take(Other, new FleetNews(Host, "there", 1, 1) { Greeted = facts });
        Assert.Equal(HostPresence.Connected, fleet.FindHost(Host)!.Presence);
        held.Connected(Host, facts, "here", 2);
        elsewhere.Compare(Other, []);
        Assert.Equal(HostPresence.Connected, fleet.FindHost(Host)!.Presence);

        // Of one that is there alone it is as it was said.
        held.Lost(Host, "here");
        elsewhere.Take(Other, new FleetNews(Host, "there again", 3, 1) { Greeted = facts });
        elsewhere.Compare(Other, []);
        Assert.Equal(HostPresence.Lost, fleet.FindHost(Host)!.Presence);
    }

    [Fact]
    public void That_another_dashboard_is_not_heard_is_nothing_to_a_host_that_came_here()
    {
        fleet.Unheard(Host, "It is connected to another dashboard, which is not heard.");
        Assert.NotNull(fleet.FindHost(Host)!.Trouble);
        held.Connected(Host, facts, "here", 2);
        Assert.Null(fleet.FindHost(Host)!.Trouble);
    }

    [Fact]
    public void A_token_shown_elsewhere_is_remembered_only_as_long_as_it_could_be_shown_here()
    {
        var shown = new ShownNonces(clock, wire);
        shown.Heard("one");
        Assert.False(shown.Show("one", clock.GetUtcNow()));
        clock.Advance(RunnerToken.Window + TimeSpan.FromSeconds(1));
        shown.Heard("two");
        Assert.Equal(1, shown.Count);
    }

    [Fact]
    public async Task A_log_that_is_read_through_it_is_forgotten_with_its_line_and_where_it_does_not_begin()
    {
        var clients = Substitute.For<IHubClients>();
        var link = new RunnerLink(new Hub(clients), connections, streams, elsewhere, held, wire, fleet, clock);
        var others = new RunnersForOthers(link, streams, wire, NullLogger<RunnersForOthers>.Instance);
        // Its connection is not here.
        await others.AnswerAsync(Other, Follow("one", "gone"), Stop);
        Assert.Equal(0, others.Passed);

        connections.Take(Host, "here", () => { });
        var silent = new TaskCompletionSource<bool>();
        var runner = Substitute.For<ISingleClientProxy>();
        runner.InvokeCoreAsync<bool>("", [], default).ReturnsForAnyArgs(silent.Task);
        clients.Client("here").Returns(runner);
        var answer = others.AnswerAsync(Other, Follow("two", "here"), Stop);
        Assert.Equal(1, others.Passed);
        streams.Lost("here");
        Assert.Equal(0, others.Passed);
        silent.SetResult(true);
        await answer;
    }

    private sealed class Hub(IHubClients clients) : IHubContext<RunnerHub>
    {
        public IHubClients Clients => clients;
        public IGroupManager Groups => throw new NotSupportedException();
    }

    private static byte[] Follow(string id, string connection) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new RunnerQuestion(
                Host,
                connection,
                nameof(IRunnerClient.FollowLogs),
                [JsonSerializer.SerializeToElement(new LogFollow(id, "c1", 10, 0, true, 4), HubJson.Default.LogFollow)]
            ),
            AcrossJson.Default.RunnerQuestion
        );
}
