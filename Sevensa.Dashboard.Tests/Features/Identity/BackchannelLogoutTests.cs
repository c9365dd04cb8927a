using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Accounts.Leaving;
using Sevensa.Dashboard.Features.Identity.Tokens.Leaving;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>Programs are told that a session ended by which they let somebody in (OpenID Connect Back-Channel Logout 1.0).</summary>
public sealed class BackchannelLogoutTests(LaterApp app) : IClassFixture<LaterApp>
{
    private const string Back = "http://127.0.0.1:43117/callback";
    private const string Verifier = "a-verifier-that-is-long-enough-for-the-standard-0123456789";

    [Fact]
    public async Task Discovery_says_so()
    {
        using var nobody = app.Anonymous();
        var document = await nobody.GetFromJsonAsync<JsonElement>("/.well-known/openid-configuration");
        Assert.True(document.GetProperty("backchannel_logout_supported").GetBoolean());
        Assert.True(document.GetProperty("backchannel_logout_session_supported").GetBoolean());
    }

    [Fact]
    public async Task Signing_out_is_told_by_a_token_that_the_program_can_check()
    {
        await using var party = await Party.StartAsync();
        var client = await ClientAsync(party, "told-of-leaving");
        using var browser = await app.BrowserAsAsync("viewer");
        var idToken = await SignInAsync(browser, client);
        using (var left = await browser.PostAsync("/sign-out", null))
            Assert.Equal(HttpStatusCode.Found, left.StatusCode);

        var token = new JsonWebToken(await party.NextAsync());
        Assert.Equal("logout+jwt", token.Typ);
        using var nobody = app.Anonymous();
        var keys = new JsonWebKeySet(await nobody.GetStringAsync("/.well-known/jwks"));
        var document = await nobody.GetFromJsonAsync<JsonElement>("/.well-known/openid-configuration");
        var read = await new JsonWebTokenHandler().ValidateTokenAsync(
            token,
            new TokenValidationParameters
            {
                ValidIssuer = document.GetProperty("issuer").GetString(),
                ValidAudience = client.Id,
                IssuerSigningKeys = keys.GetSigningKeys(),
                ValidTypes = ["logout+jwt"],
                // The clock of this program may be put forward by others of this class.
                ValidateLifetime = false,
            }
        );
        Assert.True(read.IsValid, read.Exception?.ToString());
        Assert.Equal(idToken.Subject, token.Subject);
        Assert.Equal(idToken.GetPayloadValue<string>("sid"), token.GetPayloadValue<string>("sid"));
        Assert.NotEmpty(token.Id);
        Assert.False(token.TryGetPayloadValue<string>("nonce", out _));
        Assert.True(token.ValidTo - token.IssuedAt <= TimeSpan.FromMinutes(2));
        Assert.Equal(
            JsonValueKind.Object,
            token.GetPayloadValue<JsonElement>("events").GetProperty(LogoutToken.Event).ValueKind
        );
        await RecordedAsync("logout.told", client.Id);
    }

    [Fact]
    public async Task So_is_the_end_of_a_disabled_persons_sessions()
    {
        await using var party = await Party.StartAsync();
        var client = await ClientAsync(party, "told-of-disabling");
        var person = await MadePerson.MakeAsync(app, "is-disabled", "viewer", "rentguy");
        await SignInAsync(person.Browser, client);
        using var admin = await app.ApiAsAsync("admin");
        await SandboxApp.GoodAsync(admin.PostAsync($"/api/v1/people/{person.Id}/disable", null));
        Assert.Equal(person.Id, new JsonWebToken(await party.NextAsync()).Subject);
    }

    [Fact]
    public async Task A_program_that_does_not_take_it_is_told_again_and_given_up_in_the_end()
    {
        await using var party = await Party.StartAsync();
        party.Answer = 500;
        var client = await ClientAsync(party, "takes-nothing");
        using var browser = await app.BrowserAsAsync("approver");
        await SignInAsync(browser, client);
        using (var left = await browser.PostAsync("/sign-out", null))
            Assert.Equal(HttpStatusCode.Found, left.StatusCode);
        var sender = app.Services.GetRequiredService<LogoutSender>();
        await party.NextAsync();
        for (var tries = 1; tries < 5; tries++)
        {
            app.Later(TimeSpan.FromMinutes(31));
            await sender.SendAsync(TestContext.Current.CancellationToken);
            await party.NextAsync();
        }
        Assert.Contains("given up after 5 tries: It answered 500.", await RecordedAsync("logout.untold", client.Id));
        app.Later(TimeSpan.FromHours(2));
        await sender.SendAsync(TestContext.Current.CancellationToken);
        Assert.False(party.HasMore);
    }

