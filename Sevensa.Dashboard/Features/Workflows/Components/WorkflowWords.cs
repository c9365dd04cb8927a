using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Ui;
using Sevensa.Dashboard.Ui.Data;

namespace Sevensa.Dashboard.Features.Workflows.Components;

/// <summary>States of workflows and runs as pages show them.</summary>
internal static class WorkflowWords
{
    public static State Mark(this WorkflowState state) =>
        state switch
        {
            WorkflowState.Active => State.Ok,
            WorkflowState.DraftDiffers => State.Warn,
            _ => State.Unknown,
        };

    public static string Word(this WorkflowState state) =>
        state switch
        {
            WorkflowState.Active => "Active",
            WorkflowState.DraftDiffers => "Active, draft differs",
            _ => "Inactive",
        };

    public static State Mark(this RunState state) =>
        state switch
        {
            RunState.Success => State.Ok,
            RunState.Error or RunState.Crashed => State.Crit,
            RunState.Running or RunState.Waiting or RunState.New => State.Info,
            _ => State.Unknown,
        };

    public static string Word(this RunState state) =>
        state switch
        {
            RunState.Success => "Succeeded",
            RunState.Error => "Failed",
            RunState.Crashed => "Crashed",
            RunState.Canceled => "Stopped",
            RunState.Running => "Runs",
            RunState.Waiting => "Waits",
            RunState.New => "Waits to begin",
            _ => "Unknown",
        };

    public static string Triggers(WorkflowView workflow) =>
        workflow.Triggers.Count == 0
            ? "none"
            : string.Join(", ", workflow.Triggers.Select(trigger => trigger.Kind).Distinct());

    /// <summary>Why n8n tells nothing, in its words.</summary>
    public static Problem Of(UpstreamException exception) =>
        new(
            "n8n did not say what it runs",
            null,
            exception.Remedy,
            exception.Upstream,
            exception.Message,
            exception.Status
        );
}
