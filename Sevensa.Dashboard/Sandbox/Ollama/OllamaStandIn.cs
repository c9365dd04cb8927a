using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.Ollama;

/// <summary>
/// An Ollama with one model, which is a grammar of intents and announces itself as such: it exists so that chat,
/// evidence and approval work without weights.
/// </summary>
internal sealed class OllamaStandIn(SimulatedFleet fleet) : IStandIn
{
    public const string Model = "sandbox-model";
    private const string Digest = "sandbox model";
    private const int LongestContext = 32_768;
    private const int UsualContext = 4096;

    /// <summary>Context of the model while it is loaded; null when it is not.</summary>
    private int? context;

    public Task AnswerAsync(HttpContext context) =>
        (context.Request.Method, context.Segments()) switch
        {
            ("GET" or "HEAD", []) => context.TextAsync("Ollama is running"),
            ("GET", ["api", "version"]) => context.JsonAsync(new JsonObject { ["version"] = "0.33.0-sandbox" }),
            ("GET", ["api", "tags"]) => context.JsonAsync(new JsonObject { ["models"] = new JsonArray(Listed()) }),
            ("GET", ["api", "ps"]) => context.JsonAsync(new JsonObject { ["models"] = new JsonArray([.. Running()]) }),
            ("POST", ["api", "show"]) => ShowAsync(context),
            ("POST", ["api", "chat"]) => ChatAsync(context),
            ("GET", ["v1", "models"]) => context.JsonAsync(OpenAiShape.Models(Model + ":latest", (long)fleet.Origin)),
            ("POST", ["v1", "chat", "completions"]) => CompletionsAsync(context),
            ("POST", ["api", "generate"]) => ErrorAsync(context, 400, $"\"{Model}\" does not support generate"),
            ("POST", ["api", "embed" or "embeddings"]) => ErrorAsync(
                context,
                400,
                $"\"{Model}\" does not support embeddings"
            ),
            ("POST", ["api", "pull"]) => PullAsync(context),
            ("DELETE", ["api", "delete"]) => DeleteAsync(context),
            (_, ["api", "chat" or "show" or "tags" or "ps" or "pull" or "delete" or "version"]) => context.TextAsync(
                "405 method not allowed",
                405
            ),
            _ => context.TextAsync("404 page not found", 404),
        };

    private async Task ChatAsync(HttpContext context)
    {
        if (await RequestAsync(context, ErrorAsync) is not { } request)
        {
            return;
        }
        if (request["messages"] is not JsonArray { Count: > 0 })
        {
            var unloads =
                request["keep_alive"] is JsonValue keep && keep.TryGetValue<int>(out var seconds) && seconds == 0;
            Load(request, unloads);
            var loaded = Message("", [], false);
            (loaded["done"], loaded["done_reason"]) = (true, unloads ? "unload" : "load");
            await context.JsonAsync(loaded);
            return;
        }
        Load(request, unloads: false);
        var answer = SandboxModel.Answer(Conversation.Read(request));
        var (pieces, reason) = Cut(answer, request);
        var last = Message("", [], true, reason, ChatRequest.Read(request), pieces.Count);
        if (request["stream"] is JsonValue s && !(bool)s)
        {
            last["message"] = Message(string.Concat(pieces), answer.Calls, false)["message"]!.DeepClone();
            await context.JsonAsync(last);
            return;
        }
        context.Response.ContentType = "application/x-ndjson";
        foreach (var piece in pieces)
        {
            await context.LineAsync(Message(piece, [], false));
        }
        if (answer.Calls.Count > 0)
        {
            await context.LineAsync(Message("", answer.Calls, false));
        }
        await context.LineAsync(last);
    }

