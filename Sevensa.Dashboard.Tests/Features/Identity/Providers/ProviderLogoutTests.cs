using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Accounts.External;
using Sevensa.Dashboard.Features.Identity.Providers;
using Sevensa.Dashboard.Features.Identity.Tokens;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity.Providers;

/// <summary>A provider tells that somebody signed out there, and what they began here by it ends (OpenID Connect Back-Channel Logout 1.0).</summary>
public sealed class ProviderLogoutTests(TwoHouses houses) : IClassFixture<TwoHouses>
{
    private const string Path = "/connect/backchannel-logout/scripted";
    private const string Event = "http://schemas.openid.net/event/backchannel-logout";

    [Fact]
    public async Task What_was_begun_by_a_session_there_ends_with_it_and_nothing_else_does()
    {
        using var one = await InAsync("leaves", "first");
        using var other = await InAsync("leaves", "second");
        using var stranger = await InAsync("stays", "third");
        var token = houses.Scripted.LogoutToken(claims => (claims["sub"], claims["sid"]) = ("leaves", "first"));
        using (var told = await TellAsync(token))
        {
            Assert.Equal(HttpStatusCode.OK, told.StatusCode);
            Assert.True(told.Headers.CacheControl!.NoStore);
        }
        Assert.False(await IsInAsync(one));
        Assert.True(await IsInAsync(other));
        Assert.Contains("The one here that came by it ends", await RecordAsync("logout.received"));

        // The session alone says which, without whose.
        await GoodAsync(claims =>
        {
            claims.Remove("sub");
            claims["sid"] = "second";
        });
        Assert.False(await IsInAsync(other));

        // The person alone is all of theirs.
        using var again = await InAsync("leaves", "fourth");
        using var elsewhere = await InAsync("leaves", "fifth");
        await GoodAsync(claims =>
        {
            claims["sub"] = "leaves";
            claims.Remove("sid");
        });
        Assert.False(await IsInAsync(again));
        Assert.False(await IsInAsync(elsewhere));
        // Of whom nothing is here, nothing is to be ended, and that is well.
        await GoodAsync(claims => (claims["sub"], claims["sid"]) = ("nobody", "none"));
        Assert.True(await IsInAsync(stranger));
    }

    [Fact]
    public async Task What_programs_got_in_a_session_ends_with_it_there_and_what_they_got_in_another_stays()
    {
        using var one = await InAsync("lets-in", "of the one");
        using var first = await LetInAsync(one);
        using var other = await InAsync("lets-in", "of the other");
        using var second = await LetInAsync(other);
        Assert.True(await OpensAsync(first));
        Assert.True(await OpensAsync(second));
        await GoodAsync(claims => (claims["sub"], claims["sid"]) = ("lets-in", "of the one"));
        await ShutsAsync(first);
        Assert.True(await OpensAsync(second));
        Assert.Contains("logout.programsEnded", await RecordAsync("logout.programsEnded"));
        // Signed out here is not signed out there: the program goes on until the provider says so, and the session is long gone.
        await other.GoAsync(houses.At("/signing-out"));
        await other.SubmitAsync("/sign-out");
        Assert.True(await OpensAsync(second));
        await GoodAsync(claims =>
        {
            claims["sub"] = "lets-in";
            claims.Remove("sid");
        });
        await ShutsAsync(second);
    }

    /// <summary>A client with the token that the Sandbox's app got from whoever is signed in.</summary>
    private async Task<HttpClient> LetInAsync(Traveller traveller)
    {
        const string back = "http://127.0.0.1:43118/callback";
        const string verifier = "a-verifier-that-is-long-enough-for-the-standard-0123456789";
        var challenge = Microsoft.AspNetCore.WebUtilities.WebEncoders.Base64UrlEncode(
            System.Security.Cryptography.SHA256.HashData(Encoding.ASCII.GetBytes(verifier))
        );
        await traveller.GoAsync(
            houses.At(
                "/connect/authorize?response_type=code&client_id=sandbox-app&scope=read&state=s"
                    + $"&redirect_uri={Uri.EscapeDataString(back)}"
                    + $"&code_challenge={challenge}&code_challenge_method=S256"
            )
        );
        Assert.Equal("/consent", traveller.At.AbsolutePath);
        // Nobody listens where the answer goes.
        await Assert.ThrowsAsync<HttpRequestException>(() =>
            traveller.SubmitAsync("/connect/authorize", ("decision", "allow"))
        );
        var code = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(traveller.At.Query)["code"].ToString();
        var client = new HttpClient { BaseAddress = houses.HereAddress };
        using var form = new FormUrlEncodedContent([
            KeyValuePair.Create("grant_type", "authorization_code"),
            KeyValuePair.Create("client_id", "sandbox-app"),
            KeyValuePair.Create("code", code),
            KeyValuePair.Create("code_verifier", verifier),
            KeyValuePair.Create("redirect_uri", back),
        ]);
        using var given = await client.PostAsync("/connect/token", form);
        var tokens = await given.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(tokens.TryGetProperty("access_token", out var token), tokens.ToString());
        client.DefaultRequestHeaders.Authorization = new("Bearer", token.GetString());
        return client;
    }

