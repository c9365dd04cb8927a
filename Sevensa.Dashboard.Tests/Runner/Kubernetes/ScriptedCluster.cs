using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sevensa.Dashboard.Runner.Kubernetes;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Runner.Kubernetes;

/// <summary>An API server that answers about one Deployment with what a real one answered, in order; the last answer stays.</summary>
internal sealed class ScriptedCluster : IAsyncDisposable
{
    public const string Key = "Deployment/rentguy/web";

    private static readonly IReadOnlyList<Recorded.Exchange> Exchanges = Recorded.Of("kubernetes");

    private readonly WebApplication app;
    private readonly Lock gate = new();
    private readonly Queue<Recorded.Exchange> reads = [];
    private readonly Queue<Recorded.Exchange> patches = [];
    private Recorded.Exchange? lastRead;
    private JsonNode pods = new JsonObject { ["kind"] = "PodList", ["items"] = new JsonArray() };

    private ScriptedCluster(WebApplication app) => this.app = app;

    public KubeApi Api { get; private set; } = null!;

    /// <summary>Changes that were asked for: query, media type and body.</summary>
    public List<(string Query, string Media, JsonNode Body)> Asked { get; } = [];

    public static Recorded.Exchange Of(string name) => Exchanges.First(exchange => exchange.Name == name);

    public static JsonElement Body(string name)
    {
        using var document = JsonDocument.Parse(Of(name).Body);
        return document.RootElement.Clone();
    }

    public static async Task<ScriptedCluster> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var cluster = new ScriptedCluster(app);
        app.Run(cluster.AnswerAsync);
        await app.StartAsync();
        var address = app
            .Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!
            .Addresses.First();
        cluster.Api = new KubeApi(new KubeAddress(new Uri(address)), TimeProvider.System);
        return cluster;
    }

    public void Reads(params string[] names)
    {
        lock (gate)
        {
            foreach (var name in names)
            {
                reads.Enqueue(Of(name));
            }
        }
    }

    public void Answers(params string[] names)
    {
        lock (gate)
        {
            foreach (var name in names)
            {
                patches.Enqueue(Of(name));
            }
        }
    }

    public void Pods(string name) => pods = JsonNode.Parse(Of(name).Body)!;

    /// <summary>So many that are ready by their own condition.</summary>
    public void ReadyPods(int count) =>
        pods = new JsonObject
        {
            ["kind"] = "PodList",
            ["items"] = new JsonArray([
                .. Enumerable
                    .Range(1, count)
                    .Select(number =>
                        JsonNode.Parse(
                            $$"""
                            {
                              "metadata": { "name": "web-{{number}}", "namespace": "rentguy", "uid": "pod-{{number}}" },
                              "spec": { "containers": [{ "name": "web", "image": "web:1" }] },
                              "status": { "phase": "Running", "conditions": [{ "type": "Ready", "status": "True" }] }
                            }
                            """
                        )
                    ),
            ]),
        };

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        await app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Method == HttpMethods.Get)
        {
            if (context.Request.Path.Value!.EndsWith("/pods", StringComparison.Ordinal))
            {
                await WriteAsync(context, 200, "application/json", pods.ToJsonString());
                return;
            }
            Recorded.Exchange read;
            lock (gate)
            {
                lastRead = reads.TryDequeue(out var next) ? next : lastRead;
                read = lastRead!;
            }
            await WriteAsync(context, read.Status, read.ContentType, read.Body);
            return;
        }
        var body = await JsonNode.ParseAsync(context.Request.Body);
        Recorded.Exchange answer;
        lock (gate)
        {
            Asked.Add((context.Request.QueryString.Value ?? "", context.Request.ContentType ?? "", body!));
            answer = patches.Dequeue();
        }
        await WriteAsync(context, answer.Status, answer.ContentType, answer.Body);
    }

    private static Task WriteAsync(HttpContext context, int status, string type, string body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        return context.Response.WriteAsync(body);
    }
}

/// <summary>A clock on which a second is ten milliseconds: what looks once a second looks at once.</summary>
internal sealed class SwiftTime : TimeProvider
{
    private const int Times = 100;

    public override long GetTimestamp() => base.GetTimestamp() * Times;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? dueTime / Times : dueTime, period);
}
