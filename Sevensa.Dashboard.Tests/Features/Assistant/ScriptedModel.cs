using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>A model's server that speaks as well or as badly as a test tells it to, by both protocols.</summary>
internal sealed class ScriptedModel : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<JsonElement> asked = new();

    private Func<HttpContext, int, Task> answer;
    private int count;

    private ScriptedModel(WebApplication app, Func<HttpContext, int, Task> answer) =>
        (this.app, this.answer) = (app, answer);

    public string Url => app.Urls.Single();

    /// <summary>Bodies of the chat requests, in order.</summary>
    public IReadOnlyList<JsonElement> Asked => [.. asked];

    /// <summary>Done when a client has gone before the answer's end.</summary>
    public TaskCompletionSource HungUp { get; private set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Answers to other paths than a chat's, by "GET /api/ps"; what is not here is 404 as with Ollama.</summary>
    public ConcurrentDictionary<string, (int Status, string Body)> Besides { get; } = new();

    /// <param name="answer">Given how often the model was asked, counting from one.</param>
    public static Task<ScriptedModel> StartAsync(Func<int, (int Status, string Body)> answer) =>
        StartAsync(Written(answer));

    /// <summary>A new script, from its first line on.</summary>
    public void Play(Func<HttpContext, int, Task> script)
    {
        asked.Clear();
        (answer, count) = (script, 0);
        HungUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <inheritdoc cref="Play(Func{HttpContext, int, Task})"/>
    public void Play(Func<int, (int Status, string Body)> script) => Play(Written(script));

    private static Func<HttpContext, int, Task> Written(Func<int, (int Status, string Body)> answer) =>
        async (context, time) =>
        {
            var (status, body) = answer(time);
            context.Response.StatusCode = status;
            context.Response.ContentType = "application/x-ndjson";
            await context.Response.WriteAsync(body, Encoding.UTF8);
        };

    public static async Task<ScriptedModel> StartAsync(Func<HttpContext, int, Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var model = new ScriptedModel(app, answer);
        app.Map(
            "/{**path}",
            async context =>
            {
                var path = context.Request.Path.Value!;
                if (path is not ("/api/chat" or "/v1/chat/completions"))
                {
                    var (status, body) = model.Besides.GetValueOrDefault(
                        $"{context.Request.Method} {path}",
                        (404, "404 page not found")
                    );
                    context.Response.StatusCode = status;
                    await context.Response.WriteAsync(body);
                    return;
                }
                model.asked.Enqueue((await JsonSerializer.DeserializeAsync<JsonElement>(context.Request.Body)).Clone());
                try
                {
                    await model.answer(context, Interlocked.Increment(ref model.count));
                }
                finally
                {
                    if (context.RequestAborted.IsCancellationRequested)
                    {
                        model.HungUp.TrySetResult();
                    }
                }
            }
        );
        await app.StartAsync();
        return model;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();
}

/// <summary>Answers line by line, in either protocol.</summary>
internal abstract class Wording
{
    public static Wording Of(string protocol) => protocol == "openai" ? new OpenAi() : new Ollama();

    public abstract string Said(string text);

    public abstract string Called(string tool, string arguments);

    public abstract string Done(string reason = "stop", int? read = null);

    public abstract string Error(string words);

    private sealed class Ollama : Wording
    {
        public override string Said(string text) => Line(new { role = "assistant", content = text });

        public override string Called(string tool, string arguments) =>
            Line(
                new
                {
                    role = "assistant",
                    content = "",
                    tool_calls = new[]
                    {
                        new
                        {
                            function = new
                            {
                                name = tool,
                                arguments = JsonSerializer.Deserialize<JsonElement>(arguments),
                            },
                        },
                    },
                }
            );

        public override string Done(string reason, int? read) =>
            JsonSerializer.Serialize(
                new Dictionary<string, object?>
                {
                    ["model"] = "m",
                    ["message"] = new { role = "assistant", content = "" },
                    ["done"] = true,
                    ["done_reason"] = reason,
                    ["prompt_eval_count"] = read ?? 0,
                }
            ) + "\n";

        public override string Error(string words) => JsonSerializer.Serialize(new { error = words }) + "\n";

        private static string Line(object message) =>
            JsonSerializer.Serialize(
                new
                {
                    model = "m",
                    message,
                    done = false,
                }
            ) + "\n";
    }

    private sealed class OpenAi : Wording
    {
        public override string Said(string text) => Chunk(new { content = text });

        public override string Called(string tool, string arguments) =>
            Chunk(
                new
                {
                    tool_calls = new[]
                    {
                        new
                        {
                            index = 0,
                            id = "call_1",
                            type = "function",
                            function = new { name = tool, arguments = arguments[..(arguments.Length / 2)] },
                        },
                    },
                }
            )
            + Chunk(
                new
                {
                    tool_calls = new[]
                    {
                        new { index = 0, function = new { arguments = arguments[(arguments.Length / 2)..] } },
                    },
                }
            );

        public override string Done(string reason, int? read) =>
            Data(
                new
                {
                    choices = new[]
                    {
                        new
                        {
                            index = 0,
                            delta = new { },
                            finish_reason = reason,
                        },
                    },
                }
            )
            + Data(new { choices = Array.Empty<object>(), usage = new { prompt_tokens = read ?? 0 } })
            + "data: [DONE]\n\n";

        public override string Error(string words) =>
            Data(
                new
                {
                    error = new
                    {
                        code = 500,
                        message = words,
                        type = "server_error",
                    },
                }
            );

        private static string Chunk(object delta) =>
            Data(
                new
                {
                    choices = new[]
                    {
                        new
                        {
                            index = 0,
                            delta,
                            finish_reason = (string?)null,
                        },
                    },
                }
            );

        private static string Data(object data) => $"data: {JsonSerializer.Serialize(data)}\n\n";
    }
}
