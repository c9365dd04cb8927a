using Sevensa.Dashboard.Platform.Query.LogQl;

namespace Sevensa.Dashboard.Tests.Platform.Query.LogQl;

public sealed class LogQlParserTests
{
    [Theory]
    // As recorded from a real server, and counted by hand.
    [InlineData("{service=\"rentguy-api\"", 1, 23, "syntax error: unexpected $end, expecting } or ,")]
    [InlineData("{service=rentguy}", 1, 10, "syntax error: unexpected IDENTIFIER, expecting STRING")]
    [InlineData("{\n  app=\"日本\",\n  \"x\"}", 3, 3, "syntax error: unexpected STRING, expecting IDENTIFIER")]
    [InlineData("{a=\"🚀\"} \"x\"", 1, 9, "syntax error: unexpected STRING")]
    [InlineData("{a=\"b\"} |= \"open", 1, 12, "literal not terminated")]
    [InlineData("{a=\"b\"} |= \"\\q\"", 1, 12, "invalid char escape")]
    [InlineData("rate({a=\"b\"}[5x])", 1, 13, "unknown unit \"x\" in duration \"5x\"")]
    [InlineData("rate({a=\"b\"}[5m)", 1, 13, "missing closing ']' in duration")]
    [InlineData("rate({a=\"b\"})", 1, 13, "syntax error: unexpected )")]
    [InlineData("{a=\"b\"} | unwrap x", 1, 11, "syntax error: unexpected unwrap")]
    [InlineData("", 1, 1, "syntax error: unexpected $end")]
    public void Errors_of_syntax_name_their_place(string text, int line, int column, string reason)
    {
        var refused = Assert.Throws<LogQlException>(() => LogQlParser.Parse(text));
        Assert.Equal((line, column, reason), (refused.Line, refused.Column, refused.Reason));
        Assert.Equal($"parse error at line {line}, col {column}: {reason}", refused.LokiMessage);
    }

    [Fact]
    public void A_selector_of_everything_is_refused_in_lokis_words()
    {
        var refused = Assert.Throws<LogQlException>(() => LogQlParser.Parse("{service=~\".*\"}"));
        Assert.Equal(
            "parse error : queries require at least one regexp or equality matcher that does not have an "
                + "empty-compatible value. For instance, app=~\".*\" does not meet this requirement, but app=~\".+\" will",
            refused.LokiMessage
        );
        Assert.Equal((1, 1), (refused.Line, refused.Column));
    }

    [Theory]
    [InlineData("{a=\"b\"} | a=1 or b=2 and c=3", "{a=\"b\"} | a==1 or (b==2 and c==3)")]
    [InlineData("{a=\"b\"} | a=1 and b=2 or c=3", "{a=\"b\"} | (a==1 and b==2) or c==3")]
    [InlineData("{a=\"b\"} | a=1, b=2 or c=3", "{a=\"b\"} | a==1 and (b==2 or c==3)")]
    [InlineData("{a=\"b\"} | a=1 or b=2 c=3", "{a=\"b\"} | a==1 or (b==2 and c==3)")]
    [InlineData("1 + 2 * 3 ^ 2 ^ 2", "1 + (2 * (3 ^ (2 ^ 2)))")]
    [InlineData("1 - 2 - 3", "(1 - 2) - 3")]
    [InlineData("rate({a=\"b\"}[5m] offset 1h |= `x`)", "rate({a=\"b\"} |= \"x\" [5m] offset 1h)")]
    [InlineData("rate((({a=\"b\"} | json)[1d]))", "rate({a=\"b\"} | json [24h])")]
    [InlineData("SUM(Rate({a=\"b\"}[90s])) BY (x)", "sum by (x) (rate({a=\"b\"} [1m30s]))")]
    [InlineData("{a=\"b\"} | size > 2.5KiB | took < 1.5h", "{a=\"b\"} | size>2560B | took<1h30m")]
    [InlineData("{a=\"b\"} |= \"x\" or ip(\"10.0.0.0/8\") != `y`", "{a=\"b\"} |= \"x\" or ip(\"10.0.0.0/8\") != \"y\"")]
    [InlineData(
        "max_over_time({a=\"b\"} | unwrap duration(ms) | __error__=\"\" [1m]) by (x)",
        "max_over_time({a=\"b\"} | unwrap duration(ms) | __error__=\"\" [1m]) by (x)"
    )]
    [InlineData("{a=\"b\"} # {c=\"d\"}\n|= `#`", "{a=\"b\"} |= \"#\"")]
    [InlineData(
        "variants(rate({a=\"b\"}[1m]), count_over_time({a=\"b\"}[1m])) of ({a=\"b\"}[1m])",
        "variants(rate({a=\"b\"} [1m]), count_over_time({a=\"b\"} [1m])) of ({a=\"b\"} [1m])"
    )]
    public void Reads_as_loki_reads(string text, string canonical) =>
        Assert.Equal(canonical, LogQlParser.Parse(text).ToString());

