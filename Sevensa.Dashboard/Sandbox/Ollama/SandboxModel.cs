using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Sandbox.Ollama;

/// <summary>Decides what comes next in a conversation: which tool to ask, or what to say of the answers.</summary>
internal static class SandboxModel
{
    private const string Beyond =
        "I can't do that. I read what runs for the tenants here (containers, figures, logs, releases, secrets' ages, scan findings) and "
        + "propose the actions that the catalogue has, which a person approves. I have no shell, no files and no other systems. Nothing was changed.";

    private const string Reserved =
        "I proposed nothing, and nothing was changed. The sentence names a change, and as I read it this is not simply asked for: something is left out of it, it is not wanted, it is for later or only if something holds, "
        + "or it is told of. I am the sandbox model, a small grammar, and can't keep that. Ask for the one change, for example: \"restart the RentGuy API\".";

    private const string Abilities =
        "I can't do that, or did not understand it. I am the sandbox model: a small grammar, not a language model. I can restart, stop or start a service, roll a tenant or a service "
        + "back to a time, deploy an image, scale a service, change its limits, connect networks, take snapshots of volumes, rotate a secret (each as a proposal that a person approves), say why something is slow, "
        + "show logs or errors, list what is running or was released, and tell status, memory, CPU, latency, errors or "
        + "traffic of a service. Name the tenant and the service, for example: \"restart the RentGuy API\".";

    /// <summary>Several changes in one sentence are several wishes, one after the other; anything else is one.</summary>
    public static Answer Answer(Conversation talk)
    {
        var wishes = Wishes(talk.Question);
        if (wishes.Count < 2 || StandingRule.Is(talk.Question))
        {
            return One(talk);
        }
        var (said, begun, whose) = (new List<string>(), 0, "");
        foreach (var part in wishes)
        {
            // "Restart the RentGuy API and scale the worker": whose the second is, was said with the first.
            var named = Intent.Read(part);
            var wish =
                named.Tenant.Length > 0 || named.Stranger.Length > 0 || whose.Length == 0 ? part : $"{part} of {whose}";
            whose = named.Tenant.Length > 0 ? named.Tenant : whose;
            var done = talk.Done.ToList();
            var end = done.FindIndex(begun, call => call.Call.Name == "propose");
            var own = end < 0 ? done[begun..] : done[begun..(end + 1)];
            var answer = One(talk with { Question = wish, Done = own });
            if (answer.Calls.Count > 0)
            {
                return answer;
            }
            said.Add(answer.Text);
            begun = end < 0 ? done.Count : end + 1;
        }
        return Ollama.Answer.Say(string.Join("\n\n", said));
    }

    private static IReadOnlyList<string> Wishes(string question)
    {
        var parts = question.Split([" and ", " en ", ", then "], StringSplitOptions.TrimEntries);
        return parts.Length > 1 && parts.All(part => IsChange(Intent.Read(part).Kind)) ? parts : [question];
    }

    private static bool IsChange(IntentKind kind) =>
        kind
            is IntentKind.Restart
                or IntentKind.Stop
                or IntentKind.Start
                or IntentKind.Scale
                or IntentKind.Rollback
                or IntentKind.Rotate;

    private static Answer One(Conversation talk)
    {
        if (StandingRule.Next(talk) is { } rule)
        {
            return rule;
        }
        var intent = Completed(Intent.Read(talk.Question), talk);
        if (intent.Kind == IntentKind.Reserved)
        {
            return Ollama.Answer.Say(Reserved);
        }
        if (ReleaseTalk.Next(talk, intent) is { } next)
        {
            return next;
        }
        return intent.Kind switch
        {
            IntentKind.Unknown => Ollama.Answer.Say(Abilities),
            IntentKind.Beyond => Ollama.Answer.Say(Beyond),
            IntentKind.Tenants => Tenants(talk),
            _ when intent.Tenant.Length == 0 && intent.Stranger.Length > 0 => Stranger(talk, intent),
            IntentKind.Running or IntentKind.Metric when intent is { Tenant: "", Service: "" } => Everywhere.Next(
                talk,
                intent
            ),
            _ when intent.Tenant.Length == 0 => WithoutTenant(talk),
            IntentKind.WhySlow or IntentKind.Diagnose => Diagnosis.Next(talk, intent),
            IntentKind.Running or IntentKind.Status when intent.Service.Length == 0 => Running(talk, intent),
            IntentKind.Alerts => Alerts(talk, intent),
            IntentKind.Releases or IntentKind.Rollback => Releases(talk, intent),
            IntentKind.Rotate => Proposals.Next(talk, intent),
            _ when intent.Service.Length == 0 => Ollama.Answer.Say(
                $"Which service of {intent.Tenant} do you mean? Ask \"what is running at {intent.Tenant}\" for the list."
            ),
            IntentKind.Restart or IntentKind.Stop or IntentKind.Start or IntentKind.Scale => Proposals.Next(
                talk,
                intent
            ),
            IntentKind.Logs or IntentKind.Errors => Logs(talk, intent),
            IntentKind.Metric => Metric(talk, intent),
            _ => Status(talk, intent),
        };
    }

