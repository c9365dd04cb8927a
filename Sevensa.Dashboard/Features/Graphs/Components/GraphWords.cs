using System.Text.Encodings.Web;
using System.Text.Json;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Ui;

namespace Sevensa.Dashboard.Features.Graphs.Components;

/// <summary>States and texts of graphs as pages show them.</summary>
internal static class GraphWords
{
    private const int LongestTitle = 120;

    private static readonly JsonSerializerOptions indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static State Shade(GraphThreadState state) =>
        state switch
        {
            GraphThreadState.Done => State.Ok,
            GraphThreadState.Waiting => State.Warn,
            GraphThreadState.Failed or GraphThreadState.Lost => State.Crit,
            GraphThreadState.Starting or GraphThreadState.Running => State.Info,
            _ => State.Unknown,
        };

    public static State Shade(string server) =>
        server switch
        {
            "connected" => State.Ok,
            "degraded" => State.Warn,
            "unreachable" => State.Crit,
            _ => State.Unknown,
        };

    public static string OfServer(string state) =>
        state switch
        {
            "connected" => "Connected",
            "degraded" => "Degraded",
            "unreachable" => "Unreachable",
            "notConfigured" => "Not configured",
            _ => "Not asked yet",
        };

    public static string Of(GraphQuestionState state) =>
        state switch
        {
            GraphQuestionState.Open => "Waits for an answer",
            GraphQuestionState.Proposed => "Waits for a decision",
            GraphQuestionState.Answered => "Answered, being handed back",
            GraphQuestionState.Handed => "Answered",
            _ => "Not waited for any more",
        };

    public static State Shade(GraphQuestionState state) =>
        state switch
        {
            GraphQuestionState.Open or GraphQuestionState.Proposed => State.Warn,
            GraphQuestionState.Answered => State.Info,
            GraphQuestionState.Handed => State.Ok,
            _ => State.Unknown,
        };

    public static string Short(string text) => StoreText.Shorten(text.ReplaceLineEndings(" "), LongestTitle);

    /// <summary>A text as it is; anything else as JSON that people can read.</summary>
    public static string Read(JsonElement json) =>
        json.ValueKind == JsonValueKind.String ? json.GetString() ?? "" : JsonSerializer.Serialize(json, indented);
}
