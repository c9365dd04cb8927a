using System.Text.RegularExpressions;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>
/// Every page, in both themes and on a phone: it loads whole, says nothing bad in the browser's console, fits its width and has no
/// fault of WCAG 2.2 AA that axe can find. A screenshot of each is kept in artifacts/e2e/screenshots.
/// </summary>
public sealed partial class EveryPageIsFitToShow(DashboardProcess dashboard, Browser browser)
    : IClassFixture<DashboardProcess>,
        IClassFixture<Browser>,
        IAsyncDisposable
{
    private static readonly (string Person, string[] Paths)[] visits =
    [
        (
            "admin",
            [
                "/",
                "/tenants/rentguy",
                "/tenants/rentguy/metrics",
                "/tenants/rentguy/logs",
                "/tenants/rentguy/logs?view=patterns&from=now-15m&to=now",
                "/tenants/rentguy/logs?view=around&with=witcom",
                "/tenants/rentguy/logs?live=1",
                "/tenants/rentguy/containers/rentguy-api-1/logs",
                "/tenants/rentguy/alerts",
                "/tenants/rentguy/alerts?view=silences",
                "/tenants/rentguy/alerts?view=rules",
                "/tenants/rentguy/alerts?view=history",
                "/tenants/rentguy/alerts/draft",
                "/tenants/psra-ltsd/objectives",
                "/tenants/psra-ltsd/objectives?edit=new",
                "/tenants/witcom/incidents",
                "/tenants/witcom/incidents?new=maintenance",
                "/tenants/rentguy/containers",
                "/tenants/rentguy/secrets",
                "/tenants/platform/scans",
                "/tenants/rentguy/changes",
                "/tenants/rentguy/metrics?show=containers",
                "/tenants/rentguy/metrics?show=routes",
                "/tenants/platform/metrics?show=hosts",
                "/tenants/rentguy/propose?kind=service.rollback&target=api",
                "/tenants/rentguy/explore",
                "/tenants/rentguy/explore?query=sum by (service) (rate(http_requests_total[5m]))",
                "/tenants/rentguy/explore?query=sum by (service) (rate(http_requests_total[5m]))&view=table",
                "/tenants/rentguy/explore?query=sum(rate(http_requests_total{code=~5}[5m]))",
                "/tenants/rentguy/dashboards",
                "/tenants/rentguy/dashboards/services",
                "/tenants/rentguy/dashboards/services?edit=1",
                "/tenants/rentguy/dashboards/services?versions=1",
                "/alerts/unassigned",
                "/portal/rentguy/links",
                "/console",
                "/approvals",
                "/hosts",
                "/audit",
                "/access",
                "/settings",
                "/me",
            ]
        ),
        ("client-rentguy", ["/portal"]),
    ];

    private static readonly AxeRunOptions rules = new()
    {
        RunOnly = new RunOnlyOptions
        {
            Type = "tag",
            Values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
        },
        ResultTypes = [ResultType.Violations],
    };

    /// <summary>What no file's name should have.</summary>
    [GeneratedRegex("[^a-z0-9.=-]+")]
    private static partial Regex Unnamed();

    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    [Theory]
    [InlineData("dark", 1440, 900)]
    [InlineData("light", 1440, 900)]
    [InlineData("dark", 360, 780)]
    public async Task It_is_whole_quiet_narrow_enough_and_accessible(string theme, int width, int height)
    {
        var faults = new List<string>();
        foreach (var (person, paths) in visits)
        {
            var page = await pages.OpenAsync(
                dashboard.Url,
                new()
                {
                    ViewportSize = new() { Width = width, Height = height },
                }
            );
            await page.Context.AddCookiesAsync([
                new()
                {
                    Name = "sevensa-theme",
                    Value = theme,
                    Url = dashboard.Url.ToString(),
                },
            ]);
            var here = "/signin";
            page.Console += (_, message) =>
            {
                if (message.Type == "error")
                    faults.Add($"{here}: the console says: {message.Text}");
            };
            page.PageError += (_, error) => faults.Add($"{here}: a script failed: {error}");
            await page.GotoAsync("/signin");
            await LookAsync(page, here, faults, $"{theme}-{width}-signin");
            await TestPages.SignInAsync(page, person);
            foreach (var path in paths)
            {
                here = path;
                await page.GotoAsync(path);
                await page.Locator("main h1").First.WaitForAsync();
                // A dashboard's panels are asked when they come into view.
                if (path.Contains("/dashboards/", StringComparison.Ordinal))
                    await page.Locator("[data-cell]").First.WaitForAsync();
                foreach (var cell in await page.Locator("[data-cell]").AllAsync())
                    await cell.ScrollIntoViewIfNeededAsync();
                await WholeAsync(page);
                var name = path == "/" ? "overview" : Unnamed().Replace(path[1..], "-");
                await LookAsync(page, path, faults, $"{theme}-{width}-{name}");
            }
        }
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    /// <summary>Waits until the heading is there and nothing is being loaded any more.</summary>
    internal static async Task WholeAsync(IPage page)
    {
        await page.Locator("main h1").First.WaitForAsync();
        await page.WaitForFunctionAsync(
            "() => !document.querySelector('main .skeleton, main .ghost-cell, main [aria-busy=true], main .chart > .plot:not([hidden]):not([data-points])') && document.fonts.status === 'loaded'"
        );
    }

    private static async Task LookAsync(IPage page, string path, List<string> faults, string name)
    {
        await TestPages.ScreenshotAsync(page, name, fullPage: true);
        Assert.Equal(
            name.Split('-')[0],
            await page.EvaluateAsync<string>("document.documentElement.dataset.theme ?? 'none'")
        );
        if (await page.GetByText("There is nothing here").CountAsync() > 0)
            faults.Add($"{path}: there is no such page");
        // Which element sticks out says more than by how much.
        var wide = await page.EvaluateAsync<string?>(
            """
            () => {
              const root = document.documentElement, width = root.clientWidth;
              if (root.scrollWidth <= width) return null;
              const out = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > width + 1);
              return `${root.scrollWidth} px in ${width}: ` + out.slice(0, 4).map(e => `${e.localName}.${e.className}`).join(', ');
            }
            """
        );
        if (wide is not null)
            faults.Add($"{path}: scrolls sideways, {wide}");
        var found = await page.RunAxe(rules);
        faults.AddRange(
            from violation in found.Violations
            from node in violation.Nodes.Take(6)
            select $"{path}: {violation.Impact} {violation.Id}: {node.Html} ({string.Join(", ", node.Any.Concat(node.All).Concat(node.None).Select(check => check.Message))})"
        );
    }
}
