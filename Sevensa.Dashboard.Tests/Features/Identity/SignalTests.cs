using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Access;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Accounts.Roles;
using Sevensa.Dashboard.Features.Identity.Accounts.Signals;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.Tokens;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>A session that is unlike its person opens less until they prove that it is them.</summary>
public sealed class SignalTests(SignalTests.WatchedApp app) : IClassFixture<SignalTests.WatchedApp>
{
    private const string Back = "http://127.0.0.1:43117/callback";

    private static readonly TimeSpan[] threeDays = [TimeSpan.FromDays(1), TimeSpan.FromDays(2), TimeSpan.FromDays(3)];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>The program with low thresholds, and a past that is said to it.</summary>
    public sealed class WatchedApp : SandboxApp
    {
        private readonly SaidPast past = new();

        /// <summary>Says when somebody signed in before.</summary>
        public void Said(string person, params TimeSpan[] ago) =>
            past.Times[person] = [.. ago.Select(one => TimeProvider.System.GetUtcNow() - one)];

        protected override void Replace(IServiceCollection services)
        {
            services.AddSingleton<IRecordHistory>(past);
            services.AddSingleton<IServiceBehaviour>(new SaidBehaviour());
        }

        protected override IEnumerable<KeyValuePair<string, string>> Settings =>
            [
                new("Docker:Endpoint", "none"),
                new("Identity:Signals:DeviceAfterDays", "3"),
                new("Identity:Signals:HourAfterSignIns", "3"),
                new("Identity:Signals:HourAfterDays", "3"),
                new("Identity:Signals:Denials", "5"),
                new("Identity:Signals:DenialsEnd", "12"),
                new("Identity:Signals:Reads", "4"),
            ];
    }

    private sealed class SaidBehaviour : IServiceBehaviour
    {
        private static readonly DateTimeOffset at = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

        public string Looks => "What a test says";

        public ValueTask<ServiceLook> LookAsync(CancellationToken cancellation) =>
            new(
                new ServiceLook(
                    at,
                    "Half of it is away.",
                    [
                        new ServiceOddity("rentguy", "api", "Many restarts", "9 of them.", "It falls.", at),
                        new ServiceOddity("witcom", "web", "Many errors", "All of it.", "It fails.", at, at),
                    ],
                    ["witcom/new-one: requests"]
                )
            );
    }

    private sealed class SaidPast : IRecordHistory
    {
        public ConcurrentDictionary<string, IReadOnlyList<DateTimeOffset>> Times { get; } = new();

        public Task<IReadOnlyList<RecordedHour>> HoursAsync(
            string actor,
            string action,
            DateTimeOffset since,
            CancellationToken cancellation
        ) =>
            Task.FromResult<IReadOnlyList<RecordedHour>>([
                .. Times.GetValueOrDefault(actor, []).Select(at => new RecordedHour(at, 1)),
            ]);
    }

    [Fact]
    public async Task A_browser_never_seen_opens_less_until_its_person_proves_that_it_is_them()
    {
        var other = await MadePerson.MakeAsync(app, "to-be-disabled", "viewer", "rentguy");
        var person = await MadePerson.MakeAsync(app, "has-habits", "admin");
        // An account without a past has nothing to differ from.
        using (await app.BrowserAsAsync(person.UserName, MadePerson.Password))
            Assert.Empty(await SignalsAsync(person));
        app.Said(person.Id, TimeSpan.FromDays(1), TimeSpan.FromDays(2), TimeSpan.FromDays(3));
        await SignInAnewAsync(person);
        Assert.Empty(await SignalsAsync(person));

        using var strange = await app.BrowserAsAsync(person.UserName, MadePerson.Password);
        var raised = Assert.Single(await SignalsAsync(person));
        Assert.Equal("newDevice", raised.GetProperty("kind").GetString());
        Assert.Equal(JsonValueKind.Null, raised.GetProperty("liftedAt").ValueKind);
        Assert.Contains("never used for it before", raised.GetProperty("detail").GetString());
        // That session alone, and it reads as before.
        Assert.Equal([raised.GetProperty("session").GetString()!], await InDoubtAsync(person));
        using (var reading = await strange.GetAsync("/me"))
            Assert.Equal(HttpStatusCode.OK, reading.StatusCode);

        var accounts = app.Services.GetRequiredService<AccountDesk>();
        var caller = await CallerAsync(person, raised);
        var refused = await Assert.ThrowsAsync<ForbiddenException>(() => accounts.DisableAsync(caller, other.Id, Stop));
        Assert.Equal("stepUpRequired", refused.Code);
        Assert.Contains("in doubt", refused.Message);

        await ProveAsync(strange);
        var lifted = Assert.Single(await SignalsAsync(person));
        Assert.Equal("the password", lifted.GetProperty("liftedBy").GetString());
        Assert.Empty(await InDoubtAsync(person));
        await accounts.DisableAsync(caller, other.Id, Stop);
        foreach (var action in new[] { "signal.raised", "signal.lifted" })
            Assert.Contains("newDevice", await RecordAsync(action));
    }

