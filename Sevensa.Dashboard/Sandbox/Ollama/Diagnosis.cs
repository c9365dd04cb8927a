using System.Globalization;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Sandbox.Ollama;

/// <summary>Why something is slow or wrong: figures first, then what changed, then what the logs say; then all of it in words.</summary>
internal static class Diagnosis
{
    private const int MostSuspects = 8;

    public static Answer Next(Conversation talk, Intent intent)
    {
        if (intent.Service.Length == 0)
        {
            if (SuspectsOf(talk, intent, out var next) is not { } suspect)
            {
                return next!;
            }
            intent = intent with { Service = suspect };
        }
        if (Looks(talk, intent) is { Calls.Count: > 0 } looks)
        {
            return looks;
        }
        return Answer.Say(Verdict(talk, intent) + SandboxModel.Summary(talk, intent) + SandboxModel.Warning(talk));
    }

    /// <summary>All that is worth a look and was not looked at yet, in one go.</summary>
    private static Answer Looks(Conversation talk, Intent intent)
    {
        var looks = new List<Answer>();
        foreach (var metric in (string[])["latencyP95", "memory", "errorShare"])
        {
            if (SandboxModel.NextMetric(talk, intent, metric) is { } figure)
            {
                looks.Add(figure);
            }
        }
        foreach (var tool in (string[])["list_containers", "list_releases", "recent_changes"])
        {
            if (talk.ResultOf(tool) is null && talk.Offers(tool))
            {
                looks.Add(SandboxModel.Call(talk, tool, ("tenant", intent.Tenant)));
            }
        }
        if (talk.ResultOf("recent_logs") is null && talk.Offers("recent_logs"))
        {
            looks.Add(
                SandboxModel.Call(
                    talk,
                    "recent_logs",
                    ("tenant", intent.Tenant),
                    ("service", intent.Service),
                    ("text", "error"),
                    ("minutes", 30)
                )
            );
        }
        return Answer.Together(looks);
    }

    /// <summary>
    /// The service whose latency has grown the most against the least of its day, when only the tenant is named; null as
    /// long as there is something to ask first.
    /// </summary>
    private static string? SuspectsOf(Conversation talk, Intent intent, out Answer? next)
    {
        next = null;
        if (talk.ResultOf("list_containers") is not { } containers)
        {
            next = SandboxModel.Call(talk, "list_containers", ("tenant", intent.Tenant));
            return null;
        }
        if (containers.Error is { } error)
        {
            next = SandboxModel.Failed("list_containers", error);
            return null;
        }
        var services = containers
            .Items.Select(c => ToolResult.Word(c["service"] ?? c["name"]))
            .Where(name => name.Length > 0)
            .Distinct()
            .Take(MostSuspects)
            .ToArray();
        if (services.Length == 0)
        {
            next = Answer.Say($"No containers of {intent.Tenant} are known, so there is nothing that could be slow.");
            return null;
        }
        var looks = services
            .Select(service => SandboxModel.NextMetric(talk, intent with { Service = service }, "latencyP95"))
            .OfType<Answer>()
            .ToArray();
        if (looks.Length > 0)
        {
            next = Answer.Together(looks);
            return null;
        }
        return services.MaxBy(service => Growth(talk, service, "latencyP95"));
    }

    /// <summary>How many times its least a figure is now; 0 when nothing is known.</summary>
    private static double Growth(Conversation talk, string service, string metric)
    {
        var found =
            talk.CallsOf("query_metric")
                .LastOrDefault(d =>
                    ToolResult.Word(d.Call.Arguments["metric"]) == metric
                    && ToolResult.Word(d.Call.Arguments["service"]) == service
                )
                ?.Result.Data as JsonObject;
        var now = Figures.Number(found?["now"]);
        var least = Figures.Number(found?["lowest"]);
        return now > 0 && least > 0 ? now / least : 0;
    }

    private static string Verdict(Conversation talk, Intent intent)
    {
        var latency = Growth(talk, intent.Service, "latencyP95");
        var memory = Growth(talk, intent.Service, "memory");
        var told = new List<string>();
        if (latency >= 1.5)
        {
            told.Add(Times("p95 latency", latency));
        }
        if (memory >= 1.3)
        {
            told.Add(Times("memory", memory));
        }
        if (told.Count == 0)
        {
            return "Nothing stands out in the figures of the last day. What I see:\n";
        }
        var changed =
            (talk.ResultOf("list_releases")?.Items ?? []).FirstOrDefault(r => Figures.IsService(r, intent.Service))
                is { } release
                ? $" The newest release is {Figures.Release(release)}."
            : (talk.ResultOf("recent_changes")?.Items ?? []).FirstOrDefault() is { } change
                ? $" The newest change is {Figures.Change(change)}."
            : "";
        return $"{intent.Service} stands out: {string.Join(" and ", told)} the least of the last day.{changed} What I see:\n";
    }

    private static string Times(string figure, double times) =>
        $"{figure} is {times.ToString("0.#", CultureInfo.InvariantCulture)} times";
}
