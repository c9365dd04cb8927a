using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Sevensa.Dashboard.Platform.Query.PromQl;

/// <summary>
/// Reads PromQL: accepts and rejects what the parser of today's Prometheus does, within <see cref="PromQlLimits"/>. A text is
/// first read whole; types are checked on the way and reported only if nothing else is wrong.
/// </summary>
public sealed partial class PromQlParser
{
    /// <summary>Said of a selector (<c>match[]</c>) that any series would satisfy; of the whole of it, at no place.</summary>
    internal const string SelectsNothing = "match[] must contain at least one non-empty matcher";

    private readonly string _text;
    private readonly PromQlOptions _options;
    private Lexer _lexer;
    private Token _token;
    private int _lastEnd;
    private int _nesting;
    private List<TypeError>? _typeErrors;

    private PromQlParser(string text, PromQlOptions options)
    {
        _text = text;
        _options = options;
        _lexer = new Lexer(text, options.UnquotedNames);
        if (text.Length > PromQlLimits.MaxLength)
            throw new PromQlException(
                PromQlErrorKind.Limit,
                $"query is {text.Length} characters long, more than the {PromQlLimits.MaxLength} that are read",
                text,
                new SourceSpan(0, 0)
            );
        Advance();
    }

    /// <summary>Reads an expression.</summary>
    /// <exception cref="PromQlException">It is none, or is beyond the limits.</exception>
    public static Expr Parse(string text, PromQlOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parser = new PromQlParser(text, options ?? PromQlOptions.All);
        if (parser._token.Kind == TokenKind.End)
            throw parser.Error(default, "no expression found in input");
        var expr = parser.ParseBinary(1);
        if (parser._token.Kind != TokenKind.End)
            throw parser.Unexpected();
        if (parser._typeErrors is [var first, ..])
            throw parser.Error(first.Span, first.Detail);
        return expr;
    }

    /// <summary>Reads an expression, or says why it is none.</summary>
    public static bool TryParse(
        string text,
        [NotNullWhen(true)] out Expr? expr,
        [NotNullWhen(false)] out PromQlException? error,
        PromQlOptions? options = null
    )
    {
        try
        {
            (expr, error) = (Parse(text, options), null);
            return true;
        }
        catch (PromQlException refusal)
        {
            (expr, error) = (null, refusal);
            return false;
        }
    }

    /// <summary>
    /// Reads a series selector as <c>match[]</c> takes it: a name, matchers or both, without modifiers, and with at least one
    /// matcher that the empty string does not satisfy.
    /// </summary>
    /// <exception cref="PromQlException">It is none, or is beyond the limits.</exception>
    public static VectorSelector ParseSelector(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parser = new PromQlParser(text, PromQlOptions.All);
        if (parser._token.Kind != TokenKind.LeftBrace && !parser._token.IsMetricName)
            throw parser.Unexpected();
        Token? name = parser._token.Kind == TokenKind.LeftBrace ? null : parser.Take();
        var selector = parser.ParseVectorSelector(name, out var selectsSomething);
        if (parser._token.Kind != TokenKind.End)
            throw parser.Unexpected();
        if (!selectsSomething)
            throw parser.Error(selector.Span, SelectsNothing);
        return selector;
    }

    private void Advance()
    {
        _lastEnd = _token.End;
        _token = _lexer.Next();
    }

    private Token Take()
    {
        var token = _token;
        Advance();
        return token;
    }

    private Token Expect(TokenKind kind, string context = "", string expected = "") =>
        _token.Kind == kind ? Take() : throw Unexpected(context, expected);

    private string Text(Token token) => _text[token.Start..token.End];

    private PromQlException Error(SourceSpan span, string detail) => new(PromQlErrorKind.Invalid, detail, _text, span);

    private PromQlException Unexpected(string context = "", string expected = "") =>
        Error(
            _token.Span,
            $"unexpected {_token.Describe(_text)}{(context.Length > 0 ? " in " : "")}{context}"
                + $"{(expected.Length > 0 ? ", expected " : "")}{expected}"
        );

    /// <summary>Counts what stands inside each other while it is read; every recursion passes here.</summary>
    private void Enter()
    {
        if (++_nesting > PromQlLimits.MaxNesting)
            throw new PromQlException(
                PromQlErrorKind.Limit,
                $"query nests deeper than the {PromQlLimits.MaxNesting} levels that are read",
                _text,
                _token.Span
            );
    }

    private void Leave() => _nesting--;

    private T Bounded<T>(T expr)
        where T : Expr
    {
        if (expr.Height > PromQlLimits.MaxHeight)
            throw TooHigh(expr.Span);
        return expr;
    }

    private T BoundedDuration<T>(T expr)
        where T : DurationExpr
    {
        if (expr.Height > PromQlLimits.MaxHeight)
            throw TooHigh(expr.Span);
        return expr;
    }

