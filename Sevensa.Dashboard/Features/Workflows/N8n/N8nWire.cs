using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Features.Workflows.N8n;

/// <summary>A page of a list. Cursors are n8n's own: an offset for workflows, a last id for executions.</summary>
internal sealed record N8nPage<T>(IReadOnlyList<T> Data, string? NextCursor);

/// <summary>A workflow as n8n tells it; of its nodes only what says how it begins.</summary>
/// <param name="ActiveVersionId">What runs; null when nothing does.</param>
/// <param name="VersionId">What people see when they open it.</param>
internal sealed record N8nWorkflow(
    string Id,
    string Name,
    bool Active,
    string? ActiveVersionId,
    string? VersionId,
    bool? IsArchived,
    DateTimeOffset? UpdatedAt,
    IReadOnlyList<N8nNode>? Nodes,
    N8nSettings? Settings,
    IReadOnlyList<N8nTag>? Tags,
    N8nVersion? ActiveVersion
)
{
    /// <summary>The nodes that run: those of the published version, not of the draft.</summary>
    public IReadOnlyList<N8nNode> Running =>
        ActiveVersion?.Nodes ?? (ActiveVersionId is null || ActiveVersionId == VersionId ? Nodes ?? [] : []);
}

internal sealed record N8nVersion(IReadOnlyList<N8nNode>? Nodes);

internal sealed record N8nNode(string? Name, string? Type, bool? Disabled, N8nParameters? Parameters);

/// <summary>Parameters are each node type's own, so that a member may be of any kind.</summary>
internal sealed record N8nParameters(JsonElement? HttpMethod, JsonElement? Path, JsonElement? Authentication);

internal sealed record N8nSettings(
    [property: JsonPropertyName("availableInMCP")] JsonElement? AvailableInMcp,
    JsonElement? SaveDataSuccessExecution,
    JsonElement? SaveDataErrorExecution
);

internal sealed record N8nTag(string Name);

/// <summary>An execution as n8n tells it.</summary>
/// <param name="Id">A text, and a number in older ones.</param>
/// <param name="StoppedAt">Of a crashed one the last event that was written down, of a waiting one the beginning of the wait.</param>
/// <param name="WaitTill">The year 3000 for one that waits for a call.</param>
internal sealed record N8nExecution(
    JsonElement Id,
    string Status,
    string? Mode,
    DateTimeOffset? StartedAt,
    DateTimeOffset? StoppedAt,
    DateTimeOffset? WaitTill,
    string? WorkflowId,
    JsonElement? RetryOf
);

/// <summary>The newest runs, by the three questions that n8n wants for them.</summary>
/// <param name="Queued">Where n8n runs only so many at once, those that wait for their turn.</param>
/// <param name="Others">Those that ended or wait in the middle.</param>
internal sealed record N8nRuns(
    IReadOnlyList<N8nExecution> Queued,
    IReadOnlyList<N8nExecution> Running,
    IReadOnlyList<N8nExecution> Others
)
{
    /// <summary>What was told last stands first: a run that went on meanwhile is told of twice.</summary>
    public IEnumerable<N8nExecution> Newest => Others.Concat(Running).Concat(Queued);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(N8nPage<N8nWorkflow>))]
[JsonSerializable(typeof(N8nPage<N8nExecution>))]
[JsonSerializable(typeof(N8nWorkflow))]
[JsonSerializable(typeof(N8nExecution))]
internal sealed partial class N8nJson : JsonSerializerContext;
