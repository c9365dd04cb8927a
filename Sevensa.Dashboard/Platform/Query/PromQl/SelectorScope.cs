using System.Collections.Immutable;

namespace Sevensa.Dashboard.Platform.Query.PromQl;

/// <summary>A selector that selects nothing within the scope, because of what it says itself about the scope's label.</summary>
/// <param name="Selector">The selector as it was written.</param>
/// <param name="Message">For people, in the manner of Prometheus' <c>infos</c>.</param>
public sealed record NeverMatching(VectorSelector Selector, string Message);

/// <param name="Expr">The expression with every selector limited to the scope.</param>
/// <param name="NeverMatching">In the order of the text.</param>
public sealed record ScopedExpr(Expr Expr, ImmutableArray<NeverMatching> NeverMatching)
{
    /// <summary>The scoped query's text.</summary>
    public string Text => PromQlPrinter.Print(Expr);
}

/// <summary>
/// Limits expressions to the series that satisfy one matcher, by adding it to every vector selector. Matchers are conjunctive: a
/// selector's own stay and can only narrow. What can't be limited so is refused.
/// </summary>
public sealed class SelectorScope
{
    private readonly ImmutableArray<string> _values;
    private readonly Re2Pattern? _pattern;

    /// <param name="matcher">Must not be satisfied by a series that lacks the label.</param>
    /// <exception cref="ArgumentException">The matcher is satisfied by absence, or its pattern is none.</exception>
    public SelectorScope(LabelMatcher matcher)
        : this(matcher, []) { }

    private SelectorScope(LabelMatcher matcher, ImmutableArray<string> values)
    {
        ArgumentNullException.ThrowIfNull(matcher);
        Matcher = matcher;
        _values = matcher.Operator == MatchOperator.Equal ? [matcher.Value] : values;
        if (matcher.Operator is MatchOperator.Regex or MatchOperator.NotRegex)
        {
            if (!Re2Pattern.TryParse(matcher.Value, out _pattern, out var error))
                throw new ArgumentException($"error parsing regexp: {error}", nameof(matcher));
        }
        if (matcher.Operator is MatchOperator.Equal or MatchOperator.Regex && Accepts(matcher, _pattern, "") != false)
            throw new ArgumentException("A scope must not include series without its label.", nameof(matcher));
    }

    /// <summary>What is added to every selector.</summary>
    public LabelMatcher Matcher { get; }

    /// <summary>The scope of these values of a label: an equality for one, else an escaped alternation.</summary>
    /// <exception cref="ArgumentException">There is no value, or one is empty.</exception>
    public static SelectorScope For(string label, IReadOnlyCollection<string> values)
    {
        ArgumentException.ThrowIfNullOrEmpty(label);
        ArgumentNullException.ThrowIfNull(values);
        var distinct = values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToImmutableArray();
        if (distinct.IsEmpty || distinct[0].Length == 0)
            throw new ArgumentException("A scope needs values, and none of them empty.", nameof(values));
        return distinct is [var only]
            ? new SelectorScope(new LabelMatcher(label, MatchOperator.Equal, only))
            : new SelectorScope(
                new LabelMatcher(label, MatchOperator.Regex, string.Join('|', distinct.Select(Re2Pattern.Escape))),
                distinct
            );
    }

    /// <summary>Reads an expression and limits it.</summary>
    /// <exception cref="PromQlException">It is none, is beyond the limits, or can't be limited.</exception>
    public ScopedExpr Apply(string query, PromQlOptions? options = null) =>
        Apply(PromQlParser.Parse(query, options), query);

    /// <summary>Limits an expression.</summary>
    /// <param name="expr">The expression.</param>
    /// <param name="query">The text that it was parsed from, to be shown in a refusal.</param>
    /// <exception cref="PromQlException">It can't be limited.</exception>
    public ScopedExpr Apply(Expr expr, string query = "")
    {
        ArgumentNullException.ThrowIfNull(expr);
        var rewrite = new Rewrite(this, query);
        var scoped = rewrite.Visit(expr);
        return new ScopedExpr(scoped, rewrite.NeverMatching?.ToImmutableArray() ?? []);
    }

    /// <summary>Whether every selector of an expression is within the scope already, so that nothing has to be added.</summary>
    public bool Encloses(Expr expr)
    {
        ArgumentNullException.ThrowIfNull(expr);
        try
        {
            return Apply(expr).Text == PromQlPrinter.Print(expr);
        }
        catch (PromQlException)
        {
            return false;
        }
    }

    /// <summary>Reads a series selector, as <c>match[]</c> takes it, and limits it.</summary>
    /// <exception cref="PromQlException">It is none, or is beyond the limits.</exception>
    public ScopedExpr ApplyToSelector(string selector) => Apply(PromQlParser.ParseSelector(selector), selector);

