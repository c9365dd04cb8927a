using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Accounts.Roles;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity.Roles;

/// <summary>Who makes, changes and removes roles, what that takes, and what follows for those who hold them.</summary>
public sealed class RoleChangesTests(RolesApp app) : IClassFixture<RolesApp>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("portal", "read")]
    [InlineData("portal", "read", "propose", "approve")]
    public async Task A_changed_role_ends_what_is_open_within_five_seconds(params string[] after)
    {
        await app.FleetIsKnownAsync();
        var name = $"Changed to {after.Length}";
        var role = await app.RoleAsync(name, "portal", "read", "propose");
        var person = await app.HolderAsync($"holds-changed-{after.Length}", role, "rentguy");
        using var browser = person.Browser;
        using var reader = await person.PersonalAsync("read", "propose");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var tail = await OpenTail.ConnectAsync(reader, "rentguy", patience.Token);
        var closed = OpenTail.ClosedAsync(tail, patience.Token);
        var check = app.Services.GetRequiredService<SessionCheck>();
        var then = await PrincipalAsync(person);

        await app.ChangeRoleAsync(role, name, after);
        using var since = new OwnTime();
        // Asked anew, each request and each page goes by what the role is now, at once.
        var now = Caller.From((await check.RefreshAsync(then, Stop))!)!;
        Assert.Equal(after, NamedPermission.NamesOf(now.Permissions));
        // By this a circuit is led to begin anew.
        Assert.False(now.Covers(Caller.From(then)!));
        using var proposed = await reader.PostAsJsonAsync("/api/v1/proposals", new { kind = "x" }, Stop);
        Assert.Equal(!after.Contains("propose"), proposed.StatusCode == HttpStatusCode.Forbidden);
        var (status, reason) = await closed;
        Assert.True(since.Elapsed < Patience.OfFiveSeconds, $"It took {since.Elapsed}.");
        Assert.Equal(WebSocketCloseStatus.PolicyViolation, status);
        Assert.Contains("access ended", reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_name_ends_nothing_and_is_shown_at_once()
    {
        var role = await app.RoleAsync("Named before", "portal", "read");
        var person = await app.HolderAsync("holds-renamed", role, "rentguy");
        using var browser = person.Browser;
        var then = await PrincipalAsync(person);
        await app.ChangeRoleAsync(role, "Named after", "portal", "read");
        var now = Caller.From((await app.Services.GetRequiredService<SessionCheck>().RefreshAsync(then, Stop))!)!;
        Assert.Equal("Named after", now.RoleName);
        Assert.True(now.Covers(Caller.From(then)!));
        using var page = await browser.GetAsync("/forbidden", Stop);
        Assert.Contains("Named after", await page.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_change_is_in_the_record_with_before_and_after()
    {
        var role = await app.RoleAsync("Recorded", "portal", "read");
        await app.ChangeRoleAsync(role, "Recorded", "portal", "read", "propose");
        using var admin = await app.ApiAsAsync("admin");
        await SandboxApp.GoodAsync(admin.DeleteAsync($"/api/v1/roles/{role}", Stop));
        using var gone = await admin.GetAsync($"/api/v1/roles/{role}", Stop);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        var rows = await admin.GetFromJsonAsync<JsonElement>("/api/v1/audit?limit=100", Stop);
        var told = rows.GetProperty("items")
            .EnumerateArray()
            .Where(row => row.GetProperty("target").GetString() == role)
            .ToDictionary(row => row.GetProperty("action").GetString()!);
        Assert.Equal(["portal", "read"], Permissions(told["role.created"], "after"));
        Assert.Equal(["portal", "read"], Permissions(told["role.changed"], "before"));
        Assert.Equal(["portal", "read", "propose"], Permissions(told["role.changed"], "after"));
        Assert.Equal(["portal", "read", "propose"], Permissions(told["role.removed"], "before"));

        static IEnumerable<string?> Permissions(JsonElement row, string when) =>
            row.GetProperty(when).GetProperty("permissions").EnumerateArray().Select(one => one.GetString());
    }

    [Fact]
    public async Task A_role_in_use_stays_and_it_is_said_by_whom()
    {
        var role = await app.RoleAsync("In use", "portal", "read");
        var person = await app.HolderAsync("holds-in-use", role, "rentguy");
        using var browser = person.Browser;
        using var admin = await app.ApiAsAsync("admin");
        using (var kept = await admin.DeleteAsync($"/api/v1/roles/{role}", Stop))
        {
            Assert.Equal(HttpStatusCode.UnprocessableEntity, kept.StatusCode);
            Assert.Contains("holds-in-use", await kept.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        }
        var told = await admin.GetFromJsonAsync<JsonElement>($"/api/v1/roles/{role}", Stop);
        Assert.Equal("holds-in-use", told.GetProperty("usedBy")[0].GetString());
        // Nor does the store let it go, whatever was looked at before.
        Assert.False(await app.Services.GetRequiredService<RoleStore>().RemoveAsync(role, Stop));
        await app.GiveAsync(person, "viewer", null, "rentguy");
        await SandboxApp.GoodAsync(admin.DeleteAsync($"/api/v1/roles/{role}", Stop));

        var named = await app.RoleAsync("Named in settings", "portal");
        using var settings = await admin.DeleteAsync($"/api/v1/roles/{named}", Stop);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, settings.StatusCode);
        Assert.Contains("Release notes", await settings.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"name": "A", "permissions": ["portal", "admin"]}""", "Give the role Admin")]
    [InlineData("""{"name": "A", "permissions": ["portal", "fly"]}""", "no permission \\\"fly\\\"")]
    [InlineData("""{"name": "A", "permissions": []}""", "at least one")]
    [InlineData("""{"name": "A", "permissions": ["portal", "propose"]}""", "add the permission read")]
    [InlineData(
        """{"name": "A", "permissions": ["portal", "read", "approveHighRisk"]}""",
        "add the permission approve,"
    )]
    [InlineData("""{"name": " ", "permissions": ["portal"]}""", "a name")]
    [InlineData("""{"name": "ADMIN", "permissions": ["portal"]}""", "from the start")]
    [InlineData("""{"name": "\u0410dmin", "permissions": ["portal"]}""", "read as Admin")]
    [InlineData("""{"name": "Adm1n", "permissions": ["portal"]}""", "read as Admin")]
    [InlineData("""{"name": "\uFF2Fperator", "permissions": ["portal"]}""", "read as Operator")]
    [InlineData("""{"name": "Appr\u03BFver", "permissions": ["portal"]}""", "read as Approver")]
    [InlineData("""{"name": "Admin\u200B", "permissions": ["portal"]}""", "that are seen")]
    [InlineData("""{"name": "nimdA\u202E", "permissions": ["portal"]}""", "that are seen")]
    [InlineData("""{"name": "A", "id": "operator", "permissions": ["portal"]}""", "from the start")]
    [InlineData("""{"name": "A", "id": "custom", "permissions": ["portal"]}""", "from the start")]
    [InlineData("""{"name": "A", "id": "../x", "permissions": ["portal"]}""", "small letters")]
    public async Task What_can_be_no_role_is_said(string body, string words)
    {
        using var admin = await app.ApiAsAsync("admin");
        using var answer = await admin.PostAsync(
            "/api/v1/roles",
            new StringContent(body, System.Text.Encoding.UTF8, "application/json"),
            Stop
        );
        var told = await answer.Content.ReadAsStringAsync(Stop);
        Assert.True(answer.StatusCode == HttpStatusCode.UnprocessableEntity, told);
        Assert.Contains(words, told.Replace("\\u0022", "\\\"", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_roles_share_no_name_and_those_from_the_start_stay()
    {
        await app.RoleAsync("One name", "portal");
        var other = await app.RoleAsync("Another name", "portal");
        using var admin = await app.ApiAsAsync("admin");
        foreach (
            var asked in new[]
            {
                admin.PostAsJsonAsync("/api/v1/roles", RolesApp.Body("one NAME", "portal"), Stop),
                admin.PutAsJsonAsync($"/api/v1/roles/{other}", RolesApp.Body("One name", "portal"), Stop),
                admin.PostAsJsonAsync("/api/v1/roles", RolesApp.Body("One n\u0430me", "portal"), Stop),
                admin.PutAsJsonAsync("/api/v1/roles/viewer", RolesApp.Body("Seer", "portal", "read", "propose"), Stop),
                admin.DeleteAsync("/api/v1/roles/viewer", Stop),
            }
        )
        {
            using var answer = await asked;
            Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Nobody_gives_what_they_do_not_have()
    {
        var strong = await app.RoleAsync("Strong", "portal", "read", "propose");
        var weak = await app.RoleAsync("Weak", "portal", "read");
        var person = await MadePerson.MakeAsync(app, "wants-more", "viewer", "rentguy");
        using var browser = person.Browser;
        // An administrator's token that was given for less than its person may.
        using var less = await app.ApiAsAsync("admin", "read admin");
        await RefusedAsync(
            less.PostAsJsonAsync("/api/v1/roles", RolesApp.Body("Mine", "portal", "read", "propose"), Stop)
        );
        await RefusedAsync(
            less.PutAsJsonAsync($"/api/v1/roles/{weak}", RolesApp.Body("Weak", "portal", "read", "approve"), Stop)
        );
        await RefusedAsync(less.PutAsJsonAsync($"/api/v1/people/{person.Id}", Given(strong), Stop));
        await SandboxApp.GoodAsync(less.PutAsJsonAsync($"/api/v1/people/{person.Id}", Given(weak), Stop));
        // What it takes away it may.
        await SandboxApp.GoodAsync(
            less.PutAsJsonAsync($"/api/v1/roles/{strong}", RolesApp.Body("Strong", "portal", "read"), Stop)
        );

        async Task RefusedAsync(Task<HttpResponseMessage> asked)
        {
            using var answer = await asked;
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
            Assert.Contains(
                "Nobody gives what they do not have",
                await answer.Content.ReadAsStringAsync(Stop),
                StringComparison.Ordinal
            );
        }

        object Given(string role) =>
            new
            {
                displayName = person.UserName,
                role = "custom",
                tenants = new[] { "rentguy" },
                customRole = role,
            };
    }

    [Fact]
    public async Task Nobody_but_an_administrator_touches_roles_and_no_holder_lifts_themselves()
    {
        var role = await app.RoleAsync("Lifts nobody", "portal", "read", "propose", "approve", "approveHighRisk");
        var person = await app.HolderAsync("lifts-nobody", role, "rentguy");
        using var browser = person.Browser;
        using var api = await person.ApiAsync("read propose approve admin");
        using var operators = await app.ApiAsAsync("operator");
        foreach (var client in new[] { api, operators })
        {
            foreach (
                var asked in new[]
                {
                    client.GetAsync("/api/v1/roles", Stop),
                    client.PostAsJsonAsync("/api/v1/roles", RolesApp.Body("Own", "portal"), Stop),
                    client.PutAsJsonAsync($"/api/v1/roles/{role}", RolesApp.Body("Own", "portal"), Stop),
                    client.DeleteAsync($"/api/v1/roles/{role}", Stop),
                    client.PutAsJsonAsync(
                        $"/api/v1/people/{person.Id}",
                        new
                        {
                            displayName = "x",
                            role = "admin",
                            tenants = Array.Empty<string>(),
                        },
                        Stop
                    ),
                }
            )
            {
                using var answer = await asked;
                Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
            }
        }
    }

    [Theory]
    [InlineData("""{"role": "custom", "customRole": "nowhere", "tenants": ["rentguy"]}""", "no custom role")]
    [InlineData("""{"role": "custom", "tenants": ["rentguy"]}""", "no custom role")]
    [InlineData(
        """{"role": "viewer", "customRole": "given-wrongly", "tenants": ["rentguy"]}""",
        "goes with the role custom"
    )]
    [InlineData("""{"role": "custom", "customRole": "given-wrongly", "tenants": []}""", "at least one tenant")]
    public async Task An_account_holds_one_role_that_is_there_over_tenants_that_are(string given, string words)
    {
        using var admin = await app.ApiAsAsync("admin");
        using (await admin.PostAsJsonAsync("/api/v1/roles", RolesApp.Body("Given wrongly", "portal"), Stop)) { }
        var body = """{"userName": "given-wrongly", "displayName": "x", """ + given[1..];
        using var answer = await admin.PostAsync(
            "/api/v1/people",
            new StringContent(body, System.Text.Encoding.UTF8, "application/json"),
            Stop
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains(words, await answer.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_last_administrator_is_made_no_holder_of_a_custom_role()
    {
        var role = await app.RoleAsync("No administrator", "portal", "read");
        using var admin = await app.ApiAsAsync("admin");
        using var answer = await admin.PutAsJsonAsync(
            "/api/v1/people/sandbox-person-admin",
            new
            {
                displayName = "Admin",
                role = "custom",
                tenants = new[] { "rentguy" },
                customRole = role,
            },
            Stop
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains("last administrator", await answer.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_program_of_its_own_holds_one()
    {
        using var admin = await app.ApiAsAsync("admin");
        using var answer = await admin.PostAsJsonAsync(
            "/api/v1/clients",
            new
            {
                id = "of-custom-role",
                role = "custom",
                tenants = new[] { "rentguy" },
                scopes = new[] { "read" },
            },
            Stop
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
    }

    [Fact]
    public async Task On_a_page_it_takes_the_password_again_and_another_name_does_not()
    {
        var people = app.Services.GetRequiredService<PersonStore>();
        var desk = app.Services.GetRequiredService<RoleDesk>();
        var browser = (await people.FindByNameAsync("admin", Stop))!.ToCaller() with { Session = "session of roles" };
        var less = new RoleChange("Of a page", "", RolePermissions.Portal);
        var more = less with { Permissions = RolePermissions.Portal | RolePermissions.Read };
        foreach (var given in new[] { null, "", "wrong" })
        {
            await AskedAsync(() => desk.CreateAsync(browser, null, less, given, Stop));
        }
        var role = await desk.CreateAsync(browser, null, less, "sandbox", Stop);
        foreach (var given in new[] { null, "wrong" })
        {
            await AskedAsync(() => desk.ChangeAsync(browser, role.Id, more, given, Stop));
        }
        await desk.ChangeAsync(browser, role.Id, less with { Name = "Of a page, renamed" }, null, Stop);
        await desk.ChangeAsync(browser, role.Id, more, "sandbox", Stop);
        await desk.RemoveAsync(browser, role.Id, Stop);

        static async Task AskedAsync(Func<Task> deed) =>
            Assert.Equal(StepUpDoor.Code, (await Assert.ThrowsAsync<ForbiddenException>(deed)).Code);
    }

    private async Task<System.Security.Claims.ClaimsPrincipal> PrincipalAsync(MadePerson person)
    {
        var session = Assert.Single(await app.Services.GetRequiredService<SessionStore>().ListAsync(person.Id, Stop));
        var now = await app.Services.GetRequiredService<PersonStore>().FindAsync(person.Id, Stop);
        return CallerPrincipal.OfSession(now!, session.Id);
    }
}
