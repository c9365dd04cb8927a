using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Assistant.Model;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Assistant.Tools;

/// <summary>
/// The tools as a model is told of them: few and wide, in as few tokens as say the same, alike from turn to turn. Several
/// functions of features are views of one tool here; all of them are served over MCP, and may be called by their own names.
/// </summary>
internal static class ToldTools
{
    /// <summary>Argument that chooses a view.</summary>
    public const string View = "view";

    /// <param name="Words">What it tells; what stands in every tool is said once, in the rules.</param>
    /// <param name="Leave">Arguments that a model is not told of.</param>
    /// <param name="Views">Name of a view, and the function behind it. The first is the tool's own.</param>
    private sealed record Told(string Words, string[] Leave, params (string View, string Function)[] Views)
    {
        /// <summary>The argument whose presence means the second view, where no name of a view is told.</summary>
        public string? By { get; init; }
    }

    private static readonly Dictionary<string, Told> Known = new()
    {
        ["list_tenants"] = new("Tenants and their services.", []),
        ["list_containers"] = new(
            "What runs; hosts, disks.",
            [],
            ("containers", "list_containers"),
            ("hosts", "list_hosts")
        ),
        ["query_metric"] = new(
            "cpu, memory, memoryShare, requestRate, errorShare or latencyP95; against yesterday, lastWeek, beforeRelease.",
            [],
            ("course", "query_metric"),
            ("compare", "compare_metric")
        )
        {
            By = "against",
        },
        ["recent_changes"] = new(
            "Releases and actions; who approved.",
            ["until"],
            ("changes", "recent_changes"),
            ("approvals", "list_actions")
        ),
        ["list_releases"] = new("What ran when.", []),
        ["find_releases"] = new("What ran at a time, as said.", ["timeZone"]),
        ["list_alerts"] = new(
            "Alerts now; with hours, past ones.",
            [],
            ("alerts", "list_alerts"),
            ("objectives", "list_objectives"),
            ("incidents", "list_incidents")
        ),
        ["recent_logs"] = new(
            "Log lines, by text or level.",
            [],
            ("lines", "recent_logs"),
            ("count", "count_logs"),
            ("patterns", "log_patterns")
        ),
        ["search_logs"] = new("", []),
        ["log_context"] = new("", []),
        ["list_secrets"] = new(
            "Secrets: ages, due; never values.",
            ["after"],
            ("ages", "list_secrets"),
            ("calendar", "rotation_calendar"),
            ("accesses", "secret_accesses"),
            ("open", "exposed_secrets")
        ),
        ["get_posture"] = new("Hardening by service (CIS).", []),
        ["get_reachability"] = new("What a service could reach.", []),
        ["list_findings"] = new("CVEs, gate verdicts.", []),
        ["list_policies"] = new(
            "Policies, playbooks, n8n workflows.",
            ["yaml", "days"],
            ("state", "list_policies"),
            ("draft", "draft_policy"),
            ("tried", "backtest_policy"),
            ("playbooks", "list_playbooks"),
            ("n8n", "list_workflows")
        ),
        ["list_databases"] = new(
            "PostgreSQL databases.",
            [],
            ("state", "list_databases"),
            ("slow", "slow_statements"),
            ("isolation", "list_isolation")
        ),
    };

    /// <summary>What the model is told; the tool that proposes has the kinds by name, and tells more once one is chosen.</summary>
    public static IEnumerable<ModelTool> Of(IEnumerable<AIFunction> functions, IEnumerable<IActionKind> kinds)
    {
        var all = functions.ToList();
        var views = Known.Values.SelectMany(told => told.Views.Skip(1)).Select(view => view.Function).ToHashSet();
        foreach (var function in all)
        {
            if (function.Name == ProposeTool.Name)
            {
                yield return new ModelTool(
                    function.Name,
                    // A blank behind each comma would be a hundredth of all that is told.
                    "Proposes one change; a person decides: " + string.Join(',', kinds.Select(ToolBriefs.Named)),
                    Schema(function.JsonSchema, [], [], [])
                );
            }
            else if (Known.TryGetValue(function.Name, out var told) && told.Words.Length > 0)
            {
                var offered = told
                    .Views.Select(view => (view.View, Function: all.Find(one => one.Name == view.Function)))
                    .Where(view => view.Function is not null)
                    .ToList();
                yield return new ModelTool(
                    function.Name,
                    told.Words,
                    Schema(
                        function.JsonSchema,
                        told.Leave,
                        told.By is null ? [.. offered.Select(view => view.View)] : [],
                        offered.Select(view => view.Function!.JsonSchema)
                    )
                );
            }
            else if (!Known.ContainsKey(function.Name) && !views.Contains(function.Name))
            {
                yield return ToolBriefs.Of(function);
            }
        }
    }

    /// <summary>The call of the function that is meant by the view.</summary>
    /// <param name="refused">Why it means none, in words for the model: the answer of another view would be taken for that of the one it asked for.</param>
    public static ModelCall Meant(ModelCall call, out string? refused)
    {
        refused = null;
        if (
            Known.TryGetValue(call.Name, out var chosen)
            && chosen.By is { } by
            && ModelJson.Text(call.Arguments, View) is null
            && ModelJson.Text(call.Arguments, by) is { Length: > 0 }
        )
        {
            return call with { Name = chosen.Views[1].Function };
        }
        if (
            !Known.TryGetValue(call.Name, out var told)
            || told.Views.Length == 0
            || ModelJson.Text(call.Arguments, View) is not { } view
        )
        {
            return call;
        }
        if (
            told.Views.FirstOrDefault(one => one.View.Equals(view.Trim(), StringComparison.OrdinalIgnoreCase)).Function
            is not { } function
        )
        {
            refused =
                $"{call.Name} has no view \"{StoreText.Shorten(view, 100)}\". There are {string.Join(", ", told.Views.Select(one => one.View))}.";
            return call;
        }
        var arguments = JsonObject.Create(call.Arguments)!;
        arguments.Remove(View);
        return call with { Name = function, Arguments = JsonSerializer.SerializeToElement(arguments) };
    }

    /// <param name="of">Schemas of the views: an argument that only one of them takes is told too.</param>
    private static JsonElement Schema(JsonElement schema, string[] leave, string[] views, IEnumerable<JsonElement> of)
    {
        var properties = new JsonObject();
        foreach (var property in of.Prepend(schema).SelectMany(one => one.GetProperty("properties").EnumerateObject()))
        {
            if (!leave.Contains(property.Name) && !properties.ContainsKey(property.Name))
            {
                properties[property.Name] = new JsonObject { ["type"] = ToolBriefs.TypeOf(property.Value) };
            }
        }
        if (views.Length > 0)
        {
            properties[View] = new JsonObject
            {
                ["enum"] = new JsonArray([.. views.Select(view => JsonValue.Create(view))]),
            };
        }
        var brief = new JsonObject { ["type"] = "object", ["properties"] = properties };
        // That a tenant is always named is said in the rules.
        if (
            schema.TryGetProperty("required", out var required)
            && required.EnumerateArray().Any(name => name.GetString() != "tenant")
        )
        {
            brief["required"] = JsonNode.Parse(required.GetRawText());
        }
        return JsonSerializer.SerializeToElement(brief);
    }
}
