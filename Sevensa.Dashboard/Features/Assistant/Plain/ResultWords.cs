using System.Globalization;
using System.Text.Json;

namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>
/// What a tool answered, in a sentence with its figures, and its rows in a line each, as plain text, for people where no model
/// words it.
/// </summary>
internal static class ResultWords
{
    /// <summary>Rows of a result that are given; how many more there are is said.</summary>
    public const int MostRows = 5;

    /// <summary>The sentence; null for a tool that has none.</summary>
    public static string? Sentence(string tool, JsonElement data)
    {
        var rows = Rows(data);
        return tool switch
        {
            "list_tenants" => Counted(rows.Count, "tenant"),
            "list_containers" => Containers(rows),
            "query_metric" => Metric(data),
            "compare_metric" => TrendWords.Compared(data),
            "list_hosts" => TrendWords.Hosts(data, rows),
            "get_posture" => Number(data, "score") is { } score
                ? $"{score:0} % of what is examined is as it should be, {Counted((int)(Number(data, "failing") ?? 0), "item")} not"
                : "Nothing was examined",
            "get_reachability" => Text(data, "from") is { } from
                ? $"{from} could reach {Counted((int)(Number(data, "reaches") ?? 0), "service")}; {Counted((int)(Number(data, "findings") ?? 0), "finding")}"
                : $"{Counted((int)(Number(data, "findings") ?? 0), "finding")} of what could be reached",
            "recent_changes" => Counted((int)(Number(data, "count") ?? rows.Count), "change"),
            "list_releases" => Counted(rows.Count, "release"),
            "find_releases" => $"Meant is {Text(data, "meant")}",
            "list_alerts" => rows.Count == 0 ? "No alert fires" : Alerts(rows),
            "list_actions" => Counted((int)(Number(data, "count") ?? rows.Count), "action"),
            "list_incidents" =>
                $"{Counted(rows.Count(row => Flag(row, "open")), "open incident")}, {rows.Count(row => !Flag(row, "open"))} over",
            "list_objectives" => Counted(rows.Count, "objective"),
            "recent_logs" or "search_logs" => rows.Count == 0
                ? Text(data, "note") ?? "No such line"
                : Counted(rows.Count, "line"),
            "count_logs" => $"{Number(data, "total"):0} lines",
            "log_patterns" => $"{Counted(rows.Count, "kind")} of lines{New(rows)}",
            "list_secrets" =>
                $"{Counted(rows.Count, "secret")}, {rows.Count(row => Flag(row, "overdue"))} overdue{(Text(data, "next") is null ? "" : "; there are more than these")}",
            "list_findings" => Findings(data, rows),
            "list_policies" => Policies(rows),
            _ => null,
        };
    }

    /// <summary>What a tool gives at most where it does not say whether there is more.</summary>
    private static readonly Dictionary<string, int> Limits = new() { ["list_alerts"] = 100, ["list_releases"] = 30 };

    /// <summary>Of how many rows what follows is told, where there are more than were looked at; nothing otherwise.</summary>
    public static string Partial(string tool, JsonElement data)
    {
        var rows = Rows(data).Count;
        return Number(data, "count") is { } all && all > rows ? $" (of the newest {rows} of {all:0})"
            : Text(data, "next") is not null || rows >= Limits.GetValueOrDefault(tool, int.MaxValue)
                ? $" (of the first {rows}; there may be more)"
            : "";
    }

    /// <summary>The rows of a result: itself when it is a list, else its first list.</summary>
    public static IReadOnlyList<JsonElement> Rows(JsonElement data) =>
        data.ValueKind switch
        {
            JsonValueKind.Array => [.. data.EnumerateArray()],
            JsonValueKind.Object => data.EnumerateObject()
                .Where(member => member.Value.ValueKind == JsonValueKind.Array)
                .Select(member => member.Value.EnumerateArray().ToList())
                .FirstOrDefault()
                ?? [],
            _ => [],
        };

