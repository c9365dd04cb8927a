using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Features.Automation;

/// <summary>
/// Which PromQL may set a policy off. One that yields a value where there is no data, or always, is refused: on missing data
/// nothing is done.
/// </summary>
internal static class PolicyExpressions
{
    private const string AlertsMetric = "ALERTS";

    /// <exception cref="UnfitPolicyException">It may not; the message says why.</exception>
    /// <param name="figures">Expressions that are known to yield nothing where there is no data, whatever they are made of.</param>
    public static void Check(Expr expression, string at, IReadOnlySet<string> figures)
    {
        var nodes = Told(expression, at, figures);
        var compares = nodes.OfType<Binary>().Any(binary => !binary.ReturnBool && IsComparison(binary));
        if (!compares && !nodes.OfType<VectorSelector>().Any(selector => selector.AllMatchers.Any(IsAlerts)))
        {
            throw new UnfitPolicyException(
                at,
                "compares with nothing: it yields a value whether anything is wrong or not. Say from which value on it holds, such as > 0.9 (without bool)."
            );
        }
    }

    /// <summary>The same of a load that is forecast, which is to be told whatever it is.</summary>
    /// <exception cref="UnfitPolicyException">It may not; the message says why.</exception>
    public static void CheckLoad(Expr expression, string at, IReadOnlySet<string> figures)
    {
        _ = Told(expression, at, figures);
        var outer = expression;
        while (outer is Paren paren)
        {
            outer = paren.Expr;
        }
        if (outer is Binary binary && IsComparison(binary))
        {
            throw new UnfitPolicyException(
                at,
                "compares: where that does not hold there would be no load. Ask for the load itself, such as sum by (service) (rate(…[5m]))."
            );
        }
    }

    private static List<Expr> Told(Expr expression, string at, IReadOnlySet<string> figures)
    {
        if (expression.Type != PromQlType.InstantVector)
        {
            throw new UnfitPolicyException(
                at,
                "yields no series but a single number, a text or a range. Ask for a vector."
            );
        }
        var nodes = Nodes(expression).ToList();
        foreach (var call in nodes.OfType<Call>())
        {
            if (call.Function.Name is "absent" or "absent_over_time")
            {
                throw new UnfitPolicyException(
                    at,
                    $"asks by {call.Function.Name} for data that is missing. On missing data nothing is done; look at up or at the container instead."
                );
            }
            if (call.Function.Name is "vector")
            {
                throw new UnfitPolicyException(
                    at,
                    "makes a value by vector() where there may be no data. On missing data nothing is done."
                );
            }
        }
        var selectors = nodes.OfType<VectorSelector>().ToList();
        if (selectors.Count == 0)
        {
            throw new UnfitPolicyException(at, "asks for no metric: it would hold whatever happens.");
        }
        if (SaysUnless(expression, figures))
        {
            throw new UnfitPolicyException(
                at,
                "says unless, which holds where data is missing. On missing data nothing is done; compare with what must be there."
            );
        }
        if (
            selectors.Any(selector => selector.At is not null)
            || nodes.OfType<Subquery>().Any(query => query.At is not null)
        )
        {
            throw new UnfitPolicyException(at, "looks at a fixed time (@): it would hold, or not, for ever.");
        }
        return nodes;
    }

    private static bool IsAlerts(LabelMatcher matcher) =>
        matcher is { Name: LabelMatcher.MetricName, Operator: MatchOperator.Equal, Value: AlertsMetric };

    private static bool IsComparison(Binary binary) =>
        binary.Operator
            is BinaryOperator.Equal
                or BinaryOperator.NotEqual
                or BinaryOperator.Greater
                or BinaryOperator.GreaterOrEqual
                or BinaryOperator.Less
                or BinaryOperator.LessOrEqual;

    private static bool SaysUnless(Expr expression, IReadOnlySet<string> figures) =>
        expression is Binary { Operator: BinaryOperator.Unless }
        || (
            (expression is not (Binary or Aggregation) || !figures.Contains(PromQlPrinter.Print(expression)))
            && Inside(expression).Any(inner => SaysUnless(inner, figures))
        );

    private static IEnumerable<Expr> Nodes(Expr expression) => Inside(expression).SelectMany(Nodes).Prepend(expression);

    private static IEnumerable<Expr> Inside(Expr expression) =>
        expression switch
        {
            MatrixSelector matrix => [matrix.Selector],
            Subquery subquery => [subquery.Expr],
            Call call => call.Arguments,
            Aggregation { Parameter: { } parameter } aggregation => [aggregation.Expr, parameter],
            Aggregation aggregation => [aggregation.Expr],
            Binary binary => [binary.Left, binary.Right],
            Unary unary => [unary.Expr],
            Paren paren => [paren.Expr],
            NumberLiteral or StringLiteral or VectorSelector => [],
            _ => throw new InvalidOperationException($"There is no walk for {expression.GetType().Name}."),
        };
}
