using System.Collections.Immutable;

namespace Sevensa.Dashboard.Platform.Query.PromQl;

/// <summary>A half-open range of UTF-16 offsets in the query's text.</summary>
public readonly record struct SourceSpan(int Start, int End);

/// <summary>What an expression evaluates to.</summary>
public enum PromQlType
{
    /// <summary>Used for no expression; never the type of a checked tree.</summary>
    None,
    Scalar,
    InstantVector,
    RangeVector,
    String,
}

/// <summary>
/// A node of a PromQL expression. The set of node types is closed: whoever walks a tree switches over them and throws on any
/// other. Equality of these records is shallow where they hold lists; positions are part of it.
/// </summary>
/// <param name="Span">Where it stands in the text it was parsed from.</param>
/// <param name="Height">
/// Nodes on the longest way down, itself included. The parser keeps it under <see cref="PromQlLimits.MaxHeight"/>, so a
/// recursive walk of a parsed tree never exhausts the stack.
/// </param>
/// <param name="Type">What it evaluates to.</param>
public abstract record Expr(SourceSpan Span, int Height, PromQlType Type)
{
    /// <summary>The expression as PromQL text, which parses into the same tree.</summary>
    public sealed override string ToString() => PromQlPrinter.Print(this);
}

/// <param name="Value">The number; for a duration, seconds.</param>
/// <param name="IsDuration">Written as a duration (<c>5m</c>), which Prometheus takes wherever it takes a number.</param>
public sealed record NumberLiteral(double Value, bool IsDuration, SourceSpan Span) : Expr(Span, 1, PromQlType.Scalar);

/// <param name="Value">
/// The text without its quotes. Bytes that are not UTF-8 (<c>"\xff"</c>) are kept as lone surrogates U+DC80 to U+DCFF.
/// </param>
public sealed record StringLiteral(string Value, SourceSpan Span) : Expr(Span, 1, PromQlType.String);

/// <param name="Name">The metric name where it stands before the braces; null where there is none.</param>
/// <param name="Matchers">What stands in the braces, in order; a quoted metric name is a matcher of <c>__name__</c>.</param>
/// <param name="At">The <c>@</c> modifier; that of a range selector stands on its <see cref="MatrixSelector.Selector"/>.</param>
/// <param name="Offset">The <c>offset</c> modifier; that of a range selector stands on its <see cref="MatrixSelector.Selector"/>.</param>
public sealed record VectorSelector(
    string? Name,
    ImmutableArray<LabelMatcher> Matchers,
    AtModifier? At,
    DurationExpr? Offset,
    RangeExtension Extension,
    SourceSpan Span
) : Expr(Span, 1, PromQlType.InstantVector)
{
    /// <summary>All that a series must satisfy: the braces' matchers, and the name before them as one of <c>__name__</c>.</summary>
    public IEnumerable<LabelMatcher> AllMatchers =>
        Name is null ? Matchers : Matchers.Append(new LabelMatcher(LabelMatcher.MetricName, MatchOperator.Equal, Name));
}

/// <summary><c>selector[range]</c></summary>
public sealed record MatrixSelector(VectorSelector Selector, DurationExpr Range, SourceSpan Span)
    : Expr(Span, 2, PromQlType.RangeVector);

/// <summary><c>expression[range:step]</c>; without a step, the server's evaluation interval is used.</summary>
public sealed record Subquery(
    Expr Expr,
    DurationExpr Range,
    DurationExpr? Step,
    AtModifier? At,
    DurationExpr? Offset,
    SourceSpan Span
) : Expr(Span, Expr.Height + 1, PromQlType.RangeVector);

public sealed record Call(PromQlFunction Function, ImmutableArray<Expr> Arguments, SourceSpan Span)
    : Expr(Span, 1 + Tallest(Arguments), Function.ReturnType)
{
    private static int Tallest(ImmutableArray<Expr> arguments)
    {
        var tallest = 0;
        foreach (var argument in arguments)
            tallest = Math.Max(tallest, argument.Height);
        return tallest;
    }
}

/// <param name="Parameter">The first argument of topk, bottomk, quantile, count_values, limitk, limit_ratio; else null.</param>
/// <param name="Without">Grouping lists what is dropped instead of what is kept.</param>
public sealed record Aggregation(
    AggregationOperator Operator,
    Expr Expr,
    Expr? Parameter,
    ImmutableArray<string> Grouping,
    bool Without,
    SourceSpan Span
) : Expr(Span, 1 + Math.Max(Expr.Height, Parameter?.Height ?? 0), PromQlType.InstantVector);

/// <param name="ReturnBool">The <c>bool</c> modifier of a comparison.</param>
/// <param name="Matching">How vectors are matched; null unless both sides are vectors.</param>
public sealed record Binary(
    BinaryOperator Operator,
    Expr Left,
    Expr Right,
    bool ReturnBool,
    VectorMatching? Matching,
    SourceSpan Span
)
    : Expr(
        Span,
        1 + Math.Max(Left.Height, Right.Height),
        Left.Type == PromQlType.Scalar && Right.Type == PromQlType.Scalar ? PromQlType.Scalar : PromQlType.InstantVector
    );

/// <summary>A sign before anything but a number, which takes its sign in.</summary>
public sealed record Unary(bool Negative, Expr Expr, SourceSpan Span) : Expr(Span, Expr.Height + 1, Expr.Type);

public sealed record Paren(Expr Expr, SourceSpan Span) : Expr(Span, Expr.Height + 1, Expr.Type);