    [Fact]
    public async Task An_hour_at_which_somebody_never_came_is_told()
    {
        var person = await MadePerson.MakeAsync(app, "works-by-day", "viewer", "rentguy");
        app.Said(person.Id, TimeSpan.FromHours(12), TimeSpan.FromHours(36), TimeSpan.FromHours(60));
        await SignInAnewAsync(person);
        var raised = Assert.Single(await SignalsAsync(person));
        Assert.Equal("unusualHour", raised.GetProperty("kind").GetString());
        Assert.Contains("none was within 2 hours", raised.GetProperty("detail").GetString());
        Assert.Contains("Ask them", raised.GetProperty("advice").GetString());
        // Signing in again in the same session is proof.
        await SignInAsync(person);
        Assert.Equal("signing in again", Assert.Single(await SignalsAsync(person)).GetProperty("liftedBy").GetString());
    }

    [Fact]
    public async Task Many_refusals_put_a_session_in_doubt_and_more_end_it_and_no_other()
    {
        var person = await MadePerson.MakeAsync(app, "tries-doors", "viewer", "rentguy");
        using var elsewhere = await app.BrowserAsAsync(person.UserName, MadePerson.Password);
        await KnockAsync(4);
        // What a page of another site asks for in its reader's browser is not theirs.
        await KnockAsync(8, "same-site");
        Assert.Empty(await SignalsAsync(person));
        await KnockAsync(1);
        var raised = await OneAsync(person);
        Assert.Equal("denials", raised.GetProperty("kind").GetString());
        using (var reading = await person.Browser.GetAsync("/me"))
            Assert.Equal(HttpStatusCode.OK, reading.StatusCode);

        await KnockAsync(7);
        using var patience = new CancellationTokenSource(Patience.Usual);
        while (true)
        {
            using var after = await person.Browser.GetAsync("/me", patience.Token);
            if (after.StatusCode == HttpStatusCode.Found)
                break;
            await Task.Delay(50, patience.Token);
        }
        using (var other = await elsewhere.GetAsync("/me"))
            Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        Assert.Contains("things were refused", await RecordAsync("session.ended"));

        async Task KnockAsync(int times, string from = "same-origin")
        {
            for (var time = 0; time < times; time++)
            {
                using var knock = new HttpRequestMessage(HttpMethod.Get, "/access");
                knock.Headers.Add("Sec-Fetch-Site", from);
                using var refused = await person.Browser.SendAsync(knock);
                Assert.Contains("forbidden", refused.Headers.Location?.ToString());
            }
        }
    }

    [Fact]
    public async Task Whoever_carries_away_a_lot_is_asked_who_they_are()
    {
        var person = await MadePerson.MakeAsync(app, "carries-away", "viewer", "rentguy");
        for (var time = 0; time < 4; time++)
        {
            using var export = await person.Browser.GetAsync("/audit/export");
            Assert.Equal(HttpStatusCode.OK, export.StatusCode);
        }
        Assert.Equal("reads", (await OneAsync(person)).GetProperty("kind").GetString());
    }

