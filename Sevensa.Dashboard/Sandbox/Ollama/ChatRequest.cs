using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Sandbox.Ollama;

/// <summary>What a chat request asks besides its words, read and refused as Ollama 0.33 does.</summary>
internal static class ChatRequest
{
    /// <summary>Characters of a token, roughly; a grammar has none of its own.</summary>
    private const int Token = 4;

    private static readonly string[] Whole = ["num_predict", "num_ctx", "seed", "top_k"];

    /// <returns>Status and words; null when it can be answered.</returns>
    public static (int Status, string Words)? Refusal(JsonObject request, StandInModel model, int context)
    {
        if (request["messages"] is { } messages and not JsonArray)
        {
            return (
                400,
                $"json: cannot unmarshal {Kind(messages)} into Go struct field ChatRequest.messages of type []api.Message"
            );
        }
        if (
            request["keep_alive"] is JsonValue keep
            && keep.TryGetValue<string>(out var span)
            && !(span.Length > 1 && char.IsAsciiDigit(span[^2]) && span[^1] is 's' or 'm' or 'h')
        )
        {
            return (400, $"time: invalid duration \"{span}\"");
        }
        if (request["think"] is JsonValue think && !(think.TryGetValue<bool>(out var thinks) && !thinks))
        {
            return think.TryGetValue<string>(out var word) && word is not ("high" or "medium" or "low" or "max")
                ? (
                    400,
                    $"invalid think value: \"{word}\" (must be \"high\", \"medium\", \"low\", \"max\", true, or false)"
                )
                : (400, $"\"{model.Name}\" does not support thinking");
        }
        if (request["tools"] is JsonArray { Count: > 0 } && !model.CallsTools)
        {
            return (400, $"registry.ollama.ai/library/{model.Tag} does not support tools");
        }
        foreach (var name in Whole)
        {
            if (request["options"]?[name] is { } option && option.GetValueKind() != JsonValueKind.Number)
            {
                return (500, $"option \"{name}\" must be of type integer");
            }
        }
        if (
            request["format"] is JsonValue format
            && format.TryGetValue<string>(out var asked)
            && asked is not ("json" or "")
        )
        {
            return (500, $"invalid format: \"\\\"{asked}\\\"\"; expected \"json\" or a valid JSON Schema object");
        }
        if ((request["messages"] as JsonArray ?? []).Any(message => message?["images"] is JsonArray { Count: > 0 }))
        {
            return (
                500,
                """{"error":{"code":500,"message":"image input is not supported - hint: if this is unexpected, you may need to provide the mmproj","type":"server_error"}}"""
            );
        }
        var (prompt, kept) = (Tokens(request, 0), Kept(request, context));
        return prompt > context && request["truncate"] is JsonValue cut && !(bool)cut ? (400, TooLong(prompt, context))
            : kept > context && !model.IsCut ? (400, TooLong(kept, context))
            : null;
    }

    /// <summary>Tokens of the whole prompt.</summary>
    public static int Tokens(JsonObject request) => Tokens(request, 0);

    /// <summary>Tokens that are read: all of them, or what is left when they do not fit.</summary>
    public static int Read(JsonObject request, int context) =>
        Kept(request, context) is var kept && kept > context ? (context / 2) + 2 : kept;

    /// <summary>The answer's JSON where a format is asked for: the least that its schema takes.</summary>
    public static string? Formatted(JsonObject request) =>
        request["format"] switch
        {
            JsonObject schema => Least(schema).ToJsonString(),
            JsonValue word when word.TryGetValue<string>(out var asked) && asked == "json" => "{}",
            _ => null,
        };

    private static JsonNode Least(JsonObject schema) =>
        schema["enum"] is JsonArray { Count: > 0 } words
            ? words[0]!.DeepClone()
            : (string?)schema["type"] switch
            {
                "boolean" => JsonValue.Create(false),
                "integer" or "number" => JsonValue.Create(0),
                "string" => JsonValue.Create(""),
                "array" => new JsonArray(),
                _ => new JsonObject(
                    (schema["properties"] as JsonObject ?? []).Select(member =>
                        KeyValuePair.Create(member.Key, (JsonNode?)Least(member.Value as JsonObject ?? []))
                    )
                ),
            };

    public static int? Option(JsonObject request, string name) =>
        request["options"]?[name] is JsonValue value && value.TryGetValue<int>(out var number) ? number : null;

    /// <summary>Whole messages go first, from the oldest on; what the system says and the last one stay.</summary>
    private static int Kept(JsonObject request, int context)
    {
        var droppable = Math.Max(0, (request["messages"] as JsonArray ?? []).Count(message => !IsSystem(message)) - 1);
        var dropped = 0;
        while (dropped < droppable && Tokens(request, dropped) > context)
        {
            dropped++;
        }
        return Tokens(request, dropped);
    }

    /// <param name="dropped">How many of the oldest messages are left out.</param>
    private static int Tokens(JsonObject request, int dropped) =>
        (
            (request["messages"] as JsonArray ?? [])
                .Where(message => IsSystem(message) || dropped-- <= 0)
                .Sum(message =>
                    (message?["content"]?.ToString().Length ?? 0) + (message?["tool_calls"]?.ToJsonString().Length ?? 0)
                )
            + (request["tools"]?.ToJsonString().Length ?? 0)
            + Token
            - 1
        ) / Token;

    private static bool IsSystem(JsonNode? message) => (string?)message?["role"] == "system";

    private static string TooLong(int prompt, int most) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $$$"""{"error":{"code":400,"message":"request ({{{prompt}}} tokens) exceeds the available context size ({{{most}}} tokens), try increasing it","type":"exceed_context_size_error","n_prompt_tokens":{{{prompt}}},"n_ctx":{{{most}}}}}"""
        );

    private static string Kind(JsonNode node) =>
        node.GetValueKind() switch
        {
            JsonValueKind.String => "string",
            JsonValueKind.Number => "number",
            JsonValueKind.Object => "object",
            _ => "bool",
        };
}
