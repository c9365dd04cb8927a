using System.Net.WebSockets;
using NSubstitute;
using Sevensa.Dashboard.Features.Logs;
using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Tests.Features.Logs;

public sealed class LokiTailTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly TenantScope One = new(["a"]);

    [Fact]
    public async Task A_tail_says_which_lines_were_dropped()
    {
        await using var loki = await LokiStub.TailingAsync(
            [
                """{"streams":[],"dropped_entries":[{"timestamp":"17","labels":{"app":"x"}},{"timestamp":"18","labels":{}}]}""",
                """{"streams":[{"stream":{"app":"x"},"values":[["19","y"]]}],"dropped_entries":null}""",
            ],
            WebSocketCloseStatus.NormalClosure,
            ""
        );
        await using var tail = await loki.Client(LokiTenancy.Label).TailAsync(One, null);
        var frames = await tail.ReadAsync().ToListAsync();
        Assert.Equal([17L, 18L], frames[0].Dropped.Select(dropped => dropped.TimeUnixNs));
        Assert.Equal("x", frames[0].Dropped[0].Labels["app"]);
        Assert.Equal([new(19, "y")], Assert.Single(frames[1].Streams).Entries);
        Assert.Equal("{tenant=\"a\"}", Assert.Single(loki.Requests)["query"]);
    }

    [Fact]
    public async Task A_tail_that_loki_refuses_keeps_its_words()
    {
        await using var late = await LokiStub.TailingAsync(
            [],
            WebSocketCloseStatus.InternalServerError,
            "max concurrent tail requests limit exceeded, count > limit (11 > 10)"
        );
        await using var tail = await late.Client().TailAsync(One, null);
        var full = await Assert.ThrowsAsync<LokiException>(async () => await tail.ReadAsync().ToListAsync());
        Assert.Equal("max concurrent tail requests limit exceeded, count > limit (11 > 10)", full.Message);
        Assert.Contains("max_concurrent_tail_requests", full.Remedy, StringComparison.Ordinal);

        await using var early = await LokiStub.AnsweringAsync(400, "text/plain", "limit must be positive\n");
        var refused = await Assert.ThrowsAsync<LokiException>(() => early.Client().TailAsync(One, null));
        Assert.Equal((400, "limit must be positive"), (refused.Status, refused.Message));

        await using var plain = await LokiStub.AnsweringAsync(200, "application/json", "{}");
        var odd = await Assert.ThrowsAsync<LokiException>(() => plain.Client().TailAsync(One, null));
        Assert.Equal(UpstreamFault.Garbled, odd.Fault);
    }

    [Fact]
    public async Task A_tail_that_is_cut_or_garbled_says_so()
    {
        var seen = new TaskCompletionSource();
        await using var cut = await LokiStub.StartAsync(
            async (context, _) =>
            {
                using var socket = await context.WebSockets.AcceptWebSocketAsync();
                await socket.SendAsync("{\"streams\":[]}"u8.ToArray(), WebSocketMessageType.Text, true, default);
                await seen.Task.WaitAsync(Patience);
                context.Abort();
            }
        );
        await using (var tail = await cut.Client().TailAsync(One, null))
        {
            await using var frames = tail.ReadAsync().GetAsyncEnumerator();
            Assert.True(await frames.MoveNextAsync());
            seen.SetResult();
            var broken = await Assert.ThrowsAsync<LokiException>(async () => await frames.MoveNextAsync());
            Assert.Equal(UpstreamFault.Unreachable, broken.Fault);
        }

        await using var garbled = await LokiStub.TailingAsync(["nonsense"], WebSocketCloseStatus.NormalClosure, "");
        await using (var tail = await garbled.Client().TailAsync(One, null))
        {
            var nonsense = await Assert.ThrowsAsync<LokiException>(async () => await tail.ReadAsync().ToListAsync());
            Assert.Equal(UpstreamFault.Garbled, nonsense.Fault);
        }
    }

    [Fact]
    public async Task A_tail_that_is_disposed_lets_the_server_go()
    {
        var closed = new TaskCompletionSource<WebSocketCloseStatus?>();
        await using var loki = await LokiStub.StartAsync(
            async (context, _) =>
            {
                try
                {
                    using var socket = await context.WebSockets.AcceptWebSocketAsync();
                    closed.TrySetResult((await socket.ReceiveAsync(new byte[16], default)).CloseStatus);
                }
                catch (Exception cut)
                {
                    closed.TrySetException(cut);
                }
            }
        );
        var tail = await loki.Client().TailAsync(One, null);
        await tail.DisposeAsync();
        try
        {
            Assert.Equal(WebSocketCloseStatus.NormalClosure, await closed.Task.WaitAsync(Patience));
        }
        catch (Exception cut) when (cut is WebSocketException or IOException)
        {
            // A server that had no time for the goodbye within its second is let go as well, by the end of the connection.
        }
    }

    [Fact]
    public async Task A_tail_that_is_disposed_says_goodbye()
    {
        var socket = Substitute.For<WebSocket>();
        socket.State.Returns(WebSocketState.Open);
        await new LokiTail(socket, new HttpResponseMessage()).DisposeAsync();
        await socket
            .Received(1)
            .CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Arg.Any<CancellationToken>());
        socket.Received(1).Dispose();
    }
}
