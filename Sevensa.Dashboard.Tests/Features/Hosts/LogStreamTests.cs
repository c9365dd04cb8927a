using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Runner.Docker;
using Sevensa.Dashboard.Tests.Runner;

namespace Sevensa.Dashboard.Tests.Features.Hosts;

/// <summary>A container's log on its way from a real runner over a real hub.</summary>
public class LogStreamTests
{
    private static ContainerLogLine[] Piece(int number, int lines = 3) =>
        [
            .. Enumerable
                .Range(0, lines)
                .Select(line => new ContainerLogLine(
                    number * 1000L + line + 1,
                    line % 2 == 0 ? "stdout" : "stderr",
                    $"{number}.{line}"
                )),
        ];

    private sealed record Scene(HubServer Server, FakeEngine Engine, HostedContainer Container) : IAsyncDisposable
    {
        public static async Task<Scene> SetAsync()
        {
            var server = await HubServer.StartAsync();
            var engine = new FakeEngine(TimeProvider.System);
            engine.Add("rentguy-api-1");
            server.AddRunner("vps-1", engine);
            var container = await server.WhenAsync(fleet => fleet.ContainersOf("rentguy").SingleOrDefault());
            return new Scene(server, engine, container);
        }

        public IAsyncEnumerable<ContainerLogLine> Follow(long sinceNs = 0) =>
            Server.Link.FollowLogsAsync(
                Container.HostId,
                Container.Facts.Id,
                100,
                sinceNs,
                true,
                TestContext.Current.CancellationToken
            );

        public async ValueTask DisposeAsync()
        {
            await Server.DisposeAsync();
            Engine.Dispose();
        }
    }

    [Fact]
    public async Task Both_streams_come_in_order_to_the_end()
    {
        await using var scene = await Scene.SetAsync();
        for (var number = 0; number < 40; number++)
        {
            scene.Engine.Written.Writer.TryWrite(Piece(number));
        }
        scene.Engine.Written.Writer.Complete();
        var lines = await scene.Follow(sinceNs: 5_001).ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(5, 35).SelectMany(number => Piece(number)), lines);
    }

    [Fact]
    public async Task Docker_is_read_no_faster_than_somebody_reads_and_not_at_all_when_nobody_does()
    {
        await using var scene = await Scene.SetAsync();
        const int all = 200;
        for (var number = 0; number < all; number++)
        {
            scene.Engine.Written.Writer.TryWrite(Piece(number, 1));
        }
        await using (var reader = scene.Follow().GetAsyncEnumerator(TestContext.Current.CancellationToken))
        {
            Assert.True(await reader.MoveNextAsync());
            // While the first line is looked at, what the credit allows is on its way and no more.
            await scene.Server.WhenAsync(_ => scene.Engine.PiecesRead >= 4 ? "read" : null);
            Assert.InRange(scene.Engine.PiecesRead, 4, 6);
            for (var number = 1; number < 50; number++)
            {
                Assert.True(await reader.MoveNextAsync());
                Assert.Equal($"{number}.0", reader.Current.Text);
            }
            Assert.InRange(scene.Engine.PiecesRead, 50, 56);
        }
        await scene.Server.WhenAsync(_ => scene.Engine.Followers == 0 ? "gone" : null);
        Assert.InRange(scene.Engine.PiecesRead, 50, 56);
    }

    [Fact]
    public async Task Who_looks_at_one_log_and_does_not_read_holds_up_nobody_else()
    {
        await using var scene = await Scene.SetAsync();
        scene.Engine.Written.Writer.TryWrite(Piece(0, 1));
        await using var idle = scene.Follow().GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await idle.MoveNextAsync());
        for (var number = 0; number < 100; number++)
        {
            scene.Engine.Written.Writer.TryWrite(Piece(number, 1));
        }
        // Other questions on the same connection are answered meanwhile.
        var facts = await scene.Server.Link.InspectAsync(
            scene.Container.HostId,
            scene.Container.Facts.Id,
            TestContext.Current.CancellationToken
        );
        Assert.Equal("rentguy-api-1", facts!.Name);
    }

    [Fact]
    public async Task Dockers_words_and_a_lost_line_are_told()
    {
        await using var scene = await Scene.SetAsync();
        scene.Engine.Written.Writer.TryWrite(Piece(0, 1));
        scene.Engine.Written.Writer.Complete(
            new EngineException(System.Net.HttpStatusCode.NotFound, "No such container: gone")
        );
        var failed = await Assert.ThrowsAsync<UpstreamException>(async () =>
            await scene.Follow().ToListAsync(TestContext.Current.CancellationToken)
        );
        Assert.Equal("No such container: gone", failed.Message);

        scene.Engine.Written = System.Threading.Channels.Channel.CreateUnbounded<IReadOnlyList<ContainerLogLine>>();
        scene.Engine.Written.Writer.TryWrite(Piece(0, 1));
        await using var reader = scene.Follow().GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await reader.MoveNextAsync());
        await scene.Server.LoseRunnersAsync();
        await Assert.ThrowsAsync<RunnerUnreachableException>(async () => await reader.MoveNextAsync());
    }
}
