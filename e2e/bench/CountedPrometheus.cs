using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.Bench;

/// <summary>A real Prometheus that scrapes figures in motion, behind a door that counts what is asked and how many samples are answered.</summary>
internal sealed class CountedPrometheus : IAsyncDisposable
{
    private readonly WebApplication target;
    private readonly WebApplication door;
    private readonly PrometheusServer server;
    private readonly HttpClient http = new();
    private readonly Lock turn = new();
    private readonly List<Asked> asked = [];
    private long samples;

    private CountedPrometheus(WebApplication target, WebApplication door, PrometheusServer server) =>
        (this.target, this.door, this.server) = (target, door, server);

    public string Url => door.Urls.Single();

    /// <summary>Of range queries.</summary>
    public long Samples => Interlocked.Read(ref samples);

    /// <summary>Everything that was asked, in the order of the answers.</summary>
    public IReadOnlyList<Asked> All
    {
        get
        {
            lock (turn)
                return [.. asked];
        }
    }

    /// <param name="figures">What is scraped; else three services in motion.</param>
    public static async Task<CountedPrometheus> StartAsync(Func<string>? figures = null)
    {
        var target = Silent();
        target.MapGet("/metrics", () => Results.Text((figures ?? Figures)(), "text/plain; version=0.0.4"));
        await target.StartAsync();
        var server = new PrometheusServer(new ScrapeTarget("services", new Uri(target.Urls.Single()).Authority));
        await server.InitializeAsync();
        var door = Silent();
        var counted = new CountedPrometheus(target, door, server);
        door.Run(counted.PassAsync);
        await door.StartAsync();
        return counted;
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await door.DisposeAsync();
        await server.DisposeAsync();
        await target.DisposeAsync();
    }

    private static WebApplication Silent()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        return builder.Build();
    }

    private static string Figures()
    {
        var seconds = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;
        var text = new StringBuilder();
        foreach (var (service, speed) in new[] { ("api", 20), ("web", 30), ("worker", 5) })
        {
            var labels = $"tenant=\"rentguy\",service=\"{service}\"";
            void Line(string name, string more, double value) =>
                text.Append(CultureInfo.InvariantCulture, $"{name}{{{labels}{more}}} {value}\n");
            Line("http_requests_total", ",code=\"200\"", seconds * speed);
            Line("http_requests_total", ",code=\"500\"", seconds * speed / 1000);
            foreach (var (bound, share) in new[] { ("0.1", 0.6), ("0.25", 0.9), ("0.5", 0.99), ("+Inf", 1.0) })
                Line("http_request_duration_seconds_bucket", $",le=\"{bound}\"", seconds * speed * share);
            Line("container_cpu_usage_seconds_total", ",name=\"c\"", seconds * 0.2 + Math.Sin(seconds / 20));
            Line("container_memory_working_set_bytes", ",name=\"c\"", 2e8 + 1e7 * Math.Sin(seconds / 30));
            Line("container_spec_memory_limit_bytes", ",name=\"c\"", 5e8);
        }
        return text.ToString();
    }

    private async Task PassAsync(HttpContext context)
    {
        var at = Stopwatch.GetTimestamp();
        var question = context.Request.QueryString.ToString().TrimStart('?');
        using var request = new HttpRequestMessage(
            new HttpMethod(context.Request.Method),
            new Uri(server.Url, context.Request.Path + context.Request.QueryString)
        );
        if (HttpMethods.IsPost(context.Request.Method))
        {
            using var reader = new StreamReader(context.Request.Body);
            question = await reader.ReadToEndAsync(context.RequestAborted);
            request.Content = new StringContent(question);
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(context.Request.ContentType!);
        }
        using var answer = await http.SendAsync(request, context.RequestAborted);
        var body = await answer.Content.ReadAsStringAsync(context.RequestAborted);
        context.Response.StatusCode = (int)answer.StatusCode;
        context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        await context.Response.WriteAsync(body, context.RequestAborted);
        if (context.Request.Path == "/api/v1/query_range")
            Interlocked.Add(ref samples, Count(body));
        lock (turn)
            asked.Add(new Asked(Key(context.Request.Path, question), at, Stopwatch.GetTimestamp()));
    }

    /// <summary>What is asked, whenever: without the times, which differ from one asking to the next.</summary>
    private static string Key(PathString path, string question) =>
        $"{path} "
        + string.Join(
            ' ',
            QueryHelpers
                .ParseQuery(question)
                .Where(one => one.Key is not ("start" or "end" or "time"))
                .OrderBy(one => one.Key, StringComparer.Ordinal)
                .Select(one => $"{one.Key}={one.Value}")
        );

    /// <summary>Each sample of a matrix is a pair that ends with a quote and a bracket.</summary>
    private static int Count(string body) => body.AsSpan().Count("\"]");
}

/// <summary>A question to Prometheus.</summary>
/// <param name="Key">The same for the same question at another time.</param>
/// <param name="At">In ticks of <see cref="Stopwatch"/>.</param>
/// <param name="Answered">When its answer had gone back to the dashboard.</param>
internal sealed record Asked(string Key, long At, long Answered)
{
    /// <summary>A range in steps of so many seconds.</summary>
    public bool IsOf(int step) =>
        Key.StartsWith("/api/v1/query_range ", StringComparison.Ordinal)
        && Key.EndsWith($" step={step}", StringComparison.Ordinal);
}
