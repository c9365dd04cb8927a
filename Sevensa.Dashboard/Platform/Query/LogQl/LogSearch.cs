using System.Globalization;

namespace Sevensa.Dashboard.Platform.Query.LogQl;

/// <summary>How the fields of a line are read.</summary>
public enum LogFieldParser
{
    None,
    Json,
    Logfmt,
}

/// <summary>
/// What a person fills in to search lines, and the LogQL it means. Every value may hold any text; it is quoted.
/// </summary>
public sealed record LogSearch
{
    /// <summary>The label that Loki finds in the line or its metadata on ingest (<c>error</c>, <c>warn</c>, <c>info</c>, …).</summary>
    public const string LevelLabel = "detected_level";

    // Loki gives every stream this label, so it selects all of them where nothing else is asked for.
    private static readonly LabelMatcher AnyStream = new("service_name", MatchOperator.Matches, ".+");

    /// <summary>Conditions on stream labels. None means all streams.</summary>
    public ValueList<LabelMatcher> Labels { get; init; } = [];

    /// <summary>Texts that a line must contain, every one.</summary>
    public ValueList<string> Contains { get; init; } = [];

    /// <summary>Texts that a line must not contain.</summary>
    public ValueList<string> Excludes { get; init; } = [];

    /// <summary>Levels to show; none means all.</summary>
    public ValueList<string> Levels { get; init; } = [];

    public LogFieldParser Parser { get; init; }

    /// <summary>Conditions on fields of the line, all of which must hold. Need a <see cref="Parser"/> unless they are metadata.</summary>
    public ValueList<FieldCondition> Fields { get; init; } = [];

    public LogSearch Label(string name, string value) =>
        this with
        {
            Labels = Labels.Add(LabelMatcher.Equal(name, value)),
        };

    public LogSearch LineContains(string text) => this with { Contains = Contains.Add(text) };

    public LogSearch LineExcludes(string text) => this with { Excludes = Excludes.Add(text) };

    public LogSearch Level(string level) => this with { Levels = Levels.Add(level) };

    public LogSearch Field(string name, FieldOperator op, string value) =>
        this with
        {
            Fields = Fields.Add(new FieldCondition(name, op, value)),
        };

    /// <summary>The query that was built.</summary>
    /// <exception cref="ArgumentException">A name is no label name, or a comparison is not with a number, duration or size.</exception>
    public LogQuery ToQuery()
    {
        foreach (var name in Labels.Select(label => label.Name).Concat(Fields.Select(field => field.Name)))
        {
            if (!LogQlText.IsLabelName(name))
            {
                throw new ArgumentException($"\"{name}\" is not a label name.");
            }
        }

        var selector = new StreamSelector(Labels);
        var stages = new List<PipelineStage>();
        stages.AddRange(Contains.Select(text => new LineFilter(LineFilterOperator.Contains, [new LineText(text)])));
        stages.AddRange(Excludes.Select(text => new LineFilter(LineFilterOperator.NotContains, [new LineText(text)])));
        if (Levels.Count > 0)
        {
            stages.Add(new LabelFilterStage(new TextFilter(LabelMatcher.AnyOf(LevelLabel, Levels))));
        }

        if (Parser != LogFieldParser.None)
        {
            stages.Add(Parser == LogFieldParser.Json ? new JsonStage([]) : new LogfmtStage(false, false, []));
        }

        stages.AddRange(Fields.Select(field => new LabelFilterStage(field.ToFilter())));
        return new LogQuery(selector.SelectsSomething ? selector : selector.With(AnyStream), stages.ToValueList());
    }

