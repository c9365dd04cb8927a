using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Hosts;

namespace Sevensa.Dashboard.Tests.Features.Hosts;

/// <summary>A host that says on the hub whatever a test has it say, true or not.</summary>
internal sealed class RawRunner : IAsyncDisposable
{
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private HubConnection? connection;

    private readonly bool former;

    private RawRunner(string name, bool former) => (Name, this.former) = (name, former);

    public string Name { get; }
    public string HostId { get; private set; } = "";

    /// <summary>Enrols with a token of its own and connects; says hello unless told.</summary>
    /// <param name="tenants">Whose containers it may report; null for any.</param>
    /// <param name="former">It speaks MessagePack, as runners did before they were compiled ahead of time.</param>
    /// <param name="clock">What it answers when asked for its clock; without it, it does not know the question.</param>
    public static async Task<RawRunner> ConnectAsync(
        HubServer server,
        string name,
        IReadOnlyList<string>? tenants = null,
        Func<long>? clock = null,
        Func<HostFacts, HostFacts>? hello = null,
        Func<Task<long>>? slowClock = null,
        bool former = false
    )
    {
        var runner = new RawRunner(name, former);
        var token = (await server.Enrolments.IssueAsync(Callers.Admin, tenants, default)).Token;
        await using (var enrolling = runner.Build(server, () => token))
        {
            await enrolling.StartAsync();
            runner.HostId = (
                await enrolling.InvokeAsync<Enrolled>(
                    nameof(IRunnerHub.Enrol),
                    new EnrolRequest(token, runner.key.ExportSubjectPublicKeyInfo(), Facts(server, name))
                )
            ).HostId;
        }
        await runner.ComeBackAsync(server, clock is null ? slowClock : () => Task.FromResult(clock()), hello);
        return runner;
    }

    /// <summary>Connects with its enrolled key, in place of a connection before.</summary>
    public async Task ComeBackAsync(
        HubServer server,
        Func<Task<long>>? clock = null,
        Func<HostFacts, HostFacts>? hello = null
    )
    {
        await LeaveAsync();
        connection = Build(server, () => RunnerToken.Make(HostId, key, server.Time.GetUtcNow()));
        if (clock is not null)
        {
            connection.On(nameof(IRunnerClient.Clock), clock);
        }
        await connection.StartAsync();
        var facts = Facts(server, Name);
        await connection.InvokeAsync<HubWelcome>(nameof(IRunnerHub.Hello), hello?.Invoke(facts) ?? facts);
    }

    /// <summary>What it says of a container when it is asked.</summary>
    public void Answer(Func<string, ContainerFacts?> inspect) =>
        connection!.On<string, ContainerFacts?>(nameof(IRunnerClient.Inspect), id => Task.FromResult(inspect(id)));

    public Task InventoryAsync(params ContainerFacts[] containers) =>
        connection!.InvokeAsync(nameof(IRunnerHub.Inventory), containers);

    public Task ChangedAsync(ContainerFacts[] changed, params string[] removed) =>
        connection!.InvokeAsync(nameof(IRunnerHub.Changed), changed, removed);

    public Task EventsAsync(params EngineEvent[] events) => connection!.InvokeAsync(nameof(IRunnerHub.Events), events);

    public Task ReleasesAsync(params ReleaseFacts[] releases) =>
        connection!.InvokeAsync(nameof(IRunnerHub.Releases), releases);

    public Task<bool> FlowsAsync(FlowReport report) => connection!.InvokeAsync<bool>(nameof(IRunnerHub.Flows), report);

    public Task ClusterAsync(ClusterNews news) => connection!.InvokeAsync(nameof(IRunnerHub.Cluster), news);

    public async Task LeaveAsync()
    {
        if (connection is not null)
        {
            await connection.DisposeAsync();
            connection = null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await LeaveAsync();
        key.Dispose();
    }

    private HubConnection Build(HubServer server, Func<string> token)
    {
        var builder = new HubConnectionBuilder().WithUrl(
            new Uri(server.Address, RunnerHub.Path),
            options =>
            {
                options.Transports = HttpTransportType.WebSockets;
                options.SkipNegotiation = true;
                options.AccessTokenProvider = () => Task.FromResult<string?>(token());
            }
        );
        return (former ? builder.AddMessagePackProtocol() : builder).Build();
    }

    private static HostFacts Facts(HubServer server, string name) =>
        new(
            name,
            "0.1.0",
            RunnerProtocol.Current,
            "27.5.1",
            "1.47",
            "Debian",
            "6.1",
            "x86_64",
            4,
            1,
            "overlay2",
            server.Time.GetUtcNow().ToUnixTimeMilliseconds(),
            []
        );
}
