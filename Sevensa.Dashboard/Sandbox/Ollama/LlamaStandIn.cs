using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.Ollama;

/// <summary>
/// The Sandbox's model as llama.cpp's server has one: whatever name is asked for, one model answers by OpenAI's protocol, within
/// a context that was set at its start.
/// </summary>
/// <param name="context">Tokens of the context.</param>
internal sealed class LlamaStandIn(SimulatedFleet fleet, int context = 4096) : IStandIn
{
    private const string Model = "sandbox-model";
    private const int LongestContext = 32_768;

    /// <summary>The weights are still read: everything is answered with 503.</summary>
    public bool IsLoading { get; set; }

    public Task AnswerAsync(HttpContext http) =>
        IsLoading
            ? ErrorAsync(http, 503, "unavailable_error", "Loading model")
            : (http.Request.Method, http.Segments()) switch
            {
                ("GET", ["health"]) => http.JsonAsync(new JsonObject { ["status"] = "ok" }),
                ("GET", ["v1", "models"]) => http.JsonAsync(
                    LlamaShape.Models(Model, (long)fleet.Origin, context, LongestContext)
                ),
                ("GET", ["props"]) => http.JsonAsync(LlamaShape.Properties(Model, context)),
                ("POST", ["v1", "chat", "completions"]) => ChatAsync(http),
                _ => ErrorAsync(http, 404, "not_found_error", "File Not Found"),
            };

    private async Task ChatAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        var text = await reader.ReadToEndAsync(http.RequestAborted);
        if (Read(text) is not { } sent)
        {
            await ErrorAsync(
                http,
                400,
                "invalid_request_error",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"[json.exception.parse_error.101] parse error at line 1, column {text.Length + 1}: syntax error while parsing value - unexpected end of input; expected '[', '{{', or a literal"
                )
            );
            return;
        }
        if (sent["messages"] is not JsonArray { Count: > 0 } messages)
        {
            await ErrorAsync(http, 400, "invalid_request_error", "'messages' is required");
            return;
        }
        var request = OpenAiShape.Request(sent);
        var prompt = ChatRequest.Tokens(request);
        if (prompt >= context)
        {
            await http.JsonAsync(LlamaShape.TooLong(prompt, context), 400);
            return;
        }
        request["format"] = sent["response_format"]?["json_schema"]?["schema"]?.DeepClone();
        var answer = ChatRequest.Formatted(request) is { } json
            ? Answer.Say(json)
            : SandboxModel.Answer(Conversation.Read(request));
        // What an answer began with is said again.
        var begun = messages[^1] is { } last && (string?)last["role"] == "assistant" ? (string?)last["content"] : null;
        // Words for tokens; there is nothing behind the end of the context.
        var words = Words(begun + answer.Text);
        var room = Math.Min(ChatRequest.Option(request, "num_predict") ?? int.MaxValue, context - prompt);
        var reason =
            room < words.Count ? "length"
            : answer.Calls.Count > 0 ? "tool_calls"
            : "stop";
        words = [.. words.Take(room)];
        var calls = reason == "length" ? [] : answer.Calls;
        var ends = LlamaShape.Counted(prompt, words.Count);
        if (sent["stream"] is not JsonValue streamed || !(bool)streamed)
        {
            await http.JsonAsync(Chunk("message", string.Concat(words), calls, reason, ends));
            return;
        }
        http.Response.ContentType = "text/event-stream";
        await EventAsync(http, Chunk("delta", null, [], null));
        foreach (var word in words)
        {
            await EventAsync(http, Chunk("delta", word, [], null));
        }
        if (calls.Count > 0)
        {
            await EventAsync(http, Chunk("delta", null, calls, null));
        }
        var counts = sent["stream_options"]?["include_usage"] is JsonValue counted && (bool)counted;
        var closing = Chunk("delta", null, [], reason);
        if (!counts)
        {
            closing["timings"] = ends["timings"]!.DeepClone();
        }
        await EventAsync(http, closing);
        if (counts)
        {
            var figures = Chunk("delta", null, [], null, ends);
            figures["choices"] = new JsonArray();
            await EventAsync(http, figures);
        }
        await http.Response.WriteAsync("data: [DONE]\n\n", http.RequestAborted);
    }

    private JsonObject Chunk(
        string part,
        string? text,
        IReadOnlyList<ToolCall> calls,
        string? reason,
        JsonObject? figures = null
    )
    {
        var chunk = OpenAiShape.Answer(Model, (long)fleet.Now, part, text ?? "", calls, reason);
        chunk["system_fingerprint"] = "b0-sandbox";
        if (text is null && calls.Count == 0 && reason is null)
        {
            chunk["choices"]![0]![part]!["content"] = null;
        }
        foreach (var (name, value) in figures ?? [])
        {
            chunk[name] = value!.DeepClone();
        }
        return chunk;
    }

    private static JsonObject? Read(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static List<string> Words(string text)
    {
        var words = new List<string>();
        var start = 0;
        for (var i = 1; i <= text.Length; i++)
        {
            if (i == text.Length || text[i] == ' ')
            {
                words.Add(text[start..i]);
                start = i;
            }
        }
        return words;
    }

    private static async Task EventAsync(HttpContext http, JsonObject chunk)
    {
        await http.Response.WriteAsync($"data: {chunk.ToJsonString()}\n\n", http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
    }

    private static Task ErrorAsync(HttpContext http, int status, string type, string words) =>
        http.JsonAsync(LlamaShape.Error(status, type, words), status);
}
