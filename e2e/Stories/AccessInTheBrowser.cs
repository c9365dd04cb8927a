using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>An open page ends with what let its person in.</summary>
[TakesLong(90)]
public sealed class AccessInTheBrowser(DashboardProcess dashboard, Browser browser)
    : IClassFixture<DashboardProcess>,
        IAsyncDisposable
{
    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    [Fact]
    public async Task An_open_page_leads_to_sign_in_soon_after_its_account_is_disabled()
    {
        using var admin = await dashboard.ClientOfAsync("admin");
        var page = await pages.SignInAsync(dashboard.Url, "viewer", at: "/tenants/rentguy");
        await EveryPageIsFitToShow.WholeAsync(page);
        using var since = new OwnTime();
        // When it sets out: how long a busy machine takes to draw the sign-in page is another matter.
        var left = new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously);
        page.Request += (_, request) =>
        {
            if (request.IsNavigationRequest && request.Url.Contains("/signin?returnUrl=", StringComparison.Ordinal))
                left.TrySetResult(since.Elapsed);
        };
        using var disabled = await admin.PostAsync(
            new Uri("/api/v1/people/sandbox-person-viewer/disable", UriKind.Relative),
            null
        );
        Assert.True(disabled.IsSuccessStatusCode);
        await Assertions.Expect(page).ToHaveURLAsync(new Regex(@"/signin\?returnUrl="));
        var took = await left.Task.WaitAsync(Patience.Usual, TestContext.Current.CancellationToken);
        Assert.True(took < Patience.OfFiveSeconds, $"It took {took}.");
    }

    [Fact]
    public async Task A_page_that_was_left_open_makes_no_token_without_the_password()
    {
        var page = await pages.SignInAsync(dashboard.Url, "operator", at: "/me");
        await EveryPageIsFitToShow.WholeAsync(page);
        await page.GetByLabel("What it is for").FillAsync("left open");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make token" }).ClickAsync();
        foreach (var (given, seen) in new[] { ("wrong", "That is not your password."), ("sandbox", "Your new token") })
        {
            await page.GetByLabel("Your password, or a code").FillAsync(given);
            await page.GetByRole(AriaRole.Button, new() { Name = "Make it" }).ClickAsync();
            await page.GetByText(seen).WaitForAsync();
        }
    }

    [Fact]
    public async Task A_double_click_on_what_can_be_done_with_people_does_it_once()
    {
        using var admin = await dashboard.ClientOfAsync("admin");
        var page = await pages.SignInAsync(dashboard.Url, "admin", at: "/access");
        var row = page.GetByRole(AriaRole.Row).Filter(new() { HasText = "approver" });
        await row.GetByRole(AriaRole.Button, new() { Name = "Reset password" }).DblClickAsync();
        await page.GetByLabel("Your password, or a code").FillAsync("sandbox");
        await page.GetByRole(AriaRole.Button, new() { Name = "Reset it" }).DblClickAsync();
        await page.GetByText("Link for").WaitForAsync();
        Assert.Single(await RowsAsync("person.reset"));
        // What it has become stands under the pointer by then: "Enable".
        await row.GetByRole(AriaRole.Button, new() { Name = "Disable" }).DblClickAsync();
        await row.GetByRole(AriaRole.Button, new() { Name = "Enable" }).WaitForAsync();
        Assert.Single(await RowsAsync("person.disabled"));
        Assert.Empty(await RowsAsync("person.enabled"));

        async Task<IReadOnlyList<string>> RowsAsync(string action)
        {
            using var answer = await admin.GetAsync(new Uri($"/api/v1/audit?action={action}", UriKind.Relative));
            using var body = System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            // Other stories do the same to others.
            return
            [
                .. body
                    .RootElement.GetProperty("items")
                    .EnumerateArray()
                    .Select(one => one.GetRawText())
                    .Where(one => one.Contains("approver", StringComparison.OrdinalIgnoreCase)),
            ];
        }
    }

    [Fact]
    public async Task On_a_phone_what_is_asked_has_the_focus_and_what_went_wrong_is_in_sight()
    {
        var page = await pages.SignInAsync(dashboard.Url, "admin");
        await page.SetViewportSizeAsync(360, 640);
        await page.GoToAsync("/access");
        await EveryPageIsFitToShow.WholeAsync(page);
        // The last of the list, far below where the password is asked for and where what went wrong is told.
        await page.GetByRole(AriaRole.Button, new() { Name = "Reset password" }).Last.ClickAsync();
        var given = page.GetByLabel("Your password, or a code");
        await Assertions.Expect(given).ToBeFocusedAsync();
        await Assertions.Expect(given).ToBeInViewportAsync();
        await page.Keyboard.TypeAsync("wrong");
        await page.Keyboard.PressAsync("Enter");
        var told = page.GetByRole(AriaRole.Alert).Filter(new() { HasText = "That is not your password." });
        await Assertions.Expect(told).ToBeInViewportAsync();
    }
}
