using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Accounts.External;
using Sevensa.Dashboard.Features.Identity.Accounts.Factors;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.App;
using SignInResult = Sevensa.Dashboard.Features.Identity.Accounts.SignInResult;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>Behind a proxy on this machine, which tells who comes from where; with a clock that can be put forward.</summary>
public sealed class ProxiedApp : SandboxApp
{
    private readonly LaterClock clock = new();

    /// <summary>As the program has it.</summary>
    public TimeProvider Clock => clock;

    private readonly CountingHasher hasher = new();

    /// <summary>Passwords that were looked at, and what costs as much.</summary>
    public int Looks => hasher.Looks;

    public void Later(TimeSpan by)
    {
        clock.Later(by);
        ForgetTokens();
    }

    protected override IEnumerable<KeyValuePair<string, string>> Settings =>
        [KeyValuePair.Create("Platform:KnownProxies", "127.0.0.1")];

    protected override void Replace(IServiceCollection services)
    {
        services.AddSingleton<TimeProvider>(clock);
        services.AddSingleton<IPasswordHasher<AppUser>>(hasher);
    }

    private sealed class CountingHasher : PasswordHasher<AppUser>
    {
        private int looks;

        public int Looks => looks;

        public override PasswordVerificationResult VerifyHashedPassword(
            AppUser user,
            string hashedPassword,
            string providedPassword
        )
        {
            Interlocked.Increment(ref looks);
            return base.VerifyHashedPassword(user, hashedPassword, providedPassword);
        }
    }
}

