using System.Text.Json;
using Sevensa.Dashboard.Features.Assistant.Model;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>What recorded chats asked and what went over the wire.</summary>
internal static class RecordedChats
{
    /// <summary>What was asked, so that the server's count can be held against it.</summary>
    public static ModelRequest Request(string? body)
    {
        JsonElement? sent = null;
        try
        {
            sent = JsonSerializer.Deserialize<JsonElement>(body ?? "{}");
        }
        catch (JsonException)
        {
            // Recorded to see what the server makes of it.
        }
        IEnumerable<JsonElement> List(string name) =>
            sent is { ValueKind: JsonValueKind.Object } json
            && json.TryGetProperty(name, out var list)
            && list.ValueKind == JsonValueKind.Array
                ? list.EnumerateArray()
                : [];
        return new ModelRequest(
            [
                .. List("messages")
                    .Select(one => new ModelMessage(ModelJson.Text(one, "role")!, ModelJson.Text(one, "content") ?? ""))
                    .DefaultIfEmpty(new ModelMessage("user", "")),
            ],
            [
                .. List("tools")
                    .Select(one => one.GetProperty("function"))
                    .Select(one => new ModelTool(
                        ModelJson.Text(one, "name")!,
                        ModelJson.Text(one, "description") ?? "",
                        one.GetProperty("parameters")
                    )),
            ],
            4096,
            100
        );
    }

    /// <summary>A recorded body as it went over the wire.</summary>
    public static string Raw(string body)
    {
        using var json = JsonDocument.Parse(body.Length > 0 ? body : "{}");
        return
            json.RootElement.ValueKind == JsonValueKind.Object
            && json.RootElement.TryGetProperty("lines", out var lines)
            ? string.Concat(
                lines
                    .EnumerateArray()
                    .Where(line => line.TryGetProperty("line", out _))
                    .Select(line => line.GetProperty("line").GetString() + "\n")
            )
            : JsonSerializer.Serialize(json.RootElement);
    }
}