    private static async Task<bool> OpensAsync(HttpClient program)
    {
        using var answer = await program.GetAsync("/api/v1/tenants");
        return answer.StatusCode == HttpStatusCode.OK;
    }

    private static async Task ShutsAsync(HttpClient program)
    {
        using var since = new OwnTime();
        while (await OpensAsync(program))
        {
            Assert.True(since.Elapsed < Patience.OfFiveSeconds, $"It still opens after {since.Elapsed}.");
        }
    }

    [Fact]
    public async Task A_session_goes_by_its_own_person_and_by_the_person_alone_where_the_provider_named_none()
    {
        using var named = await InAsync("named", "of named");
        using var unnamed = await InAsync("unnamed", null);
        await GoodAsync(claims => (claims["sub"], claims["sid"]) = ("somebody-else", "of named"));
        Assert.True(await IsInAsync(named));
        // It came without a name, so nobody can tell that it is another one.
        await GoodAsync(claims => (claims["sub"], claims["sid"]) = ("unnamed", "told now"));
        Assert.False(await IsInAsync(unnamed));
    }

    [Fact]
    public async Task A_session_that_goes_on_after_a_proof_is_still_the_one_that_came_by_the_provider()
    {
        using var traveller = await InAsync("goes-on", "before");
        houses.Scripted.ProvedAt = TimeProvider.System.GetUtcNow();
        houses.Scripted.Session = "after";
        await traveller.GoAsync(houses.At("/signin/external/scripted?again=true&returnUrl=%2Fme"));
        Assert.Equal("/me", traveller.At.AbsolutePath);
        await GoodAsync(claims => (claims["sub"], claims["sid"]) = ("goes-on", "before"));
        Assert.True(await IsInAsync(traveller));
        await GoodAsync(claims => (claims["sub"], claims["sid"]) = ("goes-on", "after"));
        Assert.False(await IsInAsync(traveller));
    }

    [Theory]
    [InlineData("iss", "https://evil.example", "another issuer")]
    [InlineData("aud", "another-program", "another program")]
    [InlineData("exp", -180, "over (exp)")]
    [InlineData("exp", 7_200, "longer than an hour")]
    [InlineData("exp", null, "does not say its exp")]
    [InlineData("iat", 180, "time to come")]
    [InlineData("iat", null, "does not say its iat")]
    [InlineData("iat", "now", "no token")]
    [InlineData("jti", null, "no id (jti)")]
    [InlineData("events", null, "does not name")]
    [InlineData("events", Event, "does not name")]
    [InlineData("nonce", "n", "nonce")]
    [InlineData("sub", 7, "claim sub is no text")]
    [InlineData("sub", null, "neither a person (sub) nor a session (sid)")]
    public async Task What_does_not_hold_ends_nothing_and_is_told_why(string claim, object? value, string words)
    {
        using var traveller = await InAsync("is-kept", null);
        var token = houses.Scripted.LogoutToken(claims =>
        {
            if (value is null)
            {
                claims.Remove(claim);
            }
            else
            {
                // Of times, by how many seconds they are away.
                claims[claim] =
                    value is int seconds && claim != "sub"
                        ? TimeProvider.System.GetUtcNow().AddSeconds(seconds).ToUnixTimeSeconds()
                        : value;
            }
        });
        await RefusedAsync(token, words);
        Assert.True(await IsInAsync(traveller));
    }

    [Theory]
    [InlineData("wrong", "logout+jwt", "not signed by one of the provider's keys")]
    [InlineData("not", "logout+jwt", "not signed by one of the provider's keys")]
    [InlineData("by what both know", "logout+jwt", "")]
    [InlineData("right", "at+jwt", "of the type")]
    public async Task Who_says_so_is_proved_by_the_token(string signed, string type, string words)
    {
        using var traveller = await InAsync("is-kept-too", null);
        await RefusedAsync(houses.Scripted.LogoutToken(_ => { }, type, signed), words);
        Assert.True(await IsInAsync(traveller));
    }

    [Fact]
    public async Task What_was_told_is_told_once()
    {
        using var first = await InAsync("once", null);
        var token = houses.Scripted.LogoutToken(_ => { });
        using (var told = await TellAsync(token))
        {
            Assert.Equal(HttpStatusCode.OK, told.StatusCode);
        }
        Assert.False(await IsInAsync(first));
        using var again = await InAsync("once", null);
        await RefusedAsync(token, "told before");
        Assert.True(await IsInAsync(again));
        Assert.Contains("told before", await RecordAsync("logout.refused"));
    }

