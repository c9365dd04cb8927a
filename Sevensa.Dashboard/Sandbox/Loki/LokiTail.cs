using System.Net.WebSockets;
using System.Text.Json;
using Sevensa.Dashboard.Platform.Query.LogQl;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Prometheus;

namespace Sevensa.Dashboard.Sandbox.Loki;

/// <summary>Sends lines as they come, over a WebSocket.</summary>
internal sealed class LokiTail(SimulatedFleet fleet, LokiStreams streams)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(400);

    public async Task AnswerAsync(HttpContext context, LokiParameters p, string[] tenants)
    {
        if (p.Query() is not LogQuery query)
        {
            throw new LokiRefusal(400, "Bad Request");
        }
        var limit = p.Limit();
        var pipeline = new LokiPipeline(query.Stages);
        if (p.Whole("delay_for", 0) > 5)
        {
            throw new LokiRefusal(400, "delay_for can't be greater than 5");
        }
        if (!context.WebSockets.IsWebSocketRequest)
        {
            throw new LokiRefusal(400, "Bad Request");
        }
        var (from, _) = p.Range();
        var isCategorized = LokiAnswers.IsCategorized(context.Request);
        // What comes live of a selector alone goes out as it came in: without what was found in it.
        var isBare = query.Stages.Count == 0;
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        using var closing = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var listening = ListenAsync(socket, closing);
        try
        {
            var until = fleet.NowNano() + 1;
            var backlog = Lines(streams.Read(tenants, query.Selector, from, until, true)).Take(limit).ToList();
            backlog.Reverse();
            await SendAsync(socket, backlog, isCategorized, false, closing.Token);
            using var timer = new PeriodicTimer(Poll, fleet.Time);
            while (await timer.WaitForNextTickAsync(closing.Token))
            {
                var now = fleet.NowNano() + 1;
                await SendAsync(
                    socket,
                    [.. Lines(streams.Read(tenants, query.Selector, until, now, false))],
                    isCategorized,
                    isBare,
                    closing.Token
                );
                until = now;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException)
        {
            // The reader went away, or the server stops.
        }
        await closing.CancelAsync();
        await listening;

        IEnumerable<PipedLine> Lines(IEnumerable<LokiEntry> entries) =>
            entries.Select(e => new PipedLine(e)).Where(pipeline.Run);
    }

    private static async Task SendAsync(
        WebSocket socket,
        List<PipedLine> lines,
        bool isCategorized,
        bool isBare,
        CancellationToken cancellation
    )
    {
        if (lines.Count == 0)
        {
            return;
        }
        using var buffer = new MemoryStream();
        await using (var json = new Utf8JsonWriter(buffer, Serving.Reply.Writing))
        {
            json.WriteStartObject();
            json.WriteStartArray("streams");
            foreach (var line in lines)
            {
                json.WriteStartObject();
                PrometheusJson.Labels(json, "stream", isCategorized || isBare ? line.Entry.Index : line.Labels);
                json.WriteStartArray("values");
                LokiAnswers.Value(json, line, isCategorized);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndArray();
            if (isCategorized)
            {
                LokiAnswers.Flags(json);
            }
            json.WriteEndObject();
        }
        await socket.SendAsync(
            buffer.GetBuffer().AsMemory(0, (int)buffer.Length),
            WebSocketMessageType.Text,
            true,
            cancellation
        );
    }

    private static async Task ListenAsync(WebSocket socket, CancellationTokenSource closing)
    {
        var nothing = new byte[256];
        try
        {
            while (
                await socket.ReceiveAsync(nothing.AsMemory(), closing.Token)
                    is { MessageType: not WebSocketMessageType.Close }
            )
            {
                // A reader has nothing to say.
            }
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, closing.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException)
        {
            // It left without a word.
        }
        await closing.CancelAsync();
    }
}
