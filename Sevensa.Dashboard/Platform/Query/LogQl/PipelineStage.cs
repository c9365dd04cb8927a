namespace Sevensa.Dashboard.Platform.Query.LogQl;

/// <summary>One step that lines pass after the selector.</summary>
public abstract record PipelineStage
{
    public sealed override string ToString() => LogQlPrinter.Print([this]);
}

public enum LineFilterOperator
{
    Contains,
    NotContains,
    Matches,
    NotMatches,
    Pattern,
    NotPattern,
}

/// <summary><c>|= "a" or "b"</c>: keeps lines for which one of the alternatives holds (or none, for the negated operators).</summary>
public sealed record LineFilter(LineFilterOperator Operator, ValueList<LineText> Alternatives) : PipelineStage;

/// <param name="Text">Text, RE2 expression or pattern, by the filter's operator.</param>
/// <param name="IsIp">Written as <c>ip("10.0.0.0/8")</c>: an address, range or CIDR block.</param>
public sealed record LineText(string Text, bool IsIp = false);

/// <summary><c>| json</c> or <c>| json code="response.code"</c></summary>
public sealed record JsonStage(ValueList<LabelExtraction> Extractions) : PipelineStage;

/// <summary><c>| logfmt --strict msg, err="error"</c></summary>
public sealed record LogfmtStage(bool Strict, bool KeepEmpty, ValueList<LabelExtraction> Extractions) : PipelineStage;

/// <summary><c>label="path"</c>; the path is the label itself when it is not written.</summary>
public sealed record LabelExtraction(string Label, string Path);

public sealed record RegexpStage(string Pattern) : PipelineStage;

/// <summary><c>| pattern "&lt;ip&gt; - &lt;_&gt;"</c></summary>
public sealed record PatternStage(string Pattern) : PipelineStage;

public sealed record UnpackStage : PipelineStage;

public sealed record DecolorizeStage : PipelineStage;

/// <summary><c>| line_format "{{.msg}}"</c>: a Go template.</summary>
public sealed record LineFormatStage(string Template) : PipelineStage;

public sealed record LabelFormatStage(ValueList<LabelAssignment> Assignments) : PipelineStage;

/// <param name="Value">The label to rename from, or a Go template.</param>
public sealed record LabelAssignment(string Label, string Value, bool IsTemplate);

public sealed record DropStage(ValueList<LabelChoice> Labels) : PipelineStage;

public sealed record KeepStage(ValueList<LabelChoice> Labels) : PipelineStage;

/// <summary>A label by name, or only when it has a value: <c>level</c>, <c>level="debug"</c>.</summary>
public sealed record LabelChoice(string Name, LabelMatcher? When);

/// <summary><c>| status &gt;= 500</c></summary>
public sealed record LabelFilterStage(LabelFilter Filter) : PipelineStage;

public enum CompareOperator
{
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// <summary>A condition on the labels that a line has by then, extracted ones included.</summary>
public abstract record LabelFilter;

public sealed record TextFilter(LabelMatcher Matcher) : LabelFilter;

public sealed record NumberFilter(string Label, CompareOperator Operator, double Value) : LabelFilter;

public sealed record DurationFilter(string Label, CompareOperator Operator, LogQlDuration Value) : LabelFilter;

/// <param name="Bytes">The size in bytes, whatever unit was written.</param>
public sealed record BytesFilter(string Label, CompareOperator Operator, ulong Bytes) : LabelFilter;

public sealed record IpFilter(string Label, bool Negated, string Address) : LabelFilter;

public sealed record AndFilter(LabelFilter Left, LabelFilter Right) : LabelFilter;

public sealed record OrFilter(LabelFilter Left, LabelFilter Right) : LabelFilter;
