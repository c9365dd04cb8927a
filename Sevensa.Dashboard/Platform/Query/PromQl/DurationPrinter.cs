using System.Text;

namespace Sevensa.Dashboard.Platform.Query.PromQl;

/// <summary>Writes lengths of time so that they parse into the same.</summary>
internal static class DurationPrinter
{
    public static void Write(StringBuilder text, DurationExpr duration)
    {
        switch (duration)
        {
            case DurationLiteral { HasUnit: true } literal:
                PromQlNumbers.AppendDuration(text, literal.Value);
                break;
            case DurationLiteral literal:
                PromQlNumbers.AppendNumber(text, literal.Value);
                break;
            case DurationOfQuery query:
                text.Append(query.Kind == QueryDuration.Step ? "step()" : "range()");
                break;
            case DurationParen paren:
                text.Append('(');
                Write(text, paren.Inner);
                text.Append(')');
                break;
            case DurationUnary unary:
                text.Append(unary.Negative ? '-' : '+');
                var loose = unary.Inner is DurationBinary inner && Precedence(inner.Operator) < 3;
                WriteOperand(text, unary.Inner, loose);
                break;
            case DurationBinary { Operator: DurationOperator.MinOf or DurationOperator.MaxOf } extremum:
                text.Append(extremum.Operator == DurationOperator.MinOf ? "min_of(" : "max_of(");
                Write(text, extremum.Left);
                text.Append(", ");
                Write(text, extremum.Right);
                text.Append(')');
                break;
            case DurationBinary binary:
                WriteBinary(text, binary);
                break;
            default:
                throw new InvalidOperationException($"Unknown duration node {duration.GetType().Name}.");
        }
    }

    /// <summary>
    /// After <c>offset</c>, arithmetic is taken for arithmetic on the vector unless it begins with a parenthesis or two signs,
    /// which a literal swallows. Arithmetic that begins otherwise, which the parser never makes, gets parentheses.
    /// </summary>
    public static void WriteOffset(StringBuilder text, DurationExpr offset)
    {
        var first = offset;
        while (first is DurationBinary { Operator: < DurationOperator.MinOf } binary)
            first = binary.Left;
        var arithmetic = !ReferenceEquals(first, offset);
        if (arithmetic && first is DurationLiteral)
            text.Append("++");
        var safe = arithmetic
            ? first is DurationLiteral or DurationParen or DurationUnary { Inner: DurationUnary }
            : offset is not DurationUnary { Inner: DurationBinary { Operator: < DurationOperator.MinOf } };
        WriteOperand(text, offset, !safe);
    }

    private static void WriteOperand(StringBuilder text, DurationExpr operand, bool parenthesize)
    {
        if (parenthesize)
            text.Append('(');
        Write(text, operand);
        if (parenthesize)
            text.Append(')');
    }

    private static void WriteBinary(StringBuilder text, DurationBinary binary)
    {
        var precedence = Precedence(binary.Operator);
        var power = precedence == 3;
        var looseLeft = binary.Left switch
        {
            DurationBinary left => Precedence(left.Operator) < precedence + (power ? 1 : 0),
            DurationUnary => power,
            DurationLiteral literal => power && double.IsNegative(literal.Value) && !double.IsNaN(literal.Value),
            _ => false,
        };
        WriteOperand(text, binary.Left, looseLeft);
        text.Append(' ').Append("+-*/%^"[(int)binary.Operator]).Append(' ');
        var looseRight =
            binary.Right is DurationBinary right && Precedence(right.Operator) < precedence + (power ? 0 : 1);
        WriteOperand(text, binary.Right, looseRight);
    }

    private static int Precedence(DurationOperator op) =>
        op switch
        {
            DurationOperator.Add or DurationOperator.Subtract => 1,
            DurationOperator.Multiply or DurationOperator.Divide or DurationOperator.Modulo => 2,
            DurationOperator.Power => 3,
            _ => 4,
        };
}
