using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace Sevensa.Dashboard.Tests.Features.Metrics;

/// <summary>What can be asked of Prometheus, how it is read, and what is refused before it is asked.</summary>
public sealed class PrometheusQuestionsTests(MetricsApp app) : IClassFixture<MetricsApp>
{
    private const string NothingSelected =
        "invalid parameter \"match[]\": match[] must contain at least one non-empty matcher";

    private const string Own = "/api/v1/tenants/rentguy/prometheus/api/v1";

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

    [Theory]
    [InlineData("query?query=sum(", "bad_data", "1:5: parse error: unclosed left parenthesis")]
    [InlineData("query?query=up offset", "bad_data", "parse error")]
    [InlineData("series", "bad_data", "no match[] parameter provided")]
    [InlineData("series?match[]=sum(up)", "bad_data", "match[]")]
    [InlineData("series?match[]={}", "bad_data", NothingSelected)]
    [InlineData("labels?match[]=up&match[]={}", "bad_data", NothingSelected)]
    [InlineData("label/job/values?match[]=%20{%20}", "bad_data", NothingSelected)]
    [InlineData("series?match[]={__name__=~\".*\"}", "bad_data", NothingSelected)]
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
        var before = app.ForOthers.Count();
        using var client = await app.ApiAsAsync("viewer");
        using var answer = await client.GetAsync($"{Own}/{path}");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("error", body.GetProperty("status").GetString());
        Assert.Equal(type, body.GetProperty("errorType").GetString());
        Assert.Contains(words, body.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(before, app.ForOthers.Count());
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

    private static Dictionary<string, Dictionary<string, JsonElement>>? Features(string json) =>
        JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, JsonElement>>>(json);

    private PrometheusStub.Asked Last(string path) => app.ForOthers.Last(asked => asked.Path == path);
}