    [Fact]
    public async Task Signing_out_and_in_again_washes_no_doubt_off_and_proving_it_makes_the_browser_known()
    {
        var person = await MadePerson.MakeAsync(app, "comes-again", "viewer", "rentguy");
        app.Said(person.Id, threeDays);
        using var strange = await app.BrowserAsAsync(person.UserName, MadePerson.Password);
        var there = person with { Browser = strange };
        await SignInAnewAsync(there);
        // The first ended with its session, and is not what holds the second up.
        Assert.Equal(["newDevice open", "newDevice ended"], await StandAsync(person));
        Assert.Single(await InDoubtAsync(person));
        await ProveAsync(strange);
        Assert.Empty(await InDoubtAsync(person));
        await SignInAnewAsync(there);
        await SignInAnewAsync(there);
        Assert.Equal(["newDevice lifted", "newDevice ended"], await StandAsync(person));
    }

    [Fact]
    public async Task A_second_factor_given_in_a_browser_makes_it_known()
    {
        var person = await MadePerson.MakeAsync(app, "has-a-phone", "viewer", "rentguy");
        var phone = await AuthenticatorApp.SetUpAsync(person.Browser, MadePerson.Password);
        app.Said(person.Id, threeDays);
        using var strange = app.Browser();
        await EnterAsync(phone.Recovery[0]);
        using (await strange.PostAsync("/sign-out", null, Stop))
            await EnterAsync(phone.Recovery[1]);
        Assert.Equal(["newDevice ended"], await StandAsync(person));

        async Task EnterAsync(string code)
        {
            using var first = await SandboxApp.SubmitAsync(
                strange,
                "/signin",
                ("Input.Name", person.UserName),
                ("Input.Password", MadePerson.Password)
            );
            var form = SandboxApp.HiddenFields(await first.Content.ReadAsStringAsync(Stop));
            form["Input.Code"] = code;
            using var second = await strange.PostAsync("/signin", new FormUrlEncodedContent(form), Stop);
            Assert.Equal(HttpStatusCode.Found, second.StatusCode);
        }
    }

