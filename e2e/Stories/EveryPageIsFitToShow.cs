using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Deque.AxeCore.Commons;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>
/// Every page, in both themes and on a phone: it loads whole, says nothing bad in the browser's console, fits its width and has no
/// fault of WCAG 2.2 AA that axe can find. A screenshot of what has a fault is kept in artifacts/e2e/screenshots.
/// A page is loaded once and then looked at three times, as its reader would turn the theme and the phone.
/// </summary>
[TakesLong(600)]
public sealed partial class EveryPageIsFitToShow(Visitors visitors, Browser browser) : IClassFixture<Visitors>
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
                "/tenants/rentguy/workloads",
                "/tenants/rentguy/workloads/move",
                "/tenants/rentguy/workloads/move?running=rentguy",
                "/tenants/rentguy/database",
                "/tenants/rentguy/secrets",
                "/tenants/rentguy/secrets/schedules",
                "/tenants/rentguy/secrets/schedules?schedule=new",
                "/tenants/rentguy/secrets/calendar",
                "/tenants/rentguy/secrets/leases",
                "/secrets",
                "/secrets/calendar",
                "/tenants/rentguy/secrets/accesses",
                "/tenants/witcom/secrets/accesses?unusual=true",
                "/tenants/platform/secrets/exposures",
                "/tenants/platform/scans",
                "/tenants/platform/scans/vulnerabilities",
                "/tenants/platform/scans/images",
                "/scans/vulnerabilities",
                "/scans/images?running=true",
                "/tenants/platform/scans/policy",
                "/tenants/platform/scans/trend",
                "/tenants/platform/scans/report",
                "/tenants/rentguy/reachability",
                "/tenants/rentguy/reachability?service=api",
                "/tenants/platform/posture",
                "/tenants/platform/posture?state=all",
                "/tenants/rentguy/workflows",
                "/tenants/rentguy/changes",
                "/tenants/rentguy/metrics?show=containers",
                "/tenants/rentguy/metrics?show=routes",
                "/tenants/platform/metrics?show=hosts",
                "/tenants/rentguy/propose?kind=service.rollback&target=api",
                "/tenants/rentguy/story?service=api",
                "/tenants/rentguy/conversations",
                "/tenants/rentguy/playbooks",
                "/tenants/rentguy/explore",
                "/tenants/rentguy/explore?query=sum by (service) (rate(http_requests_total[5m]))",
                "/tenants/rentguy/explore?query=sum by (service) (rate(http_requests_total[5m]))&view=table",
                "/tenants/rentguy/explore?query=sum(rate(http_requests_total{code=~5}[5m]))",
                "/tenants/rentguy/dashboards",
                "/tenants/rentguy/dashboards/services",
                "/tenants/rentguy/dashboards/services?edit=1",
                "/tenants/rentguy/dashboards/services?versions=1",
                "/alerts/unassigned",
                "/portal",
                "/portal/rentguy",
                "/portal/rentguy/links",
                "/consent",
                "/signing-out",
                "/device",
                "/error",
                "/console",
                "/approvals",
                "/hosts",
                "/databases",
                "/policies",
                "/policies/none",
                "/posture",
                "/workflows",
                "/workflows?workflow=certificateMai1s",
                "/models",
                "/models/budgets",
                "/receivers",
                "/graphs",
                "/configuration",
                "/audit",
                "/access",
                "/access?tab=roles",
                "/access?tab=powers",
                "/access?tab=signals",
                "/access?tab=clients",
                "/access?tab=keys",
                "/access?tab=waiting",
                "/settings",
                "/me",
                "/me/second-factor",
                "/me/passkeys",
                "/me/providers",
                "/signin/passkey",
                "/signin/external",
            ]
        ),
        ("client-rentguy", ["/portal"]),
    ];

    /// <summary>Of every page that an administrator has, without its query.</summary>
    internal static string[] Paths => [.. visits[0].Paths.Select(path => path.Split('?')[0]).Distinct()];

    private static readonly string axe = new BundledAxeScriptProvider().GetScript();

    private const string rules = """
        { "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"] }
        """;

    /// <summary>What another theme alone can make worse.</summary>
    private const string colours = """
        { "runOnly": { "type": "rule", "values": ["color-contrast"] }, "resultTypes": ["violations"] }
        """;

    /// <summary>What no file's name should have.</summary>
    [GeneratedRegex("[^a-z0-9.=-]+")]
    private static partial Regex Unnamed();

    public static TheoryData<string, string> Visits()
    {
        var data = new TheoryData<string, string>();
        foreach (var (person, paths) in visits)
        foreach (var path in paths)
            data.Add(person, path);
        return data;
    }

    [Theory]
    [MemberData(nameof(Visits))]
    public async Task It_is_whole_quiet_narrow_enough_and_accessible(string person, string path)
    {
        var (page, said) = await visitors.PageOfAsync(person);
        said.Clear();
        await page.SetViewportSizeAsync(1440, 900);
        await page.GoToAsync(path);
        await CellsAsync(page, path);
        var faults = new List<string>();
        var name = path == "/" ? "overview" : Unnamed().Replace(path[1..], "-");
        await LookAllAsync(page, faults, name);
        if (await page.GetByText("There is nothing here").CountAsync() > 0)
            faults.Add("there is no such page");
        faults.AddRange(said);
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Fact]
    public async Task So_is_what_a_host_and_an_item_of_it_open()
    {
        var (page, said) = await visitors.PageOfAsync("admin");
        said.Clear();
        await page.SetViewportSizeAsync(1440, 900);
        await page.GoToAsync("/posture");
        await page.GetByRole(AriaRole.Link, new() { Name = "vps-1", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { NameRegex = new("The engine's socket is not mounted") })
            .First.ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Beside the Compose file" }).WaitForAsync();
        var faults = new List<string>();
        await LookAllAsync(page, faults, "posture-of-a-host");
        faults.AddRange(said);
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Theory]
    [InlineData("/signin")]
    [InlineData("/set-password?token=none")]
    [InlineData("/no-such-page")]
    [InlineData("/status/none")]
    [InlineData("/signing-out")]
    [InlineData("/connect/authorize?client_id=nobody")]
    public async Task What_a_stranger_sees_is_too(string path)
    {
        await using var pages = browser.Pages();
        var page = await visitors.OpenAsync(pages);
        await page.GoToAsync(path);
        var faults = new List<string>();
        await LookAllAsync(page, faults, Unnamed().Replace(path[1..], "-"));
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    /// <summary>Brings each panel of a dashboard into view, which is when it is asked for.</summary>
    internal static async Task CellsAsync(IPage page, string path)
    {
        await page.Locator("main h1").First.WaitForAsync();
        if (path.Contains("/dashboards/", StringComparison.Ordinal))
            await page.Locator("[data-cell]").First.WaitForAsync();
        foreach (var cell in await page.Locator("[data-cell]").AllAsync())
            await cell.ScrollIntoViewIfNeededAsync();
    }

    /// <summary>Waits until the heading is there and nothing is being loaded any more.</summary>
    internal static async Task WholeAsync(IPage page)
    {
        await page.Locator("main h1").First.WaitForAsync();
        await page.WaitForFunctionAsync(
            "() => !document.querySelector('main .skeleton, main .ghost-cell, main [aria-busy=true], main .chart > .plot:not([hidden]):not([data-points])') && document.fonts.status === 'loaded'"
        );
    }

    /// <summary>Lists that are wider than the card that holds them; only dense figures and rows of a fixed height may scroll there.</summary>
    private const string CutOff = """
        () => [...document.querySelectorAll('main :is(table.list:not(.dense, .fixed-rows), .mud-data-grid:not(.fixed-rows) table)')].flatMap(table => {
          const right = table.getBoundingClientRect().right;
          for (let around = table.parentElement; around && around.localName !== 'main'; around = around.parentElement)
            if (getComputedStyle(around).overflowX !== 'visible' && right > around.getBoundingClientRect().right + 1)
              return [`${table.className} in ${around.className} by ${Math.round(right - around.getBoundingClientRect().right)} px`];
          return [];
        })
        """;

    /// <summary>
    /// What has the focus by key and shows no ring; a field inside a frame may leave the ring to the frame. What can't be seen, such
    /// as the box below a drawn tick, shows none itself.
    /// </summary>
    private const string WithoutRing = """
        () => {
          const ringed = e => {
            const s = getComputedStyle(e);
            return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 1 && parseFloat(s.opacity) > 0;
          };
          const bare = [...document.querySelectorAll('a[href], button:not(:disabled), input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
            .filter(e => e.checkVisibility({ visibilityProperty: true }) && !e.closest('dialog, [popover], [inert]'))
            .filter(e => {
              e.focus({ focusVisible: true });
              return document.activeElement === e && !ringed(e) && !ringed(e.parentElement);
            });
          document.activeElement?.blur();
          return bare.slice(0, 6).map(e => e.outerHTML.slice(0, 120));
        }
        """;

    /// <summary>Cells of a list whose content is taller than they are: on a phone a name of two lines lay over the next row.</summary>
    private const string Overlapping = """
        () => [...document.querySelectorAll('main table.list td, main .mud-data-grid td')]
          .filter(td => td.checkVisibility() && td.scrollHeight > td.clientHeight + 3)
          .slice(0, 4).map(td => `${td.dataset.label ?? ''} ${td.textContent.trim().slice(0, 40)}: ${td.scrollHeight} px in ${td.clientHeight}`)
        """;

    /// <summary>Facts that run out of their column, over what stands beside it.</summary>
    private const string Overrun = """
        () => [...document.querySelectorAll('main dl.facts dd')]
          .filter(dd => dd.checkVisibility() && getComputedStyle(dd).overflowX === 'visible' && dd.scrollWidth > dd.clientWidth + 3)
          .slice(0, 4).map(dd => `${dd.textContent.trim().slice(0, 40)}: ${dd.scrollWidth} px in ${dd.clientWidth}`)
        """;

    /// <summary>
    /// Begins a walk by key at the page's first link, and keeps what gets the focus. A field for a time stops several times, and
    /// what is shown only while it has the focus counts when it gets it.
    /// </summary>
    private const string WalkBegins = """
        () => {
          const stops = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"], [contenteditable=true]';
          const open = e => !e.disabled && e.tabIndex >= 0 && e.checkVisibility({ visibilityProperty: true }) && !e.closest('[inert]');
          const all = [...document.querySelectorAll(stops)].filter(open);
          const walk = (window.walk = { all, seen: [], faults: [] });
          addEventListener('focusin', event => {
            const e = event.target, before = walk.seen.at(-1);
            if (e === before) return;
            if (before && !walk.seen.includes(e) && before.isConnected && before.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_PRECEDING)
              walk.faults.push(`goes back to ${e.outerHTML.slice(0, 120)}`);
            walk.seen.push(e);
            requestAnimationFrame(() => {
              if (document.activeElement !== e) return;
              const { left, right, top, bottom } = e.getBoundingClientRect();
              const bar = document.elementFromPoint((left + right) / 2, (top + bottom) / 2)?.closest('.topbar, .bottombar');
              if (bar && !bar.contains(e)) walk.faults.push(`under the ${bar.className}: ${e.outerHTML.slice(0, 120)}`);
            });
          });
          scrollTo(0, 0);
          all[0]?.focus();
          return all.length;
        }
        """;

    private const string WalkEnds = """
        () => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(() => {
          const { all, seen, faults } = window.walk;
          const missed = all.filter(e => e.isConnected && e.type !== 'radio' && !seen.includes(e) && e.checkVisibility({ visibilityProperty: true }));
          resolve([...faults, ...missed.map(e => `never reached: ${e.outerHTML.slice(0, 120)}`)].slice(0, 6));
        })))
        """;

    /// <summary>Goes through the page with the Tab key alone: everything is reached, in the order of the page, and stands in sight.</summary>
    private static async Task WalkAsync(IPage page, List<string> faults, string name)
    {
        var stops = await page.EvaluateAsync<int>(WalkBegins);
        var times = await page.Locator("input[type=datetime-local]").CountAsync();
        var cells = await page.Locator("[data-cell]").CountAsync();
        for (var stop = 1; stop < stops + 8 + 7 * times + 4 * cells; stop++)
            await page.Keyboard.PressAsync("Tab");
        faults.AddRange((await page.EvaluateAsync<string[]>(WalkEnds)).Select(fault => $"{name}: by key, {fault}"));
    }

    private static async Task LookAllAsync(IPage page, List<string> faults, string name)
    {
        await LookAsync(page, faults, "dark", rules, $"dark-1440-{name}");
        var bare = await page.EvaluateAsync<string[]>(WithoutRing);
        faults.AddRange(bare.Select(element => $"{name}: no ring around {element}"));
        await ThemeAsync(page, "light");
        await LookAsync(page, faults, "light", colours, $"light-1440-{name}");
        await ThemeAsync(page, "dark");
        await page.SetViewportSizeAsync(360, 780);
        await LookAsync(page, faults, "dark", rules, $"dark-360-{name}");
        await WalkAsync(page, faults, name);
    }

    /// <summary>Turns the theme as the script does that follows the switch; the sign-in page has none.</summary>
    private static Task ThemeAsync(IPage page, string theme) =>
        page.EvaluateAsync(
            """
            theme => {
              document.documentElement.dataset.theme = theme;
              document.dispatchEvent(new CustomEvent("sevensa:theme", { detail: theme }));
            }
            """,
            theme
        );

    /// <summary>Draws the page from its beginning, with all at its end that moves to one.</summary>
    private const string Rest = """
        () => new Promise(drawn => {
          scrollTo(0, 0);
          requestAnimationFrame(() => requestAnimationFrame(() => {
            for (const moving of document.getAnimations())
              if (moving.effect?.getComputedTiming().endTime < Infinity) moving.finish();
            requestAnimationFrame(drawn);
          }));
        })
        """;

    private static async Task LookAsync(IPage page, List<string> faults, string theme, string rules, string name)
    {
        var before = faults.Count;
        await WholeAsync(page);
        // What a panel that was scrolled to hides under the bar is no fault of the page. Looked at as it is when it has come to rest.
        await page.EvaluateAsync(Rest);
        await TestPages.ScreenshotAsync(page, name, fullPage: true);
        Assert.Equal(theme, await page.EvaluateAsync<string>("document.documentElement.dataset.theme ?? 'none'"));
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
            faults.Add($"{name}: scrolls sideways, {wide}");
        var cut = await page.EvaluateAsync<string[]>(CutOff);
        faults.AddRange(cut.Select(table => $"{name}: columns are cut off, {table}"));
        var over = await page.EvaluateAsync<string[]>(Overlapping);
        faults.AddRange(over.Select(cell => $"{name}: a cell runs over the next, {cell}"));
        var overrun = await page.EvaluateAsync<string[]>(Overrun);
        faults.AddRange(overrun.Select(fact => $"{name}: a fact runs over what is beside it, {fact}"));
        // Put into the page once for its three looks, and run there: the library's own way opens a blank page for each.
        if (!await page.EvaluateAsync<bool>("'axe' in window"))
            await page.EvaluateAsync(axe);
        var found = JsonNode.Parse(
            await page.EvaluateAsync<string>(
                "options => axe.run(document, JSON.parse(options)).then(found => JSON.stringify(found.violations))",
                rules
            )
        )!;
        faults.AddRange(
            from violation in found.AsArray()
            from node in violation!["nodes"]!.AsArray().Take(6)
            select $"{name}: {violation["impact"]} {violation["id"]}: {node!["html"]} ({node["failureSummary"]})"
        );
        if (faults.Count > before)
            await TestPages.KeepScreenshotAsync(page, name, fullPage: true);
    }
}
