using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Accounts.Places;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity.Places;

/// <summary>Somebody who is seen where they can't have come has to prove that it is them; nobody is kept out.</summary>
public sealed class TravelTests(TravelTests.PlacedApp app) : IClassFixture<TravelTests.PlacedApp>
{
    private const string Amsterdam = "145.100.7.1";
    private const string Enschede = "130.89.1.1";
    private const string Brussels = "193.190.1.1";
    private const string Sydney = "139.130.4.5";
    private const string NewYork = "128.59.1.1";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Behind a proxy that tells addresses, with a database of them and a clock that can be put forward.</summary>
    public sealed class PlacedApp : SandboxApp
    {
        private readonly LaterClock clock = new();

        public PlacedApp() => File.WriteAllBytes(Database, AddressFile.World().ToBytes());

        private string Database => Path.Combine(Folder, "places.mmdb");

        public void Later(TimeSpan by)
        {
            clock.Later(by);
            ForgetTokens();
        }

        protected override IEnumerable<KeyValuePair<string, string>> Settings =>
            [
                new("Docker:Endpoint", "none"),
                new("Platform:KnownProxies", "127.0.0.1"),
                new("Identity:Places:Database", Database),
            ];

        protected override void Replace(IServiceCollection services) => services.AddSingleton<TimeProvider>(clock);
    }

    [Fact]
    public async Task A_sign_in_from_beyond_the_ocean_minutes_later_puts_that_session_in_doubt_alone()
    {
        var person = await MadePerson.MakeAsync(app, "is-in-two-places", "viewer", "rentguy");
        await LooksAsync(person.Browser, Amsterdam);
        app.Later(TimeSpan.FromMinutes(12));
        using var strange = await EnterAsync(person, Sydney);

        var raised = Assert.Single(await SignalsAsync(person));
        Assert.Equal(("impossibleTravel", "open"), (Text(raised, "kind"), Text(raised, "state")));
        Assert.Contains(
            "This account was used in Sydney, Australia 12 minutes after Amsterdam",
            Text(raised, "detail")
        );
        Assert.Contains("VPN", Text(raised, "meaning"));
        // It comes in and reads; what it may not is what any session in doubt may not.
        await LooksAsync(strange, Sydney);
        Assert.Equal(["Sydney, Australia"], await PlacesInDoubtAsync(person));
        // The owner, who goes on in Amsterdam, is in no doubt for what was done in Sydney.
        await LooksAsync(person.Browser, Amsterdam);
        app.Later(TimeSpan.FromMinutes(10));
        await LooksAsync(strange, Sydney);
        await LooksAsync(person.Browser, Amsterdam);
        Assert.Single(await SignalsAsync(person));
    }

    [Fact]
    public async Task A_session_that_is_used_from_elsewhere_at_once_is_in_doubt_and_proving_makes_both_places_theirs()
    {
        var person = await MadePerson.MakeAsync(app, "has-a-tunnel", "viewer", "rentguy");
        await LooksAsync(person.Browser, Amsterdam);
        app.Later(TimeSpan.FromMinutes(6));
        await LooksAsync(person.Browser, NewYork);
        Assert.Equal("impossibleTravel", Text(Assert.Single(await SignalsAsync(person)), "kind"));
        var words = await DoubtAsync(person);
        Assert.Contains("at least 5,8", words);
        Assert.Contains("If you were not in both places", words);
        // Staying for long is no proof.
        app.Later(TimeSpan.FromHours(8));
        await LooksAsync(person.Browser, NewYork);
        Assert.NotNull(await DoubtAsync(person));

        await ProveAsync(person.Browser);
        Assert.Null(await DoubtAsync(person));
        foreach (var address in new[] { Amsterdam, NewYork, Amsterdam })
        {
            app.Later(TimeSpan.FromMinutes(6));
            await LooksAsync(person.Browser, address);
        }
        Assert.Equal("lifted", Text(Assert.Single(await SignalsAsync(person)), "state"));
        // It holds for these two, and for no third.
        app.Later(TimeSpan.FromMinutes(6));
        await LooksAsync(person.Browser, Sydney);
        Assert.Equal(2, (await SignalsAsync(person)).Count);
    }

    [Fact]
    public async Task What_somebody_can_have_travelled_and_what_says_nothing_raises_nothing()
    {
        var person = await MadePerson.MakeAsync(app, "travels-as-people-do", "viewer", "rentguy");
        string[] ways =
        [
            Amsterdam,
            // The same country, the next one nearby, inside, unknown, shared by everybody.
            Enschede,
            Brussels,
            "10.3.2.1",
            "9.9.9.9",
            "104.16.1.1",
            "2a02:a400::7",
        ];
        foreach (var address in ways)
        {
            await LooksAsync(person.Browser, address);
            app.Later(TimeSpan.FromMinutes(6));
        }
        app.Later(TimeSpan.FromHours(8));
        await LooksAsync(person.Browser, NewYork);
        Assert.Empty(await SignalsAsync(person));
    }

    [Fact]
    public async Task Each_session_is_shown_with_its_place()
    {
        var person = await MadePerson.MakeAsync(app, "is-shown", "viewer", "rentguy");
        using var browser = await EnterAsync(person, Amsterdam);
        using var admin = await app.ApiAsAsync("admin");
        var page = JsonElement.Parse(await admin.GetStringAsync("/api/v1/sessions?limit=200", Stop));
        Assert.Equal(
            [null, "Amsterdam, Netherlands"],
            page.GetProperty("items")
                .EnumerateArray()
                .Where(one => Text(one, "personId") == person.Id)
                .Select(one => Text(one, "place"))
                .Order(StringComparer.Ordinal)
        );
        // Where it is used since, which stands beside it on the page.
        await LooksAsync(browser, Enschede);
        var sessions = await app.Services.GetRequiredService<SessionStore>().ListAsync(person.Id, Stop);
        var last = await app
            .Services.GetRequiredService<PlaceStore>()
            .LastAsync(sessions.Select(one => SessionStore.RootOf(one.Id)), Stop);
        Assert.Equal(["Enschede, Netherlands"], last.Values);
    }

