using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Tests.Platform.Query.PromQl;

public sealed class SelectorScopeTests
{
    private static readonly SelectorScope One = SelectorScope.For("tenant", ["x"]);

    [Theory]
    [InlineData("up", "up{tenant=\"x\"}")]
    [InlineData("quantile(scalar(a), b)", "quantile(scalar(a{tenant=\"x\"}), b{tenant=\"x\"})")]
    [InlineData("topk(scalar(a), b)", "topk(scalar(a{tenant=\"x\"}), b{tenant=\"x\"})")]
    [InlineData("a[5m] offset 1h", "a{tenant=\"x\"}[5m] offset 1h")]
    [InlineData("max_over_time(rate(a[5m])[1h:1m] @ end())", "max_over_time(rate(a{tenant=\"x\"}[5m])[1h:1m] @ end())")]
    [InlineData(
        "a * on (b) group_left (c) {d=\"e\"}",
        "a{tenant=\"x\"} * on (b) group_left (c) {d=\"e\",tenant=\"x\"}"
    )]
    [InlineData("-(a)", "-(a{tenant=\"x\"})")]
    [InlineData(
        "clamp(a, scalar(b), scalar(c))",
        "clamp(a{tenant=\"x\"}, scalar(b{tenant=\"x\"}), scalar(c{tenant=\"x\"}))"
    )]
    [InlineData(
        "label_replace(a, \"tenant\", \"y\", \"\", \"\")",
        "label_replace(a{tenant=\"x\"}, \"tenant\", \"y\", \"\", \"\")"
    )]
    [InlineData("count_values(\"tenant\", a)", "count_values(\"tenant\", a{tenant=\"x\"})")]
    [InlineData("absent(a{b=\"c\"})", "absent(a{b=\"c\",tenant=\"x\"})")]
    [InlineData("a{tenant=\"y\"}", "a{tenant=\"y\",tenant=\"x\"}")]
    [InlineData("time() + 1", "time() + 1")]
    public void Adds_the_matcher_to_every_selector(string text, string scoped) =>
        Assert.Equal(scoped, One.Apply(text).Text);

    [Fact]
    public void Several_values_are_an_escaped_alternation()
    {
        var scope = SelectorScope.For("tenant", ["b", "a.c", "a|d", "b", "(e)$", "f\\"]);
        Assert.Equal(MatchOperator.Regex, scope.Matcher.Operator);
        Assert.Equal("\\(e\\)\\$|a\\.c|a\\|d|b|f\\\\", scope.Matcher.Value);
        Assert.True(Re2Pattern.TryParse(scope.Matcher.Value, out var pattern, out _));
        Assert.All(["b", "a.c", "a|d", "(e)$", "f\\"], v => Assert.True(pattern.IsMatch(v)));
        Assert.All(["", "a", "d", "axc", "bb", "xb", "a|", "b\n"], v => Assert.False(pattern.IsMatch(v)));
    }

    [Fact]
    public void A_scope_of_nothing_or_of_series_without_the_label_is_none()
    {
        Assert.Throws<ArgumentException>(() => SelectorScope.For("tenant", []));
        Assert.Throws<ArgumentException>(() => SelectorScope.For("tenant", ["a", ""]));
        Assert.Throws<ArgumentException>(() => new SelectorScope(new LabelMatcher("tenant", MatchOperator.Equal, "")));
        Assert.Throws<ArgumentException>(() =>
            new SelectorScope(new LabelMatcher("tenant", MatchOperator.Regex, "a|"))
        );
        Assert.Throws<ArgumentException>(() => new SelectorScope(new LabelMatcher("tenant", MatchOperator.Regex, "(")));
    }

    [Theory]
    [InlineData("info(up)")]
    [InlineData("sum(rate(a[5m])) + info(b, {c=\"d\"})")]
    [InlineData("topk(scalar(info(a)), b)")]
    [InlineData("max_over_time(info(a)[5m:])")]
    public void A_function_that_selects_by_itself_is_refused(string text)
    {
        var error = Assert.Throws<PromQlException>(() => One.Apply(text));
        Assert.Equal(PromQlErrorKind.Refused, error.Kind);
        Assert.Equal(text.IndexOf("info", StringComparison.Ordinal), error.Span.Start);
    }

    private sealed record Unheard() : Expr(default, 1, PromQlType.InstantVector);

    [Fact]
    public void A_node_that_is_not_known_is_refused()
    {
        var hidden = new Paren(new Unary(true, new Unheard(), default), default);
        Assert.Equal(PromQlErrorKind.Refused, Assert.Throws<PromQlException>(() => One.Apply(hidden)).Kind);
    }

    [Theory]
    [InlineData("a{tenant=\"y\"}", 1)]
    [InlineData("a{tenant=\"x\"}", 0)]
    [InlineData("a{tenant!=\"x\"}", 1)]
    [InlineData("a{tenant!=\"y\"}", 0)]
    [InlineData("a{tenant=~\"y|z\"}", 1)]
    [InlineData("a{tenant=~\"[w-y]\"}", 0)]
    [InlineData("a{tenant!~\".+\"}", 1)]
    [InlineData("a{tenant=\"\"}", 1)]
    [InlineData("a{tenant=~\"\\\\bx\"}", 0)]
    [InlineData("a{tenant=\"y\"} or b or c{tenant=\"z\"}", 2)]
    [InlineData("a{other=\"y\"}", 0)]
    public void Tells_which_selectors_can_never_match(string text, int count)
    {
        var scoped = One.Apply(text);
        Assert.Equal(count, scoped.NeverMatching.Length);
        Assert.All(scoped.NeverMatching, n => Assert.Contains("can never match", n.Message));
    }

    [Theory]
    [InlineData("a{tenant=\"y\"}", 0)]
    [InlineData("a{tenant=\"z\"}", 1)]
    [InlineData("a{tenant!=\"x\",tenant!=\"y\"}", 1)]
    [InlineData("a{tenant!=\"x\",tenant=~\"x|z\"}", 1)]
    [InlineData("a{tenant!=\"x\"}", 0)]
    public void Tells_it_for_several_values(string text, int count) =>
        Assert.Equal(count, SelectorScope.For("tenant", ["x", "y"]).Apply(text).NeverMatching.Length);

    [Fact]
    public void Match_selectors_are_scoped_and_nothing_else_is_taken_for_one()
    {
        Assert.Equal("{job=\"a\",tenant=\"x\"}", One.ApplyToSelector("{job=\"a\"}").Text);
        Assert.Equal("{tenant=\"x\"}", One.Everything.ToString());
        Assert.Throws<PromQlException>(() => One.ApplyToSelector("a or b"));
    }
}
