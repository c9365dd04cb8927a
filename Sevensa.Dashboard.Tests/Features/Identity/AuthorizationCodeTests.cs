using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>A person lets a program act for them: authorization code with PKCE, consent, refresh.</summary>
[Collection(SandboxCollection.Name)]
public class AuthorizationCodeTests(SandboxApp app)
{
    private const string Verifier = "a-verifier-that-is-long-enough-for-the-standard-0123456789";
    private const string Back = "http://127.0.0.1:43117/callback";

    private static string Challenge => WebEncoders.Base64UrlEncode(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)));

    private static string Authorize(string scope = "openid offline_access read propose", string back = Back) =>
        "/connect/authorize?response_type=code&client_id=sandbox-app&state=abc&nonce=n1"
        + $"&redirect_uri={Uri.EscapeDataString(back)}&scope={Uri.EscapeDataString(scope)}"
        + $"&code_challenge={Challenge}&code_challenge_method=S256";

    [Fact]
    public async Task Discovery_names_the_flow()
    {
        using var client = app.Anonymous();
        var document = await client.GetFromJsonAsync<JsonElement>("/.well-known/openid-configuration");
        Assert.EndsWith("/connect/authorize", document.GetProperty("authorization_endpoint").GetString());
        Assert.Contains("authorization_code", Words("grant_types_supported"));
        Assert.Contains("refresh_token", Words("grant_types_supported"));
        Assert.Equal(["S256"], Words("code_challenge_methods_supported"));
        Assert.Contains("openid", Words("scopes_supported"));

        IEnumerable<string?> Words(string name) =>
            document.GetProperty(name).EnumerateArray().Select(word => word.GetString());
    }

    [Fact]
    public async Task A_stranger_signs_in_first_and_comes_back()
    {
        using var browser = app.Browser();
        using var answer = await browser.GetAsync(Authorize());
        Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
        var signIn = answer.Headers.Location!.OriginalString;
        Assert.StartsWith("/signin?returnUrl=", signIn);
        using var signedIn = await SandboxApp.SubmitAsync(
            browser,
            signIn,
            ("Input.Name", "client-rentguy"),
            ("Input.Password", "sandbox")
        );
        // Not by a redirect: browsers hold a form to where its page let it lead, all the way.
        Assert.Equal(HttpStatusCode.OK, signedIn.StatusCode);
        Assert.StartsWith(
            "/connect/authorize?",
            SandboxApp.OnwardFrom(await signedIn.Content.ReadAsStringAsync()),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Consent_leads_to_tokens_that_act_for_the_person_and_are_renewed_once_each()
    {
        using var browser = await app.BrowserAsAsync("operator");
        var page = await ConsentPageAsync(browser, Authorize());
        using (var shown = await browser.GetAsync(page))
        {
            var html = await shown.Content.ReadAsStringAsync();
            Assert.Contains("Sandbox app", html);
            Assert.Contains("propose", html);
            Assert.Contains("http://127.0.0.1:43117", shown.Headers.GetValues("Content-Security-Policy").Single());
        }
        var code = await DecideAsync(browser, page, "allow");
        var tokens = await TokensAsync(
            ("grant_type", "authorization_code"),
            ("code", code["code"]!),
            ("code_verifier", Verifier),
            ("redirect_uri", Back)
        );
        Assert.Equal("abc", code["state"]);
        Assert.True(tokens.TryGetProperty("id_token", out _), tokens.ToString());

        using var api = app.Anonymous();
        api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            tokens.GetProperty("access_token").GetString()
        );
        using (var read = await api.GetAsync("/api/v1/tenants"))
        {
            Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        }
        // Not consented to: approving; and the administrators' side is beyond the role.
        using (var people = await api.GetAsync("/api/v1/people"))
        {
            Assert.Equal(HttpStatusCode.Forbidden, people.StatusCode);
        }
        var refresh = tokens.GetProperty("refresh_token").GetString()!;
        var renewed = await TokensAsync(("grant_type", "refresh_token"), ("refresh_token", refresh));
        Assert.NotEqual(refresh, renewed.GetProperty("refresh_token").GetString());
        var again = await TokensAsync(("grant_type", "refresh_token"), ("refresh_token", refresh));
        Assert.Equal("invalid_grant", again.GetProperty("error").GetString());

        using var admin = await app.ApiAsAsync("admin");
        var rows = await admin.GetFromJsonAsync<JsonElement>(
            "/api/v1/audit?action=apiClient.allowed&target=sandbox-app"
        );
        Assert.Equal(
            "sandbox-person-operator",
            rows.GetProperty("items")[0].GetProperty("actor").GetProperty("id").GetString()
        );
    }

    [Fact]
    public async Task A_token_may_be_asked_for_less_than_was_allowed_and_never_for_more()
    {
        var (api, mcp) = (app.Address.ToString().TrimEnd('/'), $"{app.Address}mcp");
        using var browser = await app.BrowserAsAsync("operator");
        var code = await DecideAsync(browser, await ConsentPageAsync(browser, Authorize()), "allow");
        var narrow = await TokensAsync(
            ("grant_type", "authorization_code"),
            ("code", code["code"]!),
            ("code_verifier", Verifier),
            ("redirect_uri", Back),
            ("resource", mcp)
        );
        Assert.Equal(HttpStatusCode.Unauthorized, await ReadsAsync(narrow));
        // What is renewed from it is for no more.
        var renewed = await TokensAsync(
            ("grant_type", "refresh_token"),
            ("refresh_token", narrow.GetProperty("refresh_token").GetString()!)
        );
        Assert.Equal(HttpStatusCode.Unauthorized, await ReadsAsync(renewed));

        code = await DecideAsync(
            browser,
            await ConsentPageAsync(browser, $"{Authorize()}&resource={Uri.EscapeDataString(mcp)}"),
            "allow"
        );
        var bound = await TokensAsync(
            ("grant_type", "authorization_code"),
            ("code", code["code"]!),
            ("code_verifier", Verifier),
            ("redirect_uri", Back)
        );
        Assert.Equal(HttpStatusCode.Unauthorized, await ReadsAsync(bound));
        var more = await TokensAsync(
            ("grant_type", "refresh_token"),
            ("refresh_token", bound.GetProperty("refresh_token").GetString()!),
            ("resource", api)
        );
        Assert.Equal("invalid_target", more.GetProperty("error").GetString());
        // Who asked for too much is told so, and has lost nothing by it.
        var again = await TokensAsync(
            ("grant_type", "refresh_token"),
            ("refresh_token", bound.GetProperty("refresh_token").GetString()!)
        );
        Assert.Equal(HttpStatusCode.Unauthorized, await ReadsAsync(again));

        async Task<HttpStatusCode> ReadsAsync(JsonElement tokens)
        {
            using var client = app.WithToken(tokens.GetProperty("access_token").GetString()!);
            using var answer = await client.GetAsync("/api/v1/tenants");
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task A_code_works_once_and_only_with_its_verifier()
    {
        using var browser = await app.BrowserAsAsync("viewer");
        var wrong = await DecideAsync(browser, await ConsentPageAsync(browser, Authorize("read")), "allow");
        var refused = await TokensAsync(
            ("grant_type", "authorization_code"),
            ("code", wrong["code"]!),
            ("code_verifier", Verifier + "x"),
            ("redirect_uri", Back)
        );
        Assert.Equal("invalid_grant", refused.GetProperty("error").GetString());
        var code = await DecideAsync(browser, await ConsentPageAsync(browser, Authorize("read")), "allow");
        (string, string)[] form =
        [
            ("grant_type", "authorization_code"),
            ("code", code["code"]!),
            ("code_verifier", Verifier),
            ("redirect_uri", Back),
        ];
        var first = await TokensAsync(form);
        Assert.True(first.TryGetProperty("access_token", out _), first.ToString());
        Assert.False(first.TryGetProperty("refresh_token", out _), "It was not asked for.");
        Assert.Equal("invalid_grant", (await TokensAsync(form)).GetProperty("error").GetString());
    }

    [Fact]
    public async Task Whoever_says_no_is_believed_and_an_answer_from_elsewhere_counts_for_nothing()
    {
        using var browser = await app.BrowserAsAsync("viewer");
        var page = await ConsentPageAsync(browser, Authorize("read"));
        Assert.Equal("access_denied", (await DecideAsync(browser, page, "deny"))["error"]);
        using var forged = await browser.PostAsync(
            Authorize("read") + "&decision=allow",
            new FormUrlEncodedContent(
                QueryHelpers
                    .ParseQuery(Authorize("read").Split('?')[1])
                    .Select(one => KeyValuePair.Create(one.Key, one.Value.ToString()))
                    .Append(KeyValuePair.Create("decision", "allow"))
            )
        );
        Assert.StartsWith("/consent?", forged.Headers.Location!.OriginalString, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://evil.example/callback")]
    [InlineData("http://127.0.0.1:43117/other")]
    public async Task Nobody_is_sent_anywhere_else(string back)
    {
        using var browser = await app.BrowserAsAsync("viewer");
        using var answer = await browser.GetAsync(Authorize("read", back));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        using var consent = await browser.GetAsync("/consent?" + Authorize("read", back).Split('?')[1]);
        Assert.DoesNotContain("<form", await consent.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("&code_challenge_method=S256", "&code_challenge_method=plain")]
    [InlineData("code_challenge", "no_challenge")]
    public async Task Without_a_hashed_challenge_there_is_no_code(string part, string instead)
    {
        using var browser = await app.BrowserAsAsync("viewer");
        using var answer = await browser.GetAsync(Authorize("read").Replace(part, instead, StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("invalid_request", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task An_administrator_adds_a_client_that_people_let_act_for_them()
    {
        using var admin = await app.ApiAsAsync("admin");
        using var bad = await admin.PostAsJsonAsync(
            "/api/v1/clients",
            new
            {
                id = "grafana-x",
                role = "viewer",
                scopes = new[] { "read" },
                redirectUris = new[] { "http://grafana.example/callback" },
            }
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, bad.StatusCode);
        using var good = await admin.PostAsJsonAsync(
            "/api/v1/clients",
            new
            {
                id = "grafana-x",
                role = "viewer",
                scopes = new[] { "read" },
                redirectUris = new[] { "https://grafana.example/callback" },
            }
        );
        var client = await good.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(HttpStatusCode.Created, good.StatusCode);
        // It has no power of its own.
        using var anonymous = app.Anonymous();
        using var own = await anonymous.PostAsync(
            "/connect/token",
            new FormUrlEncodedContent(
                new Dictionary<string, string>
                {
                    ["grant_type"] = "client_credentials",
                    ["client_id"] = "grafana-x",
                    ["client_secret"] = client.GetProperty("secret").GetString()!,
                }
            )
        );
        Assert.Equal(HttpStatusCode.BadRequest, own.StatusCode);
        using var gone = await admin.DeleteAsync("/api/v1/clients/grafana-x");
        Assert.Equal(HttpStatusCode.NoContent, gone.StatusCode);
    }

    [Fact]
    public async Task A_personal_token_is_made_by_the_person_and_makes_no_other()
    {
        using var viewer = await app.ApiAsAsync("viewer");
        var body = new
        {
            name = "laptop",
            scopes = new[] { "read", "admin" },
            days = 3,
        };
        using var made = await viewer.PostAsJsonAsync("/api/v1/tokens", body);
        var token = await made.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        Assert.Equal("read", Assert.Single(token.GetProperty("scopes").EnumerateArray()).GetString());
        using var personal = app.Anonymous();
        personal.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            token.GetProperty("token").GetString()
        );
        using var read = await personal.GetAsync("/api/v1/tenants");
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        using var another = await personal.PostAsJsonAsync("/api/v1/tokens", body);
        Assert.Equal(HttpStatusCode.Forbidden, another.StatusCode);
        using var program = await app.ApiAsAsync("automation");
        using var nobodys = await program.PostAsJsonAsync("/api/v1/tokens", body);
        Assert.Equal(HttpStatusCode.Forbidden, nobodys.StatusCode);
        using var ended = await viewer.DeleteAsync($"/api/v1/tokens/{token.GetProperty("id").GetString()}");
        Assert.Equal(HttpStatusCode.NoContent, ended.StatusCode);
        using var after = await personal.GetAsync("/api/v1/tenants");
        Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
    }

    private static async Task<string> ConsentPageAsync(HttpClient browser, string address)
    {
        using var answer = await browser.GetAsync(address);
        Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
        var page = answer.Headers.Location!.OriginalString;
        Assert.StartsWith("/consent?", page);
        return page;
    }

    private static async Task<Dictionary<string, string?>> DecideAsync(HttpClient browser, string page, string decision)
    {
        var html = await browser.GetStringAsync(page);
        var form = SandboxApp.HiddenFields(html);
        form["decision"] = decision;
        using var answer = await browser.PostAsync("/connect/authorize", new FormUrlEncodedContent(form));
        Assert.True(
            answer.Headers.Location is not null,
            $"{answer.StatusCode} {await answer.Content.ReadAsStringAsync()}"
        );
        Assert.StartsWith(Back, answer.Headers.Location!.OriginalString);
        return QueryHelpers
            .ParseQuery(answer.Headers.Location.Query)
            .ToDictionary(one => one.Key, one => (string?)one.Value.ToString());
    }

    private async Task<JsonElement> TokensAsync(params (string Name, string Value)[] form)
    {
        using var client = app.Anonymous();
        using var answer = await client.PostAsync(
            "/connect/token",
            new FormUrlEncodedContent(
                form.Append(("client_id", "sandbox-app")).Select(one => KeyValuePair.Create(one.Item1, one.Item2))
            )
        );
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }
}
