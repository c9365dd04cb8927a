using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Contract;

/// <summary>
/// The HTTP contract, row by row: who may, who may not, what comes back. A row names the least caller who may; what a row
/// answers is held to the forms that all answers have.
/// </summary>
[Collection(SandboxCollection.Name)]
public partial class ApiTableTests(SandboxApp app)
{
    private const string Digest = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    /// <param name="As">Who may.</param>
    /// <param name="NotAs">Who may not, by role or scope: 403. Null when every token may.</param>
    public sealed record Row(string Method, string Path, string As, string? NotAs, string? Body = null, int Good = 200)
    {
        public override string ToString() => $"{Method} {Path}";
    }

    private static readonly Row[] table =
    [
        new("GET", "/api/v1/tenants", "viewer", "client-rentguy"),
        new("GET", "/api/v1/tenants/rentguy", "viewer", "client-rentguy"),
        new("GET", "/api/v1/tenants/rentguy/health", "client-rentguy", null),
        new("GET", "/api/v1/tenants/rentguy/prometheus/api/v1/query?query=up", "viewer", null),
        new("GET", "/api/v1/tenants/rentguy/prometheus/api/v1/labels", "viewer", null),
        new("GET", "/api/v1/tenants/rentguy/prometheus/api/v1/label/service/values", "viewer", null),
        new("GET", "/api/v1/tenants/rentguy/prometheus/api/v1/series?match[]=up", "viewer", null),
        new("GET", "/api/v1/tenants/rentguy/prometheus/api/v1/metadata", "viewer", null),
        new("GET", "/api/v1/tenants/rentguy/loki/api/v1/labels", "viewer", null),
        new("GET", "/api/v1/tenants/rentguy/containers", "viewer", "client-rentguy"),
        new("GET", "/api/v1/tenants/rentguy/workloads", "viewer", "client-rentguy"),
        new(
            "POST",
            "/api/v1/tenants/rentguy/workloads/move",
            "viewer",
            "client-rentguy",
            """{"compose": "services: { web: { image: web } }"}"""
        ),
        new("GET", "/api/v1/tenants/rentguy/containers/rentguy-api-1", "viewer", "client-rentguy"),
        new("GET", "/api/v1/tenants/rentguy/containers/rentguy-api-1/logs?tail=5", "viewer", "client-rentguy"),
        new("GET", "/api/v1/tenants/rentguy/containers/rentguy-api-1/stats", "viewer", "client-rentguy"),
        new("GET", "/api/v1/hosts", "viewer", "client-rentguy"),
        new("GET", "/api/v1/actions/catalogue", "viewer", "client-rentguy"),
        new("GET", "/api/v1/proposals?state=&tenant=", "viewer", "client-rentguy"),
        new("GET", "/api/v1/proposals?state=proposed&tenant=rentguy", "viewer", "client-rentguy"),
        new("GET", "/api/v1/databases", "viewer", "client-rentguy"),
        new("GET", "/api/v1/stories?tenant=rentguy&service=api", "viewer", "client-rentguy"),
        new("GET", "/api/v1/conversations?q=rentguy", "viewer", "client-rentguy"),
        new("GET", "/api/v1/models", "viewer", "client-rentguy"),
        new("GET", "/api/v1/models/sandbox-model", "viewer", "client-rentguy"),
        new("GET", "/api/v1/models/exams", "viewer", "client-rentguy"),
        new("GET", "/api/v1/models/exams?model=sandbox-model&limit=5", "viewer", "client-rentguy"),
        new("POST", "/api/v1/models/sandbox-model/exam", "admin", "operator", null, 202),
        new("GET", "/api/v1/assistant/budget", "viewer", "client-rentguy"),
        new("GET", "/api/v1/assistant/budgets", "admin", "operator"),
        new("GET", "/api/v1/assistant/budgets/everybody", "admin", "operator"),
        new("PUT", "/api/v1/assistant/budgets/everybody", "admin", "operator", "{}"),
        new("GET", "/api/v1/tenants/rentguy/conversations", "viewer", "client-rentguy"),
        new("GET", "/api/v1/tenants/rentguy/playbooks", "viewer", "client-rentguy"),
        new("GET", "/api/v1/receivers", "admin", "operator"),
        new("GET", "/api/v1/graphs", "viewer", "client-rentguy"),
        new("GET", "/api/v1/tenants/rentguy/graphs/threads", "viewer", "client-rentguy"),
        new("GET", "/api/v1/installation", "admin", "operator"),
        new("GET", "/api/v1/signing-keys", "admin", "operator"),
        new("GET", "/api/v1/signals", "admin", "operator"),
        new("GET", "/api/v1/signals/services", "admin", "operator"),
        new("GET", "/api/v1/external-people", "admin", "operator"),
        new("GET", "/api/v1/permissions", "admin", "operator"),
        new("GET", "/api/v1/roles", "admin", "operator"),
        new("GET", "/api/v1/roles/approver", "admin", "operator"),
        new("GET", "/api/v1/policies", "viewer", "client-rentguy"),
        new("GET", "/api/v1/policies?tenant=rentguy&stage=draft", "viewer", "client-rentguy"),
        new("GET", "/api/v1/policies/library", "viewer", "client-rentguy"),
        new("GET", "/api/v1/policies/brake", "viewer", "client-rentguy"),
        new("GET", "/api/v1/tenants/rentguy/databases", "viewer", "client-rentguy"),
        new("GET", "/api/v1/tenants/rentguy/secrets", "viewer", "client-rentguy"),
        new("GET", "/api/v1/tenants/rentguy/secrets/api/database", "viewer", "client-rentguy"),
        new("GET", "/api/v1/tenants/rentguy/secrets/schedules", "viewer", "client-rentguy"),
        new("PUT", "/api/v1/tenants/rentguy/secrets/schedules", "automation", "viewer", """{"items": []}"""),
        new("GET", "/api/v1/secrets/calendar", "viewer", "client-rentguy"),
        new("GET", "/api/v1/tenants/rentguy/secrets/accesses", "viewer", "client-rentguy"),
        new("GET", "/api/v1/tenants/rentguy/secrets/accesses?unusual=true", "viewer", "client-rentguy"),
        new("GET", "/api/v1/tenants/rentguy/secrets/exposures", "viewer", "client-rentguy"),
        new("GET", "/api/v1/secrets/calendar?tenant=witcom&days=30", "viewer", "client-witcom"),
        new("GET", "/api/v1/leases?tenant=", "viewer", "client-rentguy"),
        new("GET", "/api/v1/leases?tenant=witcom", "viewer", "client-witcom"),
        new("GET", "/api/v1/scans", "viewer", "client-rentguy"),
        new("GET", "/api/v1/scans?tenant=rentguy&limit=5", "viewer", "client-rentguy"),
        new("GET", $"/api/v1/images/{Digest}/gate", "viewer", "client-rentguy"),
        new("GET", $"/api/v1/images/{Digest}/gate?policy=report", "viewer", "client-rentguy"),
        new("GET", "/api/v1/findings?tenant=&severity=&state=", "viewer", "client-rentguy"),
        new("GET", "/api/v1/findings?tenant=platform&severity=critical&state=open", "viewer", "client-rentguy"),
        new("GET", "/api/v1/findings?owner=me&overdue=true&order=due", "viewer", "client-rentguy"),
        new(
            "GET",
            "/api/v1/findings?exposure=published&running=true&root=true&order=priority",
            "viewer",
            "client-rentguy"
        ),
        new("GET", "/api/v1/findings/vulnerabilities", "viewer", "client-rentguy"),
        new(
            "GET",
            "/api/v1/findings/vulnerabilities?tenant=rentguy&exploited=true&fixable=true",
            "viewer",
            "client-rentguy"
        ),
        new("GET", "/api/v1/images", "viewer", "client-rentguy"),
        new("GET", "/api/v1/images?tenant=rentguy&running=true&scanned=false&name=api", "viewer", "client-rentguy"),
        new("GET", "/api/v1/findings/filters", "viewer", "client-rentguy"),
        new("GET", "/api/v1/tenants/rentguy/findings/owners", "viewer", "client-rentguy"),
        new("GET", "/api/v1/tenants/rentguy/findings/due", "viewer", "client-rentguy"),
        new("GET", "/api/v1/tenants/rentguy/findings/trend", "viewer", "client-rentguy"),
        new("GET", "/api/v1/workflows", "viewer", "client-rentguy"),
        new("GET", "/api/v1/tenants/rentguy/workflows", "viewer", "client-rentguy"),
        new("GET", "/api/v1/workflows/tickEtFromAl3rt0/runs", "viewer", "client-rentguy"),
        new("GET", "/api/v1/posture", "viewer", "client-rentguy"),
        new("GET", "/api/v1/posture/checks", "viewer", "client-rentguy"),
        new("GET", "/api/v1/tenants/rentguy/posture", "viewer", "client-rentguy"),
        new("GET", "/api/v1/tenants/rentguy/posture?state=fail&service=api", "viewer", "client-rentguy"),
        new("GET", "/api/v1/tenants/rentguy/posture/exceptions", "viewer", "client-rentguy"),
        new("GET", "/api/v1/tenants/rentguy/reachability/policy/draft", "viewer", "client-rentguy"),
        new("GET", "/api/v1/tenants/rentguy/reachability/policy/draft?days=30", "viewer", "client-rentguy"),
        new("GET", "/api/v1/audit", "viewer", "client-rentguy"),
        new("GET", "/api/v1/audit?tenant=rentguy&outcome=ok&limit=5", "viewer", "client-rentguy"),
        new("GET", "/api/v1/audit/verify", "viewer", "client-rentguy"),
        new("GET", "/api/v1/tenants/rentguy/findings/export?format=json", "viewer", "client-rentguy"),
        new("GET", "/api/v1/audit/export", "viewer", "client-rentguy"),
        new("GET", "/api/v1/tokens", "viewer", "client-rentguy"),
        new("GET", "/api/v1/people", "admin", "operator"),
        new("GET", "/api/v1/sessions", "admin", "operator"),
        new("GET", "/api/v1/clients", "admin", "operator"),
        new("POST", "/api/v1/tickets", "client-rentguy", null, "{}", 201),
        new("POST", "/api/v1/conversations", "viewer", "client-rentguy", "{}", 201),
        new(
            "POST",
            $"/api/v1/scans?image=shop/table:1&digest={Digest}&format=trivy&kinds=vulnerability",
            "automation",
            "viewer",
            """{"SchemaVersion": 2, "Results": []}""",
            201
        ),
        new(
            "POST",
            "/api/v1/proposals",
            "automation",
            "viewer",
            """{"kind": "container.restart", "tenant": "rentguy", "target": "web", "parameters": {"graceSeconds": 31}, "reason": "table", "evidence": []}""",
            201
        ),
    ];

