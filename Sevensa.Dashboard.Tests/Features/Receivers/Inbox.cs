using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Sevensa.Dashboard.Tests.Features.Receivers;

/// <summary>Somebody else's program that takes events, on a port of its own.</summary>
internal sealed class Inbox : IAsyncDisposable
{
    private readonly WebApplication program;
    private readonly ConcurrentQueue<Posted> posted = new();
    private readonly SemaphoreSlim came = new(0);

    private Inbox(WebApplication program)
    {
        this.program = program;
        program.Run(TakeAsync);
    }

    public Uri Url => new(program.Urls.First() + "/hook");

    /// <summary>What it answers with, by how often it was asked before.</summary>
    public Func<int, int> Answers { get; set; } = _ => 204;

    public IReadOnlyCollection<Posted> All => posted;

    public static async Task<Inbox> OpenAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var inbox = new Inbox(builder.Build());
        await inbox.program.StartAsync();
        return inbox;
    }

    /// <summary>Waits until so many were posted that fit.</summary>
    public async Task<IReadOnlyList<Posted>> UntilAsync(Func<Posted, bool> fits, int many = 1)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience.Usual);
        while (true)
        {
            var found = posted.Where(fits).ToList();
            if (found.Count >= many)
            {
                return found;
            }
            await came.WaitAsync(patience.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await program.DisposeAsync();
        came.Dispose();
    }

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var before = posted.Count;
        var answer = Answers(before);
        posted.Enqueue(
            new Posted(
                context.Request.Headers["webhook-id"].ToString(),
                context.Request.Headers["webhook-timestamp"].ToString(),
                context.Request.Headers["webhook-signature"].ToString(),
                context.Request.ContentType ?? "",
                body.ToArray(),
                answer
            )
        );
        context.Response.StatusCode = answer;
        if (answer >= 300)
        {
            context.Response.Headers.Location = "/elsewhere";
            await context.Response.WriteAsync("the desk\nis closed");
        }
        came.Release();
    }
}

internal sealed record Posted(string Id, string Time, string Signature, string ContentType, byte[] Body, int Answer)
{
    public JsonNode Event { get; } = JsonNode.Parse(Body)!;

    public string Type => (string)Event["type"]!;
}
