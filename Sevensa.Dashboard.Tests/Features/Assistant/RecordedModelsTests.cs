using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using NSubstitute;
using Sevensa.Dashboard.Features.Assistant;
using Sevensa.Dashboard.Features.Assistant.Model;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Recordings;
using Sevensa.Dashboard.Tests.Sandbox;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>Every chat that was recorded from Ollama and llama.cpp's server, through the client; and the stand-in beside them.</summary>
public class RecordedModelsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, string> Outcomes =>
        [.. Rows("ollama", RecordedOutcomes.Ollama).Concat(Rows("openai", RecordedOutcomes.OpenAi))];

    [Theory]
    [MemberData(nameof(Outcomes))]
    public async Task Every_recorded_exchange_has_its_outcome_or_the_servers_words(
        string server,
        string name,
        string outcome
    )
    {
        var exchange = Recorded.Of(server).Single(one => one.Name == name);
        Assert.StartsWith(outcome, await OutcomeAsync(exchange), StringComparison.Ordinal);
    }

    [Fact]
    public void No_recorded_exchange_is_left_out()
    {
        foreach (var server in (string[])["ollama", "openai"])
        {
            Assert.Equal(
                Recorded.Of(server).Select(one => one.Name),
                Outcomes.Where(row => row.Data.Item1 == server).Select(row => row.Data.Item2)
            );
        }
    }

    private static IEnumerable<TheoryDataRow<string, string, string>> Rows(string server, string table) =>
        table
            .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(" | ", 2))
            .Select(cells => new TheoryDataRow<string, string, string>(server, cells[0], cells[1]));

    private static async Task<string> OutcomeAsync(Recorded.Exchange exchange)
    {
        var isAnswer =
            exchange.Body.Contains("\"lines\"", StringComparison.Ordinal)
            || (exchange.Method == "POST" && exchange.Path.Contains("/chat", StringComparison.Ordinal));
        if (isAnswer)
        {
            var (end, error) = await ReadAsync(exchange);
            return error is null ? $"{end!.Reason} {end.PromptTokens}".TrimEnd() : Told(error);
        }
        using var http = new HttpClient(
            new Answering(_ => new HttpResponseMessage((HttpStatusCode)exchange.Status)
            {
                Content = new StringContent(exchange.Body),
            })
        );
        try
        {
            await ModelJson.GetAsync(http, "http://model" + exchange.Path, Cancel);
            return "read";
        }
        catch (Exception exception)
        {
            return Told(new ModelFaults(new OllamaOptions { Model = "tiny" }).Of(exception)!);
        }
    }

    /// <summary>The state and what follows the words that are ours.</summary>
    private static string Told(UpstreamException told)
    {
        var colon = told.Message.IndexOf(": ", StringComparison.Ordinal);
        return $"{told.Fault}: {(colon < 0 ? told.Message : told.Message[(colon + 2)..])}";
    }

    [Fact]
    public async Task What_servers_say_of_their_models_is_read()
    {
        var ollama = Recorded.Of("ollama").ToDictionary(one => one.Name);
        var facts = await DescribeAsync(
            "ollama",
            "tiny",
            ("POST /api/show", ollama["show tiny"]),
            ("GET /api/ps", ollama["ps, one"])
        );
        Assert.Equal(new ModelFacts(32_768, 4096, true, true), facts);
        facts = await DescribeAsync(
            "ollama",
            "plain",
            ("POST /api/show", ollama["show plain"]),
            ("GET /api/ps", ollama["ps, one"])
        );
        Assert.Equal(new ModelFacts(32_768, null, false, false), facts);

        var openai = Recorded.Of("openai").ToDictionary(one => one.Name);
        facts = await DescribeAsync(
            "openai",
            "qwen2.5-coder:0.5b",
            ("GET /v1/models", openai["models"]),
            ("GET /props", openai["props"])
        );
        Assert.Equal(new ModelFacts(4096, 4096, true, true), facts);
        facts = await DescribeAsync("openai", "tiny", ("GET /v1/models", ollama["openai path: models"]));
        Assert.Equal(new ModelFacts(), facts);
        await Assert.ThrowsAsync<ModelRefusal>(() =>
            DescribeAsync("openai", "llama3.1:8b", ("GET /v1/models", ollama["openai path: models"]))
        );
        await Assert.ThrowsAsync<ModelRefusal>(() =>
            DescribeAsync("openai", "m", ("GET /v1/models", openai["models while loading"]))
        );
        await Assert.ThrowsAsync<ModelRefusal>(() =>
            DescribeAsync("ollama", "no-such-model:1b", ("POST /api/show", ollama["show of an unknown model"]))
        );
    }

    /// <summary>A list may leave out that a model calls tools; what the server shows of it says so.</summary>
    [Theory]
    [InlineData("ollama", "tiny", "show tiny", null)]
    [InlineData("ollama", "qwen2.5-coder:0.5b", "show qwen2.5-coder:0.5b", null)]
    [InlineData("ollama", "plain", "show plain", "The model \"plain\" can't call tools.")]
    [InlineData(
        "ollama",
        "no-such-model:1b",
        "show of an unknown model",
        "The model \"no-such-model:1b\" is not there: model 'no-such-model:1b' not found."
    )]
    [InlineData("openai", "tiny", "show tiny", null)]
    [InlineData("openai", "plain", "show plain", "The model \"plain\" can't call tools.")]
    [InlineData(
        "openai",
        "no-such-model:1b",
        "show of an unknown model",
        "The model \"no-such-model:1b\" is not there: "
    )]
    public async Task The_probe_asks_whether_the_model_is_there_and_calls_tools(
        string protocol,
        string name,
        string shown,
        string? told
    )
    {
        var ollama = Recorded.Of("ollama").ToDictionary(one => one.Name);
        var upstreams = new Upstreams(TimeProvider.System);
        var model = Model(
            protocol,
            name,
            request =>
                (
                    request.RequestUri!.AbsolutePath switch
                    {
                        "/api/show" => ollama[shown],
                        "/api/ps" => ollama["ps, none"],
                        "/v1/models" => ollama["openai path: models"],
                        _ => ollama["unknown path"],
                    }
                )
                    is var answer
                    ? new HttpResponseMessage((HttpStatusCode)answer.Status)
                    {
                        Content = new StringContent(answer.Body),
                    }
                    : throw new InvalidOperationException(),
            upstreams
        );
        var failed = await Record.ExceptionAsync(() => model.LookAsync(Cancel));
        Assert.StartsWith(told ?? "", failed?.Message ?? "", StringComparison.Ordinal);
        Assert.Equal(told is null, failed is null);
        Assert.Equal(
            told is null ? UpstreamState.Connected : UpstreamState.Degraded,
            upstreams.Find(ChatModel.Upstream)!.State
        );
    }

    /// <summary>What the stand-in is not asked, by the reason.</summary>
    private static readonly (string Reason, string[] Names)[] Beyond =
    [
        (
            "makes models of weights, and it has none",
            [
                "create tiny",
                "create plain",
                "create qwen2.5-coder:0.5b",
                "create smollm2:135m",
                "create tiny-tpl",
                "create qwen-tpl",
            ]
        ),
        ("its models are always there", ["tags, none"]),
        (
            "came of a process that was killed",
            [
                "the runner is killed in mid-stream",
                "right after the runner was killed",
                "the runner is killed, answer not streamed",
            ]
        ),
        (
            "came of a connection that the client closed",
            ["the client hangs up in mid-stream", "ps after the client hung up while the model loaded"]
        ),
        (
            "came of a crowd before a model that loads, and it loads at once",
            ["one too many waits (OLLAMA_MAX_QUEUE=2)"]
        ),
    ];

    /// <summary>The same request, with the stand-in's model for those that were recorded.</summary>
    [Fact]
    public async Task The_stand_in_answers_like_Ollama()
    {
        var beyond = Beyond.SelectMany(one => one.Names).ToHashSet();
        await using var standIns = await StandIns.StartAsync();
        var compared = 0;
        foreach (var exchange in Recorded.Of("ollama"))
        {
            if (beyond.Remove(exchange.Name))
            {
                continue;
            }
            var (status, type, answer) = await standIns.SendAsync(
                "ollama",
                exchange.Method,
                exchange.Path,
                Own(exchange.RequestBody)
            );
            Assert.True(
                status == exchange.Status,
                $"{exchange.Name}: {exchange.Status} recorded, {status} answered: {answer}"
            );
            Assert.Equal(exchange.ContentType.Split(';')[0], type.Split(';')[0]);
            if (exchange.Status >= 400)
            {
                Assert.Equal(Blurred(UpstreamTerms.Words(exchange.Body)), Blurred(UpstreamTerms.Words(answer)));
            }
            else if (type.StartsWith("application/json", StringComparison.Ordinal))
            {
                Assert.Equal([], Shape(exchange.Body).Except(Shape(answer)));
            }
            if (exchange.Name.Contains("does not fit", StringComparison.Ordinal) && status == 200)
            {
                var read = ModelJson.Number(Last(answer), "prompt_eval_count");
                Assert.True(read < PromptOf(exchange), $"{exchange.Name}: {read} read");
            }
            compared++;
        }
        TestContext.Current.TestOutputHelper!.WriteLine($"{compared} compared");
        Assert.Empty(beyond);
    }

    /// <summary>Of llama.cpp's server the stand-in is not asked these.</summary>
    private static readonly (string Reason, string[] Names)[] BeyondLlama =
    [
        ("it has no slots to show, and nothing here asks for them", ["slots"]),
        ("came of a process that was killed", ["server killed in mid-stream"]),
        (
            "came of two that shared one context, and it has one slot",
            [
                "two at once share one context (4 slots by default, 2)",
                "two at once share one context (4 slots by default, 1)",
            ]
        ),
    ];

    /// <summary>Members of an answer that are about the machine or its pages, and are read by nobody.</summary>
    private static readonly string[] Inside =
    [
        ".default_generation_settings.params",
        ".media_marker",
        ".endpoint_",
        ".ui",
        ".bos_token",
        ".eos_token",
        ".cors_proxy_enabled",
    ];

    [Fact]
    public async Task The_stand_in_answers_like_llama_cpps_server()
    {
        var beyond = BeyondLlama.SelectMany(one => one.Names).ToHashSet();
        await using var standIns = await StandIns.StartAsync();
        foreach (var exchange in Recorded.Of("openai").Where(exchange => !beyond.Remove(exchange.Name)))
        {
            var name =
                exchange.Name.EndsWith("while loading", StringComparison.Ordinal) ? "llama-loading"
                : exchange.Name.Contains("context", StringComparison.Ordinal) ? "llama-small"
                : "llama";
            var (status, type, answer) = await standIns.SendAsync(
                name,
                exchange.Method,
                exchange.Path,
                exchange.RequestBody
            );
            Assert.True(
                status == exchange.Status,
                $"{exchange.Name}: {exchange.Status} recorded, {status} answered: {answer}"
            );
            Assert.Equal(exchange.ContentType.Split(';')[0], type.Split(';')[0]);
            if (status >= 400)
            {
                Assert.Equal(Blurred(UpstreamTerms.Words(exchange.Body)), Blurred(UpstreamTerms.Words(answer)));
            }
            Assert.True(
                Shapes(Raw(exchange.Body)).Except(Shapes(answer)).All(IsInside),
                $"{exchange.Name} lacks {string.Join(", ", Shapes(Raw(exchange.Body)).Except(Shapes(answer)).Where(one => !IsInside(one)))}"
            );
        }
        Assert.Empty(beyond);

        static bool IsInside(string member) =>
            Array.Exists(Inside, one => member.StartsWith(one, StringComparison.Ordinal));

        // Of a stream the members of all its events.
        static HashSet<string> Shapes(string body) =>
            [
                .. body.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                    .Select(line => line.StartsWith("data: ", StringComparison.Ordinal) ? line[6..] : line)
                    .Where(line => line.StartsWith('{'))
                    .SelectMany(Shape),
            ];
    }

    /// <summary>The request with the stand-in's model for each that was recorded.</summary>
    private static string? Own(string? body)
    {
        (string Recorded, string Own)[] models =
        [
            ("qwen2.5-coder:0.5b", "sandbox-model"),
            ("smollm2:135m", "sandbox-model"),
            ("tiny-tpl", "sandbox-model"),
            ("qwen-tpl", "sandbox-model"),
            ("tiny", "sandbox-jinja"),
            ("plain", "sandbox-plain"),
        ];
        return models.Aggregate(
            body,
            (text, model) => text?.Replace($"\"{model.Recorded}\"", $"\"{model.Own}\"", StringComparison.Ordinal)
        );
    }

    /// <summary>The members of an object and of the first of each list in it, which a client may look for.</summary>
    private static IEnumerable<string> Shape(string body)
    {
        using var json = JsonDocument.Parse(body);
        return [.. Members(json.RootElement, "")];

        static IEnumerable<string> Members(JsonElement value, string place) =>
            value.ValueKind switch
            {
                JsonValueKind.Object => value
                    .EnumerateObject()
                    .Where(one => one.Name is not ("model_info" or "tensors" or "license" or "system" or "requires"))
                    .SelectMany(one => Members(one.Value, $"{place}.{one.Name}").Append($"{place}.{one.Name}")),
                JsonValueKind.Array => value.EnumerateArray().Take(1).SelectMany(one => Members(one, place + "[]")),
                _ => [],
            };
    }

    private static JsonElement Last(string answer) =>
        JsonSerializer.Deserialize<JsonElement>(answer.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]);

    private static int PromptOf(Recorded.Exchange exchange) => Request(exchange.RequestBody).Length / 4;

    private static string Blurred(string words) =>
        System.Text.RegularExpressions.Regex.Replace(words, @"\d+|tiny-tpl|tiny|plain|sandbox-\w+", "·");

    private static async Task<(EndPiece? End, UpstreamException? Error)> ReadAsync(Recorded.Exchange exchange)
    {
        var protocol = exchange.Path.StartsWith("/api/", StringComparison.Ordinal) ? "ollama" : "openai";
        var model = Model(
            protocol,
            "tiny",
            _ => new HttpResponseMessage((HttpStatusCode)exchange.Status)
            {
                Content = new StringContent(Raw(exchange.Body), Encoding.UTF8),
            }
        );
        EndPiece? end = null;
        try
        {
            var request = Request(exchange.RequestBody);
            await foreach (var piece in model.AskAsync(request, Cancel))
            {
                end = piece as EndPiece ?? end;
            }
            return (end, null);
        }
        catch (UpstreamException failed)
        {
            return (null, failed);
        }
    }

    /// <summary>What was asked, so that the server's count can be held against it.</summary>
    private static ModelRequest Request(string? body)
    {
        JsonElement? sent = null;
        try
        {
            sent = JsonSerializer.Deserialize<JsonElement>(body ?? "{}");
        }
        catch (JsonException)
        {
            // Recorded to see what the server makes of it.
        }
        IEnumerable<JsonElement> List(string name) =>
            sent is { ValueKind: JsonValueKind.Object } json
            && json.TryGetProperty(name, out var list)
            && list.ValueKind == JsonValueKind.Array
                ? list.EnumerateArray()
                : [];
        return new ModelRequest(
            [
                .. List("messages")
                    .Select(one => new ModelMessage(ModelJson.Text(one, "role")!, ModelJson.Text(one, "content") ?? ""))
                    .DefaultIfEmpty(new ModelMessage("user", "")),
            ],
            [
                .. List("tools")
                    .Select(one => one.GetProperty("function"))
                    .Select(one => new ModelTool(
                        ModelJson.Text(one, "name")!,
                        ModelJson.Text(one, "description") ?? "",
                        one.GetProperty("parameters")
                    )),
            ],
            4096,
            100
        );
    }

    /// <summary>A recorded body as it went over the wire.</summary>
    private static string Raw(string body)
    {
        using var json = JsonDocument.Parse(body.Length > 0 ? body : "{}");
        return
            json.RootElement.ValueKind == JsonValueKind.Object
            && json.RootElement.TryGetProperty("lines", out var lines)
            ? string.Concat(
                lines
                    .EnumerateArray()
                    .Where(line => line.TryGetProperty("line", out _))
                    .Select(line => line.GetProperty("line").GetString() + "\n")
            )
            : JsonSerializer.Serialize(json.RootElement);
    }

    private static async Task<ModelFacts> DescribeAsync(
        string protocol,
        string model,
        params (string Request, Recorded.Exchange Answer)[] answers
    )
    {
        IModelProtocol own = protocol == "openai" ? new OpenAiProtocol(model) : new OllamaProtocol(model);
        using var http = new HttpClient(
            new Answering(request =>
                answers.FirstOrDefault(one => one.Request == $"{request.Method} {request.RequestUri!.AbsolutePath}")
                    is { Answer: { } found }
                    ? new HttpResponseMessage((HttpStatusCode)found.Status) { Content = new StringContent(found.Body) }
                    : new HttpResponseMessage(HttpStatusCode.NotFound)
                    {
                        Content = new StringContent("404 page not found"),
                    }
            )
        );
        http.BaseAddress = new Uri("http://model" + (protocol == "openai" ? "/v1/" : "/"));
        return await own.DescribeAsync(http, Cancel);
    }

    private static ChatModel Model(
        string protocol,
        string name,
        Func<HttpRequestMessage, HttpResponseMessage> answer,
        Upstreams? upstreams = null
    )
    {
        var clients = Substitute.For<IHttpClientFactory>();
        clients.CreateClient(Arg.Any<string>()).Returns(_ => new HttpClient(new Answering(answer)));
        return new ChatModel(
            clients,
            Options.Create(
                new OllamaOptions
                {
                    Url = protocol == "openai" ? "http://model/v1" : "http://model",
                    Model = name,
                    Protocol = protocol,
                }
            ),
            upstreams ?? new Upstreams(TimeProvider.System),
            TimeProvider.System
        );
    }

    private sealed class Answering(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        ) => Task.FromResult(answer(request));
    }
}
