using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Sevensa.Dashboard.Tests.Features.Receivers;

/// <summary>Somebody else's chat, as far as it takes messages: it keeps what it was asked and answers what a test says.</summary>
internal sealed class ChatServer : IAsyncDisposable
{
    private readonly WebApplication program;
    private readonly ConcurrentQueue<Said> said = new();
    private readonly SemaphoreSlim came = new(0);

    private ChatServer(WebApplication program)
    {
        this.program = program;
        program.Run(TakeAsync);
    }

    public string Url => program.Urls.First();

    /// <summary>What it answers, by how often it was asked before.</summary>
    public Func<int, ChatAnswer> Answers { get; set; } = _ => new(200, "ok");

    /// <summary>What it waits for once it was told, before it answers, by how often it was asked before.</summary>
    public Func<int, Task> Waits { get; set; } = _ => Task.CompletedTask;

    public IReadOnlyCollection<Said> All => said;

    public static async Task<ChatServer> OpenAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new ChatServer(builder.Build());
        await server.program.StartAsync();
        return server;
    }

    public async Task<IReadOnlyList<Said>> UntilAsync(int many)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience.Usual);
        while (said.Count < many)
        {
            await came.WaitAsync(patience.Token);
        }
        return [.. said];
    }

    public async ValueTask DisposeAsync()
    {
        await program.DisposeAsync();
        came.Dispose();
    }

    private async Task TakeAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        var before = said.Count;
        var answer = Answers(before);
        said.Enqueue(
            new Said(
                context.Request.Method,
                context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget,
                context.Request.Headers.Authorization.ToString(),
                context.Request.ContentType ?? "",
                context.Request.Headers.TraceParent.ToString(),
                body
            )
        );
        await Waits(before);
        context.Response.StatusCode = answer.Status;
        if (answer.RetryAfter is { } seconds)
        {
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }
        await context.Response.WriteAsync(answer.Text);
        came.Release();
    }
}

internal sealed record ChatAnswer(int Status, string Text, int? RetryAfter = null);

internal sealed record Said(
    string Method,
    string Target,
    string Authorization,
    string ContentType,
    string TraceParent,
    string Body
)
{
    public JsonNode Json { get; } = JsonNode.Parse(Body)!;
}
