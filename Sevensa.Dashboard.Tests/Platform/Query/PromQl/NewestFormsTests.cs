using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Tests.Platform.Query.PromQl;

/// <summary>What Prometheus 3.16 reads: each is read, printed as text that reads the same, and limited to a tenant at every selector.</summary>
public sealed class NewestFormsTests
{
    private static readonly PromQlOptions Everything = PromQlOptions.All with { UnquotedNames = true };

    /// <summary>A form and how many selectors it has.</summary>
    public static TheoryData<string, int> Forms =>
        new()
        {
            // Trims of native histograms.
            { "h </ 0.5", 1 },
            { "h >/ 0.5", 1 },
            { "h</0.5>/0.1", 1 },
            { "h{a=\"b\"} </ scalar(x)", 2 },
            { "rate(h[5m]) </ 2", 1 },
            { "sum by (le) (h) >/ -1", 1 },
            { "h </ on (job) group_left () limits", 2 },
            { "h >/ ignoring (le) limits", 2 },
            { "h </ 1 + 2", 1 },
            { "h </ 1 == 2", 1 },
            { "h >/ 1 and g", 2 },
            { "-(h >/ Inf)", 1 },
            { "histogram_quantile(0.9, h </ 10)", 1 },
            { "histogram_count(h >/ 0.1) / histogram_count(h)", 2 },
            // Functions.
            { "integral(x[30m])", 1 },
            { "integral(x[30m], 60)", 1 },
            { "integral(rate(x[5m])[1h:1m])", 1 },
            { "start_timestamp(x_total)", 1 },
            { "time() - start_timestamp(x_total{a=\"b\"})", 1 },
            { "first_over_time(x[10m])", 1 },
            { "ts_of_first_over_time(x[10m]) - ts_of_last_over_time(x[10m])", 2 },
            { "mad_over_time(x[10m])", 1 },
            { "sort_by_label_desc(x, \"a\", \"b\")", 1 },
            { "histogram_quantiles(h, \"q\", 0.5, 0.9, 0.99)", 1 },
            { "limitk(3, x)", 1 },
            { "limit_ratio(-0.5, x)", 1 },
            { "double_exponential_smoothing(x[1h], 0.5, 0.5)", 1 },
            { "start() + end() + step() + range()", 0 },
            { "max_of(1, 2) * x", 1 },
            // Lengths of time from the query's own step and range.
            { "x[range():1m]", 1 },
            { "x[(range()):1m]", 1 },
            { "x[step():]", 1 },
            { "x[step():5s]", 1 },
            { "x[range():step()]", 1 },
            { "x[range()*2:step()/2]", 1 },
            { "rate(x[5m / step()])", 1 },
            { "rate(x[5m/range()])", 1 },
            { "rate(x[max_of(step(), 5m)])", 1 },
            { "rate(x[min_of(range(), 1h)] offset step())", 1 },
            { "x offset (range() + 1m)", 1 },
            { "x offset -step()", 1 },
            { "x[2*5s+5s]", 1 },
            { "x[2^3]", 1 },
            { "x[1h % 7m]", 1 },
            { "x[5m]  offset  - ( 1m * 2 )", 1 },
            // Extended ranges, filling.
            { "increase(x[5m] anchored)", 1 },
            { "rate(x[5m] smoothed) offset 1m", -1 },
            { "rate(x[5m] smoothed offset 1m)", 1 },
            { "x smoothed @ 10", 1 },
            { "a + fill(0) b", 2 },
            { "a / on (x) group_left () fill_right(1) b", 2 },
            { "a > bool fill_left(NaN) fill_right(-Inf) b", 2 },
            // Names beyond ASCII.
            { "{\"http.server.requests\"}", 1 },
            { "{\"http.server.requests\", \"http.route\"=~\"/a.*\"}", 1 },
            { "sum by (\"http.route\") ({\"http.server.requests\"})", 1 },
            { "http.server.requests", 1 },
            { "http.server.requests{http.route=\"/a\"}[5m]", 1 },
            { "rate(http.server.requests[5m]) / on (http.route) up", 2 },
            { "温度 > 20", 1 },
            { "température{région=\"eu\"}", 1 },
            { "a.b + sum.c", 2 },
            { "node:cpu.rate:sum", 1 },
            { "x{a=\"1\"} # trims: </\n </ 1", 1 },
        };

