using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>A session that is unlike its person opens less until they prove that it is them.</summary>
public sealed class SignalTests(SignalTests.WatchedApp app) : IClassFixture<SignalTests.WatchedApp>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>The program with low thresholds, and a past that is said to it.</summary>
    public sealed class WatchedApp : SandboxApp
    {
        private readonly SaidPast past = new();

        /// <summary>Says when somebody signed in before.</summary>
        public void Said(string person, params TimeSpan[] ago) =>
            past.Times[person] = [.. ago.Select(one => TimeProvider.System.GetUtcNow() - one)];

        protected override void Replace(IServiceCollection services) => services.AddSingleton<IRecordHistory>(past);

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

    private sealed class SaidPast : IRecordHistory
    {
        public ConcurrentDictionary<string, IReadOnlyList<DateTimeOffset>> Times { get; } = new();

        public Task<IReadOnlyList<DateTimeOffset>> WhenAsync(
            string actor,
            string action,
            DateTimeOffset since,
            int most,
            CancellationToken cancellation
        ) => Task.FromResult(Times.GetValueOrDefault(actor, []));
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
        Assert.Contains("never did before", raised.GetProperty("detail").GetString());
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
