using System.Buffers;
using System.Collections.Immutable;

namespace Sevensa.Dashboard.Platform.Query.PromQl;

public sealed partial class PromQlParser
{
    private static readonly SearchValues<char> OldNames = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:"
    );

    private const string DurationsExpected = "number, duration, step(), or range()";

    private VectorSelector ParseSelectorExpr(Token? name)
    {
        var selector = ParseVectorSelector(name, out var selectsSomething);
        if (selector.Name is not null)
        {
            foreach (var matcher in selector.Matchers)
            {
                if (matcher.Name == LabelMatcher.MetricName)
                    TypeMismatch(
                        selector.Span,
                        $"metric name must not be set twice: {GoText.Quote(selector.Name)} or {GoText.Quote(matcher.Value)}"
                    );
            }
        }
        else if (!selectsSomething)
        {
            TypeMismatch(selector.Span, EmptySelector);
        }
        return selector;
    }

    /// <param name="name">The metric's name, if one was read already.</param>
    /// <param name="selectsSomething">There is a condition that a missing label does not satisfy.</param>
    private VectorSelector ParseVectorSelector(Token? name, out bool selectsSomething)
    {
        var start = name?.Start ?? _token.Start;
        selectsSomething = name is not null;
        var matchers = _token.Kind == TokenKind.LeftBrace ? ParseMatchers(ref selectsSomething) : [];
        var metric = name is { } token ? Text(token) : null;
        if (metric is not null && _options.UnquotedNames && metric.AsSpan().ContainsAnyExcept(OldNames))
        {
            // As if it stood in quotes, within the braces.
            if (matchers.Any(matcher => matcher.Name == LabelMatcher.MetricName))
                TypeMismatch(name!.Value.Span, $"metric name must not be set twice: {GoText.Quote(metric)}");
            matchers = matchers.Insert(0, new LabelMatcher(LabelMatcher.MetricName, MatchOperator.Equal, metric));
            metric = null;
        }
        return new VectorSelector(metric, matchers, null, null, RangeExtension.None, new SourceSpan(start, _lastEnd));
    }

    private ImmutableArray<LabelMatcher> ParseMatchers(ref bool selectsSomething)
    {
        Advance();
        var matchers = ImmutableArray.CreateBuilder<LabelMatcher>(4);
        while (_token.Kind != TokenKind.RightBrace)
        {
            matchers.Add(ParseMatcher(ref selectsSomething));
            if (_token.Kind == TokenKind.Comma)
                Advance();
            else if (_token.Kind != TokenKind.RightBrace)
                throw Unexpected("label matching", "\",\" or \"}\"");
        }
        Advance();
        return matchers.DrainToImmutable();
    }

    private LabelMatcher ParseMatcher(ref bool selectsSomething)
    {
        if (_token.Kind is not (TokenKind.Identifier or TokenKind.Text))
            throw Unexpected("label matching", "identifier or \"}\"");
        var label = Take();
        var quoted = label.Kind == TokenKind.Text;
        var name = quoted ? Unquote(label) : Text(label);
        MatchOperator op;
        switch (_token.Kind)
        {
            case TokenKind.Equals:
                op = MatchOperator.Equal;
                break;
            case TokenKind.NotEquals:
                op = MatchOperator.NotEqual;
                break;
            case TokenKind.RegexMatch:
                op = MatchOperator.Regex;
                break;
            case TokenKind.RegexNotMatch:
                op = MatchOperator.NotRegex;
                break;
            case var _ when quoted:
                selectsSomething |= name.Length > 0;
                return new LabelMatcher(LabelMatcher.MetricName, MatchOperator.Equal, name);
            default:
                throw Unexpected("label matching", "label matching operator");
        }
        Advance();
        var literal = Expect(TokenKind.Text, "label matching", "string");
        var value = Unquote(literal);
        var matchesEmpty = value.Length == 0;
        if (op is MatchOperator.Regex or MatchOperator.NotRegex)
        {
            if (!Re2Pattern.TryParse(value, out var pattern, out var error))
                throw Error(new SourceSpan(label.Start, literal.End), $"error parsing regexp: {error}");
            matchesEmpty = pattern.MatchesEmpty;
        }
        selectsSomething |= matchesEmpty == op is MatchOperator.NotEqual or MatchOperator.NotRegex;
        if (
            _options.EitherBoundary
            && op == MatchOperator.Equal
            && name is "le" or "quantile"
            && Whole(value) is { } whole
        )
            return new LabelMatcher(name, MatchOperator.Regex, $"{whole}(\\.0)?");
        return new LabelMatcher(name, op, value);
    }

    private static string? Whole(string value)
    {
        var digits = value.EndsWith(".0", StringComparison.Ordinal) ? value[..^2] : value;
        return digits.Length is > 0 and < 16 && digits.All(char.IsAsciiDigit) ? digits : null;
    }

    private Expr ParsePostfix(Expr expr)
    {
        while (true)
        {
            switch (_token.Kind)
            {
                case TokenKind.LeftBracket:
                    expr = Bounded(ParseBracket(expr));
                    break;
                case TokenKind.Offset:
                    Advance();
                    expr = WithOffset(expr, ParseOffset());
                    break;
                case TokenKind.At:
                    Advance();
                    expr = WithAt(expr, ParseAt(expr));
                    break;
                case TokenKind.Anchored or TokenKind.Smoothed:
                    expr = WithExtension(expr, Take());
                    break;
                default:
                    return expr;
            }
        }
    }

    private Expr ParseBracket(Expr expr)
    {
        var open = Take();
        var range = ParsePositiveDuration("subquery or range selector", DurationsExpected);
        if (_token.Kind == TokenKind.Colon)
        {
            Advance();
            DurationExpr? step = null;
            if (_token.Kind != TokenKind.RightBracket)
                step = ParsePositiveDuration("subquery selector", DurationsExpected + ", or \"]\"");
            var end = Expect(TokenKind.RightBracket, "subquery selector", "\"]\"");
            var span = new SourceSpan(expr.Span.Start, end.End);
            if (expr.Type != PromQlType.InstantVector)
                TypeMismatch(span, $"subquery is only allowed on instant vector, got {ShortName(expr.Type)} instead");
            return new Subquery(expr, range, step, null, null, span);
        }
        var close = Expect(TokenKind.RightBracket, "subquery or range", "\":\" or \"]\"");
        var brackets = new SourceSpan(open.Start, close.End);
        if (expr is not VectorSelector selector)
            throw Error(brackets, "ranges only allowed for vector selectors");
        if (IsSet(selector.Offset))
            throw Error(brackets, "no offset modifiers allowed before range");
        if (selector.At is not null)
            throw Error(brackets, "no @ modifiers allowed before range");
        return new MatrixSelector(selector, range, new SourceSpan(expr.Span.Start, close.End));
    }

    /// <summary>An offset of nothing counts as none, as it does for Prometheus.</summary>
    private static bool IsSet(DurationExpr? offset) =>
        offset is not null && (offset is not DurationLiteral literal || Math.Round(literal.Value * 1e9) != 0);

    private Expr WithOffset(Expr expr, DurationExpr offset)
    {
        var earlier = expr switch
        {
            VectorSelector selector => selector.Offset,
            MatrixSelector matrix => matrix.Selector.Offset,
            Subquery subquery => subquery.Offset,
            _ => throw Error(
                expr.Span,
                "offset modifier must be preceded by an instant vector selector or range vector selector or a subquery"
            ),
        };
        if (IsSet(earlier))
            throw Error(expr.Span, "offset may not be set multiple times");
        var span = new SourceSpan(expr.Span.Start, _lastEnd);
        return expr switch
        {
            VectorSelector selector => selector with { Offset = offset, Span = span },
            MatrixSelector matrix => matrix with { Selector = matrix.Selector with { Offset = offset }, Span = span },
            Subquery subquery => subquery with { Offset = offset, Span = span },
            _ => throw new InvalidOperationException($"{expr.GetType().Name} has no offset."),
        };
    }

    private AtModifier ParseAt(Expr expr)
    {
        if (_token.Kind is TokenKind.Start or TokenKind.Finish)
        {
            var kind = Take().Kind == TokenKind.Start ? AtKind.Start : AtKind.End;
            Expect(TokenKind.LeftParen, "@", "timestamp");
            Expect(TokenKind.RightParen, "@", "timestamp");
            return new AtModifier(kind);
        }
        var seconds = ParseSignedNumber("@", "timestamp");
        if (!double.IsFinite(seconds) || seconds >= long.MaxValue || seconds <= long.MinValue)
            throw Error(
                expr.Span,
                $"timestamp out of bounds for @ modifier: {(double.IsFinite(seconds) ? seconds.ToString("F6", System.Globalization.CultureInfo.InvariantCulture) : double.IsNaN(seconds) ? "NaN" : seconds > 0 ? "+Inf" : "-Inf")}"
            );
        return new AtModifier(AtKind.Time, seconds);
    }

    private Expr WithAt(Expr expr, AtModifier at)
    {
        var earlier = expr switch
        {
            VectorSelector selector => selector.At,
            MatrixSelector matrix => matrix.Selector.At,
            Subquery subquery => subquery.At,
            _ => throw Error(
                expr.Span,
                "@ modifier must be preceded by an instant vector selector or range vector selector or a subquery"
            ),
        };
        if (earlier is not null)
            throw Error(expr.Span, "@ <timestamp> may not be set multiple times");
        var span = new SourceSpan(expr.Span.Start, _lastEnd);
        return expr switch
        {
            VectorSelector selector => selector with { At = at, Span = span },
            MatrixSelector matrix => matrix with { Selector = matrix.Selector with { At = at }, Span = span },
            Subquery subquery => subquery with { At = at, Span = span },
            _ => throw new InvalidOperationException($"{expr.GetType().Name} has no @ modifier."),
        };
    }

    private Expr WithExtension(Expr expr, Token word)
    {
        var extension = word.Kind == TokenKind.Anchored ? RangeExtension.Anchored : RangeExtension.Smoothed;
        var name = extension == RangeExtension.Anchored ? "anchored" : "smoothed";
        if (!_options.ExtendedRangeSelectors)
            throw Error(expr.Span, $"{name} modifier is experimental and not enabled");
        var earlier = expr switch
        {
            VectorSelector selector => selector.Extension,
            MatrixSelector matrix => matrix.Selector.Extension,
            Subquery => throw Error(expr.Span, $"{name} modifier is not supported for subqueries"),
            _ => throw Error(expr.Span, $"{name} modifier not implemented"),
        };
        if (earlier != RangeExtension.None && earlier != extension)
            throw Error(expr.Span, "anchored and smoothed modifiers cannot be used together");
        var span = new SourceSpan(expr.Span.Start, _lastEnd);
        return expr switch
        {
            VectorSelector selector => selector with { Extension = extension, Span = span },
            MatrixSelector matrix => matrix with
            {
                Selector = matrix.Selector with { Extension = extension },
                Span = span,
            },
            _ => throw new InvalidOperationException($"{expr.GetType().Name} has no range extension."),
        };
    }
}