    /// <summary>The selector of everything in the scope.</summary>
    public VectorSelector Everything => new(null, [Matcher], null, null, RangeExtension.None, default);

    private static bool? Accepts(LabelMatcher matcher, Re2Pattern? pattern, string value) =>
        matcher.Operator switch
        {
            MatchOperator.Equal => matcher.Value == value,
            MatchOperator.NotEqual => matcher.Value != value,
            MatchOperator.Regex => pattern?.IsMatch(value),
            MatchOperator.NotRegex => !pattern?.IsMatch(value),
            _ => throw new InvalidOperationException($"Unknown matcher {matcher.Operator}."),
        };

    /// <summary>Whether a selector asks, by equality, for one value of the scope's own, and so for nothing outside.</summary>
    private bool IsWithin(VectorSelector selector)
    {
        foreach (var matcher in selector.Matchers)
        {
            if (
                matcher.Name == Matcher.Name
                && matcher.Operator == MatchOperator.Equal
                && _values.Contains(matcher.Value, StringComparer.Ordinal)
            )
                return true;
        }
        return false;
    }

    private bool CanMatch(VectorSelector selector)
    {
        foreach (var matcher in selector.Matchers)
        {
            if (matcher.Name == Matcher.Name)
                return CanMatch([.. selector.Matchers.Where(m => m.Name == Matcher.Name)]);
        }
        return true;
    }

    /// <summary>Whether some value of the label may satisfy both the scope and what a selector says about it.</summary>
    private bool CanMatch(ImmutableArray<LabelMatcher> own)
    {
        // Without the scope's values, those that the selector itself asks for are tried.
        var candidates = _values.IsEmpty
            ? [.. own.Where(m => m.Operator == MatchOperator.Equal).Select(m => m.Value)]
            : _values;
        if (candidates.IsEmpty)
            return true;
        var conditions = own.Append(Matcher)
            .Select(m =>
                (Matcher: m, Pattern: IsPattern(m) && Re2Pattern.TryParse(m.Value, out var p, out _) ? p : null)
            )
            .ToList();
        return candidates.Any(value => conditions.All(c => Accepts(c.Matcher, c.Pattern, value) != false));
    }

    private static bool IsPattern(LabelMatcher matcher) =>
        matcher.Operator is MatchOperator.Regex or MatchOperator.NotRegex;

    private sealed class Rewrite(SelectorScope scope, string query)
    {
        public List<NeverMatching>? NeverMatching { get; private set; }

        public Expr Visit(Expr expr) =>
            expr switch
            {
                VectorSelector selector => VisitSelector(selector),
                MatrixSelector matrix => matrix with { Selector = VisitSelector(matrix.Selector) },
                Subquery subquery => subquery with { Expr = Visit(subquery.Expr) },
                Call { Function.SelectsSeries: true } call => throw Refused(
                    call,
                    $"{call.Function.Name}() reads series that no selector in the query names, so it can't be limited to "
                        + "what you may see. Join the info metric yourself, with * on (…) group_left (…)"
                ),
                Call call => call with { Arguments = VisitAll(call.Arguments) },
                Aggregation aggregation => aggregation with
                {
                    Expr = Visit(aggregation.Expr),
                    Parameter = aggregation.Parameter is { } parameter ? Visit(parameter) : null,
                },
                Binary binary => binary with { Left = Visit(binary.Left), Right = Visit(binary.Right) },
                Unary unary => unary with { Expr = Visit(unary.Expr) },
                Paren paren => paren with { Expr = Visit(paren.Expr) },
                NumberLiteral or StringLiteral => expr,
                _ => throw Refused(expr, $"{expr.GetType().Name} is not known here, so it can't be limited"),
            };

        private ImmutableArray<Expr> VisitAll(ImmutableArray<Expr> arguments)
        {
            if (arguments.IsEmpty)
                return arguments;
            var visited = ImmutableArray.CreateBuilder<Expr>(arguments.Length);
            foreach (var argument in arguments)
                visited.Add(Visit(argument));
            return visited.MoveToImmutable();
        }

        private VectorSelector VisitSelector(VectorSelector selector)
        {
            if (!scope.CanMatch(selector))
                (NeverMatching ??= []).Add(
                    new NeverMatching(
                        selector,
                        $"{PromQlPrinter.Print(selector)} can never match: what it says about the label "
                            + $"{GoText.Quote(scope.Matcher.Name)} lies outside what you may see"
                    )
                );
            // Said twice, a matcher costs absent() the label; said once by the asker, it is within the scope already.
            return scope.IsWithin(selector)
                ? selector
                : selector with
                {
                    Matchers = selector.Matchers.Add(scope.Matcher),
                };
        }

        private PromQlException Refused(Expr expr, string reason) =>
            new(PromQlErrorKind.Refused, reason, query, expr.Span);
    }
}
