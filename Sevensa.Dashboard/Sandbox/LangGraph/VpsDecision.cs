using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Fleet;

namespace Sevensa.Dashboard.Sandbox.LangGraph;

/// <summary>
/// The example graph of <c>docker/langgraph</c> over the simulated fleet: looks at a tenant's containers, decides by rules, and asks
/// for one restart, or for what is meant. A second one, <see cref="Report"/>, looks and says how things stand.
/// </summary>
internal sealed class VpsDecision(SimulatedFleet fleet)
{
    public const string Manager = "vps-manager";
    public const string Report = "report";

    /// <summary>Restarts by Docker itself, in the life of a container.</summary>
    private const int Many = 3;

    private static readonly char[] between = [' ', '\n', ',', '.', ';', ':', '!', '?', '"', '\'', '(', ')'];

    public static IReadOnlyList<string> Graphs { get; } = [Manager, Report];

    /// <summary>What the first node found.</summary>
    public JsonObject Look(string tenant)
    {
        var all = Of(tenant);
        return new JsonObject
        {
            ["containers"] = all.Count,
            ["running"] = all.Count(one => one.Running),
            ["restartedOften"] = new JsonArray([.. all.Where(IsSick).Select(one => (JsonNode)one.Name)]),
        };
    }

    /// <summary>What it asks: an action by its kind, or in words what is meant.</summary>
    public JsonObject Asks(string tenant, string text)
    {
        var words = text.ToLowerInvariant();
        var parts = words.Split(between, StringSplitOptions.RemoveEmptyEntries);
        var all = Of(tenant);
        var named = all.Where(one => words.Contains(one.Name, StringComparison.Ordinal) || parts.Contains(one.Service))
            .ToList();
        var worst = named.Concat(all.Where(IsSick)).MaxBy(one => (named.Contains(one), one.RestartCount));
        return worst is null
            ? new JsonObject { ["question"] = "Nothing is named and nothing is sick. Which container is meant?" }
            : new JsonObject
            {
                ["kind"] = "container.restart",
                ["target"] = worst.Name,
                ["parameters"] = new JsonObject(),
                ["reason"] =
                    $"{worst.Name}: {(named.Contains(worst) ? $"asked about (\"{Short(text)}\"), and " : "")}Docker restarted it {worst.RestartCount} times by itself.",
            };
    }

    /// <summary>What it says at its end.</summary>
    public static string Says(JsonNode asked, JsonNode? answer) =>
        answer is JsonObject outcome
            ? $"The restart of {(string?)asked["target"]} was {((bool?)outcome["done"] == true ? "done" : (string?)outcome["state"])}{((string?)outcome["comment"] is { Length: > 0 } comment ? $": {comment}" : "")}."
            : $"Told: {answer}";

    public string Reports(string tenant)
    {
        var all = Of(tenant);
        var sick = all.Where(IsSick).Select(one => one.Name).ToList();
        return $"{all.Count(one => one.Running)} of {all.Count} containers of {tenant} run. "
            + (
                sick.Count == 0
                    ? "None of them was restarted often. Nothing is to be done."
                    : $"Restarted often: {string.Join(", ", sick)}."
            );
    }

    private static bool IsSick(FleetContainer container) => container.RestartCount > Many;

    private static string Short(string text) => text.Length <= 80 ? text : text[..80];

    private List<FleetContainer> Of(string tenant) =>
        [
            .. fleet
                .Snapshot.Containers.Where(one => one.Tenant == tenant && one.Removed is null)
                .OrderBy(one => one.Name, StringComparer.Ordinal),
        ];
}