    [Fact]
    public async Task Whoever_left_there_while_a_code_was_asked_for_here_comes_no_further()
    {
        var person = await MadePerson.MakeAsync(houses.Here, "leaves-at-the-code", "viewer", "rentguy");
        var phone = await AuthenticatorApp.SetUpAsync(person.Browser, MadePerson.Password);
        var external = houses.Here.Services.GetRequiredService<ExternalPeople>();
        var who = await external.SeenAsync("scripted", houses.Scripted.Url, "at-the-code", "Eve", true, default);
        Assert.True(await external.LinkAsync(who.Id, person.Id, default));
        houses.Scripted.Be("at-the-code", []);
        houses.Scripted.Session = "waits";
        using var traveller = new Traveller();
        await traveller.GoAsync(houses.At("/signin/external/scripted?returnUrl=%2Fme"));
        Assert.Contains("asks for a code besides", traveller.Page);
        await GoodAsync(_ => { });
        await traveller.SubmitAsync(null, ("Input.Code", phone.Next()));
        Assert.Contains("That took too long", traveller.Page);
        Assert.False(await IsInAsync(traveller));
    }

    [Fact]
    public async Task All_of_somebodys_that_ended_there_is_heeded_at_the_code_too_and_keeps_nobody_out_who_comes_anew()
    {
        var person = await MadePerson.MakeAsync(houses.Here, "all-at-the-code", "viewer", "rentguy");
        var phone = await AuthenticatorApp.SetUpAsync(person.Browser, MadePerson.Password);
        var external = houses.Here.Services.GetRequiredService<ExternalPeople>();
        var who = await external.SeenAsync("scripted", houses.Scripted.Url, "all-at-the-code", "Eve", true, default);
        Assert.True(await external.LinkAsync(who.Id, person.Id, default));
        houses.Scripted.Be("all-at-the-code", []);
        houses.Scripted.Session = "one of them";
        using var traveller = new Traveller();
        await traveller.GoAsync(houses.At("/signin/external/scripted?returnUrl=%2Fme"));
        Assert.Contains("asks for a code besides", traveller.Page);
        await GoodAsync(claims => claims.Remove("sid"));
        await traveller.SubmitAsync(null, ("Input.Code", phone.Next()));
        Assert.Contains("That took too long", traveller.Page);
        Assert.False(await IsInAsync(traveller));

        houses.Scripted.Session = "since then";
        using var anew = new Traveller();
        await anew.GoAsync(houses.At("/signin/external/scripted?returnUrl=%2Fme"));
        await anew.SubmitAsync(null, ("Input.Code", phone.Recovery[0]));
        Assert.True(await IsInAsync(anew));
    }

