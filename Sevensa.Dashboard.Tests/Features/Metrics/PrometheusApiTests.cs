using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

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
    public async Task Metadata_is_only_of_metrics_that_the_tenant_has()
    {
        app.Prometheus.Answers["/api/v1/label/__name__/values"] = (
            200,
            """{"status":"success","data":["up","http_request_duration_seconds_bucket"]}"""
        );
        app.Prometheus.Answers["/api/v1/metadata"] = (
            200,
            """{"status":"success","data":{"up":[{"type":"gauge","help":"","unit":""}],"http_request_duration_seconds":[{"type":"histogram","help":"","unit":""}],"witcom_secret_total":[{"type":"counter","help":"","unit":""}]}}"""
        );
        using var client = await app.ApiAsAsync("viewer");
        var answer = await client.GetFromJsonAsync<JsonElement>($"{Own}/metadata");
        Assert.Equal(
            ["http_request_duration_seconds", "up"],
            answer.GetProperty("data").EnumerateObject().Select(metric => metric.Name).Order()
        );
        Assert.Equal(["{tenant=\"rentguy\"}"], Last("/api/v1/label/__name__/values").All("match[]"));
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
    [InlineData("query_range?query=up&start=NaN&end=NaN&step=NaN", "bad_data", "exceeded maximum resolution")]
    [InlineData("query_range?query=up&start=0&end=Infinity&step=Infinity", "bad_data", "Metrics:MaximumRangeHours")]
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
    [InlineData("api/v1/rules")]
    [InlineData("api/v1/alerts")]
    [InlineData("api/v1/targets")]
    [InlineData("api/v1/status/config")]
    [InlineData("api/v1/status/tsdb")]
    [InlineData("api/v1/read")]
    [InlineData("api/v1/write")]
    [InlineData("api/v1/admin/tsdb/snapshot")]
    [InlineData("api/v1/query/../rules")]
    [InlineData("api/v1/%2e%2e/v1/rules")]
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
        using var rules = await viewer.GetAsync($"{Own}/rules");
        Assert.Equal(HttpStatusCode.NotFound, rules.StatusCode);
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
        Assert.Equal("unknown", health.GetProperty("state").GetString());
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
