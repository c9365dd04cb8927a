using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Sevensa.Dashboard.Tests.Features.Metrics;

public sealed class PrometheusApiTests(MetricsApp app) : IClassFixture<MetricsApp>
{
    private const string Own = "/api/v1/tenants/rentguy/prometheus/api/v1";

    [Fact]
    public async Task A_query_is_asked_in_the_tenants_scope_whatever_it_says()
    {
        using var client = await app.ApiAsAsync("viewer");
        using var answer = await client.GetAsync(
            $"{Own}/query?query={Uri.EscapeDataString("up{tenant=~\".*\"} or vector(1) * sum(rate(http_requests_total[5m]))")}&time=5&tenant=witcom"
        );
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var asked = Last("/api/v1/query");
        var query = Assert.Single(asked.All("query"));
        Assert.Equal(2, query.Split("tenant=\"rentguy\"").Length - 1);
        Assert.Equal(["5"], asked.All("time"));
        Assert.Empty(asked.All("tenant"));
    }

    [Fact]
    public async Task Headers_of_the_caller_stay_here()
    {
        using var client = await app.ApiAsAsync("viewer");
        client.DefaultRequestHeaders.Add("X-Scope-OrgID", "witcom");
        client.DefaultRequestHeaders.Add("X-Prom-Label", "witcom");
        client.DefaultRequestHeaders.Add("Cookie", "a=b");
        using var answer = await client.GetAsync($"{Own}/query?query=headers_up");
        var headers = app
            .Prometheus.Requests.Last(asked => asked.All("query").Any(q => q.Contains("headers_up")))
            .Headers;
        Assert.DoesNotContain("X-Scope-OrgID", headers.Keys);
        Assert.DoesNotContain("X-Prom-Label", headers.Keys);
        Assert.DoesNotContain("Cookie", headers.Keys);
        Assert.DoesNotContain("Authorization", headers.Keys);
    }

    [Theory]
    [InlineData("?match[]={}", "{tenant=\"rentguy\"}")]
    [InlineData("", "{tenant=\"rentguy\"}")]
    [InlineData("?match[]=up", "up{tenant=\"rentguy\"}")]
    public async Task Selectors_are_scoped_and_none_means_all_of_the_tenant(string given, string sent)
    {
        using var client = await app.ApiAsAsync("viewer");
        using var answer = await client.GetAsync($"{Own}/label/job/values{given}");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal([sent], Last("/api/v1/label/job/values").All("match[]"));
    }

    [Fact]
    public async Task Every_one_of_several_selectors_is_scoped()
    {
        using var client = await app.ApiAsAsync("viewer");
        using var answer = await client.PostAsync(
            $"{Own}/series?match[]=a",
            new FormUrlEncodedContent([new("match[]", "b"), new("match[]", "{tenant=\"witcom\"}"), new("start", "1")])
        );
        var asked = Last("/api/v1/series");
        Assert.Equal(3, asked.All("match[]").Count());
        Assert.All(
            asked.All("match[]"),
            match => Assert.Contains("tenant=\"rentguy\"", match, StringComparison.Ordinal)
        );
        Assert.Equal(["1"], asked.All("start"));
    }

    [Fact]
    public async Task Metadata_is_only_what_the_tenants_own_targets_say()
    {
        app.Prometheus.Answers["/api/v1/label/__name__/values"] = (
            200,
            """{"status":"success","data":["up","jobs_total","http_request_duration_seconds_bucket"]}"""
        );
        app.Prometheus.Answers["/api/v1/targets/metadata"] = (
            200,
            """
            {"status":"success","data":[
              {"target":{"job":"node"},"metric":"up","type":"gauge","help":"nobody's","unit":""},
              {"target":{"tenant":"rentguy"},"metric":"jobs","type":"counter","help":"ours","unit":""},
              {"target":{"tenant":"witcom"},"metric":"jobs","type":"counter","help":"theirs","unit":""},
              {"target":{"tenant":"rentguy"},"metric":"http_request_duration_seconds","type":"histogram","help":"","unit":""},
              {"target":{"job":"node"},"metric":"witcom_secret_total","type":"counter","help":"","unit":""}]}
            """
        );
        try
        {
            using var client = await app.ApiAsAsync("viewer");
            var answer = await client.GetFromJsonAsync<JsonElement>($"{Own}/metadata");
            var data = answer.GetProperty("data");
            Assert.Equal(
                ["http_request_duration_seconds", "jobs", "up"],
                data.EnumerateObject().Select(metric => metric.Name).Order()
            );
            Assert.Equal(
                ["ours"],
                data.GetProperty("jobs").EnumerateArray().Select(one => one.GetProperty("help").GetString())
            );
            Assert.Equal(["{tenant=\"rentguy\"}"], Last("/api/v1/label/__name__/values").All("match[]"));
            Assert.Equal(["{tenant=~\"rentguy|\"}"], Last("/api/v1/targets/metadata").All("match_target"));
        }
        finally
        {
            app.Prometheus.Answers.TryRemove("/api/v1/targets/metadata", out _);
        }
    }

    [Fact]
    public async Task A_server_that_tells_no_targets_apart_says_no_help_texts()
    {
        app.Prometheus.Answers["/api/v1/label/__name__/values"] = (
            200,
            """{"status":"success","data":["jobs_total"]}"""
        );
        app.Prometheus.Answers["/api/v1/targets/metadata"] = (404, "404 page not found");
        app.Prometheus.Answers["/api/v1/metadata"] = (
            200,
            """{"status":"success","data":{"jobs":[{"type":"counter","help":"ours","unit":""},{"type":"counter","help":"theirs","unit":""}]}}"""
        );
        try
        {
            using var client = await app.ApiAsAsync("viewer");
            var answer = await client.GetFromJsonAsync<JsonElement>($"{Own}/metadata");
            var told = Assert.Single(answer.GetProperty("data").GetProperty("jobs").EnumerateArray());
            Assert.Equal(("counter", ""), (told.GetProperty("type").GetString(), told.GetProperty("help").GetString()));
        }
        finally
        {
            app.Prometheus.Answers.TryRemove("/api/v1/targets/metadata", out _);
            app.Prometheus.Answers.TryRemove("/api/v1/metadata", out _);
        }
    }

    [Theory]
    [InlineData(401, "Unauthorized", 502, "Prometheus:TokenFile")]
    [InlineData(403, "<html>Forbidden</html>", 502, "Prometheus:TokenFile")]
    [InlineData(404, "404 page not found", 502, "Prometheus:Url")]
    [InlineData(302, "", 502, "Prometheus:Url")]
    [InlineData(503, "Service Unavailable", 503, "wait a little")]
    [InlineData(429, "too many outstanding requests", 503, "wait a little")]
    [InlineData(502, "<html>Bad Gateway</html>", 502, "log of Prometheus")]
    [InlineData(200, "<html>Sign in</html>", 502, "not what Prometheus sends")]
    [InlineData(200, "", 502, "not what Prometheus sends")]
    [InlineData(200, "[]", 502, "not what Prometheus sends")]
    [InlineData(200, "{}", 502, "not what Prometheus sends")]
    [InlineData(200, """{"status":"error","error":"x"}""", 502, "not what Prometheus sends")]
    [InlineData(
        200,
        """{"status":"success","data":{"resultType":"vector","result":[{"metric":{}""",
        502,
        "can't be read"
    )]
    [InlineData(200, """{"status":"success","data":nope}""", 502, "can't be read")]
    [InlineData(200, """{"status":"success","data":[]} and more""", 502, "can't be read")]
    public async Task What_prometheus_says_of_itself_is_never_the_callers_fault_nor_a_success(
        int status,
        string body,
        int answered,
        string words
    )
    {
        string[] paths =
        [
            "query?query=up",
            "query_range?query=up&start=0&end=60&step=15",
            "series?match[]=up",
            "labels",
            "label/job/values",
            "query_exemplars?query=up",
            "metadata",
        ];
        using var client = await app.ApiAsAsync("viewer");
        foreach (var path in paths)
        {
            var at = $"/api/v1/{(path == "metadata" ? "label/__name__/values" : path.Split('?')[0])}";
            app.Prometheus.Answers[at] = (status, body);
            if (path == "metadata")
            {
                app.Prometheus.Answers["/api/v1/targets/metadata"] = (200, """{"status":"success","data":[]}""");
            }
            try
            {
                using var answer = await client.GetAsync($"{Own}/{path}");
                Assert.Equal(answered, (int)answer.StatusCode);
                Assert.Null(answer.Headers.WwwAuthenticate.FirstOrDefault());
                var error = await answer.Content.ReadFromJsonAsync<JsonElement>();
                Assert.Equal("error", error.GetProperty("status").GetString());
                Assert.NotEmpty(error.GetProperty("errorType").GetString()!);
                Assert.Contains(words, error.GetProperty("error").GetString(), StringComparison.Ordinal);
            }
            finally
            {
                app.Prometheus.Answers.TryRemove(at, out _);
                app.Prometheus.Answers.TryRemove("/api/v1/targets/metadata", out _);
            }
        }
    }

    [Fact]
    public async Task The_state_says_what_prometheus_answered_and_is_well_again_after_a_good_answer_by_this_path()
    {
        var upstreams = app.Services.GetRequiredService<Sevensa.Dashboard.Platform.Http.Upstreams>();
        using var client = await app.ApiAsAsync("viewer");
        app.Prometheus.Answers["/api/v1/query"] = (401, "Unauthorized");
        using (await client.GetAsync($"{Own}/query?query=state_up")) { }
        app.Prometheus.Answers.TryRemove("/api/v1/query", out _);
        Assert.Equal("Degraded", upstreams.Find("Prometheus")!.State.ToString());
        Assert.Contains("Prometheus:TokenFile", upstreams.Find("Prometheus")!.Remedy, StringComparison.Ordinal);
        using (await client.GetAsync($"{Own}/query?query=state_up")) { }
        Assert.Equal("Connected", upstreams.Find("Prometheus")!.State.ToString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_answer_that_breaks_in_the_middle_ends_as_an_error(bool cut)
    {
        app.Prometheus.ByHand["/api/v1/query_range"] = async context =>
        {
            await context.Response.WriteAsync(
                """{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":["""
            );
            for (var i = 0; i < 40_000; i++)
            {
                await context.Response.WriteAsync($"[{i},\"{i}\"],");
            }
            if (cut)
            {
                context.Abort();
                return;
            }
            await context.Response.WriteAsync("oops");
        };
        try
        {
            using var client = await app.ApiAsAsync("viewer");
            using var answer = await client.GetAsync(
                $"{Own}/query_range?query=broken&start=0&end=60&step=15",
                HttpCompletionOption.ResponseHeadersRead
            );
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            await Assert.ThrowsAnyAsync<Exception>(() => answer.Content.ReadAsStringAsync());
        }
        finally
        {
            app.Prometheus.ByHand.TryRemove("/api/v1/query_range", out _);
        }
    }

    [Theory]
    [InlineData("sum by (service) (rate( jobs_seconds[5m]))", "1:24", "1:25")]
    [InlineData("up\n+ on () rate(x[5m])", "1:35", "2:14")]
    public async Task Places_in_what_the_server_says_are_those_of_the_callers_text(
        string query,
        string sent,
        string told
    )
    {
        const string Words = "PromQL info: metric might not be a counter, name does not end in _total: \\\"jobs\\\"";
        app.Prometheus.Answers["/api/v1/query"] = (
            200,
            $$"""{"status":"success","data":{"resultType":"vector","result":[]},"infos":["{{Words}} ({{sent}})"]}"""
        );
        try
        {
            using var client = await app.ApiAsAsync("viewer");
            var answer = await client.GetFromJsonAsync<JsonElement>($"{Own}/query?query={Uri.EscapeDataString(query)}");
            Assert.EndsWith($"\"jobs\" ({told})", answer.GetProperty("infos")[0].GetString(), StringComparison.Ordinal);
        }
        finally
        {
            app.Prometheus.Answers.TryRemove("/api/v1/query", out _);
        }
    }

    [Fact]
    public async Task Names_without_quotes_are_read_where_the_server_reads_them()
    {
        using var client = await app.ApiAsAsync("viewer");
        var dialect = app.Services.GetRequiredService<Sevensa.Dashboard.Features.Metrics.Prometheus.PromQlDialect>();
        var query = $"{Own}/query?query={Uri.EscapeDataString("http.server.requests{http.route=\"/a\"} + 温度")}";
        dialect.Learn(null);
        using (var refused = await client.GetAsync(query))
        {
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        }
        dialect.Learn(Features("""{"promql":{"unquoted_utf8_names":true}}"""));
        using var answer = await client.GetAsync(query);
        dialect.Learn(null);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(
            [
                "{__name__=\"http.server.requests\",\"http.route\"=\"/a\",tenant=\"rentguy\"} + {__name__=\"温度\",tenant=\"rentguy\"}",
            ],
            Last("/api/v1/query").All("query")
        );
    }

    [Fact]
    public async Task A_function_that_only_the_server_knows_is_said_to_be_unknown_here()
    {
        using var client = await app.ApiAsAsync("viewer");
        var dialect = app.Services.GetRequiredService<Sevensa.Dashboard.Features.Metrics.Prometheus.PromQlDialect>();
        dialect.Learn(Features("""{"promql_functions":{"tomorrows_rate":true}}"""));
        using var theirs = await client.GetAsync($"{Own}/query?query=tomorrows_rate(up[5m])");
        using var nobodys = await client.GetAsync($"{Own}/query?query=nobodys_rate(up[5m])");
        dialect.Learn(null);
        Assert.Contains("not known here", await theirs.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains(
            "unknown function with name",
            await nobodys.Content.ReadAsStringAsync(),
            StringComparison.Ordinal
        );
    }

    private static Dictionary<string, Dictionary<string, JsonElement>>? Features(string json) =>
        JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, JsonElement>>>(json);

    [Fact]
    public async Task Who_is_not_let_in_here_is_told_in_prometheus_shape()
    {
        using var nobody = app.Anonymous();
        using var unsigned = await nobody.GetAsync($"{Own}/query?query=up");
        Assert.Equal(HttpStatusCode.Unauthorized, unsigned.StatusCode);
        Assert.NotEmpty(unsigned.Headers.WwwAuthenticate);
        var error = await unsigned.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(
            ("error", "unauthorized"),
            (error.GetProperty("status").GetString(), error.GetProperty("errorType").GetString())
        );
        using var client = await app.ApiAsAsync("client-rentguy");
        using var refused = await client.GetAsync($"{Own}/query?query=up");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal(
            "error",
            (await refused.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("status").GetString()
        );
        using var loki = await nobody.GetAsync("/api/v1/tenants/rentguy/loki/api/v1/labels");
        Assert.Equal("text/plain", loki.Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [InlineData("max_over_time(up[(range()*50):1s])", "Metrics:MaximumSubqueryPoints")]
    [InlineData("rate(up[range()*2400])", "Metrics:MaximumRangeHours")]
    [InlineData("max_over_time(up[1h:step()/60])", null)]
    [InlineData("rate(up[10m/step()*60])", null)]
    [InlineData("rate(up[max_of(step(), 5m)])", null)]
    public async Task Limits_hold_for_lengths_written_with_the_querys_own_step_and_range(string query, string? refusal)
    {
        using var client = await app.ApiAsAsync("viewer");
        using var answer = await client.GetAsync(
            $"{Own}/query_range?query={Uri.EscapeDataString(query)}&start=0&end=3600&step=60"
        );
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True((refusal is null) == answer.IsSuccessStatusCode, text);
        Assert.Contains(refusal ?? "success", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rules_and_alerts_are_the_tenants_own_in_prometheus_shape()
    {
        const string alert =
            """{"labels":{"alertname":"Slow","tenant":"TENANT"},"annotations":{},"state":"firing","activeAt":"2026-11-01T12:00:00Z","value":"1e+00"}""";
        var alerts = string.Join(',', alert.Replace("TENANT", "rentguy"), alert.Replace("TENANT", "witcom"));
        app.Prometheus.Answers["/api/v1/alerts"] = (
            200,
            $$$"""{"status":"success","data":{"alerts":[{{{alerts}}}]}}"""
        );
        app.Prometheus.Answers["/api/v1/rules"] = (
            200,
            $$$"""
            {"status":"success","data":{"groups":[{"name":"g","file":"/etc/prometheus/rules/shared.yml","interval":30,"rules":[
            {"state":"firing","name":"Slow","query":"up == 0","duration":60,"labels":{},"annotations":{},"alerts":[{{{alerts}}}],"health":"err",
            "lastError":"witcom's series","evaluationTime":0.1,"lastEvaluation":"2026-11-01T12:00:00Z","type":"alerting"},
            {"name":"witcom:only","query":"sum(up)","labels":{"tenant":"witcom"},"health":"ok","lastEvaluation":"2026-11-01T12:00:00Z","type":"recording"}]}]}}
            """
        );
        using var client = await app.ApiAsAsync("viewer");
        var told = await client.GetFromJsonAsync<JsonElement>($"{Own}/alerts");
        var one = Assert.Single(told.GetProperty("data").GetProperty("alerts").EnumerateArray());
        Assert.Equal("rentguy", one.GetProperty("labels").GetProperty("tenant").GetString());
        Assert.Equal("1e+00", one.GetProperty("value").GetString());
        var rules = await client.GetStringAsync($"{Own}/rules?type=alert");
        Assert.Contains("\"name\":\"Slow\"", rules, StringComparison.Ordinal);
        Assert.Contains("\"file\":\"shared.yml\"", rules, StringComparison.Ordinal);
        Assert.DoesNotContain("witcom", rules, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("query?query=sum(", "bad_data", "1:5: parse error: unclosed left parenthesis")]
    [InlineData("query?query=up offset", "bad_data", "parse error")]
    [InlineData("series", "bad_data", "no match[] parameter provided")]
    [InlineData("series?match[]=sum(up)", "bad_data", "match[]")]
    [InlineData(
        "query_range?query=up&start=0&end=100000&step=1",
        "bad_data",
        "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)"
    )]
    [InlineData("query_range?query=up&start=0&end=100000000&step=100000", "bad_data", "Metrics:MaximumRangeHours")]
    [InlineData(
        "query_range?query=up&start=100&end=10&step=1",
        "bad_data",
        "invalid parameter \"end\": end timestamp must not be before start time"
    )]
    [InlineData(
        "query_range?query=up&start=0&end=10&step=0",
        "bad_data",
        "invalid parameter \"step\": zero or negative query resolution step widths are not accepted. Try a positive integer"
    )]
    [InlineData(
        "query_range?query=up&end=10&step=1",
        "bad_data",
        "invalid parameter \"start\": cannot parse \"\" to a valid timestamp"
    )]
    [InlineData(
        "query_range?query=up&start=0&end=10&step=x",
        "bad_data",
        "invalid parameter \"step\": cannot parse \"x\" to a valid duration"
    )]
    [InlineData(
        "query?query=up&time=soon",
        "bad_data",
        "invalid parameter \"time\": cannot parse \"soon\" to a valid timestamp"
    )]
    [InlineData(
        "query?query=up&timeout=1ns",
        "bad_data",
        "invalid parameter \"timeout\": cannot parse \"1ns\" to a valid duration"
    )]
    [InlineData("query?query=up&timeout=1h", "bad_data", "Metrics:MaximumTimeoutSeconds")]
    [InlineData("query?query=up&lookback_delta=1y", "bad_data", "Metrics:MaximumRangeHours")]
    [InlineData("query?query=up&lookback_delta=far", "bad_data", "lookback_delta")]
    [InlineData("query_range?query=up&start=NaN&end=NaN&step=NaN", "bad_data", "cannot parse")]
    [InlineData("query_range?query=up&start=0&end=Infinity&step=Infinity", "bad_data", "cannot parse")]
    [InlineData("query?query=rate(up[1y])", "bad_data", "Metrics:MaximumRangeHours")]
    [InlineData("query?query=sum_over_time(sum(up)[30d:1s])", "bad_data", "Metrics:MaximumSubqueryPoints")]
    [InlineData(
        "query?query=max_over_time(sum_over_time(up[1d:1m])[1d:1m])",
        "bad_data",
        "Metrics:MaximumSubqueryPoints"
    )]
    [InlineData("query", "bad_data", "invalid parameter \"query\": 1:1: parse error: no expression found in input")]
    [InlineData("query?query=info(up)", "bad_data", "info()")]
    [InlineData("label/%252e%252e/values?match[]=(", "bad_data", "match[]")]
    public async Task What_cannot_be_asked_is_refused_in_Prometheus_envelope(string path, string type, string words)
    {
        var before = app.Prometheus.Requests.Count;
        using var client = await app.ApiAsAsync("viewer");
        using var answer = await client.GetAsync($"{Own}/{path}");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("error", body.GetProperty("status").GetString());
        Assert.Equal(type, body.GetProperty("errorType").GetString());
        Assert.Contains(words, body.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(before, app.Prometheus.Requests.Count);
    }

    [Fact]
    public async Task Prometheus_own_refusal_comes_through_as_it_is()
    {
        const string Body = """{"status":"error","errorType":"execution","error":"multiple matches for labels"}""";
        app.Prometheus.Answers["/api/v1/query_range"] = (422, Body);
        using var client = await app.ApiAsAsync("viewer");
        using var answer = await client.GetAsync($"{Own}/query_range?query=up&start=0&end=60&step=15");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        app.Prometheus.Answers.TryRemove("/api/v1/query_range", out _);
        Assert.Equal(Body, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_selector_that_can_never_match_is_told_as_an_info()
    {
        using var client = await app.ApiAsAsync("viewer");
        var answer = await client.GetFromJsonAsync<JsonElement>(
            $"{Own}/query?query={Uri.EscapeDataString("up{tenant=\"witcom\"}")}"
        );
        Assert.NotEmpty(answer.GetProperty("infos").EnumerateArray());
    }

    [Theory]
    [InlineData("""{"status":"success","data":[]}""")]
    [InlineData("""{"status":"success","data":[{"infos":["inner"]}]}""")]
    [InlineData("""{"status":"success","data":[],"infos":[]}""")]
    [InlineData("""{"status":"success","infos":["theirs"],"data":[1]}""")]
    public async Task Infos_join_those_of_the_server_as_the_answer_streams(string body)
    {
        app.Prometheus.Answers["/api/v1/series"] = (200, body);
        using var client = await app.ApiAsAsync("viewer");
        var text = await client.GetStringAsync(
            $"{Own}/series?match[]={Uri.EscapeDataString("up{tenant=\"witcom\"}")}",
            TestContext.Current.CancellationToken
        );
        app.Prometheus.Answers.TryRemove("/api/v1/series", out _);
        Assert.Equal(1, JsonDocument.Parse(text).RootElement.EnumerateObject().Count(member => member.Name == "infos"));
        var answer = JsonDocument.Parse(text).RootElement;
        Assert.Equal(
            JsonDocument.Parse(body).RootElement.GetProperty("data").GetRawText(),
            answer.GetProperty("data").GetRawText()
        );
        var infos = answer.GetProperty("infos").EnumerateArray().Select(info => info.GetString()!).ToList();
        Assert.Contains(infos, info => info.Contains("can never match", StringComparison.Ordinal));
        Assert.Equal(body.Contains("theirs", StringComparison.Ordinal), infos.Contains("theirs"));
    }

    [Fact]
    public async Task Of_a_parameter_given_twice_the_first_counts_and_the_body_before_the_address()
    {
        using var client = await app.ApiAsAsync("viewer");
        using var answer = await client.PostAsync(
            $"{Own}/query?query=from_address&time=1&QUERY=other",
            new FormUrlEncodedContent([new("query", "from_body"), new("query", "second"), new("Time", "7")])
        );
        var asked = Last("/api/v1/query");
        Assert.Equal(["from_body{tenant=\"rentguy\"}"], asked.All("query"));
        Assert.Equal(["1"], asked.All("time"));
        Assert.Equal(2, asked.Parameters.Count);
    }

    [Fact]
    public async Task A_body_that_is_no_form_is_not_read()
    {
        using var client = await app.ApiAsAsync("viewer");
        using var answer = await client.PostAsJsonAsync($"{Own}/query", new { query = "up" });
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        using var broken = await client.PostAsync(
            $"{Own}/query",
            new StringContent("x", System.Text.Encoding.UTF8, "multipart/form-data")
        );
        Assert.Equal(HttpStatusCode.BadRequest, broken.StatusCode);
        Assert.Equal(
            "bad_data",
            (await broken.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("errorType").GetString()
        );
    }

    [Theory]
    [InlineData("api/v1/targets")]
    [InlineData("api/v1/status/config")]
    [InlineData("api/v1/status/tsdb")]
    [InlineData("api/v1/read")]
    [InlineData("api/v1/write")]
    [InlineData("api/v1/admin/tsdb/snapshot")]
    [InlineData("api/v1/query/../targets")]
    [InlineData("api/v1/%2e%2e/v1/targets")]
    [InlineData("federate?match[]={__name__=~\".%2B\"}")]
    [InlineData("graph")]
    [InlineData("")]
    public async Task What_knows_no_tenants_does_not_exist(string path)
    {
        var before = app.Prometheus.Requests.Count;
        using var client = await app.ApiAsAsync("admin");
        using var answer = await client.GetAsync($"/api/v1/tenants/rentguy/prometheus/{path}");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("error", body.GetProperty("status").GetString());
        Assert.Equal(before, app.Prometheus.Requests.Count);
    }

    [Fact]
    public async Task Other_tenants_and_other_paths_do_not_exist()
    {
        using var viewer = await app.ApiAsAsync("viewer");
        using var unknown = await viewer.GetAsync("/api/v1/tenants/nobody/prometheus/api/v1/query?query=up");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        using var admin = await viewer.GetAsync($"{Own}/admin/tsdb/delete_series");
        Assert.Equal(HttpStatusCode.NotFound, admin.StatusCode);
        using var targets = await viewer.GetAsync($"{Own}/targets");
        Assert.Equal(HttpStatusCode.NotFound, targets.StatusCode);
        using var client = await app.ApiAsAsync("client-rentguy");
        using var refused = await client.GetAsync($"{Own}/query?query=up");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        using var nobody = app.Anonymous();
        using var unsigned = await nobody.GetAsync($"{Own}/query?query=up");
        Assert.Equal(HttpStatusCode.Unauthorized, unsigned.StatusCode);
    }

    [Fact]
    public async Task A_client_reads_the_health_of_its_own_tenant_and_of_no_other()
    {
        using var client = await app.ApiAsAsync("client-rentguy");
        using var own = await client.GetAsync("/api/v1/tenants/rentguy/health");
        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
        var health = await own.Content.ReadFromJsonAsync<JsonElement>();
        // There are no figures; what is known is that a critical alert fires.
        Assert.Equal("degraded", health.GetProperty("state").GetString());
        Assert.Equal(JsonValueKind.Null, health.GetProperty("availability").GetProperty("30d").ValueKind);
        Assert.Contains("There are no figures", health.GetProperty("reasons").ToString(), StringComparison.Ordinal);
        Assert.Equal("rentguy", health.GetProperty("tenant").GetString());
        Assert.Equal(
            ["24h", "7d", "30d"],
            health.GetProperty("availability").EnumerateObject().Select(window => window.Name)
        );
        using var other = await client.GetAsync("/api/v1/tenants/witcom/health");
        Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
    }

    private PrometheusStub.Asked Last(string path) => app.Prometheus.Requests.Last(asked => asked.Path == path);
}