    [Fact]
    public async Task What_could_not_be_done_is_done_when_it_is_told_again()
    {
        using var traveller = await InAsync("told-again", "told again");
        var token = houses.Scripted.LogoutToken(_ => { });
        var record = Substitute.For<IAuditLog>();
        record.AppendAsync(default!, default).ReturnsForAnyArgs(Task.FromException<long>(new IOException("no room")));
        var logout = ActivatorUtilities.CreateInstance<ProviderLogout>(houses.Here.Services, record);
        var asked = new DefaultHttpContext { RequestServices = houses.Here.Services };
        asked.Request.Method = "POST";
        asked.Request.ContentType = "application/x-www-form-urlencoded";
        asked.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes($"logout_token={token}"));
        await Assert.ThrowsAsync<IOException>(() => logout.AnswerAsync(asked, "scripted"));
        Assert.True(await IsInAsync(traveller));
        using (var told = await TellAsync(token))
        {
            Assert.Equal(HttpStatusCode.OK, told.StatusCode);
        }
        Assert.False(await IsInAsync(traveller));
    }

    [Fact]
    public async Task Another_dashboard_says_so_by_itself_when_its_person_signs_out_there()
    {
        await houses
            .There.Services.GetRequiredService<ApiClients>()
            .ChangeAsync(
                "the-first-house",
                client =>
                    client with
                    {
                        BackchannelLogoutUri = new Uri(
                            houses.Here.Address,
                            "/connect/backchannel-logout/there"
                        ).AbsoluteUri,
                    },
                default
            );
        var person = await MadePerson.MakeAsync(houses.There, "signs-out-there", "operator", "rentguy");
        using var traveller = new Traveller();
        await houses.ComeAsync(traveller, person.UserName, MadePerson.Password);
        Assert.True(await IsInAsync(traveller));
        await traveller.GoAsync(new Uri(houses.There.Address, "/signing-out"));
        await traveller.SubmitAsync("/sign-out");
        using var patience = new CancellationTokenSource(Patience.Usual);
        while (await IsInAsync(traveller))
        {
            await Task.Delay(50, patience.Token);
        }
        Assert.Contains("there says that a session ended there", await RecordAsync("logout.received"));
    }

    [Fact]
    public async Task A_cookie_is_not_looked_at_and_the_form_has_one_token()
    {
        using var browser = await houses.Here.BrowserAsAsync("viewer");
        houses.Scripted.Be("form", ["eves"]);
        var token = houses.Scripted.LogoutToken(_ => { });
        using var plain = new StringContent(token);
        using var text = await browser.PostAsync(Path, plain);
        Assert.Equal(HttpStatusCode.BadRequest, text.StatusCode);
        using var twice = new FormUrlEncodedContent([
            KeyValuePair.Create("logout_token", token),
            KeyValuePair.Create("logout_token", token),
        ]);
        using var both = await browser.PostAsync(Path, twice);
        Assert.Equal(HttpStatusCode.BadRequest, both.StatusCode);
        using var none = new FormUrlEncodedContent([]);
        using var nothing = await browser.PostAsync(Path, none);
        Assert.Equal("invalid_request", await ErrorAsync(nothing));
        using var mine = await browser.GetAsync("/me");
        Assert.Equal(HttpStatusCode.OK, mine.StatusCode);
        Assert.False(text.Headers.Contains("Set-Cookie"));
    }

    /// <summary>Somebody who came in by the provider, in a session of its.</summary>
    private async Task<Traveller> InAsync(string subject, string? session)
    {
        houses.Scripted.Be(subject, ["eves"]);
        houses.Scripted.Session = session;
        var traveller = new Traveller();
        await traveller.GoAsync(houses.At("/signin/external/scripted?returnUrl=%2Fme"));
        Assert.Equal("/me", traveller.At.AbsolutePath);
        return traveller;
    }

    private async Task<bool> IsInAsync(Traveller traveller) =>
        await traveller.AskAsync(houses.At("/me")) == HttpStatusCode.OK;

    private async Task GoodAsync(Action<Dictionary<string, object>> change)
    {
        using var told = await TellAsync(houses.Scripted.LogoutToken(change));
        Assert.True(told.IsSuccessStatusCode, await told.Content.ReadAsStringAsync());
    }

    private async Task RefusedAsync(string token, string words)
    {
        using var told = await TellAsync(token);
        var body = await told.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.BadRequest, told.StatusCode);
        Assert.True(told.Headers.CacheControl!.NoStore);
        var answer = JsonSerializer.Deserialize<JsonElement>(body);
        Assert.Equal("invalid_request", answer.GetProperty("error").GetString());
        Assert.Contains(words, answer.GetProperty("error_description").GetString());
        Assert.DoesNotContain("evil.example", body);
    }

    private static async Task<string?> ErrorAsync(HttpResponseMessage answer) =>
        (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetString();

    private async Task<HttpResponseMessage> TellAsync(string token)
    {
        using var provider = houses.Here.Anonymous();
        using var form = new FormUrlEncodedContent([KeyValuePair.Create("logout_token", token)]);
        return await provider.PostAsync(Path, form);
    }

    private async Task<string> RecordAsync(string action)
    {
        using var admin = await houses.Here.ApiAsAsync("admin");
        return await admin.GetStringAsync($"/api/v1/audit?action={action}");
    }
}

/// <summary>What can't be checked, and who tries too often.</summary>
public sealed class UncheckedProviderLogoutTests
{
    [Fact]
    public async Task Without_the_providers_keys_nothing_is_believed_and_whoever_goes_on_trying_waits()
    {
        await using var app = await ConfiguredApp.StartAsync(
            ("Identity:Providers:absent:Authority", $"http://127.0.0.1:{Workspace.FreePort()}"),
            ("Identity:Providers:absent:ClientId", "sevensa")
        );
        using var provider = app.Anonymous();
        Assert.Equal((400, "temporarily_unavailable"), await TellAsync("absent"));
        for (var tries = 1; tries < 30; tries++)
        {
            Assert.Equal((400, "invalid_request"), await TellAsync("unknown"));
        }
        Assert.Equal((429, "slow_down"), await TellAsync("absent"));
        // Signing in from the same address is none of that.
        using var browser = await app.BrowserAsAsync("viewer");

        async Task<(int, string?)> TellAsync(string name)
        {
            using var form = new FormUrlEncodedContent([KeyValuePair.Create("logout_token", "a.b.c")]);
            using var told = await provider.PostAsync($"/connect/backchannel-logout/{name}", form);
            var answer = await told.Content.ReadFromJsonAsync<JsonElement>();
            return ((int)told.StatusCode, answer.GetProperty("error").GetString());
        }
    }
}
