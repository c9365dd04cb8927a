using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Sandbox.Ollama;

internal sealed record ToolCall(string Name, JsonObject Arguments);

internal sealed record DoneCall(ToolCall Call, ToolResult Result);

/// <summary>What the model says next: text, or calls of tools.</summary>
internal sealed record Answer(string Text, IReadOnlyList<ToolCall> Calls)
{
    public static Answer Say(string text) => new(text, []);

    /// <summary>Several calls at once, where none needs another's answer.</summary>
    public static Answer Together(IEnumerable<Answer> answers) => new("", [.. answers.SelectMany(one => one.Calls)]);

    public static Answer Do(string name, params (string Name, JsonNode? Value)[] arguments) =>
        new(
            "",
            [
                new ToolCall(
                    name,
                    new JsonObject(
                        arguments.Where(a => a.Value is not null).Select(a => KeyValuePair.Create(a.Name, a.Value))
                    )
                ),
            ]
        );
}

/// <summary>
/// A chat request as the model reads it: the operator's last message, the tools on offer, and what the tools called
/// since have answered. What stands in tool results is only ever read as data.
/// </summary>
internal sealed partial record Conversation(
    string Question,
    IReadOnlyList<string> EarlierQuestions,
    IReadOnlySet<string> Tools,
    IReadOnlyList<DoneCall> Done
)
{
    public static Conversation Read(JsonObject request)
    {
        var messages = (request["messages"] as JsonArray ?? []).OfType<JsonObject>().ToArray();
        var asked = Array.FindLastIndex(messages, m => Text(m["role"]) == "user");
        var questions = messages
            .Where(m => Text(m["role"]) == "user")
            .Select(m => Asked().Replace(Text(m["content"]), ""))
            .ToArray();
        var calls = new Queue<ToolCall>();
        var done = new List<DoneCall>();
        foreach (var message in messages.Skip(asked + 1))
        {
            foreach (var call in (message["tool_calls"] as JsonArray ?? []).OfType<JsonObject>())
            {
                calls.Enqueue(
                    new ToolCall(
                        Text(call["function"]?["name"]),
                        (call["function"]?["arguments"] as JsonObject)?.DeepClone().AsObject() ?? []
                    )
                );
            }
            if (Text(message["role"]) == "tool" && calls.TryDequeue(out var answered))
            {
                done.Add(new DoneCall(answered, ToolResult.Read(Text(message["content"]))));
            }
        }
        return new Conversation(
            questions.LastOrDefault() ?? "",
            [.. questions.SkipLast(1)],
            (request["tools"] as JsonArray ?? [])
                .Select(t => Text(t?["function"]?["name"]))
                .Where(n => n.Length > 0)
                .ToHashSet(),
            done
        );
    }

    public bool Offers(string tool) => Tools.Contains(tool);

    public ToolResult? ResultOf(string tool) => Done.LastOrDefault(d => d.Call.Name == tool)?.Result;

    public IEnumerable<DoneCall> CallsOf(string tool) => Done.Where(d => d.Call.Name == tool);

    /// <summary>When it was asked, which hosts of models put behind a question.</summary>
    [GeneratedRegex(@"\s*\[Asked on [^\]]*\]\s*$")]
    private static partial Regex Asked();

    private static string Text(JsonNode? node) => node?.GetValueKind() == JsonValueKind.String ? (string)node! : "";
}

/// <summary>What a tool answered: its data, or its error in its words.</summary>
internal sealed record ToolResult(JsonNode? Data, string? Error, string Text)
{
    public static ToolResult Read(string text)
    {
        JsonNode? json;
        try
        {
            json = JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return new ToolResult(
                null,
                text.StartsWith("Error", StringComparison.OrdinalIgnoreCase) ? text : null,
                text
            );
        }
        // Clients send the id of the call along; hosts add a note that the rest is data.
        foreach (var envelope in (string[])["Result", "data"])
        {
            if (json is JsonObject wrapped && wrapped.ContainsKey(envelope))
            {
                json = wrapped[envelope];
            }
        }
        if (json is JsonObject refused && Word(refused["error"]) is { Length: > 0 } error)
        {
            return new ToolResult(null, error, text);
        }
        return json is JsonValue value && value.GetValueKind() == JsonValueKind.String
            ? ReadText((string)value!)
            : new ToolResult(json, null, text);
    }

    /// <summary>Objects in the data: an array's items, the items of a page, or the object itself.</summary>
    public IEnumerable<JsonObject> Items =>
        Data switch
        {
            JsonArray array => array.OfType<JsonObject>(),
            JsonObject page when page.FirstOrDefault(m => m.Value is JsonArray).Value is JsonArray items =>
                items.OfType<JsonObject>(),
            JsonObject one => [one],
            _ => [],
        };

    public static string Word(JsonNode? node) =>
        node?.GetValueKind() switch
        {
            JsonValueKind.String => (string)node!,
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => node!.ToJsonString(),
            _ => "",
        };

    private static ToolResult ReadText(string text) =>
        text.StartsWith("Error", StringComparison.OrdinalIgnoreCase)
            ? new ToolResult(null, text, text)
            : new ToolResult(JsonValue.Create(text), null, text);
}
