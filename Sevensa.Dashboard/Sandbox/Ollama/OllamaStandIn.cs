using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.Ollama;

/// <summary>
/// An Ollama whose models are one grammar of intents and announce themselves as such: it exists so that chat, evidence and
/// approval work without weights.
/// </summary>
internal sealed class OllamaStandIn(SimulatedFleet fleet) : IStandIn
{
    /// <summary>The one that the Sandbox asks.</summary>
    public const string Model = "sandbox-model";

    /// <summary>A second one, to be chosen for a conversation.</summary>
    public const string Another = "sandbox-jinja";

    public const string Version = "0.33.0-sandbox";
    private const int LongestContext = 32_768;
    private const int UsualContext = 4096;

    private const double ForEver = 9.2e9;

    /// <summary>Contexts of the models that are loaded, and how long they stay, by name.</summary>
    private readonly ConcurrentDictionary<string, (int Context, double Seconds)> loaded = new();

    public Task AnswerAsync(HttpContext context) =>
        (context.Request.Method, context.Segments()) switch
        {
            ("GET" or "HEAD", []) => context.TextAsync("Ollama is running"),
            ("GET", ["api", "version"]) => context.JsonAsync(new JsonObject { ["version"] = Version }),
            ("GET", ["api", "tags"]) => context.JsonAsync(
                new JsonObject { ["models"] = new JsonArray([.. StandInModel.All.Select(Listed)]) }
            ),
            ("GET", ["api", "ps"]) => context.JsonAsync(new JsonObject { ["models"] = new JsonArray([.. Running()]) }),
            ("POST", ["api", "show"]) => ShowAsync(context),
            ("POST", ["api", "chat"]) => ChatAsync(context),
            ("GET", ["v1", "models"]) => context.JsonAsync(
                OpenAiShape.Models(StandInModel.All.Select(model => model.Tag), (long)fleet.Origin)
            ),
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
        if (await RequestAsync(context, ErrorAsync) is not var (request, model))
        {
            return;
        }
        if (request["messages"] is not JsonArray { Count: > 0 })
        {
            var unloads =
                request["keep_alive"] is JsonValue keep && keep.TryGetValue<int>(out var seconds) && seconds == 0;
            Load(request, model, unloads);
            var done = Message(model, "", [], false);
            (done["done"], done["done_reason"]) = (true, unloads ? "unload" : "load");
            await context.JsonAsync(done);
            return;
        }
        var room = Load(request, model, unloads: false);
        var answer = AnswerTo(request);
        var (pieces, reason) = Cut(answer, request);
        var last = Message(model, "", [], true, reason, ChatRequest.Read(request, room), pieces.Count);
        if (request["stream"] is JsonValue s && !(bool)s)
        {
            last["message"] = Message(model, string.Concat(pieces), answer.Calls, false)["message"]!.DeepClone();
            await context.JsonAsync(last);
            return;
        }
        context.Response.ContentType = "application/x-ndjson";
        foreach (var piece in pieces)
        {
            await context.LineAsync(Message(model, piece, [], false));
        }
        if (answer.Calls.Count > 0)
        {
            await context.LineAsync(Message(model, "", answer.Calls, false));
        }
        await context.LineAsync(last);
    }

    private async Task CompletionsAsync(HttpContext context)
    {
        if (await RequestAsync(context, OpenAiErrorAsync) is not var (sent, model))
        {
            return;
        }
        var request = OpenAiShape.Request(sent);
        var room = Load(request, model, unloads: false);
        var answer = AnswerTo(request);
        var (pieces, reason) = Cut(answer, request);
        reason = answer.Calls.Count > 0 ? "tool_calls" : reason;
        var (created, usage) = ((long)fleet.Now, OpenAiShape.Usage(ChatRequest.Read(request, room), pieces.Count));
        if (request["stream"] is not JsonValue stream || !(bool)stream)
        {
            await context.JsonAsync(
                OpenAiShape.Answer(model.Name, created, "message", string.Concat(pieces), answer.Calls, reason, usage)
            );
            return;
        }
        context.Response.ContentType = "text/event-stream";
        foreach (var piece in pieces)
        {
            await EventAsync(context, OpenAiShape.Answer(model.Name, created, "delta", piece, [], null));
        }
        if (answer.Calls.Count > 0)
        {
            await EventAsync(context, OpenAiShape.Answer(model.Name, created, "delta", "", answer.Calls, null));
        }
        await EventAsync(context, OpenAiShape.Answer(model.Name, created, "delta", "", [], reason));
        if (request["stream_options"]?["include_usage"] is JsonValue counted && (bool)counted)
        {
            var figures = OpenAiShape.Answer(model.Name, created, "delta", "", [], null, usage);
            figures["choices"] = new JsonArray();
            await EventAsync(context, figures);
        }
        await context.Response.WriteAsync("data: [DONE]\n\n", context.RequestAborted);
    }

