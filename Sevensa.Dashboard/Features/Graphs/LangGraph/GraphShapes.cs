using System.Text.Json;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Graphs.LangGraph;

/// <summary>What a node asks, and waits for.</summary>
/// <param name="Id">By which it is answered; null from servers that are too old to say.</param>
internal sealed record GraphInterrupt(string? Id, JsonElement Value);

/// <summary>A thread as its server tells of it.</summary>
/// <param name="Status"><c>idle</c>, <c>busy</c>, <c>interrupted</c> or <c>error</c>.</param>
/// <param name="Tenant">As the thread's metadata has it.</param>
/// <param name="Mark">Another one when something has moved.</param>
internal sealed record RemoteThread(string Id, string Status, string? Tenant, string Mark)
{
    public bool IsBusy => Status == "busy";

    public static RemoteThread Of(JsonElement json) =>
        new(
            GraphJson.Text(json, "thread_id") ?? throw new JsonException("there is no thread_id"),
            GraphJson.Text(json, "status") ?? throw new JsonException("there is no status"),
            GraphJson.Inner(json, "metadata") is { } metadata ? GraphJson.Text(metadata, "tenant") : null,
            $"{GraphJson.Text(json, "status")} {GraphJson.Text(json, "updated_at")}"
        );
}

/// <summary>A run of a thread. One that waits for a person is called <c>success</c>, and one that was lost <c>running</c>.</summary>
/// <param name="Sign">What it was started for, as its metadata has it.</param>
internal sealed record RemoteRun(string Id, string Status, string? Sign)
{
    public static RemoteRun Of(JsonElement json) =>
        new(
            GraphJson.Text(json, "run_id") ?? throw new JsonException("there is no run_id"),
            GraphJson.Text(json, "status") ?? "",
            GraphJson.Inner(json, "metadata") is { } metadata ? GraphJson.Text(metadata, LangGraphClient.Sign) : null
        );
}

/// <summary>A thread's state: what it has come to, what it asks, and what failed.</summary>
/// <param name="Mark">The checkpoint's id.</param>
internal sealed record RemoteState(
    JsonElement Values,
    IReadOnlyList<GraphInterrupt> Interrupts,
    string? Error,
    string? Mark
)
{
    public static RemoteState Of(JsonElement json)
    {
        var tasks = GraphJson.Inner(json, "tasks") is { ValueKind: JsonValueKind.Array } all
            ? all.EnumerateArray().ToList()
            : [];
        return new RemoteState(
            GraphJson.Inner(json, "values") ?? default,
            [
                .. tasks
                    .SelectMany(task => GraphJson.Items(task, "interrupts"))
                    .Select(one => new GraphInterrupt(
                        GraphJson.Text(one, "id"),
                        GraphJson.Inner(one, "value") ?? default
                    ))
                    .DistinctBy(one => one.Id ?? one.Value.ToString()),
            ],
            tasks.Select(ErrorOf).FirstOrDefault(error => error is not null),
            GraphJson.Inner(json, "checkpoint") is { } checkpoint ? GraphJson.Text(checkpoint, "checkpoint_id") : null
        );
    }

    private static string? ErrorOf(JsonElement task) =>
        GraphJson.Inner(task, "error") is not { } error ? null
        : error.ValueKind == JsonValueKind.String ? LangGraphWords.Of(JsonReading.Text(error))
        : LangGraphWords.Of(error.GetRawText());
}

/// <summary>Something of a stream; a beat tells that its server is there, and nothing else.</summary>
/// <param name="Kind"><c>updates</c>, <c>error</c>, <c>metadata</c> and others; null for a beat.</param>
internal sealed record GraphEvent(string? Kind, JsonElement Data);

/// <summary>Members of the answers, by servers that leave some out.</summary>
internal static class GraphJson
{
    public static string? Text(JsonElement json, string name) =>
        Inner(json, name) switch
        {
            { ValueKind: JsonValueKind.String } text => JsonReading.Text(text),
            { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
            _ => null,
        };

    /// <summary>Null when there is none, or it is null.</summary>
    public static JsonElement? Inner(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object
        && json.TryGetProperty(name, out var value)
        && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined)
            ? value
            : null;

    public static IEnumerable<JsonElement> Items(JsonElement json, string name) =>
        Inner(json, name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];
}
