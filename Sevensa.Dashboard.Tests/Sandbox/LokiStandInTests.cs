using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Sandbox;

public class LokiStandInTests
{
    private static readonly long Now = StandIns.Noon.ToUnixTimeSeconds();

    /// <summary>What was pushed there, and the minute in which that Loki was not ready, are that server's own.</summary>
    public static TheoryData<string> Names =>
        [
            .. Exchanges()
                .Select(e => (string)e["name"]!)
                .Where(n => !n.StartsWith("push", StringComparison.Ordinal) && n != "ready"),
        ];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Answers_what_was_recorded_with_the_same_status_and_shape(string name)
    {
        await using var standIns = await StandIns.StartAsync();
        var exchange = Exchanges().Single(e => (string)e["name"]! == name);
        var (request, response) = (exchange["request"]!, exchange["response"]!);
        var headers = request["headers"]!.AsObject().ToDictionary(h => h.Key, h => (string)h.Value!);
        var answer = await standIns.SendAsync(
            "loki",
            (string)request["method"]!,
            Here((string)request["path"]!),
            null,
            headers
        );
        Assert.True((int)response["status"]! == answer.Status, $"{answer.Status} {answer.Body}");
        if (response["body"] is JsonObject body)
        {
            Assert.Empty(JsonShape.Faults(body, JsonNode.Parse(answer.Body)));
            var (expected, actual) = (body["data"] as JsonObject, JsonNode.Parse(answer.Body)!["data"] as JsonObject);
            Assert.Equal((string?)expected?["resultType"], (string?)actual?["resultType"]);
        }
        else if (answer.Status >= 400 && name != "error range too long")
        {
            Assert.Equal(Here((string)response["body"]!).TrimEnd(), answer.Body.TrimEnd());
        }
    }

    /// <summary>What Loki 3.7 answered to what does not hang on its lines.</summary>
    [Theory]
    [InlineData("approx_topk")]
    [InlineData("detected_fields values")]
    [InlineData("drilldown limits")]
    [InlineData("format_query")]
    [InlineData("direction up")]
    [InlineData("tail delay 6")]
    [InlineData("two tenants tail")]
    public async Task Answers_as_the_newest_server_did(string name)
    {
        var exchange = Recorded.Of("loki-3.7").First(found => found.Name == name);
        await using var standIns = await StandIns.StartAsync();
        var tenant = name == "two tenants tail" ? "rentguy|witcom" : "rentguy";
        var answer = await standIns.SendAsync(
            "loki",
            exchange.Method,
            exchange.Path.Split("&start=")[0].Split("&time=")[0],
            null,
            new Dictionary<string, string> { ["X-Scope-OrgID"] = tenant }
        );
        Assert.True(exchange.Status == answer.Status, $"{answer.Status} {answer.Body}");
        if (exchange.Status >= 400)
        {
            Assert.Equal(exchange.Body.Trim(), answer.Body.Trim());
        }
    }

    [Theory]
    [InlineData("query_range", "limit=abc", "strconv.Atoi: parsing \"abc\": invalid syntax")]
    [InlineData("query_range", "step=abc", "cannot parse \"abc\" to a valid duration")]
    [InlineData("query_range", "interval=x", "cannot parse \"x\" to a valid duration")]
    [InlineData("query_range", "interval=-1", "interval must be >= 0")]
    [InlineData("query_range", "since=x", "could not parse 'since' parameter: not a valid duration string: \"x\"")]
    [InlineData("labels", "since=x", "could not parse 'since' parameter: not a valid duration string: \"x\"")]
    [InlineData(
        "query_range",
        "step=0",
        "zero or negative query resolution step widths are not accepted. Try a positive integer"
    )]
    [InlineData("index/volume", "limit=abc", "strconv.Atoi: parsing \"abc\": invalid syntax")]
    public async Task A_parameter_that_cannot_be_read_is_refused_as_Loki_does(string path, string given, string words)
    {
        await using var standIns = await StandIns.StartAsync();
        var answer = await standIns.SendAsync(
            "loki",
            "GET",
            $"/loki/api/v1/{path}?query=%7Btenant%3D%22rentguy%22%7D&{given}",
            null,
            new Dictionary<string, string> { ["X-Scope-OrgID"] = "rentguy" }
        );
        Assert.Equal((400, words), (answer.Status, answer.Body.Trim()));
    }

