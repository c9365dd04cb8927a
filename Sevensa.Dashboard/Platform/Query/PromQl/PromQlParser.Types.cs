using System.Collections.Immutable;

namespace Sevensa.Dashboard.Platform.Query.PromQl;

public sealed partial class PromQlParser
{
    private const string EmptySelector = "vector selector must contain at least one non-empty matcher";

    private readonly record struct TypeError(SourceSpan Span, string Detail);

    private void TypeMismatch(SourceSpan span, string detail) => (_typeErrors ??= []).Add(new TypeError(span, detail));

    /// <summary>As documents call it.</summary>
    private static string Name(PromQlType type) =>
        type switch
        {
            PromQlType.Scalar => "scalar",
            PromQlType.InstantVector => "instant vector",
            PromQlType.RangeVector => "range vector",
            PromQlType.String => "string",
            _ => "none",
        };

    private static string ShortName(PromQlType type) =>
        type switch
        {
            PromQlType.InstantVector => "vector",
            PromQlType.RangeVector => "matrix",
            _ => Name(type),
        };

    private void ExpectType(Expr expr, PromQlType wanted, string context)
    {
        if (expr.Type != wanted)
            TypeMismatch(expr.Span, $"expected type {Name(wanted)} in {context}, got {Name(expr.Type)}");
    }

    private Aggregation CheckAggregation(
        AggregationOperator op,
        ImmutableArray<Expr> arguments,
        ImmutableArray<string> grouping,
        bool without,
        SourceSpan span
    )
    {
        if (arguments.IsEmpty)
            throw Error(span, "no arguments for aggregate expression provided");
        if (op is AggregationOperator.Limitk or AggregationOperator.LimitRatio && !_options.ExperimentalFunctions)
            throw Error(
                span,
                $"{op.Symbol()}() is experimental and must be enabled with --enable-feature=promql-experimental-functions"
            );
        var wanted = op.TakesParameter() ? 2 : 1;
        if (arguments.Length != wanted)
            throw Error(
                span,
                $"wrong number of arguments for aggregate expression provided, expected {wanted}, got {arguments.Length}"
            );
        ExpectType(arguments[^1], PromQlType.InstantVector, "aggregation expression");
        if (op.TakesParameter())
            ExpectType(
                arguments[0],
                op == AggregationOperator.CountValues ? PromQlType.String : PromQlType.Scalar,
                "aggregation parameter"
            );
        return new Aggregation(op, arguments[^1], op.TakesParameter() ? arguments[0] : null, grouping, without, span);
    }

    private void CheckCall(PromQlFunction function, ImmutableArray<Expr> arguments, SourceSpan span)
    {
        var count = arguments.Length;
        var call = $"call to \"{function.Name}\", got {count}";
        if (function.Variadic == 0 && count != function.MinArguments)
            TypeMismatch(span, $"expected {function.MinArguments} argument(s) in {call}");
        else if (count < function.MinArguments)
            TypeMismatch(span, $"expected at least {function.MinArguments} argument(s) in {call}");
        else if (function.MaxArguments is { } max && count > max)
            TypeMismatch(span, $"expected at most {max} argument(s) in {call}");
        if (function.Name == "info" && count > 1)
            CheckInfoSelector(arguments[1]);
        for (var i = 0; i < count; i++)
        {
            if (i >= function.ArgumentTypes.Length && function.Variadic == 0)
                break;
            ExpectType(
                arguments[i],
                function.ArgumentTypes[Math.Min(i, function.ArgumentTypes.Length - 1)],
                $"call to function \"{function.Name}\""
            );
        }
    }

    /// <summary>The second argument of info() is no query: it only says which labels to add, and may match anything.</summary>
    private void CheckInfoSelector(Expr argument)
    {
        if (argument is not VectorSelector selector)
            TypeMismatch(argument.Span, "expected label selectors only");
        else if (selector.Name is not null)
            TypeMismatch(argument.Span, "expected label selectors only, got vector selector instead");
        else
            _typeErrors?.RemoveAll(e => e.Detail == EmptySelector && e.Span.Start == selector.Span.Start);
    }

    private Binary CheckBinary(
        BinaryOperator op,
        Token token,
        Expr left,
        Expr right,
        bool returnBool,
        VectorMatching matching
    )
    {
        var span = new SourceSpan(left.Span.Start, right.Span.End);
        if (returnBool && !op.IsComparison())
            TypeMismatch(token.Span, "bool modifier can only be used on comparison operators");
        var scalars = left.Type == PromQlType.Scalar && right.Type == PromQlType.Scalar;
        if (op.IsComparison() && !returnBool && scalars)
            TypeMismatch(token.Span, "comparisons between scalars must use BOOL modifier");
        if (matching.On)
        {
            foreach (var label in matching.Labels)
            {
                if (matching.Include.Contains(label))
                    TypeMismatch(
                        token.Span,
                        $"label {GoText.Quote(label)} must not occur in ON and GROUP clause at once"
                    );
            }
        }
        CheckOperand(left);
        CheckOperand(right);
        var fills = matching.FillLeft is not null || matching.FillRight is not null;
        if (left.Type != PromQlType.InstantVector || right.Type != PromQlType.InstantVector)
        {
            if (!matching.Labels.IsEmpty)
                TypeMismatch(span, "vector matching only allowed between instant vectors");
            if (fills)
                TypeMismatch(span, "filling in missing series only allowed between instant vectors");
            if (op.IsSet() && (left.Type == PromQlType.Scalar || right.Type == PromQlType.Scalar))
                TypeMismatch(span, $"set operator \"{op.Symbol()}\" not allowed in binary scalar expression");
            return new Binary(op, left, right, returnBool, null, span);
        }
        if (op.IsSet())
        {
            if (matching.Cardinality != MatchCardinality.OneToOne)
                TypeMismatch(span, $"no grouping allowed for \"{op.Symbol()}\" operation");
            if (fills)
                TypeMismatch(span, "filling in missing series not allowed for set operators");
            matching =
                matching == VectorMatching.Default
                    ? VectorMatching.DefaultSet
                    : matching with
                    {
                        Cardinality = MatchCardinality.ManyToMany,
                    };
        }
        return new Binary(op, left, right, returnBool, matching, span);
    }

    private void CheckOperand(Expr operand)
    {
        if (operand.Type is not (PromQlType.Scalar or PromQlType.InstantVector))
            TypeMismatch(operand.Span, "binary expression must contain only scalar and instant vector types");
    }
}
