using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sevensa.Dashboard.Runner.Docker;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Runner;

/// <summary>A server that answers with what was recorded, so that the real client reads real answers.</summary>
internal sealed partial class RecordedDocker : IAsyncDisposable
{
    private readonly WebApplication app;

    private RecordedDocker(WebApplication app, DockerEngine engine)
    {
        this.app = app;
        Engine = engine;
    }

    public DockerEngine Engine { get; }

    public static byte[] Secret { get; } = new byte[32];

    /// <summary>Whose the Compose projects in the recordings are.</summary>
    public static Dictionary<string, string> Projects { get; } = new() { ["psra"] = "psra-ltsd" };

    /// <summary>Answers as they were recorded.</summary>
    public static Task<RecordedDocker> StartAsync() => StartAsync(Recordings(), Projects);

    /// <summary>What a real engine answered, by method and path without the query.</summary>
    public static Dictionary<string, (int Status, string ContentType, byte[] Body)> Recordings()
    {
        var answers = new Dictionary<string, (int Status, string ContentType, byte[] Body)>();
        foreach (var exchange in Recorded.Of("docker"))
        {
            var body = exchange.Body.Contains("\"base64\"", StringComparison.Ordinal)
                ? JsonDocument.Parse(exchange.Body).RootElement.GetProperty("base64").GetBytesFromBase64()
                : Encoding.UTF8.GetBytes(exchange.Body);
            // Several recordings of one path: the first is the plain one.
            answers.TryAdd(
                $"{exchange.Method} {exchange.Path.Split('?')[0]}",
                (exchange.Status, exchange.ContentType, body)
            );
        }
        foreach (
            var (path, answer) in answers
                .Where(pair =>
                    pair.Key.StartsWith("GET /containers/", StringComparison.Ordinal)
                    && pair.Key.EndsWith("-1/json", StringComparison.Ordinal)
                )
                .ToList()
        )
        {
            var id = JsonDocument.Parse(answer.Item3).RootElement.GetProperty("Id").GetString();
            answers.TryAdd($"GET /containers/{id}/json", answer);
        }
        return answers;
    }

    /// <param name="answers">By path, with query or without; the API version in front is left out.</param>
    /// <param name="first">Done before a path is answered, as long as its asker waits.</param>
    public static async Task<RecordedDocker> StartAsync(
        IReadOnlyDictionary<string, (int Status, string ContentType, byte[] Body)> answers,
        Dictionary<string, string>? projects = null,
        Func<string, CancellationToken, Task>? first = null,
        TimeProvider? time = null
    )
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(async context =>
        {
            var path = Version().Replace(context.Request.Path.Value!, "");
            if (first is not null)
            {
                await first(path, context.RequestAborted);
            }
            var found = answers.TryGetValue($"{context.Request.Method} {path}", out var answer);
            if (!found && path == "/version")
            {
                (found, answer) = (true, (200, "application/json", Version20()));
            }
            context.Response.StatusCode = found ? answer.Status : 404;
            if (found && answer.ContentType.Length > 0)
            {
                context.Response.ContentType = answer.ContentType;
            }
            await context.Response.Body.WriteAsync(
                found ? answer.Body : "{\"message\":\"page not found\"}"u8.ToArray()
            );
        });
        await app.StartAsync();
        var facts = new FactsReader(new Ownership(projects ?? []), Secret, new OwnContainers(null));
        return new RecordedDocker(app, new DockerEngine(new Uri(app.Urls.First()), facts, time));
    }

    private static byte[] Version20() =>
        """{"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12"}"""u8.ToArray();

    public async ValueTask DisposeAsync()
    {
        Engine.Dispose();
        await app.DisposeAsync();
    }

    [GeneratedRegex(@"^/v\d+\.\d+")]
    private static partial Regex Version();
}