    [Theory]
    [InlineData("{a='b'}")]
    [InlineData("{a=\"b\"} // x")]
    [InlineData("{a=\"b\"} /* x */ | json")]
    [InlineData("{a=\"b\",}")]
    [InlineData("{ä=\"b\"}")]
    [InlineData("{a=\"b\0\"}")]
    [InlineData("{a=\"\\xff\"}")]
    [InlineData("{a=\"b\"}\u00a0| json")]
    [InlineData("\ufeff{a=\"b\"}")]
    [InlineData("{a=\"b\"}; {c=\"d\"}")]
    [InlineData("{a=\"b\"} {c=\"d\"}")]
    [InlineData("({a=\"b\"})[5m]")]
    [InlineData("{a=~\"(\"}")]
    [InlineData("{a=~\"(?=x)\"}")]
    [InlineData("{a=~\"x{1001}\"}")]
    [InlineData("{a=~\"[z-a]\"}")]
    [InlineData("{a=\"b\"} | regexp \"no name\"")]
    [InlineData("{a=\"b\"} | pattern \"<a><b>\"")]
    [InlineData("{a=\"b\"} | pattern \"no capture\"")]
    [InlineData("count_over_time({a=\"b\"} | unwrap x [5m])")]
    [InlineData("sort(rate({a=\"b\"}[5m])) by (x)")]
    [InlineData("rate(1, {a=\"b\"}[5m])")]
    [InlineData("topk(0, rate({a=\"b\"}[5m]))")]
    [InlineData("1e999")]
    [InlineData("$__interval")]
    public void Refuses_what_loki_refuses_or_might_read_otherwise(string text) =>
        Assert.Throws<LogQlException>(() => LogQlParser.Parse(text));

    [Fact]
    public void Refuses_half_a_surrogate_pair() =>
        Assert.Throws<LogQlException>(() => LogQlParser.Parse("{a=\"" + (char)0xD800 + "\"}"));

    [Theory]
    [InlineData(".*", true)]
    [InlineData(".+", false)]
    [InlineData("", true)]
    [InlineData("a|", true)]
    [InlineData("(a|b*)c?", true)]
    [InlineData("(?:a?){2,}", true)]
    [InlineData("a{0}", true)]
    [InlineData("^$", true)]
    [InlineData("\\b", false)]
    [InlineData("\\Q\\E", true)]
    [InlineData("[^x]", false)]
    [InlineData("x{,2}", false)]
    [InlineData("(?i)(?P<n>\\pL|\\d)*", true)]
    public void Knows_which_expressions_match_nothing_at_all(string regex, bool empty)
    {
        var read = Re2Syntax.Check(regex);
        Assert.Null(read.Error);
        Assert.Equal(empty, read.MatchesEmpty);
    }

    [Fact]
    public void Depth_and_length_are_bounded()
    {
        const string Selector = "{a=\"b\"}";
        foreach (
            var text in (string[])
                [
                    new string('(', 100_000) + "1" + new string(')', 100_000),
                    string.Join('+', Enumerable.Repeat("1", 20_000)),
                    string.Join('^', Enumerable.Repeat("1", 20_000)),
                    string.Concat(Enumerable.Repeat("sum(", 20_000)),
                    "rate(" + new string('(', 100_000) + Selector,
                    Selector + " | " + new string('(', 100_000),
                    Selector + " | " + string.Join(" or ", Enumerable.Repeat("a=1", 20_000)),
                    Selector + " | " + string.Join(' ', Enumerable.Repeat("a=1", 20_000)),
                    "{a=~\"" + new string('(', 100_000) + "\"}",
                    Selector + " |= `" + new string('x', 131_072) + "`",
                ]
        )
        {
            Assert.Throws<LogQlException>(() => LogQlParser.Parse(text));
        }

        // A long but flat query is fine.
        Assert.Equal(
            5_000,
            LogQlParser.ParseLogQuery(Selector + string.Concat(Enumerable.Repeat(" |= `x`", 5_000))).Stages.Count
        );
    }

    [Fact]
    public void Tells_lines_from_numbers()
    {
        Assert.True(LogQlParser.Parse("{a=\"b\"} | json").IsLogQuery);
        Assert.False(LogQlParser.Parse("rate({a=\"b\"}[5m])").IsLogQuery);
        Assert.False(LogQlParser.Parse("1").IsLogQuery);
        Assert.Throws<LogQlException>(() => LogQlParser.ParseLogQuery("rate({a=\"b\"}[5m])"));
        Assert.Throws<LogQlException>(() => LogQlParser.ParseMetricQuery("{a=\"b\"}"));

        var query = LogQlParser.ParseLogQuery("{a=\"b\", c!=\"d\"} |= `x` | json");
        Assert.Equal("{a=\"b\", c!=\"d\"}", query.Selector.ToString());
        Assert.Equal("|= \"x\" | json", query.Pipeline);
    }
}
