using System.Diagnostics;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>An open page ends with what let its person in.</summary>
public sealed class AccessInTheBrowser(Browser browser) : IAsyncDisposable
{
    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    [Fact]
    public async Task An_open_page_leads_to_sign_in_soon_after_its_account_is_disabled()
    {
        await using var dashboard = DashboardProcess.With([]);
        await dashboard.StartAsync();
        using var admin = await dashboard.ClientOfAsync("admin");
        var page = await pages.SignInAsync(dashboard.Url, "viewer");
        await page.GotoAsync("/tenants/rentguy");
        await EveryPageIsFitToShow.WholeAsync(page);
        var since = Stopwatch.StartNew();
        using var disabled = await admin.PostAsync(
            new Uri("/api/v1/people/sandbox-person-viewer/disable", UriKind.Relative),
            null
        );
        Assert.True(disabled.IsSuccessStatusCode);
        await page.WaitForURLAsync("**/signin?returnUrl=*");
        Assert.True(since.Elapsed < Patience.OfFiveSeconds, $"It took {since.Elapsed}.");
    }
}
