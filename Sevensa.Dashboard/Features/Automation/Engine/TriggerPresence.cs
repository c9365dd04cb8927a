using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Features.Automation.Engine;

/// <summary>
/// An expression without what it compares with: it yields a value wherever there is data, whether the trigger holds or not. An empty answer
/// of the trigger alone says nothing: nothing is wrong, or nothing is told.
/// </summary>
internal static class TriggerPresence
{
    /// <returns>Null when it compares with nothing in the end.</returns>
    public static string? Of(string promQl, PromQlOptions options)
    {
        var asked = PromQlParser.Parse(promQl, options);
        var bare = Bare(asked);
        return ReferenceEquals(asked, bare) ? null : PromQlPrinter.Print(bare);
    }

    /// <summary>Of a query that selects lines: all lines of those streams.</summary>
    public static string OfLogs(string logQl)
    {
        char? quote = null;
        for (var at = 0; at < logQl.Length; at++)
        {
            switch (logQl[at])
            {
                case '\\' when quote == '"':
                    at++;
                    break;
                case var mark and ('"' or '`') when quote is null:
                    quote = mark;
                    break;
                case var mark when mark == quote:
                    quote = null;
                    break;
                case '}' when quote is null:
                    return logQl[..(at + 1)];
            }
        }
        return logQl;
    }

    /// <summary>
    /// Only what is compared last: a comparison further inside is a guard, without which a division is by nothing and a join by many.
    /// </summary>
    private static Expr Bare(Expr expression) =>
        expression switch
        {
            Binary { ReturnBool: false } binary when IsComparison(binary.Operator) => Bare(
                binary.Left.Type == PromQlType.Scalar ? binary.Right : binary.Left
            ),
            Binary { Operator: BinaryOperator.And or BinaryOperator.Or } binary
                when (Bare(binary.Left), Bare(binary.Right)) is var (left, right) => ReferenceEquals(left, binary.Left)
            && ReferenceEquals(right, binary.Right)
                ? binary
                : binary with
                {
                    Left = left,
                    Right = right,
                },
            Aggregation aggregation when Bare(aggregation.Expr) is var inner => ReferenceEquals(inner, aggregation.Expr)
                ? aggregation
                : aggregation with
                {
                    Expr = inner,
                },
            Paren paren when Bare(paren.Expr) is var inner => ReferenceEquals(inner, paren.Expr)
                ? paren
                : paren with
                {
                    Expr = inner,
                },
            _ => expression,
        };

    private static bool IsComparison(BinaryOperator found) =>
        found
            is BinaryOperator.Equal
                or BinaryOperator.NotEqual
                or BinaryOperator.Greater
                or BinaryOperator.GreaterOrEqual
                or BinaryOperator.Less
                or BinaryOperator.LessOrEqual;
}
