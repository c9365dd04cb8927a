using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>What holds every page: the ring around what has the focus, the palette on a slow line, and whose theme it is.</summary>
public sealed class TheFrameInTheBrowser(DashboardProcess dashboard, Browser browser)
    : IClassFixture<DashboardProcess>,
        IClassFixture<Browser>,
        IAsyncDisposable
{
    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    [Fact]
    public async Task Whatever_has_the_focus_by_key_has_a_ring()
    {
        var page = await pages.SignInAsync(dashboard.Url, "operator");
        await page.Locator("table.list tbody tr").First.WaitForAsync();
        var without = await page.EvaluateAsync<string[]>(
            """
            () => [...document.querySelectorAll('a[href], button:not(:disabled), input, select, [tabindex="0"]')]
              .filter(e => e.offsetParent && !e.closest('dialog'))
              .flatMap(e => {
                e.focus({ focusVisible: true });
                const style = getComputedStyle(e);
                return document.activeElement === e && (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 1) ? [e.outerHTML.slice(0, 120)] : [];
              })
            """
        );
        Assert.Empty(without);
    }

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
    public async Task The_theme_is_the_systems_until_somebody_chooses()
    {
        var page = await pages.OpenAsync(dashboard.Url, new() { ColorScheme = ColorScheme.Light });
        await page.GotoAsync("/signin");
        var html = page.Locator("html");
        await Expect(html).ToHaveAttributeAsync("data-theme", "light");
        await TestPages.SignInAsync(page, "operator");
        await Expect(html).ToHaveAttributeAsync("data-theme", "light");
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await Expect(html).ToHaveAttributeAsync("data-theme", "dark");
        await page.Locator("[popovertarget=person-menu]").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Light theme" }).ClickAsync();
        await page.ReloadAsync();
        await Expect(html).ToHaveAttributeAsync("data-theme", "light");
        await page.Locator("[popovertarget=person-menu]").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Theme of the system" }).ClickAsync();
        await Expect(html).ToHaveAttributeAsync("data-theme", "dark");
    }

    [Theory]
    [InlineData("/signin", null)]
    [InlineData("/portal", "client-rentguy")]
    public async Task Pages_without_a_frame_have_a_switch_too(string path, string? person)
    {
        var page = person is null
            ? await pages.OpenAsync(dashboard.Url)
            : await pages.SignInAsync(dashboard.Url, person);
        await page.GotoAsync(path);
        await page.GetByRole(AriaRole.Button, new() { Name = "Light theme" }).ClickAsync();
        await Expect(page.Locator("html")).ToHaveAttributeAsync("data-theme", "light");
        await page.ReloadAsync();
        await Expect(page.Locator("html")).ToHaveAttributeAsync("data-theme", "light");
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