    [Fact]
    public async Task Live_frames_of_a_selector_alone_come_without_what_was_found_in_the_line()
    {
        await using var standIns = await StandIns.StartAsync();
        const string selector = "{service=~\".+\"}";
        Assert.False((await FrameAsync(selector, false)).Has);
        Assert.True((await FrameAsync(selector + " |~ \".+\"", false)).Has);
        var (has, beside) = await FrameAsync(selector, true);
        Assert.False(has);
        Assert.True(beside.TryGetProperty("structuredMetadata", out var metadata));
        Assert.True(metadata.TryGetProperty("detected_level", out _));

        async Task<(bool Has, JsonElement Beside)> FrameAsync(string query, bool isCategorized)
        {
            using var socket = new ClientWebSocket();
            socket.Options.SetRequestHeader("X-Scope-OrgID", "rentguy");
            if (isCategorized)
            {
                socket.Options.SetRequestHeader("X-Loki-Response-Encoding-Flags", "categorize-labels");
            }
            var start = standIns.Clock.GetUtcNow().ToUnixTimeSeconds();
            var address = standIns.Address("loki").Replace("http", "ws", StringComparison.Ordinal);
            await socket.ConnectAsync(
                new Uri($"{address}/loki/api/v1/tail?query={Uri.EscapeDataString(query)}&limit=1&start={start}"),
                TestContext.Current.CancellationToken
            );
            var buffer = new byte[1 << 20];
            while (true)
            {
                var reading = socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
                while (!reading.IsCompleted)
                {
                    standIns.Clock.Advance(TimeSpan.FromMilliseconds(400));
                    await Task.Delay(5, TestContext.Current.CancellationToken);
                }
                var length = (await reading).Count;
                using var frame = JsonDocument.Parse(buffer.AsMemory(0, length));
                foreach (var stream in frame.RootElement.GetProperty("streams").EnumerateArray())
                {
                    // What was before the tail comes from the store.
                    var value = stream.GetProperty("values")[0];
                    if (long.Parse(value[0].GetString()!, CultureInfo.InvariantCulture) / 1_000_000_000 > start + 1)
                    {
                        return (
                            stream.GetProperty("stream").TryGetProperty("detected_level", out _),
                            value.GetArrayLength() > 2 ? value[2].Clone() : default
                        );
                    }
                }
            }
        }
    }

    [Fact]
    public async Task A_window_gives_the_same_lines_again_and_only_the_tenants_own()
    {
        await using var standIns = await StandIns.StartAsync();
        const string query = "{service=~\".+\"}";
        var first = await LinesAsync(standIns, query, "rentguy", 1800, 5000);
        standIns.Clock.Advance(TimeSpan.FromMinutes(1));
        var again = await LinesAsync(standIns, query, "rentguy", 1800, 5000);
        Assert.Equal(first, again);
        Assert.All(first, l => Assert.Equal("rentguy", l.Tenant));
        Assert.InRange(first.Count, 300, 5000);
        Assert.Empty(await LinesAsync(standIns, "{tenant=\"rentguy\"}", "witcom", 1800, 100));
        var both = await LinesAsync(standIns, query, "rentguy|witcom", 1800, 5000);
        Assert.Equal(["rentguy", "witcom"], both.Select(l => l.Tenant).Distinct().Order());
    }

    [Fact]
    public async Task Direction_and_limit_choose_the_newest_or_the_oldest()
    {
        await using var standIns = await StandIns.StartAsync();
        var all = await LinesAsync(standIns, "{service=\"api\"}", "rentguy", 600, 5000);
        var newest = await LinesAsync(standIns, "{service=\"api\"}", "rentguy", 600, 5);
        var oldest = await LinesAsync(standIns, "{service=\"api\"}", "rentguy", 600, 5, "&direction=forward");
        Assert.Equal(all.Select(l => l.At).Order().TakeLast(5), newest.Select(l => l.At).Order());
        Assert.Equal(all.Select(l => l.At).Order().Take(5), oldest.Select(l => l.At).Order());
    }

