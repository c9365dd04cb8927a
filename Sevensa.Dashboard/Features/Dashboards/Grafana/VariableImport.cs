using System.Text.Json;
using Sevensa.Dashboard.Features.Dashboards.Variables;

namespace Sevensa.Dashboard.Features.Dashboards.Grafana;

internal static class VariableImport
{
    public static BoardVariable? Read(JsonElement element)
    {
        if (!element.IsObject())
        {
            return null;
        }
        var name = element.Text("name") ?? "";
        var type = element.Text("type") ?? "";
        var query = QueryOf(element);
        var (kind, reason) = KindOf(type, query, element);
        if (name.Length == 0 || !name.All(letter => char.IsLetterOrDigit(letter) || letter is '_' or '-'))
        {
            (kind, reason) = (VariableKind.Unsupported, "its name can't stand in a query");
        }
        var variable = new BoardVariable
        {
            Name = name.Length == 0 ? "unnamed" : GrafanaImport.Cut(name, 100),
            Label = GrafanaImport.Cut(element.Text("label") ?? "", 100),
            Kind = kind,
            Query = query,
            Regex = element.Text("regex") ?? "",
            Multi = element.Flag("multi"),
            IncludeAll = element.Flag("includeAll"),
            AllValue = element.Text("allValue") is { Length: > 0 } all ? all : null,
            Sort = element.Whole("sort") ?? 0,
            Options = OptionsOf(kind, query, element),
            Current = CurrentOf(kind, query, element),
            Hidden = element.Number("hide") >= 2 || kind == VariableKind.Constant,
            Auto =
                element.Flag("auto")
                || element.At("current").Text("value")?.StartsWith("$__auto", StringComparison.Ordinal) == true,
            AutoCount = Math.Clamp(element.Whole("auto_count") ?? 30, 1, 500),
            AutoMin = element.Text("auto_min") is { Length: > 0 } min ? min : "10s",
            Reason = reason,
        };
        return variable;
    }

    private static (VariableKind Kind, string? Reason) KindOf(string type, string query, JsonElement element) =>
        type switch
        {
            "query" when IsOtherSource(element, out var source) => (
                VariableKind.Unsupported,
                $"it asks {source}, and only Prometheus is asked here; its kept value is used"
            ),
            "query" => VariableQuery.TryRead(query, out _, out var wrong)
                ? (VariableKind.Query, null)
                : (VariableKind.Unsupported, $"its query can't be read: {wrong}"),
            "custom" => (VariableKind.Custom, null),
            "constant" => (VariableKind.Constant, null),
            "interval" => (VariableKind.Interval, null),
            "datasource" => (VariableKind.Source, null),
            "textbox" => (VariableKind.Text, null),
            "adhoc" => (
                VariableKind.Unsupported,
                "ad hoc filters are not applied: a filter that nobody wrote into a query can't be seen in it"
            ),
            "groupby" => (VariableKind.Unsupported, "group-by variables are not applied"),
            "" => (VariableKind.Unsupported, "it has no type"),
            _ => (VariableKind.Unsupported, $"variables of type {GrafanaImport.Cut(type, 40)} are not known here"),
        };

    private static bool IsOtherSource(JsonElement element, out string source)
    {
        source = element.At("datasource").Text("type") ?? "";
        return source.Length > 0 && !DataSources.IsPrometheus(source) && source != "datasource";
    }

    private static string QueryOf(JsonElement element)
    {
        var query = element.At("query");
        if (query.Text() is { } text)
        {
            return text;
        }
        if (query.Text("query") is { Length: > 0 } inner)
        {
            return inner;
        }
        // Written by the builder, without a text of its own.
        if (query.Text("label") is { Length: > 0 } label)
        {
            return query.Text("metric") is { Length: > 0 } metric
                ? $"label_values({metric}, {label})"
                : $"label_values({label})";
        }
        return element.Text("definition") ?? "";
    }

    private static List<VariableOption> OptionsOf(VariableKind kind, string query, JsonElement element)
    {
        if (kind is not (VariableKind.Custom or VariableKind.Interval))
        {
            return [];
        }
        var written = CustomOptions.Read(query);
        if (written.Count > 0)
        {
            return written;
        }
        return
        [
            .. element
                .At("options")
                .Items()
                .Select(option =>
                    (Text: option.Text("text"), Value: option.At("value").Texts() is [var value, ..] ? value : null)
                )
                .Where(option =>
                    option.Value is not null and not "$__all"
                    && !option.Value.StartsWith("$__auto", StringComparison.Ordinal)
                )
                .Select(option => new VariableOption(option.Text ?? option.Value!, option.Value!)),
        ];
    }

    private static List<string> CurrentOf(VariableKind kind, string query, JsonElement element)
    {
        var current = element.At("current").At("value").Texts().Where(value => value.Length > 0).ToList();
        return kind switch
        {
            VariableKind.Text => [current.FirstOrDefault() ?? query],
            VariableKind.Constant => [query.Length > 0 ? query : current.FirstOrDefault() ?? ""],
            VariableKind.Source => [],
            VariableKind.Interval =>
            [
                .. current.Select(value => value.StartsWith("$__auto", StringComparison.Ordinal) ? "$__auto" : value),
            ],
            _ => current,
        };
    }
}
