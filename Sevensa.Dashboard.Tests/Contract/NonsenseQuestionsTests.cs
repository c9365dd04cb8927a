using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Contract;

/// <summary>Numbers, times and forms that nobody can mean, where all else is right: the caller's mistake, told as one.</summary>
[Collection(SandboxCollection.Name)]
public class NonsenseQuestionsTests(SandboxApp app)
{
    private const string Tenant = "/api/v1/tenants/rentguy";

    [Theory]
    [InlineData("prometheus/api/v1/query_range", "query=up&start=1764300000&end=1764303600&step=1e300")]
    [InlineData("prometheus/api/v1/query_range", "query=up&start=1764300000&end=1764303600&step=Infinity")]
    [InlineData("prometheus/api/v1/query_range", "query=up&start=1764300000&end=1764303600&step=99999y")]
    [InlineData("prometheus/api/v1/query_range", "query=up&start=NaN&end=1764303600&step=60")]
    [InlineData("prometheus/api/v1/query", "query=up&time=NaN")]
    [InlineData("prometheus/api/v1/series", "match[]=up&start=%00")]
    [InlineData("loki/api/v1/query_range", "query={service=\"api\"}&start=99999999999999999999999")]
    [InlineData("loki/api/v1/query_range", "query={service=\"api\"}&end=99999999999999999999999.5")]
    [InlineData("loki/api/v1/labels", "start=9999999999")]
    public async Task Upstreams_are_asked_nothing_that_no_clock_counts(string path, string query)
    {
        using var client = await app.ApiAsAsync("operator");
        using var got = await client.GetAsync($"{Tenant}/{path}?{query}");
        Assert.True(got.StatusCode == HttpStatusCode.BadRequest, await got.Content.ReadAsStringAsync());
        using var form = new StringContent(query, Encoding.UTF8, "application/x-www-form-urlencoded");
        using var posted = await client.PostAsync($"{Tenant}/{path}", form);
        Assert.True(posted.StatusCode == HttpStatusCode.BadRequest, await posted.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData($"{Tenant}/loki/api/v1/query", "multipart/form-data; boundary=x", "--y")]
    [InlineData($"{Tenant}/loki/api/v1/labels", "application/x-www-form-urlencoded", "query=%00")]
    [InlineData($"{Tenant}/prometheus/api/v1/query", "multipart/form-data; boundary=x", "--y")]
    [InlineData("/connect/token", "application/x-www-form-urlencoded", "grant_type=client_credentials&client_id=%00")]
    public async Task A_form_that_is_none_is_refused_wherever_forms_are_read(string address, string type, string body)
    {
        using var client = await app.ApiAsAsync("operator");
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        using var answer = await client.PostAsync(address, content);
        var told = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, $"{answer.StatusCode} {told}");
        Assert.NotEqual("", told);
        Assert.DoesNotContain("System.", told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("text/event-stream")]
    [InlineData("image/png")]
    public async Task A_problem_is_one_whatever_the_caller_would_rather_have(string accept)
    {
        using var stranger = app.Anonymous();
        stranger.DefaultRequestHeaders.TryAddWithoutValidation("Accept", accept);
        foreach (var (address, status) in new[] { ("/api/v1/tenants", 401), ("/api/v1/nothing", 401) })
        {
            using var answer = await stranger.GetAsync(address);
            Assert.Equal(status, (int)answer.StatusCode);
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
            var problem = JsonElement.Parse(await answer.Content.ReadAsStringAsync());
            Assert.Equal(status, problem.GetProperty("status").GetInt32());
            Assert.NotEqual("", problem.GetProperty("title").GetString());
            Assert.NotEqual("", problem.GetProperty("type").GetString());
            Assert.NotEqual("", problem.GetProperty("traceId").GetString());
        }
    }

    [Theory]
    [InlineData("loki/api/v1/push", "text/plain")]
    [InlineData("loki/ready", "text/plain")]
    [InlineData("prometheus/api/v1/targets", "application/json")]
    public async Task What_is_not_served_of_an_upstream_is_said_in_its_own_shape(string path, string type)
    {
        using var client = await app.ApiAsAsync("operator");
        using var answer = await client.GetAsync($"{Tenant}/{path}");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal(type, answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains("knows no tenants", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("title", 200)]
    [InlineData("description", 4000)]
    public async Task A_dashboards_texts_have_a_limit_that_is_named(string member, int most)
    {
        using var client = await app.ApiAsAsync("operator");
        var board = new Dictionary<string, object>
        {
            ["sevensaDashboard"] = 1,
            ["title"] = "t",
            ["sections"] = Array.Empty<object>(),
            [member] = new string('a', most + 1),
        };
        using var answer = await client.PostAsJsonAsync($"{Tenant}/dashboards", board);
        var told = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.UnprocessableEntity, $"{answer.StatusCode} {told}");
        Assert.Contains($"{most}", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task History_before_all_time_is_empty()
    {
        using var client = await app.ApiAsAsync("operator");
        using var answer = await client.GetAsync($"{Tenant}/alerts/history?to=0001-01-01T00:00:00Z");
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("POST", "/api/v1/proposals", 415)]
    [InlineData("PUT", "/openapi/v1.json", 405)]
    [InlineData("POST", "/readyz", 405)]
    [InlineData("PUT", "/mcp", 405)]
    [InlineData("GET", "/api/v1/nothing", 404)]
    [InlineData("POST", "/api/v1/nothing/here", 404)]
    [InlineData("DELETE", "/api/v1/tenants/rentguy/nothing", 404)]
    [InlineData("GET", "/mcp", 405)]
    public async Task Whatever_is_refused_on_the_way_to_an_endpoint_is_a_problem_in_words(
        string method,
        string address,
        int status
    )
    {
        using var client = await app.ApiAsAsync("operator");
        using var request = new HttpRequestMessage(new HttpMethod(method), address);
        request.Content = new StringContent("x", Encoding.UTF8, "text/plain");
        using var answer = await client.SendAsync(request);
        Assert.Equal(status, (int)answer.StatusCode);
        var problem = JsonElement.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.NotEqual("", problem.GetProperty("detail").GetString());
        Assert.NotEqual("", problem.GetProperty("traceId").GetString());
    }
}
