using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;

namespace Sevensa.Dashboard.Tests.Features.Logs;

/// <summary>A Loki of a few lines: it answers ranges (start inclusive, end exclusive) and feeds tails.</summary>
internal sealed class MemoryLoki : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly List<(long Time, string Line)> lines = [];
    private readonly List<(Channel<string?> Frames, bool IsCategorized)> tails = [];
    private readonly Channel<int> opened = Channel.CreateUnbounded<int>();
    private readonly Channel<int> closed = Channel.CreateUnbounded<int>();

    public LokiStub Stub { get; private set; } = null!;

    public int TailsOpened { get; private set; }

    /// <summary>Others have all the tails that this Loki allows.</summary>
    public bool Full { get; set; }

    /// <summary>
    /// Lines have metadata, as since Loki 3: the store shows it among the labels, a live tail of a selector leaves it out
    /// unless it is asked for with categorized labels.
    /// </summary>
    public bool HasMetadata { get; init; }

    /// <summary>Whether it knows how to give categorized labels.</summary>
    public bool Categorizes { get; init; } = true;

    public static async Task<MemoryLoki> StartAsync(bool hasMetadata = false, bool categorizes = true)
    {
        var loki = new MemoryLoki { HasMetadata = hasMetadata, Categorizes = categorizes };
        loki.Stub = await LokiStub.StartAsync(loki.AnswerAsync);
        return loki;
    }

    /// <summary>Stores lines; with tell they go to open tails too.</summary>
    public void Log(bool tell, params IEnumerable<(long Time, string Line)> more)
    {
        foreach (var (time, line) in more)
        {
            lock (gate)
            {
                lines.Add((time, line));
                if (tell)
                {
                    foreach (var (frames, isCategorized) in tails)
                    {
                        frames.Writer.TryWrite(Frame(time, line, isCategorized));
                    }
                }
            }
        }
    }

    public void Drop(long time)
    {
        lock (gate)
        {
            Send(
                $$$"""{"streams":[],"dropped_entries":[{"timestamp":"{{{DateTimeOffset.UnixEpoch.AddTicks(time / 100):O}}}","labels":{"service":"api"}}]}"""
            );
        }
    }

    public void CutTails()
    {
        lock (gate)
        {
            Send(null);
            tails.Clear();
        }
    }

    public ValueTask<int> OpenedAsync() => opened.Reader.ReadAsync(TestContext.Current.CancellationToken);

    public ValueTask<int> ClosedAsync() => closed.Reader.ReadAsync(TestContext.Current.CancellationToken);

    private void Send(string? frame)
    {
        foreach (var tail in tails)
        {
            tail.Frames.Writer.TryWrite(frame);
        }
    }

    private static string Frame(long time, string line, bool isCategorized) =>
        isCategorized
            ? $$$"""{"streams":[{"stream":{"service":"api"},"values":[["{{{time}}}",{{{JsonSerializer.Serialize(line)}}},{"structuredMetadata":{"detected_level":"error","trace_id":"abc"}}]]}],"encodingFlags":["categorize-labels"]}"""
            : $$"""{"streams":[{"stream":{"service":"api"},"values":[["{{time}}",{{JsonSerializer.Serialize(line)}}]]}]}""";

    private async Task AnswerAsync(HttpContext context, LokiStub.Asked asked)
    {
        if (context.WebSockets.IsWebSocketRequest)
        {
            await TailAsync(context);
            return;
        }
        var start = long.Parse(asked["start"]!, CultureInfo.InvariantCulture);
        var end = long.Parse(asked["end"]!, CultureInfo.InvariantCulture);
        var limit = int.Parse(asked["limit"] ?? "100", CultureInfo.InvariantCulture);
        List<(long Time, string Line)> found;
        lock (gate)
        {
            found = [.. lines.Where(line => line.Time >= start && line.Time < end)];
        }
        found =
        [
            .. (
                asked["direction"] == "forward"
                    ? found.OrderBy(line => line.Time)
                    : found.OrderByDescending(line => line.Time)
            ).Take(limit),
        ];
        var values = string.Join(',', found.Select(line => $"[\"{line.Time}\",{JsonSerializer.Serialize(line.Line)}]"));
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(
            $$$"""{"status":"success","data":{"resultType":"streams","result":[{"stream":{"service":"api"{{{(HasMetadata ? ",\"detected_level\":\"error\",\"trace_id\":\"abc\"" : "")}}}},"values":[{{{values}}}]}]}}"""
        );
    }

    private async Task TailAsync(HttpContext context)
    {
        if (Full)
        {
            using var refused = await context.WebSockets.AcceptWebSocketAsync();
            await refused.CloseAsync(
                WebSocketCloseStatus.InternalServerError,
                "max concurrent tail requests limit exceeded, count > limit (11 > 10)",
                default
            );
            return;
        }
        var mine = Channel.CreateUnbounded<string?>();
        // Before whoever opens it knows that it is open: what is logged from then on is told.
        lock (gate)
        {
            tails.Add(
                (
                    mine,
                    HasMetadata
                        && Categorizes
                        && context.Request.Headers["X-Loki-Response-Encoding-Flags"] == "categorize-labels"
                )
            );
            TailsOpened++;
            opened.Writer.TryWrite(TailsOpened);
        }
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var gone = HearAsync(socket, mine.Writer);
        try
        {
            await foreach (var frame in mine.Reader.ReadAllAsync())
            {
                if (frame is null)
                {
                    context.Abort();
                    return;
                }
                await socket.SendAsync(Encoding.UTF8.GetBytes(frame), WebSocketMessageType.Text, true, default);
            }
        }
        catch (WebSocketException)
        {
            // The reader is gone.
        }
        await gone;
        closed.Writer.TryWrite(1);
    }

    private static async Task HearAsync(WebSocket socket, ChannelWriter<string?> mine)
    {
        try
        {
            while ((await socket.ReceiveAsync(new byte[64], default)).MessageType != WebSocketMessageType.Close) { }
        }
        catch (WebSocketException)
        {
            // Gone without a word.
        }
        mine.TryComplete();
    }

    public ValueTask DisposeAsync()
    {
        CutTails();
        return Stub.DisposeAsync();
    }
}
