using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Features.Graphs;

/// <summary>What whoever follows a thread is told of it, as the store keeps it.</summary>
/// <param name="Kind">As <see cref="GraphEventRow.Kind"/>.</param>
/// <param name="Data">JSON; alike where nothing has changed that anybody is told.</param>
internal sealed record GraphTold(string Kind, string Data)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>How it stands. What it has come to is told at its end.</summary>
    public static GraphTold Of(GraphThreadRow row) =>
        new(
            GraphEventRow.State,
            JsonSerializer.Serialize(
                new
                {
                    row.State,
                    row.Trouble,
                    row.CancelledBy,
                    Result = row.EndedAt is null ? null : row.Result,
                    row.EndedAt,
                },
                Json
            )
        );

    /// <summary>What a node said when it was done.</summary>
    public static GraphTold Of(GraphStepRow row) =>
        new(GraphEventRow.Step, JsonSerializer.Serialize(new { row.Name, row.Text }, Json));

    /// <summary>Something that it asks, and what became of it.</summary>
    public static GraphTold Of(GraphQuestionRow row) =>
        new(
            GraphEventRow.Question,
            JsonSerializer.Serialize(
                new
                {
                    row.Id,
                    row.State,
                    Payload = Raw(row.Payload),
                    row.Why,
                    Proposal = row.ProposalId,
                    Answer = row.Answer is { } answer ? Raw(answer) : null,
                    row.AnsweredBy,
                },
                Json
            )
        );

    private static JsonElement? Raw(string json)
    {
        try
        {
            return JsonElement.Parse(json);
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(json);
        }
    }
}
