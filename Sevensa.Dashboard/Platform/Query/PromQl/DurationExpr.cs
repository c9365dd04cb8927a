namespace Sevensa.Dashboard.Platform.Query.PromQl;

/// <summary>
/// A length of time in a range, step or offset: a literal, or (experimental in Prometheus) arithmetic over literals and the
/// query's own step and range. It holds no selectors, so scoping has nothing to do in it.
/// </summary>
public abstract record DurationExpr(SourceSpan Span, int Height)
{
    /// <summary>The length in seconds for a query of the given step and range (both 0 for an instant query).</summary>
    public double Seconds(TimeSpan step, TimeSpan range) =>
        this switch
        {
            DurationLiteral literal => literal.Value,
            DurationParen paren => paren.Inner.Seconds(step, range),
            DurationUnary unary => unary.Negative
                ? -unary.Inner.Seconds(step, range)
                : unary.Inner.Seconds(step, range),
            DurationOfQuery query => query.Kind == QueryDuration.Step ? step.TotalSeconds : range.TotalSeconds,
            DurationBinary binary => binary.Apply(binary.Left.Seconds(step, range), binary.Right.Seconds(step, range)),
            _ => throw new InvalidOperationException($"Unknown duration node {GetType().Name}."),
        };
}

/// <param name="Value">Seconds; may be negative in an offset.</param>
/// <param name="HasUnit">Written with units (<c>5m</c>), not as a plain number of seconds.</param>
public sealed record DurationLiteral(double Value, bool HasUnit, SourceSpan Span) : DurationExpr(Span, 1);

public enum QueryDuration
{
    /// <summary><c>step()</c></summary>
    Step,

    /// <summary><c>range()</c></summary>
    Range,
}

public sealed record DurationOfQuery(QueryDuration Kind, SourceSpan Span) : DurationExpr(Span, 1);

public sealed record DurationUnary(bool Negative, DurationExpr Inner, SourceSpan Span)
    : DurationExpr(Span, Inner.Height + 1);

public sealed record DurationParen(DurationExpr Inner, SourceSpan Span) : DurationExpr(Span, Inner.Height + 1);

public enum DurationOperator
{
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,

    /// <summary><c>min_of(a, b)</c></summary>
    MinOf,

    /// <summary><c>max_of(a, b)</c></summary>
    MaxOf,
}

public sealed record DurationBinary(DurationOperator Operator, DurationExpr Left, DurationExpr Right, SourceSpan Span)
    : DurationExpr(Span, 1 + Math.Max(Left.Height, Right.Height))
{
    /// <summary>The operator on two lengths in seconds.</summary>
    public double Apply(double left, double right) =>
        Operator switch
        {
            DurationOperator.Add => left + right,
            DurationOperator.Subtract => left - right,
            DurationOperator.Multiply => left * right,
            DurationOperator.Divide => left / right,
            DurationOperator.Modulo => left % right,
            DurationOperator.Power => Math.Pow(left, right),
            DurationOperator.MinOf => Math.Min(left, right),
            DurationOperator.MaxOf => Math.Max(left, right),
            _ => throw new InvalidOperationException($"Unknown duration operator {Operator}."),
        };
}
