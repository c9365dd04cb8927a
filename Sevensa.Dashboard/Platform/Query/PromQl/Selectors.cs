using System.Collections.Immutable;

namespace Sevensa.Dashboard.Platform.Query.PromQl;

public enum MatchOperator
{
    /// <summary><c>=</c></summary>
    Equal,

    /// <summary><c>!=</c></summary>
    NotEqual,

    /// <summary><c>=~</c>, anchored at both ends</summary>
    Regex,

    /// <summary><c>!~</c>, anchored at both ends</summary>
    NotRegex,
}

/// <summary>One condition on one label. A series without the label has it as the empty string.</summary>
public sealed record LabelMatcher(string Name, MatchOperator Operator, string Value)
{
    /// <summary>The label that holds the metric's name.</summary>
    public const string MetricName = "__name__";
}

/// <summary>The experimental <c>anchored</c> and <c>smoothed</c> modifiers of selectors.</summary>
public enum RangeExtension
{
    None,
    Anchored,
    Smoothed,
}

public enum AtKind
{
    /// <summary><c>@ 1700000000</c></summary>
    Time,

    /// <summary><c>@ start()</c></summary>
    Start,

    /// <summary><c>@ end()</c></summary>
    End,
}

/// <param name="Seconds">Unix time, for <see cref="AtKind.Time"/> only.</param>
public sealed record AtModifier(AtKind Kind, double Seconds = 0)
{
    /// <summary>Unix time in milliseconds as Prometheus rounds it.</summary>
    public long Milliseconds => (long)Math.Round(Seconds * 1000, MidpointRounding.AwayFromZero);
}

public enum AggregationOperator
{
    Sum,
    Avg,
    Count,
    Min,
    Max,
    Group,
    Stddev,
    Stdvar,
    Topk,
    Bottomk,
    CountValues,
    Quantile,
    Limitk,
    LimitRatio,
}

public enum BinaryOperator
{
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    Atan2,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,

    /// <summary><c>&lt;/</c>: of a native histogram, without what lies above.</summary>
    TrimUpper,

    /// <summary><c>&gt;/</c>: of a native histogram, without what lies below.</summary>
    TrimLower,
    And,
    Or,
    Unless,
}

public enum MatchCardinality
{
    OneToOne,

    /// <summary><c>group_left</c></summary>
    ManyToOne,

    /// <summary><c>group_right</c></summary>
    OneToMany,

    /// <summary>What set operators do.</summary>
    ManyToMany,
}

/// <param name="On">Labels are those of <c>on</c>; else those of <c>ignoring</c> (none given: an empty list).</param>
/// <param name="Include">Labels that <c>group_left</c> or <c>group_right</c> copies from the one side.</param>
/// <param name="FillLeft">Value for a series missing on the left (<c>fill</c>, <c>fill_left</c>).</param>
/// <param name="FillRight">Value for a series missing on the right (<c>fill</c>, <c>fill_right</c>).</param>
public sealed record VectorMatching(
    MatchCardinality Cardinality,
    bool On,
    ImmutableArray<string> Labels,
    ImmutableArray<string> Include,
    double? FillLeft,
    double? FillRight
)
{
    /// <summary>On all labels, one to one.</summary>
    public static VectorMatching Default { get; } = new(MatchCardinality.OneToOne, false, [], [], null, null);

    /// <summary>What a set operator has that names no labels.</summary>
    public static VectorMatching DefaultSet { get; } = new(MatchCardinality.ManyToMany, false, [], [], null, null);
}

/// <summary>What the operators are called and how they bind.</summary>
public static class PromQlOperators
{
    public static bool IsComparison(this BinaryOperator op) =>
        op is >= BinaryOperator.Equal and <= BinaryOperator.GreaterOrEqual;

    public static bool IsSet(this BinaryOperator op) => op >= BinaryOperator.And;

    public static bool TakesParameter(this AggregationOperator op) => op >= AggregationOperator.Topk;

    /// <summary>As it is written.</summary>
    public static string Symbol(this BinaryOperator op) =>
        op switch
        {
            BinaryOperator.Add => "+",
            BinaryOperator.Subtract => "-",
            BinaryOperator.Multiply => "*",
            BinaryOperator.Divide => "/",
            BinaryOperator.Modulo => "%",
            BinaryOperator.Power => "^",
            BinaryOperator.Atan2 => "atan2",
            BinaryOperator.Equal => "==",
            BinaryOperator.NotEqual => "!=",
            BinaryOperator.Less => "<",
            BinaryOperator.LessOrEqual => "<=",
            BinaryOperator.Greater => ">",
            BinaryOperator.GreaterOrEqual => ">=",
            BinaryOperator.TrimUpper => "</",
            BinaryOperator.TrimLower => ">/",
            BinaryOperator.And => "and",
            BinaryOperator.Or => "or",
            BinaryOperator.Unless => "unless",
            _ => throw new ArgumentOutOfRangeException(nameof(op), op, null),
        };

    /// <summary>As it is written.</summary>
    public static string Symbol(this AggregationOperator op) =>
        op switch
        {
            AggregationOperator.Sum => "sum",
            AggregationOperator.Avg => "avg",
            AggregationOperator.Count => "count",
            AggregationOperator.Min => "min",
            AggregationOperator.Max => "max",
            AggregationOperator.Group => "group",
            AggregationOperator.Stddev => "stddev",
            AggregationOperator.Stdvar => "stdvar",
            AggregationOperator.Topk => "topk",
            AggregationOperator.Bottomk => "bottomk",
            AggregationOperator.CountValues => "count_values",
            AggregationOperator.Quantile => "quantile",
            AggregationOperator.Limitk => "limitk",
            AggregationOperator.LimitRatio => "limit_ratio",
            _ => throw new ArgumentOutOfRangeException(nameof(op), op, null),
        };

    /// <summary>As it is written.</summary>
    public static string Symbol(this MatchOperator op) =>
        op switch
        {
            MatchOperator.Equal => "=",
            MatchOperator.NotEqual => "!=",
            MatchOperator.Regex => "=~",
            MatchOperator.NotRegex => "!~",
            _ => throw new ArgumentOutOfRangeException(nameof(op), op, null),
        };

    /// <summary>1 binds loosest (<c>or</c>), 6 tightest (<c>^</c>, which alone groups from the right).</summary>
    public static int Precedence(this BinaryOperator op) =>
        op switch
        {
            BinaryOperator.Or => 1,
            BinaryOperator.And or BinaryOperator.Unless => 2,
            >= BinaryOperator.Equal and <= BinaryOperator.TrimLower => 3,
            BinaryOperator.Add or BinaryOperator.Subtract => 4,
            BinaryOperator.Power => 6,
            _ => 5,
        };
}
