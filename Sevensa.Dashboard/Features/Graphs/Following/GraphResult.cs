using System.Text.Encodings.Web;
using System.Text.Json;
using Sevensa.Dashboard.Features.Graphs.LangGraph;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Graphs.Following;

/// <summary>What a graph says, as plain text of bounded length.</summary>
internal static class GraphResult
{
    private const int Longest = 8_000;
    private const int LongestStep = 2_000;

    private static readonly JsonSerializerOptions plain = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The last message of an agent; else the whole state.</summary>
    public static string? Of(JsonElement values)
    {
        if (GraphJson.Items(values, "messages").LastOrDefault() is { ValueKind: JsonValueKind.Object } last)
        {
            // Of a message in LangChain's own form the content is inside.
            var said = Content(GraphJson.Inner(last, "content")) ?? Content(Within(last));
            if (said is { Length: > 0 })
            {
                return StoreText.Whole(StoreText.Shorten(said, Longest));
            }
        }
        return values.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? null : Written(values, Longest);
    }

    public static string OfStep(JsonElement said) =>
        said.ValueKind == JsonValueKind.String
            ? StoreText.Whole(StoreText.Shorten(JsonReading.Text(said), LongestStep))
            : Written(said, LongestStep);

    public static string Written(JsonElement json, int most) =>
        StoreText.Whole(StoreText.Shorten(JsonSerializer.Serialize(json, plain), most));

    private static JsonElement? Within(JsonElement message) =>
        GraphJson.Inner(message, "kwargs") is { } inner ? GraphJson.Inner(inner, "content") : null;

    private static string? Content(JsonElement? content) =>
        content switch
        {
            { ValueKind: JsonValueKind.String } text => JsonReading.Text(text),
            { ValueKind: JsonValueKind.Array } parts => string.Concat(
                parts.EnumerateArray().Select(part => GraphJson.Text(part, "text"))
            ),
            _ => null,
        };
}
