using System.Globalization;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Sandbox.Ollama;

/// <summary>Questions that name no tenant and can be answered for all that the operator sees: what runs, from which image, what it uses.</summary>
internal static class Everywhere
{
    private const int MostTenants = 12;
    private const int MostLines = 30;

    public static Answer Next(Conversation talk, Intent intent)
    {
        if (talk.ResultOf("list_tenants") is not { } tenants)
        {
            return SandboxModel.Call(talk, "list_tenants");
        }
        if (tenants.Error is { } error)
        {
            return SandboxModel.Failed("list_tenants", error);
        }
        var ids = tenants.Items.Select(t => ToolResult.Word(t["id"])).Where(id => id.Length > 0).Take(MostTenants);
        var asked = ids.ToDictionary(
            id => id,
            id => talk.CallsOf("list_containers").LastOrDefault(d => ToolResult.Word(d.Call.Arguments["tenant"]) == id)
        );
        if (asked.Where(one => one.Value is null).Select(one => one.Key).ToArray() is { Length: > 0 } open)
        {
            return talk.Offers("list_containers")
                ? Answer.Together(open.Select(id => SandboxModel.Call(talk, "list_containers", ("tenant", id))))
                : SandboxModel.Call(talk, "list_containers");
        }
        var found = asked.SelectMany(one => one.Value!.Result.Items.Select(container => (one.Key, container))).ToList();
        return Answer.Say(
            intent.Kind == IntentKind.Metric ? Use(found, intent.Metric) : List(found, intent, talk.Question)
        );
    }

    private static string Use(List<(string Tenant, JsonObject Container)> found, string metric)
    {
        var member = metric == "memory" ? "memoryBytes" : "cpuPercent";
        var lines = found
            .GroupBy(one => one.Tenant)
            .Select(group =>
            {
                var sum = group.Select(one => Figures.Number(one.Container[member])).Where(double.IsFinite).Sum();
                return metric == "memory"
                    ? string.Create(CultureInfo.InvariantCulture, $"- {group.Key}: {sum / 1024 / 1024:0} MiB")
                    : string.Create(CultureInfo.InvariantCulture, $"- {group.Key}: {sum:0.#} % of one processor");
            });
        return metric is "memory" or "cpu"
            ? $"{(metric == "cpu" ? "CPU" : "Memory")} in use now, by tenant:\n{string.Join('\n', lines)}\nI can't draw a graph here; each tenant's Metrics page has it over time."
            : "Which tenant do you mean? Each tenant's Metrics page has its figures over time.";
    }

    private static string List(List<(string Tenant, JsonObject Container)> found, Intent intent, string question)
    {
        var listed = found
            .Where(one =>
                intent.Image.Length == 0
                || ToolResult.Word(one.Container["image"]).Contains(intent.Image, StringComparison.OrdinalIgnoreCase)
            )
            .ToList();
        if (listed.Count == 0)
        {
            return intent.Image.Length > 0
                ? $"None of the {found.Count} containers comes from an image called {intent.Image}. What an image was built on I can't see."
                : "No containers are known.";
        }
        var digests = question.Contains("digest", StringComparison.OrdinalIgnoreCase);
        var lines = digests
            ? listed
                .Select(one =>
                    $"- {ToolResult.Word(one.Container["image"])}: {ToolResult.Word(one.Container["imageDigest"])}"
                )
                .Distinct()
                .ToList()
            : [.. listed.Select(one => "- " + Figures.Container(one.Container))];
        var more = lines.Count > MostLines ? $"\n… and {lines.Count - MostLines} more" : "";
        return (
                digests
                    ? "Images in use:\n"
                    : $"{listed.Count} container(s) of {found.Select(one => one.Tenant).Distinct().Count()} tenant(s):\n"
            )
            + string.Join('\n', lines.Take(MostLines))
            + more;
    }
}