    [Fact]
    public async Task An_administrator_ends_the_doubt_by_the_api_with_a_proof_for_it()
    {
        var person = await MadePerson.MakeAsync(app, "asked-by-telephone", "viewer", "rentguy");
        await LooksAsync(person.Browser, Amsterdam);
        app.Later(TimeSpan.FromMinutes(6));
        await LooksAsync(person.Browser, Sydney);
        var id = Text(Assert.Single(await SignalsAsync(person)), "id")!;
        using var admin = await app.ApiAsAsync("admin");
        using (var unproved = await LiftAsync(admin, id, null))
        {
            Assert.Equal(HttpStatusCode.Forbidden, unproved.StatusCode);
            Assert.Contains("stepUpRequired", await unproved.Content.ReadAsStringAsync(Stop));
        }
        // A proof is for one signal.
        using (var other = await LiftAsync(admin, id, await ProofAsync(admin, "another")))
            Assert.Equal(HttpStatusCode.Forbidden, other.StatusCode);
        Assert.NotNull(await DoubtAsync(person));
        using (var done = await LiftAsync(admin, id, await ProofAsync(admin, id)))
            Assert.Equal(HttpStatusCode.NoContent, done.StatusCode);
        Assert.Null(await DoubtAsync(person));
        var lifted = Assert.Single(await SignalsAsync(person));
        Assert.EndsWith("who asked them", Text(lifted, "liftedBy"), StringComparison.Ordinal);
        Assert.Contains(person.Id, await admin.GetStringAsync("/api/v1/audit?action=signal.lifted", Stop));
        using (var twice = await LiftAsync(admin, id, await ProofAsync(admin, id)))
            Assert.Equal(HttpStatusCode.NotFound, twice.StatusCode);
        using var viewer = await app.ApiAsAsync("viewer");
        using var shut = await LiftAsync(viewer, id, "x");
        Assert.Equal(HttpStatusCode.Forbidden, shut.StatusCode);
    }

    private static Task<HttpResponseMessage> LiftAsync(HttpClient api, string id, string? proof) =>
        api.PostAsJsonAsync($"/api/v1/signals/{id}/lift", new { stepUp = proof }, Stop);

    private static async Task<string> ProofAsync(HttpClient admin, string id)
    {
        using var proved = await admin.PostAsJsonAsync(
            "/api/v1/step-ups",
            new
            {
                deed = "signal.lift",
                target = id,
                password = "sandbox",
            },
            Stop
        );
        Assert.True(proved.IsSuccessStatusCode, await proved.Content.ReadAsStringAsync(Stop));
        return (await proved.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("proof").GetString()!;
    }

    private static void From(HttpClient browser, string address)
    {
        browser.DefaultRequestHeaders.Remove("X-Forwarded-For");
        browser.DefaultRequestHeaders.Add("X-Forwarded-For", address);
    }

    private static async Task LooksAsync(HttpClient browser, string address)
    {
        From(browser, address);
        using var answer = await browser.GetAsync("/me", Stop);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private async Task<HttpClient> EnterAsync(MadePerson person, string address)
    {
        var browser = app.Browser();
        From(browser, address);
        using var answer = await SandboxApp.SubmitAsync(
            browser,
            "/signin",
            ("Input.Name", person.UserName),
            ("Input.Password", MadePerson.Password)
        );
        Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
        return browser;
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
        Assert.Contains("Make the passkey", await answer.Content.ReadAsStringAsync(Stop));
    }

    /// <summary>Of the one session that they have.</summary>
    private async Task<string?> DoubtAsync(MadePerson person)
    {
        var session = Assert.Single(await app.Services.GetRequiredService<SessionStore>().ListAsync(person.Id, Stop));
        var known = await app.Services.GetRequiredService<PersonStore>().FindAsync(person.Id, Stop);
        return await app
            .Services.GetRequiredService<IStepUp>()
            .DoubtAsync(known!.ToCaller() with { Session = session.Id }, Stop);
    }

    /// <summary>Where the sessions in doubt signed in.</summary>
    private async Task<List<string?>> PlacesInDoubtAsync(MadePerson person)
    {
        using var admin = await app.ApiAsAsync("admin");
        var page = JsonElement.Parse(await admin.GetStringAsync("/api/v1/sessions?limit=200", Stop));
        var roots = (await SignalsAsync(person)).Select(one => Text(one, "session")!).ToList();
        return
        [
            .. page.GetProperty("items")
                .EnumerateArray()
                .Where(one => roots.Any(root => Text(one, "id")!.StartsWith(root, StringComparison.Ordinal)))
                .Select(one => Text(one, "place")),
        ];
    }

    private async Task<List<JsonElement>> SignalsAsync(MadePerson person)
    {
        using var admin = await app.ApiAsAsync("admin");
        var page = JsonElement.Parse(await admin.GetStringAsync("/api/v1/signals?limit=200", Stop));
        return [.. page.GetProperty("items").EnumerateArray().Where(one => Text(one, "personId") == person.Id)];
    }

    private static string? Text(JsonElement from, string name) => from.GetProperty(name).GetString();
}
