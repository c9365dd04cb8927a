using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>The Model Context Protocol itself: its methods, its codes, and calls that are taken back.</summary>
[Collection(SandboxCollection.Name)]
public sealed class McpProtocolTests(SandboxApp app)
{
    /// <summary>Clients ask for a stream once they are let in, and end the session when they go; 405 is how they learn that there is none.</summary>
    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("DELETE")]
    public async Task There_is_no_stream_of_the_servers_own_and_no_session_to_end(string method)
    {
        using var client = await app.ApiAsAsync("operator");
        using var request = new HttpRequestMessage(new HttpMethod(method), "/mcp");
        request.Headers.Accept.ParseAdd("text/event-stream");
        using var answer = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Equal(["POST"], answer.Content.Headers.Allow);
    }

    [Fact]
    public async Task What_is_wrong_with_a_request_is_said_by_the_protocols_codes()
    {
        using var client = await app.ApiAsAsync("operator");
        object Call(object? parameters) =>
            new
            {
                jsonrpc = "2.0",
                id = "a",
                method = "tools/call",
                @params = parameters,
            };
        foreach (
            var bad in new[]
            {
                Call(new { name = "list_tenants", arguments = new[] { 1 } }),
                Call(new { name = "list_tenants", arguments = "x" }),
                Call(new { arguments = new { } }),
                Call(new[] { 1 }),
                Call(new { name = "no_such_tool", arguments = new { } }),
            }
        )
        {
            using var answer = await McpAsking.PostAsync(client, bad);
            var message = await McpAsking.MessageAsync(answer);
            Assert.Equal(-32602, message.GetProperty("error").GetProperty("code").GetInt32());
            Assert.Equal("a", message.GetProperty("id").GetString());
        }
        var list = new
        {
            jsonrpc = "2.0",
            id = 1,
            method = "tools/list",
        };
        using var session = await McpAsking.PostAsync(client, list, ("Mcp-Session-Id", "unknown"));
        Assert.Equal(HttpStatusCode.NotFound, session.StatusCode);
        using var foreign = await McpAsking.PostAsync(client, list, ("Origin", "https://evil.example"));
        Assert.Equal(HttpStatusCode.Forbidden, foreign.StatusCode);
        using var own = await McpAsking.PostAsync(
            client,
            list,
            ("Origin", app.Address.GetLeftPart(UriPartial.Authority))
        );
        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_that_is_taken_back_ends_its_question_upstream(bool byNotification)
    {
        var (asked, ended) = (new TaskCompletionSource(), new TaskCompletionSource());
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var slow = builder.Build();
        slow.Run(async context =>
        {
            if (context.Request.Path.Value!.Contains("query_range", StringComparison.Ordinal))
            {
                asked.TrySetResult();
                try
                {
                    await Task.Delay(Timeout.Infinite, context.RequestAborted);
                }
                catch (OperationCanceledException)
                {
                    ended.TrySetResult();
                }
                return;
            }
            await context.Response.WriteAsync("""{"status":"success","data":{"resultType":"vector","result":[]}}""");
        });
        await slow.StartAsync();
        await using var dashboard = new ConfiguredApp(
            ("Prometheus:Url", slow.Urls.First()),
            ("Prometheus:TimeoutSeconds", "120")
        );
        await dashboard.InitializeAsync();
        using var client = await dashboard.ApiAsAsync("operator");
        using var hangUp = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/mcp")
        {
            Content = JsonContent.Create(
                new
                {
                    jsonrpc = "2.0",
                    id = 7,
                    method = "tools/call",
                    @params = new
                    {
                        name = "query_metric",
                        arguments = new
                        {
                            tenant = "rentguy",
                            service = "api",
                            metric = "cpu",
                        },
                    },
                }
            ),
        };
        request.Headers.Accept.ParseAdd("application/json");
        request.Headers.Accept.ParseAdd("text/event-stream");
        var calling = client.SendAsync(request, hangUp.Token);
        await asked.Task.WaitAsync(TestContext.Current.CancellationToken);
        if (byNotification)
        {
            using var taken = await McpAsking.PostAsync(
                client,
                new
                {
                    jsonrpc = "2.0",
                    method = "notifications/cancelled",
                    @params = new { requestId = 7 },
                }
            );
            Assert.True(taken.IsSuccessStatusCode);
        }
        else
        {
            await hangUp.CancelAsync();
        }
        await ended.Task.WaitAsync(TestContext.Current.CancellationToken);
        await calling.ContinueWith(_ => { }, TaskScheduler.Default);
    }
}
