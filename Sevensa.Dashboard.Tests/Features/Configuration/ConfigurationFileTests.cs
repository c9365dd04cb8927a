using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
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
    public async Task A_gate_policy_from_a_file_stays_a_proposal_and_the_same_file_asks_once()
    {
        using var admin = await app.ApiAsAsync("admin");
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
}