    [Theory]
    [InlineData("{service=\"api\"} |= \"failed\"", "failed", true)]
    [InlineData("{service=\"api\"} != \"GET\"", "GET", false)]
    [InlineData("{service=\"api\"} |~ \"GET|POST\" | json | status >= 500", "\"status\":5", true)]
    [InlineData("{service=\"api\"} | json | ms > 800 or status = 503", "\"ms\":", true)]
    [InlineData("{service=\"worker\"} | logfmt | job=\"invoice\"", "job=invoice", true)]
    [InlineData("{service=\"api\"} | detected_level=\"error\"", "\"level\":\"error\"", true)]
    [InlineData("{service=\"api\", level=\"warn\"}", "\"level\":\"warn\"", true)]
    [InlineData("{service=\"web\"} | pattern \"<ip> - - <_>\" | ip=~\"10[.]0[.].*\"", "10.0.", true)]
    public async Task Filters(string query, string text, bool contains)
    {
        await using var standIns = await StandIns.StartAsync();
        var lines = await LinesAsync(standIns, query, "rentguy", 3600, 5000);
        Assert.NotEmpty(lines);
        Assert.All(lines, l => Assert.Equal(contains, l.Text.Contains(text, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Counting_agrees_with_the_lines()
    {
        await using var standIns = await StandIns.StartAsync();
        var errors = await LinesAsync(
            standIns,
            "{service=\"api\"} | json | level_extracted=\"error\"",
            "rentguy",
            3600,
            5000
        );
        var query = "sum by (service) (count_over_time({service=\"api\"} | detected_level=\"error\" [1h]))";
        var answer = await standIns.JsonAsync(
            "loki",
            $"/loki/api/v1/query?query={Uri.EscapeDataString(query)}&time={Now}",
            headers: Tenant("rentguy")
        );
        var result = Assert.Single(answer["data"]!["result"]!.AsArray())!;
        Assert.Equal(errors.Count, int.Parse((string)result["value"]![1]!, CultureInfo.InvariantCulture));
        Assert.Equal("api", (string?)result["metric"]!["service"]);

        var range = "sum by (detected_level) (rate({tenant=\"rentguy\"}[5m])) > 0 or vector(0)";
        var matrix = await standIns.JsonAsync(
            "loki",
            $"/loki/api/v1/query_range?query={Uri.EscapeDataString(range)}&start={Now - 3600}&end={Now}&step=300",
            headers: Tenant("rentguy")
        );
        Assert.Equal("matrix", (string?)matrix["data"]!["resultType"]);
        Assert.Contains(
            matrix["data"]!["result"]!.AsArray(),
            s => (string?)s!["metric"]!["detected_level"] == "info" && s["values"]!.AsArray().Count >= 12
        );
    }

    [Fact]
    public async Task The_faulty_release_is_louder_and_a_restart_is_written_down()
    {
        await using var standIns = await StandIns.StartAsync();
        const string errors = "{service=\"api\",level=\"error\"}";
        var now = await LinesAsync(standIns, errors, "rentguy", 3600, 5000);
        var before = await LinesAsync(standIns, errors, "rentguy", 3600, 5000, end: Now - 86_400);
        Assert.True(now.Count > (before.Count * 3) + 5, $"{now.Count} now, {before.Count} before");

        var api = standIns.Fleet.Snapshot.On("vps-1").Single(c => c.Name == "rentguy-api-1");
        standIns.Fleet.Restart(api.Id);
        standIns.Clock.Advance(TimeSpan.FromSeconds(10));
        var lines = await LinesAsync(standIns, "{container=\"rentguy-api-1\"}", "rentguy", 60, 100, end: Now + 10);
        Assert.Contains(lines, l => l.Text.Contains("received SIGTERM", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.Text.Contains("starting api 2.4.1", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.Text.Contains("listening on port 8080", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_tail_sends_what_was_and_then_what_comes()
    {
        await using var standIns = await StandIns.StartAsync();
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("X-Scope-OrgID", "rentguy");
        var address = standIns.Address("loki").Replace("http:", "ws:", StringComparison.Ordinal);
        await socket.ConnectAsync(
            new Uri(
                $"{address}/loki/api/v1/tail?query={Uri.EscapeDataString("{service=\"api\"}")}&limit=3&start={Now - 600}"
            ),
            TestContext.Current.CancellationToken
        );
        var backlog = await FrameAsync(socket);
        using var recorded = JsonDocument.Parse(
            await File.ReadAllTextAsync(Path.Combine(Recorded.Folder(), "loki", "tail.json"))
        );
        var frame = JsonNode.Parse(recorded.RootElement.GetProperty("frames")[0].GetRawText());
        Assert.Empty(JsonShape.Faults(frame, backlog));
        Assert.Equal(3, backlog["streams"]!.AsArray().Count);

        var coming = FrameAsync(socket);
        while (!coming.IsCompleted)
        {
            standIns.Clock.Advance(TimeSpan.FromSeconds(2));
            await Task.Yield();
        }
        var last = Times(backlog).Max();
        Assert.All(Times(await coming), t => Assert.True(t > last));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, TestContext.Current.CancellationToken);

        static long[] Times(JsonNode frame) =>
            [
                .. frame["streams"]!
                    .AsArray()
                    .Select(s => long.Parse((string)s!["values"]![0]![0]!, CultureInfo.InvariantCulture)),
            ];
    }

    private static async Task<JsonNode> FrameAsync(ClientWebSocket socket)
    {
        var buffer = new byte[256 * 1024];
        var length = 0;
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(length), TestContext.Current.CancellationToken);
            length += part.Count;
            if (part.EndOfMessage)
            {
                return JsonNode.Parse(Encoding.UTF8.GetString(buffer, 0, length))!;
            }
        }
    }

    private static async Task<List<(long At, string Tenant, string Text)>> LinesAsync(
        StandIns standIns,
        string query,
        string tenants,
        int seconds,
        int limit,
        string more = "",
        long? end = null
    )
    {
        var to = end ?? Now;
        var answer = await standIns.JsonAsync(
            "loki",
            $"/loki/api/v1/query_range?query={Uri.EscapeDataString(query)}&start={to - seconds}&end={to}&limit={limit}{more}",
            headers: Tenant(tenants)
        );
        return
        [
            .. from stream in answer["data"]!["result"]!.AsArray()
            from value in stream!["values"]!.AsArray()
            select (
                long.Parse((string)value![0]!, CultureInfo.InvariantCulture),
                (string)stream["stream"]!["tenant"]!,
                (string)value[1]!
            ),
        ];
    }

    private static Dictionary<string, string> Tenant(string tenants) => new() { ["X-Scope-OrgID"] = tenants };

    /// <summary>The recorded services and times, as the fleet has them.</summary>
    private static string Here(string text) =>
        System.Text.RegularExpressions.Regex.Replace(
            text.Replace("%22rentguy-api%22", "%22api%22", StringComparison.Ordinal)
                .Replace("%22rentguy-web%22", "%22web%22", StringComparison.Ordinal)
                .Replace("col 23", "col 15", StringComparison.Ordinal),
            @"17954\d{14}",
            m =>
                (long.Parse(m.Value, CultureInfo.InvariantCulture) + ((Now - 1795434501) * 1_000_000_000)).ToString(
                    CultureInfo.InvariantCulture
                )
        );

    private static List<JsonNode> Exchanges() =>
        [
            .. JsonNode.Parse(File.ReadAllText(Path.Combine(Recorded.Folder(), "loki", "exchanges.json")))![
                "exchanges"
            ]!
                .AsArray()
                .Select(e => e!.DeepClone()),
        ];
}
