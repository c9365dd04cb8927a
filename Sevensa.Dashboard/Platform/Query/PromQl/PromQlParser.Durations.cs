namespace Sevensa.Dashboard.Platform.Query.PromQl;

public sealed partial class PromQlParser
{
    private const int Additive = 1;
    private const int Multiplicative = 2;
    private const int Exponential = 3;

    private double NumberOf(Token token)
    {
        var text = _text.AsSpan(token.Start, token.End - token.Start);
        if (token.Kind == TokenKind.Duration)
            return PromQlNumbers.TryParseDuration(text, out var seconds, out var error)
                ? seconds
                : throw Error(token.Span, error);
        return PromQlNumbers.ParseNumber(text)
            ?? throw Error(
                token.Span,
                $"error parsing number: {GoText.Quote(text.ToString())} is no number or out of range"
            );
    }

    private string Unquote(Token literal) => GoText.Unquote(_text.AsSpan(literal.Start, literal.End - literal.Start));

    private DurationExpr ParsePositiveDuration(string context, string expected)
    {
        var duration = ParseDurationBinary(Additive, context, expected);
        if (duration is DurationLiteral { Value: <= 0 })
            throw Error(duration.Span, "duration must be greater than 0");
        return duration;
    }

    /// <summary>
    /// What follows <c>offset</c>. A literal, a call or a signed parenthesis ends it, so that <c>x offset 1m + y</c> is a sum of
    /// vectors; after a parenthesis without a sign, arithmetic goes on within the offset, as it does for Prometheus.
    /// </summary>
    private DurationExpr ParseOffset()
    {
        const string context = "offset";
        switch (_token.Kind)
        {
            case TokenKind.Number
            or TokenKind.Duration
            or TokenKind.Step
            or TokenKind.Range
            or TokenKind.MaxOf
            or TokenKind.MinOf:
                return ParseDurationPrimary(context, DurationsExpected);
            case TokenKind.Add or TokenKind.Subtract:
                var sign = Take();
                if (_token.Kind is TokenKind.Add or TokenKind.Subtract)
                {
                    var operand = ParseDurationUnary(context, DurationsExpected);
                    return ParseDurationRest(Signed(sign, operand), Additive, context, DurationsExpected);
                }
                return Signed(sign, ParseDurationPrimary(context, DurationsExpected));
            default:
                return ParseDurationBinary(Additive, context, DurationsExpected);
        }
    }

    private DurationExpr ParseDurationBinary(int minPrecedence, string context, string expected) =>
        ParseDurationRest(ParseDurationUnary(context, expected), minPrecedence, context, expected);

    private DurationExpr ParseDurationRest(DurationExpr left, int minPrecedence, string context, string expected)
    {
        while (true)
        {
            var (op, precedence) = _token.Kind switch
            {
                TokenKind.Add => (DurationOperator.Add, Additive),
                TokenKind.Subtract => (DurationOperator.Subtract, Additive),
                TokenKind.Multiply => (DurationOperator.Multiply, Multiplicative),
                TokenKind.Divide => (DurationOperator.Divide, Multiplicative),
                TokenKind.Modulo => (DurationOperator.Modulo, Multiplicative),
                TokenKind.Power => (DurationOperator.Power, Exponential),
                _ => default,
            };
            if (precedence == 0 || precedence < minPrecedence)
                return left;
            var token = Take();
            RequireDurationExpressions(left.Span);
            DurationExpr right;
            if (precedence == Exponential)
            {
                Enter();
                right = ParseDurationBinary(precedence, context, expected);
                Leave();
            }
            else
            {
                right = ParseDurationBinary(precedence + 1, context, expected);
            }
            if (right is DurationLiteral { Value: 0 } && op is DurationOperator.Divide or DurationOperator.Modulo)
                throw Error(token.Span, op == DurationOperator.Divide ? "division by zero" : "modulo by zero");
            left = BoundedDuration(
                new DurationBinary(op, left, right, new SourceSpan(left.Span.Start, right.Span.End))
            );
        }
    }

    private DurationExpr ParseDurationUnary(string context, string expected)
    {
        if (_token.Kind is not (TokenKind.Add or TokenKind.Subtract))
            return ParseDurationPrimary(context, expected);
        var sign = Take();
        Enter();
        var operand = ParseDurationBinary(Exponential, context, expected);
        Leave();
        return Signed(sign, operand);
    }

    private DurationExpr Signed(Token sign, DurationExpr operand)
    {
        var negative = sign.Kind == TokenKind.Subtract;
        var span = new SourceSpan(sign.Start, operand.Span.End);
        return operand is DurationLiteral literal
            ? literal with
            {
                Value = negative ? -literal.Value : literal.Value,
                Span = span,
            }
            : BoundedDuration(new DurationUnary(negative, operand, span));
    }

    private DurationExpr ParseDurationPrimary(string context, string expected)
    {
        switch (_token.Kind)
        {
            case TokenKind.Number or TokenKind.Duration:
                var number = Take();
                var value = NumberOf(number);
                if (value > PromQlNumbers.MaxDurationSeconds)
                    throw Error(number.Span, "duration out of range");
                return new DurationLiteral(value, number.Kind == TokenKind.Duration, number.Span);
            case TokenKind.Step or TokenKind.Range:
                var query = Take();
                Expect(TokenKind.LeftParen, context, expected);
                var end = Expect(TokenKind.RightParen, context, expected);
                var span = new SourceSpan(query.Start, end.End);
                RequireDurationExpressions(span);
                return new DurationOfQuery(
                    query.Kind == TokenKind.Step ? QueryDuration.Step : QueryDuration.Range,
                    span
                );
            case TokenKind.MaxOf or TokenKind.MinOf:
                return ParseDurationExtremum(context, expected);
            case TokenKind.LeftParen:
                var open = Take();
                Enter();
                var inner = ParseDurationBinary(Additive, context, expected);
                Leave();
                var close = Expect(TokenKind.RightParen, context, expected);
                RequireDurationExpressions(inner.Span);
                return BoundedDuration(new DurationParen(inner, new SourceSpan(open.Start, close.End)));
            default:
                throw Unexpected(context, expected);
        }
    }

    private DurationBinary ParseDurationExtremum(string context, string expected)
    {
        var name = Take();
        Expect(TokenKind.LeftParen, context, expected);
        Enter();
        var left = ParseDurationBinary(Additive, context, expected);
        Expect(TokenKind.Comma, context, expected);
        var right = ParseDurationBinary(Additive, context, expected);
        Leave();
        var close = Expect(TokenKind.RightParen, context, expected);
        var span = new SourceSpan(name.Start, close.End);
        RequireDurationExpressions(span);
        var op = name.Kind == TokenKind.MaxOf ? DurationOperator.MaxOf : DurationOperator.MinOf;
        return BoundedDuration(new DurationBinary(op, left, right, span));
    }

    private void RequireDurationExpressions(SourceSpan span)
    {
        if (!_options.DurationExpressions)
            throw Error(span, "experimental duration expression is not enabled");
    }
}
