using System.Globalization;

namespace Sevensa.Dashboard.Platform.Query.LogQl;

public sealed partial class LogQlParser
{
    private LogQlExpr Expression(int least)
    {
        CountPart();
        var left = Operand();
        while (Operator() is { } op && op.Precedence() >= least)
        {
            CountPart();
            var sign = Take();
            var modifier = Modifier();
            var right = Expression(op == BinaryOperator.Power ? op.Precedence() : op.Precedence() + 1);
            left = Binary(op, sign, left, right, modifier);
        }

        return left;
    }

    private BinaryOperator? Operator() =>
        _token.Kind != TokenKind.Word
            ? null
            : _token.Text switch
            {
                "or" => BinaryOperator.Or,
                "and" => BinaryOperator.And,
                "unless" => BinaryOperator.Unless,
                "==" => BinaryOperator.Equal,
                "!=" => BinaryOperator.NotEqual,
                ">" => BinaryOperator.Greater,
                ">=" => BinaryOperator.GreaterOrEqual,
                "<" => BinaryOperator.Less,
                "<=" => BinaryOperator.LessOrEqual,
                "+" => BinaryOperator.Add,
                "-" => BinaryOperator.Subtract,
                "*" => BinaryOperator.Multiply,
                "/" => BinaryOperator.Divide,
                "%" => BinaryOperator.Modulo,
                "^" => BinaryOperator.Power,
                _ => null,
            };

    private BinaryExpr Binary(
        BinaryOperator op,
        LogQlToken sign,
        LogQlExpr left,
        LogQlExpr right,
        BinaryModifier modifier
    )
    {
        return new BinaryExpr(op, Leg(left, "left"), Leg(right, "right"), modifier);

        MetricExpr Leg(LogQlExpr leg, string side)
        {
            if (leg is not MetricExpr metric)
            {
                var type = ((LogQuery)leg).Stages.Count == 0 ? "MatchersExpr" : "PipelineExpr";
                throw Invalid(
                    $"unexpected type for {side} leg of binary operation ({op.Word()}): *syntax.{type}",
                    sign
                );
            }

            return op.IsSet() && Literal(metric) is { } value
                ? throw Invalid(
                    $"unexpected literal for {side} leg of logical/set binary operation ({op.Word()}): "
                        + value.ToString("F6", CultureInfo.InvariantCulture),
                    sign
                )
                : metric;
        }
    }

    // Loki reduces operations on two numbers to a number before it looks at the legs.
    private static double? Literal(MetricExpr expr) =>
        expr switch
        {
            NumberLiteral number => number.Value,
            BinaryExpr binary when Literal(binary.Left) is { } left && Literal(binary.Right) is { } right =>
                binary.Operator switch
                {
                    BinaryOperator.Add => left + right,
                    BinaryOperator.Subtract => left - right,
                    BinaryOperator.Multiply => left * right,
                    BinaryOperator.Divide => left / right,
                    BinaryOperator.Modulo => left % right,
                    BinaryOperator.Power => Math.Pow(left, right),
                    BinaryOperator.Equal => left == right ? 1 : 0,
                    BinaryOperator.NotEqual => left != right ? 1 : 0,
                    BinaryOperator.Greater => left > right ? 1 : 0,
                    BinaryOperator.GreaterOrEqual => left >= right ? 1 : 0,
                    BinaryOperator.Less => left < right ? 1 : 0,
                    _ => left <= right ? 1 : 0,
                },
            _ => null,
        };

    private BinaryModifier Modifier()
    {
        var modifier = BinaryModifier.None with { ReturnBool = TryTake("bool") };
        if (!_token.Is("on") && !_token.Is("ignoring"))
        {
            return modifier;
        }

        modifier = modifier with { On = Take().Text == "on", Labels = Labels() };
        if (_token.Is("group_left") || _token.Is("group_right"))
        {
            var group = Take().Text == "group_left" ? GroupSide.Left : GroupSide.Right;
            modifier = modifier with { Group = group, Include = GroupLabels() };
        }

        return modifier;
    }

    // "group_left (": the parenthesis may hold labels or already be the right operand, which never begins with a label.
    private ValueList<string> GroupLabels()
    {
        if (!TryTake("("))
        {
            return [];
        }

        if (TryTake(")"))
        {
            return [];
        }

        if (_token.Kind != TokenKind.Identifier)
        {
            throw Invalid(
                "group_left and group_right need their labels, or (), before an operand in parentheses",
                _token
            );
        }

        var labels = new List<string> { Label() };
        while (TryTake(","))
        {
            labels.Add(Label("IDENTIFIER"));
        }

        Expect(")", ")", ",");
        return labels.ToValueList();
    }

    private LogQlExpr Operand()
    {
        if (_token.Is("{"))
        {
            return LogQuery();
        }

        if (TryTake("("))
        {
            var inner = Expression(0);
            Expect(")", inner.IsLogQuery ? [] : [")"]);
            return inner;
        }

        if (TryNumber(out var value))
        {
            return new NumberLiteral(value);
        }

        return _token.Kind switch
        {
            TokenKind.RangeFunction => RangeAggregation(),
            TokenKind.VectorFunction => VectorAggregation(),
            TokenKind.Word when _token.Text == "label_replace" => LabelReplace(),
            TokenKind.Word when _token.Text == "vector" => Vector(),
            _ => throw Unexpected(),
        };
    }

    // An expression that must answer numbers; lines are refused at the token that shows it.
    private MetricExpr Metric() => Expression(0) as MetricExpr ?? throw Unexpected();

