using Bunit;
using Sevensa.Dashboard.Ui.Components;
using Sevensa.Dashboard.Ui.Logs;

namespace Sevensa.Dashboard.Tests.Ui;

/// <summary>A line in JSON or logfmt is read by people.</summary>
public sealed class LogMessageTests
{
    [Theory]
    [InlineData("""{"level":"error","msg":"no connection","ms":12}""", "no connection", "ms=12")]
    [InlineData("""{"@t":"2026-01-01","@m":"Hi","@l":"Warning","User":"ann b"}""", "Hi", "User=\"ann b\"")]
    [InlineData("""{"log":"GET /\n","stream":"stdout","time":"x"}""", "GET /", "stream=stdout")]
    [InlineData(
        """{"Message":"m","http":{"status":500},"tags":["a","b"]}""",
        "m",
        "http_status=500 tags=[\"a\",\"b\"]"
    )]
    [InlineData("""{"msg":"only"}""", "only", "")]
    [InlineData("""ts=2026-11-28T22:24:00Z level=info msg="job done" job=sync ms=560""", "job done", "job=sync ms=560")]
    public void The_message_comes_first_and_the_rest_after_it(string line, string message, string rest) =>
        Assert.Equal(new LogMessage(message, rest), LogMessage.Of(line, true));

    [Theory]
    [InlineData("""{"level":"error","status":500}""")]
    [InlineData("""{"msg":""}""")]
    [InlineData("""{"msg":"cut of""")]
    [InlineData("plain msg=x level=info")]
    [InlineData("level=info msg=x and then prose")]
    [InlineData("level=info status=200")]
    [InlineData("""["msg"]""")]
    public void A_line_without_a_message_inside_stays_as_it_is(string line) => Assert.Null(LogMessage.Of(line, true));

    [Fact]
    public void A_level_that_the_row_does_not_show_is_among_the_rest() =>
        Assert.Equal("level=chatty", LogMessage.Of("""{"level":"chatty","msg":"m"}""", false)!.Rest);

    [Fact]
    public async Task A_row_shows_the_message_and_opened_the_line_itself()
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        const string line = """{"level":"error","msg":"<b>no</b> connection","ms":12}""";
        var row = new LogRow("x", UiContext.Now, LogLevelName.Error, "api", line);
        var view = page.Render<LogView>(p => p.Add(x => x.Rows, [row]).Add(x => x.Wrapped, true));
        Assert.Equal("<b>no</b> connection ms=12", view.Find(".msg-text").TextContent);
        Assert.Empty(view.FindAll(".msg-text b"));
        view.Find(".log-row").Click();
        Assert.Equal(line, view.Find(".log-detail .text").TextContent.Trim());
    }
}
