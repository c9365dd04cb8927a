using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Metrics;

/// <summary>What Prometheus says comes through as it said it, or as an error that is never the caller's.</summary>
public sealed class PrometheusAnswersTests(MetricsApp app) : IClassFixture<MetricsApp>
{
    private const string Own = "/api/v1/tenants/rentguy/prometheus/api/v1";

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
    [InlineData(429)]
    [InlineData(503)]
    public async Task When_to_ask_again_is_passed_on(int status)
    {
        app.Prometheus.ByHand["/api/v1/query"] = context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.RetryAfter = "17";
            return context.Response.WriteAsync("too many outstanding requests");
        };
        try
        {
            using var client = await app.ApiAsAsync("viewer");
            using var answer = await client.GetAsync($"{Own}/query?query=asked_too_often");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.Equal(TimeSpan.FromSeconds(17), answer.Headers.RetryAfter?.Delta);
        }
        finally
        {
            app.Prometheus.ByHand.TryRemove("/api/v1/query", out _);
        }
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

    [Theory]
    [InlineData("temp[5]", "[", "1:6")]
    [InlineData("start()", "(", "1:6")]
    [InlineData("vector( end())", "()", "1:12")]
    public void Places_within_what_stands_alike_in_both_texts_are_told_exactly(string query, string at, string told)
    {
        var scoped = new TenantScope(["rentguy"]).PromQl(query);
        var sent = scoped.Text.LastIndexOf(at, StringComparison.Ordinal) + (at == "[" ? 2 : 1);
        Assert.Equal($"{told}: parse error: x", scoped.InAskersText($"1:{sent}: parse error: x"));
    }

    [Fact]
    public async Task Exemplars_of_no_series_are_answered_with_nothing_as_the_server_does()
    {
        app.Prometheus.ByHand["/api/v1/query_exemplars"] = context =>
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        };
        using var client = await app.ApiAsAsync("viewer");
        using var answer = await client.GetAsync($"{Own}/query_exemplars?query=vector(1)");
        app.Prometheus.ByHand.TryRemove("/api/v1/query_exemplars", out _);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
    }

    [Fact]
    public async Task A_function_that_older_servers_have_is_passed_on_in_the_scope()
    {
        using var client = await app.ApiAsAsync("viewer");
        using var answer = await client.GetAsync($"{Own}/query?query=holt_winters(up[5m],0.5,0.5)");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains(
            "holt_winters(up{tenant=\"rentguy\"}[5m], 0.5, 0.5)",
            app.Prometheus.Requests.SelectMany(asked => asked.All("query"))
        );
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
}
