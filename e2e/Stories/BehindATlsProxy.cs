using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>A dashboard below a path of a TLS proxy, which is not started yet.</summary>
public sealed class ServedBelow : IAsyncLifetime
{
    public const string Path = "/console";

    private readonly DashboardProcess dashboard;

    public ServedBelow()
    {
        var port = Workspace.FreePort();
        Proxy = new TlsProxy(new Uri($"http://127.0.0.1:{port}"), Path);
        dashboard = new DashboardProcess(
            new Dictionary<string, string?>
            {
                ["Identity:PublicUrl"] = Proxy.Url.ToString().TrimEnd('/'),
                ["Platform:KnownProxies"] = "127.0.0.1",
            },
            port
        );
    }

    public TlsProxy Proxy { get; }

    public ValueTask InitializeAsync() => dashboard.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await Proxy.DisposeAsync();
        await dashboard.DisposeAsync();
    }
}

/// <summary>As it is served in earnest: below a path of a TLS proxy, to which the program speaks plain HTTP.</summary>
[TakesLong(130)]
public sealed class BehindATlsProxy(ServedBelow served, Browser browser) : IClassFixture<ServedBelow>, IAsyncDisposable
{
    private const string Below = ServedBelow.Path;
    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pages_files_circuits_links_and_cookies_stay_below_the_path(bool takesAway)
    {
        var proxy = served.Proxy;
        await proxy.StartAsync(takesAway);
        var page = await pages.OpenAsync(proxy.Url, new() { IgnoreHTTPSErrors = true });
        var faults = new List<string>();
        page.Response += (_, answer) =>
        {
            var to = new Uri(answer.Url);
            if (!to.AbsolutePath.StartsWith(Below + "/", StringComparison.Ordinal) || answer.Status >= 400)
                faults.Add($"{page.Url} asked {to.AbsolutePath}: {answer.Status}");
        };
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                faults.Add($"{page.Url} says {message.Text}");
        };

        await page.GoToAsync(proxy.Url.ToString());
        await Expect(page).ToHaveURLAsync(new Regex($"{Below}/signin"));
        await page.Locator("input[autocomplete=username]").FillAsync("admin");
        await page.Locator("input[autocomplete=current-password]").FillAsync("sandbox");
        await page.Locator("form button[type=submit]").First.ClickAsync();
        await page.WaitForURLAsync(proxy.Url.ToString());
        await EveryPageIsFitToShow.WholeAsync(page);
        var cookies = await page.Context.CookiesAsync();
        Assert.Contains(cookies, cookie => cookie.HttpOnly);
        Assert.All(
            cookies,
            cookie => Assert.True(cookie.Secure && cookie.Path.StartsWith(Below, StringComparison.Ordinal), cookie.Name)
        );

        // Where the proxy takes the path away is one question of addresses: some pages tell it, all are looked at once.
        foreach (var path in takesAway ? ["/console", "/tenants/rentguy"] : EveryPageIsFitToShow.Paths)
        {
            await page.GoToAsync($"{Below}{path}");
            await EveryPageIsFitToShow.CellsAsync(page, path);
            await EveryPageIsFitToShow.WholeAsync(page);
            var astray = await page.EvaluateAsync<string[]>(
                """
                below => [...document.querySelectorAll('a[href], form[action], link[href], img[src], script[src]')]
                  .map(e => new URL(e.href ?? e.action ?? e.src, document.baseURI))
                  .filter(to => to.origin === location.origin && !to.pathname.startsWith(below + '/'))
                  .map(to => to.pathname)
                """,
                Below
            );
            faults.AddRange(astray.Select(to => $"{path} leads to {to}"));
        }
        // Over the circuit: a link, the palette, and what the program itself leads to.
        await page.GoToAsync($"{Below}/tenants/rentguy");
        await page.Locator(".tabs a", new() { HasTextString = "Containers" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex($"{Below}/tenants/rentguy/containers"));
        await page.Locator(".mud-data-grid tbody tr")
            .Filter(new() { HasText = "rentguy-api-1" })
            .Locator("a")
            .First.ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Restart ") }).ClickAsync();
        await page.GetByLabel("Why").FillAsync("served below a path");
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Propose: Restart") }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex($"{Below}/approvals/"));
        Assert.Empty(faults);
    }
}
