using System.Collections.Immutable;
using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Tests.Platform.Query.PromQl;

/// <summary>Two trees are the same if they differ in positions alone. Numbers compare by their bits.</summary>
internal static class TreeComparison
{
    public static bool Same(Expr? a, Expr? b, Func<VectorSelector, VectorSelector, bool>? sameMatchers = null)
    {
        sameMatchers ??= (x, y) => x.Matchers.SequenceEqual(y.Matchers);
        return (a, b) switch
        {
            (null, null) => true,
            (NumberLiteral x, NumberLiteral y) => SameNumber(x.Value, y.Value) && x.IsDuration == y.IsDuration,
            (StringLiteral x, StringLiteral y) => x.Value == y.Value,
            (VectorSelector x, VectorSelector y) => x.Name == y.Name
                && x.Extension == y.Extension
                && x.At == y.At
                && Same(x.Offset, y.Offset)
                && sameMatchers(x, y),
            (MatrixSelector x, MatrixSelector y) => Same(x.Range, y.Range)
                && Same(x.Selector, y.Selector, sameMatchers),
            (Subquery x, Subquery y) => x.At == y.At
                && Same(x.Range, y.Range)
                && Same(x.Step, y.Step)
                && Same(x.Offset, y.Offset)
                && Same(x.Expr, y.Expr, sameMatchers),
            (Call x, Call y) => x.Function == y.Function
                && x.Arguments.Length == y.Arguments.Length
                && x.Arguments.Zip(y.Arguments).All(p => Same(p.First, p.Second, sameMatchers)),
            (Aggregation x, Aggregation y) => x.Operator == y.Operator
                && x.Without == y.Without
                && x.Grouping.SequenceEqual(y.Grouping)
                && Same(x.Parameter, y.Parameter, sameMatchers)
                && Same(x.Expr, y.Expr, sameMatchers),
            (Binary x, Binary y) => x.Operator == y.Operator
                && x.ReturnBool == y.ReturnBool
                && Same(x.Matching, y.Matching)
                && Same(x.Left, y.Left, sameMatchers)
                && Same(x.Right, y.Right, sameMatchers),
            (Unary x, Unary y) => x.Negative == y.Negative && Same(x.Expr, y.Expr, sameMatchers),
            (Paren x, Paren y) => Same(x.Expr, y.Expr, sameMatchers),
            _ => false,
        };
    }

    public static bool Same(DurationExpr? a, DurationExpr? b) =>
        (a, b) switch
        {
            (null, null) => true,
            (DurationLiteral x, DurationLiteral y) => SameNumber(x.Value, y.Value) && x.HasUnit == y.HasUnit,
            (DurationOfQuery x, DurationOfQuery y) => x.Kind == y.Kind,
            (DurationUnary x, DurationUnary y) => x.Negative == y.Negative && Same(x.Inner, y.Inner),
            (DurationParen x, DurationParen y) => Same(x.Inner, y.Inner),
            (DurationBinary x, DurationBinary y) => x.Operator == y.Operator
                && Same(x.Left, y.Left)
                && Same(x.Right, y.Right),
            _ => false,
        };

    /// <summary>Every selector of a tree, in the order of the text.</summary>
    public static IEnumerable<VectorSelector> Selectors(Expr expr) =>
        expr switch
        {
            VectorSelector selector => [selector],
            MatrixSelector matrix => [matrix.Selector],
            Subquery subquery => Selectors(subquery.Expr),
            Call call => call.Arguments.SelectMany(Selectors),
            Aggregation aggregation => (aggregation.Parameter is { } p ? Selectors(p) : []).Concat(
                Selectors(aggregation.Expr)
            ),
            Binary binary => Selectors(binary.Left).Concat(Selectors(binary.Right)),
            Unary unary => Selectors(unary.Expr),
            Paren paren => Selectors(paren.Expr),
            NumberLiteral or StringLiteral => [],
            _ => throw new InvalidOperationException(expr.GetType().Name),
        };

    private static bool Same(VectorMatching? a, VectorMatching? b) =>
        (a, b) is (null, null)
        || (
            a is not null
            && b is not null
            && (a.Cardinality, a.On) == (b.Cardinality, b.On)
            && Equals(a.FillLeft, b.FillLeft)
            && Equals(a.FillRight, b.FillRight)
            && a.Labels.SequenceEqual(b.Labels)
            && a.Include.SequenceEqual(b.Include)
        );

    private static bool SameNumber(double a, double b) =>
        (double.IsNaN(a) && double.IsNaN(b)) || BitConverter.DoubleToInt64Bits(a) == BitConverter.DoubleToInt64Bits(b);
}
