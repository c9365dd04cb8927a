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
    [InlineData("query_range?query=up&start=0&end=100000&step=1", "bad_data", "11,000 points")]
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
