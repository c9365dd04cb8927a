using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Assistant.Model;

/// <summary>
/// OpenAI's chat completions as vLLM, llama.cpp's server and Ollama speak them: server-sent events that end with
/// <c>[DONE]</c>; <c>/models</c>, and llama.cpp's <c>/props</c> beside them.
/// </summary>
internal sealed class OpenAiProtocol(string model) : IModelProtocol
{
    /// <summary>Owner that Ollama's list names.</summary>
    private const string OllamasOwn = "library";

    /// <summary>Context of an Ollama without a graphics card that nobody has told another.</summary>
    private const int OllamasContext = 4096;

    public HttpRequestMessage Ask(ModelRequest request) =>
        new(HttpMethod.Post, "chat/completions")
        {
            Content = JsonContent.Create(
                new
                {
                    model,
                    stream = true,
                    stream_options = new { include_usage = true },
                    max_tokens = request.AnswerTokens,
                    tools = request.Tools.Count == 0
                        ? null
                        : request.Tools.Select(tool => new
                        {
                            type = "function",
                            function = new
                            {
                                name = tool.Name,
                                description = tool.Description,
                                parameters = tool.Schema,
                            },
                        }),
                    // Last, as what alone changes from question to question.
                    messages = request.Messages.Select(Message),
                },
                options: ModelJson.Plain
            ),
        };

    public IModelAnswer Answer() => new OpenAiAnswer();

    public async Task<ModelFacts> DescribeAsync(HttpClient http, CancellationToken cancellation)
    {
        var listed = await ModelJson.GetAsync(http, "models", cancellation);
        var models =
            listed.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Array
                ? data.EnumerateArray().ToList()
                : [];
        var own = models.FindIndex(one =>
            ModelJson.Text(one, "id") is { } id && (id == model || id == model + ":latest")
        );
        var props = await PropsAsync(http, cancellation);
        if (own < 0 && models.Count > 0 && props is null)
        {
            throw new ModelRefusal(
                404,
                $"model '{model}' not found; the server lists {string.Join(", ", models.Take(8).Select(one => ModelJson.Text(one, "id")))}"
            );
        }
        // llama.cpp's server has one model and ignores the name.
        var described = own >= 0 ? models[own] : models.FirstOrDefault();
        if (props is null && ModelJson.Text(described, "owned_by") == OllamasOwn)
        {
            return await OllamaBehindAsync(http, cancellation);
        }
        var context =
            (
                props is { } p && p.TryGetProperty("default_generation_settings", out var settings)
                    ? ModelJson.Number(settings, "n_ctx")
                    : null
            )
            ?? ModelJson.Number(described, "max_model_len")
            ?? (
                described.ValueKind == JsonValueKind.Object && described.TryGetProperty("meta", out var meta)
                    ? ModelJson.Number(meta, "n_ctx")
                    : null
            );
        return new ModelFacts(
            context,
            context,
            props is { } q
            && q.TryGetProperty("chat_template_caps", out var can)
            && can.TryGetProperty("supports_tools", out var tools)
            && tools.ValueKind is JsonValueKind.True or JsonValueKind.False
                ? q.GetProperty("chat_template_caps").GetProperty("supports_tools").GetBoolean()
                : null,
            props is null ? null : true
        );
    }

    public async Task<ModelIdentity> IdentifyAsync(HttpClient http, CancellationToken cancellation)
    {
        var (listed, isUnknown) = await ModelJson.ToldAsync(http, "models", cancellation);
        var models =
            listed is { } told && told.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Array
                ? data.EnumerateArray().ToList()
                : [];
        var own = models.Find(one => ModelJson.Text(one, "id") is { } id && (id == model || id == model + ":latest"));
        own = own.ValueKind == JsonValueKind.Object || models.Count != 1 ? own : models[0];
        if (ModelJson.Text(own, "owned_by") == OllamasOwn)
        {
            return await new OllamaProtocol(model, Root(http)).IdentifyAsync(http, cancellation);
        }
        var (props, isPropsUnknown) = await ModelJson.ToldAsync(http, Root(http) + "props", cancellation);
        if (props is { } llama)
        {
            return new ModelIdentity(
                Seen([own, Member(own, "meta"), llama], LlamaWords),
                "llama.cpp",
                ModelJson.Text(llama, "build_info")
            )
            {
                IsUnknown = isUnknown,
            };
        }
        var version = await ToldAsync(http, Root(http) + "version", cancellation);
        return new ModelIdentity(
            Seen([own], VllmWords),
            ModelJson.Text(own, "owned_by") is "vllm" ? "vllm" : null,
            version is { } of ? ModelJson.Text(of, "version") : null
        )
        {
            IsUnknown = isUnknown || isPropsUnknown,
        };
    }