    private async Task CompletionsAsync(HttpContext context)
    {
        if (await RequestAsync(context, OpenAiErrorAsync) is not { } sent)
        {
            return;
        }
        var request = OpenAiShape.Request(sent);
        Load(request, unloads: false);
        var answer = SandboxModel.Answer(Conversation.Read(request));
        var (pieces, reason) = Cut(answer, request);
        reason = answer.Calls.Count > 0 ? "tool_calls" : reason;
        var (created, usage) = ((long)fleet.Now, OpenAiShape.Usage(ChatRequest.Read(request), pieces.Count));
        if (request["stream"] is not JsonValue stream || !(bool)stream)
        {
            await context.JsonAsync(
                OpenAiShape.Answer(Model, created, "message", string.Concat(pieces), answer.Calls, reason, usage)
            );
            return;
        }
        context.Response.ContentType = "text/event-stream";
        foreach (var piece in pieces)
        {
            await EventAsync(context, OpenAiShape.Answer(Model, created, "delta", piece, [], null));
        }
        if (answer.Calls.Count > 0)
        {
            await EventAsync(context, OpenAiShape.Answer(Model, created, "delta", "", answer.Calls, null));
        }
        await EventAsync(context, OpenAiShape.Answer(Model, created, "delta", "", [], reason));
        if (request["stream_options"]?["include_usage"] is JsonValue counted && (bool)counted)
        {
            var figures = OpenAiShape.Answer(Model, created, "delta", "", [], null, usage);
            figures["choices"] = new JsonArray();
            await EventAsync(context, figures);
        }
        await context.Response.WriteAsync("data: [DONE]\n\n", context.RequestAborted);
    }

    /// <summary>The request when it can be answered; otherwise the refusal has been written.</summary>
    private static async Task<JsonObject?> RequestAsync(
        HttpContext context,
        Func<HttpContext, int, string, Task> refuse
    )
    {
        using var reader = new StreamReader(context.Request.Body);
        var text = await reader.ReadToEndAsync(context.RequestAborted);
        JsonObject? request = null;
        try
        {
            request = text.Length > 0 ? JsonNode.Parse(text) as JsonObject : null;
        }
        catch (System.Text.Json.JsonException)
        {
            // Refused below.
        }
        var model = (string?)request?["model"] ?? "";
        var refusal =
            text.Length == 0 ? (400, "missing request body")
            : request is null ? (400, "unexpected EOF")
            : model.Length == 0 ? (400, "model is required")
            : !IsKnown(model) ? (404, $"model '{model}' not found")
            : ChatRequest.Refusal(request, Model);
        if (refusal is not var (status, words))
        {
            return request;
        }
        await refuse(context, status, words);
        return null;
    }

    private void Load(JsonObject request, bool unloads) =>
        context = unloads ? null : ChatRequest.Option(request, "num_ctx") ?? context ?? UsualContext;

    /// <summary>The answer's words, up to the number that was asked for, and why it ends there.</summary>
    private static (IReadOnlyList<string> Pieces, string Reason) Cut(Answer answer, JsonObject request)
    {
        var pieces = Pieces(answer.Text).ToList();
        return ChatRequest.Option(request, "num_predict") is >= 0 and var most && most < pieces.Count
            ? (pieces[..most], "length")
            : (pieces, "stop");
    }

    private static async Task PullAsync(HttpContext context)
    {
        context.Response.ContentType = "application/x-ndjson";
        await context.LineAsync(new JsonObject { ["status"] = "pulling manifest" });
        await context.LineAsync(new JsonObject { ["error"] = "pull model manifest: the Sandbox has no registry" });
    }

    private static async Task DeleteAsync(HttpContext context)
    {
        var request = await context.ReadJsonAsync() ?? [];
        var model = (string?)(request["model"] ?? request["name"]) ?? "";
        await ErrorAsync(
            context,
            IsKnown(model) ? 500 : 404,
            IsKnown(model) ? "the Sandbox's model can't be deleted" : $"model '{model}' not found"
        );
    }

