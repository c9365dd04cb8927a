using System.Collections.Immutable;
using System.Text;

namespace Sevensa.Dashboard.Platform.Query.PromQl;

/// <summary>Writes a tree as text that parses into the same tree.</summary>
public static class PromQlPrinter
{
    private const int KeptCapacity = 16 * 1024;

    [ThreadStatic]
    private static StringBuilder? _kept;

    /// <summary>
    /// The expression as PromQL. A tree that the parser does not make (an operand that binds looser than its place) gets the
    /// parentheses that keep its meaning.
    /// </summary>
    public static string Print(Expr expr)
    {
        ArgumentNullException.ThrowIfNull(expr);
        var text = _kept ?? new StringBuilder(256);
        _kept = null;
        text.Clear();
        Write(text, expr);
        var result = text.ToString();
        if (text.Capacity <= KeptCapacity)
            _kept = text;
        return result;
    }

    private static void Write(StringBuilder text, Expr expr)
    {
        switch (expr)
        {
            case NumberLiteral { IsDuration: true } duration:
                PromQlNumbers.AppendDuration(text, duration.Value);
                break;
            case NumberLiteral number:
                PromQlNumbers.AppendNumber(text, number.Value);
                break;
            case StringLiteral literal:
                GoText.AppendQuoted(text, literal.Value);
                break;
            case VectorSelector selector:
                WriteSelector(text, selector);
                WriteModifiers(text, selector.Extension, selector.At, selector.Offset);
                break;
            case MatrixSelector { Selector: var selector } matrix:
                WriteSelector(text, selector);
                text.Append('[');
                DurationPrinter.Write(text, matrix.Range);
                text.Append(']');
                WriteModifiers(text, selector.Extension, selector.At, selector.Offset);
                break;
            case Subquery subquery:
                WriteSubquery(text, subquery);
                break;
            case Call call:
                text.Append(call.Function.Name).Append('(');
                for (var i = 0; i < call.Arguments.Length; i++)
                {
                    if (i > 0)
                        text.Append(", ");
                    Write(text, call.Arguments[i]);
                }
                text.Append(')');
                break;
            case Aggregation aggregation:
                WriteAggregation(text, aggregation);
                break;
            case Binary binary:
                WriteBinary(text, binary);
                break;
            case Unary unary:
                text.Append(unary.Negative ? '-' : '+');
                WriteOperand(text, unary.Expr, unary.Expr is Binary { Operator: not BinaryOperator.Power });
                break;
            case Paren paren:
                text.Append('(');
                Write(text, paren.Expr);
                text.Append(')');
                break;
            default:
                throw new InvalidOperationException($"Unknown PromQL node {expr.GetType().Name}.");
        }
    }

    private static void WriteOperand(StringBuilder text, Expr operand, bool parenthesize)
    {
        if (parenthesize)
            text.Append('(');
        Write(text, operand);
        if (parenthesize)
            text.Append(')');
    }

    /// <summary>A chain such as <c>a or b or c …</c> leans left and may be long, so it is written without recursion.</summary>
    private static void WriteBinary(StringBuilder text, Binary binary)
    {
        var innermost = binary;
        Stack<Binary>? chain = null;
        while (innermost.Left is Binary left && !BindsLooserOnTheLeft(innermost))
        {
            (chain ??= new Stack<Binary>()).Push(innermost);
            innermost = left;
        }
        var parenthesize = BindsLooserOnTheLeft(innermost);
        text.Append(parenthesize ? "(" : "");
        Write(text, innermost.Left);
        text.Append(parenthesize ? ")" : "");
        do
        {
            WriteOperator(text, innermost);
            parenthesize = BindsLooserOnTheRight(innermost);
            text.Append(parenthesize ? "(" : "");
            Write(text, innermost.Right);
            text.Append(parenthesize ? ")" : "");
        } while (chain is not null && chain.TryPop(out innermost!));
    }

    private static bool BindsLooserOnTheLeft(Binary binary)
    {
        var power = binary.Operator == BinaryOperator.Power;
        return binary.Left switch
        {
            Binary left => left.Operator.Precedence() < binary.Operator.Precedence() + (power ? 1 : 0),
            Unary => power,
            NumberLiteral number => power && double.IsNegative(number.Value) && !double.IsNaN(number.Value),
            _ => false,
        };
    }

    private static bool BindsLooserOnTheRight(Binary binary) =>
        binary.Right is Binary right
        && right.Operator.Precedence()
            < binary.Operator.Precedence() + (binary.Operator == BinaryOperator.Power ? 0 : 1);

    private static void WriteOperator(StringBuilder text, Binary binary)
    {
        text.Append(' ').Append(binary.Operator.Symbol());
        if (binary.ReturnBool)
            text.Append(" bool");
        if (binary.Matching is { } matching)
            WriteMatching(text, matching);
        text.Append(' ');
    }

