using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>A passkey of Chromium's virtual authenticator is made, lets its person in, and does so no more once it is removed.</summary>
[Collection(nameof(OneSandbox))]
public sealed class PasskeysInTheBrowser(DashboardProcess dashboard, Browser browser) : IAsyncDisposable
{
    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    [Fact]
    public async Task Somebody_registers_a_passkey_signs_in_by_it_renames_and_removes_it()
    {
        using var admin = await dashboard.ClientOfAsync("admin");
        // A passkey belongs to a name; an address has none.
        var url = new UriBuilder(dashboard.Url) { Host = "localhost" }
            .Uri.ToString()
            .TrimEnd('/');
        var page = await pages.OpenAsync(new Uri(url));
        var devtools = await page.Context.NewCDPSessionAsync(page);
        await devtools.SendAsync("WebAuthn.enable");
        await devtools.SendAsync(
            "WebAuthn.addVirtualAuthenticator",
            new()
            {
                ["options"] = new
                {
                    protocol = "ctap2",
                    transport = "internal",
                    hasResidentKey = true,
                    hasUserVerification = true,
                    isUserVerified = true,
                    automaticPresenceSimulation = true,
                },
            }
        );

        await page.GoToAsync($"{url}/signin?returnUrl=%2Fme%2Fpasskeys");
        await page.GetByLabel("Name").FillAsync("operator");
        await page.GetByLabel("Password").FillAsync("sandbox");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await page.WaitForURLAsync("**/me/passkeys");
        await page.GetByLabel("Name").FillAsync("laptop");
        await page.GetByLabel("Password").FillAsync("sandbox");
        await page.GetByRole(AriaRole.Button, new() { Name = "Go on" }).ClickAsync();
        var make = page.GetByRole(AriaRole.Button, new() { Name = "Make the passkey" });
        await make.WaitForAsync();
        // A form is sent by the script, which comes after it.
        await page.WaitForLoadStateAsync(LoadState.Load);
        await Assertions.Expect(page.Locator("[data-trouble]")).ToBeHiddenAsync();
        await make.ClickAsync();
        await page.GetByText("laptop").WaitForAsync();

        await ByPasskeyAsync();
        await page.WaitForURLAsync("**/me/passkeys");

        await page.GetByRole(AriaRole.Link, new() { Name = "Change" }).ClickAsync();
        await page.WaitForURLAsync(new Regex("/me/passkeys[?]edit="));
        await page.GetByLabel("Name").FillAsync("old laptop");
        // In place of the password, the passkey itself.
        await page.GetByRole(AriaRole.Button, new() { Name = "Use a passkey instead" }).ClickAsync();
        await Assertions.Expect(page.GetByLabel("Password")).ToHaveValueAsync(new Regex("^passkey-"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Rename" }).ClickAsync();
        await page.GetByText("old laptop").WaitForAsync();

        // On a page that is alive it is filled in and sent.
        await page.GoToAsync($"{url}/me");
        await page.GetByLabel("What it is for").FillAsync("made after a passkey");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make token" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Use a passkey instead" }).ClickAsync();
        await page.GetByText("Your new token").WaitForAsync();

        // Turned away again and again, the session has to prove itself; whose it is does so there.
        for (var times = 0; times < 25; times++)
            await page.Context.APIRequest.GetAsync($"{url}/access", new() { MaxRedirects = 0 });
        using var patience = new CancellationTokenSource(Patience.Usual);
        while (
            !(await admin.GetStringAsync(new Uri("/api/v1/signals", UriKind.Relative))).Contains(
                "denials",
                StringComparison.Ordinal
            )
        )
            await Task.Delay(100, patience.Token);
        await page.GoToAsync($"{url}/me");
        await page.GetByRole(AriaRole.Button, new() { Name = "Prove that it is you" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Use a passkey instead" }).ClickAsync();
        await Assertions.Expect(page.Locator("[data-doubt]")).ToHaveCountAsync(0);

        await page.GoToAsync($"{url}/me/passkeys");
        await page.GetByRole(AriaRole.Link, new() { Name = "Change" }).ClickAsync();
        await page.WaitForURLAsync(new Regex("/me/passkeys[?]edit="));
        await page.GetByLabel("Password").FillAsync("sandbox");
        await page.GetByRole(AriaRole.Button, new() { Name = "Remove" }).ClickAsync();
        await Assertions.Expect(page.GetByText("old laptop")).ToHaveCountAsync(0);

        await ByPasskeyAsync();
        await page.GetByText("lets nobody in here").WaitForAsync();
        Assert.Contains(
            "By a passkey",
            await admin.GetStringAsync(new Uri("/api/v1/audit?action=signal.lifted", UriKind.Relative))
        );
        foreach (var action in new[] { "passkey.added", "passkey.renamed", "passkey.removed" })
            Assert.Contains(
                "\"target\":\"operator\"",
                await admin.GetStringAsync(new Uri($"/api/v1/audit?action={action}", UriKind.Relative))
            );

        async Task ByPasskeyAsync()
        {
            await page.Context.ClearCookiesAsync();
            await page.GoToAsync($"{url}/signin?returnUrl=%2Fme%2Fpasskeys");
            await page.GetByRole(AriaRole.Link, new() { Name = "Sign in with a passkey" }).ClickAsync();
            await page.WaitForURLAsync(new Regex("/signin/passkey"));
            await page.GetByRole(AriaRole.Button, new() { Name = "Use a passkey" }).ClickAsync();
        }
    }
}
