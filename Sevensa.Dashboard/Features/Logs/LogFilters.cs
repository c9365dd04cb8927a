using Sevensa.Dashboard.Platform.Query.LogQl;
using Sevensa.Dashboard.Ui.Logs;

namespace Sevensa.Dashboard.Features.Logs;

/// <summary>A query narrowed by a click: stages are added to its tree, so whatever the value holds stays a value.</summary>
internal static class LogFilters
{
    /// <summary>Lines with this value of a label or field, or those without it.</summary>
    /// <returns>The query as it was, when the name or value can't be asked for.</returns>
    public static string Field(string logQl, LogFilterClick click)
    {
        var (name, value, format, include) = click;
        var label = LabelName(name);
        if (label == LogQlScoper.TenantIdLabel || !LogQlText.IsLabelName(label) || !IsText(value))
        {
            return logQl;
        }
        var matcher = new LabelMatcher(label, include ? MatchOperator.Equal : MatchOperator.NotEqual, value);
        return Add(
            logQl,
            query =>
                format switch
                {
                    LogFieldFormat.Json when !query.Stages.OfType<JsonStage>().Any() => [new JsonStage([])],
                    LogFieldFormat.Logfmt when !query.Stages.OfType<LogfmtStage>().Any() =>
                    [
                        new LogfmtStage(false, false, []),
                    ],
                    _ => [],
                },
            new LabelFilterStage(new TextFilter(matcher))
        );
    }

    /// <summary>Lines that contain a text.</summary>
    public static string Contains(string logQl, string text) =>
        text.Length == 0 || !IsText(text)
            ? logQl
            : Add(logQl, _ => [], new LineFilter(LineFilterOperator.Contains, [new LineText(text)]));

    /// <summary>Lines of a kind, or all others.</summary>
    /// <param name="pattern">With <c>&lt;_&gt;</c> where it varies.</param>
    public static string Pattern(string logQl, string pattern, bool include) =>
        Add(
            logQl,
            _ => [],
            new LineFilter(
                include ? LineFilterOperator.Pattern : LineFilterOperator.NotPattern,
                [new LineText(pattern)]
            )
        );

    // What is no text was replaced when it was read, and can't be asked for.
    private static bool IsText(string value) => !value.EnumerateRunes().Contains(System.Text.Rune.ReplacementChar);

    // Loki's own way of making a label of a field's path.
    private static string LabelName(string name) =>
        string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c == '_' ? c : '_'));

    private static string Add(
        string logQl,
        Func<LogQuery, IEnumerable<PipelineStage>> before,
        params ReadOnlySpan<PipelineStage> stages
    )
    {
        try
        {
            var query = LogQlParser.ParseLogQuery(logQl, LogQlScoper.Limits);
            PipelineStage[] added = [.. before(query), .. stages];
            // The same click twice asks for nothing more.
            var all = query.Stages.Concat(added.Where(stage => !query.Stages.Contains(stage))).ToValueList();
            var narrowed = new LogQuery(query.Selector, all).ToString();
            LogQlParser.ParseLogQuery(narrowed, LogQlScoper.Limits);
            return narrowed;
        }
        catch (LogQlException)
        {
            return logQl;
        }
    }
}
