using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.JSInterop;
using Sevensa.Dashboard.Ui.Charts;
using Sevensa.Dashboard.Ui.Components;

namespace Sevensa.Dashboard.Tests.Ui;

public sealed class TimeSeriesChartTests
{
    private static readonly ChartData Two = new(
        [1, 2, 3],
        [new("api", [0.2, 0.8, 0.4]), new("web", [0.1, double.NaN, double.NaN])]
    );

    [Fact]
    public async Task TheLegendCarriesTheFigures()
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        var chart = page.Render<TimeSeriesChart>(p =>
            p.Add(x => x.Label, "p95").Add(x => x.Data, Two).Add(x => x.Unit, ChartUnit.Seconds)
        );
        var cells = chart.FindAll(".chart-legend tbody tr")[0].QuerySelectorAll("td").Skip(1);
        Assert.Equal(["200 ms", "467 ms", "800 ms", "400 ms"], cells.Select(c => c.TextContent));
        Assert.Contains("api last 400 ms", chart.Find(".plot").GetAttribute("aria-label"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NewFiguresUpdateTheChartThatIsThere()
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        var module = page.JSInterop.SetupModule("./dist/app.js");
        var plot = module.SetupModule(i => i.Identifier == "charts.create");
        plot.Mode = JSRuntimeMode.Loose;
        module.Mode = JSRuntimeMode.Loose;
        var chart = page.Render<TimeSeriesChart>(p => p.Add(x => x.Label, "p95").Add(x => x.Data, Two));
        chart.Render(p => p.Add(x => x.Data, new ChartData([1], [new("api", [9])])));
        chart.Render();
        Assert.Single(module.Invocations, i => i.Identifier == "charts.create");
        var updates = plot.Invocations.Where(i => i.Identifier == "update").ToList();
        Assert.Equal([72, 16], updates.Select(u => ((byte[])u.Arguments[1]!).Length));
    }

    [Fact]
    public async Task ALookLaterOnlyWhatIsNewCrosses()
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        var module = page.JSInterop.SetupModule("./dist/app.js");
        var plot = module.SetupModule(i => i.Identifier == "charts.create");
        plot.Mode = JSRuntimeMode.Loose;
        var chart = page.Render<TimeSeriesChart>(p => p.Add(x => x.Label, "p95").Add(x => x.Data, Two));
        var next = new ChartData([2, 3, 4], [new("api", [0.8, 0.4, 0.6]), new("web", [double.NaN, double.NaN, 0.3])]);
        chart.Render(p => p.Add(x => x.Data, next));
        var piece = (ChartPiece)plot.Invocations.Single(i => i.Identifier == "advance").Arguments[2]!;
        Assert.Equal([4, 0.6, 0.3], piece.Figures);

        await chart.InvokeAsync(() => chart.Instance.Lost());
        Assert.Equal(
            [72, 72],
            plot.Invocations.Where(i => i.Identifier == "update").Select(u => ((byte[])u.Arguments[1]!).Length)
        );
    }

    [Fact]
    public async Task APageThatIsRenderedAgainDoesNotRenderAChartWithoutNews()
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        var chart = page.Render<TimeSeriesChart>(p => p.Add(x => x.Label, "p95").Add(x => x.Data, Two));
        chart.Render(p => p.Add(x => x.Data, Two));
        var renders = chart.RenderCount;
        chart.Render(p => p.Add(x => x.Data, Two));
        Assert.Equal(renders, chart.RenderCount);
        await chart.InvokeAsync(() => chart.Find(".chart-legend button").Click());
        Assert.Single(chart.FindAll(".chart-legend tr.off"));
    }

    [Fact]
    public async Task ManyFiguresGoAsAStream()
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        var module = page.JSInterop.SetupModule("./dist/app.js");
        var plot = module.SetupModule(i => i.Identifier == "charts.create");
        plot.Mode = JSRuntimeMode.Loose;
        var many = new ChartData(new double[10_000], [new("api", new double[10_000])]);
        page.Render<TimeSeriesChart>(p => p.Add(x => x.Label, "p95").Add(x => x.Data, many));
        Assert.IsType<DotNetStreamReference>(plot.Invocations.Single(i => i.Identifier == "update").Arguments[1]);
    }

    [Fact]
    public async Task ASelectionBecomesTheRangeOfThePage()
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        var chart = page.Render<TimeSeriesChart>(p => p.Add(x => x.Label, "p95").Add(x => x.Data, Two));
        await chart.InvokeAsync(() => chart.Instance.Zoomed(1000.5, 2000));
        await chart.InvokeAsync(() => chart.Instance.Zoomed(double.NaN, 2000));
        var uri = page.Services.GetRequiredService<NavigationManager>().Uri;
        Assert.EndsWith("?from=1000500&to=2000000", uri, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheFiguresCanBeReadAsATable()
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        var chart = page.Render<TimeSeriesChart>(p =>
            p.Add(x => x.Label, "p95").Add(x => x.Data, Two).Add(x => x.Unit, ChartUnit.Seconds)
        );
        chart.Find("[aria-label='Show as a table']").Click();
        var newest = chart.FindAll(".chart-table tbody tr")[0].QuerySelectorAll("td.n");
        Assert.Equal(["400 ms", "–"], newest.Select(c => c.TextContent));
    }

    [Fact]
    public async Task NoSeriesSaysSo()
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        var chart = page.Render<TimeSeriesChart>(p => p.Add(x => x.Label, "p95").Add(x => x.Data, ChartData.Empty));
        Assert.Equal("No data in this range", chart.Find(".nodata").TextContent);
    }
}