    /// <summary>What llama.cpp's server tells of the model itself: its file, its sizes and its template.</summary>
    private static readonly string[] LlamaWords =
    [
        "model_path",
        "chat_template",
        "n_params",
        "size",
        "n_vocab",
        "n_embd",
        "n_ctx_train",
    ];

    /// <summary>What vLLM tells of it: where its weights are from, and what it was tuned from.</summary>
    private static readonly string[] VllmWords = ["root", "parent"];

    /// <summary>A mark of what is told of the model; null when that is nothing by which another could be known.</summary>
    private static string? Seen(JsonElement[] told, string[] words)
    {
        var said = string.Join(
            '\n',
            told.SelectMany(one => words.Select(word => (word, Value: Member(one, word))))
                .Where(one => one.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number)
                .Select(one => $"{one.word}={one.Value.GetRawText()}")
        );
        return said.Length == 0
            ? null
            : "seen:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(said)))[..32];
    }

    private static JsonElement Member(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) ? value : default;

    private static async Task<JsonElement?> ToldAsync(HttpClient http, string path, CancellationToken cancellation) =>
        (await ModelJson.ToldAsync(http, path, cancellation)).Told;

    /// <summary>Ollama says by its own protocol what it does not by this one. The context can't be asked for here: it is what the server was started with.</summary>
    private async Task<ModelFacts> OllamaBehindAsync(HttpClient http, CancellationToken cancellation)
    {
        try
        {
            var facts = await new OllamaProtocol(model, Root(http)).DescribeAsync(http, cancellation);
            return facts with { UsedContext = facts.UsedContext ?? (facts.IsLoaded is null ? null : OllamasContext) };
        }
        catch (Exception exception) when (exception is ModelRefusal or FormatException)
        {
            return new ModelFacts();
        }
    }

    private static Task<JsonElement?> PropsAsync(HttpClient http, CancellationToken cancellation) =>
        ToldAsync(http, Root(http) + "props", cancellation);

    /// <summary>The server's own paths lie beside those of this protocol.</summary>
    private static string Root(HttpClient http)
    {
        var path = http.BaseAddress!.AbsolutePath.TrimEnd('/');
        return (path.EndsWith("/v1", StringComparison.Ordinal) ? path[..^"/v1".Length] : path) + "/";
    }

    private static object Message(ModelMessage message) =>
        new
        {
            role = message.Role,
            content = message.Text,
            tool_calls = message.Calls is { Count: > 0 } calls
                ? calls.Select(call => new
                {
                    id = call.Id,
                    type = "function",
                    function = new { name = call.Name, arguments = call.Arguments.GetRawText() },
                })
                : null,
            tool_call_id = message.Answers?.Id,
        };

    private sealed class OpenAiAnswer : IModelAnswer
    {
        private readonly SortedDictionary<int, Piecemeal> calls = [];
        private string? reason;
        private int? promptTokens;
        private int? answerTokens;
        private bool whole;

        public IEnumerable<ModelPiece> Read(string line)
        {
            // Comments and other fields of server-sent events.
            if (line.Length == 0 || line[0] == ':' || line.StartsWith("event:", StringComparison.Ordinal))
            {
                return [];
            }
            var data =
                line.StartsWith("data:", StringComparison.Ordinal) ? line["data:".Length..].Trim()
                : line.StartsWith("error:", StringComparison.Ordinal) ? line["error:".Length..].Trim()
                : line;
            return data == "[DONE]" ? End() : Chunk(ModelJson.Parse(data));
        }

        public IEnumerable<ModelPiece> Close() => reason is null ? [] : End();

