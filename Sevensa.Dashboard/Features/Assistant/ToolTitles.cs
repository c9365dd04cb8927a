using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;

namespace Sevensa.Dashboard.Features.Assistant;

/// <summary>Tool calls in the operator's words.</summary>
internal static class ToolTitles
{
    public static string Of(string tool, JsonElement arguments, IEnumerable<IActionKind> kinds)
    {
        string? Said(string name) =>
            arguments.ValueKind == JsonValueKind.Object
            && arguments.TryGetProperty(name, out var value)
            && value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : null;
        var tenant = Said("tenant") ?? "all tenants";
        var service = Said("service") is { } named ? $"{tenant} {named}" : tenant;
        return tool switch
        {
            "list_tenants" => "looked up the tenants",
            "list_containers" => $"listed the containers of {tenant}",
            "list_workflows" => $"looked at the workflows of {tenant}",
            "list_hosts" => $"looked at the hosts of {tenant}",
            "compare_metric" => $"compared {Metric(Said("metric"))} of {service} with another time",
            "query_metric" => $"looked at {Metric(Said("metric"))} of {service}",
            "recent_logs" or "search_logs" => Said("text") is { } text
                ? $"searched the logs of {service} for \"{text}\""
                : $"read the recent logs of {service}",
            "count_logs" => $"counted the log lines of {service}",
            "log_patterns" => $"looked at the kinds of log lines of {service}",
            "log_context" => $"read the lines around one of {tenant}",
            "recent_changes" => $"read what changed for {tenant}",
            "list_releases" => $"read the releases of {tenant}",
            "list_alerts" => $"looked at the alerts of {tenant}",
            "list_objectives" => $"looked at what was agreed with {tenant}",
            "list_actions" => $"read what was asked for and decided for {tenant}",
            "list_incidents" => $"looked at the incidents of {tenant}",
            "list_databases" => $"looked at the databases of {tenant}",
            "slow_statements" => $"looked at the slow statements of {tenant}",
            "list_isolation" => $"looked at what keeps {tenant}'s databases apart",
            "list_secrets" => $"looked at the ages of {tenant}'s secrets",
            "rotation_calendar" => $"looked at what is rotated when, of {tenant}",
            "secret_accesses" => $"looked at who used {tenant}'s secrets",
            "exposed_secrets" => $"looked for secrets in the open at {tenant}",
            "list_policies" => $"looked at what acts by itself at {tenant}",
            "draft_policy" => "read a sentence into a policy",
            "list_playbooks" => Said("name") is { } playbook
                ? $"read the playbook {playbook} of {tenant}"
                : $"looked at the playbooks of {tenant}",
            "backtest_policy" => "tried a policy on the past",
            "get_posture" => $"looked at how {service} is hardened",
            "get_reachability" => $"looked at what {service} could reach",
            "list_findings" => $"looked at the scan findings of {tenant}",
            "propose" => $"prepared: {Action(Said("kind"), Said("target") ?? tenant, kinds)}",
            "find_releases" => $"looked up what ran for {service} {Said("when")}".TrimEnd(),
            _ => tool.Replace('_', ' '),
        };
    }

    private static string Metric(string? named) =>
        named is null ? "a figure" : ServiceMetricWords.Find(named)?.Words() ?? named;

    private static string Action(string? kind, string target, IEnumerable<IActionKind> kinds) =>
        kinds.FirstOrDefault(known => string.Equals(known.Name, kind, StringComparison.OrdinalIgnoreCase)) is { } known
            ? known.Title(target)
            : $"{kind ?? "an action"} on {target}";
}
