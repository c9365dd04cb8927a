using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Tests.Platform.Query.PromQl;

public sealed class LanguageTests
{
    [Theory]
    [InlineData("-2^2", "-2 ^ 2")]
    [InlineData("a or b and c == d + e * f ^ g ^ h", "a or b and c == d + e * f ^ g ^ h")]
    [InlineData("foo offset -2^2", "foo offset -2 ^ 2")]
    [InlineData("foo offset 1m + bar", "foo offset 1m + bar")]
    [InlineData("foo offset (1m) + 5", "foo offset (1m) + 5")]
    [InlineData("SUM(foo) BY (a,)", "sum by (a) (foo)")]
    [InlineData("017 + 08 + 1_000 + 0x_1F", "15 + 8 + 1000 + 31")]
    [InlineData("foo[1h1ms] @ start()", "foo[1h1ms] @ start()")]
    [InlineData("{'a.b'='c', \"quoted name\"}", "{\"a.b\"=\"c\",__name__=\"quoted name\"}")]
    [InlineData("fill + fill", "fill + fill")]
    [InlineData("a + fill(0) b", "a + fill (0) b")]
    [InlineData("a + on(x) fill_right(1) fill_left(-2) b", "a + on (x) fill_left (-2) fill_right (1) b")]
    [InlineData("foo offset 0s offset 5m", "foo offset 5m")]
    [InlineData("foo == on() 10", "foo == 10")]
    [InlineData("foo # a comment\n+ # another\n bar", "foo + bar")]
    [InlineData("foo[5m] smoothed offset 5m @ 3", "foo[5m] smoothed @ 3 offset 5m")]
    public void Reads(string text, string printed) => Assert.Equal(printed, PromQlParser.Parse(text).ToString());

    [Fact]
    public void After_a_parenthesis_arithmetic_belongs_to_the_offset()
    {
        var selector = Assert.IsType<VectorSelector>(PromQlParser.Parse("foo offset (1m) + 5"));
        Assert.Equal(65, selector.Offset!.Seconds(TimeSpan.Zero, TimeSpan.Zero));
        Assert.IsType<Binary>(PromQlParser.Parse("foo offset -(1m) + 5"));
    }

    [Theory]
    [InlineData("foo{a=~\"(\"}", "missing closing )")]
    [InlineData("foo{a=~\"a(?=b)\"}", "invalid or unsupported Perl syntax")]
    [InlineData("foo{a=~\"a**\"}", "invalid nested repetition operator")]
    [InlineData("foo{a=~\"(a)\\\\1\"}", "invalid escape sequence")]
    [InlineData("foo{a=~\"x{1001}\"}", "invalid repeat count")]
    [InlineData("foo{a=~\"[z-a]\"}", "invalid character class range")]
    [InlineData("{a=~\".*\"}", "at least one non-empty matcher")]
    [InlineData("{a=~\"x?|y\"}", "at least one non-empty matcher")]
    [InlineData("on", "unexpected <on>")]
    [InlineData("Rate(foo[5m])", "unknown function with name \"Rate\"")]
    [InlineData("sum by (without) (foo)", "unexpected <without> in grouping opts")]
    [InlineData("0x1e", "bad number or duration syntax")]
    [InlineData("1e999", "error parsing number")]
    [InlineData("foo[300y]", "duration out of range")]
    [InlineData("foo * group_left bar", "unexpected <group_left>")]
    [InlineData("foo[:5s]", "unexpected colon before duration")]
    [InlineData("1 + fill(0) foo", "only allowed between instant vectors")]
    [InlineData("foo and fill(0) bar", "not allowed for set operators")]
    [InlineData("foo{a=\"\uFFFD\"}", "invalid UTF-8 rune")]
    [InlineData("foo{a=\"\ud800\"}", "invalid UTF-8 rune")]
    public void Refuses(string text, string reason)
    {
        Assert.False(PromQlParser.TryParse(text, out _, out var error));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_shows_its_line_and_a_caret_under_the_place()
    {
        var error = Assert.Throws<PromQlException>(() => PromQlParser.Parse("sum(\n\trate(foo[5m]) +* 2)"));
        Assert.Equal((2, 17), (error.Line, error.Column));
        Assert.Equal("2:17: unexpected <op:*>\n\trate(foo[5m]) +* 2)\n\t               ^", error.Render());
        var end = Assert.Throws<PromQlException>(() => PromQlParser.Parse("foo +"));
        Assert.Equal("1:6: unexpected end of input\nfoo +\n     ^", end.Render());
    }

    [Fact]
    public void A_long_line_is_shown_around_the_fault()
    {
        var error = Assert.Throws<PromQlException>(() =>
            PromQlParser.Parse(new string('a', 500) + " ! " + new string('b', 500))
        );
        var lines = error.Render().Split('\n');
        Assert.Equal('!', lines[1][lines[2].IndexOf('^')]);
        Assert.InRange(lines[1].Length, 50, 120);
    }

    [Theory]
    [InlineData("{job=\"x\"}")]
    [InlineData("up")]
    [InlineData("up{job=~\"a|b\",}")]
    [InlineData("{__name__=~\"job:.*\"}")]
    public void Selectors_of_match_parameters_are_read(string text) =>
        Assert.True(TreeComparison.Same(PromQlParser.Parse(text), PromQlParser.ParseSelector(text)));

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{a=\"\"}")]
    [InlineData("up offset 5m")]
    [InlineData("up[5m]")]
    [InlineData("sum(up)")]
    [InlineData("up or down")]
    [InlineData("up} or {x=\"y\"")]
    public void What_is_more_or_less_than_a_selector_is_not(string text) =>
        Assert.Throws<PromQlException>(() => PromQlParser.ParseSelector(text));

