using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Platform.Http;

/// <summary>A caller that hangs up may ask again under the same key, and what was done is done once.</summary>
[Collection(SandboxCollection.Name)]
public class IdempotencyHangUpTests(SandboxApp app)
{
    [Fact]
    public async Task What_was_broken_off_is_done_by_the_next_attempt()
    {
        var (begun, ended) = (Signal(), Signal());
        var turn = 0;
        await using var server = await StartAsync(async context =>
        {
            if (Interlocked.Increment(ref turn) > 1)
            {
                await context.Response.WriteAsync("done");
                return;
            }
            begun.SetResult();
            try
            {
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            }
            finally
            {
                ended.SetResult();
            }
        });
        using var client = new HttpClient { BaseAddress = new Uri(server.Urls.First()) };
        var key = Guid.NewGuid().ToString("n");
        using (var patience = new CancellationTokenSource())
        {
            var first = PostAsync(client, key, patience.Token);
            await begun.Task.WaitAsync(Patience.Usual);
            await patience.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        }
        await ended.Task.WaitAsync(Patience.Usual);
        // The key is let go right after the work has ended.
        var again = await Eventually.GetAsync(
            "the key to be answered",
            async token =>
            {
                using var answer = await PostAsync(client, key, token);
                return answer.StatusCode == HttpStatusCode.Conflict
                    ? null
                    : $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(token)}";
            }
        );
        Assert.Equal("200 done", again);
        Assert.Equal(2, turn);
    }

    [Fact]
    public async Task What_was_done_for_somebody_who_had_gone_is_not_done_twice()
    {
        var (begun, gone, done) = (Signal(), Signal(), Signal());
        var turn = 0;
        await using var server = await StartAsync(async context =>
        {
            Interlocked.Increment(ref turn);
            begun.TrySetResult();
            await gone.Task;
            context.Response.StatusCode = StatusCodes.Status201Created;
            await context.Response.WriteAsync("made");
            done.TrySetResult();
        });
        using var client = new HttpClient { BaseAddress = new Uri(server.Urls.First()) };
        var key = Guid.NewGuid().ToString("n");
        using (var patience = new CancellationTokenSource())
        {
            var first = PostAsync(client, key, patience.Token);
            await begun.Task.WaitAsync(Patience.Usual);
            await patience.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        }
        gone.SetResult();
        await done.Task.WaitAsync(Patience.Usual);
        var again = await Eventually.GetAsync(
            "the key to be answered",
            async token =>
            {
                using var answer = await PostAsync(client, key, token);
                return answer.StatusCode == HttpStatusCode.Conflict
                    ? null
                    : $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(token)}";
            }
        );
        Assert.Equal("201 made", again);
        Assert.Equal(1, turn);
    }

    private static TaskCompletionSource Signal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task<WebApplication> StartAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddProblemDetails();
        builder.Services.AddSingleton(app.Services.GetRequiredService<IdempotencyStore>());
        var server = builder.Build();
        server.Urls.Add("http://127.0.0.1:0");
        server.UseRouting();
        server.UseIdempotency(_ => "somebody");
        server.MapPost("/api/v1/slow", answer);
        await server.StartAsync();
        return server;
    }

    private static async Task<HttpResponseMessage> PostAsync(
        HttpClient client,
        string key,
        CancellationToken cancellation
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/slow");
        request.Headers.Add(Idempotency.Header, key);
        return await client.SendAsync(request, cancellation);
    }
}
