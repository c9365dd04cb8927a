using System.Text.Json;
using Sevensa.Dashboard.Features.Dashboards.Variables;
using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Features.Dashboards.Grafana;

/// <param name="Reason">Why none of it can be asked.</param>
internal sealed record ReadTargets(IReadOnlyList<PanelQuery> Queries, IReadOnlyList<string> Notes, string? Reason);

/// <summary>The queries of a panel: those that Prometheus is asked are kept, the others are named with the reason.</summary>
internal sealed class TargetImport(DataSources sources, IReadOnlyList<BoardVariable> variables)
{
    private readonly IReadOnlyDictionary<string, VariableValue> samples = SampleValues.Of(variables);

    public ReadTargets Read(JsonElement panel, PanelKind kind, JsonElement root)
    {
        var source = panel.At("datasource");
        var type = sources.TypeOf(source);
        var list = panel.At("targets").Items().ToList();
        if (type == "-- Dashboard --")
        {
            if (Borrowed(list, root) is not { } lender)
            {
                return new([], [], "it shows the data of another panel, and the file does not say of which");
            }
            (list, source) = ([.. lender.At("targets").Items()], lender.At("datasource"));
            type = sources.TypeOf(source);
        }
        if (list.Count == 0)
        {
            return new([], [], "it has no query");
        }
        var queries = new List<PanelQuery>();
        var refused = new List<string>();
        foreach (var (target, index) in list.Select((target, index) => (target, index)))
        {
            var name = target.Text("refId") is { Length: > 0 } given
                ? GrafanaImport.Cut(given, 20)
                : ((char)('A' + index % 26)).ToString();
            if (WhyNot(target, type) is { } reason)
            {
                refused.Add($"Query {name} is left out: {reason}.");
                continue;
            }
            queries.Add(Query(target, name, kind, panel));
        }
        var why =
            queries.Count > 0 ? null
            : list.Count == 1 ? refused[0][(refused[0].IndexOf(':') + 2)..].TrimEnd('.')
            : $"none of its queries can be asked: {string.Join(' ', refused).TrimEnd('.')}";
        return new(queries, refused, why);
    }

    private string? WhyNot(JsonElement target, string? panelType)
    {
        if (!target.IsObject())
        {
            return "it is no object in the file";
        }
        var type =
            target.At("datasource").IsMissing() || panelType is not (null or "-- Mixed --")
                ? (panelType == "-- Mixed --" ? null : panelType)
                : sources.TypeOf(target.At("datasource"));
        if (type == "__expr__" || target.Text("type") is "math" or "reduce" or "resample" or "classic_conditions")
        {
            return "it is a server-side expression of Grafana";
        }
        if (type is not null && !DataSources.IsPrometheus(type))
        {
            return type == "loki"
                ? "it asks Loki, and only Prometheus is asked here; log lines are under Logs"
                : $"it asks {GrafanaImport.Cut(type, 60)}, and only Prometheus is asked here";
        }
        var expr = target.Text("expr");
        if (string.IsNullOrWhiteSpace(expr))
        {
            return target.Text("rawSql") is not null || target.Text("rawQuery") is not null ? "it is SQL"
                : target.Text("target") is not null ? "it is a query to Graphite or the like"
                : target.Text("query") is not null ? "it is no PromQL"
                : "it is empty";
        }
        return Unreadable(expr);
    }

    /// <summary>
    /// Judged with the dashboard's own values; only what no value could mend, and no server reads, is refused. Whether the
    /// connected one reads it is told when the panel is drawn.
    /// </summary>
    private string? Unreadable(string expr)
    {
        if (expr.Length > BoardFile.LongestText)
        {
            return $"it is longer than {BoardFile.LongestText:N0} characters";
        }
        PromQlException? error;
        try
        {
            if (PromQlParser.TryParse(VariableText.InQuery(expr, samples), out _, out error, PromQlOptions.Any))
            {
                return null;
            }
        }
        catch (VariableTextException tooLong)
        {
            return tooLong.Message.TrimEnd('.');
        }
        var mends = VariableText.Names(expr).Any(name => !name.StartsWith("__", StringComparison.Ordinal));
        if (mends)
        {
            return null;
        }
        return expr.Contains("|=", StringComparison.Ordinal) || expr.Contains("|~", StringComparison.Ordinal)
            ? "it is LogQL; log lines are under Logs"
            : $"it can't be read here ({error?.Detail})";
    }

    private static JsonElement? Borrowed(List<JsonElement> list, JsonElement root)
    {
        var id = list.Select(target => target.Number("panelId")).FirstOrDefault(found => found is not null);
        return id is null
            ? null
            : Everywhere(root)
                .Where(one => one.Number("id") == id && one.At("datasource").Text("uid") != "-- Dashboard --")
                .Select(one => (JsonElement?)one)
                .FirstOrDefault();
    }

    private static IEnumerable<JsonElement> Everywhere(JsonElement root)
    {
        foreach (var panel in root.At("panels").Items().Concat(root.At("rows").Items()))
        {
            yield return panel;
            foreach (var inner in panel.At("panels").Items())
            {
                yield return inner;
            }
        }
    }

    private static PanelQuery Query(JsonElement target, string name, PanelKind kind, JsonElement panel)
    {
        var format = target.Text("format");
        var both = target.Flag("instant") && target.Flag("range");
        return new PanelQuery(
            name,
            target.Text("expr")!,
            GrafanaImport.Cut(target.Text("legendFormat") ?? "", 500),
            target.Flag("instant") && !both || kind == PanelKind.Table && format == "table",
            target.Flag("hide"),
            kind == PanelKind.Heatmap && IsBuckets(panel, format),
            target.Text("interval") is { Length: > 0 } interval ? GrafanaImport.Cut(interval, 40) : null,
            Math.Clamp(target.Whole("intervalFactor") ?? 1, 1, 10)
        );
    }

    private static bool IsBuckets(JsonElement panel, string? format) =>
        format == "heatmap"
        || panel.Text("dataFormat") == "tsbuckets"
        || panel.At("options").IsObject() && !panel.At("options").Flag("calculate");
}
