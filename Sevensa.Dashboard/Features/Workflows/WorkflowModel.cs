using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Workflows;

/// <summary>How a workflow stands.</summary>
public enum WorkflowState
{
    /// <summary>Its triggers are published. Whether they are registered yet is seen when they are called.</summary>
    Active,

    /// <summary>What runs is not what stands in the editor.</summary>
    DraftDiffers,

    /// <summary>Nothing of it runs by itself.</summary>
    Inactive,
}

/// <summary>How a run stands, in n8n's words.</summary>
public enum RunState
{
    /// <summary>It waits to begin, where n8n runs only so many at once.</summary>
    New,
    Running,
    Waiting,
    Success,
    Error,
    Canceled,

    /// <summary>n8n ended under it. It is no error of the workflow's, and is never begun again by itself.</summary>
    Crashed,
    Unknown,
}

/// <summary>A run of a workflow.</summary>
/// <param name="EndedAt">Null while it goes on, and where n8n does not know it.</param>
/// <param name="LastEventAt">Of a crashed run the last event that n8n wrote down; when it crashed is not known.</param>
/// <param name="WaitsForCall">It waits until somebody calls, for as long as that takes.</param>
/// <param name="WaitsUntil">Null where it waits for a call, or does not wait.</param>
/// <param name="Note">What has to be known beside its state, in words.</param>
public sealed record WorkflowRun(
    string Id,
    RunState State,
    string? Mode,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt,
    DateTimeOffset? LastEventAt,
    bool WaitsForCall,
    DateTimeOffset? WaitsUntil,
    string? RetryOf,
    string? Note,
    string Link
)
{
    public bool HasEnded => State is RunState.Success or RunState.Error or RunState.Canceled or RunState.Crashed;
}

/// <summary>How a workflow begins.</summary>
/// <param name="Kind"><c>webhook</c>, <c>schedule</c>, or n8n's own word.</param>
/// <param name="Method">Of a webhook.</param>
public sealed record WorkflowTrigger(string Name, string Kind, string? Method, string? Path, string? Authentication);

/// <summary>A workflow for whoever may see it.</summary>
/// <param name="Id">With its instance before it where that has a name: <c>crm:tickEtFromAl3rt0</c>.</param>
/// <param name="Tenant">By its tag; null for the platform's own, which only those over all tenants see.</param>
/// <param name="Note">What has to be known beside its state, in words.</param>
/// <param name="Running">How many runs go on now; those that wait, in the middle or to begin, are not among them.</param>
/// <param name="LastRun">The newest, those that go on or wait to begin among them.</param>
/// <param name="LastRunNote">Why there is none.</param>
/// <param name="RunBlock">Why the dashboard can't run it; null where it can.</param>
/// <param name="Link">Its page in n8n.</param>
public sealed record WorkflowView(
    string Id,
    string Name,
    string? Tenant,
    IReadOnlyList<string> Tags,
    WorkflowState State,
    string? Note,
    IReadOnlyList<WorkflowTrigger> Triggers,
    DateTimeOffset? UpdatedAt,
    int Running,
    WorkflowRun? LastRun,
    string? LastRunNote,
    string? RunBlock,
    string Link
)
{
    /// <summary>Which n8n has it: <c>main</c> is the one that has no name in the settings.</summary>
    public string Instance { get; init; } = N8nInstance.Main;

    /// <summary>The tenant in which a run of it is proposed.</summary>
    internal string ProposedIn { get; init; } = "";
}

/// <summary>What several n8n told together.</summary>
/// <param name="Away">Of those that could not be asked, why.</param>
internal sealed record WorkflowsSeen(
    IReadOnlyList<WorkflowView> Workflows,
    IReadOnlyList<(string Instance, UpstreamException Why)> Away
);

/// <summary>There is none, or not for the caller: 404 for both.</summary>
internal sealed class UnknownWorkflowException(string id)
    : Exception($"There is no workflow \"{id}\" that you can see. GET /api/v1/workflows lists them.");
