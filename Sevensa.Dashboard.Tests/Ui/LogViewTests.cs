using Bunit;
using Sevensa.Dashboard.Ui.Components;
using Sevensa.Dashboard.Ui.Logs;

namespace Sevensa.Dashboard.Tests.Ui;

public sealed class LogViewTests
{
    private static LogRow[] Rows(int count, int from = 0) =>
        [
            .. Enumerable
                .Range(from, count)
                .Select(i => new LogRow(
                    $"r{i}",
                    UiContext.Now.AddSeconds(i),
                    LogLevelName.Error,
                    "api",
                    $"line {i}",
                    [new("po\u202ed", "a")]
                )),
        ];

    [Fact]
    public async Task ARowOpensWithItsFields()
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        var view = page.Render<LogView>(p => p.Add(x => x.Rows, Rows(3)).Add(x => x.Wrapped, true));
        Assert.Equal(["line 0", "line 1", "line 2"], view.FindAll(".msg-text").Select(e => e.TextContent));
        view.FindAll(".log-row")[1].Click();
        Assert.Equal("line 1", view.Find(".log-detail .text").TextContent.Trim());
        Assert.Equal("po⟨202E⟩d", view.Find(".log-detail dt").TextContent);
        view.Find(".log-rows").KeyDown("Escape");
        Assert.Empty(view.FindAll(".log-detail"));
    }

    [Fact]
    public async Task RowsThatArriveWhileNotFollowingAreCounted()
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        var view = page.Render<LogView>(p => p.Add(x => x.Rows, Rows(3)).Add(x => x.Wrapped, true));
        await view.InvokeAsync(() => view.Instance.FollowChanged(false));
        view.Render(p => p.Add(x => x.Rows, Rows(8)).Add(x => x.Following, false));
        Assert.Equal("5 new lines", view.Find(".log-new").TextContent);
        view.Find(".log-new").Click();
        Assert.Empty(view.FindAll(".log-new"));
    }

    [Fact]
    public async Task MarkupInALineStaysText()
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        var row = new LogRow("x", UiContext.Now, LogLevelName.Info, null, "<img src=x onerror=alert(1)>");
        var view = page.Render<LogView>(p => p.Add(x => x.Rows, [row]).Add(x => x.Wrapped, true));
        Assert.Empty(view.FindAll("img"));
        Assert.Equal(row.Text, view.Find(".msg-text").TextContent);
    }
}
