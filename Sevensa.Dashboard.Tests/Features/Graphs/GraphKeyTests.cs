using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Graphs.LangGraph;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Sandbox.Serving;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Graphs;

/// <summary>A server, or what stands in front of it, that repeats in its refusal what it was asked with.</summary>
public sealed class GraphKeyTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Its_key_stands_in_no_error_of_an_answer_or_of_a_stream()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, GraphHouse.Key, Stop);
        try
        {
            await using var server = await StandInServer.StartAsync(
                new Dictionary<string, IStandIn> { ["it"] = new Repeating() },
                Stop
            );
            await using var app = await ConfiguredApp.StartAsync(
                ("Graphs:Servers:0:Name", "it"),
                ("Graphs:Servers:0:Url", server.AddressOf("it")),
                ("Graphs:Servers:0:KeyFile", file),
                ("Graphs:Servers:0:Graphs:0", "asks"),
                ("Graphs:Servers:0:Tenants:0", "rentguy")
            );
            var client = app.Services.GetRequiredService<GraphServers>().Find("it")!;
            var answered = await Assert.ThrowsAsync<UpstreamException>(() => client.ThreadAsync("t", Stop));
            Assert.Equal("came with [not shown]", answered.Message);
            var listened = await Assert.ThrowsAsync<UpstreamException>(async () =>
            {
                await using var stream = client
                    .StreamAsync("t", "r", TimeSpan.FromMinutes(1), Stop)
                    .GetAsyncEnumerator(Stop);
                await stream.MoveNextAsync();
            });
            Assert.Equal("came with [not shown]", listened.Message);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private sealed class Repeating : IStandIn
    {
        public Task AnswerAsync(HttpContext context)
        {
            context.Response.StatusCode = 403;
            context.Response.ContentType = "text/plain";
            return context.Response.WriteAsync(
                $"came with {context.Request.Headers["X-Api-Key"]}",
                context.RequestAborted
            );
        }
    }
}
