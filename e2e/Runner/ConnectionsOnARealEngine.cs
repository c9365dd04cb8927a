using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.Runner.Docker;
using Sevensa.Dashboard.Runner.Flows;

namespace Sevensa.Dashboard.E2E.Runner;

/// <summary>Who is connected with whom, by the tables of real containers' network namespaces.</summary>
public sealed class ConnectionsOnARealEngine(HostBench bench) : IClassFixture<HostBench>
{
    [Fact]
    public async Task A_connection_that_is_held_is_seen_from_the_one_that_made_it_to_the_one_that_listens()
    {
        await bench.Docker.ImageAsync("seen/app:1");
        var network = await bench.Docker.NetworkAsync("shop");
        var db = await StartAsync("shop-db-1", "nc -ll -p 5432 -e cat");
        var address = (await bench.Docker.InspectAsync(db))["NetworkSettings"]!["Networks"]!["shop"]!["IPAddress"]!;
        var api = await StartAsync("shop-api-1", $"until sleep 600 | nc {address} 5432; do sleep 1; done");
        var idle = await StartAsync("shop-idle-1", "sleep 600");
        var book = new HostBook();
        book.Replace(await bench.Engine.ContainersAsync(TestContext.Current.CancellationToken));
        var watch = new FlowWatch(bench.Engine, book, new NamespaceReader(), TimeProvider.System);
        FlowReport? report = null;
        await Eventually.TrueAsync(
            "the connection to be seen",
            _ => Task.FromResult((report = watch.Look()).Flows.Count > 0)
        );
        Assert.Null(report!.Why);
        Assert.Equal((3, 0), (report.Read, report.NotRead));
        var flow = Assert.Single(report.Flows);
        Assert.Equal((api, db, "5432/tcp"), (flow.From, flow.To, flow.Port));
        Assert.NotEqual(idle, flow.From);
        // Where the engine's numbers of processes are not ours, nobody's tables are read for a container's.
        var elsewhere = new FlowWatch(
            bench.Engine,
            book,
            new NamespaceReader(bench.StateFolderPath),
            TimeProvider.System
        ).Look();
        Assert.Equal((0, 3), (elsewhere.Read, elsewhere.NotRead));
        Assert.NotNull(elsewhere.Why);

        Task<string> StartAsync(string name, string command) =>
            bench.Docker.ContainerAsync(
                name,
                "seen/app:1",
                command: ["sh", "-c", command],
                adjust: request =>
                {
                    request["HostConfig"]!["NetworkMode"] = network;
                }
            );
    }
}
