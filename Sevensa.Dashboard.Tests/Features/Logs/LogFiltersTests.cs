using CsCheck;
using Sevensa.Dashboard.Features.Logs;
using Sevensa.Dashboard.Features.Logs.Kinds;
using Sevensa.Dashboard.Platform.Query.LogQl;
using Sevensa.Dashboard.Tests.Platform.Query.LogQl;
using Sevensa.Dashboard.Ui.Logs;

namespace Sevensa.Dashboard.Tests.Features.Logs;

public sealed class LogFiltersTests
{
    private const string All = "{service=\"api\"}";

    [Theory]
    [InlineData("status", "502", LogFieldFormat.Json, true, "{service=\"api\"} | json | status=\"502\"")]
    [InlineData("http.path", "/a", LogFieldFormat.Json, false, "{service=\"api\"} | json | http_path!=\"/a\"")]
    [InlineData("msg", "x \"y\"", LogFieldFormat.Logfmt, true, "{service=\"api\"} | logfmt | msg=\"x \\\"y\\\"\"")]
    [InlineData("host", "vps-1", null, true, "{service=\"api\"} | host=\"vps-1\"")]
    public void A_click_adds_what_it_says(
        string name,
        string value,
        LogFieldFormat? format,
        bool include,
        string expected
    ) => Assert.Equal(expected, LogFilters.Field(All, new LogFilterClick(name, value, format, include)));

    [Fact]
    public void A_second_click_reads_the_fields_once_and_asks_nothing_twice()
    {
        var once = LogFilters.Field(All, new LogFilterClick("a", "1", LogFieldFormat.Json, true));
        var twice = LogFilters.Field(once, new LogFilterClick("b", "2", LogFieldFormat.Json, true));
        Assert.Equal("{service=\"api\"} | json | a=\"1\" | b=\"2\"", twice);
        Assert.Equal(twice, LogFilters.Field(twice, new LogFilterClick("a", "1", LogFieldFormat.Json, true)));
    }

    [Theory]
    [InlineData("__tenant_id__", "witcom")]
    [InlineData("1st", "x")]
    [InlineData("", "x")]
    [InlineData("a", "half \ufffd")]
    public void What_no_query_may_or_can_say_changes_nothing(string name, string value) =>
        Assert.Equal(All, LogFilters.Field(All, new LogFilterClick(name, value, LogFieldFormat.Json, true)));

    [Fact]
    public void Whatever_a_line_holds_its_value_stays_a_value() =>
        LogQlTrees.Text.Sample(
            value =>
            {
                var query = LogFilters.Field(All, new LogFilterClick("field", value, null, true));
                var stages = LogQlParser.ParseLogQuery(query, LogQlScoper.Limits).Stages;
                Assert.True(
                    stages.Count == 0 && query == All
                        || stages is [LabelFilterStage { Filter: TextFilter { Matcher: var matcher } }]
                            && matcher == LabelMatcher.Equal("field", value),
                    query
                );
            },
            iter: 2_000
        );

    [Theory]
    [InlineData("GET /bookings/1234 200 in 12ms", "GET <_> <_> in <_>")]
    [InlineData("user=anna@example.org did it", "user=<_> did it")]
    [InlineData(
        """{"level":"info","msg":"paid","user":"bob","n":3}""",
        """{"level":"info","msg":"paid","user":"<_>","n":<_>}"""
    )]
    [InlineData("plain words only", "plain words only")]
    public void A_kind_is_the_line_without_its_particulars(string line, string shape) =>
        Assert.Equal(shape, LineShape.Of(line));

    [Fact]
    public void Every_line_is_of_its_own_kind_and_Loki_can_read_the_kind()
    {
        var lines = Gen.OneOf(
            LogQlTrees.Text,
            Gen.OneOf("<_>", "<x>", "a1", " ", "=", "\"", ":", "\n", "ä", "level=info", "{\"a\":")
                .Array[0, 12]
                .Select(string.Concat)
        );
        lines.Sample(
            line =>
            {
                var shape = LineShape.Of(line);
                Assert.DoesNotContain("<_><_>", shape);
                Assert.True(LineShape.Fits(shape, line), $"“{shape}” does not fit “{line}”");
                if (
                    shape.Length > 0
                    && shape.Contains(LineShape.Any, StringComparison.Ordinal)
                    && shape != LineShape.Any
                )
                {
                    Assert.NotEqual(All, LogFilters.Pattern(All, shape, include: true));
                }
            },
            iter: 5_000
        );
    }

    [Theory]
    [InlineData("a<_>c", "abc", true)]
    [InlineData("a<_>c", "ac", true)]
    [InlineData("a<_>c", "abd", false)]
    [InlineData("<_>b<_>b", "b", false)]
    [InlineData("exact", "exact!", false)]
    [InlineData("<_> b <_>", "a b c", true)]
    public void A_kind_fits_whole_lines(string pattern, string line, bool fits) =>
        Assert.Equal(fits, LineShape.Fits(pattern, line));
}