    /// <summary>One row in a line.</summary>
    public static string Row(string tool, JsonElement row) =>
        tool switch
        {
            "list_tenants" => $"{Text(row, "name")} ({Text(row, "id")}): {string.Join(", ", Texts(row, "services"))}",
            "list_containers" => Container(row),
            "list_hosts" => TrendWords.Host(row),
            "recent_changes" => $"{At(row, "at")}: {Text(row, "text")}",
            "list_releases" =>
                $"{Text(row, "service")}: {Text(row, "image")} since {At(row, "at")}, by {Text(row, "by")}{Behind(": ", Text(row, "why"))}",
            "find_releases" =>
                $"{Text(row, "service")}: {Text(row, "image") ?? "nothing"}{(Flag(row, "differs") ? $", now {Text(row, "now")}" : ", as now")}",
            "list_alerts" =>
                $"{Text(row, "name")} on {Text(row, "service")} ({Text(row, "severity")}) since {At(row, "since")}: {Text(row, "summary")}",
            "list_objectives" =>
                $"{Text(row, "name")}: {Text(row, "state")}, {Percent(row, "kept")} kept of {Percent(row, "target")}, {Percent(row, "budgetLeft")} of the budget left",
            "list_actions" => TrendWords.Decided(row),
            "list_incidents" =>
                $"{Text(row, "title")} ({Text(row, "state")}, {Text(row, "impact")}) since {At(row, "since")}{(Text(row, "until") is null ? "" : $" until {At(row, "until")}")}",
            "recent_logs" or "search_logs" =>
                $"{At(row, "at")} {Text(row, "service")} {Text(row, "level")}: {Cut(Text(row, "text"), 200)}",
            "log_patterns" =>
                $"{Number(row, "lines"):0} × {Cut(Text(row, "pattern"), 160)}{(Flag(row, "newSinceRelease") ? " (new since the last release)" : "")}",
            "list_secrets" => Secret(row),
            "list_policies" => Policy(row),
            "list_findings" =>
                $"{Text(row, "severity")} {Text(row, "vulnerability")} in {Text(row, "package")} {Text(row, "installed")}{Behind(", fixed in ", Text(row, "fixedVersion"))}: {string.Join(", ", Texts(row, "containers").Take(4))}",
            _ => Pairs(row),
        };

    /// <summary>A figure as people read it: "212 MiB", "1.9 s", "0.4 %".</summary>
    public static string Figure(double value, string unit) =>
        unit switch
        {
            "bytes" => Bytes(value),
            "seconds" => value < 1 ? $"{Short(value * 1000)} ms" : $"{Short(value)} s",
            "cores" => $"{Short(value)} cores",
            "requests/s" => $"{Short(value)} requests/s",
            _ when unit.StartsWith("share", StringComparison.Ordinal) => $"{Short(value * 100)} %",
            _ => $"{Short(value)} {unit}",
        };

    private static string Bytes(double value) =>
        value >= 1L << 30 ? $"{Short(value / (1L << 30))} GiB" : $"{Short(value / (1L << 20))} MiB";

    private static string Metric(JsonElement data)
    {
        var what = $"{Text(data, "figure")} of {Text(data, "tenant")} {Text(data, "service")}";
        if (Number(data, "now") is not { } now)
        {
            return $"No {what}: {Text(data, "note") ?? "no such series"}";
        }
        var unit = Text(data, "unit") ?? "";
        var said = $"{what} is {Figure(now, unit)}";
        return
            (Number(data, "lowest"), Number(data, "highest"), Number(data, "atStart"))
                is ({ } lowest, { } highest, { } start)
            ? $"{said}, between {Figure(lowest, unit)} and {Figure(highest, unit)}, {Figure(start, unit)} at the start"
            : said;
    }

    private static string Containers(IReadOnlyList<JsonElement> rows)
    {
        var running = rows.Count(row => Text(row, "state") == "running");
        var ill = rows.Where(IsIll).Select(row => Text(row, "name")).ToList();
        return $"{Counted(rows.Count, "container")}, {running} running"
            + (ill.Count > 0 ? $", not well: {string.Join(", ", ill.Take(MostRows))}" : "");
    }

    /// <summary>It does not run, or says that it is not healthy.</summary>
    public static bool IsIll(JsonElement container) =>
        Text(container, "state") != "running"
        || Text(container, "health") is "unhealthy" or "starting"
        || Flag(container, "oomKilled");

    private static string Container(JsonElement row)
    {
        var limit = Number(row, "memoryLimitBytes") is { } most and > 0 ? $" of {Bytes(most)}" : "";
        return $"{Text(row, "name")} ({Text(row, "service")}): {Text(row, "state")}, {Text(row, "health")}, on {Text(row, "host")}, {Text(row, "image")}"
            + (Number(row, "memoryBytes") is { } memory ? $", memory {Bytes(memory)}{limit}" : "")
            + (Number(row, "cpuPercent") is { } cpu ? $", CPU {Short(cpu)} %" : "")
            + (Number(row, "restartCount") is { } restarts and > 0 ? $", {Counted((int)restarts, "restart")}" : "")
            + (Flag(row, "oomKilled") ? ", killed for memory" : "");
    }

