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

    private static int Start(IRenderedComponent<LogView> view) =>
        int.Parse(
            view.Find(".log-rows").GetAttribute("data-start")!,
            System.Globalization.CultureInfo.InvariantCulture
        );

    [Fact]
    public async Task OfManyRowsThoseAroundTheReaderAreRendered()
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        var view = page.Render<LogView>(p => p.Add(x => x.Rows, Rows(200_000)).Add(x => x.Following, false));
        Assert.Equal("line 0", view.FindAll(".msg-text")[0].TextContent);
        await view.InvokeAsync(() => view.Instance.Looked(100_000, 26));
        var shown = view.FindAll(".msg-text").Select(e => e.TextContent).ToList();
        Assert.InRange(shown.Count, 200, 400);
        Assert.Contains("line 99950", shown);
        Assert.Contains("line 100076", shown);
        var spaces = view.FindAll(".log-space").Select(e => e.GetAttribute("style")).ToList();
        Assert.Equal($"height: {Start(view) * 20}px", spaces[0]);
        Assert.Equal($"height: {(200_000 - Start(view) - shown.Count) * 20}px", spaces[1]);
        // Nonsense from the browser is put right.
        await view.InvokeAsync(() => view.Instance.Looked(int.MaxValue, int.MaxValue));
        Assert.Equal("line 199999", view.FindAll(".msg-text")[^1].TextContent);
        await view.InvokeAsync(() => view.Instance.Looked(int.MinValue, -5));
        Assert.Equal("line 0", view.FindAll(".msg-text")[0].TextContent);
    }

    [Fact]
    public async Task FollowingTheEndIsRendered()
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        var view = page.Render<LogView>(p => p.Add(x => x.Rows, Rows(3000)));
        Assert.Equal("line 2999", view.FindAll(".msg-text")[^1].TextContent);
        view.Render(p => p.Add(x => x.Rows, Rows(3000, 100)));
        Assert.Equal("line 3099", view.FindAll(".msg-text")[^1].TextContent);
    }

    [Fact]
    public async Task RowsThatComeOrGoAboveMoveTheWindowWithTheReader()
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        var view = page.Render<LogView>(p => p.Add(x => x.Rows, Rows(5000, 1000)).Add(x => x.Following, false));
        await view.InvokeAsync(() => view.Instance.Looked(1000, 26));
        var first = view.FindAll(".msg-text")[0].TextContent;
        var at = Start(view);
        view.Render(p => p.Add(x => x.Rows, Rows(6000)));
        Assert.Equal(at + 1000, Start(view));
        Assert.Equal(first, view.FindAll(".msg-text")[0].TextContent);
        var moves = page.JSInterop.Invocations.Where(call => call.Identifier == "move").ToList();
        Assert.Equal([1000, true], Assert.Single(moves).Arguments);
        view.Render(p => p.Add(x => x.Rows, Rows(5500, 500)));
        Assert.Equal(at + 500, Start(view));
        Assert.Equal(first, view.FindAll(".msg-text")[0].TextContent);
    }

    [Fact]
    public async Task ThePageThatStopsFollowingTellsTheBrowser()
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        var view = page.Render<LogView>(p => p.Add(x => x.Rows, Rows(100)));
        view.Render(p => p.Add(x => x.Following, false));
        var call = Assert.Single(page.JSInterop.Invocations, call => call.Identifier == "follow");
        Assert.Equal(false, Assert.Single(call.Arguments));
        view.Render(p => p.Add(x => x.Rows, Rows(101)));
        Assert.Single(page.JSInterop.Invocations, call => call.Identifier == "follow");
    }
}
