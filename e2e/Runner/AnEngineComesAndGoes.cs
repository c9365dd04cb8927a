using Microsoft.Extensions.Logging.Abstractions;
using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.Runner.Actions;
using Sevensa.Dashboard.Runner.Docker;
using RunnerEngine = Sevensa.Dashboard.Runner.Docker.DockerEngine;

namespace Sevensa.Dashboard.E2E.Runner;

/// <summary>A runner's watch over a real engine at <c>tcp://</c> that is not there yet, comes, goes, and comes back.</summary>
public sealed class AnEngineComesAndGoes(HostBench bench) : IClassFixture<HostBench>
{
    [Fact]
    public async Task Whenever_it_is_there_it_is_watched()
    {
        await bench.Docker.ImageAsync("watch/app:1");
        await bench.Docker.ContainerAsync("watched", "watch/app:1");
        var port = Workspace.FreePort();
        using var engine = new RunnerEngine(
            new Uri($"tcp://127.0.0.1:{port}"),
            new FactsReader(new Ownership(new Dictionary<string, string>()), new byte[32], new OwnContainers(null))
        );
        var book = new HostBook();
        var watch = new HostWatch(
            engine,
            book,
            new HostNews(),
            new ContainerSignals(),
            new UsagePace(TimeProvider.System),
            TimeProvider.System,
            NullLogger.Instance
        );
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var watching = watch.RunAsync(ending.Token);
        await watch.Looked.WaitAsync(ending.Token);
        Assert.Null(watch.Engine);
        for (var times = 0; times < 2; times++)
        {
            await using (var tap = new DockerTap(bench.Docker, port))
            {
                await Eventually.TrueAsync(
                    "the engine to be watched",
                    _ => Task.FromResult(watch.Engine is not null && book.Containers.Any(one => one.Name == "watched"))
                );
            }
            await Eventually.TrueAsync("the engine to be missed", _ => Task.FromResult(watch.Engine is null));
            Assert.False(watching.IsCompleted);
        }
        await ending.CancelAsync();
        await watching;
    }
}
