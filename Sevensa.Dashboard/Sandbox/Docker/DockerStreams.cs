using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.Docker;

/// <summary>What may go on for as long as somebody listens: logs, stats, events and waiting for an end.</summary>
internal sealed class DockerStreams(SimulatedFleet fleet, string host)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);

    public async Task EventsAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var filters = DockerFilters.Parse(query["filters"]);
        var since = Nano(query["since"]);
        var until = Nano(query["until"]);
        var (past, coming, subscription) = fleet.Events();
        using var _ = subscription;
        context.Response.ContentType = "application/json";
        await context.Response.Body.FlushAsync(context.RequestAborted);
        if (since is not null)
        {
            foreach (var old in past.Where(e => e.TimeNano >= since && (until is null || e.TimeNano < until)))
            {
                await TellAsync(old);
            }
        }
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        if (until is { } last)
        {
            var left = TimeSpan.FromTicks((last - fleet.NowNano()) / 100);
            if (left <= TimeSpan.Zero)
            {
                return;
            }
            end.CancelAfter(left);
        }
        try
        {
            await foreach (var happened in coming.ReadAllAsync(end.Token))
            {
                await TellAsync(happened);
            }
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            // "until" has come.
        }

        Task TellAsync(FleetEvent e) =>
            e.Host == host
            && filters.Matches(
                e.Attributes,
                ("type", v => e.Type == v),
                ("event", v => e.Action == v),
                ("container", v => e.ActorId == v || e.Attributes.GetValueOrDefault("name") == v)
            )
                ? context.LineAsync(Json(e))
                : Task.CompletedTask;
    }

    public async Task WaitAsync(HttpContext context, FleetContainer container)
    {
        var (_, coming, subscription) = fleet.Events();
        using var __ = subscription;
        var removed = context.Request.Query["condition"] == "removed";
        while (fleet.Snapshot.Find(container.Id) is { Removed: null } now && (now.Running || removed))
        {
            await coming.ReadAsync(context.RequestAborted);
        }
        var code = fleet.Snapshot.Find(container.Id)?.Last?.ExitCode ?? 0;
        await context.JsonAsync(new JsonObject { ["Error"] = null, ["StatusCode"] = code });
    }

    public async Task StatsAsync(HttpContext context, FleetContainer container)
    {
        var stream = context.Request.Query["stream"].ToString() is not ("0" or "false" or "False");
        context.Response.ContentType = "application/json";
        await context.LineAsync(DockerStats.Of(fleet, container.Id));
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), fleet.Time);
        while (stream && await timer.WaitForNextTickAsync(context.RequestAborted))
        {
            if (fleet.Snapshot.Find(container.Id) is not { Removed: null })
            {
                return;
            }
            await context.LineAsync(DockerStats.Of(fleet, container.Id));
        }
    }

    public async Task LogsAsync(HttpContext context, FleetContainer container)
    {
        var query = context.Request.Query;
        var (stdout, stderr) = (On(query["stdout"]), On(query["stderr"]));
        if (!stdout && !stderr)
        {
            throw new DockerRefusal(400, "Bad parameters: you must choose at least one stream");
        }
        var from = Nano(query["since"]) ?? FleetLogs.Nano(container.Created);
        var now = fleet.NowNano();
        var to = Nano(query["until"]) is { } until and > 0 ? Math.Min(until, now) : now;
        IEnumerable<LogLine> lines = Wanted(container, from, to, true);
        // Without a limit, Docker sends all there is; a month of a simulated service is cut at the newest of it.
        var tail = int.TryParse(query["tail"], out var n) && n >= 0 ? n : 20_000;
        var last = lines.Take(tail).ToArray();
        Array.Reverse(last);

        context.Response.StatusCode = 200;
        await context.Response.Body.FlushAsync(context.RequestAborted);
        await SendAsync(last);
        if (!On(query["follow"]))
        {
            return;
        }
        using var timer = new PeriodicTimer(Poll, fleet.Time);
        while (await timer.WaitForNextTickAsync(context.RequestAborted))
        {
            if (fleet.Snapshot.Find(container.Id) is not { } current)
            {
                return;
            }
            var next = fleet.NowNano();
            await SendAsync(Wanted(current, to, next, false));
            to = next;
            if (!current.Running)
            {
                return;
            }
        }

        IEnumerable<LogLine> Wanted(FleetContainer of, long start, long end, bool newestFirst) =>
            FleetLogs.Read(fleet.Snapshot, of, start, end, newestFirst).Where(l => l.OnStandardError ? stderr : stdout);

        async Task SendAsync(IEnumerable<LogLine> sent)
        {
            foreach (var line in sent)
            {
                foreach (var text in line.Text.Split('\n'))
                {
                    var stamped = On(query["timestamps"]) ? $"{Timestamp(line.TimeNano)} {text}\n" : text + "\n";
                    await context.Response.Body.WriteAsync(
                        Frame(line.OnStandardError, stamped),
                        context.RequestAborted
                    );
                }
            }
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }

    private static byte[] Frame(bool error, string text)
    {
        var frame = new byte[8 + Encoding.UTF8.GetByteCount(text)];
        frame[0] = (byte)(error ? 2 : 1);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(4), (uint)(frame.Length - 8));
        Encoding.UTF8.GetBytes(text, frame.AsSpan(8));
        return frame;
    }

    private static JsonObject Json(FleetEvent e)
    {
        var json = new JsonObject();
        if (e.Type is "container" or "image")
        {
            json["status"] = e.Action;
            json["id"] = e.ActorId;
        }
        if (e.Type == "container")
        {
            json["from"] = e.Attributes.GetValueOrDefault("image", "");
        }
        json["Type"] = e.Type;
        json["Action"] = e.Action;
        json["Actor"] = new JsonObject
        {
            ["ID"] = e.ActorId,
            ["Attributes"] = new JsonObject(e.Attributes.Select(a => KeyValuePair.Create(a.Key, (JsonNode?)a.Value))),
        };
        json["scope"] = "local";
        json["time"] = e.TimeNano / 1_000_000_000;
        json["timeNano"] = e.TimeNano;
        return json;
    }

    private static bool On(string? value) => value is "1" or "true" or "True";

    private static string Timestamp(long nano) =>
        DateTimeOffset
            .UnixEpoch.AddTicks(nano / 100)
            .ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff", CultureInfo.InvariantCulture)
        + (nano % 100).ToString("00", CultureInfo.InvariantCulture)
        + "Z";

    /// <summary>A Unix time in seconds with decimals, or RFC 3339.</summary>
    private static long? Nano(string? text) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            ? (long)(seconds * 1_000_000_000m)
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? (time - DateTimeOffset.UnixEpoch).Ticks * 100
        : null;
}
