using System.Collections.Immutable;

namespace Sevensa.Dashboard.Platform.Query.PromQl;

public sealed partial class PromQlParser
{
    /// <summary>A word: what follows tells whether it is a function, an aggregation or a metric.</summary>
    private Expr ParseNamed()
    {
        var name = Take();
        if (name.IsAggregation && _token.Kind is TokenKind.LeftParen or TokenKind.By or TokenKind.Without)
            return ParseAggregation(name);
        if (_token.Kind == TokenKind.LeftParen && (name.Kind == TokenKind.Identifier || name.Kind >= TokenKind.Start))
            return ParseCall(name);
        return ParseSelectorExpr(name);
    }

    private Call ParseCall(Token name)
    {
        var arguments = ParseArguments();
        var span = new SourceSpan(name.Start, _lastEnd);
        var function = PromQlFunctions.Find(_text.AsSpan(name.Start, name.End - name.Start));
        if (function is null || function.Former && !_options.FormerFunctions)
            throw Error(name.Span, $"unknown function with name {GoText.Quote(Text(name))}");
        if (function.Experimental && !_options.ExperimentalFunctions)
            throw Error(name.Span, $"function \"{function.Name}\" is not enabled");
        CheckCall(function, arguments, span);
        return Bounded(new Call(function, arguments, span));
    }

    private Aggregation ParseAggregation(Token name)
    {
        ImmutableArray<string> grouping = [];
        var without = false;
        var grouped = _token.Kind is TokenKind.By or TokenKind.Without;
        if (grouped)
            grouping = ParseGrouping(out without);
        if (_token.Kind != TokenKind.LeftParen)
            throw Unexpected("aggregation");
        var arguments = ParseArguments();
        if (!grouped && _token.Kind is TokenKind.By or TokenKind.Without)
            grouping = ParseGrouping(out without);
        return Bounded(
            CheckAggregation(name.Aggregation, arguments, grouping, without, new SourceSpan(name.Start, _lastEnd))
        );
    }

    private ImmutableArray<string> ParseGrouping(out bool without)
    {
        without = Take().Kind == TokenKind.Without;
        return ParseGroupingLabels();
    }

    private ImmutableArray<Expr> ParseArguments()
    {
        Expect(TokenKind.LeftParen);
        if (_token.Kind == TokenKind.RightParen)
        {
            Advance();
            return [];
        }
        var arguments = ImmutableArray.CreateBuilder<Expr>(2);
        Enter();
        while (true)
        {
            arguments.Add(ParseBinary(1));
            if (_token.Kind != TokenKind.Comma)
                break;
            var comma = Take();
            if (_token.Kind is TokenKind.RightParen)
                throw Error(comma.Span, "trailing commas not allowed in function call args");
        }
        Leave();
        Expect(TokenKind.RightParen);
        return arguments.DrainToImmutable();
    }

    private ImmutableArray<string> ParseGroupingLabels()
    {
        Expect(TokenKind.LeftParen, "grouping opts", "\"(\"");
        if (_token.Kind == TokenKind.RightParen)
        {
            Advance();
            return [];
        }
        var labels = ImmutableArray.CreateBuilder<string>(4);
        while (true)
        {
            if (_token.Kind == TokenKind.Text)
            {
                var quoted = Take();
                var label = Unquote(quoted);
                if (label.Length == 0 || label.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF') && !IsWellFormed(label))
                    throw Error(quoted.Span, $"invalid label name for grouping: {GoText.Quote(label)}");
                labels.Add(label);
            }
            else if (_token.IsGroupingLabel)
            {
                labels.Add(Text(Take()));
            }
            else
            {
                throw Unexpected("grouping opts", "label");
            }
            if (_token.Kind == TokenKind.Comma)
            {
                Advance();
                if (_token.Kind != TokenKind.RightParen)
                    continue;
            }
            Expect(TokenKind.RightParen, "grouping opts", "\",\" or \")\"");
            return labels.DrainToImmutable();
        }
    }

    private static bool IsWellFormed(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value == 0xFFFD)
                return false;
        }
        return true;
    }
}
