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
    public static (int Status, string Words)? Refusal(JsonObject request, string known)
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
                : (400, $"\"{known}\" does not support thinking");
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
        var (prompt, context) = (Tokens(request), Option(request, "num_ctx"));
        return context is { } most && prompt > most && request["truncate"] is JsonValue cut && !(bool)cut
            ? (400, TooLong(prompt, most))
            : null;
    }

    /// <summary>Tokens that are read: all of them, or what is left when they do not fit.</summary>
    public static int Read(JsonObject request) =>
        (Tokens(request), Option(request, "num_ctx")) is var (prompt, most) && prompt > most
            ? (most.Value / 2) + 2
            : Tokens(request);

    public static int? Option(JsonObject request, string name) =>
        request["options"]?[name] is JsonValue value && value.TryGetValue<int>(out var number) ? number : null;

    private static int Tokens(JsonObject request) =>
        (
            (request["messages"] as JsonArray ?? []).Sum(message =>
                (message?["content"]?.ToString().Length ?? 0) + (message?["tool_calls"]?.ToJsonString().Length ?? 0)
            )
            + (request["tools"]?.ToJsonString().Length ?? 0)
            + Token
            - 1
        ) / Token;

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
