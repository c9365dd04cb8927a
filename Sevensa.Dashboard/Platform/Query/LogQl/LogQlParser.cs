using System.Globalization;

namespace Sevensa.Dashboard.Platform.Query.LogQl;

/// <summary>What a reader of LogQL puts up with.</summary>
/// <param name="MaxLength">Characters of the text; Loki's own limit is the default.</param>
/// <param name="MaxParts">Operators and nested parts together, which bounds the depth of the tree.</param>
/// <param name="RefusedLabels">Labels that may not be named anywhere in the query.</param>
public sealed record LogQlLimits(int MaxLength, int MaxParts, ValueList<string> RefusedLabels)
{
    public static readonly LogQlLimits Default = new(131_072, 400, []);
}

/// <summary>
/// Reads LogQL as Loki 3 does, and refuses what it cannot read. Accepts what Loki accepts, including the checks of
/// meaning that Loki makes before it runs a query (an aggregation without its unwrap, a selector of everything).
/// </summary>
public sealed partial class LogQlParser
{
    private const string SelectsEverything =
        "queries require at least one regexp or equality matcher that does not have an empty-compatible value. "
        + "For instance, app=~\".*\" does not meet this requirement, but app=~\".+\" will";

    private readonly LogQlLexer _lexer;
    private readonly LogQlLimits _limits;
    private LogQlToken _token;
    private int _parts;

    private LogQlParser(string text, LogQlLimits limits)
    {
        if (text.Length > limits.MaxLength)
        {
            throw new LogQlException($"input size too long ({text.Length} > {limits.MaxLength})", 1, 1, false);
        }

        _lexer = new LogQlLexer(text);
        _limits = limits;
        _token = _lexer.Next();
    }

    /// <summary>Any query.</summary>
    /// <exception cref="LogQlException">Loki would refuse it, or this parser cannot read it.</exception>
    public static LogQlExpr Parse(string text, LogQlLimits? limits = null)
    {
        var parser = new LogQlParser(text, limits ?? LogQlLimits.Default);
        var expr = parser._token.Is("variants") ? parser.Variants() : parser.Expression(0);
        parser.ExpectEnd();
        return expr;
    }

    /// <summary>A query that answers lines.</summary>
    /// <exception cref="LogQlException">It is no valid query, or it answers numbers.</exception>
    public static LogQuery ParseLogQuery(string text, LogQlLimits? limits = null) =>
        Parse(text, limits) as LogQuery
        ?? throw new LogQlException("only log selector is supported", 1, 1, isSyntax: false);

    /// <summary>A query that answers numbers.</summary>
    /// <exception cref="LogQlException">It is no valid query, or it answers lines.</exception>
    public static MetricExpr ParseMetricQuery(string text, LogQlLimits? limits = null) =>
        Parse(text, limits) as MetricExpr
        ?? throw new LogQlException("only sample expression supported", 1, 1, isSyntax: false);

    /// <summary>A stream selector alone, as <c>match[]</c> of the series endpoint takes it.</summary>
    /// <param name="allowAll">Accepts a selector of all streams too: <c>{}</c>, <c>{app=~".*"}</c>.</param>
    /// <exception cref="LogQlException">It is no valid selector, or something follows it.</exception>
    public static StreamSelector ParseSelector(string text, bool allowAll = false, LogQlLimits? limits = null)
    {
        var parser = new LogQlParser(text, limits ?? LogQlLimits.Default);
        var selector = parser.Selector(allowAll);
        if (parser._token.Kind != TokenKind.End)
        {
            throw parser.Invalid("only label matchers is supported", parser._token);
        }

        return selector;
    }

    private LogQlToken Take()
    {
        var token = _token;
        _token = _lexer.Next();
        return token;
    }

    private bool TryTake(string word)
    {
        if (!_token.Is(word))
        {
            return false;
        }

        Take();
        return true;
    }

    private void Expect(string word, params ReadOnlySpan<string> expected)
    {
        if (!TryTake(word))
        {
            throw Unexpected(expected.Length > 0 ? expected : [word]);
        }
    }

    private LogQlToken Expect(TokenKind kind, params ReadOnlySpan<string> expected) =>
        _token.Kind == kind ? Take() : throw Unexpected(expected);

    private void ExpectEnd()
    {
        if (_token.Kind != TokenKind.End)
        {
            throw Unexpected();
        }
    }

    private LogQlException Unexpected(params ReadOnlySpan<string> expected) =>
        new(
            $"syntax error: unexpected {_token.Name}"
                + (expected.Length > 0 ? $", expecting {string.Join(" or ", expected.ToArray())}" : ""),
            _token.Line,
            _token.Column,
            isSyntax: true
        );

    private LogQlException Invalid(string reason, LogQlToken at) => new(reason, at.Line, at.Column, isSyntax: false);

    // Bounds the tree and with it every recursion over it.
    private void CountPart()
    {
        if (++_parts > _limits.MaxParts)
        {
            throw Invalid($"the query has more than {_limits.MaxParts} operators and nested parts", _token);
        }
    }

    private string Label(params ReadOnlySpan<string> expected)
    {
        var token = Expect(TokenKind.Identifier, expected);
        RefuseLabel(token.Text, token);
        return token.Text;
    }

    private void RefuseLabel(string label, LogQlToken at)
    {
        if (_limits.RefusedLabels.Contains(label))
        {
            throw Invalid($"the label {label} may not be used in a query", at);
        }
    }

    private ValueList<string> Labels()
    {
        Expect("(");
        if (TryTake(")"))
        {
            return [];
        }

        var labels = new List<string> { Label("IDENTIFIER", ")") };
        while (TryTake(","))
        {
            labels.Add(Label("IDENTIFIER"));
        }

        Expect(")", ")", ",");
        return labels.ToValueList();
    }

    private double ToNumber(LogQlToken token) =>
        double.TryParse(token.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
        && double.IsFinite(value)
            ? value
            : throw Invalid($"unable to parse float: {token.Text}: value out of range", token);

    private bool TryNumber(out double value)
    {
        value = 0;
        var negative = _token.Is("-");
        if (negative || _token.Is("+"))
        {
            Take();
            value = ToNumber(Expect(TokenKind.Number, "NUMBER"));
            value = negative ? -value : value;
            return true;
        }

        if (_token.Kind != TokenKind.Number)
        {
            return false;
        }

        value = ToNumber(Take());
        return true;
    }
}