    private static string Alerts(IReadOnlyList<JsonElement> rows) =>
        $"{Counted(rows.Count, "alert")}: {string.Join(", ", rows.GroupBy(row => Text(row, "severity")).Select(group => $"{group.Count()} {group.Key}"))}";

    private static string Findings(JsonElement data, IReadOnlyList<JsonElement> rows) =>
        $"{Number(data, "total") ?? rows.Count:0} findings"
        + (
            rows.Count == 0
                ? ""
                : $", {string.Join(", ", rows.GroupBy(row => Text(row, "severity")).Select(group => $"{group.Count()} {group.Key}"))}"
        );

    private static string New(IReadOnlyList<JsonElement> rows) =>
        rows.Count(row => Flag(row, "newSinceRelease")) is var count and > 0
            ? $", {count} new since the last release"
            : "";

    private static string Policies(IReadOnlyList<JsonElement> rows) =>
        rows.Count == 0 ? "No policy is written down"
        : rows.Count == 1 ? "1 policy"
        : $"{rows.Count} policies, {rows.Count(row => Text(row, "stage") == "enforced")} of them act";

    private static string Policy(JsonElement row)
    {
        var did =
            row.TryGetProperty("did", out var all) && all.ValueKind == JsonValueKind.Array
                ? all.EnumerateArray().FirstOrDefault()
                : default;
        return $"{Text(row, "name")} is {Text(row, "stage")}, acted {Number(row, "actedToday"):0} of {Number(row, "atMostADay"):0} times today"
            + (did.ValueKind == JsonValueKind.Object ? $"; {At(did, "at")}: {Cut(Text(did, "words"), 160)}" : "");
    }

    private static string Secret(JsonElement row) =>
        $"{Text(row, "path")}: version {Number(row, "version"):0}"
        + (Number(row, "ageDays") is { } age ? $", {age:0} days old" : "")
        + (
            Text(row, "dueAt") is not null
                ? $", {(Flag(row, "overdue") ? "overdue since" : "due")} {Day(row, "dueAt")}"
                : ""
        )
        + (Text(row, "state") is { } state and not "live" ? $", {state}" : "");

    private static string Pairs(JsonElement row) =>
        row.ValueKind == JsonValueKind.Object
            ? string.Join(
                ", ",
                row.EnumerateObject()
                    .Where(member =>
                        member.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True
                    )
                    .Where(member => !member.NameEquals("link"))
                    .Take(6)
                    .Select(member => $"{member.Name} {Cut(member.Value.ToString(), 120)}")
            )
            : Cut(row.ToString(), 200);

    private static string Counted(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";

    private static string Behind(string mark, string? text) => string.IsNullOrEmpty(text) ? "" : mark + Cut(text, 160);

    public static string? Text(JsonElement row, string name) =>
        row.ValueKind == JsonValueKind.Object
        && row.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    public static double? Number(JsonElement row, string name) =>
        row.ValueKind == JsonValueKind.Object
        && row.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.Number
            ? value.GetDouble()
            : null;

    public static bool Flag(JsonElement row, string name) =>
        row.ValueKind == JsonValueKind.Object
        && row.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.True;

    public static IEnumerable<string> Texts(JsonElement row, string name) =>
        row.ValueKind == JsonValueKind.Object
        && row.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.Array
            ? value.EnumerateArray().Select(one => one.ToString())
            : [];

    private static string Percent(JsonElement row, string name) =>
        Number(row, name) is { } share ? $"{(share * 100).ToString("0.##", CultureInfo.InvariantCulture)} %" : "?";

    public static string At(JsonElement row, string name) => Time(row, name, "yyyy-MM-dd HH:mm");

    public static DateTimeOffset? Moment(JsonElement row, string name) =>
        DateTimeOffset.TryParse(Text(row, name), CultureInfo.InvariantCulture, DateTimeStyles.None, out var at)
            ? at
            : null;

    private static string Day(JsonElement row, string name) => Time(row, name, "yyyy-MM-dd");

    private static string Time(JsonElement row, string name, string form) =>
        DateTimeOffset.TryParse(Text(row, name), CultureInfo.InvariantCulture, DateTimeStyles.None, out var at)
            ? at.UtcDateTime.ToString(form, CultureInfo.InvariantCulture)
            : "?";

    private static string Short(double value) =>
        Math.Abs(value) >= 100
            ? value.ToString("0", CultureInfo.InvariantCulture)
            : value.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Cut(string? text, int most)
    {
        var line = (text ?? "").ReplaceLineEndings(" ");
        return line.Length <= most ? line : line[..(char.IsHighSurrogate(line[most - 1]) ? most - 1 : most)] + "…";
    }
}