        private IEnumerable<ModelPiece> Chunk(JsonElement json)
        {
            if (json.TryGetProperty("error", out var said) && said.ValueKind != JsonValueKind.Null)
            {
                var error = UpstreamTerms.Said(json);
                throw new ModelRefusal(null, error?.Words ?? said.GetRawText(), error?.Kind);
            }
            if (json.TryGetProperty("usage", out var usage))
            {
                promptTokens = ModelJson.Number(usage, "prompt_tokens") ?? promptTokens;
                answerTokens = ModelJson.Number(usage, "completion_tokens") ?? answerTokens;
            }
            if (json.TryGetProperty("timings", out var timings) && ModelJson.Number(timings, "prompt_n") is { } fresh)
            {
                // llama.cpp's server, asked for no usage or not heeding it: what it read now and what it had read before.
                promptTokens ??= fresh + (ModelJson.Number(timings, "cache_n") ?? 0);
                answerTokens ??= ModelJson.Number(timings, "predicted_n");
            }
            if (!json.TryGetProperty("choices", out var choices) || choices.ValueKind != JsonValueKind.Array)
            {
                throw new FormatException("no choices");
            }
            foreach (var choice in choices.EnumerateArray().Take(1))
            {
                foreach (var piece in Choice(choice))
                {
                    yield return piece;
                }
            }
            if (whole)
            {
                foreach (var piece in End())
                {
                    yield return piece;
                }
            }
        }

        private IEnumerable<ModelPiece> Choice(JsonElement choice)
        {
            reason = ModelJson.Text(choice, "finish_reason") ?? reason;
            if (!choice.TryGetProperty("delta", out var said))
            {
                // Some answer whole although a stream was asked for.
                whole = choice.TryGetProperty("message", out said);
            }
            if (said.ValueKind != JsonValueKind.Object)
            {
                yield break;
            }
            if (
                (ModelJson.Text(said, "reasoning_content") ?? ModelJson.Text(said, "reasoning")) is
                { Length: > 0 } thought
            )
            {
                yield return new ThoughtPiece(thought.Length);
            }
            if (ModelJson.Piece(said, "content") is { Length: > 0 } text)
            {
                yield return new SpokenPiece(text);
            }
            if (said.TryGetProperty("tool_calls", out var called) && called.ValueKind != JsonValueKind.Null)
            {
                Take(called);
                yield return new ThoughtPiece(0);
            }
        }

        private void Take(JsonElement called)
        {
            if (called.ValueKind != JsonValueKind.Array)
            {
                throw new FormatException("tool_calls is no list");
            }
            var position = 0;
            foreach (var part in called.EnumerateArray())
            {
                var at =
                    part.TryGetProperty("index", out var index) && index.TryGetInt32(out var number)
                        ? number
                        : position;
                position++;
                if (!calls.TryGetValue(at, out var call))
                {
                    calls[at] = call = new Piecemeal();
                }
                call.Id = ModelJson.Text(part, "id") is { Length: > 0 } id ? id : call.Id;
                if (part.TryGetProperty("function", out var function))
                {
                    call.Name += ModelJson.Text(function, "name");
                    call.Arguments.Append(
                        ModelJson.Piece(function, "arguments")
                            ?? (
                                function.TryGetProperty("arguments", out var given)
                                && given.ValueKind == JsonValueKind.Object
                                    ? given.GetRawText()
                                    : ""
                            )
                    );
                }
            }
        }

        private IEnumerable<ModelPiece> End()
        {
            foreach (var call in calls.Values)
            {
                yield return call.Name.Length > 0
                    ? new CallPiece(
                        new ModelCall(
                            call.Id ?? $"call_{Guid.NewGuid():n}"[..13],
                            call.Name,
                            ModelJson.ArgumentsOf(call.Arguments.ToString())
                        )
                    )
                    : throw new FormatException("a call of a tool has no name");
            }
            calls.Clear();
            yield return new EndPiece(reason, promptTokens, answerTokens);
        }

        private sealed class Piecemeal
        {
            public string? Id { get; set; }
            public string Name { get; set; } = "";
            public StringBuilder Arguments { get; } = new();
        }
    }
}
