using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;

[assembly: AssemblyFixture(typeof(Browser))]

namespace Sevensa.Dashboard.E2E.Fixtures;

/// <summary>
/// Debian's Chromium, driven by Playwright; nothing is downloaded. One for the whole run, started when the first test needs it:
/// each test has contexts of its own in it, as apart as two browsers are.
/// </summary>
public sealed class Browser : IAsyncDisposable
{
    private readonly NeededParts needs = new();
    private readonly SemaphoreSlim turn = new(1);
    private IPlaywright? playwright;
    private IBrowser? browser;

    /// <summary>The running browser; one that crashed costs the tests that were in it, and is started anew for the next.</summary>
    public async Task<IBrowser> ChromiumAsync()
    {
        await turn.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            if (browser is not { IsConnected: true })
                browser = await StartAsync();
            return browser;
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task<IBrowser> StartAsync()
    {
        // Where it is there, the same engine without a window's surroundings.
        var program = Environment.GetEnvironmentVariable("CHROMIUM_PATH") is { Length: > 0 } named
            ? needs.Executable("chromium", named)
            : needs.Executable("chromium-headless-shell", "/usr/bin/chromium-headless-shell", "/usr/bin/chromium");
        needs.Check();
        playwright ??= await Playwright.CreateAsync();
        // Two cores that also run the servers: a condition is waited for long, and is met soon where there is room.
        Assertions.SetDefaultExpectTimeout(Patience.Milliseconds);
        return await playwright.Chromium.LaunchAsync(
            new()
            {
                ExecutablePath = program,
                Args =
                [
                    // Tests run as root, where Chromium's sandbox does not start; it opens loopback pages only.
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-dev-shm-usage",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--force-color-profile=srgb",
                    "--font-render-hinting=none",
                ],
            }
        );
    }

    /// <summary>The pages of one test: held by the test class and disposed of with it, when its outcome is known.</summary>
    public TestPages Pages() => new(this);

    public async ValueTask DisposeAsync()
    {
        if (browser is not null)
            await browser.CloseAsync();
        playwright?.Dispose();
        turn.Dispose();
    }
}

/// <summary>The pages that one test opened. When it failed, each leaves a screenshot, its HTML and its console.</summary>
public sealed class TestPages(Browser browser) : IAsyncDisposable
{
    private readonly List<(IBrowserContext Context, List<string> Console)> open = [];

    /// <summary>Opens a page in a context of its own, as another person's browser would be.</summary>
    public async Task<IPage> OpenAsync(Uri dashboard, BrowserNewContextOptions? options = null)
    {
        options ??= new()
        {
            ViewportSize = new() { Width = 1440, Height = 900 },
        };
        options.BaseURL = dashboard.ToString();
        options.Locale ??= "en-GB";
        options.ColorScheme ??= ColorScheme.Dark;
        // What moves for the eye alone is drawn by the cores that the program needs.
        options.ReducedMotion ??= ReducedMotion.Reduce;
        options.TimezoneId ??= "Europe/Amsterdam";
        var context = await (await browser.ChromiumAsync()).NewContextAsync(options);
        context.SetDefaultTimeout(Patience.Milliseconds);
        var console = new List<string>();
        context.Console += (_, message) => console.Add($"{message.Type}: {message.Text}");
        context.WebError += (_, error) => console.Add($"error: {error.Error}");
        open.Add((context, console));
        return await context.NewPageAsync();
    }

    /// <summary>Opens a page and signs in as one of the Sandbox's people.</summary>
    /// <param name="dashboard">Where the dashboard is.</param>
    /// <param name="person">Their name.</param>
    /// <param name="password">Theirs.</param>
    /// <param name="at">Where they want to go: the sign-in page stands before it, and leads on to it.</param>
    public async Task<IPage> SignInAsync(Uri dashboard, string person, string password = "sandbox", string at = "/")
    {
        var page = await OpenAsync(dashboard);
        await SignInAsync(page, person, password, at);
        return page;
    }

    /// <summary>Signs in on a page of its own browser context, and waits until the page behind it is loaded.</summary>
    public static async Task SignInAsync(IPage page, string person, string password = "sandbox", string at = "/")
    {
        await page.GoToAsync(at);
        await page.Locator("input[autocomplete=username]").FillAsync(person);
        await page.Locator("input[autocomplete=current-password]").FillAsync(password);
        await page.Locator("form button[type=submit]").First.ClickAsync();
        // The sign-in page has a main of its own. Looked at again and again: WaitForURLAsync with "Commit" waits for the whole page
        // where the browser has got there before it is asked.
        await Assertions.Expect(page).Not.ToHaveURLAsync(new Regex("^[^?]*/signin"));
        await page.Locator("main h1").First.WaitForAsync();
        await page.WaitForLoadStateAsync();
    }

    /// <summary>
    /// Keeps a screenshot below artifacts/e2e/screenshots, for somebody who asks to look at the pages by <c>SEVENSA_SCREENSHOTS</c> in
    /// the environment. A run that nobody looks at need not draw each page once more.
    /// </summary>
    public static Task ScreenshotAsync(IPage page, string name, bool fullPage = false) =>
        Environment.GetEnvironmentVariable("SEVENSA_SCREENSHOTS") is { Length: > 0 }
            ? KeepScreenshotAsync(page, name, fullPage)
            : Task.CompletedTask;

    /// <summary>Keeps one there whoever asks, of what is not as it should be.</summary>
    public static Task KeepScreenshotAsync(IPage page, string name, bool fullPage = false) =>
        page.ScreenshotAsync(
            new()
            {
                Path = Path.Combine(Workspace.Artifacts, "screenshots", name + ".png"),
                FullPage = fullPage,
                Animations = ScreenshotAnimations.Disabled,
            }
        );

    public async ValueTask DisposeAsync()
    {
        var failed = TestContext.Current.TestState?.Result == TestResult.Failed;
        foreach (var (context, console) in open)
        {
            if (failed)
                await KeepAsync(context, console);
            await context.CloseAsync();
        }
        open.Clear();
    }

    private static async Task KeepAsync(IBrowserContext context, List<string> console)
    {
        var test = TestContext.Current.TestMethod is { } method
            ? $"{method.TestClass.TestClassSimpleName}.{method.MethodName}"
            : "test";
        var folder = Directory.CreateDirectory(Path.Combine(Workspace.Artifacts, "failed", test)).FullName;
        for (var n = 0; n < context.Pages.Count; n++)
        {
            var name = Path.Combine(folder, $"{context.GetHashCode():x}-{n}");
            await File.WriteAllLinesAsync(name + ".console.txt", [context.Pages[n].Url, .. console]);
            try
            {
                await context.Pages[n].ScreenshotAsync(new() { Path = name + ".png", FullPage = true });
                await File.WriteAllTextAsync(name + ".html", await context.Pages[n].ContentAsync());
            }
            catch (PlaywrightException exception)
            {
                await File.WriteAllTextAsync(name + ".error.txt", exception.ToString());
            }
        }
    }
}
