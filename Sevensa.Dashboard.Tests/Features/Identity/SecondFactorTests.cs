using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Identity;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>Signing in by a password and a code of an app. Apart from the others: it holds accounts and counts failures.</summary>
public sealed class SecondFactorTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    [Fact]
    public async Task With_a_second_factor_the_password_opens_nothing_and_a_code_does_once()
    {
        var person = await MadePerson.MakeAsync(app, "two-steps", "viewer", "rentguy");
        using var elsewhere = await app.BrowserAsAsync(person.UserName, MadePerson.Password);
        var phone = await AuthenticatorApp.SetUpAsync(person.Browser, MadePerson.Password);

        // What was begun by the password alone has ended, but for the session in which it was set up.
        using (var other = await elsewhere.GetAsync("/me"))
            Assert.Equal(HttpStatusCode.Found, other.StatusCode);
        using (var own = await person.Browser.GetAsync("/me"))
            Assert.Equal(HttpStatusCode.OK, own.StatusCode);

        using var browser = app.Browser();
        var asked = await PasswordAsync(browser, person.UserName);
        using (var page = await browser.GetAsync("/me"))
            Assert.Equal(HttpStatusCode.Found, page.StatusCode);

        using (var wrong = await CodeAsync(browser, asked, "000000"))
            Assert.Contains("role=\"alert\"", await wrong.Content.ReadAsStringAsync());
        var code = phone.Next();
        using (var right = await CodeAsync(browser, asked, code))
            Assert.Equal(HttpStatusCode.Found, right.StatusCode);
        using (var page = await browser.GetAsync("/me"))
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);

        using var thief = app.Browser();
        using var replayed = await CodeAsync(thief, await PasswordAsync(thief, person.UserName), code);
        Assert.Equal(HttpStatusCode.OK, replayed.StatusCode);
        Assert.DoesNotContain("sevensa.session=", replayed.Headers.ToString());
    }

    [Fact]
    public async Task Tokens_that_the_password_alone_was_enough_for_end_when_it_is_set_up()
    {
        var person = await MadePerson.MakeAsync(app, "grows-suspicious", "viewer", "rentguy");
        using var personal = await person.PersonalAsync("read");
        var tokens = await person.LetAppActAsync("offline_access read");
        using var access = app.WithToken(tokens.GetProperty("access_token").GetString()!);
        await AuthenticatorApp.SetUpAsync(person.Browser, MadePerson.Password);
        foreach (var client in new[] { personal, access })
        {
            using var after = await client.GetAsync("/api/v1/tenants");
            Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
        }
        var refreshed = await person.RefreshAsync(tokens.GetProperty("refresh_token").GetString()!);
        Assert.Equal("invalid_grant", refreshed.GetProperty("error").GetString());
        // Who has set it up stays signed in, and what is given from now on holds.
        using var anew = await person.ApiAsync("read");
        using var read = await anew.GetAsync("/api/v1/tenants");
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
    }

    [Fact]
    public async Task Programs_are_told_how_and_when_somebody_signed_in()
    {
        var person = await MadePerson.MakeAsync(app, "told-how", "viewer", "rentguy");
        Assert.Equal(["pwd"], await MethodsAsync(person));
        var phone = await AuthenticatorApp.SetUpAsync(person.Browser, MadePerson.Password);
        using var browser = app.Browser();
        using (var entered = await CodeAsync(browser, await PasswordAsync(browser, person.UserName), phone.Next()))
            Assert.Equal(HttpStatusCode.Found, entered.StatusCode);
        var again = person with { Browser = browser };
        Assert.Equal(["pwd", "otp", "mfa"], await MethodsAsync(again));
    }

    [Fact]
    public async Task A_recovery_code_lets_in_once_is_recorded_and_new_ones_end_the_old()
    {
        var person = await MadePerson.MakeAsync(app, "recovers", "viewer", "rentguy");
        var phone = await AuthenticatorApp.SetUpAsync(person.Browser, MadePerson.Password);
        using var browser = app.Browser();
        var given = phone.Recovery[0].ToLowerInvariant();
        using (var first = await CodeAsync(browser, await PasswordAsync(browser, person.UserName), given))
            Assert.Equal(HttpStatusCode.Found, first.StatusCode);
        // A sheet of paper shows no one-time password.
        Assert.Equal(["pwd", "mfa"], await MethodsAsync(person with { Browser = browser }));
        using var second = app.Browser();
        using (var again = await CodeAsync(second, await PasswordAsync(second, person.UserName), given))
            Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Contains("9 are left", await RecordAsync("secondFactor.recoveryCodeUsed"));

        using var renewed = await SubmitAsync(browser, "renew", ("Input.Code", phone.Next()));
        var codes = AuthenticatorApp.RecoveryIn(await renewed.Content.ReadAsStringAsync());
        Assert.Equal(10, codes.Count);
        Assert.Empty(codes.Intersect(phone.Recovery));
        using (var old = await CodeAsync(second, await PasswordAsync(second, person.UserName), phone.Recovery[1]))
            Assert.Equal(HttpStatusCode.OK, old.StatusCode);
    }

    [Fact]
    public async Task Whoever_knows_the_password_alone_gets_five_tries_at_the_code_and_no_more()
    {
        var person = await MadePerson.MakeAsync(app, "guessed-at", "viewer", "rentguy");
        var phone = await AuthenticatorApp.SetUpAsync(person.Browser, MadePerson.Password);
        using var browser = app.Browser();
        for (var tries = 0; tries < 5; tries++)
        {
            // The right password in between forgives no wrong code.
            using var wrong = await CodeAsync(browser, await PasswordAsync(browser, person.UserName), "123456");
            Assert.Equal(HttpStatusCode.OK, wrong.StatusCode);
        }
        using var held = await SandboxApp.SubmitAsync(
            browser,
            "/signin",
            ("Input.Name", person.UserName),
            ("Input.Password", MadePerson.Password)
        );
        var html = await held.Content.ReadAsStringAsync();
        Assert.DoesNotContain("Input.Passed", html);
        Assert.Contains("role=\"alert\"", html);
        Assert.Contains($"\"target\":\"{person.UserName}\"", await RecordAsync("signin.lockout"));
        Assert.Equal(6, phone.Next().Length);
    }

    [Fact]
    public async Task Setting_up_takes_the_password_and_turning_off_takes_a_code()
    {
        var person = await MadePerson.MakeAsync(app, "sets-up", "client", "rentguy");
        using (
            var refused = await SandboxApp.SubmitAsync(person.Browser, AuthenticatorApp.Page, ("Input.Password", "x"))
        )
        {
            var html = await refused.Content.ReadAsStringAsync();
            Assert.Contains("That is not your password.", html);
            Assert.DoesNotContain("data-key", html);
        }
        var phone = await AuthenticatorApp.SetUpAsync(person.Browser, MadePerson.Password);
        using (var byPassword = await SubmitAsync(person.Browser, "remove", ("Input.Code", MadePerson.Password)))
            Assert.Contains("no code of your second factor", await byPassword.Content.ReadAsStringAsync());
        using (var byCode = await SubmitAsync(person.Browser, "remove", ("Input.Code", phone.Next())))
            Assert.Contains("Set it up", await byCode.Content.ReadAsStringAsync());
        using var browser = await app.BrowserAsAsync(person.UserName, MadePerson.Password);
        Assert.Contains($"\"target\":\"{person.UserName}\"", await RecordAsync("secondFactor.removed"));
    }

    [Fact]
    public async Task An_administrator_takes_a_lost_one_away_after_proving_who_they_are()
    {
        var person = await MadePerson.MakeAsync(app, "lost-phone", "viewer", "rentguy");
        await AuthenticatorApp.SetUpAsync(person.Browser, MadePerson.Password);
        using var admin = await app.ApiAsAsync("admin");
        var reset = $"/api/v1/people/{person.Id}/second-factor/reset";
        using (var unproved = await admin.PostAsJsonAsync(reset, new { }))
        {
            Assert.Equal(HttpStatusCode.Forbidden, unproved.StatusCode);
            Assert.Contains("stepUpRequired", await unproved.Content.ReadAsStringAsync());
        }
        var forAnother = await ProveAsync(admin, "sandbox-person-viewer");
        using (var misused = await admin.PostAsJsonAsync(reset, new { stepUp = forAnother }))
            Assert.Equal(HttpStatusCode.Forbidden, misused.StatusCode);
        await SandboxApp.GoodAsync(admin.PostAsJsonAsync(reset, new { stepUp = await ProveAsync(admin, person.Id) }));
        using (var page = await person.Browser.GetAsync("/me"))
            Assert.Equal(HttpStatusCode.Found, page.StatusCode);
        using var browser = await app.BrowserAsAsync(person.UserName, MadePerson.Password);
        Assert.Contains($"\"target\":\"{person.UserName}\"", await RecordAsync("secondFactor.reset"));
    }

    [Fact]
    public async Task A_new_password_by_link_does_not_get_around_it()
    {
        var person = await MadePerson.MakeAsync(app, "by-link", "viewer", "rentguy");
        await AuthenticatorApp.SetUpAsync(person.Browser, MadePerson.Password);
        using var admin = await app.ApiAsAsync("admin");
        using var made = await admin.PostAsync($"/api/v1/people/{person.Id}/reset", null);
        var link = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("link").GetString()!;
        using var browser = app.Browser();
        using var chosen = await SandboxApp.SubmitAsync(
            browser,
            new Uri(link).PathAndQuery,
            ("Input.Password", MadePerson.Password),
            ("Input.Again", MadePerson.Password)
        );
        Assert.Equal("/signin", new Uri(app.Address, chosen.Headers.Location!).AbsolutePath);
        using var page = await browser.GetAsync("/me");
        Assert.Equal(HttpStatusCode.Found, page.StatusCode);
    }

    [Fact]
    public async Task The_store_holds_neither_the_key_nor_the_recovery_codes_as_they_are()
    {
        var person = await MadePerson.MakeAsync(app, "sealed-away", "viewer", "rentguy");
        var phone = await AuthenticatorApp.SetUpAsync(person.Browser, MadePerson.Password);
        await using var store = new SqliteConnection(
            $"Data Source={Path.Combine(app.Folder, "sevensa.db")};Mode=ReadOnly"
        );
        await store.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = store.CreateCommand();
        command.CommandText = "SELECT Value FROM AccountSecrets WHERE UserId = $id";
        command.Parameters.AddWithValue("$id", person.Id);
        await using var rows = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var count = 0;
        while (await rows.ReadAsync(TestContext.Current.CancellationToken))
        {
            count++;
            Assert.StartsWith("CfDJ8", rows.GetString(0), StringComparison.Ordinal);
            Assert.DoesNotContain(phone.Recovery[0], rows.GetString(0));
        }
        Assert.Equal(2, count);
        // And under the seal the codes are hashed.
        await using var scope = app.Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<AppUser>>();
        var user = (await users.FindByIdAsync(person.Id))!;
        var codes = (await users.GetAuthenticationTokenAsync(user, "[AspNetUserStore]", "RecoveryCodes"))!.Split(';');
        Assert.Equal(10, codes.Length);
        Assert.DoesNotContain(codes, one => phone.Recovery.Any(one.Contains));
    }

    private async Task<IEnumerable<string>> MethodsAsync(MadePerson person)
    {
        var tokens = await person.LetAppActAsync("openid offline_access read");
        var refreshed = await person.RefreshAsync(tokens.GetProperty("refresh_token").GetString()!);
        var (first, later) = (Read(tokens), Read(refreshed));
        Assert.Equal(first.Methods, later.Methods);
        Assert.Equal(first.At, later.At);
        return first.Methods;

        static (string[] Methods, string? At) Read(JsonElement answer)
        {
            var token = new JsonWebToken(answer.GetProperty("id_token").GetString());
            var payload = JsonSerializer.Deserialize<JsonElement>(
                Microsoft.IdentityModel.Tokens.Base64UrlEncoder.Decode(token.EncodedPayload)
            );
            return (
                [.. payload.GetProperty("amr").EnumerateArray().Select(one => one.GetString()!)],
                payload.GetProperty("auth_time").ToString()
            );
        }
    }

    /// <summary>Gives the password; the page that asks for the code.</summary>
    private static async Task<string> PasswordAsync(HttpClient browser, string name)
    {
        using var answer = await SandboxApp.SubmitAsync(
            browser,
            "/signin",
            ("Input.Name", name),
            ("Input.Password", MadePerson.Password)
        );
        Assert.DoesNotContain("sevensa.session=", answer.Headers.ToString());
        var html = await answer.Content.ReadAsStringAsync();
        Assert.Contains("one-time-code", html);
        return html;
    }

    private static async Task<HttpResponseMessage> CodeAsync(HttpClient browser, string page, string code)
    {
        var form = SandboxApp.HiddenFields(page);
        form["Input.Code"] = code;
        return await browser.PostAsync("/signin", new FormUrlEncodedContent(form));
    }

    /// <summary>One of the two forms of the account's page.</summary>
    private static async Task<HttpResponseMessage> SubmitAsync(
        HttpClient browser,
        string handler,
        params (string Name, string Value)[] fields
    )
    {
        var html = await browser.GetStringAsync(AuthenticatorApp.Page);
        var start = html.IndexOf($"name=\"_handler\" value=\"{handler}\"", StringComparison.Ordinal);
        Assert.True(start > 0, html);
        var from = html.LastIndexOf("<form", start, StringComparison.Ordinal);
        var form = SandboxApp.HiddenFields(html[from..html.IndexOf("</form>", start, StringComparison.Ordinal)]);
        foreach (var (name, value) in fields)
            form[name] = value;
        return await browser.PostAsync(AuthenticatorApp.Page, new FormUrlEncodedContent(form));
    }

    private static async Task<string?> ProveAsync(HttpClient admin, string person)
    {
        using var answer = await admin.PostAsJsonAsync(
            "/api/v1/step-ups",
            new
            {
                deed = "secondFactor.reset",
                target = person,
                password = "sandbox",
            }
        );
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("proof").GetString();
    }

    private async Task<string> RecordAsync(string action)
    {
        using var admin = await app.ApiAsAsync("admin");
        return await admin.GetStringAsync($"/api/v1/audit?action={action}");
    }
}
