using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.N8n;

/// <summary>Webhooks.</summary>
internal sealed partial class N8nStandIn
{
    private static async Task<JsonNode?> BodyAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var text = await reader.ReadToEndAsync(context.RequestAborted);
        try
        {
            return text.Length == 0 ? null : JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            throw new N8nRefusal(
                422,
                "Failed to parse request body",
                "Expected property name or '}' in JSON at position 1 (line 1 column 2)",
                422
            );
        }
    }

    private async Task HookAsync(HttpContext context, string path)
    {
        var (method, now) = (context.Request.Method, Now);
        var (flow, hook) = Flows
            .Select(one => (Flow: one, Hook: one.Listens(path, now)))
            .FirstOrDefault(one => one.Hook is not null);
        if (method == "OPTIONS")
        {
            await context.EmptyAsync(204);
            return;
        }
        if (flow is null || hook is null)
        {
            throw new N8nRefusal(
                404,
                $"The requested webhook \"{method} {path}\" is not registered.",
                "The workflow must be active for a production URL to run successfully. You can activate the workflow using the toggle in the top-right of the editor.",
                404
            );
        }
        if (hook.Method != method)
        {
            throw new N8nRefusal(
                404,
                $"This webhook is not registered for {method} requests. Did you mean to make a {hook.Method} request?",
                null,
                404
            );
        }
        if (hook.WantsHeader && context.Request.Headers[SecretHeader] != Secret)
        {
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"Webhook\"";
            await context.TextAsync("Authorization data is wrong!", 403);
            return;
        }
        var body = await BodyAsync(context);
        var input = new JsonObject
        {
            ["headers"] = new JsonObject(
                context.Request.Headers.Select(header =>
                    KeyValuePair.Create(header.Key.ToLowerInvariant(), (JsonNode?)header.Value.ToString())
                )
            ),
            ["params"] = new JsonObject(),
            ["query"] = new JsonObject(
                context.Request.Query.Select(one => KeyValuePair.Create(one.Key, (JsonNode?)one.Value.ToString()))
            ),
            ["body"] = body?.DeepClone() ?? new JsonObject(),
            ["webhookUrl"] = $"{context.Request.Scheme}://{context.Request.Host}{context.Request.Path}",
            ["executionMode"] = "production",
        };
        var run = Run(flow, hook, input, "webhook");
        await TellAsync(context, hook, run, input);
    }

    private static Task TellAsync(HttpContext context, N8nHook hook, N8nRun run, JsonObject input)
    {
        if (hook.Mode == "onReceived")
        {
            return context.JsonAsync(new JsonObject { ["message"] = "Workflow was started" });
        }
        if (hook.Mode == "responseNode")
        {
            return run.Error is { } missing
                ? throw new N8nRefusal(500, missing, null, 0)
                : context.JsonAsync(
                    new JsonObject { ["got"] = input["body"]!.DeepClone() },
                    (int?)
                        hook
                            .Nodes.First(node => N8nFlow.Kind(node) == "respondToWebhook")!["parameters"]
                            ?["options"]?["responseCode"]
                        ?? 200
                );
        }
        if (run.Error is not null)
        {
            throw new N8nRefusal(500, "Error in workflow");
        }
        return N8nCode.Items(hook.Nodes) switch
        {
            [] => throw new N8nRefusal(500, "No item to return was found", null, 0),
            { } items when hook.GivesAll => context.JsonAsync(new JsonArray([.. items])),
            [var first, ..] => context.JsonAsync(first),
            _ => context.JsonAsync(input.DeepClone()),
        };
    }
}