    [Theory]
    [MemberData(nameof(Forms))]
    public void Is_read_printed_and_limited(string text, int selectors)
    {
        if (selectors < 0)
        {
            Assert.False(PromQlParser.TryParse(text, out _, out _, Everything));
            return;
        }
        var tree = PromQlParser.Parse(text, Everything);
        var printed = PromQlPrinter.Print(tree);
        // What is sent needs no option of the reader's.
        Assert.True(TreeComparison.Same(tree, PromQlParser.Parse(printed)), printed);
        var scoped = SelectorScope.For("tenant", ["rentguy"]).Apply(text, Everything).Text;
        Assert.Equal(selectors, scoped.Split("tenant=\"rentguy\"").Length - 1);
    }

    [Theory]
    [InlineData("h </ 1 + 2", "h </ (1 + 2)")]
    [InlineData("h </ 1 < 2", "(h </ 1) < 2")]
    [InlineData("a or h >/ 1", "a or (h >/ 1)")]
    [InlineData("h </ 1 >/ 0", "(h </ 1) >/ 0")]
    public void Trims_bind_like_comparisons(string text, string same) =>
        Assert.Equal(Shape(PromQlParser.Parse(same)), Shape(PromQlParser.Parse(text)));

    [Theory]
    [InlineData("h </ bool 1", "bool modifier can only be used on comparison operators")]
    [InlineData("</ 1", "unexpected <op:</>")]
    [InlineData("start_timestamp(x[5m])", "expected type instant vector")]
    [InlineData("integral(x)", "expected type range vector")]
    [InlineData("x[:1m]", "unexpected colon before duration")]
    public void What_is_wrong_with_them_is_said_in_the_servers_words(string text, string words)
    {
        Assert.False(PromQlParser.TryParse(text, out _, out var error));
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http.server.requests", "unexpected character: '.'")]
    [InlineData("温度", "unexpected character: '温'")]
    [InlineData("x{http.route=\"a\"}", "unexpected character inside braces: '.'")]
    public void Names_without_quotes_are_refused_where_the_server_would(string text, string words)
    {
        Assert.False(PromQlParser.TryParse(text, out _, out var error));
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("absent(x{tenant=\"rentguy\",job=\"a\"})", "absent(x{tenant=\"rentguy\",job=\"a\"})")]
    [InlineData("absent(x{job=\"a\"})", "absent(x{job=\"a\",tenant=\"rentguy\"})")]
    [InlineData("absent(x{tenant=\"witcom\"})", "absent(x{tenant=\"witcom\",tenant=\"rentguy\"})")]
    [InlineData("x{tenant=~\"rentguy\"}", "x{tenant=~\"rentguy\",tenant=\"rentguy\"}")]
    [InlineData("x{tenant!=\"rentguy\"}", "x{tenant!=\"rentguy\",tenant=\"rentguy\"}")]
    public void The_tenant_that_the_asker_wrote_is_not_said_twice(string text, string scoped) =>
        Assert.Equal(scoped, SelectorScope.For("tenant", ["rentguy"]).Apply(text).Text);

    [Fact]
    public void In_a_scope_of_several_a_written_tenant_of_it_stays_alone()
    {
        var scope = SelectorScope.For("tenant", ["rentguy", "witcom"]);
        Assert.Equal("absent(x{tenant=\"witcom\"})", scope.Apply("absent(x{tenant=\"witcom\"})").Text);
        Assert.Equal(
            "absent(x{tenant=\"other\",tenant=~\"rentguy|witcom\"})",
            scope.Apply("absent(x{tenant=\"other\"})").Text
        );
    }

    private static string Shape(Expr expr) =>
        expr switch
        {
            Paren paren => Shape(paren.Expr),
            Binary binary => $"({Shape(binary.Left)} {binary.Operator} {Shape(binary.Right)})",
            _ => expr.ToString(),
        };
}
