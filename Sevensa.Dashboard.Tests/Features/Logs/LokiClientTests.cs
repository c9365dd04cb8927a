using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Logs;
using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Tests.Features.Logs;

public sealed class LokiClientTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private const string Empty = """{"status":"success","data":{"resultType":"streams","result":[]}}""";

    private static readonly TenantScope One = new(["a"]);
    private static readonly TenantScope Two = new(["a", "b"]);
    private static readonly LokiRangeQuery Everything = new(null, 1, 2);

    [Fact]
    public async Task A_tenant_is_named_in_the_header_and_only_there()
    {
        await using var loki = await LokiStub.AnsweringAsync(200, "application/json", Empty);
        await loki.Client().QueryRangeAsync(One, Everything with { LogQl = "{app=\"x\"} # all" });
        await loki.Client().QueryRangeAsync(Two, Everything);

        Assert.Equal(
            [("a", "{app=\"x\"}"), ("a|b", "{service_name=~\".+\"}")],
            loki.Requests.Select(asked => (asked.OrgId!, asked["query"]!))
        );
    }

    [Fact]
    public async Task Where_the_tenant_is_a_label_every_selector_carries_it_and_no_header_is_sent()
    {
        await using var loki = await LokiStub.AnsweringAsync(200, "application/json", Empty);
        var client = loki.Client(LokiTenancy.Label);
        await client.QueryRangeAsync(
            One,
            Everything with
            {
                LogQl = "sum(rate({x=\"1\"}[1m])) / sum(rate({y=\"2\"}[1m]))",
            }
        );
        await client.QueryRangeAsync(Two, Everything);
        await Ignored(client.LabelsAsync(One, default));
        await Ignored(client.LabelValuesAsync(One, "app", default, "{app=~\".*\"}"));
        await Ignored(client.SeriesAsync(One, [], default));
        await Ignored(client.SeriesAsync(One, ["{x=\"1\"}", "{tenant=\"b\"}"], default));
        await Ignored(client.PatternsAsync(One, "{x=\"1\"}", default));
        await Ignored(client.DetectedLabelsAsync(One, default));

        Assert.All(loki.Requests, asked => Assert.Null(asked.OrgId));
        Assert.Equal(
            [
                "sum(rate({x=\"1\", tenant=\"a\"} [1m])) / sum(rate({y=\"2\", tenant=\"a\"} [1m]))",
                "{tenant=~\"a|b\"}",
                "{tenant=\"a\"}",
                "{app=~\".*\", tenant=\"a\"}",
                "{tenant=\"a\"}",
                "{x=\"1\", tenant=\"a\"} {tenant=\"b\", tenant=\"a\"}",
                "{x=\"1\", tenant=\"a\"}",
                "{tenant=\"a\"}",
            ],
            loki.Requests.Select(asked =>
                string.Join(' ', asked.Parameters.Where(p => p.Name is "query" or "match[]").Select(p => p.Value))
            )
        );
    }

    [Theory]
    [InlineData("{__tenant_id__=\"b\"}")]
    [InlineData("{app=\"x\"")]
    [InlineData("{app=\"x\"} {app=\"y\"}")]
    public async Task What_cannot_be_scoped_is_not_sent(string query)
    {
        await using var loki = await LokiStub.AnsweringAsync(200, "application/json", Empty);
        foreach (var tenancy in Enum.GetValues<LokiTenancy>())
        {
            var client = loki.Client(tenancy);
            await Refused(client.QueryAsync(One, query));
            await Refused(client.QueryRangeAsync(One, Everything with { LogQl = query }));
            await Refused(client.SeriesAsync(One, [query], default));
            await Refused(client.LabelsAsync(One, default, query));
            await Refused(client.IndexStatsAsync(One, query, default));
            await Refused(client.PatternsAsync(One, query, default));
            await Refused(client.TailAsync(One, query));
            await Refused(client.PassAsync(One, LokiEndpoint.QueryRange, [new("query", query)]));
            await Refused(
                client.PassAsync(One, LokiEndpoint.Series, [new("match[]", "{a=\"b\"}"), new("match", query)])
            );
        }

        Assert.Empty(loki.Requests);

        static async Task Refused(Task call) => await Assert.ThrowsAsync<QueryRefusedException>(() => call);
    }

    [Fact]
    public async Task What_is_passed_on_is_rebuilt_from_known_parameters()
    {
        await using var loki = await LokiStub.AnsweringAsync(200, "application/json", Empty);
        var client = loki.Client(path: "/behind/a/path/");
        using var response = await client.PassAsync(
            One,
            LokiEndpoint.LabelValues,
            [new("start", "1"), new("X-Scope-OrgID", "b"), new("tenant", "b"), new("query", "{x=\"1\"}")],
            "a label?"
        );
        Assert.Equal(Empty, await response.Content.ReadAsStringAsync());
        var asked = Assert.Single(loki.Requests);
        Assert.Equal("/behind/a/path/loki/api/v1/label/a%20label%3F/values", asked.Path);
        Assert.Equal([("query", "{x=\"1\"}"), ("start", "1")], asked.Parameters);
        Assert.Equal("a", asked.OrgId);

        foreach (var label in (string?[])[null, "__tenant_id__", "../../x", "a/b"])
        {
            await Assert.ThrowsAsync<QueryRefusedException>(() =>
                client.PassAsync(One, LokiEndpoint.LabelValues, [], label)
            );
        }

        await Assert.ThrowsAsync<QueryRefusedException>(() =>
            client.PassAsync(One, LokiEndpoint.Query, [new("query", "{a=\"b\"}"), new("query", "{c=\"d\"}")])
        );
    }

    [Fact]
    public async Task A_long_query_goes_as_a_form()
    {
        await using var loki = await LokiStub.AnsweringAsync(200, "application/json", Empty);
        var query = "{a=\"b\"}" + string.Concat(Enumerable.Repeat(" |= \"long & long\"", 500));
        await loki.Client().QueryRangeAsync(One, Everything with { LogQl = query });
        var asked = Assert.Single(loki.Requests);
        Assert.Equal(("POST", query, "1"), (asked.Method, asked["query"], asked["start"]));
    }

    [Fact]
    public async Task Several_tenants_are_asked_one_by_one_where_the_server_wants_it_so()
    {
        await using var loki = await LokiStub.StartAsync(
            async (context, asked) =>
            {
                if (asked.OrgId!.Contains('|', StringComparison.Ordinal))
                {
                    context.Response.StatusCode = 400;
                    await context.Response.WriteAsync("multiple org IDs present\n");
                    return;
                }

                // Tenant a has the even times, tenant b the odd ones; both have 100.
                var times = asked.OrgId == "a" ? new[] { 100, 98, 96 } : [100, 99, 97];
                var values = string.Join(',', times.Select(time => $"[\"{time}\",\"{asked.OrgId} {time}\"]"));
                await context.Response.WriteAsync(
                    "{\"data\":{\"resultType\":\"streams\",\"result\":[{\"stream\":{\"app\":\"x\"},\"values\":["
                        + values
                        + "]}],\"stats\":{\"summary\":{\"totalLinesProcessed\":3}}}}"
                );
            }
        );
        var client = loki.Client();
        for (var round = 0; round < 2; round++)
        {
            var answer = await client.QueryRangeAsync(Two, Everything with { Limit = 4 });
            Assert.Equal(
                ["a 100", "b 100", "b 99", "a 98"],
                answer.Lines(LokiDirection.Backward).Select(line => line.Text)
            );
            Assert.Equal(["a", "b"], answer.Streams.Select(stream => stream.Labels["__tenant_id__"]));
            Assert.Equal(6, answer.Stats.LinesProcessed);
        }

        // "a|b" was tried once only.
        Assert.Equal(
            ["a", "a", "a|b", "b", "b"],
            loki.Requests.Select(asked => asked.OrgId).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task A_missing_server_is_not_configured_and_a_dead_one_unreachable()
    {
        var upstreams = new Upstreams(TimeProvider.System);
        var none = new LokiClient(new HttpClient(), Options.Create(new LogsOptions()), upstreams, TimeProvider.System);
        var missing = await Assert.ThrowsAsync<LokiException>(() => none.QueryRangeAsync(One, Everything));
        Assert.Equal(UpstreamFault.NotConfigured, missing.Fault);
        Assert.Contains("Loki:Url", missing.Remedy, StringComparison.Ordinal);

        var gone = await LokiStub.AnsweringAsync(200, "application/json", Empty);
        await gone.DisposeAsync();
        var dead = await Assert.ThrowsAsync<LokiException>(() => gone.Client().QueryRangeAsync(One, Everything));
        Assert.Equal(UpstreamFault.Unreachable, dead.Fault);
        Assert.Equal(UpstreamState.Unreachable, gone.Upstreams.Find("Loki")?.State);
        var tail = await Assert.ThrowsAsync<LokiException>(() => gone.Client().TailAsync(One, null));
        Assert.Equal(UpstreamFault.Unreachable, tail.Fault);
    }

    [Fact]
    public async Task A_slow_server_times_out_and_a_caller_who_leaves_is_no_fault()
    {
        var asked = new TaskCompletionSource();
        await using var loki = await LokiStub.StartAsync(
            async (context, _) =>
            {
                asked.TrySetResult();
                await context.Response.StartAsync();
                await Task.Delay(Timeout.Infinite, context.RequestAborted)
                    .ContinueWith(_ => { }, TaskScheduler.Default);
            }
        );
        var slow = await Assert.ThrowsAsync<LokiException>(() =>
            loki.Client(timeoutSeconds: 1).QueryRangeAsync(One, Everything)
        );
        Assert.Equal(UpstreamFault.TimedOut, slow.Fault);

        using var leaving = new CancellationTokenSource();
        var call = loki.Client().QueryRangeAsync(One, Everything, leaving.Token);
        await asked.Task.WaitAsync(Patience);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("{\"status\":\"success\"}")]
    [InlineData(
        "{\"status\":\"success\",\"data\":{\"resultType\":\"streams\",\"result\":[{\"stream\":{},\"values\":[[\"1\""
    )]
    [InlineData("{\"data\":{\"resultType\":\"streams\",\"result\":[{\"stream\":{},\"values\":[[\"soon\",\"x\"]]}]}}")]
    [InlineData("{\"data\":{\"resultType\":\"streams\",\"result\":[{\"stream\":{},\"values\":[[\"1\"]]}]}}")]
    [InlineData("{\"data\":{\"resultType\":\"cubes\",\"result\":[]}}")]
    public async Task Garbage_is_called_garbage(string body)
    {
        await using var loki = await LokiStub.AnsweringAsync(200, "application/json", body);
        var garbled = await Assert.ThrowsAsync<LokiException>(() => loki.Client().QueryRangeAsync(One, Everything));
        Assert.Equal(UpstreamFault.Garbled, garbled.Fault);
        Assert.Equal(UpstreamState.Degraded, loki.Upstreams.Find("Loki")?.State);
    }

    [Theory]
    [InlineData(
        429,
        "application/json",
        "{\"code\":429,\"status\":\"error\",\"message\":\"too many outstanding requests\"}",
        "too many outstanding requests"
    )]
    [InlineData(502, "text/html", "<html><body>Bad gateway</body></html>", "Loki answered 502 without a word.")]
    [InlineData(500, "text/plain", "", "Loki answered 500 without a word.")]
    [InlineData(400, "application/json", "{broken", "{broken")]
    public async Task Errors_of_every_shape_become_words(int status, string type, string body, string message)
    {
        await using var loki = await LokiStub.AnsweringAsync(status, type, body);
        var refused = await Assert.ThrowsAsync<LokiException>(() => loki.Client().QueryRangeAsync(One, Everything));
        Assert.Equal((status, message), (refused.Status, refused.Message));
    }

    [Fact]
    public async Task Lines_of_any_size_and_content_are_read()
    {
        // A line of 3 MB, control characters, half a surrogate pair, bytes that are no UTF-8, and a third column.
        var huge = new string('x', 3_000_000);
        var body = Encoding
            .UTF8.GetBytes(
                $$$"""
                {"data":{"result":[{"values":[["1","{{{huge}}}"],["2","\u0000\u001b[31m<script>\n\"\\\/"],
                ["3","half \ud800 pair"],["4","@"],["5","meta",{"structuredMetadata":{"a":["b"]}}]],"stream":{"k":"v"}},
                {"metric":{},"value":[1.5,"NaN"]},{"metric":{"x":"y"},"values":[[1,"+Inf"],[2.25,"-Inf"],[3,"1e3"]]}],
                "resultType":"streams"},"warnings":["a part is missing"]}
                """
            )
            .Select(value => value == (byte)'@' ? (byte)0xFF : value)
            .ToArray();
        await using var loki = await LokiStub.StartAsync(
            async (context, _) =>
            {
                // In pieces, so that tokens are cut anywhere.
                foreach (var piece in body.Chunk(70_001))
                {
                    await context.Response.Body.WriteAsync(piece);
                    await context.Response.Body.FlushAsync();
                }
            }
        );
        var answer = await loki.Client().QueryRangeAsync(One, Everything);
        var stream = Assert.Single(answer.Streams);
        Assert.Equal("v", stream.Labels["k"]);
        Assert.Equal(
            [huge, "\0\u001b[31m<script>\n\"\\/", "half \ufffd pair", "\ufffd", "meta"],
            stream.Entries.Select(entry => entry.Line)
        );
        Assert.Equal([1, 2, 3, 4, 5], stream.Entries.Select(entry => entry.TimeUnixNs));
        Assert.Equal(
            [
                new(1500, double.NaN),
                new(1000, double.PositiveInfinity),
                new(2250, double.NegativeInfinity),
                new(3000, 1000),
            ],
            answer.Series.SelectMany(series => series.Points)
        );
        Assert.Equal(["a part is missing"], answer.Warnings);
    }

    [Fact]
    public async Task A_scalar_is_a_series_of_one_point()
    {
        await using var loki = await LokiStub.AnsweringAsync(
            200,
            "application/json",
            """{"status":"success","data":{"resultType":"scalar","result":[1795434443.716,"2"],"stats":{}}}"""
        );
        var answer = await loki.Client().QueryAsync(One, "1+1");
        Assert.Equal(LokiResultType.Scalar, answer.Type);
        Assert.Equal([new(1795434443716, 2)], Assert.Single(answer.Series).Points);
    }

    [Fact]
    public async Task Patterns_come_most_frequent_first()
    {
        await using var loki = await LokiStub.AnsweringAsync(
            200,
            "application/json",
            """{"status":"success","data":[{"pattern":"<_> b","samples":[[10,1]]},{"pattern":"a <_>","level":"error","samples":[[10,2],[20,3]]}]}"""
        );
        var patterns = await loki.Client().PatternsAsync(One, "{a=\"b\"}", default);
        Assert.Equal([("a <_>", "error", 5), ("<_> b", null, 1)], patterns.Select(p => (p.Pattern, p.Level, p.Total)));
        Assert.Equal([new(10_000, 2), new(20_000, 3)], patterns[0].Samples);
    }

    [Fact]
    public async Task Recent_lines_are_newest_first_and_numbers_are_refused()
    {
        await using var loki = await LokiStub.StartAsync(
            (context, asked) =>
                context.Response.WriteAsync(
                    asked["query"]!.StartsWith('{')
                        ? """{"data":{"resultType":"streams","result":[{"stream":{"s":"1"},"values":[["3","c"],["1","a"]]},{"stream":{"s":"2"},"values":[["2","b"]]}]}}"""
                        : """{"data":{"resultType":"matrix","result":[]}}"""
                )
        );
        var logs = new ScopedLogs(loki.Client());
        var (from, to) = (DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddSeconds(1));
        var lines = await logs.RecentAsync(One, logs.QueryFor("api", "say \"hi\"", "error"), from, to, 10, default);
        Assert.Equal(["c", "b", "a"], lines.Select(line => line.Text));
        Assert.Equal(
            "{service=\"api\"} |= \"say \\\"hi\\\"\" | detected_level=\"error\"",
            loki.Requests.First()["query"]
        );
        Assert.Equal(
            ("0", "1000000000", "10"),
            (loki.Requests.First()["start"], loki.Requests.First()["end"], loki.Requests.First()["limit"])
        );
        await Assert.ThrowsAsync<QueryRefusedException>(() =>
            logs.RecentAsync(One, "rate({a=\"b\"}[1m])", from, to, 10, default)
        );
    }

    // Only what is asked matters, not that the stub's one answer suits every question.
    private static async Task Ignored(Task call)
    {
        try
        {
            await call;
        }
        catch (LokiException exception)
        {
            Assert.Equal(UpstreamFault.Garbled, exception.Fault);
        }
    }
}
