using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.N8n;

/// <summary>An n8n: the public API (v1), webhooks, and the instance's own MCP server. Workflows run as far as their code is read.</summary>
internal sealed partial class N8nStandIn(SimulatedFleet fleet) : IStandIn
{
    public const string Key = "sandbox-n8n-key";

    /// <summary>A key that may only read.</summary>
    public const string ReadingKey = "sandbox-n8n-reading-key";

    /// <summary>What its webhooks with header authentication want.</summary>
    public const string Secret = "sandbox-webhook-secret";

    public const string SecretHeader = "X-Sevensa-Token";
    private const string Api = "/api/v1/";
    private readonly Lock gate = new();
    private readonly List<(string Id, string Name, DateTimeOffset At)> tags = [];
    private int made;

    public List<N8nFlow> Flows { get; } = [];

    public List<N8nRun> Runs { get; } = [];

    public bool McpIsOn { get; set; } = true;

    public DateTimeOffset Now => fleet.Time.GetUtcNow();

    public async Task AnswerAsync(HttpContext context)
    {
        try
        {
            var path = context.Request.Path.Value ?? "";
            await (
                path.StartsWith(Api, StringComparison.Ordinal) ? ApiAsync(context)
                : path.StartsWith("/webhook/", StringComparison.Ordinal)
                    ? HookAsync(context, path["/webhook/".Length..])
                : path.StartsWith("/webhook-test/", StringComparison.Ordinal)
                    ? throw new N8nRefusal(
                        404,
                        $"The requested webhook \"{path["/webhook-test/".Length..]}\" is not registered.",
                        "Click the 'Execute workflow' button on the canvas, then try again. (In test mode, the webhook only works for one call after you click this button)",
                        404
                    )
                : path == "/mcp-server/http" ? new N8nMcp(this).AnswerAsync(context)
                : path is "/healthz" or "/healthz/readiness" ? context.JsonAsync(new JsonObject { ["status"] = "ok" })
                : context.TextAsync("Cannot " + context.Request.Method + " " + path, 404)
            );
        }
        catch (N8nRefusal refusal)
        {
            var said = new JsonObject { ["message"] = refusal.Message };
            if (refusal.Code is { } code)
            {
                said["code"] = code;
                said["hint"] = refusal.Hint;
                said["stacktrace"] = $"ResponseError: {refusal.Message}";
            }
            await context.JsonAsync(said, refusal.Status);
        }
    }

    /// <summary>A new workflow; nothing of it runs yet.</summary>
    public N8nFlow Add(string? id, string name, JsonArray nodes, JsonObject connections, JsonObject settings)
    {
        lock (gate)
        {
            var flow = new N8nFlow(id ?? Noise.Hex($"flow {++made}", 16), name, nodes, connections, settings)
            {
                CreatedAt = Now,
            };
            flow.Save(Now);
            Flows.Add(flow);
            return flow;
        }
    }

    public void Tag(N8nFlow flow, string name)
    {
        lock (gate)
        {
            flow.Tags.Add(
                tags.FirstOrDefault(tag => tag.Name == name) is { Id: not null } known ? known : NewTag(name)
            );
        }
    }

    /// <summary>Runs a workflow now; it has ended when this returns, or waits.</summary>
    public N8nRun Run(N8nFlow flow, N8nHook? hook, JsonObject? input, string mode)
    {
        lock (gate)
        {
            var (now, nodes) = (Now, hook?.Nodes ?? flow.Nodes);
            var noAnswer = hook?.Mode == "responseNode" && !nodes.Any(node => N8nFlow.Kind(node) == "respondToWebhook");
            var error = noAnswer ? "No Respond to Webhook node found in the workflow" : N8nCode.Thrown(nodes);
            var waits = nodes.Any(node => N8nFlow.Kind(node) == "wait");
            var run = new N8nRun(
                Runs.Select(one => one.Id).DefaultIfEmpty().Max() + 1,
                flow.Id,
                error is not null ? "error"
                    : waits ? "waiting"
                    : "success",
                mode,
                now,
                now.AddMilliseconds(47),
                error is null && waits ? N8nRun.ForEver : null,
                error,
                hook?.Node,
                noAnswer ? null : input
            );
            Runs.Add(run);
            return run;
        }
    }

    private (string Id, string Name, DateTimeOffset At) NewTag(string name)
    {
        var tag = (Noise.Hex($"tag {name}", 16), name, Now);
        tags.Add(tag);
        return tag;
    }
}