    private static async Task EventAsync(HttpContext context, JsonObject chunk)
    {
        await context.Response.WriteAsync($"data: {chunk.ToJsonString()}\n\n", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    private static Task OpenAiErrorAsync(HttpContext context, int status, string words) =>
        context.JsonAsync(OpenAiShape.Error(status, words), status);

    private async Task ShowAsync(HttpContext context)
    {
        var request = await context.ReadJsonAsync() ?? [];
        var model = (string?)(request["model"] ?? request["name"]) ?? "";
        if (!IsKnown(model))
        {
            await ErrorAsync(context, 404, $"model '{model}' not found");
            return;
        }
        await context.JsonAsync(
            new JsonObject
            {
                ["modelfile"] = $"FROM {Model}",
                ["parameters"] = "",
                ["template"] = "{{ .Prompt }}",
                ["details"] = Details(),
                ["model_info"] = new JsonObject
                {
                    ["general.architecture"] = "sandbox",
                    ["general.parameter_count"] = 0,
                    ["sandbox.context_length"] = LongestContext,
                },
                ["capabilities"] = new JsonArray("completion", "tools"),
                ["modified_at"] = Reply.GoTime(fleet.Origin),
            }
        );
    }

    private JsonObject Message(
        string text,
        IReadOnlyList<ToolCall> calls,
        bool done,
        string reason = "stop",
        int read = 0,
        int written = 0
    )
    {
        var message = new JsonObject { ["role"] = "assistant", ["content"] = text };
        if (calls.Count > 0)
        {
            message["tool_calls"] = new JsonArray([
                .. calls.Select(c => new JsonObject
                {
                    ["function"] = new JsonObject { ["name"] = c.Name, ["arguments"] = c.Arguments.DeepClone() },
                }),
            ]);
        }
        var line = new JsonObject
        {
            ["model"] = Model,
            ["created_at"] = Reply.GoTime(fleet.Now),
            ["message"] = message,
            ["done"] = done,
        };
        if (done)
        {
            line["done_reason"] = reason;
            line["total_duration"] = 1_000_000;
            line["load_duration"] = 0;
            line["prompt_eval_count"] = read;
            line["prompt_eval_duration"] = 0;
            line["eval_count"] = written;
            line["eval_duration"] = 0;
        }
        return line;
    }

    /// <summary>Words with their spaces, as tokens come.</summary>
    private static IEnumerable<string> Pieces(string text)
    {
        var start = 0;
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] == ' ' || text[i - 1] == '\n')
            {
                yield return text[start..i];
                start = i;
            }
        }
        if (start < text.Length)
        {
            yield return text[start..];
        }
    }

    private JsonObject Listed()
    {
        var listed = Described();
        listed["modified_at"] = Reply.GoTime(fleet.Origin);
        listed["details"]!["context_length"] = LongestContext;
        listed["details"]!["embedding_length"] = 64;
        listed["capabilities"] = new JsonArray("completion", "tools");
        return listed;
    }

    private IEnumerable<JsonNode> Running()
    {
        if (context is { } tokens)
        {
            var running = Described();
            running["expires_at"] = Reply.GoTime(fleet.Now + 300);
            running["size_vram"] = 0;
            running["context_length"] = tokens;
            yield return running;
        }
    }

    private static JsonObject Described() =>
        new()
        {
            ["name"] = Model + ":latest",
            ["model"] = Model + ":latest",
            ["size"] = 0,
            ["digest"] = Noise.Hex(Digest, 64),
            ["details"] = Details(),
        };

    private static JsonObject Details() =>
        new()
        {
            ["parent_model"] = "",
            ["format"] = "grammar",
            ["family"] = "sandbox",
            ["families"] = new JsonArray("sandbox"),
            ["parameter_size"] = "0B",
            ["quantization_level"] = "none",
        };

    private static bool IsKnown(string model) => model is Model or Model + ":latest";

    private static Task ErrorAsync(HttpContext context, int status, string message) =>
        context.JsonAsync(new JsonObject { ["error"] = message }, status);
}
