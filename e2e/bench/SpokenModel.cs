using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Sevensa.Dashboard.Bench;

/// <summary>A model's server that speaks Ollama's protocol at a given pace, and keeps when each answer's first token left it.</summary>
internal sealed class SpokenModel : IAsyncDisposable
{
    public const string Name = "bench:1b";

    private readonly WebApplication app;

    private SpokenModel(WebApplication app) => this.app = app;

    public string Url => app.Urls.Single();

    /// <summary>Of the next answers.</summary>
    public int Tokens { get; set; } = 40;

    /// <summary>Zero: as fast as they can be written.</summary>
    public int PerSecond { get; set; } = 50;

    /// <summary>When the newest answer's first token was written, in milliseconds since 1970.</summary>
    public double FirstSent { get; private set; }

    public static async Task<SpokenModel> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var model = new SpokenModel(app);
        app.MapGet("/api/version", () => Results.Json(new { version = "0.33.0" }));
        app.MapGet("/api/tags", () => Results.Json(new { models = new[] { new { name = Name, digest = "b" } } }));
        app.MapGet(
            "/api/ps",
            () => Results.Json(new { models = new[] { new { name = Name, context_length = 8192 } } })
        );
        app.MapPost("/api/show", () => Results.Text(Shown, "application/json"));
        app.MapPost("/api/chat", model.SpeakAsync);
        await app.StartAsync();
        return model;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private const string Shown =
        """{"capabilities":["completion","tools"],"model_info":{"bench.context_length":8192},"details":{}}""";

    private async Task SpeakAsync(HttpContext context)
    {
        context.Response.ContentType = "application/x-ndjson";
        // A model thinks for a moment: the page has drawn the question by then.
        await Task.Delay(300, context.RequestAborted);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        for (var at = 0; at < Tokens; at++)
        {
            var word = at % 12 == 11 ? "stone.\n\n" : $"word{at.ToString(CultureInfo.InvariantCulture)} ";
            if (at == 0)
                FirstSent = Now();
            await WriteAsync(context, Line(word, done: false, at));
            if (PerSecond > 0 && TimeSpan.FromSeconds((at + 1d) / PerSecond) - clock.Elapsed is { Ticks: > 0 } due)
                await Task.Delay(due, context.RequestAborted);
        }
        await WriteAsync(context, Line("", done: true, Tokens));
    }

    private static double Now() => (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalMilliseconds;

    private static async Task WriteAsync(HttpContext context, string line)
    {
        await context.Response.WriteAsync(line + "\n", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    private static string Line(string text, bool done, int tokens) =>
        JsonSerializer.Serialize(
            new
            {
                model = Name,
                message = new { role = "assistant", content = text },
                done,
                done_reason = done ? "stop" : null,
                prompt_eval_count = done ? 900 : (int?)null,
                eval_count = done ? tokens : (int?)null,
            },
            JsonSerializerOptions.Web
        );
}
