using Sevensa.Dashboard.Ui.Logs;

namespace Sevensa.Dashboard.Tests.Ui;

public sealed class LogGroupsTests
{
    private static readonly string[] Trace =
    [
        "System.InvalidOperationException: no such booking",
        "   at RentGuy.Bookings.Find(String id) in Bookings.cs:line 12",
        "   at RentGuy.Api.Get(String id)",
        "--- End of stack trace from previous location ---",
        "\tat java.base/java.lang.Thread.run(Thread.java:840)",
        "Caused by: java.io.IOException: gone",
        "... 12 more",
        "}",
    ];

    private static LogRow Row(int at, string text, string source = "api", LogLevelName level = LogLevelName.Info) =>
        new($"{at}-{source}", DateTimeOffset.UnixEpoch.AddMilliseconds(at), level, source, text);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_trace_stands_under_its_first_line_whichever_way_the_lines_come(bool newestFirst)
    {
        // Another service speaks in the middle of it.
        List<LogRow> rows = [Row(0, "before"), .. Trace.Select((line, at) => Row(at + 1, line))];
        rows.Insert(4, Row(4, "GET /", "web"));
        rows.Add(Row(100, "after"));
        if (newestFirst)
        {
            rows.Reverse();
        }
        var joined = LogGroups.Join(rows, newestFirst);
        var texts = joined.Select(row => row.FirstLine).ToList();
        if (newestFirst)
        {
            texts.Reverse();
        }
        Assert.Equal(["before", Trace[0], "GET /", "after"], texts);
        var block = joined.Single(row => row.Lines > 1);
        Assert.Equal(
            (string.Join('\n', Trace), Trace.Length, Trace.Length - 1),
            (block.Text, block.Lines, block.MoreLines)
        );
        Assert.Equal("1-api", block.Id);
    }

    [Fact]
    public void What_is_far_apart_or_of_another_stream_stays_apart()
    {
        LogRow[] rows = [Row(0, "failed"), Row(10_000, "   at Late()"), Row(10_001, "   at Other()", "web")];
        Assert.Equal(3, LogGroups.Join(rows, newestFirst: false).Count);
    }

    [Fact]
    public void A_block_is_as_bad_as_its_worst_line_and_no_longer_than_can_be_shown()
    {
        List<LogRow> rows = [Row(0, "it begins")];
        rows.AddRange(
            Enumerable
                .Range(1, LogGroups.MostLines + 10)
                .Select(at => Row(at, $"  at {at}", level: at == 3 ? LogLevelName.Error : LogLevelName.Unknown))
        );
        var joined = LogGroups.Join(rows, newestFirst: false);
        Assert.Equal((LogGroups.MostLines, LogLevelName.Error), (joined[0].Lines, joined[0].Level));
        Assert.Equal(rows.Count, joined.Sum(row => row.Lines));
    }

    [Theory]
    [InlineData("at the moment nothing works")]
    [InlineData("}; DROP TABLE")]
    [InlineData("   ")]
    [InlineData("")]
    [InlineData("Caused problems")]
    public void Ordinary_lines_begin_something(string line) => Assert.False(LogGroups.Continues(line));
}
