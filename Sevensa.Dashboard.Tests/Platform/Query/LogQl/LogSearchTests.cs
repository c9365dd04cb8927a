using Sevensa.Dashboard.Platform.Query.LogQl;

namespace Sevensa.Dashboard.Tests.Platform.Query.LogQl;

public sealed class LogSearchTests
{
    [Fact]
    public void A_filled_form_becomes_a_query()
    {
        var search = new LogSearch { Parser = LogFieldParser.Json }
            .Label("service", "rentguy-api")
            .LineContains("say \"hi\"")
            .LineExcludes("GET /healthz")
            .Level("warn")
            .Level("error")
            .Field("path", FieldOperator.Equal, "C:\\tmp")
            .Field("status", FieldOperator.GreaterOrEqual, "500")
            .Field("took", FieldOperator.Greater, "250ms")
            .Field("size", FieldOperator.Less, "2KiB");

        Assert.Equal(
            "{service=\"rentguy-api\"} |= \"say \\\"hi\\\"\" != \"GET /healthz\" | detected_level=~\"error|warn\" | json "
                + "| path=\"C:\\\\tmp\" | status>=500 | took>250ms | size<2048B",
            search.ToString()
        );
        Assert.Equal(search.ToQuery(), LogQlParser.Parse(search.ToString()));
    }

    [Fact]
    public void An_empty_form_asks_for_every_stream()
    {
        Assert.Equal("{service_name=~\".+\"}", new LogSearch().ToString());
        Assert.Equal(new LogSearch().Labels, LogSearch.TryRead(new LogSearch().ToQuery())!.Labels);
    }

    [Fact]
    public void Names_and_values_that_mean_nothing_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new LogSearch().Label("a=\"b\", c", "x").ToQuery());
        Assert.Throws<ArgumentException>(() => new LogSearch().Field("json", FieldOperator.Equal, "x").ToQuery());
        Assert.Throws<ArgumentException>(() => new LogSearch().Field("ms", FieldOperator.Greater, "quick").ToQuery());
        Assert.Throws<ArgumentException>(() => new LogSearch().Field("ms", FieldOperator.Matches, "(").ToQuery());
    }

    [Theory]
    [InlineData("{a=\"b\"} | line_format \"x\"")]
    [InlineData("{a=\"b\"} |= \"x\" or \"y\"")]
    [InlineData("{a=\"b\"} | json | a=1 or b=2")]
    [InlineData("{a=\"b\"} | x=\"1\" | json")]
    public void A_query_that_says_more_than_the_form_stays_text(string query) =>
        Assert.Null(LogSearch.TryRead(LogQlParser.ParseLogQuery(query)));

    [Fact]
    public void The_histogram_counts_the_lines_of_the_query()
    {
        var query = LogQlParser.ParseLogQuery("{a=\"b\"} |= \"x\"");
        Assert.Equal(
            "sum by (detected_level) (count_over_time({a=\"b\"} |= \"x\" [30s]))",
            LogVolume.Count(query, TimeSpan.FromSeconds(30), LogSearch.LevelLabel).ToString()
        );
        Assert.False(LogQlParser.Parse(LogVolume.Count(query, TimeSpan.FromMicroseconds(7)).ToString()).IsLogQuery);
    }
}
