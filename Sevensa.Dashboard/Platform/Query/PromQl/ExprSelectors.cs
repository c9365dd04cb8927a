namespace Sevensa.Dashboard.Platform.Query.PromQl;

/// <summary>What an expression reads.</summary>
public static class ExprSelectors
{
    /// <summary>Every selector of an expression, in the order of the text but for an aggregation's parameter.</summary>
    public static IEnumerable<VectorSelector> Selectors(this Expr expr) =>
        expr switch
        {
            VectorSelector selector => [selector],
            MatrixSelector matrix => [matrix.Selector],
            Subquery subquery => subquery.Expr.Selectors(),
            Call call => call.Arguments.SelectMany(Selectors),
            Aggregation aggregation => aggregation.Parameter is { } parameter
                ? aggregation.Expr.Selectors().Concat(parameter.Selectors())
                : aggregation.Expr.Selectors(),
            Binary binary => binary.Left.Selectors().Concat(binary.Right.Selectors()),
            Unary unary => unary.Expr.Selectors(),
            Paren paren => paren.Expr.Selectors(),
            NumberLiteral or StringLiteral => [],
            _ => throw new InvalidOperationException($"{expr.GetType().Name} is not known here."),
        };
}
