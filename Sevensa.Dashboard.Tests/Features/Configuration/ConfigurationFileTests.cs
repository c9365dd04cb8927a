using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Receivers;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Configuration;

/// <summary>The configuration as a file: written, compared, applied, and the same file twice changes nothing.</summary>
public sealed class ConfigurationFileTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    private const string Path = "/api/v1/configuration";

    [Fact]
    public async Task What_is_written_down_differs_in_nothing_from_what_there_is()
    {
        using var admin = await app.ApiAsAsync("admin");
        var file = await admin.GetStringAsync(Path);
        Assert.Contains("rentguy:", file);
        Assert.Contains("dashboards:", file);
        Assert.Equal(file, await admin.GetStringAsync(Path));
        var plan = await PlanAsync(admin, file, remove: true);
        Assert.Empty(plan.GetProperty("changes").EnumerateArray());
        Assert.Empty(plan.GetProperty("faults").EnumerateArray());
        Assert.True(plan.GetProperty("unchanged").GetInt32() > 4, plan.ToString());
        var applied = await ApplyAsync(admin, file, "");
        Assert.Empty(applied.GetProperty("done").EnumerateArray());
    }

    [Fact]
    public async Task A_file_adds_changes_and_takes_away_and_twice_changes_nothing()
    {
        using var admin = await app.ApiAsAsync("admin");
        const string File = """
            version: 1
            tenants:
              acme:
                name: Acme
                colour: "#112233"
                services: [api]
            clients:
              acme-pipeline:
                name: Pipeline
                role: operator
                tenants: [rentguy]
                scopes: [read, "scans:write"]
            receivers:
              Tickets:
                url: https://example.org/hook
                kinds: [proposal.*]
            flows:
              witcom:
                text: |
                  psra-api -> psra-db:5432
            """;
        var plan = await PlanAsync(admin, File);
        Assert.Empty(plan.GetProperty("faults").EnumerateArray());
        Assert.Equal(
            ["tenants acme", "clients acme-pipeline", "receivers Tickets", "flows witcom"],
            Changes(plan, "add")
        );
        var done = (await ApplyAsync(admin, File, $"?plan={plan.GetProperty("hash").GetString()}"))
            .GetProperty("done")
            .EnumerateArray()
            .ToList();
        Assert.All(done, one => Assert.Equal(JsonValueKind.Null, one.GetProperty("failed").ValueKind));
        var secret = done.Single(one => one.GetProperty("part").GetString() == "clients")
            .GetProperty("secret")
            .GetString();
        Assert.NotEmpty(secret!);

        var file = await admin.GetStringAsync(Path);
        Assert.DoesNotContain(secret!, file);
        Assert.DoesNotContain("whsec_", file);
        Assert.Contains("acme:", file);
        Assert.Empty(Changes(await PlanAsync(admin, File), "add", "change", "remove"));
        Assert.Empty((await ApplyAsync(admin, File, "")).GetProperty("done").EnumerateArray());

        // The plan that was read is for what stood there then.
        using (var stale = await SendAsync(admin, "/apply?plan=" + plan.GetProperty("hash").GetString(), File))
        {
            Assert.Equal(HttpStatusCode.Conflict, stale.StatusCode);
        }

        // What a part does not name is told, and goes only when that is asked for. A tenant never goes.
        const string Fewer =
            """{"tenants": {}, "clients": {}, "receivers": {"Tickets": {"url": "https://example.org/other"}}, "flows": null}""";
        var extra = await PlanAsync(admin, Fewer);
        Assert.Equal(["receivers Tickets"], Changes(extra, "change"));
        Assert.Contains("clients acme-pipeline", Changes(extra, "extra"));
        Assert.Empty(Changes(extra, "remove"));
        var removing = await PlanAsync(admin, Fewer, remove: true);
        Assert.Equal(["clients acme-pipeline", "flows witcom"], Changes(removing, "remove"));
        Assert.Contains("tenants acme", Changes(removing, "extra"));
        await ApplyAsync(admin, Fewer, "?remove=true");
        file = await admin.GetStringAsync(Path);
        Assert.DoesNotContain("acme-pipeline", file);
        Assert.Contains("https://example.org/other", file);
        using var gone = await admin.GetAsync("/api/v1/clients?limit=500");
        Assert.DoesNotContain("acme-pipeline", await gone.Content.ReadAsStringAsync());
        var record = await admin.GetStringAsync("/api/v1/audit?action=configuration.applied");
        Assert.Contains("configuration.applied", record);
    }

    [Fact]
    public async Task Roles_searches_and_rotation_rules_come_by_a_file_change_by_it_and_go_by_it()
    {
        using var admin = await app.ApiAsAsync("admin");
        const string File = """
            roles:
              night-watch:
                name: Night watch
                permissions: [portal, read, handleAlerts]
            searches:
              rentguy/Errors of a file:
                query: '{service="api"} |= "error"'
            rotationRules:
              rentguy:
                rules:
                  - name: By a file
                    secrets: [api/*]
                    windows:
                      - {days: [saturday], from: "02:00", to: "04:00"}
            """;
        var plan = await PlanAsync(admin, File);
        Assert.Empty(plan.GetProperty("faults").EnumerateArray());
        string[] all = ["roles night-watch", "searches rentguy/Errors of a file", "rotationRules rentguy"];
        Assert.Equal(all, Changes(plan, "add"));
        var done = (await ApplyAsync(admin, File, "")).GetProperty("done").EnumerateArray();
        Assert.All(done, one => Assert.Equal(JsonValueKind.Null, one.GetProperty("failed").ValueKind));
        Assert.Empty(Changes(await PlanAsync(admin, File), "add", "change", "remove"));
        var written = await admin.GetStringAsync(Path);
        Assert.Empty(Changes(await PlanAsync(admin, written, remove: true), "add", "change", "remove"));

        var other = File.Replace("[portal, read, handleAlerts]", "[portal, read]", StringComparison.Ordinal)
            .Replace("\"02:00\"", "\"01:00\"", StringComparison.Ordinal)
            .Replace("error", "timeout", StringComparison.Ordinal);
        Assert.Equal(all, Changes(await PlanAsync(admin, other), "change"));
        await ApplyAsync(admin, other, "");
        Assert.Empty(Changes(await PlanAsync(admin, other), "add", "change", "remove"));

        const string Wrong = """
            roles:
              admin:
                name: Mine
                permissions: [read]
            searches:
              nobody/Errors:
                query: '{service="api"}'
              rentguy/Wrong:
                query: '{service='
            rotationRules:
              rentguy:
                rules: [{name: Below nobody, secrets: [../witcom/*]}]
            """;
        Assert.Equal(4, (await PlanAsync(admin, Wrong)).GetProperty("faults").GetArrayLength());

        const string None = """{"roles": null, "searches": null, "rotationRules": null}""";
        Assert.Equal(all, Changes(await PlanAsync(admin, None, remove: true), "remove"));
        done = (await ApplyAsync(admin, None, "?remove=true")).GetProperty("done").EnumerateArray();
        Assert.All(done, one => Assert.Equal(JsonValueKind.Null, one.GetProperty("failed").ValueKind));
        Assert.DoesNotContain("night-watch", await admin.GetStringAsync(Path));
    }

    [Fact]
    public async Task A_gate_policy_from_a_file_stays_a_proposal_and_the_same_file_asks_once()
    {
        using var admin = await app.ApiAsAsync("admin");
        await app.FleetIsKnownAsync();
        const string File = """
            gatePolicies:
              platform:
                severity: high
                kinds: [secret]
            """;
        var first = Assert.Single((await ApplyAsync(admin, File, "")).GetProperty("done").EnumerateArray());
        var again = Assert.Single((await ApplyAsync(admin, File, "")).GetProperty("done").EnumerateArray());
        Assert.Equal(first.GetProperty("proposal").GetString(), again.GetProperty("proposal").GetString());
        var proposal = await admin.GetFromJsonAsync<JsonElement>(
            $"/api/v1/proposals/{first.GetProperty("proposal").GetString()}"
        );
        Assert.Equal("gate-policy.save", proposal.GetProperty("kind").GetString());
        Assert.Equal("proposed", proposal.GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_policy_goes_out_and_in_again_and_begins_as_a_draft()
    {
        using var admin = await app.ApiAsAsync("admin");
        const string File = """
            policies:
              rentguy/From a file:
                services: [api]
                trigger: {kind: container, state: unhealthy}
                action: {kind: container.restart}
                budget: {perHour: 1, perDay: 2}
            """;
        Assert.Equal(["policies rentguy/From a file"], Changes(await PlanAsync(admin, File), "add"));
        var done = Assert.Single((await ApplyAsync(admin, File, "")).GetProperty("done").EnumerateArray());
        Assert.Contains("draft", done.GetProperty("words").GetString());
        Assert.Empty(Changes(await PlanAsync(admin, File), "add", "change"));
        Assert.Empty(Changes(await PlanAsync(admin, await admin.GetStringAsync(Path)), "add", "change", "extra"));
        var changed = File.Replace("perDay: 2", "perDay: 3", StringComparison.Ordinal);
        Assert.Single(Changes(await PlanAsync(admin, changed), "change"));
        await ApplyAsync(admin, changed, "");
        Assert.Contains("\"perDay\":3", await admin.GetStringAsync("/api/v1/policies?tenant=rentguy"));
        Assert.Single((await ApplyAsync(admin, "policies: {}", "?remove=true")).GetProperty("done").EnumerateArray());
        Assert.DoesNotContain("From a file", await admin.GetStringAsync("/api/v1/policies?tenant=rentguy"));
    }

    [Fact]
    public async Task A_dashboard_goes_out_and_in_again()
    {
        using var admin = await app.ApiAsAsync("admin");
        const string File = """
            dashboards:
              rentguy/from-a-file:
                title: From a file
                panels: []
            """;
        var done = Assert.Single((await ApplyAsync(admin, File, "")).GetProperty("done").EnumerateArray());
        Assert.Equal(JsonValueKind.Null, done.GetProperty("failed").ValueKind);
        using var board = await admin.GetAsync("/api/v1/tenants/rentguy/dashboards/from-a-file");
        Assert.Equal(HttpStatusCode.OK, board.StatusCode);
        Assert.Empty(Changes(await PlanAsync(admin, await admin.GetStringAsync(Path)), "add", "change", "extra"));
    }

    [Theory]
    [InlineData("a: [", "YAML")]
    [InlineData("just words", "no configuration")]
    [InlineData("people: {}", "no part")]
    [InlineData("receivers: [one]", "one object for each key")]
    [InlineData("version: 2", "version 1")]
    [InlineData("receivers: &all {}\nclients: *all", "Write it out")]
    [InlineData("receivers: {}\n---\nclients: {}", "several documents")]
    [InlineData("receivers: {}\nreceivers: {}", "twice")]
    public async Task What_is_no_configuration_is_refused_with_the_place(string file, string told)
    {
        using var admin = await app.ApiAsAsync("admin");
        foreach (var verb in (string[])["/plan", "/apply"])
        {
            using var answer = await SendAsync(admin, verb, file);
            var text = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.StatusCode == HttpStatusCode.UnprocessableEntity, text);
            Assert.Contains(told, text);
        }
    }

    [Theory]
    [InlineData("tenants: {Acme Corp: {name: Acme}}", "tenants")]
    [InlineData("tenants: {fine: {name: Fine, size: 3}}", "size")]
    [InlineData("clients: {some-client: {name: x, scopes: [everything], tenants: [rentguy]}}", "everything")]
    [InlineData("clients: {some-client: {name: x, role: operator, scopes: [read], tenants: [nobody]}}", "nobody")]
    [InlineData("receivers: {Elsewhere: {url: 'ftp://example.org/'}}", "receivers")]
    [InlineData("receivers: {Odd: {url: 'https://example.org', kinds: [weather.*]}}", "weather")]
    [InlineData("gatePolicies: {nobody: {severity: high}}", "no tenant")]
    [InlineData("gatePolicies: {witcom: {severity: worst}}", "severity")]
    [InlineData("flows: {witcom: {text: 'psra-api => db'}}", "flows")]
    [InlineData("dashboards: {rentguy: {title: x}}", "tenant/id")]
    [InlineData("policies: {rentguy: {action: {kind: container.restart}}}", "tenant/name")]
    [InlineData("policies: {rentguy/x: {tenant: witcom}}", "its key says them")]
    [InlineData("policies: {nobody/x: {trigger: {kind: alert, alert: A}, action: {kind: container.stop}}}", "nobody")]
    [InlineData("policies: {rentguy/x: {trigger: {kind: moon}, action: {kind: container.stop}}}", "trigger.kind")]
    public async Task What_can_not_be_is_named_and_nothing_is_applied(string part, string named)
    {
        using var admin = await app.ApiAsAsync("admin");
        var file =
            $"{part}\n{(part.StartsWith("receivers", StringComparison.Ordinal) ? "" : "receivers: {Never: {url: 'https://example.org/never'}}\n")}";
        var plan = await PlanAsync(admin, file);
        Assert.Contains(named, plan.GetProperty("faults").ToString());
        using var refused = await SendAsync(admin, "/apply", file);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        Assert.DoesNotContain("Never", await admin.GetStringAsync(Path));
    }

    [Fact]
    public async Task It_is_for_administrators()
    {
        foreach (var who in (string[])["operator", "viewer", "client-rentguy", "automation"])
        {
            using var client = await app.ApiAsAsync(who);
            using var read = await client.GetAsync(Path);
            Assert.Equal(HttpStatusCode.Forbidden, read.StatusCode);
            using var plan = await SendAsync(client, "/plan", "tenants: {}");
            Assert.Equal(HttpStatusCode.Forbidden, plan.StatusCode);
        }
    }

    private static List<string> Changes(JsonElement plan, params string[] kinds) =>
        [
            .. plan.GetProperty("changes")
                .EnumerateArray()
                .Where(one => kinds.Contains(one.GetProperty("change").GetString()))
                .Select(one => $"{one.GetProperty("part").GetString()} {one.GetProperty("key").GetString()}"),
        ];

    private static async Task<JsonElement> PlanAsync(HttpClient client, string file, bool remove = false)
    {
        using var answer = await SendAsync(client, $"/plan{(remove ? "?remove=true" : "")}", file);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonElement.Parse(text);
    }

    private static async Task<JsonElement> ApplyAsync(HttpClient client, string file, string query)
    {
        using var answer = await SendAsync(client, $"/apply{query}", file);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonElement.Parse(text);
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, string path, string file)
    {
        using var body = new StringContent(file, Encoding.UTF8, "application/yaml");
        return await client.PostAsync($"{Path}{path}", body);
    }

    [Fact]
    public async Task Of_two_receivers_of_one_name_a_file_means_neither_until_it_says_which()
    {
        using var admin = await app.ApiAsAsync("admin");
        var ids = new List<string>();
        foreach (var url in (string[])["https://example.org/twin-a", "https://example.org/twin-b"])
        {
            using var made = await admin.PostAsJsonAsync("/api/v1/receivers", new { name = "Twin", url });
            ids.Add((await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!);
        }
        const string Ambiguous = "receivers: {Twin: {url: 'https://example.org/other'}}";
        var plan = await PlanAsync(admin, Ambiguous);
        Assert.Empty(Changes(plan, "add", "change"));
        Assert.Contains($"Twin #{ids[0]}", Assert.Single(plan.GetProperty("faults").EnumerateArray()).ToString());
        using (var refused = await SendAsync(admin, "/apply?remove=true", Ambiguous))
        {
            Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        }

        var exact = $"receivers: {{'Twin #{ids[1]}': {{url: 'https://example.org/other'}}}}";
        Assert.Equal([$"receivers Twin #{ids[1]}"], Changes(await PlanAsync(admin, exact), "change"));
        await ApplyAsync(admin, exact, "");
        var file = await admin.GetStringAsync(Path);
        Assert.Contains("https://example.org/twin-a", file);
        Assert.DoesNotContain("https://example.org/twin-b", file);

        // Both go, though the last is alone with the name once the first is gone.
        var done = (await ApplyAsync(admin, "receivers: {}", "?remove=true")).GetProperty("done");
        Assert.All(done.EnumerateArray(), one => Assert.Equal(JsonValueKind.Null, one.GetProperty("failed").ValueKind));
        Assert.DoesNotContain("Twin", await admin.GetStringAsync(Path));
    }

    [Fact]
    public async Task That_a_receiver_failed_too_long_is_no_matter_of_its_configuration()
    {
        using var admin = await app.ApiAsAsync("admin");
        const string File = """
            receivers:
              Dead:
                url: https://example.org/dead
            """;
        await ApplyAsync(admin, File, "");
        await using (
            var store = await app.Services.GetRequiredService<IDbContextFactory<Store>>().CreateDbContextAsync()
        )
        {
            var row = await store.Set<ReceiverRow>().SingleAsync(row => row.Name == "Dead");
            (row.State, row.Reason) = (ReceiverState.Paused, "It failed for a day.");
            await store.SaveChangesAsync();
        }
        Assert.DoesNotContain("paused: true", await admin.GetStringAsync(Path));
        Assert.Empty(Changes(await PlanAsync(admin, File), "add", "change"));
        await ApplyAsync(admin, File, "");
        Assert.Contains("It failed for a day.", await admin.GetStringAsync("/api/v1/receivers?limit=500"));
        await ApplyAsync(admin, "receivers: {}", "?remove=true");
    }

    [Fact]
    public async Task What_is_paused_or_disabled_stays_so_when_it_is_brought_back()
    {
        using var admin = await app.ApiAsAsync("admin");
        const string File = """
            clients:
              still-client:
                name: Still
                role: viewer
                tenants: [rentguy]
                scopes: [read]
                disabled: true
            receivers:
              Still:
                url: https://example.org/still
                paused: true
            """;
        await ApplyAsync(admin, File, "");
        Assert.Empty(Changes(await PlanAsync(admin, File), "add", "change"));
        var written = await admin.GetStringAsync(Path);
        Assert.Contains("disabled: true", written);
        Assert.Contains("paused: true", written);
        var receivers = await admin.GetStringAsync("/api/v1/receivers?limit=500");
        Assert.Contains("\"paused\"", receivers);

        var running = File.Replace("disabled: true", "disabled: false", StringComparison.Ordinal)
            .Replace("paused: true", "paused: false", StringComparison.Ordinal);
        Assert.Equal(
            ["clients still-client", "receivers Still"],
            Changes(await PlanAsync(admin, running), "change", "add")
        );
        await ApplyAsync(admin, running, "");
        Assert.Empty(Changes(await PlanAsync(admin, running), "add", "change"));
        Assert.DoesNotContain("disabled: true", await admin.GetStringAsync(Path));
        await ApplyAsync(admin, File, "");
        Assert.Empty(Changes(await PlanAsync(admin, File), "add", "change"));
        await ApplyAsync(admin, "clients: {}\nreceivers: {}", "?remove=true");
    }

    [Fact]
    public async Task A_client_that_could_not_be_made_as_the_file_says_is_a_fault_of_the_plan()
    {
        using var admin = await app.ApiAsAsync("admin");
        var people = await admin.GetFromJsonAsync<JsonElement>("/api/v1/people?limit=500");
        var other = people
            .GetProperty("items")
            .EnumerateArray()
            .First(person => person.GetProperty("userName").GetString() == "operator")
            .GetProperty("id")
            .GetString();
        var plan = await PlanAsync(
            admin,
            $"clients: {{for-another: {{name: x, personId: '{other}', scopes: [read, approve]}}}}"
        );
        Assert.Contains("approve", Assert.Single(plan.GetProperty("faults").EnumerateArray()).ToString());
    }
}
