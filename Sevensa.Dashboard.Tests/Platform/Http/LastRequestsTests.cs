using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Tests.Platform.Http;

public sealed class LastRequestsTests : IAsyncLifetime
{
    private readonly Draining draining = new();
    private readonly WebApplication app;

    public LastRequestsTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(draining);
        app = builder.Build();
        app.UseLastRequests();
        app.MapPost("/_blazor/negotiate", () => "a circuit");
        app.MapGet("/", () => "here");
        app.MapGet(
            "/stream",
            async (HttpContext context) =>
            {
                using var over = context.UntilTheEnd();
                await context.Response.WriteAsync("begun", over.Token);
                await context.Response.Body.FlushAsync(over.Token);
                var end = new TaskCompletionSource();
                await using var ended = over.Token.Register(end.SetResult);
                await end.Task;
                await context.Response.WriteAsync(" and ended");
            }
        );
    }

    [Fact]
    public async Task What_comes_while_the_program_stops_is_turned_away()
    {
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        Assert.Equal("here", await client.GetStringAsync("/"));
        // The token alone: the server goes on listening, as it does for a moment in a real stop.
        app.Lifetime.StopApplication();
        using var answer = await client.GetAsync("/");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(2), answer.Headers.RetryAfter?.Delta);
        Assert.True(answer.Headers.ConnectionClose);
        Assert.Contains("stopping", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task While_it_drains_browsers_that_come_anew_go_elsewhere_and_programs_are_answered()
    {
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        using var page = new HttpClient { BaseAddress = client.BaseAddress };
        page.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        Assert.Equal("here", await page.GetStringAsync("/"));
        draining.Begin();
        using var answer = await page.GetAsync("/");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("http-equiv=\"refresh\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var circuit = await client.PostAsync("/_blazor/negotiate", null);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, circuit.StatusCode);
        Assert.Equal("here", await client.GetStringAsync("/"));
    }

    [Fact]
    public async Task An_answer_without_an_end_of_its_own_ends_with_the_program()
    {
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        using var answer = await client.GetAsync("/stream", HttpCompletionOption.ResponseHeadersRead);
        app.Lifetime.StopApplication();
        Assert.Equal("begun and ended", await answer.Content.ReadAsStringAsync());
    }

    public async ValueTask InitializeAsync() => await app.StartAsync();

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
