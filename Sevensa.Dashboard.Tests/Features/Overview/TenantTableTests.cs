using Bunit;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Overview.Components;
using Sevensa.Dashboard.Tests.Ui;

namespace Sevensa.Dashboard.Tests.Features.Overview;

public sealed class TenantTableTests
{
    [Fact]
    public async Task A_row_tells_the_figures_marks_what_is_over_and_leads_to_the_tenant()
    {
        await using var page = UiContext.Create().Page;
        var table = page.Render<TenantTable>(p =>
            p.Add(x => x.Rows, [HeadlineTests.Row("RentGuy", HealthState.Degraded)])
                .Add(x => x.Waiting, new Dictionary<string, int> { ["rentguy"] = 3 })
        );
        var row = table.Find("tbody tr");
        Assert.Contains("hot", row.ClassName, StringComparison.Ordinal);
        Assert.Equal("/tenants/rentguy", row.QuerySelector("a")!.GetAttribute("href"));
        Assert.Equal("2 services · vps-1", row.QuerySelector(".under")!.TextContent);
        Assert.Equal(
            ["99.71 %", "842 ms", "1.9 %", "91 %", "2", "3"],
            row.QuerySelectorAll("td.n").Select(cell => cell.TextContent.Trim())
        );
        Assert.Equal(4, row.QuerySelectorAll(".up").Length);
        Assert.Equal("api 2.4.0 → 2.4.1 · yesterday 12:00", row.QuerySelector(".change")!.TextContent.Trim());
        Assert.Equal("Degraded", row.QuerySelector(".badge")!.TextContent);
    }

    [Fact]
    public async Task Before_the_figures_come_the_row_is_there_in_its_final_size()
    {
        await using var page = UiContext.Create().Page;
        var table = page.Render<TenantTable>(p =>
            p.Add(x => x.Rows, [HeadlineTests.Row("RentGuy", null)]).Add(x => x.Waiting, new Dictionary<string, int>())
        );
        var cells = table.FindAll("tbody td").Count;
        Assert.Equal(5, table.FindAll(".ghost-cell").Count);
        table.Render(p => p.Add(x => x.Rows, [HeadlineTests.Row("RentGuy", HealthState.Healthy)]));
        Assert.Empty(table.FindAll(".ghost-cell"));
        Assert.Equal(cells, table.FindAll("tbody td").Count);
    }
}
