using System.Globalization;
using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Platform.Query.LogQl;
using Sevensa.Dashboard.Ui.Time;

namespace Sevensa.Dashboard.Features.Logs;

/// <summary>What the logs page was asked, as its address says it: a form's values, or a query's text.</summary>
/// <param name="Level">Levels in order of the alphabet with commas between, as a query has them; none means all.</param>
/// <param name="Query">LogQL; when it is given the other values mean nothing.</param>
public sealed record LogQuestion(
    string? Service = null,
    string? Level = null,
    string? Text = null,
    string? Field = null,
    string? Value = null,
    LogFieldParser Parser = LogFieldParser.None,
    string? Query = null
)
{
    public const string ServiceLabel = "service";

    /// <summary>What is wrong with the form's values; null when nothing is.</summary>
    public string? Wrong
    {
        get
        {
            try
            {
                if (Query is null)
                {
                    Search.ToQuery();
                }
                return null;
            }
            catch (ArgumentException exception)
            {
                return exception.Message;
            }
        }
    }

    /// <summary>LogQL. A form whose values are wrong asks for what is right of it.</summary>
    public string LogQl => Query ?? (Wrong is null ? this : this with { Field = null }).Search.ToString();

    private LogSearch Search
    {
        get
        {
            var search = new LogSearch { Parser = Field is null ? LogFieldParser.None : Parser };
            search = Service is null ? search : search.Label(ServiceLabel, Service);
            search = Text is null ? search : search.LineContains(Text);
            foreach (var level in (Level ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
            {
                search = search.Level(level);
            }
            return Field is null ? search : search.Field(Field, FieldOperator.Equal, Value ?? "");
        }
    }

    /// <summary>The form that writes exactly this query; null when it says more than the form can.</summary>
    public static LogQuestion? TryRead(string logQl)
    {
        try
        {
            if (
                LogQlParser.Parse(logQl) is not LogQuery query
                || LogSearch.TryRead(query) is not { } search
                || search.Labels.Count > 1
                || search.Labels.Any(label =>
                    label.Name != ServiceLabel || label.Operator != MatchOperator.Equal || label.Value.Length == 0
                )
                || search.Contains.Count > 1
                || search.Excludes.Count > 0
                || search.Fields.Count > 1
                || search.Fields.Any(field => field.Operator != FieldOperator.Equal)
            )
            {
                return null;
            }
            var field = search.Fields.Count == 0 ? null : search.Fields[0];
            var form = new LogQuestion(
                search.Labels.Count == 0 ? null : search.Labels[0].Value,
                search.Levels.Count == 0 ? null : string.Join(',', search.Levels),
                search.Contains.Count == 0 ? null : search.Contains[0],
                field?.Name,
                field?.Value,
                search.Parser
            );
            return form.LogQl == query.ToString() ? form : null;
        }
        catch (LogQlException)
        {
            return null;
        }
    }

    /// <summary>The values of an address; null ones are not written.</summary>
    public Dictionary<string, object?> Values() =>
        new()
        {
            ["service"] = Query is null ? Service : null,
            ["level"] = Query is null ? Level : null,
            ["text"] = Query is null ? Text : null,
            ["field"] = Query is null ? Field : null,
            ["value"] = Query is null && Field is not null ? Value : null,
            ["parse"] = (Query, Field, Parser) switch
            {
                (null, not null, LogFieldParser.Json) => "json",
                (null, not null, LogFieldParser.Logfmt) => "logfmt",
                _ => null,
            },
            ["query"] = Query,
        };
}

/// <summary>Addresses of the logs page.</summary>
internal static class LogLinks
{
    public static string Page(string tenant, string logQl) =>
        $"/tenants/{Uri.EscapeDataString(tenant)}/logs?query={Uri.EscapeDataString(logQl)}";

    public static string Page(string tenant, string logQl, string from, string to) =>
        $"/tenants/{Uri.EscapeDataString(tenant)}/logs?query={Uri.EscapeDataString(logQl)}&from={from}&to={to}";

    /// <summary>A page that shows this line and those around it, for as long as Loki keeps them.</summary>
    public static string Line(string tenant, string logQl, string id, TimeSpan around)
    {
        var at = LokiTime.FromUnixNs(LogRows.TimeOf(id) ?? 0);
        return Page(tenant, logQl, Text(at - around), Text(at + around)) + $"&line={id}";
    }

    /// <param name="others">Tenants that are looked at together with the first.</param>
    public static string Download(string tenant, string? others, string logQl, long fromNs, long toNs, string format) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"/tenants/{Uri.EscapeDataString(tenant)}/logs/download?query={Uri.EscapeDataString(logQl)}&start={fromNs}&end={toNs}&format={format}{Others(others)}"
        );

    /// <summary>A tenant and those that are looked at with it, as the address names them: with commas between.</summary>
    public static IEnumerable<string> Together(string tenant, string? others) =>
        [tenant, .. (others ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];

    public static string Others(string? others) =>
        string.IsNullOrEmpty(others) ? "" : $"&with={Uri.EscapeDataString(others)}";

    private static string Text(DateTimeOffset at) => TimeBound.At(at).ToString();
}
