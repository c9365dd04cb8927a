using System.Collections.Immutable;
using System.Globalization;

namespace Sevensa.Dashboard.Platform.Query.PromQl;

/// <summary>
/// Questions that were written for classic histograms (<c>x_bucket</c>, <c>x_count</c>, <c>x_sum</c>) put to native ones, which
/// are one series <c>x</c> and have none of the three.
/// </summary>
public static class NativeHistogramForm
{
    private const string Bucket = "_bucket";

    private static readonly string[] Suffixes = [Bucket, "_count", "_sum"];

    // What of functions over a range gives a histogram when it is given histograms.
    private static readonly string[] Keeping =
    [
        "rate",
        "increase",
        "irate",
        "delta",
        "idelta",
        "sum_over_time",
        "avg_over_time",
        "last_over_time",
    ];

    /// <summary>
    /// Names without suffix of the histograms that an expression asks for in the classic form alone, in their order; nothing
    /// where it asks for no buckets, counts or sums.
    /// </summary>
    public static IReadOnlyList<string> Names(Expr expr)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        Collect(expr, names);
        return
        [
            .. names
                .SelectMany(name => Suffixes, (name, suffix) => (name, suffix))
                .Where(one => one.name.EndsWith(one.suffix, StringComparison.Ordinal))
                .Select(one => one.name[..^one.suffix.Length])
                // Asked for in both forms, whoever wrote it knew.
                .Where(name => name.Length > 0 && !names.Contains(name))
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>
    /// What the expression asks, or where that gives nothing the same of native histograms; null when it can't be asked of
    /// them, or asks for none of these.
    /// </summary>
    /// <param name="natives">Names of native histograms.</param>
    public static Expr? Either(Expr expr, IReadOnlyCollection<string> natives)
    {
        ArgumentNullException.ThrowIfNull(expr);
        var rewrite = new Rewrite(natives);
        var native = rewrite.Visit(expr);
        return rewrite.Found && rewrite.Possible && expr.Type == PromQlType.InstantVector
            ? new Binary(
                BinaryOperator.Or,
                Enclosed(expr),
                Enclosed(native),
                false,
                VectorMatching.DefaultSet,
                expr.Span
            )
            : null;
    }

    private static Expr Enclosed(Expr expr) => expr is Binary ? new Paren(expr, expr.Span) : expr;

    private static void Collect(Expr expr, HashSet<string> names)
    {
        switch (expr)
        {
            case VectorSelector selector when NameOf(selector) is { } name:
                names.Add(name);
                break;
            case MatrixSelector matrix:
                Collect(matrix.Selector, names);
                break;
            case Subquery subquery:
                Collect(subquery.Expr, names);
                break;
            case Call call:
                foreach (var argument in call.Arguments)
                    Collect(argument, names);
                break;
            case Aggregation aggregation:
                Collect(aggregation.Expr, names);
                break;
            case Binary binary:
                Collect(binary.Left, names);
                Collect(binary.Right, names);
                break;
            case Unary unary:
                Collect(unary.Expr, names);
                break;
            case Paren paren:
                Collect(paren.Expr, names);
                break;
        }
    }

    private static string? NameOf(VectorSelector selector) =>
        selector
            .AllMatchers.FirstOrDefault(one =>
                one.Name == LabelMatcher.MetricName && one.Operator == MatchOperator.Equal
            )
            ?.Value;

    private sealed class Rewrite(IReadOnlyCollection<string> natives)
    {
        public bool Found { get; private set; }

        public bool Possible { get; private set; } = true;

        public Expr Visit(Expr expr) =>
            expr switch
            {
                VectorSelector selector => Series(selector, plain => plain) ?? expr,
                Call { Arguments: [.., MatrixSelector matrix] } call when Keeping.Contains(call.Function.Name) =>
                    Series(
                        matrix.Selector,
                        selector =>
                            call with
                            {
                                Arguments = call.Arguments.SetItem(
                                    call.Arguments.Length - 1,
                                    matrix with
                                    {
                                        Selector = selector,
                                    }
                                ),
                            }
                    ) ?? expr,
                MatrixSelector matrix => Impossible(matrix),
                Subquery subquery => subquery with { Expr = Visit(subquery.Expr) },
                Call call => call with { Arguments = [.. call.Arguments.Select(Visit)] },
                Aggregation aggregation => Whole(aggregation),
                Binary binary => binary with { Left = Visit(binary.Left), Right = Visit(binary.Right) },
                Unary unary => unary with { Expr = Visit(unary.Expr) },
                Paren paren => paren with { Expr = Visit(paren.Expr) },
                _ => expr,
            };

        /// <summary>Its buckets are in it, so that it needs no grouping by them.</summary>
        private Aggregation Whole(Aggregation aggregation)
        {
            var inner = Visit(aggregation.Expr);
            return aggregation with
            {
                Expr = inner,
                Grouping =
                    aggregation.Without || ReferenceEquals(inner, aggregation.Expr)
                        ? aggregation.Grouping
                        : aggregation.Grouping.Remove("le"),
            };
        }

        private MatrixSelector Impossible(MatrixSelector matrix)
        {
            Possible &= Parts(matrix.Selector) is null;
            return matrix;
        }

        private Expr? Series(VectorSelector selector, Func<VectorSelector, Expr> over)
        {
            if (Parts(selector) is not var (name, suffix))
                return null;
            Found = true;
            var bounds = selector.Matchers.Where(one => one.Name == "le").ToList();
            var whole = over(
                selector with
                {
                    Name = selector.Name is null ? null : name,
                    Matchers =
                    [
                        .. selector
                            .Matchers.Where(one => one.Name != "le")
                            .Select(one => one.Name == LabelMatcher.MetricName ? one with { Value = name } : one),
                    ],
                }
            );
            switch (suffix, bounds)
            {
                case (Bucket, []):
                    return whole;
                case (Bucket, [{ Operator: MatchOperator.Equal, Value: "+Inf" }]):
                    return Of("histogram_count", whole);
                case (Bucket, [{ Operator: MatchOperator.Equal } bound])
                    when double.TryParse(bound.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var upper):
                    return new Paren(
                        new Binary(
                            BinaryOperator.Multiply,
                            Of(
                                "histogram_fraction",
                                new NumberLiteral(double.NegativeInfinity, false, whole.Span),
                                new NumberLiteral(upper, false, whole.Span),
                                whole
                            ),
                            Of("histogram_count", whole),
                            false,
                            VectorMatching.Default,
                            whole.Span
                        ),
                        whole.Span
                    );
                case (Bucket, _):
                    Possible = false;
                    return null;
                default:
                    return Of("histogram" + suffix, whole);
            }
        }

        private (string Name, string Suffix)? Parts(VectorSelector selector)
        {
            if (NameOf(selector) is not { } full)
                return null;
            var suffix = Array.Find(Suffixes, one => full.EndsWith(one, StringComparison.Ordinal));
            return suffix is not null && natives.Contains(full[..^suffix.Length])
                ? (full[..^suffix.Length], suffix)
                : null;
        }

        private static Call Of(string function, params ImmutableArray<Expr> arguments) =>
            new(PromQlFunctions.Find(function)!, arguments, arguments[^1].Span);
    }
}
