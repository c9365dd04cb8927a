using System.Globalization;
using System.Text.Json;
using Sevensa.Dashboard.Features.Workflows.N8n;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Workflows;

/// <summary>What n8n tells, as it is meant.</summary>
internal sealed class WorkflowReading(N8nOptions set)
{
    /// <summary>n8n writes the year 3000 where a run waits for a call and for no time.</summary>
    private const int ForEver = 3000;

    private const string Nodes = "n8n-nodes-base.";

    /// <summary>A run, by what n8n tells of it.</summary>
    public WorkflowRun Run(N8nExecution run, string workflow)
    {
        var id = Text(run.Id);
        var state =
            Enum.TryParse<RunState>(run.Status, ignoreCase: true, out var known) && Enum.IsDefined(known)
                ? known
                : RunState.Unknown;
        var forCall = state == RunState.Waiting && run.WaitTill is { Year: >= ForEver };
        var until = state == RunState.Waiting && !forCall ? run.WaitTill : null;
        return new WorkflowRun(
            id,
            state,
            run.Mode,
            run.StartedAt,
            state is RunState.Success or RunState.Error or RunState.Canceled ? run.StoppedAt : null,
            state == RunState.Crashed ? run.StoppedAt : null,
            forCall,
            until,
            run.RetryOf is { ValueKind: JsonValueKind.String or JsonValueKind.Number } before ? Text(before) : null,
            state switch
            {
                RunState.New => "It waits to begin: n8n runs only so many at once",
                RunState.Crashed =>
                    "n8n ended while it ran. When is not known: what n8n gives as its end is the last event that it wrote down. It is not begun again by itself.",
                RunState.Waiting when forCall => "It waits for a call, for as long as that takes",
                RunState.Waiting when until is { } at => string.Create(
                    CultureInfo.InvariantCulture,
                    $"It waits until {at.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC"
                ),
                RunState.Unknown when !run.Status.Equals("unknown", StringComparison.OrdinalIgnoreCase) =>
                    $"n8n calls it \"{run.Status}\", which is not known here",
                _ => null,
            },
            set.LinkTo(workflow, id)
        );
    }

    public static (WorkflowState State, string? Note) State(N8nWorkflow workflow) =>
        !workflow.Active ? (WorkflowState.Inactive, null)
        : workflow.ActiveVersionId == workflow.VersionId ? (WorkflowState.Active, null)
        : (
            WorkflowState.DraftDiffers,
            "The draft differs from what runs: it was saved without being published, or could not be activated"
        );

    /// <summary>How the version that runs begins; what was switched off begins nothing.</summary>
    public static IReadOnlyList<WorkflowTrigger> Triggers(N8nWorkflow workflow) =>
        [
            .. workflow
                .Running.Where(node => node.Disabled != true && IsTrigger(node.Type))
                .Select(node => new WorkflowTrigger(
                    node.Name ?? "",
                    Kind(node.Type!),
                    node.Type == $"{Nodes}webhook" ? Method(node.Parameters?.HttpMethod) : null,
                    node.Type == $"{Nodes}webhook" ? Plain(node.Parameters?.Path) : null,
                    node.Type == $"{Nodes}webhook" ? Plain(node.Parameters?.Authentication) ?? "none" : null
                )),
        ];

    /// <summary>Kinds of nodes with how many there are, for whoever decides on a run: <c>code</c>, <c>httpRequest ×2</c>.</summary>
    public static string MadeOf(N8nWorkflow workflow) =>
        string.Join(
            ", ",
            workflow
                .Running.Where(node => node.Disabled != true && node.Type is not null)
                .GroupBy(node => Kind(node.Type!))
                .OrderBy(group => group.Key, StringComparer.Ordinal)
                .Select(group => group.Count() == 1 ? group.Key : $"{group.Key} ×{group.Count()}")
        );

    public static bool IsForMcp(N8nWorkflow workflow) =>
        workflow.Settings?.AvailableInMcp is { ValueKind: JsonValueKind.True };

    /// <summary>Whether the workflow itself says that its runs are not kept.</summary>
    public static bool KeepsNoRuns(N8nWorkflow workflow) =>
        Plain(workflow.Settings?.SaveDataSuccessExecution) == "none"
        || Plain(workflow.Settings?.SaveDataErrorExecution) == "none";

    private static bool IsTrigger(string? type) =>
        type is not null
        && (
            type == $"{Nodes}webhook"
            || type.EndsWith("Trigger", StringComparison.Ordinal)
            || type.EndsWith(".start", StringComparison.Ordinal)
        );

    /// <summary>A node type's last word in letters that a message may hold: types of community nodes are anybody's text.</summary>
    private static string Kind(string type)
    {
        var word = type[(type.LastIndexOf('.') + 1)..];
        word = word == "scheduleTrigger" ? "schedule" : word;
        return new string([.. word.Where(char.IsAsciiLetterOrDigit).Take(40)]) is { Length: > 0 } kind ? kind : "other";
    }

    /// <summary>A node that says none listens to GET; one for several methods says them as a list.</summary>
    private static string Method(JsonElement? method) =>
        method switch
        {
            { ValueKind: JsonValueKind.String } one => JsonReading.Text(one),
            { ValueKind: JsonValueKind.Array } many => string.Join(
                ' ',
                many.EnumerateArray().Where(one => one.ValueKind == JsonValueKind.String).Select(JsonReading.Text)
            ),
            _ => "GET",
        };

    private static string? Plain(JsonElement? text) =>
        text is { ValueKind: JsonValueKind.String } said ? JsonReading.Text(said) : null;

    private static string Text(JsonElement id) =>
        id.ValueKind == JsonValueKind.String ? JsonReading.Text(id) : id.GetRawText();
}
