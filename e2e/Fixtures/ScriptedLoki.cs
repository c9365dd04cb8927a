using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Net.WebSockets;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Sevensa.Dashboard.E2E.Fixtures;

/// <summary>A line as it is stored.</summary>
/// <param name="Service">Its stream; each service has one.</param>
public readonly record struct StoredLine(long TimeUnixNs, string Text, string Service = "api");

/// <summary>
/// A multi-tenant Loki whose lines a test or bench writes itself, whose tails it can cut, and which can hold millions of lines
/// that are made when they are read.
/// </summary>
public sealed partial class ScriptedLoki : IAsyncDisposable
{
    private static readonly JsonWriterOptions plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly WebApplication app;
    private readonly Lock gate = new();
    private readonly Dictionary<string, List<StoredLine>> stored = [];
    private readonly ConcurrentDictionary<int, (string Tenant, Channel<byte[]> Frames)> tails = new();
    private int nextTail;

    private ScriptedLoki(WebApplication app) => this.app = app;

    /// <summary>Lines that are not stored but made: so many, one each <see cref="MadeEvery"/> ns, the last one at <see cref="MadeUntil"/>.</summary>
    public long Made { get; set; }

    public long MadeEvery { get; set; } = 1_000_000;

    public long MadeUntil { get; set; }

    /// <summary>What is answered, with status 400, to a query that holds the word.</summary>
    public (string Word, string Answer)? Refusal { get; set; }

    public string Url => app.Urls.Single();

    public int TailsOpen => tails.Count;