    private VectorLiteral Vector()
    {
        Take();
        Expect("(");
        var value = ToNumber(Expect(TokenKind.Number, "NUMBER"));
        Expect(")");
        return new VectorLiteral(value);
    }

    private RangeAggregation RangeAggregation()
    {
        var name = Take();
        var function = LogQlWords.RangeFunctions[name.Text];
        Expect("(");
        double? parameter = null;
        if (_token.Kind == TokenKind.Number)
        {
            var number = Take();
            if (function != RangeFunction.QuantileOverTime)
            {
                throw Invalid($"parameter {number.Text} not supported for operation {name.Text}", number);
            }

            parameter = ToNumber(number);
            Expect(",");
        }

        var range = Range();
        Expect(")", []);
        var grouping = TryGrouping();
        if (function == RangeFunction.QuantileOverTime && parameter is null)
        {
            throw Invalid($"parameter required for operation {name.Text}", name);
        }

        if (grouping is not null && !Groups(function))
        {
            throw Invalid($"grouping not allowed for {name.Text} aggregation", name);
        }

        var takes = Takes(function);
        if (range.Unwrap is null ? !takes.Lines : !takes.Unwrapped)
        {
            throw Invalid(
                $"invalid aggregation {name.Text} {(range.Unwrap is null ? "without" : "with")} unwrap",
                name
            );
        }

        return new RangeAggregation(function, parameter, range, grouping);
    }

    private static bool Groups(RangeFunction function) =>
        function
            is RangeFunction.AvgOverTime
                or RangeFunction.StddevOverTime
                or RangeFunction.StdvarOverTime
                or RangeFunction.QuantileOverTime
                or RangeFunction.MaxOverTime
                or RangeFunction.MinOverTime
                or RangeFunction.FirstOverTime
                or RangeFunction.LastOverTime;

    private static (bool Lines, bool Unwrapped) Takes(RangeFunction function) =>
        function switch
        {
            RangeFunction.Rate or RangeFunction.AbsentOverTime => (true, true),
            RangeFunction.CountOverTime or RangeFunction.BytesOverTime or RangeFunction.BytesRate => (true, false),
            _ => (false, true),
        };

    private VectorAggregation VectorAggregation()
    {
        var name = Take();
        var function = LogQlWords.VectorFunctions[name.Text];
        var grouping = TryGrouping();
        Expect("(");
        CountPart();
        LogQlToken? first = _token.Kind == TokenKind.Number ? _token : null;
        var inner = Metric();
        LogQlToken? parameter = null;
        if (first is not null && inner is NumberLiteral && TryTake(","))
        {
            parameter = first;
            inner = Metric();
        }

        Expect(")", []);
        if (TryGrouping() is { } after)
        {
            grouping = grouping is null ? after : throw Invalid("grouping is given twice", name);
        }

        var count = Count(function, name, parameter);
        if (function == VectorFunction.ApproxTopK && grouping is not null)
        {
            throw Invalid("grouping not allowed for approx_topk aggregation", name);
        }

        if (function is VectorFunction.Sort or VectorFunction.SortDesc && grouping is { Labels.Count: > 0 })
        {
            throw Invalid("sort and sort_desc doesn't allow grouping by ", name);
        }

        return new VectorAggregation(function, count, inner, grouping);
    }

    private int? Count(VectorFunction function, LogQlToken name, LogQlToken? parameter)
    {
        if (function is not (VectorFunction.TopK or VectorFunction.BottomK or VectorFunction.ApproxTopK))
        {
            return parameter is null
                ? null
                : throw Invalid($"unsupported parameter for operation {name.Text}({parameter.Value.Text},", name);
        }

        if (parameter is not { } given)
        {
            throw Invalid($"parameter required for operation {name.Text}", name);
        }

        if (!int.TryParse(given.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            throw Invalid($"invalid parameter {name.Text}({given.Text},", given);
        }

        return count > 0
            ? count
            : throw Invalid($"invalid parameter (must be greater than 0) {name.Text}({given.Text}", given);
    }

    private Grouping? TryGrouping() =>
        _token.Is("by") || _token.Is("without") ? new Grouping(Take().Text == "without", Labels()) : null;

    private LabelReplace LabelReplace()
    {
        Take();
        Expect("(");
        CountPart();
        var inner = Metric();
        Span<string> texts = ["", "", "", ""];
        LogQlToken last = default;
        for (var i = 0; i < texts.Length; i++)
        {
            Expect(",");
            last = Expect(TokenKind.String, "STRING");
            texts[i] = last.Text;
            if (i is 0 or 2)
            {
                RefuseLabel(last.Text, last);
            }
        }

        Expect(")");
        return Re2Syntax.Check(texts[3]).Error is { } wrong
            ? throw Invalid($"invalid regex in label_replace: {wrong}", last)
            : new LabelReplace(inner, texts[0], texts[1], texts[2], texts[3]);
    }

    private VariantsExpr Variants()
    {
        Take();
        Expect("(");
        CountPart();
        var variants = new List<MetricExpr> { Metric() };
        while (TryTake(","))
        {
            variants.Add(Metric());
        }

        Expect(")", ")", ",");
        if (_token is not { Kind: TokenKind.Identifier, Text: "of" })
        {
            throw Unexpected("of");
        }

        Take();
        Expect("(");
        var range = Range();
        Expect(")");
        return new VariantsExpr(variants.ToValueList(), range);
    }
}