    [Fact]
    public async Task Each_signal_that_is_lifted_has_its_row_in_the_record()
    {
        var person = await MadePerson.MakeAsync(app, "doubly-odd", "viewer", "rentguy");
        app.Said(person.Id, TimeSpan.FromHours(12), TimeSpan.FromHours(36), TimeSpan.FromHours(60));
        using var strange = await app.BrowserAsAsync(person.UserName, MadePerson.Password);
        Assert.Equal(["newDevice open", "unusualHour open"], (await StandAsync(person)).Order(StringComparer.Ordinal));
        await ProveAsync(strange);
        var rows = JsonElement.Parse(await RecordAsync("signal.lifted"));
        Assert.Equal(
            ["newDevice", "unusualHour"],
            rows.GetProperty("items")
                .EnumerateArray()
                .Where(row => row.GetProperty("actor").GetProperty("id").GetString() == person.Id)
                .Select(row => row.GetProperty("target").GetString())
                .Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task A_signal_is_kept_as_long_as_it_holds_a_session_up()
    {
        var person = await MadePerson.MakeAsync(app, "stays-signed-in", "viewer", "rentguy");
        var session = Assert.Single(await app.Services.GetRequiredService<SessionStore>().ListAsync(person.Id, Stop));
        var signals = app.Services.GetRequiredService<SignalStore>();
        var old = TimeProvider.System.GetUtcNow().AddDays(-40);
        foreach (var (id, whose) in new[] { ("old-open", session.Id), ("old-ended", new string('0', 64)) })
            await signals.AddAsync(
                new SignalRow
                {
                    Id = id,
                    PersonId = person.Id,
                    Session = SessionStore.RootOf(whose),
                    Kind = SignalKinds.NewDevice,
                    At = old,
                    Detail = "It was long ago.",
                },
                Stop
            );
        await signals.RemoveAsync(Stop);
        Assert.Equal(["newDevice open"], await StandAsync(person));
        Assert.Single(await InDoubtAsync(person));
        await ProveAsync(person.Browser);
        await signals.RemoveAsync(Stop);
        Assert.Empty(await SignalsAsync(person));
    }

    [Fact]
    public async Task The_proof_of_a_browser_is_kept_as_long_as_its_cookie_and_is_no_news_meanwhile()
    {
        var person = await MadePerson.MakeAsync(app, "proved-in-spring", "viewer", "rentguy");
        var signals = app.Services.GetRequiredService<SignalStore>();
        var desk = app.Services.GetRequiredService<SignalDesk>();
        var now = TimeProvider.System.GetUtcNow();
        foreach (
            var (id, kind, days) in new[]
            {
                ("of-spring", SignalKinds.NewDevice, 170),
                ("of-winter", SignalKinds.NewDevice, 190),
                ("of-an-hour", SignalKinds.UnusualHour, 170),
            }
        )
            await signals.AddAsync(
                new SignalRow
                {
                    Id = id,
                    PersonId = person.Id,
                    Session = id,
                    Kind = kind,
                    At = now.AddDays(-days),
                    Detail = "It was long ago.",
                    LiftedAt = now.AddDays(-days),
                    LiftedBy = "the password",
                },
                Stop
            );
        await signals.RemoveAsync(Stop);
        Assert.True(await desk.IsProvedAsync("of-spring", Stop));
        Assert.False(await desk.IsProvedAsync("of-winter", Stop));
        Assert.Null(await signals.FindAsync("of-an-hour", Stop));
        Assert.Empty(await SignalsAsync(person));
        Assert.DoesNotContain(await signals.ListAsync(200, Stop), row => row.PersonId == person.Id);
    }

    [Fact]
    public async Task What_a_session_in_doubt_tries_on_pages_is_recorded_and_counted_as_by_the_api()
    {
        var other = await MadePerson.MakeAsync(app, "not-to-be-ended", "viewer", "rentguy");
        var person = await MadePerson.MakeAsync(app, "tries-in-doubt", "admin");
        app.Said(person.Id, threeDays);
        using var strange = await app.BrowserAsAsync(person.UserName, MadePerson.Password);
        var caller = await CallerAsync(person, Assert.Single(await SignalsAsync(person)));
        var accounts = app.Services.GetRequiredService<AccountDesk>();
        for (var time = 0; time < 5; time++)
        {
            var refused = await Assert.ThrowsAsync<ForbiddenException>(() =>
                accounts.DisableAsync(caller, other.Id, Stop)
            );
            Assert.True(refused.IsRecorded);
        }
        var rows = JsonElement
            .Parse(await RecordAsync("access.refused"))
            .GetProperty("items")
            .EnumerateArray()
            .Where(row => row.GetProperty("actor").GetProperty("id").GetString() == person.Id)
            .ToList();
        Assert.Equal(5, rows.Count);
        Assert.Equal($"person.disable {other.Id}", rows[0].GetProperty("target").GetString());
        Assert.StartsWith(StepUpDoor.Beginning, rows[0].GetProperty("detail").GetString(), StringComparison.Ordinal);
        using var patience = new CancellationTokenSource(Patience.Usual);
        while (!(await StandAsync(person)).Contains("denials open"))
            await Task.Delay(50, patience.Token);
    }

    [Fact]
    public async Task What_is_unlike_services_is_told_with_how_far_it_is_known()
    {
        using var admin = await app.ApiAsAsync("admin");
        var answer = JsonElement.Parse(await admin.GetStringAsync("/api/v1/signals/services", Stop));
        var items = answer.GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(
            ["rentguy/api/Many restarts open", "witcom/web/Many errors ended"],
            items
                .Where(one => one.GetProperty("since").GetString()!.StartsWith("2026-05-04", StringComparison.Ordinal))
                .Select(one => $"{one.GetProperty("id").GetString()} {one.GetProperty("state").GetString()}")
                .Order(StringComparer.Ordinal)
        );
        var look = answer
            .GetProperty("looks")
            .EnumerateArray()
            .Single(one => one.GetProperty("looks").GetString() == "What a test says");
        Assert.Equal("Half of it is away.", look.GetProperty("trouble").GetString());
        Assert.Equal("witcom/new-one: requests", look.GetProperty("young")[0].GetString());
        // Those of the program itself stand beside it, here without any figures.
        Assert.Equal(3, answer.GetProperty("looks").GetArrayLength());
    }

    [Fact]
    public async Task No_program_is_let_act_by_a_session_in_doubt_asked_or_not()
    {
        var person = await MadePerson.MakeAsync(app, "lets-programs-act", "viewer", "rentguy");
        using (var admin = await app.ApiAsAsync("admin"))
            await SandboxApp.GoodAsync(
                admin.PostAsJsonAsync(
                    "/api/v1/clients",
                    new
                    {
                        id = "reads-again",
                        name = "Reads again",
                        scopes = new[] { "read" },
                        redirectUris = new[] { Back },
                    },
                    Stop
                )
            );
        // Allowed once where they are known, it is not asked for again.
        Assert.Contains("code=", await DecideAsync(person.Browser, "allow"));
        using (var again = await person.Browser.GetAsync(Authorize(), Stop))
            Assert.Contains("code=", again.Headers.Location!.Query);

        app.Said(person.Id, threeDays);
        using var strange = await app.BrowserAsAsync(person.UserName, MadePerson.Password);
        using (var asked = await strange.GetAsync(Authorize(), Stop))
        {
            Assert.StartsWith("/consent?", asked.Headers.Location!.OriginalString, StringComparison.Ordinal);
            var page = await strange.GetStringAsync(asked.Headers.Location, Stop);
            Assert.Contains("This session is in doubt.", page);
            Assert.Contains("signin?again=true", page);
        }
        Assert.StartsWith("/consent?", await DecideAsync(strange, "allow"), StringComparison.Ordinal);
        using (var silent = await strange.GetAsync(Authorize() + "&prompt=none", Stop))
            Assert.Contains("error=login_required", silent.Headers.Location!.Query);
        Assert.Contains("error=access_denied", await DecideAsync(strange, "deny"));
        Assert.Contains("in doubt", await RecordAsync("apiClient.allowed"));

        await ProveAsync(strange);
        using (var after = await strange.GetAsync(Authorize(), Stop))
            Assert.Contains("code=", after.Headers.Location!.Query);
    }

    [Fact]
    public async Task No_device_is_let_in_by_a_session_in_doubt()
    {
        var person = await MadePerson.MakeAsync(app, "lets-devices-in", "viewer", "rentguy");
        using (var admin = await app.ApiAsAsync("admin"))
            await SandboxApp.GoodAsync(
                admin.PostAsJsonAsync(
                    "/api/v1/clients",
                    new
                    {
                        id = "cli-doubted",
                        scopes = new[] { "read" },
                        isPublic = true,
                        isForDevices = true,
                    },
                    Stop
                )
            );
        app.Said(person.Id, threeDays);
        using var strange = await app.BrowserAsAsync(person.UserName, MadePerson.Password);
        using var nobody = app.Anonymous();
        using var begun = await nobody.PostAsync(
            "/connect/device",
            new FormUrlEncodedContent(
                new Dictionary<string, string> { ["client_id"] = "cli-doubted", ["scope"] = "read" }
            ),
            Stop
        );
        var code = (await begun.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("user_code").GetString()!;
        var form = SandboxApp.HiddenFields(await strange.GetStringAsync("/device", Stop));
        form["user_code"] = code;
        var page = await strange.GetStringAsync(await VerifyAsync(form), Stop);
        Assert.Contains("This session is in doubt.", page);
        form = SandboxApp.HiddenFields(page);
        form["decision"] = "allow";
        var refused = await VerifyAsync(form);
        Assert.StartsWith("/device?asks=", refused, StringComparison.Ordinal);
        await ProveAsync(strange);
        page = await strange.GetStringAsync(refused, Stop);
        Assert.DoesNotContain("in doubt", page);
        form = SandboxApp.HiddenFields(page);
        form["decision"] = "allow";
        Assert.Equal("/device?done=allowed", await VerifyAsync(form));

        async Task<string> VerifyAsync(Dictionary<string, string> fields)
        {
            using var answer = await strange.PostAsync("/connect/verify", new FormUrlEncodedContent(fields), Stop);
            return answer.Headers.Location!.OriginalString;
        }
    }

    [Fact]
    public async Task Ending_what_is_ones_own_is_never_held_up_and_shutting_others_out_is()
    {
        var other = await MadePerson.MakeAsync(app, "not-shut-out", "viewer", "rentguy");
        var person = await MadePerson.MakeAsync(app, "ends-their-own", "admin");
        app.Said(person.Id, threeDays);
        using var strange = await app.BrowserAsAsync(person.UserName, MadePerson.Password);
        var caller = await CallerAsync(person, Assert.Single(await SignalsAsync(person)));
        var desk = app.Services.GetRequiredService<AccessDesk>();
        var program = caller with { Client = "of a test", Session = null };
        var (token, _) = await desk.AddTokenAsync(program, "short-lived", ApiScopes.Read, 1, null, Stop);
        var roles = app.Services.GetRequiredService<RoleDesk>();
        var renamed = new RoleChange("Renamed in doubt", "", RolePermissions.Portal);
        var role = await roles.CreateAsync(program, null, renamed with { Name = "Of doubt" }, null, Stop);
        await desk.AddClientAsync(
            program,
            new ApiClient("own-of-doubt", "Own", person.Id, Role.Admin, [], ApiScopes.Read),
            null,
            Stop
        );

        foreach (
            var deed in (Func<Task>[])
                [
                    () => roles.RemoveAsync(caller, role.Id, Stop),
                    () => roles.ChangeAsync(caller, role.Id, renamed, null, Stop),
                    () => desk.RemoveClientAsync(caller, "own-of-doubt", Stop),
                    () => desk.SetClientDisabledAsync(caller, "own-of-doubt", true, null, Stop),
                    () => desk.AddTokenAsync(caller, "another", ApiScopes.Read, 1, null, Stop),
                    () => desk.ConsentAsync(caller, "own-of-doubt", true, null, Stop),
                    () =>
                        app
                            .Services.GetRequiredService<AccountDesk>()
                            .ChangeAsync(
                                caller,
                                other.Id,
                                new AccountChange("Less", Role.Client, ["rentguy"]),
                                null,
                                Stop
                            ),
                ]
        )
            Assert.Equal("stepUpRequired", (await Assert.ThrowsAsync<ForbiddenException>(deed)).Code);

        await desk.ConsentAsync(caller, "own-of-doubt", false, null, Stop);
        await desk.RemoveTokenAsync(caller, token.Id, Stop);
        await desk.EndSessionAsync(caller, caller.Session!, Stop);
        Assert.Empty(await InDoubtAsync(person));
    }

    [Fact]
    public async Task An_administrator_who_asked_ends_the_doubt_of_somebody_else()
    {
        var person = await MadePerson.MakeAsync(app, "was-asked", "admin");
        app.Said(person.Id, threeDays);
        using var strange = await app.BrowserAsAsync(person.UserName, MadePerson.Password);
        var raised = Assert.Single(await SignalsAsync(person));
        var id = raised.GetProperty("id").GetString()!;
        var desk = app.Services.GetRequiredService<AccessDesk>();
        var themselves = await CallerAsync(person, raised);
        await Assert.ThrowsAsync<ForbiddenException>(() =>
            desk.EndDoubtAsync(themselves, id, MadePerson.Password, Stop)
        );
        var bea = new Caller("bea", "Bea", Role.Admin, true, TenantSet.All, ApiScopes.All, "of a test");
        await Assert.ThrowsAsync<ForbiddenException>(() =>
            desk.EndDoubtAsync(bea with { Role = Role.Operator }, id, null, Stop)
        );
        Assert.Single(await InDoubtAsync(person));
        await desk.EndDoubtAsync(bea, id, null, Stop);
        Assert.Empty(await InDoubtAsync(person));
        Assert.Equal(
            "Bea, who asked them",
            Assert.Single(await SignalsAsync(person)).GetProperty("liftedBy").GetString()
        );
        await Assert.ThrowsAsync<UnknownAccountException>(() => desk.EndDoubtAsync(bea, id, null, Stop));
    }

    private static string Authorize()
    {
        const string verifier = "a-verifier-that-is-long-enough-for-the-standard-0123456789";
        var challenge = WebEncoders.Base64UrlEncode(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));
        return "/connect/authorize?response_type=code&client_id=reads-again&state=abc&nonce=n1"
            + $"&redirect_uri={Uri.EscapeDataString(Back)}&scope={Uri.EscapeDataString("openid read")}"
            + $"&code_challenge={challenge}&code_challenge_method=S256";
    }

    /// <summary>Says yes or no as the form of the page does, whatever its buttons let one press.</summary>
    /// <returns>Where that leads.</returns>
    private static async Task<string> DecideAsync(HttpClient browser, string decision)
    {
        using var asked = await browser.GetAsync(Authorize(), Stop);
        var form = SandboxApp.HiddenFields(await browser.GetStringAsync(asked.Headers.Location, Stop));
        form["decision"] = decision;
        using var answer = await browser.PostAsync("/connect/authorize", new FormUrlEncodedContent(form), Stop);
        return answer.Headers.Location!.OriginalString;
    }

    /// <summary>What their signals are and how they stand, the newest first.</summary>
    private async Task<IEnumerable<string>> StandAsync(MadePerson person) =>
        (await SignalsAsync(person)).Select(one =>
            $"{one.GetProperty("kind").GetString()} {one.GetProperty("state").GetString()}"
        );

    /// <summary>In the browser in which they always do, after they signed out there.</summary>
    private static async Task SignInAnewAsync(MadePerson person)
    {
        using (await person.Browser.PostAsync("/sign-out", null))
            await SignInAsync(person);
    }

    private static async Task SignInAsync(MadePerson person)
    {
        using var answer = await SandboxApp.SubmitAsync(
            person.Browser,
            "/signin?again=true",
            ("Input.Name", person.UserName),
            ("Input.Password", MadePerson.Password)
        );
        Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
    }

    /// <summary>Whatever takes the password again proves it: here the beginning of a passkey.</summary>
    private static async Task ProveAsync(HttpClient browser)
    {
        using var answer = await SandboxApp.SubmitAsync(
            browser,
            "/me/passkeys",
            ("Input.Given", MadePerson.Password),
            ("Input.Name", "never made")
        );
        Assert.Contains("Make the passkey", await answer.Content.ReadAsStringAsync());
    }

    private async Task<Caller> CallerAsync(MadePerson person, JsonElement signal)
    {
        var sessions = await app.Services.GetRequiredService<SessionStore>().ListAsync(person.Id, Stop);
        var root = signal.GetProperty("session").GetString()!;
        var known = await app.Services.GetRequiredService<PersonStore>().FindAsync(person.Id, Stop);
        return known!.ToCaller() with
        {
            Session = sessions.Single(one => one.Id.StartsWith(root, StringComparison.Ordinal)).Id,
        };
    }

    /// <summary>Which of their sessions have to prove first.</summary>
    private async Task<List<string>> InDoubtAsync(MadePerson person)
    {
        var proofs = app.Services.GetRequiredService<IStepUp>();
        var known = await app.Services.GetRequiredService<PersonStore>().FindAsync(person.Id, Stop);
        var doubted = new List<string>();
        foreach (var session in await app.Services.GetRequiredService<SessionStore>().ListAsync(person.Id, Stop))
        {
            if (await proofs.DoubtAsync(known!.ToCaller() with { Session = session.Id }, Stop) is not null)
                doubted.Add(SessionStore.RootOf(session.Id));
        }
        return doubted;
    }

    private async Task<JsonElement> OneAsync(MadePerson person)
    {
        using var patience = new CancellationTokenSource(Patience.Usual);
        while (true)
        {
            if (await SignalsAsync(person) is [var one, ..])
                return one;
            await Task.Delay(50, patience.Token);
        }
    }

    private async Task<List<JsonElement>> SignalsAsync(MadePerson person)
    {
        using var admin = await app.ApiAsAsync("admin");
        var page = JsonSerializer.Deserialize<JsonElement>(await admin.GetStringAsync("/api/v1/signals"));
        return
        [
            .. page.GetProperty("items")
                .EnumerateArray()
                .Where(one => one.GetProperty("personId").GetString() == person.Id),
        ];
    }

    private async Task<string> RecordAsync(string action)
    {
        using var admin = await app.ApiAsAsync("admin");
        return await admin.GetStringAsync($"/api/v1/audit?action={action}");
    }
}
