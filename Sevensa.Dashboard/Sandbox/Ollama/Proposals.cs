using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Sandbox.Ollama;

/// <summary>From a wish to a proposal: look first, propose once, then say what the tools said.</summary>
internal static class Proposals
{
    public static Answer Next(Conversation talk, Intent intent)
    {
        if (talk.ResultOf("propose") is { } proposed)
        {
            return Answer.Say(Outcome(talk, intent, proposed));
        }
        if (!talk.Offers("propose"))
        {
            return Answer.Say(
                "I may not propose changes here: the tool propose was not offered to me. Nothing was changed."
            );
        }
        if (intent.Kind == IntentKind.Rotate)
        {
            return intent.Path.Length == 0
                ? Answer.Say(
                    $"Which secret of {intent.Tenant} should be rotated? Give its path, for example {intent.Tenant}/api/database."
                )
                : Propose(intent, "secret.rotate", intent.Path, [], $"The operator asked to rotate {intent.Path}.");
        }
        if (talk.ResultOf("list_containers") is not { } containers)
        {
            if (talk.Offers("list_containers"))
            {
                return SandboxModel.Call(talk, "list_containers", ("tenant", intent.Tenant));
            }
            containers = new ToolResult(null, null, "");
        }
        if (containers.Error is { } error)
        {
            return SandboxModel.Failed("list_containers", error);
        }
        var service = intent.Service.Length > 0 ? intent.Service : "api";
        var own = containers.Items.Where(c => Figures.IsService(c, service)).ToArray();
        if (own.Length == 0 && containers.Items.Any())
        {
            return Answer.Say(
                $"{intent.Tenant} has no container of {service}. It has: "
                    + string.Join(
                        ", ",
                        containers.Items.Select(c => ToolResult.Word(c["service"] ?? c["name"])).Distinct()
                    )
                    + "."
            );
        }
        intent = intent with { Service = service };
        if (SandboxModel.NextMetric(talk, intent, Relevant(intent)) is { } look)
        {
            return look;
        }
        var target = own.Length > 0 && intent.Kind != IntentKind.Scale ? ToolResult.Word(own[0]["name"]) : service;
        var reason = Reason(talk, intent);
        return intent.Kind switch
        {
            IntentKind.Scale => Propose(
                intent,
                "service.scale",
                target,
                new JsonObject { ["replicas"] = Math.Max(1, intent.Count > 0 ? intent.Count : own.Length + 1) },
                reason
            ),
            _ => Propose(intent, "container." + intent.Kind.ToString().ToLowerInvariant(), target, [], reason),
        };
    }

    private static ReadOnlySpan<string> Relevant(Intent intent) =>
        intent.Kind == IntentKind.Restart ? (string[])["memory", "latencyP95"] : ["cpu"];

    private static Answer Propose(Intent intent, string kind, string target, JsonObject parameters, string reason) =>
        Answer.Do(
            "propose",
            ("kind", kind),
            ("tenant", intent.Tenant),
            ("target", target),
            ("parameters", parameters),
            ("reason", reason)
        );

    private static string Reason(Conversation talk, Intent intent)
    {
        var figures = talk.CallsOf("query_metric")
            .Where(d => d.Result.Error is null)
            .Select(d => Figures.Metric(d.Result))
            .ToArray();
        return $"The operator asked to {intent.Kind.ToString().ToLowerInvariant()} {intent.Tenant}/{intent.Service}."
            + (figures.Length > 0 ? $" Seen: {string.Join("; ", figures)}." : "");
    }

    private static string Outcome(Conversation talk, Intent intent, ToolResult proposed)
    {
        if (proposed.Error is { } error)
        {
            return $"The proposal was not made: {error.TrimEnd('.')}. Nothing was changed.";
        }
        var data = proposed.Data as JsonObject;
        var id = ToolResult.Word(data?["id"]);
        if (id.Length == 0)
        {
            return "The answer to my proposal could not be understood, so I can't say that it exists. Nothing was changed by me.";
        }
        var title = ToolResult.Word(data!["title"]) is { Length: > 0 } t
            ? t
            : $"{intent.Kind} {intent.Tenant}/{intent.Service}";
        var risk = ToolResult.Word(data["risk"]) is { Length: > 0 } r ? $", risk {r}" : "";
        var figures = talk.CallsOf("query_metric")
            .Where(d => d.Result.Error is null)
            .Select(d => "- " + Figures.Metric(d.Result))
            .ToArray();
        return $"I proposed: {title}{risk}. It waits for a person's approval; nothing has been changed."
            + (figures.Length > 0 ? "\nWhat I saw before:\n" + string.Join('\n', figures) : "");
    }
}