    /// <summary>
    /// The search that writes exactly this query, or null when the query says more than a search can. So a page knows
    /// whether a text can go back into the form.
    /// </summary>
    public static LogSearch? TryRead(LogQuery query)
    {
        var search = new LogSearch
        {
            Labels = query.Selector.Matchers.Where(label => label != AnyStream).ToValueList(),
        };
        foreach (var stage in query.Stages)
        {
            switch (stage)
            {
                case LineFilter { Operator: LineFilterOperator.Contains, Alternatives: [{ IsIp: false } text] }:
                    search = search.LineContains(text.Text);
                    break;
                case LineFilter { Operator: LineFilterOperator.NotContains, Alternatives: [{ IsIp: false } text] }:
                    search = search.LineExcludes(text.Text);
                    break;
                case JsonStage:
                    search = search with { Parser = LogFieldParser.Json };
                    break;
                case LogfmtStage:
                    search = search with { Parser = LogFieldParser.Logfmt };
                    break;
                case LabelFilterStage { Filter: TextFilter { Matcher.Name: LevelLabel } level }:
                    search = search with { Levels = LevelsOf(level.Matcher) };
                    break;
                case LabelFilterStage filter when FieldCondition.TryRead(filter.Filter) is { } field:
                    search = search with { Fields = search.Fields.Add(field) };
                    break;
                default:
                    return null;
            }
        }

        return Writes(search, query) ? search : null;
    }

    private static ValueList<string> LevelsOf(LabelMatcher matcher) =>
        matcher.Operator == MatchOperator.Equal ? [matcher.Value] : matcher.Value.Split('|').ToValueList();

    private static bool Writes(LogSearch search, LogQuery query)
    {
        try
        {
            return search.ToQuery() == query;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    public override string ToString() => ToQuery().ToString();
}

public enum FieldOperator
{
    Equal,
    NotEqual,

    /// <summary>RE2, the whole value.</summary>
    Matches,
    NotMatches,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// <summary>A condition on one field of a line.</summary>
/// <param name="Value">Text; for the comparisons a number (<c>500</c>), a duration (<c>250ms</c>) or a size (<c>2KiB</c>).</param>
public sealed record FieldCondition(string Name, FieldOperator Operator, string Value)
{
    internal LabelFilter ToFilter()
    {
        if (Operator <= FieldOperator.NotMatches)
        {
            var matcher = new LabelMatcher(Name, (MatchOperator)(int)Operator, Value);
            return
                Operator is FieldOperator.Matches or FieldOperator.NotMatches
                && Re2Syntax.Check(Value).Error is { } wrong
                ? throw new ArgumentException(wrong)
                : new TextFilter(matcher);
        }

        var op = CompareOperator.Greater + (Operator - FieldOperator.Greater);
        if (
            double.TryParse(Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number)
        )
        {
            return new NumberFilter(Name, op, number);
        }

        return LogQlDuration.TryParse(Value, out var duration) ? new DurationFilter(Name, op, duration)
            : LogQlSize.TryParse(Value, out var bytes) ? new BytesFilter(Name, op, bytes)
            : throw new ArgumentException($"\"{Value}\" is not a number, a duration or a size.");
    }

    internal static FieldCondition? TryRead(LabelFilter filter) =>
        filter switch
        {
            TextFilter { Matcher: var text } => new(text.Name, (FieldOperator)(int)text.Operator, text.Value),
            NumberFilter number when Operators(number.Operator) is { } op => new(
                number.Label,
                op,
                number.Value.ToString("R", CultureInfo.InvariantCulture)
            ),
            DurationFilter span when Operators(span.Operator) is { } op => new(span.Label, op, span.Value.ToString()),
            BytesFilter size when Operators(size.Operator) is { } op => new(
                size.Label,
                op,
                string.Create(CultureInfo.InvariantCulture, $"{size.Bytes}B")
            ),
            _ => null,
        };

    private static FieldOperator? Operators(CompareOperator op) =>
        op >= CompareOperator.Greater ? FieldOperator.Greater + (op - CompareOperator.Greater) : null;
}

/// <summary>The metric queries that a page makes from a log query.</summary>
public static class LogVolume
{
    // Windows are written in milliseconds at the finest.
    private static TimeSpan WholeMilliseconds(TimeSpan window) =>
        TimeSpan.FromMilliseconds(Math.Max(1, Math.Round(window.TotalMilliseconds)));

    /// <summary>How many lines the query has per window, by some labels: <c>sum by (level) (count_over_time(…))</c>.</summary>
    public static MetricExpr Count(LogQuery query, TimeSpan window, params ReadOnlySpan<string> by) =>
        new VectorAggregation(
            VectorFunction.Sum,
            null,
            new RangeAggregation(
                RangeFunction.CountOverTime,
                null,
                new LogRange(query, null, LogQlDuration.From(WholeMilliseconds(window)), null),
                null
            ),
            by.Length == 0 ? null : new Grouping(false, ValueList.Create(by))
        );
}
