using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Sandbox.Ollama;

/// <summary>The same answers by OpenAI's protocol, in Ollama's shape of it.</summary>
internal static class OpenAiShape
{
    /// <summary>A request of that protocol as one of Ollama's own.</summary>
    public static JsonObject Request(JsonObject request)
    {
        var own = request.DeepClone().AsObject();
        if (request["max_tokens"] is JsonValue most)
        {
            own["options"] = new JsonObject { ["num_predict"] = most.DeepClone() };
        }
        foreach (
            var function in (own["messages"] as JsonArray ?? [])
                .SelectMany(message => message?["tool_calls"] as JsonArray ?? [])
                .Select(call => call?["function"])
                .OfType<JsonObject>()
        )
        {
            function["arguments"] = JsonNode.Parse((string?)function["arguments"] ?? "{}");
        }
        return own;
    }

    public static JsonObject Models(IEnumerable<string> models, long created) =>
        new()
        {
            ["object"] = "list",
            ["data"] = new JsonArray([
                .. models.Select(model => new JsonObject
                {
                    ["id"] = model,
                    ["object"] = "model",
                    ["created"] = created,
                    ["owned_by"] = "library",
                }),
            ]),
        };

    public static JsonObject Error(int status, string words) =>
        new()
        {
            ["error"] = new JsonObject
            {
                ["message"] = words,
                ["type"] = status switch
                {
                    404 => "not_found_error",
                    < 500 => "invalid_request_error",
                    _ => "api_error",
                },
                ["param"] = null,
                ["code"] = null,
            },
        };

    /// <param name="part"><c>delta</c> of a stream, <c>message</c> of a whole answer.</param>
    public static JsonObject Answer(
        string model,
        long created,
        string part,
        string text,
        IReadOnlyList<ToolCall> calls,
        string? reason,
        JsonObject? usage = null
    )
    {
        var said = new JsonObject { ["role"] = "assistant", ["content"] = text };
        if (calls.Count > 0)
        {
            said["tool_calls"] = new JsonArray([
                .. calls.Select(
                    (call, index) =>
                        new JsonObject
                        {
                            ["id"] = $"call_{index + 1}",
                            ["index"] = index,
                            ["type"] = "function",
                            ["function"] = new JsonObject
                            {
                                ["name"] = call.Name,
                                ["arguments"] = call.Arguments.ToJsonString(),
                            },
                        }
                ),
            ]);
        }
        var answer = new JsonObject
        {
            ["id"] = "chatcmpl-1",
            ["object"] = part == "delta" ? "chat.completion.chunk" : "chat.completion",
            ["created"] = created,
            ["model"] = model,
            ["system_fingerprint"] = "fp_ollama",
            ["choices"] = new JsonArray(
                new JsonObject
                {
                    ["index"] = 0,
                    [part] = reason is not null && part == "delta" ? new JsonObject() : said,
                    ["finish_reason"] = reason,
                }
            ),
        };
        if (usage is not null)
        {
            answer["usage"] = usage;
        }
        return answer;
    }

    public static JsonObject Usage(int read, int written) =>
        new()
        {
            ["prompt_tokens"] = read,
            ["completion_tokens"] = written,
            ["total_tokens"] = read + written,
        };
}
