using System.Text.RegularExpressions;
using Sevensa.Dashboard.Features.Workflows.N8n;

namespace Sevensa.Dashboard.Features.Workflows;

/// <summary>How a run is begun: n8n's public API has no call for it.</summary>
internal enum RunBy
{
    /// <summary>The workflow's own webhook.</summary>
    Webhook,

    /// <summary><c>execute_workflow</c> of n8n's MCP server, for workflows that were exposed there.</summary>
    Mcp,
}

/// <param name="Trigger">Where it begins.</param>
internal sealed record RunWay(RunBy By, WorkflowTrigger Trigger);

/// <summary>The ways in which the dashboard can run a workflow, as it is set up and as the workflow is.</summary>
internal sealed partial class RunWays(N8nOptions set)
{
    private const string Webhook = "webhook";

    /// <summary>Why there is no way; null where there is one.</summary>
    public string? Block(N8nWorkflow workflow) => Find(workflow, null, null).Why;

    /// <summary>The way that is asked for, else the only one.</summary>
    /// <param name="trigger">Name of the node; null for the only one that can be called.</param>
    /// <param name="by">Null for MCP where it serves, since that tells the run's number at once, and else the webhook.</param>
    /// <returns>The way, or in words why there is none.</returns>
    public (RunWay? Way, string? Why) Find(N8nWorkflow workflow, string? trigger, RunBy? by)
    {
        if (!workflow.Active)
        {
            return (null, "It is not active: n8n runs what is published. Activate it in n8n.");
        }
        var triggers = WorkflowReading.Triggers(workflow);
        if (trigger is { Length: > 0 })
        {
            triggers = [.. triggers.Where(one => one.Name == trigger)];
            if (triggers.Count == 0)
            {
                return (null, $"What runs of it has no trigger of that name. {Names(workflow)}");
            }
        }
        var tried = triggers.Select(one => (Trigger: one, Found: Of(workflow, one, by))).ToList();
        var ways = tried.Where(one => one.Found.By is not null).ToList();
        return ways.Count switch
        {
            1 => (new RunWay(ways[0].Found.By!.Value, ways[0].Trigger), null),
            0 when tried.Count == 0 => (null, "What runs of it has no trigger."),
            0 => (null, string.Join(" ", tried.Select(one => one.Found.Why).Distinct())),
            _ => (null, $"Several triggers can be called: name one of them. {Names(workflow)}"),
        };
    }

    private (RunBy? By, string? Why) Of(N8nWorkflow workflow, WorkflowTrigger trigger, RunBy? by)
    {
        var (mcp, hook) = (NotByMcp(workflow, trigger), NotByWebhook(trigger));
        return by switch
        {
            RunBy.Mcp => mcp is null ? (RunBy.Mcp, null) : (null, mcp),
            RunBy.Webhook => hook is null ? (RunBy.Webhook, null) : (null, hook),
            _ => mcp is null ? (RunBy.Mcp, null)
            : hook is null ? (RunBy.Webhook, null)
            : (null, trigger.Kind == Webhook ? hook : mcp),
        };
    }

    private string? NotByMcp(N8nWorkflow workflow, WorkflowTrigger trigger) =>
        !set.HasMcp
            ? $"Only a webhook can be called: for others set {set.Setting("McpKeyFile")}, the key of n8n's MCP server."
        : !WorkflowReading.IsForMcp(workflow)
            ? "It is not exposed to n8n's MCP server: allow that in the workflow's settings."
        : trigger.Kind is not (Webhook or "schedule")
            ? $"A trigger of the kind {trigger.Kind} is called by nobody: it begins by itself."
        : null;

    private string? NotByWebhook(WorkflowTrigger trigger) =>
        trigger.Kind != Webhook ? $"A trigger of the kind {trigger.Kind} has no address to call."
        : !Methods(trigger).Contains("POST") ? $"Its webhook listens to {trigger.Method}: the dashboard calls by POST."
        : trigger.Path is not { Length: > 0 } path || !PlainPath().IsMatch(path)
            ? "Its webhook's address has parts that are filled in, and can't be called as it stands."
        : trigger.Authentication == "headerAuth" && set.WebhookSecretFile is not { Length: > 0 }
            ? $"Its webhook wants a header: set {set.Setting("WebhookSecretFile")}, and {set.Setting("WebhookHeader")} to its name."
        : trigger.Authentication is not ("none" or "headerAuth")
            ? $"Its webhook wants {trigger.Authentication}, which the dashboard has not. Use header authentication."
        : null;

    private static string[] Methods(WorkflowTrigger trigger) => trigger.Method?.Split(' ') ?? [];

    private static string Names(N8nWorkflow workflow) =>
        WorkflowReading.Triggers(workflow) is { Count: > 0 } triggers
            ? $"There {(triggers.Count == 1 ? "is" : "are")} {string.Join(", ", triggers.Select(one => $"\"{one.Name}\""))}."
            : "It has none.";

    /// <summary>Segments of plain letters: neither a parameter (<c>:id</c>) nor a way up, which a proxy would follow.</summary>
    [GeneratedRegex("^[A-Za-z0-9_~-][A-Za-z0-9._~-]*(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*$")]
    private static partial Regex PlainPath();
}