    public static TheoryData<Row> Rows => [.. table];

    public static TheoryData<Row> OfTenants => [.. table.Where(row => row.Path.Contains("/tenants/rentguy"))];

    [Theory]
    [MemberData(nameof(Rows), DisableDiscoveryEnumeration = true)]
    public async Task Without_a_token_it_is_401(Row row)
    {
        using var client = app.Anonymous();
        using var answer = await client.SendAsync(Request(row));
        await IsProblemAsync(answer, 401);
        Assert.Contains("Bearer", answer.Headers.WwwAuthenticate.ToString());
    }

    [Theory]
    [MemberData(nameof(Rows), DisableDiscoveryEnumeration = true)]
    public async Task By_cookie_it_is_401_too(Row row)
    {
        using var client = await app.BrowserAsAsync("admin");
        using var answer = await client.SendAsync(Request(row));
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Theory]
    [MemberData(nameof(Rows), DisableDiscoveryEnumeration = true)]
    public async Task Whoever_may_is_answered_in_the_agreed_form(Row row)
    {
        using var client = await app.ApiAsAsync(row.As);
        await app.FleetIsKnownAsync();
        using var answer = await client.SendAsync(Request(row));
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == row.Good, $"{row}: {(int)answer.StatusCode} {body}");
        if (row.Path.Contains("/prometheus/") || row.Path.Contains("/loki/"))
        {
            return;
        }
        foreach (
            var json in row.Path.EndsWith("/export", StringComparison.Ordinal)
                ? body.Split('\n').SkipLast(1).Take(20)
                : [body]
        )
        {
            HasForm(JsonElement.Parse(json), "$");
        }
    }

    [Theory]
    [MemberData(nameof(Rows), DisableDiscoveryEnumeration = true)]
    public async Task Whoever_may_not_gets_403(Row row)
    {
        if (row.NotAs is null)
        {
            return;
        }
        using var client = await app.ApiAsAsync(row.NotAs);
        using var answer = await client.SendAsync(Request(row));
        await IsProblemAsync(answer, 403);
    }

    [Theory]
    [MemberData(nameof(OfTenants), DisableDiscoveryEnumeration = true)]
    public async Task Another_tenant_is_404_whether_it_exists_or_not(Row row)
    {
        using var client = await app.ApiAsAsync("client-witcom");
        using var stranger = await client.SendAsync(Request(row));
        Assert.True(stranger.StatusCode == HttpStatusCode.NotFound, $"{row}: {(int)stranger.StatusCode}");
        using var viewer = await app.ApiAsAsync("viewer");
        using var nowhere = await viewer.SendAsync(
            Request(row with { Path = row.Path.Replace("/tenants/rentguy", "/tenants/nobody") })
        );
        Assert.True(nowhere.StatusCode == HttpStatusCode.NotFound, $"{row}: {(int)nowhere.StatusCode}");
    }

    [Theory]
    [InlineData("GET", "/api/v1/nothing")]
    [InlineData("DELETE", "/api/v1/tenants")]
    [InlineData("GET", "/api/v1/proposals/nothing")]
    [InlineData("GET", "/api/v1/findings/nothing")]
    [InlineData("GET", "/api/v1/leases?tenant=nobody")]
    [InlineData("GET", "/api/v1/proposals?tenant=nobody")]
    [InlineData("GET", "/api/v1/tenants/rentguy/containers/nothing")]
    [InlineData("GET", "/api/v1/tenants/rentguy/secrets/nothing")]
    [InlineData("GET", "/api/v1/tenants/rentguy/containers/rentguy-api-1/logs?tail=many")]
    [InlineData("GET", "/api/v1/proposals?state=dire")]
    [InlineData("GET", "/api/v1/audit?outcome=dire")]
    [InlineData("POST", "/api/v1/proposals")]
    public async Task What_is_not_there_or_not_so_is_a_problem_in_words(string method, string path)
    {
        using var client = await app.ApiAsAsync("operator");
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (method == "POST")
        {
            request.Content = new StringContent("{\"kind\": 7", Encoding.UTF8, "application/json");
        }
        using var answer = await client.SendAsync(request);
        Assert.InRange((int)answer.StatusCode, 400, 422);
        await answer.Content.LoadIntoBufferAsync();
        await IsProblemAsync(answer, (int)answer.StatusCode);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.NotEmpty(problem.GetProperty("detail").GetString()!);
    }

    [Theory]
    [InlineData("PUT", "/api/v1/people/nobody")]
    [InlineData("POST", "/api/v1/people/nobody/disable")]
    [InlineData("POST", "/api/v1/people/nobody/reset")]
    [InlineData("DELETE", "/api/v1/sessions/nothing")]
    [InlineData("DELETE", "/api/v1/clients/nothing")]
    [InlineData("DELETE", "/api/v1/roles/nothing")]
    [InlineData("DELETE", "/api/v1/tokens/nothing")]
    [InlineData("POST", "/api/v1/clients/nothing/consent")]
    [InlineData("POST", "/api/v1/hosts/nothing/revoke")]
    public async Task Who_or_what_is_not_there_is_404(string method, string path)
    {
        using var admin = await app.ApiAsAsync("admin");
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (method == "PUT")
        {
            request.Content = new StringContent(
                """{"displayName": "Nobody", "role": "viewer", "tenants": []}""",
                Encoding.UTF8,
                "application/json"
            );
        }
        using var answer = await admin.SendAsync(request);
        await IsProblemAsync(answer, 404);
    }

    [Fact]
    public async Task A_refused_change_is_on_record_once()
    {
        using var viewer = await app.ApiAsAsync("viewer");
        using var approver = await app.ApiAsAsync("approver");
        using var operators = await app.ApiAsAsync("operator");
        using var admin = await app.ApiAsAsync("admin");
        await app.FleetIsKnownAsync();
        using var made = await operators.PostAsync(
            "/api/v1/proposals",
            new StringContent(table[^1].Body!.Replace("31", "32"), Encoding.UTF8, "application/json")
        );
        var proposal = await made.Content.ReadFromJsonAsync<JsonElement>();
        var address = $"/api/v1/proposals/{proposal.GetProperty("id").GetString()}/approve";
        var hash = proposal.GetProperty("planHash").GetString();
        var at = await NewestAsync();

        using var byDoor = await viewer.PostAsJsonAsync("/api/v1/proposals", new { });
        using var byService = await viewer.PostAsJsonAsync(address, new { planHash = hash, comment = "" });
        using var stop = await approver.PostAsJsonAsync("/api/v1/dispatch/stop", new { reason = "x" });
        Assert.All([byDoor, byService, stop], answer => Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode));
        var rows = await admin.GetFromJsonAsync<JsonElement>("/api/v1/audit?outcome=refused&limit=50");
        var refused = rows.GetProperty("items")
            .EnumerateArray()
            .Where(row => row.GetProperty("number").GetInt64() > at)
            .Select(row => row.GetProperty("actor").GetProperty("id").GetString())
            .ToList();
        Assert.Equal(2, refused.Count(who => who == "sandbox-person-viewer"));
        Assert.Equal(1, refused.Count(who => who == "sandbox-person-approver"));

        async Task<long> NewestAsync() =>
            (await admin.GetFromJsonAsync<JsonElement>("/api/v1/audit?limit=1"))
                .GetProperty("items")[0]
                .GetProperty("number")
                .GetInt64();
    }

    [Fact]
    public async Task The_upstreams_are_told_to_staff_only_and_whether_they_are_simulated()
    {
        await app.FleetIsKnownAsync();
        using var stranger = app.Anonymous();
        var open = await stranger.GetFromJsonAsync<JsonElement>("/readyz");
        Assert.Equal("ready", open.GetProperty("status").GetString());
        Assert.True(
            !open.TryGetProperty("upstreams", out var hidden) || hidden.ValueKind == JsonValueKind.Null,
            open.ToString()
        );
        using var viewer = await app.ApiAsAsync("viewer");
        using var patience = new CancellationTokenSource(Patience.Usual);
        List<JsonElement> upstreams;
        // They are looked at just after the start.
        do
        {
            var ready = await viewer.GetFromJsonAsync<JsonElement>("/readyz", patience.Token);
            upstreams = [.. ready.GetProperty("upstreams").EnumerateArray()];
        } while (upstreams.Count(one => one.GetProperty("state").GetString() == "connected") < 4);
        Assert.All(upstreams, one => Assert.True(one.GetProperty("simulated").GetBoolean(), one.ToString()));
    }

    [Fact]
    public async Task The_own_figures_are_for_this_machine_or_a_token()
    {
        using var client = app.Anonymous();
        using (var near = await client.GetAsync("/metrics"))
        {
            Assert.Equal(HttpStatusCode.OK, near.StatusCode);
        }
        // What a proxy passes on does not come from this machine.
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.9");
        using (var far = await client.GetAsync("/metrics"))
        {
            Assert.Equal(HttpStatusCode.Unauthorized, far.StatusCode);
        }
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            await app.GetTokenAsync("viewer")
        );
        using var told = await client.GetAsync("/metrics");
        Assert.Equal(HttpStatusCode.OK, told.StatusCode);
        Assert.Contains("# TYPE", await told.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_followed_log_is_an_event_stream()
    {
        using var client = await app.ApiAsAsync("viewer");
        await app.FleetIsKnownAsync();
        using var patience = new CancellationTokenSource(Patience.Usual);
        using var answer = await client.GetAsync(
            "/api/v1/tenants/rentguy/containers/rentguy-api-1/logs?follow=true&tail=3",
            HttpCompletionOption.ResponseHeadersRead,
            patience.Token
        );
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(patience.Token));
        var lines = 0;
        while (lines < 3 && await reader.ReadLineAsync(patience.Token) is { } line)
        {
            if (line.StartsWith("data:", StringComparison.Ordinal))
            {
                HasForm(JsonElement.Parse(line[5..]), "$");
                lines++;
            }
        }
        Assert.Equal(3, lines);
    }

    private static HttpRequestMessage Request(Row row) =>
        new(new HttpMethod(row.Method), row.Path)
        {
            Content = row.Body is null ? null : new StringContent(row.Body, Encoding.UTF8, "application/json"),
        };

    private static async Task IsProblemAsync(HttpResponseMessage answer, int status)
    {
        var body = await answer.Content.ReadAsStringAsync();
        var asked = answer.RequestMessage!.RequestUri!.PathAndQuery;
        Assert.True((int)answer.StatusCode == status, $"{asked}: {(int)answer.StatusCode} {body}");
        if (asked.Contains("/prometheus/") || asked.Contains("/loki/"))
        {
            return;
        }
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = JsonElement.Parse(body);
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        foreach (var member in (string[])["title", "traceId"])
        {
            Assert.False(string.IsNullOrEmpty(problem.GetProperty(member).GetString()), $"{asked}: {member}: {body}");
        }
        Assert.DoesNotContain("   at ", body, StringComparison.Ordinal);
    }

    /// <summary>Names in camelCase, words in lowerCamelCase, times in UTC with milliseconds, lists as items and next.</summary>
    private static void HasForm(JsonElement json, string where)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                if (json.TryGetProperty("items", out var items) && items.ValueKind == JsonValueKind.Array)
                {
                    Assert.True(json.TryGetProperty("next", out _), $"{where} has items and no next");
                }
                foreach (var member in json.EnumerateObject())
                {
                    // Names in these are not ours: JSON Schema's, labels', parameters'.
                    if (
                        member.Name
                        is "parametersSchema"
                            or "schema"
                            or "labels"
                            or "parameters"
                            or "before"
                            or "after"
                            or "availability"
                            or "measured"
                    )
                    {
                        continue;
                    }
                    Assert.Matches(CamelCase(), member.Name);
                    if (member.Value.ValueKind == JsonValueKind.String && words.Contains(member.Name))
                    {
                        Assert.Matches(CamelCase(), member.Value.GetString());
                    }
                    HasForm(member.Value, $"{where}.{member.Name}");
                }
                break;
            case JsonValueKind.Array:
                foreach (var item in json.EnumerateArray())
                {
                    HasForm(item, $"{where}[]");
                }
                break;
            case JsonValueKind.String when Dated().IsMatch(json.GetString()!):
                Assert.True(Timed().IsMatch(json.GetString()!), $"{where} is {json.GetString()}");
                break;
        }
    }

    private static readonly HashSet<string> words =
    [
        "state",
        "health",
        "risk",
        "severity",
        "outcome",
        "presence",
        "verdict",
        "executor",
    ];

    [GeneratedRegex("^[a-z][A-Za-z0-9]*$")]
    private static partial Regex CamelCase();

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}T[0-9:.]+(Z|[+-]\d{2}:?\d{2})?$")]
    private static partial Regex Dated();

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$")]
    private static partial Regex Timed();
}
