using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>Other programs let people in by the dashboard, as programs that know nothing of it do.</summary>
[Collection(SandboxCollection.Name)]
public class RelyingPartyTests(SandboxApp app)
{
    private const string Verifier = "a-verifier-that-is-long-enough-for-the-standard-0123456789";

    private static string Challenge => WebEncoders.Base64UrlEncode(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)));

    [Fact]
    public async Task A_person_signs_in_is_known_and_signs_out()
    {
        await using var party = await RelyingParty.StartAsync(app);
        using var browser = app.Browser();
        var (at, page) = await party.FollowAsync(browser, party.Url);
        page.Dispose();
        Assert.Equal("/signin", at.AbsolutePath);
        (at, page) = await party.SubmitAsync(
            browser,
            at,
            at.PathAndQuery,
            ("Input.Name", "client-rentguy"),
            ("Input.Password", "sandbox")
        );
        Assert.Equal("/consent", at.AbsolutePath);
        Assert.Contains("your role and your tenants", await page.Content.ReadAsStringAsync());
        page.Dispose();
        (at, page) = await party.SubmitAsync(browser, at, "/connect/authorize", ("decision", "allow"));
        Assert.Equal(party.Url, at.GetLeftPart(UriPartial.Authority));
        var shown = await page.Content.ReadFromJsonAsync<JsonElement>();
        page.Dispose();
        var claims = shown
            .GetProperty("claims")
            .EnumerateArray()
            .ToLookup(
                claim => claim.GetProperty("type").GetString()!,
                claim => claim.GetProperty("value").GetString()!
            );
        Assert.Equal("sandbox-person-client-rentguy", claims["sub"].First());
        Assert.Contains("client-rentguy", claims["preferred_username"]);
        Assert.Contains("client", claims["role"]);
        Assert.Contains("rentguy", claims["tenants"]);
        Assert.NotEmpty(claims["name"]);
        Assert.NotEmpty(claims["auth_time"]);
        // A token for signing in opens nothing else.
        using var api = app.WithToken(shown.GetProperty("accessToken").GetString()!);
        using var tenants = await api.GetAsync("/api/v1/tenants/rentguy/health");
        Assert.Equal(HttpStatusCode.Forbidden, tenants.StatusCode);

        (at, page) = await party.FollowAsync(browser, $"{party.Url}/leave");
        page.Dispose();
        Assert.Equal($"{party.Url}/left", at.ToString());
        using (var me = await browser.GetAsync("/me"))
        {
            Assert.Equal(HttpStatusCode.Found, me.StatusCode);
        }
        (at, page) = await party.FollowAsync(browser, party.Url);
        page.Dispose();
        Assert.Equal("/signin", at.AbsolutePath);
    }

    [Fact]
    public async Task The_second_time_nothing_is_asked_until_the_person_takes_it_back()
    {
        await using var party = await RelyingParty.StartAsync(app, ["read"]);
        using var browser = await app.BrowserAsAsync("viewer");
        var (at, page) = await party.FollowAsync(browser, party.Url);
        page.Dispose();
        (at, page) = await party.SubmitAsync(browser, at, "/connect/authorize", ("decision", "allow"));
        page.Dispose();
        Assert.Equal(party.Url, at.GetLeftPart(UriPartial.Authority));

        using var sameSession = await app.BrowserAsAsync("viewer");
        (at, page) = await party.FollowAsync(sameSession, party.Url);
        page.Dispose();
        Assert.Equal(party.Url, at.GetLeftPart(UriPartial.Authority));

        using var other = await app.BrowserAsAsync("operator");
        (at, page) = await party.FollowAsync(other, party.Url);
        page.Dispose();
        Assert.Equal("/consent", at.AbsolutePath);

        using var viewer = await app.ApiAsAsync("viewer");
        await SandboxApp.GoodAsync(viewer.DeleteAsync($"/api/v1/clients/{party.Id}/consent"));
        using var after = await app.BrowserAsAsync("viewer");
        (at, page) = await party.FollowAsync(after, party.Url);
        page.Dispose();
        Assert.Equal("/consent", at.AbsolutePath);
    }

    [Fact]
    public async Task Nobody_is_sent_back_in_place_of_whom_the_program_names()
    {
        string? hint = null;
        string? prompt = null;
        await using var party = await RelyingParty.StartAsync(
            app,
            configure: options =>
                options.Events.OnRedirectToIdentityProvider = context =>
                {
                    (context.ProtocolMessage.IdTokenHint, context.ProtocolMessage.Prompt) = (hint, prompt);
                    return Task.CompletedTask;
                }
        );
        using var viewer = await app.BrowserAsAsync("viewer");
        using var client = await app.BrowserAsAsync("client-rentguy");
        var given = await AllowedAsync(client);
        _ = await AllowedAsync(viewer);
        hint = given;

        // Silently: the one who is signed in is not the one who was.
        prompt = "none";
        using (var silent = await AuthorizeAsync(viewer))
            Assert.Contains("error=login_required", silent.Headers.Location!.Query);
        using (var own = await AuthorizeAsync(client))
            Assert.Contains("code=", own.Headers.Location!.Query);
        // With the person there: they are asked to sign in, and who is somebody else all the same is told as such.
        prompt = null;
        string back;
        using (var asked = await AuthorizeAsync(viewer))
        {
            Assert.StartsWith("/signin?", asked.Headers.Location!.OriginalString, StringComparison.Ordinal);
            var query = QueryHelpers.ParseQuery(new Uri(app.Address, asked.Headers.Location).Query);
            Assert.Equal("true", query["again"]);
            back = query["returnUrl"].ToString();
        }
        using (
            await SandboxApp.SubmitAsync(
                viewer,
                "/signin?again=true",
                ("Input.Name", "viewer"),
                ("Input.Password", "sandbox")
            )
        ) { }
        using (var other = await viewer.GetAsync(back))
            Assert.Contains("error=login_required", other.Headers.Location!.Query);

        async Task<HttpResponseMessage> AuthorizeAsync(HttpClient browser)
        {
            using var fresh = app.Browser();
            using var sent = await fresh.GetAsync(party.Url);
            return await browser.GetAsync(sent.Headers.Location);
        }

        async Task<string?> AllowedAsync(HttpClient browser)
        {
            var (at, page) = await party.FollowAsync(browser, party.Url);
            page.Dispose();
            (_, page) = await party.SubmitAsync(browser, at, "/connect/authorize", ("decision", "allow"));
            using var shown = page;
            return (await shown.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("idToken").GetString();
        }
    }

    [Fact]
    public async Task What_changes_something_is_asked_for_each_time()
    {
        await using var party = await RelyingParty.StartAsync(
            app,
            ["read", "propose"],
            options => options.Scope.Add("propose")
        );
        for (var time = 0; time < 2; time++)
        {
            using var fresh = await app.BrowserAsAsync("operator");
            var (at, page) = await party.FollowAsync(fresh, party.Url);
            page.Dispose();
            Assert.Equal("/consent", at.AbsolutePath);
            (at, page) = await party.SubmitAsync(fresh, at, "/connect/authorize", ("decision", "allow"));
            page.Dispose();
            Assert.Equal(party.Url, at.GetLeftPart(UriPartial.Authority));
        }
    }

    [Theory]
    [InlineData("login", null)]
    [InlineData("select_account", null)]
    [InlineData(null, 0)]
    public async Task Who_is_to_sign_in_again_does_so_once(string? prompt, int? age)
    {
        await using var party = await RelyingParty.StartAsync(
            app,
            ["read"],
            options =>
            {
                options.Prompt = prompt;
                options.MaxAge = age is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
            }
        );
        using var browser = await app.BrowserAsAsync("viewer");
        var (at, page) = await party.FollowAsync(browser, party.Url);
        Assert.Equal("/signin", at.AbsolutePath);
        Assert.Contains("sign in again", await page.Content.ReadAsStringAsync());
        page.Dispose();
        (at, page) = await party.SubmitAsync(
            browser,
            at,
            at.PathAndQuery,
            ("Input.Name", "viewer"),
            ("Input.Password", "sandbox")
        );
        page.Dispose();
        Assert.Equal("/consent", at.AbsolutePath);
        (at, page) = await party.SubmitAsync(browser, at, "/connect/authorize", ("decision", "allow"));
        page.Dispose();
        Assert.Equal(party.Url, at.GetLeftPart(UriPartial.Authority));
    }

    [Fact]
    public async Task A_pushed_request_leads_to_the_same()
    {
        await using var party = await RelyingParty.StartAsync(
            app,
            ["read"],
            options =>
                options.PushedAuthorizationBehavior = Microsoft
                    .AspNetCore
                    .Authentication
                    .OpenIdConnect
                    .PushedAuthorizationBehavior
                    .Require
        );
        using var browser = await app.BrowserAsAsync("viewer");
        var (at, page) = await party.FollowAsync(browser, party.Url);
        page.Dispose();
        Assert.Equal("/consent", at.AbsolutePath);
        (at, page) = await party.SubmitAsync(browser, at, "/connect/authorize", ("decision", "allow"));
        page.Dispose();
        Assert.Equal(party.Url, at.GetLeftPart(UriPartial.Authority));
    }

    [Fact]
    public async Task Signing_out_by_a_page_that_can_t_name_the_person_is_asked_for()
    {
        using var browser = await app.BrowserAsAsync("viewer");
        using (var asked = await browser.GetAsync("/connect/logout"))
        {
            Assert.StartsWith("/signing-out", asked.Headers.Location!.OriginalString);
        }
        using (var forged = await browser.PostAsync("/connect/logout", new FormUrlEncodedContent([])))
        {
            Assert.StartsWith("/signing-out", forged.Headers.Location!.OriginalString);
        }
        using var still = await browser.GetAsync("/me");
        Assert.Equal(HttpStatusCode.OK, still.StatusCode);
        var form = SandboxApp.HiddenFields(await browser.GetStringAsync("/signing-out"));
        using var gone = await browser.PostAsync("/connect/logout", new FormUrlEncodedContent(form));
        Assert.Equal("/signing-out", new Uri(app.Address, gone.Headers.Location!).AbsolutePath);
        using var me = await browser.GetAsync("/me");
        Assert.Equal(HttpStatusCode.Found, me.StatusCode);
    }

    [Fact]
    public async Task Nobody_is_sent_to_an_address_that_was_not_registered_after_signing_out()
    {
        using var browser = await app.BrowserAsAsync("viewer");
        using var answer = await browser.GetAsync(
            "/connect/logout?client_id=sandbox-app&post_logout_redirect_uri=https%3A%2F%2Fevil.example%2F"
        );
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("Tell whoever runs it", await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("/connect/authorize")]
    [InlineData("/connect/authorize?client_id=nobody&response_type=code")]
    [InlineData("/connect/authorize?client_id=sandbox-app&response_type=code&redirect_uri=https%3A%2F%2Fevil.example")]
    [InlineData("/connect/authorize?client_id=%3Cscript%3E&response_type=token")]
    public async Task What_can_t_be_answered_is_a_page_of_ours(string address)
    {
        using var browser = app.Browser();
        using var answer = await browser.GetAsync(address);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("text/html", answer.Content.Headers.ContentType!.MediaType);
        var page = await answer.Content.ReadAsStringAsync();
        Assert.Contains("Tell whoever runs it", page);
        Assert.Contains("invalid_request", page);
        Assert.DoesNotContain("<script>", page);
        using var posted = await browser.PostAsync("/connect/authorize", new FormUrlEncodedContent([]));
        Assert.Equal(HttpStatusCode.BadRequest, posted.StatusCode);
        Assert.Contains("Tell whoever runs it", await posted.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_redirect_address_that_stands_alone_need_not_be_said()
    {
        await using var party = await RelyingParty.StartAsync(app, ["read"]);
        using var browser = await app.BrowserAsAsync("viewer");
        using var asked = await browser.GetAsync(
            $"/connect/authorize?response_type=code&client_id={party.Id}&scope=openid%20read&state=s&nonce=n"
                + $"&code_challenge={Challenge}&code_challenge_method=S256"
        );
        var consent = new Uri(app.Address, asked.Headers.Location!);
        Assert.Equal("/consent", consent.AbsolutePath);
        var form = SandboxApp.HiddenFields(await browser.GetStringAsync(consent));
        form["decision"] = "allow";
        using var answer = await browser.PostAsync("/connect/authorize", new FormUrlEncodedContent(form));
        Assert.StartsWith($"{party.Url}/signin-oidc?", answer.Headers.Location!.OriginalString);
        var code = QueryHelpers.ParseQuery(answer.Headers.Location.Query)["code"].ToString();
        var tokens = await PostAsync(
            "/connect/token",
            ("grant_type", "authorization_code"),
            ("code", code),
            ("code_verifier", Verifier),
            ("client_id", party.Id),
            ("client_secret", party.Secret)
        );
        Assert.True(tokens.TryGetProperty("id_token", out _), tokens.ToString());
    }

    [Fact]
    public async Task Tokens_are_looked_into_and_handed_back()
    {
        await using var party = await RelyingParty.StartAsync(
            app,
            ["read"],
            options => options.Scope.Add("offline_access")
        );
        using var browser = await app.BrowserAsAsync("viewer");
        var (at, page) = await party.FollowAsync(browser, party.Url);
        page.Dispose();
        using (var consent = await browser.GetAsync(at))
        {
            var form = SandboxApp.HiddenFields(await consent.Content.ReadAsStringAsync());
            form["decision"] = "allow";
            form["code_challenge"] = Challenge;
            using var answer = await browser.PostAsync("/connect/authorize", new FormUrlEncodedContent(form));
            var code = QueryHelpers.ParseQuery(answer.Headers.Location!.Query)["code"].ToString();
            var tokens = await PostAsync(
                "/connect/token",
                ("grant_type", "authorization_code"),
                ("code", code),
                ("code_verifier", Verifier),
                ("redirect_uri", form["redirect_uri"]),
                ("client_id", party.Id),
                ("client_secret", party.Secret)
            );
            var (access, refresh) = (
                tokens.GetProperty("access_token").GetString()!,
                tokens.GetProperty("refresh_token").GetString()!
            );
            Assert.True((await LookAsync(access)).GetProperty("active").GetBoolean());
            using var api = app.WithToken(access);
            Assert.Equal(HttpStatusCode.OK, (await api.GetAsync("/api/v1/tenants")).StatusCode);
            using var told = await api.GetAsync("/connect/userinfo");
            Assert.Equal(
                "viewer",
                (await told.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("role").GetString()
            );
            using var handedBack = await new HttpClient { BaseAddress = app.Address }.PostAsync(
                "/connect/revoke",
                Form(("token", refresh), ("client_id", party.Id), ("client_secret", party.Secret))
            );
            Assert.Equal(HttpStatusCode.OK, handedBack.StatusCode);
            Assert.False((await LookAsync(access)).GetProperty("active").GetBoolean());
            Assert.Equal(HttpStatusCode.Unauthorized, (await api.GetAsync("/api/v1/tenants")).StatusCode);
            using var after = await api.GetAsync("/connect/userinfo");
            Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);

            Task<JsonElement> LookAsync(string token) =>
                PostAsync(
                    "/connect/introspect",
                    ("token", token),
                    ("client_id", party.Id),
                    ("client_secret", party.Secret)
                );
        }
    }

    [Fact]
    public async Task Programs_find_how_to_sign_in_to_mcp_and_are_told_what_is_not_there()
    {
        using var client = app.Anonymous();
        using var refused = await client.PostAsJsonAsync(
            "/mcp",
            new
            {
                jsonrpc = "2.0",
                id = 1,
                method = "initialize",
            }
        );
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        var address = app.Address.ToString().TrimEnd('/');
        var where = $"{address}/.well-known/oauth-protected-resource/mcp";
        Assert.Contains($"resource_metadata=\"{where}\"", refused.Headers.WwwAuthenticate.ToString());
        var resource = await client.GetFromJsonAsync<JsonElement>(where);
        Assert.Equal($"{address}/mcp", resource.GetProperty("resource").GetString());
        var server = resource.GetProperty("authorization_servers")[0].GetString()!;
        var metadata = await client.GetFromJsonAsync<JsonElement>(
            $"{server.TrimEnd('/')}/.well-known/oauth-authorization-server"
        );
        Assert.EndsWith("/connect/token", metadata.GetProperty("token_endpoint").GetString());
        foreach (var nothing in new[] { "openid-federation", "oauth-protected-resource/other", "security.txt", "" })
        {
            using var answer = await client.GetAsync($"/.well-known/{nothing}");
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
        Assert.True((await ForAsync($"{address}/mcp")).TryGetProperty("access_token", out _));
        Assert.Equal("invalid_target", (await ForAsync("https://other.example/mcp")).GetProperty("error").GetString());

        Task<JsonElement> ForAsync(string target) =>
            PostAsync(
                "/connect/token",
                ("grant_type", "client_credentials"),
                ("client_id", "sandbox-operator"),
                ("client_secret", "sandbox-operator"),
                ("resource", target)
            );
    }

    [Fact]
    public async Task An_answer_that_is_to_be_posted_may_be_and_nothing_else()
    {
        await using var party = await RelyingParty.StartAsync(
            app,
            ["read"],
            options => options.ResponseMode = "form_post"
        );
        using var browser = await app.BrowserAsAsync("viewer");
        var (at, page) = await party.FollowAsync(browser, party.Url);
        page.Dispose();
        var form = SandboxApp.HiddenFields(await browser.GetStringAsync(at));
        form["decision"] = "allow";
        using var answer = await browser.PostAsync("/connect/authorize", new FormUrlEncodedContent(form));
        var html = await answer.Content.ReadAsStringAsync();
        var script = html.Split("<script>")[1].Split("</script>")[0];
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains(
            $"script-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script)))}'",
            policy
        );
        Assert.EndsWith($"form-action {party.Url}", policy);
    }

    [Fact]
    public async Task When_somebody_was_asked_to_sign_in_again_counts_for_that_request_alone()
    {
        using var stranger = app.Browser();
        using var asked = await stranger.GetAsync(Ask("first"));
        var back = QueryHelpers.ParseQuery(new Uri(app.Address, asked.Headers.Location!).Query)["returnUrl"].ToString();
        var kept = QueryHelpers.ParseQuery(new Uri(app.Address, back).Query)["asked_at"].ToString();
        using var browser = await app.BrowserAsAsync("viewer");
        using var other = await browser.GetAsync(Ask("second") + $"&asked_at={Uri.EscapeDataString(kept)}");
        Assert.StartsWith("/signin?", other.Headers.Location!.OriginalString);
        using var own = await browser.GetAsync(Ask("first") + $"&asked_at={Uri.EscapeDataString(kept)}");
        Assert.StartsWith("/consent?", own.Headers.Location!.OriginalString);

        static string Ask(string state) =>
            "/connect/authorize?response_type=code&client_id=sandbox-app&prompt=login&scope=openid"
            + $"&redirect_uri={Uri.EscapeDataString("http://127.0.0.1:43117/callback")}&state={state}"
            + $"&code_challenge={Challenge}&code_challenge_method=S256";
    }

    [Theory]
    [InlineData("9223372036854775807")]
    [InlineData("-1")]
    [InlineData("nonsense")]
    public async Task No_age_is_too_much(string age)
    {
        using var browser = await app.BrowserAsAsync("viewer");
        using var answer = await browser.GetAsync(
            "/connect/authorize?response_type=code&client_id=sandbox-app&scope=openid&state=s"
                + $"&redirect_uri={Uri.EscapeDataString("http://127.0.0.1:43117/callback")}&max_age={age}"
                + $"&code_challenge={Challenge}&code_challenge_method=S256"
        );
        Assert.True((int)answer.StatusCode < 500, $"{answer.StatusCode}");
    }

    [Fact]
    public async Task A_token_for_one_address_opens_no_other()
    {
        var token = await PostAsync(
            "/connect/token",
            ("grant_type", "client_credentials"),
            ("client_id", "sandbox-viewer"),
            ("client_secret", "sandbox-viewer"),
            ("resource", $"{app.Address}mcp")
        );
        using var client = app.WithToken(token.GetProperty("access_token").GetString()!);
        using var elsewhere = await client.GetAsync("/api/v1/tenants");
        Assert.Equal(HttpStatusCode.Unauthorized, elsewhere.StatusCode);
        client.DefaultRequestHeaders.Accept.ParseAdd("application/json");
        client.DefaultRequestHeaders.Accept.ParseAdd("text/event-stream");
        using var here = await client.PostAsJsonAsync(
            "/mcp",
            new
            {
                jsonrpc = "2.0",
                id = 1,
                method = "tools/list",
            }
        );
        Assert.Equal(HttpStatusCode.OK, here.StatusCode);
    }

    [Fact]
    public async Task A_program_without_a_secret_pushes_no_request()
    {
        var answer = await PostAsync(
            "/connect/par",
            ("client_id", "sandbox-app"),
            ("response_type", "code"),
            ("scope", "openid"),
            ("redirect_uri", "http://127.0.0.1:43117/callback"),
            ("code_challenge", Challenge),
            ("code_challenge_method", "S256")
        );
        Assert.Equal("unauthorized_client", answer.GetProperty("error").GetString());
    }

    [Fact]
    public async Task A_new_password_has_the_program_ask_again()
    {
        await using var party = await RelyingParty.StartAsync(app, ["read"]);
        using var admin = await app.ApiAsAsync("admin");
        using var made = await admin.PostAsJsonAsync(
            "/api/v1/people",
            new
            {
                userName = $"somebody-{Guid.NewGuid():n}",
                displayName = "Somebody",
                role = "viewer",
                tenants = new[] { "rentguy" },
            }
        );
        var person = await made.Content.ReadFromJsonAsync<JsonElement>();
        var link = person.GetProperty("link").GetString()!;
        var id = person.GetProperty("person").GetProperty("id").GetString();
        Assert.Equal("/consent", await WayAsync(link));
        using var reset = await admin.PostAsync($"/api/v1/people/{id}/reset", null);
        link = (await reset.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("link").GetString()!;
        Assert.Equal("/consent", await WayAsync(link));

        // Chooses a password by the link, goes to the program, and lets it in where it is asked to.
        async Task<string> WayAsync(string by)
        {
            using var browser = app.Browser();
            using var set = await SandboxApp.SubmitAsync(
                browser,
                new Uri(by).PathAndQuery,
                ("Input.Password", "a long enough password"),
                ("Input.Again", "a long enough password")
            );
            var (at, page) = await party.FollowAsync(browser, party.Url);
            page.Dispose();
            if (at.AbsolutePath == "/consent")
            {
                (_, page) = await party.SubmitAsync(browser, at, "/connect/authorize", ("decision", "allow"));
                page.Dispose();
            }
            return at.AbsolutePath;
        }
    }

    private static FormUrlEncodedContent Form(params (string Name, string Value)[] fields) =>
        new(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));

    private async Task<JsonElement> PostAsync(string path, params (string Name, string Value)[] fields)
    {
        using var client = app.Anonymous();
        using var answer = await client.PostAsync(path, Form(fields));
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }
}