    [Fact]
    public async Task One_that_does_not_answer_holds_up_no_other()
    {
        await using var hanging = await Party.StartAsync();
        await using var other = await Party.StartAsync();
        hanging.Answers = new TaskCompletionSource();
        var (first, second) = (await ClientAsync(hanging, "hangs"), await ClientAsync(other, "answers"));
        var person = await MadePerson.MakeAsync(app, "leaves-twice", "viewer", "rentguy");
        using var elsewhere = await app.BrowserAsAsync(person.UserName, MadePerson.Password);
        await SignInAsync(person.Browser, first);
        await SignInAsync(elsewhere, first);
        using var later = await app.BrowserAsAsync("operator");
        await SignInAsync(later, second);
        using var admin = await app.ApiAsAsync("admin");
        await SandboxApp.GoodAsync(admin.PostAsync($"/api/v1/people/{person.Id}/disable", null));
        await hanging.NextAsync();
        using (var left = await later.PostAsync("/sign-out", null))
            Assert.Equal(HttpStatusCode.Found, left.StatusCode);
        await other.NextAsync();
        // The first is still waited for, and what else it is to be told of waits with it.
        Assert.False(hanging.HasMore);
        hanging.Answers.SetResult();
    }

    [Fact]
    public async Task What_else_is_due_for_one_that_is_not_there_waits_as_long_as_what_was_tried()
    {
        var gone = await Party.StartAsync();
        var client = await ClientAsync(gone, "is-gone");
        await gone.DisposeAsync();
        var person = await MadePerson.MakeAsync(app, "leaves-it-twice", "viewer", "rentguy");
        using var elsewhere = await app.BrowserAsAsync(person.UserName, MadePerson.Password);
        await SignInAsync(person.Browser, client);
        await SignInAsync(elsewhere, client);
        using var admin = await app.ApiAsAsync("admin");
        await SandboxApp.GoodAsync(admin.PostAsync($"/api/v1/people/{person.Id}/disable", null));
        var stores = app.Services.GetRequiredService<IDbContextFactory<Store>>();
        using var patience = new CancellationTokenSource(Patience.Usual);
        List<LogoutNoticeRow> rows;
        do
        {
            await Task.Delay(50, patience.Token);
            await using var store = await stores.CreateDbContextAsync(patience.Token);
            rows = await store.Set<LogoutNoticeRow>().Where(row => row.Client == client.Id).ToListAsync(patience.Token);
        } while (rows.All(row => row.Tries == 0) || rows.Select(row => row.DueAt).Distinct().Count() > 1);
        Assert.Equal([0, 1], rows.Select(row => row.Tries).Order());
    }

    [Fact]
    public async Task A_code_of_a_session_that_is_over_gives_nothing()
    {
        await using var party = await Party.StartAsync();
        var client = await ClientAsync(party, "too-late");
        using var browser = await app.BrowserAsAsync("viewer");
        var code = await CodeAsync(browser, client);
        using (var left = await browser.PostAsync("/sign-out", null))
            Assert.Equal(HttpStatusCode.Found, left.StatusCode);
        Assert.Equal("invalid_grant", (await RedeemAsync(client, code)).GetProperty("error").GetString());
    }

    [Fact]
    public async Task Proving_anew_who_one_is_signs_nobody_out_of_programs()
    {
        await using var party = await Party.StartAsync();
        var client = await ClientAsync(party, "goes-on");
        using var browser = await app.BrowserAsAsync("approver");
        var before = await SignInAsync(browser, client);
        using (
            var again = await SandboxApp.SubmitAsync(
                browser,
                "/signin?again=true",
                ("Input.Name", "approver"),
                ("Input.Password", "sandbox")
            )
        )
            Assert.Equal(HttpStatusCode.Found, again.StatusCode);
        var after = await SignInAsync(browser, client);
        Assert.Equal(before.GetPayloadValue<string>("sid"), after.GetPayloadValue<string>("sid"));
        using (var left = await browser.PostAsync("/sign-out", null))
            Assert.Equal(HttpStatusCode.Found, left.StatusCode);
        Assert.Equal(
            before.GetPayloadValue<string>("sid"),
            new JsonWebToken(await party.NextAsync()).GetPayloadValue<string>("sid")
        );
        Assert.False(party.HasMore);
    }

