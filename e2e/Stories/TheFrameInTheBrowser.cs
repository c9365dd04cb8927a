using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>What holds every page: the palette on a slow line, and whose theme it is.</summary>
public sealed class TheFrameInTheBrowser(DashboardProcess dashboard, Browser browser)
    : IClassFixture<DashboardProcess>,
        IAsyncDisposable
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
        await page.Locator("[popovertarget=person-menu]").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Light theme" }).ClickAsync();
        await Expect(html).ToHaveAttributeAsync("data-theme", "light");
        await page.ReloadAsync();
        await Expect(html).ToHaveAttributeAsync("data-theme", "light");
        await page.Locator("[popovertarget=person-menu]").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Theme of the system" }).ClickAsync();
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
