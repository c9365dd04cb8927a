using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Runner.Docker;

/// <summary>Texts in the engine's answers, where what is not there and what is no text are both empty.</summary>
internal static class EngineText
{
    public static string Text(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<string>(out var text) ? text : "";

    public static IEnumerable<string> Texts(JsonNode? list) => (list as JsonArray ?? []).Select(Text);

    /// <summary>The engine named the volume itself, by 32 random bytes in hexadecimal: nobody did.</summary>
    public static bool IsGenerated(string volume) => volume.Length == 64 && volume.All(char.IsAsciiHexDigitLower);
}