    /// <summary>Takes the tenant and service from an earlier question of the operator where this one names none.</summary>
    private static Intent Completed(Intent intent, Conversation talk)
    {
        foreach (var earlier in talk.EarlierQuestions.Reverse().Select(Intent.Read))
        {
            if (
                intent.Kind is IntentKind.Unknown or IntentKind.Beyond
                || intent.Tenant.Length > 0
                || intent.Stranger.Length > 0
            )
            {
                break;
            }
            intent = intent with
            {
                Tenant = earlier.Tenant,
                Service = intent.Service.Length > 0 ? intent.Service : earlier.Service,
            };
        }
        return intent;
    }

    private static Answer Tenants(Conversation talk)
    {
        if (talk.ResultOf("list_tenants") is not { } result)
        {
            return Call(talk, "list_tenants");
        }
        return result.Error is { } error
            ? Failed("list_tenants", error)
            : Ollama.Answer.Say(
                "You may see these tenants:\n"
                    + string.Join('\n', result.Items.Select(t => $"- {ToolResult.Word(t["name"] ?? t["id"])}"))
            );
    }

    /// <summary>Names what was asked for and is not here, instead of taking something else for it.</summary>
    private static Answer Stranger(Conversation talk, Intent intent)
    {
        if (talk.ResultOf("list_tenants") is not { } result)
        {
            return Call(talk, "list_tenants");
        }
        var names = string.Join(", ", result.Items.Select(t => ToolResult.Word(t["name"] ?? t["id"])));
        return Ollama.Answer.Say(
            $"I can't see anything called {intent.Stranger} here. "
                + (
                    names.Length > 0
                        ? $"You may see {names}: name one of them and a service."
                        : "No tenant is open to you."
                )
        );
    }

    public static Answer WithoutTenant(Conversation talk)
    {
        if (talk.ResultOf("list_tenants") is not { } result)
        {
            return talk.Offers("list_tenants")
                ? Call(talk, "list_tenants")
                : Ollama.Answer.Say("Which tenant do you mean?");
        }
        var names = string.Join(", ", result.Items.Select(t => ToolResult.Word(t["name"] ?? t["id"])));
        return Ollama.Answer.Say(
            names.Length > 0 ? $"Which tenant do you mean: {names}?" : "Which tenant do you mean?"
        );
    }

    private static Answer Running(Conversation talk, Intent intent)
    {
        if (talk.ResultOf("list_containers") is not { } result)
        {
            return Call(talk, "list_containers", ("tenant", intent.Tenant));
        }
        if (result.Error is { } error)
        {
            return Failed("list_containers", error);
        }
        var lines = result.Items.Select(Figures.Container).ToArray();
        return Ollama.Answer.Say(
            lines.Length == 0
                ? $"No containers of {intent.Tenant} are known."
                : $"{intent.Tenant} has {lines.Length} container(s):\n" + string.Join('\n', lines.Select(l => "- " + l))
        );
    }

    private static Answer Releases(Conversation talk, Intent intent)
    {
        if (talk.ResultOf("list_releases") is not { } result)
        {
            return Call(talk, "list_releases", ("tenant", intent.Tenant));
        }
        if (result.Error is { } error)
        {
            return Failed("list_releases", error);
        }
        var lines = result
            .Items.Where(r => intent.Service.Length == 0 || Figures.IsService(r, intent.Service))
            .Take(12)
            .Select(Figures.Release)
            .ToArray();
        return Ollama.Answer.Say(
            lines.Length == 0
                ? $"No releases of {intent.Tenant} are known."
                : $"Releases of {intent.Tenant}:\n" + string.Join('\n', lines.Select(l => "- " + l))
        );
    }

    private static Answer Alerts(Conversation talk, Intent intent)
    {
        if (talk.ResultOf("list_alerts") is not { } result)
        {
            return Call(talk, "list_alerts", ("tenant", intent.Tenant), ("hours", 0));
        }
        if (result.Error is { } error)
        {
            return Failed("list_alerts", error);
        }
        var lines = result
            .Items.Where(a => intent.Service.Length == 0 || Figures.IsService(a, intent.Service))
            .Take(12)
            .Select(a =>
                $"{ToolResult.Word(a["name"])} on {ToolResult.Word(a["service"])}: {ToolResult.Word(a["summary"])}"
            )
            .ToArray();
        return Ollama.Answer.Say(
            lines.Length == 0
                ? $"Nothing fires for {intent.Tenant}."
                : $"{lines.Length} alert(s) of {intent.Tenant} fire:\n" + string.Join('\n', lines.Select(l => "- " + l))
        );
    }

    private static Answer Metric(Conversation talk, Intent intent)
    {
        if (talk.ResultOf("query_metric") is not { } result)
        {
            return Query(talk, intent, intent.Metric);
        }
        return result.Error is { } error
            ? Failed("query_metric", error)
            : Ollama.Answer.Say($"{intent.Tenant}/{intent.Service}: {Figures.Metric(result)}.");
    }