    [Fact]
    public async Task A_session_that_a_new_password_ends_is_told_too()
    {
        await using var party = await Party.StartAsync();
        var client = await ClientAsync(party, "told-of-password");
        var person = await MadePerson.MakeAsync(app, "chooses-anew", "viewer", "rentguy");
        using var admin = await app.ApiAsAsync("admin");
        using var reset = await admin.PostAsync($"/api/v1/people/{person.Id}/reset", null);
        var link = (await reset.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("link").GetString()!;
        // As a passkey begins one between the reset and the new password.
        var sessions = app.Services.GetRequiredService<SessionStore>();
        var session = await sessions.AddAsync(person.Id, null, null, SignInMethods.Passkey, null, null, null, default);
        await app
            .Services.GetRequiredService<LogoutStore>()
            .NoteAsync(session, client.Id, person.Id, app.Address.AbsoluteUri, default);
        await person.ChooseAsync(link);
        Assert.Equal(person.Id, new JsonWebToken(await party.NextAsync()).Subject);
        Assert.False(await sessions.IsLiveAsync(session, default));
    }

    [Theory]
    [InlineData("ftp://127.0.0.1/x", "https://")]
    [InlineData("https://10.1.2.3/x", "Identity:AllowedNetworks")]
    [InlineData("https://someone:secret@127.0.0.1/x", "password")]
    public async Task An_address_that_may_not_be_told_is_refused(string address, string why)
    {
        using var admin = await app.ApiAsAsync("admin");
        using var refused = await admin.PostAsJsonAsync(
            "/api/v1/clients",
            new
            {
                id = "told-wrongly",
                redirectUris = new[] { Back },
                backchannelLogoutUri = address,
            }
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        Assert.Contains(why, await refused.Content.ReadAsStringAsync());
    }

    private async Task<(string Id, string Secret)> ClientAsync(Party party, string id)
    {
        using var admin = await app.ApiAsAsync("admin");
        using var made = await admin.PostAsJsonAsync(
            "/api/v1/clients",
            new
            {
                id,
                redirectUris = new[] { Back },
                backchannelLogoutUri = $"{party.Url}/left",
            }
        );
        Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync());
        return (id, (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("secret").GetString()!);
    }

    private async Task<JsonWebToken> SignInAsync(HttpClient browser, (string Id, string Secret) client)
    {
        var tokens = await RedeemAsync(client, await CodeAsync(browser, client));
        return new JsonWebToken(tokens.GetProperty("id_token").GetString());
    }

    private static async Task<string> CodeAsync(HttpClient browser, (string Id, string Secret) client)
    {
        var challenge = WebEncoders.Base64UrlEncode(
            System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(Verifier))
        );
        using var asked = await browser.GetAsync(
            $"/connect/authorize?response_type=code&client_id={client.Id}&state=abc&nonce=n1"
                + $"&redirect_uri={Uri.EscapeDataString(Back)}&scope=openid"
                + $"&code_challenge={challenge}&code_challenge_method=S256"
        );
        var (where, mark) = (
            asked.Headers.Location!.OriginalString,
            asked.Headers.Location.OriginalString.IndexOf('?', StringComparison.Ordinal)
        );
        // Asked once what it may know, a program with a secret is let in again without a question.
        if (QueryHelpers.ParseQuery(where[mark..]).TryGetValue("code", out var given))
            return given.ToString();
        var form = SandboxApp.HiddenFields(await browser.GetStringAsync(asked.Headers.Location));
        form["decision"] = "allow";
        using var allowed = await browser.PostAsync("/connect/authorize", new FormUrlEncodedContent(form));
        return QueryHelpers.ParseQuery(allowed.Headers.Location!.Query)["code"].ToString();
    }

    private async Task<JsonElement> RedeemAsync((string Id, string Secret) client, string code)
    {
        using var nobody = app.Anonymous();
        using var answer = await nobody.PostAsync(
            "/connect/token",
            new FormUrlEncodedContent(
                new Dictionary<string, string>
                {
                    ["grant_type"] = "authorization_code",
                    ["client_id"] = client.Id,
                    ["client_secret"] = client.Secret,
                    ["code"] = code,
                    ["code_verifier"] = Verifier,
                    ["redirect_uri"] = Back,
                }
            )
        );
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private async Task<string> RecordedAsync(string action, string target)
    {
        using var admin = await app.ApiAsAsync("admin");
        using var patience = new CancellationTokenSource(Patience.Usual);
        while (true)
        {
            var rows = await admin.GetStringAsync($"/api/v1/audit?action={action}&target={target}", patience.Token);
            if (rows.Contains($"\"target\":\"{target}\"", StringComparison.Ordinal))
                return rows;
            await Task.Delay(50, patience.Token);
        }
    }

    /// <summary>A program that is told, on this machine.</summary>
    private sealed class Party(WebApplication web, Channel<string> told) : IAsyncDisposable
    {
        public string Url { get; } = web.Urls.First();

        public int Answer { get; set; } = 200;

        /// <summary>Until then it takes what comes and says nothing.</summary>
        public TaskCompletionSource? Answers { get; set; }

        public bool HasMore => told.Reader.Count > 0;

        public static async Task<Party> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var web = builder.Build();
            var told = Channel.CreateUnbounded<string>();
            Party? party = null;
            web.MapPost(
                "/left",
                async (HttpContext context) =>
                {
                    var form = await context.Request.ReadFormAsync();
                    context.Response.StatusCode = party!.Answer;
                    await told.Writer.WriteAsync(form["logout_token"].ToString());
                    if (party.Answers is { } answers)
                        await answers.Task.WaitAsync(context.RequestAborted);
                }
            );
            await web.StartAsync();
            return party = new Party(web, told);
        }

        public async Task<string> NextAsync()
        {
            using var patience = new CancellationTokenSource(Patience.Usual);
            return await told.Reader.ReadAsync(patience.Token);
        }

        public async ValueTask DisposeAsync() => await web.DisposeAsync();
    }
}
