using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Logs;

/// <summary>The real program against a Loki that answers what it is told to.</summary>
public sealed class BrokenLokiApp : SandboxApp
{
    public Func<HttpContext, Task> Answer { get; set; } = context => context.Response.WriteAsync("{}");

    private LokiStub loki = null!;

    protected override IEnumerable<KeyValuePair<string, string>> Settings => [new("Loki:Url", loki.Url)];

    public override async ValueTask InitializeAsync()
    {
        loki = await LokiStub.StartAsync((context, _) => Answer(context));
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await loki.DisposeAsync();
    }
}

/// <summary>What is no answer of Loki's is not handed on as one.</summary>
public sealed class LokiGarbageTests(BrokenLokiApp app) : IClassFixture<BrokenLokiApp>
{
    private const string Own = "/api/v1/tenants/rentguy/loki/api/v1";

    [Theory]
    [InlineData(200, "<html>Sign in</html>", 502)]
    [InlineData(200, "", 502)]
    [InlineData(200, "{}", 502)]
    [InlineData(200, """{"status":"success","data":{"resultType":"streams","result":[{"stream":{}""", 502)]
    [InlineData(401, "Unauthorized", 502)]
    [InlineData(403, "<html>no</html>", 502)]
    [InlineData(404, "404 page not found", 502)]
    public async Task Garbage_and_what_loki_denies_us_is_502(int status, string body, int answered)
    {
        app.Answer = context =>
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsync(body);
        };
        using var client = await app.ApiAsAsync("viewer");
        foreach (
            var path in (string[])
                ["query?query={a=\"b\"}", "query_range?query={a=\"b\"}", "labels", "label/app/values", "series"]
        )
        {
            using var answer = await client.GetAsync($"{Own}/{path}");
            Assert.Equal(answered, (int)answer.StatusCode);
            Assert.Equal("text/plain", answer.Content.Headers.ContentType?.MediaType);
            Assert.NotEmpty(await answer.Content.ReadAsStringAsync());
        }
        Assert.Equal(UpstreamState.Degraded, app.Services.GetRequiredService<Upstreams>().Find("Loki")!.State);
    }

    [Theory]
    [InlineData(
        502,
        "<html>Bad Gateway</html>",
        "text/html",
        "Loki answered 502 without a word. Look at the log of Loki."
    )]
    [InlineData(500, "boom", "text/plain", "boom")]
    [InlineData(503, "Ingester not ready", "text/plain", "Ingester not ready")]
    [InlineData(504, "request timed out", "text/plain", "request timed out")]
    public async Task What_fails_in_Loki_or_in_front_of_it_is_told_in_words_and_known_as_a_failure(
        int status,
        string body,
        string type,
        string words
    )
    {
        app.Answer = context =>
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = type;
            context.Response.Headers.RetryAfter = "7";
            return context.Response.WriteAsync(body);
        };
        using var client = await app.ApiAsAsync("viewer");
        using var answer = await client.GetAsync($"{Own}/query?query={{a=\"b\"}}");
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(words, (await answer.Content.ReadAsStringAsync()).TrimEnd());
        Assert.Equal(TimeSpan.FromSeconds(7), answer.Headers.RetryAfter?.Delta);
        var state = app.Services.GetRequiredService<Upstreams>().Find("Loki")!;
        Assert.Equal(UpstreamState.Degraded, state.State);
        Assert.StartsWith(state.Message!, words, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(500, "approx_topk is not enabled. See -limits.shard_aggregations", "not switched approx_topk on")]
    [InlineData(400, "multi variant queries are disabled for this instance", "not switched variants on")]
    [InlineData(400, "multi variant queries are disabled for this tenant", "not switched variants on")]
    [InlineData(400, "zero or negative query resolution step widths are not accepted. Try a positive integer", "")]
    public async Task What_is_not_switched_on_is_said_to_be_so(int status, string body, string remedy)
    {
        app.Answer = context =>
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = "text/plain; charset=utf-8";
            return context.Response.WriteAsync(body + "\n");
        };
        using var client = await app.ApiAsAsync("viewer");
        using var answer = await client.GetAsync($"{Own}/query?query={{a=\"b\"}}");
        Assert.Equal(400, (int)answer.StatusCode);
        var said = await answer.Content.ReadAsStringAsync();
        Assert.StartsWith(body, said, StringComparison.Ordinal);
        Assert.Contains(remedy, said, StringComparison.Ordinal);
        if (remedy.Length == 0)
        {
            Assert.Equal(body + "\n", said);
        }
    }

    [Theory]
    [InlineData("labels")]
    [InlineData("index/stats?query={a=\"b\"}")]
    [InlineData("patterns?query={a=\"b\"}")]
    [InlineData("detected_fields?query={a=\"b\"}")]
    public async Task A_way_elsewhere_is_not_the_callers_to_follow(string path)
    {
        app.Answer = context =>
        {
            context.Response.StatusCode = 302;
            context.Response.Headers.Location = "https://login.example/";
            return context.Response.WriteAsync("Found");
        };
        using var client = await app.ApiAsAsync("viewer");
        using var answer = await client.GetAsync($"{Own}/{path}");
        Assert.Equal(502, (int)answer.StatusCode);
        Assert.Contains("Loki:Url", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task An_answer_that_breaks_in_the_middle_ends_as_an_error()
    {
        app.Answer = async context =>
        {
            await context.Response.WriteAsync(
                """{"status":"success","data":{"resultType":"streams","result":[{"stream":{},"values":["""
            );
            for (var i = 0; i < 20_000; i++)
            {
                await context.Response.WriteAsync($"[\"{i}\",\"a line\"],");
            }
            context.Abort();
        };
        using var client = await app.ApiAsAsync("viewer");
        using var answer = await client.GetAsync(
            $"{Own}/query_range?query={Uri.EscapeDataString("{a=\"b\"}")}",
            HttpCompletionOption.ResponseHeadersRead
        );
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await Assert.ThrowsAnyAsync<Exception>(() => answer.Content.ReadAsStringAsync());
    }
}
