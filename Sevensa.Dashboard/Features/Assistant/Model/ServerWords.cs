using System.Text.Json;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Assistant.Model;

/// <summary>The server's own message out of the shapes in which such servers wrap it.</summary>
internal static partial class ServerWords
{
    private const int Longest = 600;

    /// <summary>
    /// Ollama says <c>{"error": text}</c>, OpenAI's protocol <c>{"error": {"message", "type"}}</c>, vLLM also
    /// <c>{"message"}</c> or <c>{"detail"}</c>; Ollama hands on llama-server's whole JSON as text inside its own.
    /// </summary>
    /// <returns>Null when there is no such message in it.</returns>
    public static (string Words, string? Type)? Find(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            return null;
        }
        foreach (var name in (string[])["error", "message", "detail"])
        {
            if (!body.TryGetProperty(name, out var said))
            {
                continue;
            }
            if (said.ValueKind == JsonValueKind.String)
            {
                var text = said.GetString()!;
                return Inside(text) ?? (One(text), Text(body, "type"));
            }
            if (said.ValueKind == JsonValueKind.Object && Find(said) is { } found)
            {
                return found;
            }
        }
        return null;
    }

    /// <summary>Of a body that is no JSON: its first words, without markup.</summary>
    public static (string Words, string? Type) Of(string body, string otherwise)
    {
        try
        {
            if (Find(JsonSerializer.Deserialize<JsonElement>(body)) is { } found)
            {
                return found;
            }
        }
        catch (JsonException)
        {
            // A proxy's page, or plain text.
        }
        var plain = One(Markup().Replace(body, " "));
        return (plain.Length > 0 ? plain : otherwise, null);
    }

    private static (string Words, string? Type)? Inside(string text)
    {
        if (text.AsSpan().TrimStart() is not ['{', ..])
        {
            return null;
        }
        try
        {
            return Find(JsonSerializer.Deserialize<JsonElement>(text));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement body, string name) =>
        body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>On one line, at a length that can be shown.</summary>
    private static string One(string text)
    {
        var line = Spaces().Replace(text, " ").Trim();
        return line.Length > Longest ? line[..Longest] + "…" : line;
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"<(style|script|head)\b.*?</\1>|<[^>]*>", RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex Markup();
}
