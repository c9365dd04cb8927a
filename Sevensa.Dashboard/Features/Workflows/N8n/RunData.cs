using System.Text;
using System.Text.Json;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Workflows.N8n;

/// <summary>What n8n wrote down of a run: looked through for a mark and an error, and passed on to nobody.</summary>
/// <param name="Error">Why it failed, in n8n's words.</param>
/// <param name="Node">The node that ran last.</param>
internal sealed record RunData(ReadOnlyMemory<byte> Body, string? Error, string? Node)
{
    public static RunData Of(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return
                JsonReading.ObjectIn(json.RootElement, "data") is { } data
                && JsonReading.ObjectIn(data, "resultData") is { } result
                ? new RunData(
                    body,
                    JsonReading.ObjectIn(result, "error") is { } error ? Text(error, "message") : null,
                    Text(result, "lastNodeExecuted")
                )
                : new RunData(body, null, null);
        }
        catch (JsonException)
        {
            // It was cut at its limit: the mark may stand in what there is.
            return new RunData(body, null, null);
        }
    }

    /// <summary>Whether the run was begun by this action. Its id is sent along, and in nothing else.</summary>
    public bool Carries(string mark) => Body.Span.IndexOf(Encoding.UTF8.GetBytes(mark)) >= 0;

    private static string? Text(JsonElement of, string name) =>
        of.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String
            ? StoreText.Whole(JsonReading.Text(member))
            : null;
}
