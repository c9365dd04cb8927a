using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Accounts.Roles;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.App;
using Sevensa.Dashboard.Tests.Features.Assistant;

namespace Sevensa.Dashboard.Tests.Features.Identity.Roles;

/// <summary>What a role out of named permissions opens: endpoints, pages, the hub of pages, tools, services behind the proxy.</summary>
public sealed class CustomRoleTests(RolesApp app) : IClassFixture<RolesApp>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static readonly object restart = new
    {
        kind = "container.restart",
        tenant = "rentguy",
        target = "web",
        reason = "of a test",
    };

    [Fact]
    public async Task It_opens_what_it_holds_for_its_tenants_and_nothing_else()
    {
        await app.FleetIsKnownAsync();
        var role = await app.RoleAsync("Proposer", "portal", "read", "propose");
        var person = await app.HolderAsync("holds-proposer", role, "rentguy");
        using var browser = person.Browser;
        using var api = await person.ApiAsync("read propose approve scans:write admin");

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(api, "/api/v1/tenants/rentguy"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(api, "/api/v1/tenants/witcom"));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(api, "/api/v1/people"));
        using var proposed = await api.PostAsJsonAsync("/api/v1/proposals", restart, Stop);
        Assert.Equal(HttpStatusCode.Created, proposed.StatusCode);
        var proposal = await proposed.Content.ReadFromJsonAsync<JsonElement>(Stop);
        using var approved = await api.PostAsJsonAsync(
            $"/api/v1/proposals/{proposal.GetProperty("id").GetString()}/approve",
            new { planHash = proposal.GetProperty("planHash").GetString(), comment = "mine" },
            Stop
        );
        Assert.Equal(HttpStatusCode.Forbidden, approved.StatusCode);
        Assert.Contains("notReviewer", await approved.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        using var scan = await api.PostAsJsonAsync("/api/v1/scans?image=a:1&format=trivy", new { }, Stop);
        Assert.Equal(HttpStatusCode.Forbidden, scan.StatusCode);

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(browser, "/"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(browser, "/tenants/rentguy/propose"));
        using var access = await browser.GetAsync("/access", Stop);
        Assert.Contains("/forbidden", $"{access.Headers.Location}", StringComparison.Ordinal);
        Assert.Contains("propose", await ToolsAsync(api));
    }

    [Fact]
    public async Task With_reading_alone_nothing_is_proposed_by_pages_or_tools()
    {
        var role = await app.RoleAsync("Looker", "portal", "read");
        var person = await app.HolderAsync("holds-looker", role, "rentguy");
        using var browser = person.Browser;
        using var api = await person.ApiAsync("read propose");
        using var refused = await api.PostAsJsonAsync("/api/v1/proposals", restart, Stop);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("(Looker)", await refused.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        Assert.NotEqual(HttpStatusCode.OK, await StatusAsync(browser, "/tenants/rentguy/propose"));
        var tools = await ToolsAsync(api);
        Assert.Contains("list_tenants", tools);
        Assert.DoesNotContain("propose", tools);
    }

    [Fact]
    public async Task Who_handles_alerts_proposes_and_arranges_nothing_and_who_arranges_handles_none()
    {
        const string Incidents = "/api/v1/tenants/rentguy/incidents";
        const string Searches = "/api/v1/tenants/rentguy/logs/searches";
        var incident = new
        {
            title = "of a role",
            text = "we look",
            published = false,
        };
        var search = new { name = "of a role", query = "{service=\"api\"}" };
        var handles = await app.RoleAsync("On call", "portal", "read", "handleAlerts");
        var arranges = await app.RoleAsync("Arranger", "portal", "read", "arrange");
        var first = await app.HolderAsync("holds-on-call", handles, "rentguy");
        using var browser = first.Browser;
        using var onCall = await first.ApiAsync("read propose");
        Assert.Equal(HttpStatusCode.Created, await PostAsync(onCall, Incidents, incident));
        Assert.Equal(HttpStatusCode.Forbidden, await PostAsync(onCall, Searches, search));
        Assert.Equal(HttpStatusCode.Forbidden, await PostAsync(onCall, "/api/v1/proposals", restart));
        Assert.DoesNotContain("propose", await ToolsAsync(onCall));

        var second = await app.HolderAsync("holds-arranger", arranges, "rentguy");
        using var other = second.Browser;
        using var arranger = await second.ApiAsync("read propose");
        Assert.Equal(HttpStatusCode.Forbidden, await PostAsync(arranger, Incidents, incident));
        Assert.Equal(HttpStatusCode.Created, await PostAsync(arranger, Searches, search));
        Assert.Equal(HttpStatusCode.Forbidden, await PostAsync(arranger, "/api/v1/proposals", restart));

        static async Task<HttpStatusCode> PostAsync(HttpClient client, string path, object body)
        {
            using var answer = await client.PostAsJsonAsync(path, body, Stop);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task With_the_portal_alone_its_holder_is_where_a_client_is()
    {
        var role = await app.RoleAsync("Onlooker", "portal");
        var person = await app.HolderAsync("holds-onlooker", role, "rentguy", "witcom");
        using var browser = person.Browser;
        using var api = await person.ApiAsync("read");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(api, "/api/v1/tenants/rentguy/health"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(api, "/api/v1/tenants/witcom/health"));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(api, "/api/v1/tenants"));
        using (var tools = await McpAsking.PostAsync(api, Listing))
        {
            Assert.Equal(HttpStatusCode.Forbidden, tools.StatusCode);
        }
        using var home = await browser.GetAsync("/", Stop);
        Assert.Equal("/portal", home.Headers.Location?.OriginalString);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(browser, "/portal"));
    }

    [Fact]
    public async Task Who_may_decide_without_proposing_decides()
    {
        await app.FleetIsKnownAsync();
        var role = await app.RoleAsync("Decider", "portal", "read", "approve");
        var person = await app.HolderAsync("holds-decider", role, "rentguy");
        using var browser = person.Browser;
        using var api = await person.ApiAsync("read propose approve");
        using var own = await api.PostAsJsonAsync("/api/v1/proposals", restart, Stop);
        Assert.Equal(HttpStatusCode.Forbidden, own.StatusCode);
        using var operators = await app.ApiAsAsync("operator");
        using var made = await operators.PostAsJsonAsync("/api/v1/proposals", restart, Stop);
        var proposal = await made.Content.ReadFromJsonAsync<JsonElement>(Stop);
        using var rejected = await api.PostAsJsonAsync(
            $"/api/v1/proposals/{proposal.GetProperty("id").GetString()}/reject",
            new { reason = "not now" },
            Stop
        );
        Assert.True(rejected.IsSuccessStatusCode, await rejected.Content.ReadAsStringAsync(Stop));
    }

    [Fact]
    public async Task A_role_whose_row_is_gone_gives_nothing()
    {
        var role = await app.RoleAsync("Short-lived", "portal", "read", "propose");
        var person = await app.HolderAsync("holds-what-is-gone", role, "rentguy");
        using var browser = person.Browser;
        using var api = await person.ApiAsync("read propose");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(api, "/api/v1/tenants"));
        var stores = app.Services.GetRequiredService<IDbContextFactory<Store>>();
        await using (var store = await stores.CreateDbContextAsync(Stop))
        {
            await store.Set<CustomRoleRow>().Where(row => row.Id == role).ExecuteDeleteAsync(Stop);
        }
        app.Services.GetRequiredService<PersonStore>().Forget();

        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(api, "/api/v1/tenants"));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(api, "/api/v1/tenants/rentguy/health"));
        Assert.NotEqual(HttpStatusCode.OK, await StatusAsync(browser, "/portal"));
        using var hub = await browser.PostAsync("/_blazor/negotiate?negotiateVersion=1", null, Stop);
        Assert.False(hub.IsSuccessStatusCode, $"{hub.StatusCode}");
        using var admin = await app.ApiAsAsync("admin");
        var what = await admin.GetFromJsonAsync<JsonElement>($"/api/v1/people/{person.Id}/powers", Stop);
        Assert.Equal(0, what.GetProperty("powers").GetArrayLength());

        // Nor does another one of its id, which nobody gave them.
        using var made = await admin.PostAsJsonAsync(
            "/api/v1/roles",
            new
            {
                id = role,
                name = "Another",
                permissions = new[] { "portal", "read", "propose", "approve" },
            },
            Stop
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, made.StatusCode);
        Assert.Contains("holds-what-is-gone", await made.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(api, "/api/v1/tenants"));
    }

    [Fact]
    public async Task Who_can_do_what_tells_of_it()
    {
        var role = await app.RoleAsync("Told of", "portal", "read", "approve", "approveHighRisk");
        var person = await app.HolderAsync("holds-told-of", role, "rentguy");
        using var browser = person.Browser;
        using var admin = await app.ApiAsAsync("admin");
        var what = await admin.GetFromJsonAsync<JsonElement>($"/api/v1/people/{person.Id}/powers", Stop);
        Assert.Equal(
            ["portal", "read", "approve", "approveHighRisk"],
            what.GetProperty("powers").EnumerateArray().Select(one => one.GetProperty("power").GetString())
        );
        Assert.Equal(role, what.GetProperty("customRole").GetString());
        var holder = Assert.Single(await WhoAsync("approveHighRisk", "rentguy"), IsTheirs);
        Assert.Equal("custom", holder.GetProperty("role").GetString());
        Assert.Equal(role, holder.GetProperty("customRole").GetString());
        Assert.Contains("Told of", holder.GetProperty("why").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain(await WhoAsync("propose", "rentguy"), IsTheirs);
        Assert.DoesNotContain(await WhoAsync("approveHighRisk", "witcom"), IsTheirs);

        bool IsTheirs(JsonElement one) => one.GetProperty("personId").GetString() == person.Id;

        async Task<List<JsonElement>> WhoAsync(string power, string tenant)
        {
            var answer = await admin.GetFromJsonAsync<JsonElement>($"/api/v1/powers/{power}/tenants/{tenant}", Stop);
            return [.. answer.GetProperty("holders").EnumerateArray()];
        }
    }

    [Fact]
    public async Task Programs_learn_which_it_is_and_take_it_for_none_of_the_five()
    {
        var role = await app.RoleAsync("Administrator of nothing", "portal", "read");
        var person = await app.HolderAsync("holds-for-programs", role, "rentguy");
        using var browser = person.Browser;
        var given = await person.LetAppActAsync("openid read");
        var payload = given.GetProperty("id_token").GetString()!.Split('.')[1];
        var told = JsonElement.Parse(Microsoft.AspNetCore.WebUtilities.WebEncoders.Base64UrlDecode(payload));
        Assert.Equal("custom", told.GetProperty("role").GetString());
        Assert.Equal(role, told.GetProperty("custom_role").GetString());
        using var api = app.WithToken(given.GetProperty("access_token").GetString()!);
        var about = await api.GetFromJsonAsync<JsonElement>("/connect/userinfo", Stop);
        Assert.Equal("custom", about.GetProperty("role").GetString());
        Assert.Equal(role, about.GetProperty("custom_role").GetString());
    }

    [Fact]
    public async Task A_service_behind_the_proxy_opens_to_the_roles_that_its_entry_names()
    {
        var named = await app.RoleAsync("Named in settings", "portal", "read");
        var other = await app.RoleAsync("Named nowhere", "portal", "read", "propose");
        Assert.Equal("named-in-settings", named);
        var (answer, role) = await AskAsync(await app.HolderAsync("holds-named", named, "rentguy"));
        Assert.Equal(HttpStatusCode.OK, answer);
        Assert.Equal("custom", role);
        (answer, _) = await AskAsync(await app.HolderAsync("holds-unnamed", other, "rentguy"));
        Assert.Equal(HttpStatusCode.Forbidden, answer);

        async Task<(HttpStatusCode Status, string? Role)> AskAsync(MadePerson person)
        {
            using var browser = person.Browser;
            using var api = await person.ApiAsync("read");
            using var request = new HttpRequestMessage(HttpMethod.Get, "/forward-auth");
            request.Headers.Add("X-Forwarded-Method", "GET");
            request.Headers.Add("X-Forwarded-Proto", "https");
            request.Headers.Add("X-Forwarded-Host", "notes.example.org");
            request.Headers.Add("X-Forwarded-Uri", "/");
            using var told = await api.SendAsync(request, Stop);
            return (told.StatusCode, told.Headers.TryGetValues("X-Auth-Role", out var roles) ? roles.Single() : null);
        }
    }

    private static readonly object Listing = new
    {
        jsonrpc = "2.0",
        id = 1,
        method = "tools/list",
    };

    private static async Task<List<string>> ToolsAsync(HttpClient client)
    {
        using var answer = await McpAsking.PostAsync(client, Listing);
        return
        [
            .. (await McpAsking.MessageAsync(answer))
                .GetProperty("result")
                .GetProperty("tools")
                .EnumerateArray()
                .Select(tool => tool.GetProperty("name").GetString()!),
        ];
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(path, Stop);
        return answer.StatusCode;
    }
}