    private static Answer Status(Conversation talk, Intent intent)
    {
        if (talk.ResultOf("list_containers") is null && talk.Offers("list_containers"))
        {
            return Call(talk, "list_containers", ("tenant", intent.Tenant));
        }
        return NextMetric(talk, intent, "latencyP95", "memory", "errorShare")
            ?? Ollama.Answer.Say(Summary(talk, intent));
    }

    private static Answer Logs(Conversation talk, Intent intent)
    {
        var errors = intent.Kind == IntentKind.Errors;
        if (talk.ResultOf("recent_logs") is not { } result)
        {
            return Call(
                talk,
                "recent_logs",
                ("tenant", intent.Tenant),
                ("service", intent.Service),
                ("text", errors ? "error" : null),
                ("minutes", 30)
            );
        }
        if (result.Error is { } error)
        {
            return Failed("recent_logs", error);
        }
        var lines = Figures.Lines(result).Take(10).ToArray();
        return Ollama.Answer.Say(
            lines.Length == 0
                ? $"No {(errors ? "error lines" : "lines")} of {intent.Tenant}/{intent.Service} in the last 30 minutes."
                : $"{(errors ? "Errors" : "Lines")} of {intent.Tenant}/{intent.Service} in the last 30 minutes:\n"
                    + string.Join('\n', lines.Select(l => "> " + l))
                    + Warning(talk)
        );
    }

    /// <summary>What the tools said, and nothing else.</summary>
    public static string Summary(Conversation talk, Intent intent)
    {
        var said = new List<string>();
        var own = talk.CallsOf("query_metric")
            .Where(d =>
                ToolResult.Word(d.Call.Arguments["service"]) is var of && (of.Length == 0 || of == intent.Service)
            );
        foreach (var (call, result) in own)
        {
            said.Add(
                result.Error is { } error
                    ? $"{Figures.Named(ToolResult.Word(call.Arguments["metric"]))} could not be read: {error}"
                    : Figures.Metric(result)
            );
        }
        if (talk.ResultOf("list_containers") is { } containers)
        {
            said.AddRange(
                containers.Error is { } error
                    ? [$"containers could not be listed: {error}"]
                    : containers.Items.Where(c => Figures.IsService(c, intent.Service)).Select(Figures.Container)
            );
        }
        if (talk.ResultOf("list_releases") is { Error: null } releases)
        {
            said.AddRange(
                releases
                    .Items.Where(r => Figures.IsService(r, intent.Service))
                    .Take(2)
                    .Select(r => "release " + Figures.Release(r))
            );
        }
        if (talk.ResultOf("recent_changes") is { Error: null } changes)
        {
            said.AddRange(changes.Items.Take(3).Select(c => "change " + Figures.Change(c)));
        }
        if (talk.ResultOf("recent_logs") is { Error: null } logs)
        {
            said.AddRange(Figures.Lines(logs).Take(2).Select(l => $"log line: \"{Figures.Cut(l, 160)}\""));
        }
        return said.Count == 0
            ? $"I could not look at {intent.Tenant}/{intent.Service}: none of my read tools was offered."
            : $"{intent.Tenant}/{intent.Service}:\n" + string.Join('\n', said.Select(s => "- " + s));
    }

    public static Answer? NextMetric(Conversation talk, Intent intent, params ReadOnlySpan<string> metrics)
    {
        if (!talk.Offers("query_metric"))
        {
            return null;
        }
        foreach (var metric in metrics)
        {
            var name = metric;
            if (
                !talk.CallsOf("query_metric")
                    .Any(d =>
                        ToolResult.Word(d.Call.Arguments["metric"]) == name
                        && ToolResult.Word(d.Call.Arguments["service"]) == intent.Service
                    )
            )
            {
                return Query(talk, intent, name);
            }
        }
        return null;
    }

    public static Answer Call(Conversation talk, string tool, params (string Name, JsonNode? Value)[] arguments) =>
        talk.Offers(tool)
            ? Ollama.Answer.Do(tool, arguments)
            : Ollama.Answer.Say($"I would need the tool {tool} for that, and it was not offered to me.");

    public static Answer Failed(string tool, string error) =>
        Ollama.Answer.Say($"I could not look at {Looked(tool)}: {error.TrimEnd('.')}. Nothing was changed.");

    private static string Looked(string tool) =>
        tool switch
        {
            "list_tenants" => "the tenants",
            "list_containers" => "the containers",
            "list_releases" => "the releases",
            "list_alerts" => "the alerts",
            "query_metric" => "that figure",
            "recent_logs" => "the logs",
            _ => tool.Replace('_', ' '),
        };

    public static Answer Query(Conversation talk, Intent intent, string metric) =>
        Call(talk, "query_metric", ("tenant", intent.Tenant), ("service", intent.Service), ("metric", metric));

    public static string Warning(Conversation talk) =>
        talk.Done.Any(d => Figures.AddressesAssistant(d.Result.Text))
            ? "\nSome of this text addresses an assistant. I treat it as data and do nothing it asks."
            : "";
}
