using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Graphs;
using Sevensa.Dashboard.Features.Graphs.LangGraph;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Sandbox.LangGraph;
using Sevensa.Dashboard.Sandbox.Serving;
using Sevensa.Dashboard.Tests.Recordings;
using Sevensa.Dashboard.Tests.Sandbox;

namespace Sevensa.Dashboard.Tests.Features.Graphs;

/// <summary>The client reads what both real servers were recorded with, and the stand-in answers as they did.</summary>
public sealed class LangGraphRecordingTests
{
    private const string Python = "exchanges.json";
    private const string JavaScript = "javascript.json";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Python, "thread after an interrupt", "interrupted", false)]
    [InlineData(Python, "thread whose only run was cancelled", "interrupted", false)]
    [InlineData(Python, "after SIGTERM: its thread", "busy", true)]
    [InlineData(JavaScript, "thread", "interrupted", false)]
    [InlineData(JavaScript, "thread after cancel", "error", false)]
    [InlineData(JavaScript, "after SIGKILL: its thread", "busy", true)]
    public async Task A_thread_is_read_as_it_is(string file, string name, string status, bool isBusy)
    {
        await using var server = await Replay.StartAsync(Recorded.Of("langgraph", file).First(one => one.Name == name));
        var thread = await server.Client.ThreadAsync(Guid.NewGuid().ToString("D"), Stop);
        Assert.Equal(isBusy, thread!.IsBusy);
        Assert.Equal(status, thread.Status);
    }

    [Theory]
    [InlineData(Python, "unknown thread")]
    [InlineData(Python, "after SIGKILL: its thread")]
    [InlineData(JavaScript, "unknown thread")]
    public async Task A_thread_that_its_server_does_not_know_is_none(string file, string name)
    {
        await using var server = await Replay.StartAsync(Recorded.Of("langgraph", file).First(one => one.Name == name));
        Assert.Null(await server.Client.ThreadAsync(Guid.NewGuid().ToString("D"), Stop));
    }

    [Theory]
    [InlineData("state after an interrupt", 1, null)]
    [InlineData("its state", 0, null)]
    [InlineData("a node raises: state", 0, "no such host: vps-9")]
    public async Task A_state_tells_what_is_asked_and_what_failed(string name, int asked, string? error)
    {
        await using var server = await Replay.StartAsync(Recorded.Of("langgraph").First(one => one.Name == name));
        var state = await server.Client.StateAsync(Guid.NewGuid().ToString("D"), Stop);
        Assert.Equal(asked, state.Interrupts.Count);
        Assert.All(state.Interrupts, one => Assert.Matches("^[0-9a-f]{32}$", one.Id));
        Assert.Equal(error is null, state.Error is null);
        Assert.Contains(error ?? "", state.Error ?? "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Python, "second run on a busy thread, multitask_strategy reject")]
    [InlineData(JavaScript, "second run, reject")]
    public async Task A_thread_that_is_busy_takes_no_second_run(string file, string name)
    {
        await using var server = await Replay.StartAsync(Recorded.Of("langgraph", file).First(one => one.Name == name));
        Assert.Null(await server.Client.StartAsync("t", "asks", "rentguy", new JsonObject(), "start", Stop));
    }

    [Theory]
    [InlineData(Python, "run of an unknown graph", "Invalid assistant: 'nothere'")]
    [InlineData(Python, "run without assistant", "\"assistant_id\" is a required property")]
    [InlineData(JavaScript, "run of an unknown graph", "No assistant found for \"nothere\"")]
    [InlineData(JavaScript, "run without assistant", "assistant_id: Required")]
    public async Task A_refusal_is_told_in_the_servers_words(string file, string name, string words)
    {
        await using var server = await Replay.StartAsync(Recorded.Of("langgraph", file).First(one => one.Name == name));
        var refused = await Assert.ThrowsAsync<UpstreamException>(() =>
            server.Client.StartAsync("t", "nothere", "rentguy", new JsonObject(), "start", Stop)
        );
        Assert.Equal(UpstreamFault.Refused, refused.Fault);
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Python, "cancel a running run")]
    [InlineData(Python, "cancel it again")]
    [InlineData(Python, "cancel a pending run")]
    [InlineData(JavaScript, "cancel")]
    [InlineData(JavaScript, "cancel again")]
    public async Task A_run_is_cancelled_whether_it_still_runs_or_not(string file, string name)
    {
        await using var server = await Replay.StartAsync(Recorded.Of("langgraph", file).First(one => one.Name == name));
        await server.Client.CancelAsync("t", "r", Stop);
    }

    [Theory]
    [InlineData(Python, "stream updates", "metadata updates updates")]
    [InlineData(Python, "a node raises: stream", "metadata updates error")]
    [InlineData(Python, "late stream of a running run, not resumable", "beat updates updates")]
    [InlineData(JavaScript, "resumable", "metadata values updates values")]
    [InlineData(JavaScript, "a node throws: stream", "metadata error")]
    public async Task A_stream_is_read_in_one_line_or_in_many(string file, string name, string kinds)
    {
        var lines = JsonNode.Parse(Recorded.Of("langgraph", file).First(one => one.Name == name).Body)!["lines"]!
            .AsArray()
            .Select(line => (string)line!);
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(string.Join("\n", lines) + "\n\n"));
        var read = new List<GraphEvent>();
        await foreach (var happened in GraphStream.ReadAsync(stream, Stop))
        {
            read.Add(happened);
        }
        Assert.Equal(kinds, string.Join(' ', read.Select(one => one.Kind ?? "beat")));
        Assert.All(
            read.Where(one => one.Kind is not null),
            one => Assert.Equal(JsonValueKind.Object, one.Data.ValueKind)
        );
        Assert.All(
            read.Where(one => one.Kind == "error"),
            one => Assert.Equal("no such host: vps-9", LangGraphWords.Of(one.Data.GetRawText()))
        );
    }

    [Theory]
    [InlineData(Python)]
    [InlineData(JavaScript)]
    public async Task The_stand_in_answers_as_the_real_server_did(string file)
    {
        var manner = file == Python ? LangGraphManner.Python : LangGraphManner.JavaScript;
        await using var server = await StandInServer.StartAsync(
            new Dictionary<string, IStandIn> { ["it"] = new LangGraphStandIn(manner, TimeProvider.System) },
            Stop
        );
        using var http = new HttpClient { BaseAddress = new Uri(server.AddressOf("it")) };
        var id = "11111111-1111-4111-8111-111111111111";
        using var made = await http.PostAsync("/threads", Json($$"""{"thread_id": "{{id}}"}"""), Stop);
        var wrong = new List<string>();
        foreach (var name in Held)
        {
            if (Recorded.Of("langgraph", file).FirstOrDefault(one => one.Name == name) is not { } exchange)
            {
                continue;
            }
            // A thread that was there when it was recorded is the one that is here.
            var path = exchange.Path.StartsWith("/threads/0000", StringComparison.Ordinal)
                ? exchange.Path
                : Regex.Replace(exchange.Path, "/threads/[0-9a-f-]{36}", $"/threads/{id}");
            using var request = new HttpRequestMessage(new HttpMethod(exchange.Method), path);
            request.Content = exchange.RequestBody is { Length: > 0 } body ? Json(body) : null;
            using var answer = await http.SendAsync(request, Stop);
            var text = await answer.Content.ReadAsStringAsync(Stop);
            if ((int)answer.StatusCode != exchange.Status || !IsAlike(exchange.Body, text))
            {
                wrong.Add($"{name}: {(int)answer.StatusCode} {text}, recorded {exchange.Status} {exchange.Body}");
            }
        }
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    private static readonly string[] Held =
    [
        "ok",
        "info",
        "assistants search",
        "unknown path",
        "unknown thread",
        "thread id that is no uuid",
        "body that is no JSON",
        "run without assistant",
        "run of an unknown graph",
        "thread create with the same id",
        "thread create with the same id, do_nothing",
        "cancel it again",
        "cancel again",
    ];

    /// <summary>The words of a refusal are the same, but for the list of graphs; of what is JSON the shape is.</summary>
    private static bool IsAlike(string recorded, string text)
    {
        if (Parsed(recorded) is not { } expected)
        {
            return recorded == text;
        }
        return Parsed(text) is { } actual
            && !JsonShape.Faults(expected, actual).Any(fault => fault.Contains("recorded", StringComparison.Ordinal))
            && (
                expected is not JsonObject told
                || told["detail"] is not JsonValue detail
                || FirstLine(detail) == FirstLine(actual["detail"]!)
            );

        static string FirstLine(JsonNode words) => words.GetValue<string>().Split('\n')[0];
    }

    private static JsonNode? Parsed(string text)
    {
        try
        {
            return JsonNode.Parse(text) is JsonObject or JsonArray ? JsonNode.Parse(text) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    /// <summary>A server that answers everything with one recorded answer.</summary>
    private sealed class Replay(StandInServer server, ServiceProvider services, LangGraphClient client)
        : IAsyncDisposable
    {
        public LangGraphClient Client { get; } = client;

        public static async Task<Replay> StartAsync(Recorded.Exchange exchange)
        {
            var server = await StandInServer.StartAsync(
                new Dictionary<string, IStandIn> { ["it"] = new One(exchange) },
                Stop
            );
            var services = new ServiceCollection().AddHttpClient().BuildServiceProvider();
            return new Replay(
                server,
                services,
                new LangGraphClient(
                    services.GetRequiredService<IHttpClientFactory>(),
                    new GraphServerOptions { Name = "it", Url = server.AddressOf("it") },
                    new Upstreams(TimeProvider.System),
                    TimeProvider.System
                )
            );
        }

        public async ValueTask DisposeAsync()
        {
            await services.DisposeAsync();
            await server.DisposeAsync();
        }

        private sealed class One(Recorded.Exchange exchange) : IStandIn
        {
            public Task AnswerAsync(HttpContext context)
            {
                context.Response.StatusCode = exchange.Status;
                if (exchange.Status == 204)
                {
                    return Task.CompletedTask;
                }
                context.Response.ContentType = exchange.ContentType;
                return context.Response.WriteAsync(exchange.Body, context.RequestAborted);
            }
        }
    }
}
