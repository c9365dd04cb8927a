using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Assistant.Model;

/// <summary>Ollama's own protocol: <c>/api/chat</c> with one JSON object a line, <c>/api/show</c>, <c>/api/ps</c>.</summary>
/// <param name="root">Path before those of the protocol, when the client's address is another.</param>
internal sealed partial class OllamaProtocol(string model, string root = "") : IModelProtocol
{
    public HttpRequestMessage Ask(ModelRequest request) =>
        new(HttpMethod.Post, root + "api/chat")
        {
            Content = JsonContent.Create(
                new
                {
                    model,
                    stream = true,
                    // A prompt that does not fit is refused instead of cut from the front, rules and tools first.
                    truncate = false,
                    options = new { num_ctx = request.ContextTokens, num_predict = request.AnswerTokens },
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

    public IModelAnswer Answer() => new OllamaAnswer();

    public async Task<ModelFacts> DescribeAsync(HttpClient http, CancellationToken cancellation)
    {
        var shown = await ShowAsync(http, cancellation);
        if (shown is null)
        {
            // Something in between knows no such path; that it lists models is enough.
            await ModelJson.GetAsync(http, root + "api/tags", cancellation);
            return new ModelFacts();
        }
        var running = await RunningAsync(http, cancellation);
        return new ModelFacts(
            Trained(shown.Value),
            running?.Context ?? Set(shown.Value),
            Capability(shown.Value, "tools"),
            running is null ? null : running.Value.IsLoaded
        )
        {
            Thinks = Capability(shown.Value, "thinking"),
        };
    }

    public async Task<ModelIdentity> IdentifyAsync(HttpClient http, CancellationToken cancellation)
    {
        var version = (await ToldAsync(http, "api/version", cancellation)).Told;
        var (tags, isUnknown) = await ToldAsync(http, "api/tags", cancellation);
        var own =
            tags is { } told && told.TryGetProperty("models", out var models) && models.ValueKind == JsonValueKind.Array
                ? models
                    .EnumerateArray()
                    .FirstOrDefault(one =>
                        (ModelJson.Text(one, "name") ?? ModelJson.Text(one, "model")) is { } name && IsSame(name)
                    )
                : default;
        var details =
            own.ValueKind == JsonValueKind.Object && own.TryGetProperty("details", out var all) ? all : default;
        return new ModelIdentity(
            ModelJson.Text(own, "digest"),
            version is null && tags is null ? null : "ollama",
            version is { } of ? ModelJson.Text(of, "version") : null,
            ModelJson.Text(details, "parameter_size"),
            ModelJson.Text(details, "quantization_level")
        )
        {
            IsUnknown = isUnknown,
        };
    }

    private Task<(JsonElement? Told, bool IsUnknown)> ToldAsync(
        HttpClient http,
        string path,
        CancellationToken cancellation
    ) => ModelJson.ToldAsync(http, root + path, cancellation);

    private async Task<JsonElement?> ShowAsync(HttpClient http, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, root + "api/show")
        {
            Content = JsonContent.Create(new { model }, options: ModelJson.Plain),
        };
        try
        {
            return await ModelJson.SendAsync(http, request, cancellation);
        }
        catch (ModelRefusal refusal)
            when (refusal.Status is (int)HttpStatusCode.NotFound or (int)HttpStatusCode.MethodNotAllowed
                && !refusal.Message.Contains(model, StringComparison.OrdinalIgnoreCase)
            )
        {
            return null;
        }
    }

    private async Task<(bool IsLoaded, int? Context)?> RunningAsync(HttpClient http, CancellationToken cancellation)
    {
        try
        {
            var answer = await ModelJson.GetAsync(http, root + "api/ps", cancellation);
            if (!answer.TryGetProperty("models", out var models) || models.ValueKind != JsonValueKind.Array)
            {
                return null;
            }
            foreach (var loaded in models.EnumerateArray())
            {
                if (ModelJson.Text(loaded, "name") is { } name && IsSame(name))
                {
                    return (true, ModelJson.Number(loaded, "context_length"));
                }
            }
            return (false, null);
        }
        catch (ModelRefusal)
        {
            return null;
        }
    }

    private bool IsSame(string name) =>
        string.Equals(name, model, StringComparison.OrdinalIgnoreCase)
        || string.Equals(name, model + ":latest", StringComparison.OrdinalIgnoreCase);

    private static int? Trained(JsonElement shown) =>
        shown.TryGetProperty("model_info", out var info) && info.ValueKind == JsonValueKind.Object
            ? info.EnumerateObject()
                .Where(one => one.Name.EndsWith(".context_length", StringComparison.Ordinal))
                .Select(one => ModelJson.Number(one.Value))
                .FirstOrDefault()
            : null;

    /// <summary>The context that the model's own file asks for.</summary>
    private static int? Set(JsonElement shown) =>
        ModelJson.Text(shown, "parameters") is { } parameters
        && ContextSetting().Match(parameters) is { Success: true } found
        && int.TryParse(found.Groups[1].Value, CultureInfo.InvariantCulture, out var tokens)
            ? tokens
            : null;

    private static bool? Capability(JsonElement shown, string name) =>
        shown.TryGetProperty("capabilities", out var all) && all.ValueKind == JsonValueKind.Array
            ? all.EnumerateArray().Any(one => one.ValueKind == JsonValueKind.String && one.GetString() == name)
            : null;

    private static object Message(ModelMessage message) =>
        new
        {
            role = message.Role,
            content = message.Text,
            tool_calls = message.Calls is { Count: > 0 } calls
                ? calls.Select(call => new
                {
                    id = call.Id,
                    function = new { name = call.Name, arguments = call.Arguments },
                })
                : null,
            tool_name = message.Answers?.Name,
            tool_call_id = message.Answers?.Id,
        };

    [GeneratedRegex(@"^\s*num_ctx\s+(\d+)\s*$", RegexOptions.Multiline)]
    private static partial Regex ContextSetting();

    private sealed class OllamaAnswer : IModelAnswer
    {
        private int calls;

        public IEnumerable<ModelPiece> Read(string line)
        {
            if (line.Length == 0)
            {
                yield break;
            }
            var json = ModelJson.Parse(line);
            if (json.TryGetProperty("error", out _) && UpstreamTerms.Said(json) is { } error)
            {
                throw new ModelRefusal(null, error.Words, error.Kind);
            }
            if (json.TryGetProperty("message", out var message) && message.ValueKind == JsonValueKind.Object)
            {
                foreach (var piece in Pieces(message))
                {
                    yield return piece;
                }
            }
            if (json.TryGetProperty("done", out var done) && done.ValueKind == JsonValueKind.True)
            {
                yield return new EndPiece(
                    ModelJson.Text(json, "done_reason"),
                    ModelJson.Number(json, "prompt_eval_count"),
                    ModelJson.Number(json, "eval_count")
                );
            }
        }

        public IEnumerable<ModelPiece> Close() => [];

        private IEnumerable<ModelPiece> Pieces(JsonElement message)
        {
            if (ModelJson.Text(message, "thinking") is { Length: > 0 } thought)
            {
                yield return new ThoughtPiece(thought.Length);
            }
            if (ModelJson.Piece(message, "content") is { Length: > 0 } text)
            {
                yield return new SpokenPiece(text);
            }
            if (!message.TryGetProperty("tool_calls", out var called) || called.ValueKind == JsonValueKind.Null)
            {
                yield break;
            }
            if (called.ValueKind != JsonValueKind.Array)
            {
                throw new FormatException("tool_calls is no list");
            }
            foreach (var call in called.EnumerateArray())
            {
                if (
                    call.ValueKind != JsonValueKind.Object
                    || !call.TryGetProperty("function", out var function)
                    || ModelJson.Text(function, "name") is not { Length: > 0 } name
                )
                {
                    throw new FormatException("a call of a tool has no name");
                }
                calls++;
                yield return new CallPiece(
                    new ModelCall(
                        ModelJson.Text(call, "id") is { Length: > 0 } id
                            ? id
                            : $"call_{Guid.NewGuid():n}"[..13] + calls,
                        name,
                        ModelJson.ArgumentsOf(function)
                    )
                );
            }
        }
    }
}