/// <summary>Who is held after wrong passwords and codes, and who is not.</summary>
public sealed class HeldTests(ProxiedApp app) : IClassFixture<ProxiedApp>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("198.51.100.", "198.51.100.1")]
    [InlineData("2001:db8:1:2::", "2001:db8:1:2::1")]
    public async Task Strangers_who_try_at_an_account_hold_up_themselves_alone(string network, string stranger)
    {
        const string name = "viewer";
        using var owner = app.Browser();
        Assert.True(await EntersAsync(owner, name, "203.0.113.1"));
        for (var tries = 0; tries < 5; tries++)
        {
            using var other = app.Browser();
            // Whoever has a network of 64 bits has any number of addresses.
            var from = network.EndsWith(':') ? $"{network}{tries + 10}" : stranger;
            Assert.False(await EntersAsync(other, name, from, "wrong"));
        }
        using var held = app.Browser();
        Assert.False(await EntersAsync(held, name, stranger));
        using var elsewhere = app.Browser();
        Assert.True(await EntersAsync(elsewhere, name, "203.0.113.2"));
        // At the very same address: one who was there before is told from those who only know the name.
        Assert.True(await EntersAsync(owner, name, stranger));
        app.Later(TimeSpan.FromMinutes(6));
        using var later = app.Browser();
        Assert.True(await EntersAsync(later, name, stranger));
        Assert.Contains("of one browser or network", await RecordAsync("signin.lockout", name));
    }

    [Fact]
    public async Task Strangers_from_everywhere_are_slowed_down_together_and_the_owner_is_not()
    {
        const string name = "approver";
        using var owner = app.Browser();
        Assert.True(await EntersAsync(owner, name, "203.0.113.1"));
        var tries = app.Services.GetRequiredService<Tries>();
        for (var number = 0; number < 49; number++)
            await tries.BeginAsync("password sandbox-person-approver", TryRule.PasswordsFromEverywhere, Stop);
        using var last = app.Browser();
        Assert.False(await EntersAsync(last, name, "203.0.113.50", "wrong"));
        using var held = app.Browser();
        Assert.False(await EntersAsync(held, name, "203.0.113.51"));
        Assert.True(await EntersAsync(owner, name, "203.0.113.51"));
        app.Later(TimeSpan.FromMinutes(61));
        using var later = app.Browser();
        Assert.True(await EntersAsync(later, name, "203.0.113.51"));
        Assert.Contains("from everywhere", await RecordAsync("signin.lockout", name));
    }

    [Fact]
    public async Task A_held_account_costs_as_much_time_as_one_that_is_not_there()
    {
        for (var tries = 0; tries < 8; tries++)
        {
            foreach (var name in new[] { "client-witcom", "nobody-at-all" })
            {
                using var browser = app.Browser();
                var before = app.Looks;
                Assert.False(await EntersAsync(browser, name, "203.0.113.77", "wrong"));
                Assert.Equal(before + 1, app.Looks);
            }
        }
    }

    [Fact]
    public async Task Wrong_proofs_hold_up_the_program_that_gave_them_and_neither_the_person_nor_another()
    {
        using var stolen = await app.ApiAsAsync("operator", "read");
        for (var tries = 0; tries < 5; tries++)
            Assert.Contains("not your password", await ProveAsync(stolen, "wrong"));
        Assert.Contains("Wait 5 minutes", await ProveAsync(stolen, "sandbox"));
        using var owner = app.Browser();
        Assert.True(await EntersAsync(owner, "operator", "203.0.113.9"));
        using var made = await stolen.PostAsJsonAsync(
            "/api/v1/tokens",
            new { name = "x", scopes = new[] { "read" } },
            Stop
        );
        var token = (await made.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("token").GetString()!;
        using var another = app.WithToken(token);
        Assert.Contains("\"proof\"", await ProveAsync(another, "sandbox"));
        // Another token of the same program begins no new count.
        app.Later(TimeSpan.FromMinutes(1));
        using var again = await app.ApiAsAsync("operator", "read");
        Assert.Contains("Wait 4 minutes", await ProveAsync(again, "sandbox"));
        Assert.Contains("5 wrong passwords or codes", await RecordAsync("stepUp.lockout", "operator"));
    }

    [Fact]
    public async Task Who_knows_the_password_and_guesses_codes_waits_longer_each_time_until_the_password_ends()
    {
        var person = await MadePerson.MakeAsync(app, "guessed-for-long", "viewer", "rentguy");
        var phone = await AuthenticatorApp.SetUpAsync(person.Browser, MadePerson.Password, app.Clock);
        await GuessAsync(5);
        Assert.True(await IsHeldAsync());
        app.Later(TimeSpan.FromMinutes(5.1));
        await GuessAsync(5);
        app.Later(TimeSpan.FromMinutes(5.1));
        Assert.True(await IsHeldAsync());
        app.Later(TimeSpan.FromMinutes(5));
        Assert.False(await IsHeldAsync());

        var tries = app.Services.GetRequiredService<Tries>();
        await GuessedAsync(person.Id, 49);
        await GuessAsync(1);
        var people = app.Services.GetRequiredService<PersonStore>();
        var account = (await people.FindAsync(person.Id, Stop))!;
        Assert.False(account.HasPassword);
        Assert.Contains("After 50 wrong codes", await RecordAsync("password.ended", person.UserName));
        // Who is in by a passkey proves by a code all the same.
        var proofs = app.Services.GetRequiredService<StepUp>();
        await proofs.AssureAsync(account.ToCaller(), phone.Code(0), "a.deed", Stop);
        // What was counted against a factor that is gone holds up no other.
        await app.Services.GetRequiredService<SecondFactor>().ResetAsync(AuditActor.System, person.Id, Stop);
        Assert.Null((await people.FindAsync(person.Id, Stop))!.LockedUntil);
        Assert.Equal(1, (await tries.BeginAsync(Tries.OfCodes(person.Id), TryRule.Codes, Stop)).Number);

        async Task GuessAsync(int times)
        {
            for (var guess = 0; guess < times; guess++)
                Assert.Contains("role=\"alert\"", await CodeAsync());
        }

        async Task<bool> IsHeldAsync() => (await CodeAsync()).Contains("held for a while", StringComparison.Ordinal);

        async Task<string> CodeAsync()
        {
            using var browser = From(app.Browser(), "203.0.113.200");
            app.Later(TimeSpan.FromSeconds(3));
            using var asked = await SandboxApp.SubmitAsync(
                browser,
                "/signin",
                ("Input.Name", person.UserName),
                ("Input.Password", MadePerson.Password)
            );
            var form = SandboxApp.HiddenFields(await asked.Content.ReadAsStringAsync(Stop));
            form["Input.Code"] = "12345x";
            using var answer = await browser.PostAsync("/signin", new FormUrlEncodedContent(form), Stop);
            return await answer.Content.ReadAsStringAsync(Stop);
        }
    }

    [Fact]
    public async Task Who_comes_by_a_provider_and_guesses_codes_ends_that_link_and_no_password()
    {
        var person = await MadePerson.MakeAsync(app, "vouched-for", "viewer", "rentguy");
        await AuthenticatorApp.SetUpAsync(person.Browser, MadePerson.Password, app.Clock);
        var link = await LinkedAsync(person.Id, isGranted: false);
        await GuessedAsync(person.Id, 49);
        var people = app.Services.GetRequiredService<PersonStore>();
        var account = (await people.FindAsync(person.Id, Stop))!;
        await using var scope = app.Services.CreateAsyncScope();
        var (result, _) = await scope
            .ServiceProvider.GetRequiredService<SignInDesk>()
            .SignInByCodeAsync(
                new DefaultHttpContext { RequestServices = scope.ServiceProvider },
                app.Services.GetRequiredService<PasswordPassed>().Of(account),
                "12345x",
                new Vouched("elsewhere", link, null)
            );
        Assert.Equal(SignInResult.Ended, result);
        var after = (await people.FindAsync(person.Id, Stop))!;
        Assert.True(after.HasPassword);
        Assert.NotEqual(account.SecurityStamp, after.SecurityStamp);
        Assert.Null(await app.Services.GetRequiredService<ExternalPeople>().FindAsync(link, Stop));
        Assert.Contains("signed in at elsewhere as them", await RecordAsync("provider.unlinked", person.UserName));
        Assert.Contains("after a first step that was right", await RecordAsync("signin.lockout", person.UserName));
    }

    [Fact]
    public async Task What_a_claim_gave_takes_no_password_and_is_over_when_the_claim_was_not_looked_at_for_long()
    {
        var person = await MadePerson.MakeAsync(app, "given-by-claim", "viewer", "rentguy");
        using var personal = await person.PersonalAsync("read");
        var link = await LinkedAsync(person.Id, isGranted: true);
        using (var browser = app.Browser())
            Assert.False(await EntersAsync(browser, person.UserName, "203.0.113.140", MadePerson.Password));
        using (var admin = await app.ApiAsAsync("admin"))
        using (var reset = await admin.PostAsync($"/api/v1/people/{person.Id}/reset", null, Stop))
            Assert.Equal(HttpStatusCode.UnprocessableEntity, reset.StatusCode);
        await using (var scope = app.Services.CreateAsyncScope())
        {
            var desk = scope.ServiceProvider.GetRequiredService<SignInDesk>();
            var context = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
            // By whatever other way, that of another provider among them.
            await Assert.ThrowsAsync<AccountException>(() => desk.EnterAsync(context, person.Id));
            await Assert.ThrowsAsync<AccountException>(() =>
                desk.EnterAsync(context, person.Id, SignInMethods.Provider, new Vouched("another", "its link", null))
            );
        }

        app.Later(TimeSpan.FromHours(11));
        Assert.Equal(HttpStatusCode.OK, await AsksAsync(person.Browser, "/me"));
        app.Later(TimeSpan.FromHours(1.1));
        Assert.Equal(HttpStatusCode.Unauthorized, await AsksAsync(personal, "/api/v1/tenants"));
        var claimed = app.Services.GetRequiredService<ClaimedAccounts>();
        await claimed.NoteLookAsync(link, Stop);
        Assert.Equal(HttpStatusCode.OK, await AsksAsync(personal, "/api/v1/tenants"));
        Assert.Equal(HttpStatusCode.OK, await AsksAsync(person.Browser, "/me"));
        app.Later(TimeSpan.FromHours(10));
        Assert.Equal(HttpStatusCode.OK, await AsksAsync(person.Browser, "/me"));
        var tokens = await person.LetAppActAsync("offline_access read");
        app.Later(TimeSpan.FromHours(2.1));
        var refreshed = await person.RefreshAsync(tokens.GetProperty("refresh_token").GetString()!);
        Assert.Equal("invalid_grant", refreshed.GetProperty("error").GetString());
        Assert.Equal(HttpStatusCode.Found, await AsksAsync(person.Browser, "/me"));

        // Whoever can do so on the host makes it an account like others.
        await app.Services.GetRequiredService<AccountDesk>().RecoverAsync(person.UserName, Stop);
        Assert.True(await claimed.LetsInAsync(person.Id, null, Stop));

        static async Task<HttpStatusCode> AsksAsync(HttpClient client, string path)
        {
            using var answer = await client.GetAsync(path, Stop);
            return answer.StatusCode;
        }
    }

    [Fact]
    public void How_long_the_next_try_waits()
    {
        Assert.Equal(TimeSpan.FromMinutes(5), TryRule.Codes.HoldAfter(5));
        Assert.Equal(TimeSpan.FromMinutes(40), TryRule.Codes.HoldAfter(20));
        Assert.Equal(TimeSpan.FromDays(1), TryRule.Codes.HoldAfter(500));
        Assert.Equal(TimeSpan.FromMinutes(5), TryRule.Passwords.HoldAfter(500));
    }

    /// <summary>So many wrong codes have been given on end.</summary>
    private async Task GuessedAsync(string personId, int times)
    {
        var tries = app.Services.GetRequiredService<Tries>();
        for (var number = 0; number < times; )
        {
            var one = await tries.BeginAsync(Tries.OfCodes(personId), TryRule.Codes, Stop);
            if (one.IsHeld)
                app.Later(TimeSpan.FromDays(1));
            else
                number = one.Number;
        }
    }

    /// <summary>A provider knows them; the row by which.</summary>
    private async Task<string> LinkedAsync(string personId, bool isGranted)
    {
        var now = app.Clock.GetUtcNow();
        var stores = app.Services.GetRequiredService<IDbContextFactory<Store>>();
        await using var store = await stores.CreateDbContextAsync(Stop);
        var row = new ExternalPersonRow
        {
            Id = ExternalPersonRow.IdOf("elsewhere", "https://elsewhere.example", personId),
            Provider = "elsewhere",
            Subject = personId,
            Name = "They",
            PersonId = personId,
            IsGranted = isGranted,
            FirstSeenAt = now,
            LastSeenAt = now,
        };
        store.Add(row);
        await store.SaveChangesAsync(Stop);
        app.Services.GetRequiredService<ClaimedAccounts>().Forget();
        return row.Id;
    }

    private static HttpClient From(HttpClient browser, string address)
    {
        browser.DefaultRequestHeaders.Remove("X-Forwarded-For");
        browser.DefaultRequestHeaders.Add("X-Forwarded-For", address);
        return browser;
    }

    private static async Task<bool> EntersAsync(
        HttpClient browser,
        string name,
        string address,
        string password = "sandbox"
    )
    {
        using var answer = await SandboxApp.SubmitAsync(
            From(browser, address),
            "/signin?again=true",
            ("Input.Name", name),
            ("Input.Password", password)
        );
        return answer.StatusCode == HttpStatusCode.Found;
    }

    private static async Task<string> ProveAsync(HttpClient client, string password)
    {
        using var answer = await client.PostAsJsonAsync(
            "/api/v1/step-ups",
            new { deed = "signingKeys.rotate", password },
            Stop
        );
        return await answer.Content.ReadAsStringAsync(Stop);
    }

    private async Task<string> RecordAsync(string action, string target)
    {
        using var admin = await app.ApiAsAsync("admin");
        return await admin.GetStringAsync($"/api/v1/audit?action={action}&target={target}", Stop);
    }
}