    public static async Task<ScriptedLoki> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var loki = new ScriptedLoki(app);
        app.UseWebSockets();
        app.Run(loki.AnswerAsync);
        await app.StartAsync();
        return loki;
    }

    /// <summary>Stores lines; open tails of the tenant are told unless this is to be found out later.</summary>
    public void Log(string tenant, IReadOnlyList<StoredLine> lines, bool tell = true)
    {
        lock (gate)
        {
            if (!stored.TryGetValue(tenant, out var all))
                stored[tenant] = all = [];
            all.AddRange(lines);
            if (tell)
                Tell(tenant, lines);
        }
    }

    /// <summary>Sends lines to open tails without storing them.</summary>
    public void Tell(string tenant, IReadOnlyList<StoredLine> lines)
    {
        var frame = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(frame, plain))
        {
            json.WriteStartObject();
            WriteStreams(json, "streams", lines);
            json.WriteEndObject();
        }
        foreach (var tail in tails.Values)
            if (tail.Tenant == tenant)
                tail.Frames.Writer.TryWrite(frame.WrittenSpan.ToArray());
    }

    /// <summary>Ends every open tail without a word.</summary>
    public void CutTails()
    {
        foreach (var tail in tails.Values)
            tail.Frames.Writer.TryComplete();
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var tenant = context.Request.Headers["X-Scope-OrgID"].ToString();
        var query = context.Request.Query;
        switch (context.Request.Path.Value)
        {
            case "/ready":
                await context.Response.WriteAsync("ready\n");
                return;
            case "/loki/api/v1/tail":
                await TailAsync(context, tenant);
                return;
            case "/loki/api/v1/query_range":
                await RangeAsync(context, tenant, query);
                return;
            case "/loki/api/v1/query":
                await JsonAsync(context, """{"status":"success","data":{"resultType":"vector","result":[]}}""");
                return;
            case "/loki/api/v1/label/service/values":
            case "/loki/api/v1/label/container/values":
                await JsonAsync(context, """{"status":"success","data":["api"]}""");
                return;
            case "/loki/api/v1/series":
                await JsonAsync(context, """{"status":"success","data":[{"service":"api"},{"service":"web"}]}""");
                return;
            case "/loki/api/v1/detected_fields":
                await JsonAsync(context, """{"fields":[]}""");
                return;
            default:
                await JsonAsync(context, """{"status":"success","data":[]}""");
                return;
        }
    }

    private async Task RangeAsync(HttpContext context, string tenant, IQueryCollection query)
    {
        var text = query["query"].ToString();
        if (Refusal is { } refusal && text.Contains(refusal.Word, StringComparison.Ordinal))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            context.Response.ContentType = "text/plain; charset=utf-8";
            await context.Response.WriteAsync(refusal.Answer);
            return;
        }
        if (text.Contains("count_over_time", StringComparison.Ordinal))
        {
            await JsonAsync(context, Counts(tenant, query, text));
            return;
        }
        var start = long.Parse(query["start"].ToString(), CultureInfo.InvariantCulture);
        var end = long.Parse(query["end"].ToString(), CultureInfo.InvariantCulture);
        var limit = int.Parse(query["limit"].ToString(), CultureInfo.InvariantCulture);
        var forward = query["direction"] == "forward";
        var contains = Contains().Match(text) is { Success: true } match ? match.Groups[1].Value : "";
        var service = Service().Match(text) is { Success: true } named ? named.Groups[1].Value : null;
        List<StoredLine> found;
        lock (gate)
        {
            found =
            [
                .. (stored.GetValueOrDefault(tenant) ?? []).Where(line =>
                    line.TimeUnixNs >= start
                    && line.TimeUnixNs < end
                    && line.Text.Contains(contains, StringComparison.Ordinal)
                    && (service is null || line.Service == service)
                ),
            ];
        }
        foreach (Match field in Field().Matches(text))
            found.RemoveAll(line => Has(line.Text, field) == (field.Groups[2].Value == "!="));
        found.AddRange(MadeLines(start, end, limit, forward));
        var chosen = (
            forward ? found.OrderBy(line => line.TimeUnixNs) : found.OrderByDescending(line => line.TimeUnixNs)
        ).Take(limit);
        context.Response.ContentType = "application/json; charset=UTF-8";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter, plain);
        json.WriteStartObject();
        json.WriteString("status", "success");
        json.WriteStartObject("data");
        json.WriteString("resultType", "streams");
        WriteStreams(json, "result", [.. chosen]);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Every line is an info.</summary>
    private string Counts(string tenant, IQueryCollection query, string text)
    {
        long Of(string name) => long.Parse(query[name].ToString(), CultureInfo.InvariantCulture);
        var (start, end) = (Of("start"), Of("end"));
        var step = (long)(double.Parse(query["step"].ToString(), CultureInfo.InvariantCulture) * 1e9);
        var contains = Contains().Match(text) is { Success: true } match ? match.Groups[1].Value : "";
        List<long> times;
        lock (gate)
        {
            times =
            [
                .. (stored.GetValueOrDefault(tenant) ?? [])
                    .Where(line => line.Text.Contains(contains, StringComparison.Ordinal))
                    .Select(line => line.TimeUnixNs),
            ];
        }
        var points = new List<string>();
        for (var at = start; at <= end && points.Count < 11_000; at += step)
        {
            var count = times.Count(time => time > at - step && time <= at);
            if (count > 0)
                points.Add(string.Create(CultureInfo.InvariantCulture, $"[{at / 1_000_000 / 1000m},\"{count}\"]"));
        }
        var series =
            points.Count == 0
                ? ""
                : $$"""{"metric":{"detected_level":"info"},"values":[{{string.Join(',', points)}}]}""";
        return $$$"""{"status":"success","data":{"resultType":"matrix","result":[{{{series}}}]}}""";
    }

    private IEnumerable<StoredLine> MadeLines(long start, long end, int limit, bool forward)
    {
        var first = MadeUntil - (Made - 1) * MadeEvery;
        if (Made == 0 || end <= first || start > MadeUntil)
            yield break;
        var from = Math.Max(0, (start - first + MadeEvery - 1) / MadeEvery);
        var to = Math.Min(Made - 1, (end - 1 - first) / MadeEvery);
        for (var n = 0; n < limit && n <= to - from; n++)
        {
            var line = forward ? from + n : to - n;
            yield return new(first + line * MadeEvery, MadeText(line));
        }
    }

    private static bool Has(string line, Match field) =>
        line.Contains($"\"{field.Groups[1].Value}\":\"{field.Groups[3].Value}\"", StringComparison.Ordinal)
        || line.Contains($"\"{field.Groups[1].Value}\":{field.Groups[3].Value}", StringComparison.Ordinal);

    private static string MadeText(long line) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"level\":\"info\",\"msg\":\"GET /api/bookings/{line}\",\"status\":200,\"ms\":{line % 977},\"user\":\"u-{line % 8191}\",\"trace_id\":\"{line:x16}\"}}"
        );

    private static void WriteStreams(Utf8JsonWriter json, string name, IReadOnlyList<StoredLine> lines)
    {
        json.WriteStartArray(name);
        foreach (var stream in lines.GroupBy(line => line.Service))
        {
            json.WriteStartObject();
            json.WriteStartObject("stream");
            json.WriteString("service", stream.Key);
            json.WriteString("detected_level", "info");
            json.WriteEndObject();
            json.WriteStartArray("values");
            foreach (var line in stream)
            {
                json.WriteStartArray();
                json.WriteStringValue(line.TimeUnixNs.ToString(CultureInfo.InvariantCulture));
                json.WriteStringValue(line.Text);
                json.WriteEndArray();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private async Task TailAsync(HttpContext context, string tenant)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var number = Interlocked.Increment(ref nextTail);
        var frames = Channel.CreateUnbounded<byte[]>();
        tails[number] = (tenant, frames);
        _ = ListenAsync(socket, frames.Writer);
        try
        {
            await foreach (var frame in frames.Reader.ReadAllAsync(context.RequestAborted))
                await socket.SendAsync(frame, WebSocketMessageType.Text, true, context.RequestAborted);
            socket.Abort();
        }
        catch (Exception exception) when (exception is OperationCanceledException or WebSocketException)
        {
            // The reader left.
        }
        finally
        {
            tails.TryRemove(number, out _);
        }
    }

    private static async Task ListenAsync(WebSocket socket, ChannelWriter<byte[]> frames)
    {
        try
        {
            while ((await socket.ReceiveAsync(new byte[256], default)).MessageType != WebSocketMessageType.Close) { }
        }
        catch (Exception exception)
            when (exception is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Gone.
        }
        frames.TryComplete();
    }

    private static Task JsonAsync(HttpContext context, string json)
    {
        context.Response.ContentType = "application/json; charset=UTF-8";
        return context.Response.WriteAsync(json);
    }

    [GeneratedRegex("\\|= \"([^\"]*)\"")]
    private static partial Regex Contains();

    [GeneratedRegex("\\| (\\w+) ?(!?=) ?\"([^\"]*)\"")]
    private static partial Regex Field();

    [GeneratedRegex("service=\"([^\"]*)\"")]
    private static partial Regex Service();
}
