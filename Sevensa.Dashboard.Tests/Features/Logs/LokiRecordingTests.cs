using System.Globalization;
using System.Net.WebSockets;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Query.LogQl;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Features.Logs;

/// <summary>Every answer that a real Loki gave is read, and every error keeps its status and words.</summary>
public sealed class LokiRecordingTests
{
    private const long Start = 1795434321520560228;
    private const long End = 1795434501520560228;

    private static readonly TenantScope RentGuy = new(["rentguy"]);
    private static readonly LokiSpan Span = new(Start, End);

    private static readonly Dictionary<string, Func<LokiClient, Task<object>>> Calls = new()
    {
        ["query_range streams"] = c => Range(c, "{service=\"rentguy-api\"}", limit: 5),
        ["query_range forward"] = c =>
            Range(c, "{service=\"rentguy-api\"}", limit: 3, direction: LokiDirection.Forward),
        ["query_range json filter"] = c => Range(c, "{service=\"rentguy-api\"} | json | status >= 500", limit: 5),
        ["query_range line filter none"] = c => Range(c, "{service=\"rentguy-api\"} |= \"nothing like this\""),
        ["query_range matrix"] = c =>
            Range(c, "sum by (service) (count_over_time({tenant=\"rentguy\"}[10s]))", step: 10),
        ["query instant vector"] = async c =>
            await c.QueryAsync(RentGuy, "sum(count_over_time({tenant=\"rentguy\"}[5m]))"),
        ["labels"] = async c => await c.LabelsAsync(RentGuy, Span),
        ["label values"] = async c => await c.LabelValuesAsync(RentGuy, "service", Span),
        ["series"] = async c => await c.SeriesAsync(RentGuy, ["{tenant=\"rentguy\"}"], Span),
        ["index stats"] = async c => await c.IndexStatsAsync(RentGuy, "{tenant=\"rentguy\"}", Span),
        ["index volume"] = async c => await c.IndexVolumeAsync(RentGuy, "{tenant=\"rentguy\"}", Span),
        ["index volume range"] = async c =>
            await c.IndexVolumeRangeAsync(RentGuy, "{tenant=\"rentguy\"}", Span, TimeSpan.FromSeconds(30)),
        ["detected labels"] = async c => await c.DetectedLabelsAsync(RentGuy, Span),
        ["detected fields"] = async c => await c.DetectedFieldsAsync(RentGuy, "{service=\"rentguy-api\"}", Span),
        ["patterns"] = async c => await c.PatternsAsync(RentGuy, "{service=\"rentguy-web\"}", Span),
        ["other tenant sees nothing"] = c => Range(c, "{service=\"rentguy-api\"}", scope: new TenantScope(["witcom"])),
        ["two tenants"] = c => Range(c, "{service=~\".+\"}", limit: 4, scope: new TenantScope(["witcom", "rentguy"])),
        ["buildinfo"] = async c => await c.BuildInfoAsync(),
        ["format query"] = async c => await c.FormatQueryAsync(RentGuy, "{service=\"a\"}|=\"b\"|json"),
        ["ready"] = async c =>
        {
            await c.ReadyAsync();
            return true;
        },
        ["error limit"] = c => Range(c, "{service=\"rentguy-api\"}", limit: 100_000),
        ["error range too long"] = c => Range(c, "{service=\"rentguy-api\"}", start: 0),
        ["error bad step"] = c =>
            Range(c, "sum(count_over_time({tenant=\"rentguy\"}[1s]))", step: 1, start: 1793706441520560228),
    };

    // Not sent by this client: it pushes nothing, refuses these queries itself, and never asks without a tenant.
    private static readonly string[] NotAsked =
    [
        "push rentguy",
        "push witcom",
        "push too old or bad",
        "push bad json",
        "error no org id",
        "error parse",
        "error empty matcher",
    ];

    public static TheoryData<string> Names => [.. Calls.Keys];

    [Fact]
    public void Every_exchange_is_covered() =>
        Assert.Equal(
            Recorded.Of("loki").Select(exchange => exchange.Name).Order(),
            Calls.Keys.Concat(NotAsked).Order()
        );

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Asks_as_recorded_and_reads_the_answer(string name)
    {
        var exchange = Recorded.Of("loki").Single(found => found.Name == name);
        await using var loki = await LokiStub.AnsweringAsync(exchange.Status, exchange.ContentType, exchange.Body);

        object? answer = null;
        LokiException? refused = null;
        try
        {
            answer = await Calls[name](loki.Client());
        }
        catch (LokiException exception)
        {
            refused = exception;
        }

        var asked = Assert.Single(loki.Requests);
        var recorded = new Uri("http://loki" + exchange.Path);
        Assert.Equal((exchange.Method, recorded.AbsolutePath), (asked.Method, asked.Path));
        Assert.Equal(Meant(Parameters(recorded)), Meant(asked.Parameters));
        if (exchange.Status == 200)
        {
            Assert.Equal(UpstreamState.Connected, loki.Upstreams.Find("Loki")?.State);
            Holds(JsonDocument.Parse(exchange.Body).RootElement, answer!);
        }
        else
        {
            Assert.Equal(exchange.Status, refused?.Status);
            Assert.Equal(exchange.Body.Trim(), refused?.Message);
            Assert.NotNull(refused?.Remedy);
        }
    }