    private PromQlException TooHigh(SourceSpan span) =>
        new(
            PromQlErrorKind.Limit,
            $"query chains more than the {PromQlLimits.MaxHeight} operators, calls and subqueries that are read",
            _text,
            span
        );

    private Expr ParseBinary(int minPrecedence)
    {
        var left = ParseUnary();
        while (_token.IsBinaryOperator)
        {
            var token = _token;
            var op = token.BinaryOperator;
            var precedence = op.Precedence();
            if (precedence < minPrecedence)
                break;
            Advance();
            var (returnBool, matching) = ParseBinaryModifiers();
            Expr right;
            if (op == BinaryOperator.Power)
            {
                Enter();
                right = ParseBinary(precedence);
                Leave();
            }
            else
            {
                right = ParseBinary(precedence + 1);
            }
            left = Bounded(CheckBinary(op, token, left, right, returnBool, matching));
        }
        return left;
    }

    private (bool ReturnBool, VectorMatching Matching) ParseBinaryModifiers()
    {
        var returnBool = _token.Kind == TokenKind.Bool;
        if (returnBool)
            Advance();
        var matching = VectorMatching.Default;
        if (_token.Kind is TokenKind.On or TokenKind.Ignoring)
        {
            var on = Take().Kind == TokenKind.On;
            matching = matching with { On = on, Labels = ParseGroupingLabels() };
            if (_token.Kind is TokenKind.GroupLeft or TokenKind.GroupRight)
            {
                var left = Take().Kind == TokenKind.GroupLeft;
                matching = matching with
                {
                    Cardinality = left ? MatchCardinality.ManyToOne : MatchCardinality.OneToMany,
                    Include = _token.Kind == TokenKind.LeftParen ? ParseGroupingLabels() : [],
                };
            }
        }
        return (returnBool, ParseFill(matching));
    }

    private VectorMatching ParseFill(VectorMatching matching)
    {
        var kind = _token.Kind;
        if (kind is not (TokenKind.Fill or TokenKind.FillLeft or TokenKind.FillRight))
            return matching;
        if (!_options.FillModifiers)
            throw Error(_token.Span, "binop fill modifiers are experimental and not enabled");
        Advance();
        var value = ParseFillValue();
        if (kind == TokenKind.Fill)
            return matching with { FillLeft = value, FillRight = value };
        var left = kind == TokenKind.FillLeft;
        matching = left ? matching with { FillLeft = value } : matching with { FillRight = value };
        if (_token.Kind != (left ? TokenKind.FillRight : TokenKind.FillLeft))
            return matching;
        Advance();
        value = ParseFillValue();
        return left ? matching with { FillRight = value } : matching with { FillLeft = value };
    }

    private double ParseFillValue()
    {
        Expect(TokenKind.LeftParen);
        var value = ParseSignedNumber("");
        Expect(TokenKind.RightParen);
        return value;
    }

    private double ParseSignedNumber(string context, string expected = "")
    {
        var negative = _token.Kind == TokenKind.Subtract;
        if (_token.Kind is TokenKind.Add or TokenKind.Subtract)
            Advance();
        if (_token.Kind is not (TokenKind.Number or TokenKind.Duration))
            throw Unexpected(context, expected);
        var value = NumberOf(Take());
        return negative ? -value : value;
    }

    private Expr ParseUnary()
    {
        if (_token.Kind is not (TokenKind.Add or TokenKind.Subtract))
            return ParsePostfix(ParsePrimary());
        var sign = Take();
        var negative = sign.Kind == TokenKind.Subtract;
        Enter();
        var operand = ParseBinary(BinaryOperator.Power.Precedence());
        Leave();
        var span = new SourceSpan(sign.Start, operand.Span.End);
        if (operand is NumberLiteral number)
            return number with { Value = negative ? -number.Value : number.Value, Span = span };
        if (operand.Type is not (PromQlType.Scalar or PromQlType.InstantVector))
            TypeMismatch(
                span,
                $"unary expression only allowed on expressions of type scalar or instant vector, got \"{Name(operand.Type)}\""
            );
        return Bounded(new Unary(negative, operand, span));
    }

    private Expr ParsePrimary()
    {
        switch (_token.Kind)
        {
            case TokenKind.Number or TokenKind.Duration:
                var number = Take();
                return new NumberLiteral(NumberOf(number), number.Kind == TokenKind.Duration, number.Span);
            case TokenKind.Text:
                var text = Take();
                return new StringLiteral(Unquote(text), text.Span);
            case TokenKind.LeftParen:
                return ParseParen();
            case TokenKind.LeftBrace:
                return ParseSelectorExpr(null);
            default:
                if (_token.IsMetricName)
                    return ParseNamed();
                throw Unexpected();
        }
    }

    private Paren ParseParen()
    {
        var open = Take();
        Enter();
        var inner = ParseBinary(1);
        Leave();
        var close = Expect(TokenKind.RightParen);
        return Bounded(new Paren(inner, new SourceSpan(open.Start, close.End)));
    }
}
