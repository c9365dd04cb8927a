using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>
/// Another program lets people in by the dashboard. In a real browser, which holds each form to where its page let forms lead, through
/// all redirects that follow.
/// </summary>
[Collection(nameof(OneSandbox))]
public sealed class SigningInElsewhere(DashboardProcess dashboard, Browser browser) : IAsyncDisposable
{
    private const string Challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    [Fact]
    public async Task A_person_comes_out_at_the_program_whichever_way_they_sign_in_and_out()
    {
        var party = $"http://127.0.0.1:{Workspace.FreePort()}";
        await using var program = await ProgramAsync(party);
        using var admin = await dashboard.ClientOfAsync("admin");
        using var made = await admin.PostAsJsonAsync(
            new Uri("/api/v1/clients", UriKind.Relative),
            new
            {
                id = "party",
                scopes = new[] { "read" },
                redirectUris = new[] { $"{party}/back" },
                postLogoutRedirectUris = new[] { $"{party}/left" },
            }
        );
        Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync());
        var page = await pages.OpenAsync(dashboard.Url);
        var said = new List<string>();
        page.Console += (_, message) =>
        {
            if (message.Text.Contains("violates", StringComparison.Ordinal))
                said.Add(message.Text);
        };

        // The first time the person is asked.
        await page.GoToAsync(Ask());
        await SignInAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Allow party" }).ClickAsync();
        await page.WaitForURLAsync($"{party}/back*");

        // The next time nothing is asked but the password.
        await page.Context.ClearCookiesAsync();
        await page.GoToAsync(Ask());
        await SignInAsync();
        await page.WaitForURLAsync($"{party}/back*");

        // Again, since the program wants it.
        await page.GoToAsync(Ask() + "&prompt=login");
        await SignInAsync();
        await page.WaitForURLAsync($"{party}/back*");

        // The answer as a form, as ASP.NET Core's handler has it.
        await page.GoToAsync(Ask() + "&response_mode=form_post");
        await page.GetByText("posted: code").WaitForAsync();

        // Without a word of whose session it is, the person is asked before it ends.
        await page.GoToAsync(
            $"/connect/logout?client_id=party&post_logout_redirect_uri={Uri.EscapeDataString($"{party}/left")}"
        );
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out", Exact = true }).ClickAsync();
        await page.WaitForURLAsync($"{party}/left*");
        await page.GoToAsync($"{dashboard.Url}me");
        await page.WaitForURLAsync("**/signin?returnUrl=*");
        Assert.Empty(said);

        string Ask() =>
            $"{dashboard.Url}connect/authorize?response_type=code&client_id=party&scope=openid%20profile&state=s&nonce=n"
            + $"&redirect_uri={Uri.EscapeDataString($"{party}/back")}&code_challenge={Challenge}&code_challenge_method=S256";

        async Task SignInAsync()
        {
            await page.GetByLabel("Name").FillAsync("viewer");
            await page.GetByLabel("Password").FillAsync("sandbox");
            await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        }
    }

    private static async Task<WebApplication> ProgramAsync(string url)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url);
        var app = builder.Build();
        app.MapGet("/back", () => "You are back.");
        app.MapPost(
            "/back",
            async (HttpRequest request) => $"posted: {string.Join(' ', (await request.ReadFormAsync()).Keys)}"
        );
        app.MapGet("/left", () => "You left.");
        await app.StartAsync();
        return app;
    }
}
