using System.Globalization;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.N8n;

/// <summary>The instance's own MCP server: another key than the API's, no sessions, and refusals without <c>isError</c>.</summary>
internal sealed class N8nMcp(N8nStandIn n8n)
{
    public const string Key = "sandbox-n8n-mcp-key";

    public async Task AnswerAsync(HttpContext context)
    {
        if (!n8n.McpIsOn)
        {
            throw new N8nRefusal(404, "MCP access is disabled");
        }
        if (context.Request.Method != "POST")
        {
            await context.JsonAsync(Failed(null, -32000, "Method not allowed."), 405);
            return;
        }
        var said = context.Request.Headers.Authorization.ToString();
        if (said != $"Bearer {Key}")
        {
            context.Response.Headers.WWWAuthenticate = "Bearer realm=\"n8n MCP Server\"";
            throw new N8nRefusal(
                401,
                said.Length == 0 ? "Unauthorized: Authorization header not sent" : "Unauthorized"
            );
        }
        var asked = await context.ReadJsonAsync();
        var id = asked?["id"];
        var (name, arguments) = (
            (string?)asked?["params"]?["name"],
            asked?["params"]?["arguments"] as JsonObject ?? []
        );
        var answer = ((string?)asked?["method"], name) switch
        {
            ("initialize", _) => Good(id, Server()),
            ("tools/list", _) => Good(id, new JsonObject { ["tools"] = new JsonArray(Tool("execute_workflow")) }),
            ("tools/call", "execute_workflow") => Good(id, Execute(arguments)),
            _ => Failed(id, -32601, "Method not found"),
        };
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync($"event: message\ndata: {answer.ToJsonString()}\n\n", context.RequestAborted);
    }

    private JsonObject Execute(JsonObject arguments)
    {
        if (arguments["executionMode"] is null)
        {
            var mistakes = "executionMode: Required";
            if (arguments["inputs"] is JsonObject given && given.ContainsKey("type"))
            {
                mistakes += ", inputs: Unrecognized key(s) in object: 'type'";
            }
            return new JsonObject
            {
                ["content"] = Text($"Input validation error: Invalid arguments for tool execute_workflow: {mistakes}"),
                ["isError"] = true,
            };
        }
        var flow = n8n.Flows.Find(one => one.Id == (string?)arguments["workflowId"]);
        if (flow is null)
        {
            return Refused("Workflow not found or you don't have permission to access it.");
        }
        if (!flow.Exposed)
        {
            return Refused(
                "Workflow is not available in MCP. Enable MCP access from the workflow card in the workflows list, or from the workflow settings."
            );
        }
        var hooks = N8nFlow.Hooks(flow.Active?.Nodes ?? flow.Nodes).ToList();
        var named = (string?)arguments["triggerNodeName"];
        if (arguments["inputs"] is JsonObject && named is null)
        {
            return Refused(
                $"Provide triggerNodeName when passing inputs. Available triggers: {string.Join(", ", hooks.Select(hook => hook.Node))}."
            );
        }
        var data = (arguments["inputs"] as JsonObject)?["webhookData"] as JsonObject;
        var run = n8n.Run(
            flow,
            hooks.Find(hook => hook.Node == named),
            new JsonObject
            {
                ["query"] = data?["query"]?.DeepClone() ?? new JsonObject(),
                ["body"] = data?["body"]?.DeepClone() ?? new JsonObject(),
            },
            "webhook"
        );
        return Said(
            new JsonObject { ["executionId"] = run.Id.ToString(CultureInfo.InvariantCulture), ["status"] = "started" }
        );
    }

    private static JsonObject Refused(string why) =>
        Said(
            new JsonObject
            {
                ["executionId"] = null,
                ["status"] = "error",
                ["error"] = why,
            }
        );

    private static JsonObject Said(JsonObject content) =>
        new() { ["content"] = Text(content.ToJsonString()), ["structuredContent"] = content };

    private static JsonArray Text(string text) => [new JsonObject { ["type"] = "text", ["text"] = text }];

    private static JsonObject Good(JsonNode? id, JsonObject result) =>
        new()
        {
            ["result"] = result,
            ["jsonrpc"] = "2.0",
            ["id"] = id?.DeepClone(),
        };

    private static JsonObject Failed(JsonNode? id, int code, string message) =>
        new()
        {
            ["jsonrpc"] = "2.0",
            ["error"] = new JsonObject { ["code"] = code, ["message"] = message },
            ["id"] = id?.DeepClone(),
        };

    private static JsonObject Server() =>
        new()
        {
            ["protocolVersion"] = "2025-11-25",
            ["capabilities"] = new JsonObject
            {
                ["tools"] = new JsonObject { ["listChanged"] = true },
                ["resources"] = new JsonObject { ["listChanged"] = true },
            },
            ["serverInfo"] = new JsonObject { ["name"] = "n8n MCP Server", ["version"] = "1.2.0" },
            ["instructions"] = "Workflows of the Sandbox.",
        };

    private static JsonObject Tool(string name) =>
        new()
        {
            ["name"] = name,
            ["inputSchema"] = new JsonObject { ["type"] = "object" },
        };
}
