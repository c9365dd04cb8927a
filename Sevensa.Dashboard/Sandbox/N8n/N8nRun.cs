using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Sandbox.N8n;

/// <summary>An execution.</summary>
/// <param name="Status">In n8n's words.</param>
/// <param name="Hook">The node that it began at.</param>
/// <param name="Input">What it was called with; null where n8n does not write it down.</param>
internal sealed record N8nRun(
    int Id,
    string Workflow,
    string Status,
    string Mode,
    DateTimeOffset StartedAt,
    DateTimeOffset? StoppedAt,
    DateTimeOffset? WaitTill = null,
    string? Error = null,
    string? Hook = null,
    JsonObject? Input = null
)
{
    /// <summary>Written where a run waits for a call.</summary>
    public static readonly DateTimeOffset ForEver = new(3000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public JsonObject Json() =>
        new()
        {
            ["id"] = Id.ToString(CultureInfo.InvariantCulture),
            ["finished"] = Status == "success",
            ["mode"] = Mode,
            ["retryOf"] = null,
            ["retrySuccessId"] = null,
            ["status"] = Status,
            // What waits to begin has not begun.
            ["startedAt"] = Status == "new" ? null : Time(StartedAt),
            ["stoppedAt"] = StoppedAt is { } stopped ? Time(stopped) : null,
            ["workflowId"] = Workflow,
            ["waitTill"] = WaitTill is { } until ? Time(until) : null,
        };

    /// <summary>As it is told by itself, with all that it left behind where that is asked for.</summary>
    public JsonObject Whole(bool withData)
    {
        var json = Json();
        json["createdAt"] = Time(StartedAt);
        json["deletedAt"] = null;
        json["storedAt"] = "db";
        json["tracingContext"] = null;
        json["deduplicationKey"] = null;
        json["jsonSizeBytes"] = 2_722;
        json["binaryDataSizeBytes"] = 0;
        json["workflowVersionId"] = "c46e618e-970f-4e45-8639-6e88e26ae43b";
        json["usedPrivateCredentials"] = false;
        if (withData)
        {
            json["data"] = Data();
        }
        return json;
    }

    private JsonObject Data()
    {
        var node = Hook ?? "Trigger";
        var ran = new JsonObject
        {
            ["startTime"] = StartedAt.ToUnixTimeMilliseconds(),
            ["executionIndex"] = 0,
            ["source"] = new JsonArray(),
            ["hints"] = new JsonArray(),
            ["executionTime"] = 0,
            ["executionStatus"] = Error is null ? "success" : "error",
        };
        if (Input is not null)
        {
            ran["data"] = new JsonObject
            {
                ["main"] = new JsonArray(new JsonArray(new JsonObject { ["json"] = Input.DeepClone() })),
            };
        }
        var result = new JsonObject
        {
            ["runData"] = new JsonObject { [node] = new JsonArray(ran) },
            ["lastNodeExecuted"] = node,
        };
        if (Error is not null)
        {
            ran["error"] = new JsonObject { ["message"] = Error, ["stack"] = $"Error: {Error}" };
            result["error"] = ran["error"]!.DeepClone();
        }
        return new JsonObject
        {
            ["version"] = 1,
            ["startData"] = new JsonObject(),
            ["resultData"] = result,
        };
    }

    public static string Time(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}

/// <summary>What the code of a workflow gives, as far as it is read: the values that it returns as they are written, and that it throws.</summary>
internal static partial class N8nCode
{
    /// <summary>The error of the first node that throws one.</summary>
    public static string? Thrown(JsonArray nodes) =>
        nodes.Select(Code).Select(code => Throws().Match(code)).FirstOrDefault(thrown => thrown.Success) is { } found
            ? found.Groups["words"].Value
            : null;

    /// <summary>What the last node gives; null where its code is more than is read.</summary>
    public static IReadOnlyList<JsonObject>? Items(JsonArray nodes) =>
        Code(nodes[^1]) is { Length: > 0 } code && Returns().Match(code) is { Success: true } returned
            ?
            [
                .. Item()
                    .Matches(returned.Groups["items"].Value)
                    .Select(item => new JsonObject
                    {
                        [item.Groups["name"].Value] = JsonNode.Parse(item.Groups["value"].Value.Replace('\'', '"')),
                    }),
            ]
            : null;

    private static string Code(JsonNode? node) => (string?)node?["parameters"]?["jsCode"] ?? "";

    [GeneratedRegex(@"throw new Error\('(?<words>[^']*)'\)")]
    private static partial Regex Throws();

    [GeneratedRegex(@"^return \[(?<items>(\{json:\{\w+:(\d+|true|false|'[^']*')\}\},?)*)\];$")]
    private static partial Regex Returns();

    [GeneratedRegex(@"\{json:\{(?<name>\w+):(?<value>\d+|true|false|'[^']*')\}\}")]
    private static partial Regex Item();
}
