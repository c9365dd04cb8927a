using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Features.Logs;

/// <summary>What Loki 3.7 answered, read by the client.</summary>
public sealed class NewestLokiTests
{
    private static readonly TenantScope RentGuy = new(["rentguy"]);
    private static readonly LokiSpan Span = new(1, 2);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static JsonElement Tails()
    {
        using var recorded = JsonDocument.Parse(
            File.ReadAllText(Path.Combine(Recorded.Folder(), "loki-3.7", "tail.json"))
        );
        return recorded.RootElement.GetProperty("tails").Clone();
    }

    private static async Task<List<(LokiLabels Labels, LokiEntry Entry)>> LinesAsync(string name)
    {
        var tail = Tails().EnumerateArray().Single(found => found.GetProperty("name").GetString() == name);
        await using var loki = await LokiStub.TailingAsync(
            tail.GetProperty("frames").EnumerateArray().Select(frame => frame.GetRawText()),
            WebSocketCloseStatus.NormalClosure,
            "",
            pieceSize: 90
        );
        await using var open = await loki.Client().TailAsync(RentGuy, "{a=\"b\"}", isCategorized: true);
        var lines = new List<(LokiLabels, LokiEntry)>();
        await foreach (var frame in open.ReadAsync(Cancellation))
        {
            Assert.Equal(name.EndsWith("categorized", StringComparison.Ordinal), frame.IsCategorized);
            lines.AddRange(frame.Streams.SelectMany(stream => stream.Entries.Select(entry => (stream.Labels, entry))));
        }
        return lines;
    }

    [Fact]
    public async Task Live_lines_with_categorized_labels_are_those_of_the_store()
    {
        var stored = await LinesAsync("tail live, plain, backlog");
        Assert.Equal(3, stored.Count);
        Assert.Equal(stored, await LinesAsync("tail live, plain categorized"));
        Assert.NotEqual(stored, await LinesAsync("tail live, plain"));
    }

    [Fact]
    public async Task What_was_parsed_of_a_line_is_among_its_labels_either_way() =>
        Assert.Equal(await LinesAsync("tail live, json"), await LinesAsync("tail live, json categorized"));

    [Fact]
    public async Task A_tail_of_the_page_asks_for_them()
    {
        var asked = "";
        await using var loki = await LokiStub.StartAsync(
            (context, _) =>
            {
                asked = context.Request.Headers["X-Loki-Response-Encoding-Flags"].ToString();
                context.Response.StatusCode = 400;
                return Task.CompletedTask;
            }
        );
        await Assert.ThrowsAsync<LokiException>(() => loki.Client().TailAsync(RentGuy, null, isCategorized: true));
        Assert.Equal("categorize-labels", asked);
    }

    /// <summary>Every exchange, asked for by the call that it answers.</summary>
    [Fact]
    public async Task Every_answer_is_read_or_told_in_lokis_words()
    {
        var wrong = new List<string>();
        var read = 0;
        foreach (var exchange in Recorded.Of("loki-3.7"))
        {
            await using var loki = await LokiStub.AnsweringAsync(exchange.Status, exchange.ContentType, exchange.Body);
            try
            {
                await AskAsync(loki.Client(), exchange.Path);
                read++;
                if (exchange.Status >= 400)
                {
                    wrong.Add($"{exchange.Name}: {exchange.Status} was taken for an answer");
                }
            }
            catch (LokiException exception)
            {
                read++;
                if ((exchange.Status, exchange.Body.Trim()) != (exception.Status, exception.Message))
                {
                    wrong.Add($"{exchange.Name}: {exception.Status} {exception.Message}");
                }
            }
        }
        Assert.Empty(wrong);
        Assert.InRange(read, 70, 200);
    }