    /// <summary>The request when it can be answered; otherwise the refusal has been written.</summary>
    private async Task<(JsonObject Request, StandInModel Model)?> RequestAsync(
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
        var name = (string?)request?["model"] ?? "";
        var model = StandInModel.Find(name);
        var refusal =
            text.Length == 0 ? (400, "missing request body")
            : request is null ? (400, "unexpected EOF")
            : name.Length == 0 ? (400, "model is required")
            : model is null ? (404, $"model '{name}' not found")
            : ChatRequest.Refusal(request, model, Room(request, model));
        if (refusal is var (status, words))
        {
            await refuse(context, status, words);
            return null;
        }
        return (request!, model!);
    }

    private int Room(JsonObject request, StandInModel model) =>
        ChatRequest.Option(request, "num_ctx")
        ?? (loaded.TryGetValue(model.Name, out var known) ? known.Context : UsualContext);

    /// <returns>The context that the model has now.</returns>
    private int Load(JsonObject request, StandInModel model, bool unloads)
    {
        var room = Room(request, model);
        if (unloads)
        {
            loaded.TryRemove(model.Name, out _);
        }
        else
        {
            var stays =
                request["keep_alive"] is JsonValue keep && keep.TryGetValue<int>(out var seconds) && seconds < 0
                    ? ForEver
                    : 300;
            loaded[model.Name] = (room, stays);
        }
        return room;
    }

    /// <summary>A format comes before tools: the answer is that of its schema.</summary>
    private static Answer AnswerTo(JsonObject request) =>
        ChatRequest.Formatted(request) is { } json ? Answer.Say(json) : SandboxModel.Answer(Conversation.Read(request));

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
        var isKnown = StandInModel.Find(model) is not null;
        await ErrorAsync(
            context,
            isKnown ? 500 : 404,
            isKnown ? "the Sandbox's models can't be deleted" : $"model '{model}' not found"
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
        var name = (string?)(request["model"] ?? request["name"]) ?? "";
        if (StandInModel.Find(name) is not { } model)
        {
            await ErrorAsync(context, 404, $"model '{name}' not found");
            return;
        }
        await context.JsonAsync(
            new JsonObject
            {
                ["modelfile"] = $"FROM {model.Name}",
                ["parameters"] = "",
                ["template"] = "{{ .Prompt }}",
                ["details"] = Details(),
                ["model_info"] = new JsonObject
                {
                    ["general.architecture"] = "sandbox",
                    ["general.parameter_count"] = 0,
                    ["sandbox.context_length"] = LongestContext,
                },
                ["capabilities"] = Capabilities(model),
                ["modified_at"] = Reply.GoTime(fleet.Origin),
            }
        );
    }

    private JsonObject Message(
        StandInModel model,
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
            ["model"] = model.Name,
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

    private JsonObject Listed(StandInModel model)
    {
        var listed = Described(model);
        listed["modified_at"] = Reply.GoTime(fleet.Origin);
        listed["details"]!["context_length"] = LongestContext;
        listed["details"]!["embedding_length"] = 64;
        listed["capabilities"] = Capabilities(model);
        return listed;
    }

    private IEnumerable<JsonNode> Running()
    {
        foreach (var model in StandInModel.All)
        {
            if (loaded.TryGetValue(model.Name, out var known))
            {
                var running = Described(model);
                running["expires_at"] = Reply.GoTime(fleet.Now + known.Seconds);
                running["size_vram"] = 0;
                running["context_length"] = known.Context;
                yield return running;
            }
        }
    }

    private static JsonArray Capabilities(StandInModel model) =>
        model.CallsTools ? new JsonArray("completion", "tools") : new JsonArray("completion");

    private static JsonObject Described(StandInModel model) =>
        new()
        {
            ["name"] = model.Tag,
            ["model"] = model.Tag,
            ["size"] = 0,
            ["digest"] = model.Digest,
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

    private static Task ErrorAsync(HttpContext context, int status, string message) =>
        context.JsonAsync(new JsonObject { ["error"] = message }, status);
}
