using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.Platform.Wire;
using Sevensa.Dashboard.Tests.App;
using Sevensa.Dashboard.Tests.Features.Hosts.Across;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

public class AnswersAcrossTests(PostgresCluster cluster) : IClassFixture<PostgresCluster>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stop_reaches_the_dashboard_that_is_at_the_answer()
    {
        var say = Wording.Of("ollama");
        await using var model = await ScriptedModel.StartAsync(
            async (context, _) =>
            {
                await context.Response.WriteAsync(say.Said(new string('a', 300)), context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            }
        );
        await using var two = await TwoDashboards.StartAsync(cluster, ("Ollama:Url", model.Url), ("Ollama:Model", "m"));
        await Eventually.TrueAsync(
            "each to hear the other",
            _ => Task.FromResult(IsConnected(two.First) && IsConnected(two.Second))
        );
        using var asks = await two.First.ApiAsAsync("operator");
        using var stops = await two.Second.ApiAsAsync("operator");
        var conversation = await Asking.BeginAsync(asks);
        using var question = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/conversations/{conversation}/messages")
        {
            Content = JsonContent.Create(new { text = "write me a poem about ships" }),
        };
        using var answer = await asks.SendAsync(question, HttpCompletionOption.ResponseHeadersRead, Cancel);
        await using var stream = await answer.Content.ReadAsStreamAsync(Cancel);
        using var lines = new StreamReader(stream);
        var first = await lines.ReadLineAsync(Cancel);
        while (first?.StartsWith("event: text", StringComparison.Ordinal) == false)
        {
            first = await lines.ReadLineAsync(Cancel);
        }

        using var stopped = await stops.PostAsync($"/api/v1/conversations/{conversation}/stop", null, Cancel);
        Assert.Equal(HttpStatusCode.NoContent, stopped.StatusCode);
        Assert.Contains(
            "Stopped.",
            await lines.ReadToEndAsync(Cancel).WaitAsync(Patience.Usual, Cancel),
            StringComparison.Ordinal
        );
    }

    private static bool IsConnected(ConfiguredApp app) =>
        app.Services.GetRequiredService<DashboardWire>().Status.State == WireState.Connected;
}