    private static Task AskAsync(LokiClient client, string asked)
    {
        var path = asked.Split('?')[0]["/loki/api/v1/".Length..];
        return path switch
        {
            "labels" => client.LabelsAsync(RentGuy, Span),
            "series" => client.SeriesAsync(RentGuy, ["{a=\"b\"}"], Span),
            "index/stats" => client.IndexStatsAsync(RentGuy, null, Span),
            "index/volume" or "index/volume_range" => client.IndexVolumeAsync(RentGuy, "{a=\"b\"}", Span),
            "patterns" => client.PatternsAsync(RentGuy, "{a=\"b\"}", Span),
            "detected_fields" => client.DetectedFieldsAsync(RentGuy, "{a=\"b\"}", Span),
            "detected_labels" => client.DetectedLabelsAsync(RentGuy, Span),
            "format_query" => client.FormatQueryAsync(RentGuy, "{a=\"b\"}"),
            "tail" => client.TailAsync(RentGuy, null),
            "query" or "query_range" => client.QueryRangeAsync(RentGuy, new LokiRangeQuery("{a=\"b\"}", 1, 2)),
            _ when path.StartsWith("label/", StringComparison.Ordinal) => client.LabelValuesAsync(RentGuy, "a", Span),
            _ => PassedAsync(client),
        };
    }

    /// <summary>What the client itself never asks is passed on as it is, and told in words where it is an error.</summary>
    private static async Task PassedAsync(LokiClient client)
    {
        using var answer = await client.PassAsync(RentGuy, LokiEndpoint.DrilldownLimits, []);
        if (!answer.IsSuccessStatusCode)
        {
            throw await LokiClient.RefusalAsync(answer, Cancellation);
        }
    }

    [Fact]
    public async Task Labels_of_categorized_lines_are_those_of_uncategorized_ones()
    {
        var exchange = Recorded.Of("loki-3.7").Single(found => found.Name == "the same categorized");
        await using var loki = await LokiStub.AnsweringAsync(exchange.Status, exchange.ContentType, exchange.Body);
        var answer = await loki.Client().QueryRangeAsync(RentGuy, new LokiRangeQuery("{a=\"b\"}", 1, 2));
        Assert.Equal(2, answer.Streams.Sum(stream => stream.Entries.Count));
        Assert.All(
            answer.Streams,
            stream =>
            {
                Assert.Equal("api", stream.Labels["service"]);
                Assert.StartsWith("rentguy", stream.Labels["trace_id"], StringComparison.Ordinal);
                Assert.Equal("200", stream.Labels["status"]);
            }
        );
    }

    [Fact]
    public async Task What_is_not_switched_on_is_said_to_be_so_and_is_no_failure_of_Loki()
    {
        var exchange = Recorded.Of("loki-3.7").Single(found => found.Name == "approx_topk");
        await using var loki = await LokiStub.AnsweringAsync(exchange.Status, exchange.ContentType, exchange.Body);
        var refused = await Assert.ThrowsAsync<LokiException>(() =>
            loki.Client().QueryAsync(RentGuy, "approx_topk(2, sum by (a) (count_over_time({b=\"c\"}[1m])))")
        );
        Assert.Equal((UpstreamFault.Refused, exchange.Body.Trim()), (refused.Fault, refused.Message));
        Assert.Contains("not switched approx_topk on", refused.Remedy, StringComparison.Ordinal);
        Assert.NotEqual(UpstreamState.Degraded, loki.Upstreams.Find("Loki")?.State);
    }

    [Fact]
    public async Task A_Loki_that_is_shutting_down_costs_one_short_wait()
    {
        await using var loki = await LokiStub.StartAsync(
            async (context, asked) =>
            {
                if (asked.Path == "/ready")
                {
                    context.Response.StatusCode = 503;
                    await context.Response.WriteAsync("Application is stopping");
                    return;
                }
                await Task.Delay(Timeout.Infinite, context.RequestAborted)
                    .ContinueWith(_ => { }, TaskScheduler.Default);
            }
        );
        var client = loki.Client(timeoutSeconds: 60);
        var clock = Stopwatch.StartNew();
        var refused = await Assert.ThrowsAsync<LokiException>(() => client.LabelsAsync(RentGuy, Span));
        Assert.Equal((UpstreamFault.Unreachable, "Application is stopping"), (refused.Fault, refused.Message));
        Assert.Contains("shutting down", refused.Remedy, StringComparison.Ordinal);
        // Half of what one question cost, on a machine that is much slower.
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 30);
        var before = loki.Requests.Count(asked => asked.Path != "/ready");
        await Assert.ThrowsAsync<LokiException>(() => client.LabelsAsync(RentGuy, Span));
        Assert.Equal(before, loki.Requests.Count(asked => asked.Path != "/ready"));
    }
}
