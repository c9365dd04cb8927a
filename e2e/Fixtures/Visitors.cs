using Microsoft.Playwright;

namespace Sevensa.Dashboard.E2E.Fixtures;

/// <summary>One Sandbox and one signed-in page for each person, shared by all cases of a class that only look.</summary>
public sealed class Visitors(Browser browser) : IAsyncLifetime
{
    private readonly DashboardProcess dashboard = new();
    private readonly Dictionary<string, (IPage Page, List<string> Said)> pages = [];
    private TestPages? open;

    public Uri Url => dashboard.Url;

    public async ValueTask InitializeAsync()
    {
        await dashboard.InitializeAsync();
        open = browser.Pages();
    }

    /// <summary>The person's page, and what its console and scripts complain of; the list is emptied by who reads it.</summary>
    public async Task<(IPage Page, List<string> Said)> PageOfAsync(string person)
    {
        if (pages.TryGetValue(person, out var known))
            return known;
        var page = await OpenAsync(open ?? throw new InvalidOperationException("The browser was not started"));
        var said = new List<string>();
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                said.Add($"the console says: {message.Text}");
        };
        page.PageError += (_, error) => said.Add($"a script failed: {error}");
        await TestPages.SignInAsync(page, person);
        return pages[person] = (page, said);
    }

    /// <summary>Opens a page as most people see it: with all that moves.</summary>
    public Task<IPage> OpenAsync(TestPages pages) =>
        pages.OpenAsync(
            Url,
            new()
            {
                ViewportSize = new() { Width = 1440, Height = 900 },
                ReducedMotion = ReducedMotion.NoPreference,
            }
        );

    public async ValueTask DisposeAsync()
    {
        if (open is not null)
            await open.DisposeAsync();
        await dashboard.DisposeAsync();
    }
}