    [Fact]
    public async Task Errors_keep_lokis_status_and_words()
    {
        var errors = Recorded.Of("loki").Where(exchange => exchange.Status >= 400).ToList();
        Assert.True(errors.Count > 5);
        foreach (var exchange in errors)
        {
            await using var loki = await LokiStub.AnsweringAsync(exchange.Status, exchange.ContentType, exchange.Body);
            var refused = await Assert.ThrowsAsync<LokiException>(() => Range(loki.Client(), "{a=\"b\"}"));
            Assert.Equal((exchange.Status, exchange.Body.Trim()), (refused.Status, refused.Message));
            Assert.Equal(LokiException.Terms.FaultOf(exchange.Status), refused.Fault);

            // Passed on, it is an answer like any other.
            using var passed = await loki.Client()
                .PassAsync(RentGuy, LokiEndpoint.QueryRange, [new("query", "{a=\"b\"}")]);
            Assert.Equal(exchange.Status, (int)passed.StatusCode);
            Assert.Equal(exchange.Body, await passed.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public void Queries_that_loki_refused_are_refused_before_they_are_sent()
    {
        foreach (var name in (string[])["error parse", "error empty matcher"])
        {
            var exchange = Recorded.Of("loki").Single(found => found.Name == name);
            var query = Parameters(new Uri("http://loki" + exchange.Path)).Single(p => p.Name == "query").Value;
            var refused = Assert.Throws<LogQlException>(() => LogQlParser.Parse(query));
            Assert.Equal(exchange.Body.Trim(), refused.LokiMessage);
        }
    }

    [Fact]
    public async Task A_recorded_tail_is_read_frame_by_frame()
    {
        using var recorded = JsonDocument.Parse(
            await File.ReadAllTextAsync(Path.Combine(Recorded.Folder(), "loki", "tail.json"))
        );
        var frames = recorded.RootElement.GetProperty("frames").EnumerateArray().ToList();
        await using var loki = await LokiStub.TailingAsync(
            frames.Select(frame => frame.GetRawText()),
            WebSocketCloseStatus.NormalClosure,
            "reached tail max duration limit",
            pieceSize: 100
        );

        await using var tail = await loki.Client().TailAsync(RentGuy, "{service=\"rentguy-api\"}", Start, 3);
        var read = new List<LokiTailFrame>();
        await foreach (var frame in tail.ReadAsync(TestContext.Current.CancellationToken))
        {
            read.Add(frame);
        }

        var asked = Assert.Single(loki.Requests);
        Assert.Equal("rentguy", asked.OrgId);
        Assert.Equal(
            Meant(Parameters(new Uri("http://loki" + recorded.RootElement.GetProperty("path").GetString()))),
            Meant(asked.Parameters)
        );
        Assert.Equal("reached tail max duration limit", tail.CloseReason);
        Assert.Equal(frames.Count, read.Count);
        foreach (var (expected, frame) in frames.Zip(read))
        {
            Streams(expected.GetProperty("streams"), frame.Streams);
            Assert.Empty(frame.Dropped);
        }
    }

    private static async Task<object> Range(
        LokiClient client,
        string logQl,
        int? limit = null,
        LokiDirection direction = LokiDirection.Backward,
        int? step = null,
        long start = Start,
        TenantScope? scope = null
    ) =>
        await client.QueryRangeAsync(
            scope ?? RentGuy,
            new LokiRangeQuery(
                logQl,
                start,
                End,
                limit,
                direction,
                step is { } seconds ? TimeSpan.FromSeconds(seconds) : null
            )
        );

    private static void Holds(JsonElement expected, object answer)
    {
        switch (answer)
        {
            case LokiAnswer result:
                var data = expected.GetProperty("data");
                Assert.Equal(data.GetProperty("resultType").GetString(), result.Type.ToString().ToLowerInvariant());
                if (result.Type == LokiResultType.Streams)
                {
                    Streams(data.GetProperty("result"), result.Streams);
                }
                else
                {
                    Series(data.GetProperty("result"), result.Series);
                }

                var summary = data.GetProperty("stats").GetProperty("summary");
                Assert.Equal(summary.GetProperty("totalBytesProcessed").GetInt64(), result.Stats.BytesProcessed);
                Assert.Equal(summary.GetProperty("totalLinesProcessed").GetInt64(), result.Stats.LinesProcessed);
                Assert.Equal(summary.GetProperty("totalEntriesReturned").GetInt64(), result.Stats.EntriesReturned);
                Assert.Equal(summary.GetProperty("execTime").GetDouble(), result.Stats.Seconds);
                break;
            case IReadOnlyList<string> texts:
                Assert.Equal(expected.GetProperty("data").EnumerateArray().Select(text => text.GetString()), texts);
                break;
            case IReadOnlyList<LokiLabels> series:
                Assert.Equal(expected.GetProperty("data").EnumerateArray().Select(Labels), series);
                break;
            case LokiIndexStats stats:
                Assert.Equal(expected.GetProperty("streams").GetInt64(), stats.Streams);
                break;
            case IReadOnlyList<LokiField> fields:
                Assert.Equal(
                    expected
                        .GetProperty("fields")
                        .EnumerateArray()
                        .Select(field =>
                            (
                                field.GetProperty("label").GetString(),
                                field.GetProperty("type").GetString(),
                                field.GetProperty("cardinality").GetInt64(),
                                field.GetProperty("parsers").ValueKind == JsonValueKind.Array ? "json" : ""
                            )
                        ),
                    fields.Select(field =>
                        ((string?)field.Label, (string?)field.Type, field.Cardinality, string.Join(',', field.Parsers))
                    )
                );
                break;
            case IReadOnlyList<LokiDetectedLabel> labels:
                Assert.Equal(
                    expected
                        .GetProperty("detectedLabels")
                        .EnumerateArray()
                        .Select(l => l.GetProperty("label").GetString()),
                    labels.Select(label => label.Label)
                );
                break;
            case IReadOnlyList<LokiPattern> patterns:
                Assert.Equal(expected.GetProperty("data").GetArrayLength(), patterns.Count);
                break;
            case LokiBuild build:
                Assert.Equal(expected.GetProperty("version").GetString(), build.Version);
                break;
            case string text:
                Assert.Equal(expected.GetProperty("data").GetString(), text);
                break;
            default:
                Assert.Fail($"Nothing says what {answer.GetType()} should hold.");
                break;
        }
    }

    private static void Streams(JsonElement expected, IReadOnlyList<LokiStream> streams)
    {
        Assert.Equal(expected.GetArrayLength(), streams.Count);
        foreach (var (want, got) in expected.EnumerateArray().Zip(streams))
        {
            Assert.Equal(Labels(want.GetProperty("stream")), got.Labels);
            Assert.Equal(
                want.GetProperty("values")
                    .EnumerateArray()
                    .Select(value => new LokiEntry(
                        long.Parse(value[0].GetString()!, CultureInfo.InvariantCulture),
                        value[1].GetString()!
                    )),
                got.Entries
            );
        }
    }

    private static void Series(JsonElement expected, IReadOnlyList<LokiSeries> series)
    {
        Assert.Equal(expected.GetArrayLength(), series.Count);
        foreach (var (want, got) in expected.EnumerateArray().Zip(series))
        {
            Assert.Equal(Labels(want.GetProperty("metric")), got.Labels);
            var points = want.TryGetProperty("values", out var values)
                ? values.EnumerateArray().ToList()
                : [want.GetProperty("value")];
            Assert.Equal(
                points.Select(point => new LokiPoint(
                    (long)(point[0].GetDecimal() * 1000),
                    double.Parse(point[1].GetString()!, CultureInfo.InvariantCulture)
                )),
                got.Points
            );
        }
    }

    private static LokiLabels Labels(JsonElement labels) =>
        new(labels.EnumerateObject().Select(label => KeyValuePair.Create(label.Name, label.Value.GetString()!)));

    // Queries are compared by what they mean; everything else as it is.
    private static List<string> Meant(IEnumerable<(string Name, string Value)> parameters) =>
        [
            .. parameters
                .Select(parameter =>
                    parameter.Name is "query" && !parameter.Value.Contains("|=\"b\"|json", StringComparison.Ordinal)
                        ? $"query={LogQlParser.Parse(parameter.Value)}"
                        : $"{parameter.Name}={parameter.Value}"
                )
                .Order(),
        ];

    private static IEnumerable<(string Name, string Value)> Parameters(Uri address) =>
        Microsoft
            .AspNetCore.WebUtilities.QueryHelpers.ParseQuery(address.Query)
            .SelectMany(pair => pair.Value, (pair, value) => (pair.Key, value!));
}