    private static void WriteMatching(StringBuilder text, VectorMatching matching)
    {
        var grouped = matching.Cardinality is MatchCardinality.ManyToOne or MatchCardinality.OneToMany;
        if (matching.On || grouped || !matching.Labels.IsEmpty)
        {
            text.Append(matching.On ? " on (" : " ignoring (");
            WriteLabels(text, matching.Labels);
            text.Append(')');
        }
        if (grouped)
        {
            text.Append(matching.Cardinality == MatchCardinality.ManyToOne ? " group_left (" : " group_right (");
            WriteLabels(text, matching.Include);
            text.Append(')');
        }
        WriteFill(text, matching.FillLeft, matching.FillRight);
    }

    private static void WriteFill(StringBuilder text, double? left, double? right)
    {
        if (left is { } both && right is { } same && both.Equals(same))
        {
            WriteFill(text, "fill", both);
            return;
        }
        if (left is { } leftValue)
            WriteFill(text, "fill_left", leftValue);
        if (right is { } rightValue)
            WriteFill(text, "fill_right", rightValue);
    }

    private static void WriteFill(StringBuilder text, string name, double value)
    {
        text.Append(' ').Append(name).Append(" (");
        PromQlNumbers.AppendNumber(text, value);
        text.Append(')');
    }

    private static void WriteAggregation(StringBuilder text, Aggregation aggregation)
    {
        text.Append(aggregation.Operator.Symbol());
        if (aggregation.Without || !aggregation.Grouping.IsEmpty)
        {
            text.Append(aggregation.Without ? " without (" : " by (");
            WriteLabels(text, aggregation.Grouping);
            text.Append(") ");
        }
        text.Append('(');
        if (aggregation.Parameter is { } parameter)
        {
            Write(text, parameter);
            text.Append(", ");
        }
        Write(text, aggregation.Expr);
        text.Append(')');
    }

    private static void WriteSubquery(StringBuilder text, Subquery subquery)
    {
        WriteOperand(text, subquery.Expr, subquery.Expr is Binary or Unary or NumberLiteral);
        text.Append('[');
        DurationPrinter.Write(text, subquery.Range);
        text.Append(':');
        if (subquery.Step is { } step)
            DurationPrinter.Write(text, step);
        text.Append(']');
        WriteModifiers(text, RangeExtension.None, subquery.At, subquery.Offset);
    }

    private static void WriteModifiers(
        StringBuilder text,
        RangeExtension extension,
        AtModifier? at,
        DurationExpr? offset
    )
    {
        if (extension != RangeExtension.None)
            text.Append(extension == RangeExtension.Anchored ? " anchored" : " smoothed");
        if (at is not null)
        {
            text.Append(" @ ");
            if (at.Kind == AtKind.Time)
                PromQlNumbers.AppendNumber(text, at.Seconds);
            else
                text.Append(at.Kind == AtKind.Start ? "start()" : "end()");
        }
        if (offset is not null)
        {
            text.Append(" offset ");
            DurationPrinter.WriteOffset(text, offset);
        }
    }

    private static void WriteSelector(StringBuilder text, VectorSelector selector)
    {
        var named = selector.Name is { } name && IsMetricName(name);
        if (named)
            text.Append(selector.Name);
        if (selector.Matchers.IsEmpty && named)
            return;
        text.Append('{');
        var first = true;
        if (!named && selector.Name is not null)
        {
            GoText.AppendQuoted(text, selector.Name);
            first = false;
        }
        foreach (var matcher in selector.Matchers)
        {
            if (!first)
                text.Append(',');
            first = false;
            if (IsLabelName(matcher.Name))
                text.Append(matcher.Name);
            else
                GoText.AppendQuoted(text, matcher.Name);
            text.Append(matcher.Operator.Symbol());
            GoText.AppendQuoted(text, matcher.Value);
        }
        text.Append('}');
    }

    private static void WriteLabels(StringBuilder text, ImmutableArray<string> labels)
    {
        for (var i = 0; i < labels.Length; i++)
        {
            if (i > 0)
                text.Append(", ");
            var label = labels[i];
            if (IsLabelName(label) && Keywords.Of(label) is not (TokenKind.Without or TokenKind.Number))
                text.Append(label);
            else
                GoText.AppendQuoted(text, label);
        }
    }

    private static bool IsLabelName(string name)
    {
        if (name.Length == 0 || char.IsAsciiDigit(name[0]))
            return false;
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_')
                return false;
        }
        return true;
    }

    private static bool IsMetricName(string name)
    {
        if (name.Length == 0 || char.IsAsciiDigit(name[0]))
            return false;
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or ':'))
                return false;
        }
        var kind = Keywords.Of(name);
        return kind is TokenKind.Fill or TokenKind.FillLeft or TokenKind.FillRight
            || new Token(kind, 0, 0).IsMetricName;
    }
}
