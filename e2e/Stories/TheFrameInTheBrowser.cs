using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>What holds every page: the palette on a slow line, and whose theme it is.</summary>
[Collection(nameof(SandboxOfPages))]
[TakesLong(150)]
public sealed class TheFrameInTheBrowser(DashboardProcess dashboard, Browser browser) : IAsyncDisposable
{
    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    [Fact]
    public async Task The_palette_keeps_every_letter_on_a_slow_line()
    {
        var page = await pages.OpenAsync(dashboard.Url);
        await page.RouteWebSocketAsync(
            "**/_blazor**",
            line =>
            {
                var server = line.ConnectToServer();
                var last = Task.CompletedTask;
                server.OnMessage(frame => last = LaterAsync(last, line, frame));
            }
        );
        await TestPages.SignInAsync(page, "operator");
        await page.Locator(".pill.search").ClickAsync();
        var box = page.Locator(".palette input");
        await box.WaitForAsync();
        await box.PressSequentiallyAsync("rentguy containers", new() { Delay = 40 });
        await Expect(page.Locator(".palette .option").First).ToContainTextAsync("RentGuy · Containers");
        await Expect(box).ToHaveValueAsync("rentguy containers");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**/tenants/rentguy/containers**");
    }

    [Fact]
    public async Task What_is_opened_by_key_gives_the_focus_back()
    {
        var page = await pages.SignInAsync(dashboard.Url, "operator");
        var search = page.Locator(".pill.search");
        await search.PressAsync("Enter");
        await Expect(page.Locator(".palette input")).ToBeFocusedAsync();
        await TestPages.ScreenshotAsync(page, "frame-palette");
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator(".palette")).ToHaveCountAsync(0);
        await Expect(search).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("?");
        await Expect(page.GetByRole(AriaRole.Dialog, new() { Name = "Keys" })).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator(".keylist")).ToHaveCountAsync(0);

        var range = page.Locator(".range > button");
        var panel = page.GetByRole(AriaRole.Dialog, new() { Name = "Time range" });
        await range.PressAsync("Enter");
        await Expect(panel.GetByRole(AriaRole.Button, new() { Name = "Last 4 hours" })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("ArrowDown");
        await Expect(panel.GetByRole(AriaRole.Button, new() { Name = "Last 12 hours" })).ToBeFocusedAsync();
        await TestPages.ScreenshotAsync(page, "frame-range");
        await page.Keyboard.PressAsync("Escape");
        await Expect(panel).ToHaveCountAsync(0);
        await Expect(range).ToBeFocusedAsync();
    }

    [Fact]
    public async Task Days_are_chosen_in_a_calendar_and_hours_are_written()
    {
        var page = await pages.SignInAsync(dashboard.Url, "operator");
        await page.Locator(".range > button").ClickAsync();
        var panel = page.GetByRole(AriaRole.Dialog, new() { Name = "Time range" });
        await panel.GetByLabel("From", new() { Exact = true }).FillAsync("tomorrowish");
        await panel.GetByRole(AriaRole.Button, new() { Name = "Show this range" }).ClickAsync();
        await Expect(panel).ToContainTextAsync("tomorrowish is no time");
        await panel.Locator("input[id$='-start']").ClickAsync();
        var day = page.Locator(".mud-day:not(.mud-hidden, .mud-adjacent-month)").First;
        await day.ClickAsync();
        await TestPages.ScreenshotAsync(page, "frame-days");
        await day.ClickAsync();
        await Expect(panel.GetByLabel("From", new() { Exact = true })).ToHaveValueAsync(new Regex("-01 00:00$"));
        await panel.GetByRole(AriaRole.Button, new() { Name = "Show this range" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex(@"from=\d+&to=\d+"));
        await Expect(panel).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Another_tenant_is_chosen_by_key_and_the_view_stays()
    {
        var page = await pages.SignInAsync(dashboard.Url, "operator", at: "/tenants/rentguy/containers");
        await Expect(page.Locator("main h1")).ToHaveTextAsync("RentGuy");
        await page.Locator(".tenant > button").PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Menuitem, new() { Name = "All tenants" })).ToBeFocusedAsync();
        await TestPages.ScreenshotAsync(page, "frame-tenants");
        var witcom = page.GetByRole(AriaRole.Menuitem, new() { NameRegex = new("Witcom") });
        while (!await witcom.EvaluateAsync<bool>("item => item === document.activeElement"))
        {
            var before = await page.EvaluateHandleAsync("document.activeElement");
            await page.Keyboard.PressAsync("ArrowDown");
            await page.WaitForFunctionAsync("before => document.activeElement !== before", before);
        }
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**/tenants/witcom/containers**");
    }

    [Fact]
    public async Task On_a_phone_the_drawer_holds_the_other_pages()
    {
        var page = await pages.OpenAsync(
            dashboard.Url,
            new()
            {
                ViewportSize = new() { Width = 360, Height = 780 },
            }
        );
        await TestPages.SignInAsync(page, "operator");
        await page.GetByRole(AriaRole.Button, new() { Name = "More" }).ClickAsync();
        var drawer = page.GetByRole(AriaRole.Dialog, new() { Name = "All pages" });
        await Expect(drawer).ToBeVisibleAsync();
        await TestPages.ScreenshotAsync(page, "frame-drawer");
        await drawer.GetByRole(AriaRole.Link, new() { Name = "Hosts" }).ClickAsync();
        await Expect(page.Locator("main h1")).ToHaveTextAsync("Hosts");
        await Expect(drawer).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Rows_of_a_grid_are_walked_by_key()
    {
        var page = await pages.SignInAsync(dashboard.Url, "operator", at: "/_gallery");
        var rows = page.Locator(".mud-data-grid.rows tbody tr[tabindex]");
        await Expect(rows).ToHaveCountAsync(4);
        await rows.First.FocusAsync();
        await page.Keyboard.PressAsync("j");
        await Expect(rows.Nth(1)).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("End");
        await Expect(rows.Nth(3)).ToBeFocusedAsync();
        await page.GetByRole(AriaRole.Columnheader, new() { Name = "p95" }).GetByText("p95").ClickAsync();
        await Expect(rows).ToHaveCountAsync(4);
        await rows.First.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**/_gallery");
    }

    [Fact]
    public async Task A_page_whose_script_did_not_arrive_asks_for_it_again()
    {
        const string script = "_framework/blazor.web";
        var page = await pages.OpenAsync(dashboard.Url);
        await TestPages.SignInAsync(page, "operator");
        var missed = 0;
        await page.RouteAsync(
            url => url.Contains(script, StringComparison.Ordinal) && url.EndsWith(".js", StringComparison.Ordinal),
            route =>
                Interlocked.Increment(ref missed) == 1 ? route.AbortAsync("connectionaborted") : route.ContinueAsync()
        );
        await page.RunAndWaitForResponseAsync(
            () => page.GoToAsync("/console", new() { WaitUntil = WaitUntilState.Commit }),
            answer => answer.Url.Contains(script, StringComparison.Ordinal) && answer.Ok
        );
        await page.Locator("form.ask textarea").FillAsync("is all well?");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("article.msg").First).ToBeVisibleAsync();
        Assert.True(missed > 1);
    }

    [Fact]
    public async Task The_theme_is_the_systems_until_somebody_chooses()
    {
        var page = await pages.OpenAsync(dashboard.Url, new() { ColorScheme = ColorScheme.Light });
        await page.GoToAsync("/signin");
        var html = page.Locator("html");
        await Expect(html).ToHaveAttributeAsync("data-theme", "light");
        await TestPages.SignInAsync(page, "operator");
        await Expect(html).ToHaveAttributeAsync("data-theme", "light");
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await Expect(html).ToHaveAttributeAsync("data-theme", "dark");
        await page.Locator(".person > button").ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new() { Name = "Light theme" }).ClickAsync();
        await Expect(html).ToHaveAttributeAsync("data-theme", "light");
        await page.ReloadAsync();
        await Expect(html).ToHaveAttributeAsync("data-theme", "light");
        await page.Locator(".person > button").ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new() { Name = "Theme of the system" }).ClickAsync();
        await Expect(html).ToHaveAttributeAsync("data-theme", "dark");
    }

    [Theory]
    [InlineData("/signin", null)]
    [InlineData("/error", null)]
    [InlineData("/no-such-page", null)]
    [InlineData("/set-password?token=none", null)]
    [InlineData("/portal", "client-rentguy")]
    [InlineData("/forbidden", "client-rentguy")]
    [InlineData("/consent", "operator")]
    public async Task Pages_without_a_frame_take_the_systems_theme_and_have_a_switch_too(string path, string? person)
    {
        var page = await pages.OpenAsync(dashboard.Url, new() { ColorScheme = ColorScheme.Light });
        if (person is not null)
            await TestPages.SignInAsync(page, person);
        await page.GoToAsync(path);
        await Expect(page.Locator("html")).ToHaveAttributeAsync("data-theme", "light");
        await Expect(page.GetByText("Sandbox: simulated fleet").First).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Dark theme" }).ClickAsync();
        await Expect(page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
        await page.ReloadAsync();
        await Expect(page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
    }

    /// <summary>A third of a second from the server to the browser, in order.</summary>
    private static async Task LaterAsync(Task before, IWebSocketRoute line, IWebSocketFrame frame)
    {
        await Task.WhenAll(before, Task.Delay(TimeSpan.FromMilliseconds(300), TestContext.Current.CancellationToken));
        if (frame.Binary is { Length: > 0 } bytes)
            line.Send(bytes);
        else
            line.Send(frame.Text ?? "");
    }
}
