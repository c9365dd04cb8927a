using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Workflows.N8n;

/// <summary>
/// The one tool that is called of the fifty that n8n's MCP server has. It refuses without <c>isError</c>, so that its answer is
/// read: without an execution's id nothing was begun.
/// </summary>
internal static class ExecuteCall
{
    private const string Data = "data:";

    public static JsonElement Of(string workflow, string trigger, JsonElement? input, string mark)
    {
        var arguments = new JsonObject
        {
            ["workflowId"] = workflow,
            // The published version: "manual" would run the draft.
            ["executionMode"] = "production",
            ["triggerNodeName"] = trigger,
        };
        if (input is { } body)
        {
            arguments["inputs"] = new JsonObject
            {
                ["webhookData"] = new JsonObject
                {
                    ["method"] = "POST",
                    ["query"] = new JsonObject { ["sevensaRun"] = mark },
                    ["body"] = JsonNode.Parse(body.GetRawText()),
                },
            };
        }
        return JsonSerializer.SerializeToElement(
            new JsonObject
            {
                ["jsonrpc"] = "2.0",
                ["id"] = 1,
                ["method"] = "tools/call",
                ["params"] = new JsonObject { ["name"] = "execute_workflow", ["arguments"] = arguments },
            }
        );
    }

    /// <param name="body">One message, as JSON or as an event.</param>
    public static StartAnswer Read(string body)
    {
        var text =
            body.Split('\n')
                .FirstOrDefault(line => line.StartsWith(Data, StringComparison.Ordinal))
                ?[Data.Length..].Trim()
            ?? body;
        try
        {
            using var json = JsonDocument.Parse(JsonReading.Whole(text));
            var message = json.RootElement;
            if (JsonReading.ObjectIn(message, "error") is { } error)
            {
                // What failed inside n8n may have failed after it began.
                var inside = error.TryGetProperty("code", out var code) && code.GetRawText() == "-32603";
                return new StartAnswer(
                    inside ? StartState.MayHaveStarted : StartState.NotStarted,
                    $"n8n's MCP server refused it: {Told(error)}"
                );
            }
            if (JsonReading.ObjectIn(message, "result") is not { } result)
            {
                return Unreadable("there is no result in it");
            }
            var said = JsonReading.ObjectIn(result, "structuredContent") ?? Inside(result);
            if (said is not { } answer || !answer.TryGetProperty("executionId", out var run))
            {
                return result.TryGetProperty("isError", out var flag) && flag.ValueKind == JsonValueKind.True
                    ? Refused(Words(result))
                    : Unreadable("it names no execution");
            }
            return run.ValueKind switch
            {
                JsonValueKind.String => new StartAnswer(StartState.Started, "", run.GetString()),
                JsonValueKind.Number => new StartAnswer(StartState.Started, "", run.GetRawText()),
                _ => new StartAnswer(StartState.NotStarted, $"n8n's MCP server refused it: {Told(answer)}"),
            };
        }
        catch (JsonException exception)
        {
            return Unreadable(UpstreamTerms.Place(exception));
        }
    }

    /// <summary>Arguments are looked at before anything is begun; what else went wrong may have gone wrong afterwards.</summary>
    private static StartAnswer Refused(string words) =>
        words.StartsWith("Input validation error", StringComparison.Ordinal)
            ? new StartAnswer(StartState.NotStarted, $"n8n's MCP server refused it: {words}")
            : new StartAnswer(StartState.MayHaveStarted, $"n8n's MCP server tells of an error: {words}");

    private static StartAnswer Unreadable(string why) =>
        new(StartState.MayHaveStarted, $"The answer is not what n8n's MCP server sends: {why}.");

    private static string Told(JsonElement json) =>
        UpstreamTerms.Said(json) is { Words.Length: > 0 } said ? said.Words : "it did not say why.";

    /// <summary>The JSON that stands as a text in the first part, for servers that send no structured content.</summary>
    private static JsonElement? Inside(JsonElement result) =>
        JsonReading.Inside(Words(result)) is { ValueKind: JsonValueKind.Object } inside ? inside : null;

    private static string Words(JsonElement result) =>
        result.TryGetProperty("content", out var parts)
        && parts.ValueKind == JsonValueKind.Array
        && parts.EnumerateArray().FirstOrDefault() is { ValueKind: JsonValueKind.Object } first
        && first.TryGetProperty("text", out var text)
        && text.ValueKind == JsonValueKind.String
            ? JsonReading.Text(text)
            : "";
}