    [Fact]
    public void Bytes_that_are_not_text_come_back_as_they_were()
    {
        var tree = (StringLiteral)PromQlParser.Parse("'\\xff\\xe2\\x98\\xba \\377\\U0001F600'");
        Assert.Equal("\udcff☺ \udcff😀", tree.Value);
        Assert.Equal("\"\\xff☺ \\xff😀\"", tree.ToString());
    }

    [Fact]
    public void A_tree_made_by_hand_keeps_its_meaning_in_print()
    {
        var sum = PromQlParser.Parse("a + b");
        var product = new Binary(
            BinaryOperator.Multiply,
            sum,
            new Unary(true, sum, default),
            false,
            VectorMatching.Default,
            default
        );
        Assert.Equal("(a + b) * -(a + b)", product.ToString());
        var selector = new VectorSelector("not a name", [], null, null, RangeExtension.None, default);
        Assert.Equal("{\"not a name\"}", selector.ToString());
    }

    [Theory]
    [InlineData(0, "0e+00")]
    [InlineData(1, "1e+00")]
    [InlineData(1 / 3.0, "3.333333333333333e-01")]
    [InlineData(-123456789012345678.0, "-1.2345678901234568e+17")]
    [InlineData(1e-300, "1e-300")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    [InlineData(double.NaN, "NaN")]
    public void Numbers_with_exponents_are_written_as_the_server_does(double value, string text) =>
        Assert.Equal(text, GoText.Exponent(value));

    [Fact]
    public void Functions_are_listed_once_each_with_sound_signatures()
    {
        Assert.Equal(PromQlFunctions.All.Length, PromQlFunctions.All.Select(f => f.Name).Distinct().Count());
        Assert.Equal(
            (1, null),
            (PromQlFunctions.Find("sort_by_label")!.MinArguments, PromQlFunctions.Find("sort_by_label")!.MaxArguments)
        );
        Assert.Equal((0, 1), (PromQlFunctions.Find("hour")!.MinArguments, PromQlFunctions.Find("hour")!.MaxArguments));
        Assert.Equal(
            (3, 12),
            (
                PromQlFunctions.Find("histogram_quantiles")!.MinArguments,
                PromQlFunctions.Find("histogram_quantiles")!.MaxArguments
            )
        );
    }
}
