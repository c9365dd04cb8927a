using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Alerts;

/// <summary>Alerts, silences, the webhook and rules of one's own, through the program in its Sandbox.</summary>
[Collection(SandboxCollection.Name)]
public class AlertsApiTests(SandboxApp app)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static async Task<JsonNode> GetAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(path, Stop);
        var text = await answer.Content.ReadAsStringAsync(Stop);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }

    private static async Task<(HttpStatusCode Status, JsonNode? Body)> SendAsync(
        HttpClient client,
        HttpMethod method,
        string path,
        object? body = null
    )
    {
        using var request = new HttpRequestMessage(method, path)
        {
            Content = body is null ? null : JsonContent.Create(body),
        };
        using var answer = await client.SendAsync(request, Stop);
        var text = await answer.Content.ReadAsStringAsync(Stop);
        return (answer.StatusCode, text.Length > 0 ? JsonNode.Parse(text) : null);
    }

    private async Task<(HttpStatusCode Status, JsonNode? Body)> HookAsync(
        string body,
        string? bearer = "sandbox",
        string? header = null
    )
    {
        using var client = app.Anonymous();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/hooks/alertmanager")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        // Who is refused for size is so before the body goes out.
        request.Headers.ExpectContinue = body.Length > 1_000_000;
        if (bearer is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        }
        if (header is not null)
        {
            request.Headers.Add("X-Webhook-Secret", header);
        }
        using var answer = await client.SendAsync(request, Stop);
        var text = await answer.Content.ReadAsStringAsync(Stop);
        return (answer.StatusCode, text.Length > 0 ? JsonNode.Parse(text) : null);
    }

    private static string Message(string status, string tenant, string name, string starts = "2026-02-01T10:00:00Z") =>
        $$"""
            {"version":"4","novelty":1,"status":"{{status}}","receiver":"dashboard","groupLabels":{},"commonLabels":{},"externalURL":"","groupKey":"g","alerts":[
              {"status":"{{status}}","labels":{"alertname":"{{name}}","tenant":"{{tenant}}","service":"api","severity":"Critical"},
               "annotations":{"summary":"told by a test"},"startsAt":"{{starts}}","endsAt":"{{(
                status == "resolved" ? "2026-02-01T11:00:00Z" : "0001-01-01T00:00:00Z"
            )}}","generatorURL":"x"}]}
            """;

    [Fact]
    public async Task What_fires_is_the_tenants_own()
    {
        using var client = await app.ApiAsAsync("operator");
        var items = (await GetAsync(client, "/api/v1/tenants/rentguy/alerts"))["items"]!.AsArray();
        Assert.NotEmpty(items);
        Assert.All(items, item => Assert.Equal("rentguy", (string?)item!["labels"]!["tenant"]));
        // Prometheus, Alertmanager and messages tell of the same alert, and it is one.
        Assert.Distinct(items.Select(item => item!["labels"]!.ToJsonString()));
        var health = await GetAsync(client, "/api/v1/tenants/rentguy/health");
        Assert.True((int)health["openAlerts"]! >= 1);
        var groups = (await GetAsync(client, "/api/v1/tenants/rentguy/alerts/groups"))["items"]!.AsArray();
        Assert.All(
            groups.SelectMany(group => group!["alerts"]!.AsArray()),
            alert => Assert.Equal("rentguy", (string?)alert!["labels"]!["tenant"])
        );
    }

    [Fact]
    public async Task Rules_are_the_tenants_own_or_everybodys()
    {
        using var client = await app.ApiAsAsync("operator");
        var rules = (await GetAsync(client, "/api/v1/tenants/witcom/rules"))["items"]!.AsArray();
        Assert.Contains(rules, rule => (string?)rule!["name"] == "ErrorRateHigh" && (bool)rule["shared"]!);
        Assert.DoesNotContain(rules, rule => (string?)rule!["name"] == "ServiceLatencyHigh");
        Assert.DoesNotContain("rentguy", rules.ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("client-rentguy", "rentguy", HttpStatusCode.Forbidden)]
    [InlineData("operator", "nobody", HttpStatusCode.NotFound)]
    public async Task Who_may_not_see_is_told_so(string name, string tenant, HttpStatusCode status)
    {
        using var client = await app.ApiAsAsync(name);
        foreach (
            var path in (string[])
                [
                    "alerts",
                    "alerts/history",
                    "alerts/groups",
                    "rules",
                    "silences",
                    "objectives",
                    "incidents",
                    "maintenance",
                ]
        )
        {
            using var answer = await client.GetAsync($"/api/v1/tenants/{tenant}/{path}", Stop);
            Assert.Equal(status, answer.StatusCode);
        }
        using var nobody = app.Anonymous();
        using var anonymous = await nobody.GetAsync($"/api/v1/tenants/{tenant}/alerts", Stop);
        Assert.Equal(HttpStatusCode.Unauthorized, anonymous.StatusCode);
    }

    [Fact]
    public async Task What_is_silenced_is_listed_at_the_end_and_counts_no_longer_as_open()
    {
        using var client = await app.ApiAsAsync("operator");
        var scope = new TenantScope(["rentguy"]);
        async Task<int> OpenAsync()
        {
            await using var services = app.Services.CreateAsyncScope();
            return await services.ServiceProvider.GetRequiredService<IOpenAlerts>().CountAsync(scope, "rentguy", Stop);
        }
        async Task<string> LastAsync() =>
            (await GetAsync(client, "/api/v1/tenants/rentguy/alerts"))["items"]!.AsArray()[^1]!.ToJsonString();
        var before = await OpenAsync();
        Assert.DoesNotContain("ErrorRateHigh", await LastAsync(), StringComparison.Ordinal);
        var matcher = new
        {
            name = "alertname",
            value = "ErrorRateHigh",
            isRegex = false,
            isEqual = true,
        };
        var (status, made) = await SendAsync(
            client,
            HttpMethod.Post,
            "/api/v1/tenants/rentguy/silences",
            new
            {
                matchers = new[] { matcher },
                endsAt = TimeProvider.System.GetUtcNow().AddHours(1),
                comment = "known since yesterday",
            }
        );
        Assert.Equal(HttpStatusCode.Created, status);
        Assert.Equal(before - 1, await OpenAsync());
        var last = await LastAsync();
        Assert.Contains("ErrorRateHigh", last, StringComparison.Ordinal);
        Assert.Contains((string)made!["id"]!, last, StringComparison.Ordinal);
        await SendAsync(client, HttpMethod.Delete, $"/api/v1/tenants/rentguy/silences/{made["id"]}");
        Assert.Equal(before, await OpenAsync());
    }

    [Fact]
    public async Task A_silence_is_bound_to_its_tenant_and_is_nobody_elses()
    {
        using var client = await app.ApiAsAsync("operator");
        var ends = TimeProvider.System.GetUtcNow().AddHours(2);
        var (status, made) = await SendAsync(
            client,
            HttpMethod.Post,
            "/api/v1/tenants/witcom/silences",
            new
            {
                matchers = new[]
                {
                    new
                    {
                        name = "alertname",
                        value = "Anything.*",
                        isRegex = true,
                        isEqual = true,
                    },
                },
                endsAt = ends,
                comment = "known",
            }
        );
        Assert.Equal(HttpStatusCode.Created, status);
        var id = (string)made!["id"]!;
        Assert.Contains(
            made["matchers"]!.AsArray(),
            matcher =>
                (string?)matcher!["name"] == "tenant"
                && (string?)matcher["value"] == "witcom"
                && !(bool)matcher["isRegex"]!
        );
        Assert.Equal(
            HttpStatusCode.OK,
            (await SendAsync(client, HttpMethod.Get, $"/api/v1/tenants/witcom/silences/{id}")).Status
        );
        foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Delete])
        {
            Assert.Equal(
                HttpStatusCode.NotFound,
                (await SendAsync(client, method, $"/api/v1/tenants/rentguy/silences/{id}")).Status
            );
            Assert.Equal(
                HttpStatusCode.NotFound,
                (await SendAsync(client, method, "/api/v1/tenants/rentguy/silences/none")).Status
            );
        }
        Assert.DoesNotContain(
            id,
            (await GetAsync(client, "/api/v1/tenants/rentguy/silences")).ToJsonString(),
            StringComparison.Ordinal
        );
        Assert.Contains(
            id,
            (await GetAsync(client, "/api/v1/tenants/witcom/silences")).ToJsonString(),
            StringComparison.Ordinal
        );
        using var viewer = await app.ApiAsAsync("viewer");
        Assert.Equal(
            HttpStatusCode.Forbidden,
            (await SendAsync(viewer, HttpMethod.Delete, $"/api/v1/tenants/witcom/silences/{id}")).Status
        );
        var (ended, silence) = await SendAsync(client, HttpMethod.Delete, $"/api/v1/tenants/witcom/silences/{id}");
        Assert.Equal((HttpStatusCode.OK, "expired"), (ended, (string?)silence!["status"]!["state"]));
        using var admin = await app.ApiAsAsync("admin");
        var audit = (await GetAsync(admin, "/api/v1/audit?tenant=witcom")).ToJsonString();
        Assert.Contains("silence.created", audit, StringComparison.Ordinal);
        Assert.Contains("silence.expired", audit, StringComparison.Ordinal);
    }

    public static TheoryData<string> UnfitSilences =>
        [
            """{"matchers":[{"name":"tenant","value":"rentguy"}],"endsAt":"2099-01-01T00:00:00Z","comment":"x"}""",
            """{"matchers":[{"name":"tenant","value":".*","isRegex":true}],"endsAt":"2099-01-01T00:00:00Z","comment":"x"}""",
            """{"matchers":[{"name":"bad-name","value":"x"}],"endsAt":"2099-01-01T00:00:00Z","comment":"x"}""",
            """{"matchers":[],"endsAt":"2020-01-01T00:00:00Z","comment":"x"}""",
            """{"matchers":[],"endsAt":"2099-01-01T00:00:00Z","comment":"x"}""",
            """{"matchers":[],"comment":"x"}""",
            """{}""",
        ];

    [Theory]
    [MemberData(nameof(UnfitSilences))]
    public async Task What_cannot_be_silenced_is_422_with_the_reason(string body)
    {
        using var client = await app.ApiAsAsync("operator");
        var (status, problem) = await SendAsync(
            client,
            HttpMethod.Post,
            "/api/v1/tenants/witcom/silences",
            JsonNode.Parse(body)
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.NotEmpty((string)problem!["detail"]!);
    }

    [Fact]
    public async Task A_program_without_a_person_proposes_a_silence_instead()
    {
        using var client = await app.ApiAsAsync("automation");
        var (status, problem) = await SendAsync(
            client,
            HttpMethod.Post,
            "/api/v1/tenants/witcom/silences",
            new { endsAt = TimeProvider.System.GetUtcNow().AddHours(1), comment = "x" }
        );
        Assert.Equal((HttpStatusCode.Forbidden, "needsPerson"), (status, (string?)problem!["code"]));
        var proposal = await ProposeAsync(
            client,
            "silence.create",
            "witcom",
            "DeployNoise",
            new { minutes = 30, comment = "deploying" }
        );
        var done = await ApproveAsync(proposal);
        Assert.Equal("succeeded", (string?)done["state"]);
        using var staff = await app.ApiAsAsync("operator");
        var silences = (await GetAsync(staff, "/api/v1/tenants/witcom/silences"))["items"]!.AsArray();
        var made = silences.Single(silence =>
            ((string)silence!["comment"]!).Contains((string)proposal["id"]!, StringComparison.Ordinal)
        )!;
        var expire = await ProposeAsync(client, "silence.expire", "witcom", (string)made["id"]!, new { });
        Assert.Equal("succeeded", (string?)(await ApproveAsync(expire))["state"]);
    }

    [Theory]
    [InlineData(null, null, HttpStatusCode.Unauthorized)]
    [InlineData("wrong", null, HttpStatusCode.Forbidden)]
    [InlineData("", null, HttpStatusCode.Unauthorized)]
    [InlineData(null, "wrong", HttpStatusCode.Forbidden)]
    [InlineData(null, "sandbox", HttpStatusCode.OK)]
    [InlineData("sandbox", null, HttpStatusCode.OK)]
    public async Task The_webhook_knows_its_secret(string? bearer, string? header, HttpStatusCode expected)
    {
        var (status, _) = await HookAsync("""{"alerts":[]}""", bearer, header);
        if (bearer is "")
        {
            Assert.True(status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden);
            return;
        }
        Assert.Equal(expected, status);
        if (expected == HttpStatusCode.OK)
        {
            return;
        }
        using var admin = await app.ApiAsAsync("admin");
        Assert.Contains(
            "hook.refused",
            (await GetAsync(admin, "/api/v1/audit")).ToJsonString(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_message_is_kept_once_and_ends_with_its_resolution()
    {
        var name = $"Told{Guid.NewGuid():n}";
        var (_, first) = await HookAsync(Message("firing", "witcom", name));
        Assert.Equal((1, 1, 0), ((int)first!["accepted"]!, (int)first["stored"]!, (int)first["unassigned"]!));
        var (_, again) = await HookAsync(Message("firing", "witcom", name));
        Assert.Equal((0, 1), ((int)again!["stored"]!, (int)again["repeated"]!));
        using var client = await app.ApiAsAsync("operator");
        var firing = (await GetAsync(client, "/api/v1/tenants/witcom/alerts"))["items"]!.AsArray();
        // A few seconds' answer may be shared; the history is not.
        var history = await HistoryAsync(client, "witcom", name);
        Assert.Null(history["endsAt"]?.GetValue<string>());
        Assert.Equal("critical", (string?)history["severity"]);
        var (_, over) = await HookAsync(Message("resolved", "witcom", name));
        Assert.Equal(1, (int)over!["resolved"]!);
        Assert.Equal("2026-02-01T11:00:00.000Z", (string?)(await HistoryAsync(client, "witcom", name))["endsAt"]);
        await HookAsync(Message("firing", "witcom", name, "2026-02-02T10:00:00Z"));
        Assert.Equal(2, await CountAsync(client, "witcom", name));
        Assert.Equal(0, await CountAsync(client, "rentguy", name));
        Assert.NotNull(firing);
    }

    [Fact]
    public async Task What_names_no_tenant_is_kept_for_administrators()
    {
        var name = $"Nobodys{Guid.NewGuid():n}";
        var (status, taken) = await HookAsync(Message("firing", "somebody-else", name));
        Assert.Equal((HttpStatusCode.OK, 1), (status, (int)taken!["unassigned"]!));
        using var admin = await app.ApiAsAsync("admin");
        Assert.Contains(
            name,
            (await GetAsync(admin, "/api/v1/alerts/unassigned")).ToJsonString(),
            StringComparison.Ordinal
        );
        using var operators = await app.ApiAsAsync("operator");
        using var refused = await operators.GetAsync("/api/v1/alerts/unassigned", Stop);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Fact]
    public async Task The_same_message_twice_at_once_is_kept_once()
    {
        var name = $"Twice{Guid.NewGuid():n}";
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => HookAsync(Message("firing", "witcom", name))));
        using var client = await app.ApiAsAsync("operator");
        Assert.Equal(1, await CountAsync(client, "witcom", name));
    }

    [Fact]
    public async Task The_datasets_messages_are_accepted()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(Recordings.Recorded.Datasets(), "alertmanager")).Order())
        {
            var (status, taken) = await HookAsync(await File.ReadAllTextAsync(file, Stop));
            Assert.Equal(HttpStatusCode.OK, status);
            Assert.True((int)taken!["accepted"]! > 0);
        }
    }

    [Fact]
    public async Task A_message_that_is_none_is_400_and_one_that_is_too_large_413()
    {
        Assert.Equal(HttpStatusCode.BadRequest, (await HookAsync("{\"alerts\":")).Status);
        var (large, _) = await HookAsync($"{{\"alerts\":[],\"x\":\"{new string('x', 5 * 1024 * 1024)}\"}}");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large);
    }

    [Fact]
    public async Task A_rule_is_tried_on_the_past_then_saved_through_approval_changed_and_removed()
    {
        using var client = await app.ApiAsAsync("operator");
        const string expr = "rate(http_requests_total[5m]) > 0";
        var (tried, history) = await SendAsync(
            client,
            HttpMethod.Post,
            "/api/v1/tenants/witcom/rules/draft",
            new
            {
                expr = "histogram_quantile(0.95, sum by (service, le) (rate(http_request_duration_seconds_bucket[5m]))) > 0.0001",
                @for = "1h",
            }
        );
        Assert.True(tried == HttpStatusCode.OK, history?.ToJsonString());
        Assert.NotEmpty(history!["episodes"]!.AsArray());
        Assert.Contains("tenant=\"witcom\"", (string)history["query"]!, StringComparison.Ordinal);

        var name = $"Busy{Guid.NewGuid():n}"[..20];
        var saved = await ProposeAsync(
            client,
            "alert-rule.save",
            "witcom",
            name,
            new
            {
                expr,
                @for = "0s",
                severity = "info",
                summary = "busy",
            }
        );
        Assert.Contains(
            "tenant=\"witcom\"",
            saved["plan"]!["changes"]![0]!["after"]!.ToString(),
            StringComparison.Ordinal
        );
        Assert.Null(saved["plan"]!["changes"]![0]!["before"]);
        var done = await ApproveAsync(saved);
        Assert.True((string?)done["state"] == "succeeded", done.ToJsonString());
        var rule = await RuleAsync(client, "witcom", name);
        Assert.True((bool)rule!["saved"]!);
        Assert.Null(await RuleAsync(client, "rentguy", name));

        var changed = await ProposeAsync(
            client,
            "alert-rule.save",
            "witcom",
            name,
            new
            {
                expr,
                @for = "10m",
                severity = "info",
            }
        );
        Assert.Contains("busy", changed["plan"]!["changes"]![0]!["before"]!.ToString(), StringComparison.Ordinal);
        var stale = await ProposeAsync(client, "alert-rule.remove", "witcom", name, new { });
        Assert.Equal("succeeded", (string?)(await ApproveAsync(changed))["state"]);
        using var approver = await app.ApiAsAsync("approver");
        var (conflict, problem) = await SendAsync(
            approver,
            HttpMethod.Post,
            $"/api/v1/proposals/{(string)stale["id"]!}/approve",
            new { planHash = (string)stale["planHash"]!, comment = "" }
        );
        Assert.Equal((HttpStatusCode.Conflict, "worldChanged"), (conflict, (string?)problem!["code"]));

        var removed = await ProposeAsync(client, "alert-rule.remove", "witcom", name, new { });
        Assert.Equal("succeeded", (string?)(await ApproveAsync(removed))["state"]);
        Assert.Null(await RuleAsync(client, "witcom", name));
    }

    [Theory]
    [InlineData("""{"expr":"sum("}""", 400)]
    [InlineData("""{"expr":""}""", 422)]
    [InlineData("""{"expr":"up","for":"soon"}""", 422)]
    [InlineData("""{"expr":"up{tenant=\"rentguy\"}"}""", 422)]
    [InlineData("""{"expr":"up","summary":"{{ query \"up\" }}"}""", 422)]
    public async Task What_cannot_be_a_rule_says_why(string body, int status)
    {
        using var client = await app.ApiAsAsync("operator");
        var (answered, problem) = await SendAsync(
            client,
            HttpMethod.Post,
            "/api/v1/tenants/witcom/rules/draft",
            JsonNode.Parse(body)
        );
        Assert.Equal(status, (int)answered);
        Assert.NotEmpty((string)problem!["detail"]!);
    }

    private static async Task<JsonNode?> RuleAsync(HttpClient client, string tenant, string name)
    {
        // The list is shared for some seconds; whoever changes a rule forgets it.
        var rules = (await GetAsync(client, $"/api/v1/tenants/{tenant}/rules"))["items"]!.AsArray();
        return rules.FirstOrDefault(rule => (string?)rule!["name"] == name);
    }

    private static async Task<JsonNode> HistoryAsync(HttpClient client, string tenant, string name) =>
        (
            await GetAsync(
                client,
                $"/api/v1/tenants/{tenant}/alerts/history?from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z&limit=500"
            )
        )["items"]!
            .AsArray()
            .First(item => (string?)item!["name"] == name)!;

    private static async Task<int> CountAsync(HttpClient client, string tenant, string name) =>
        (
            await GetAsync(
                client,
                $"/api/v1/tenants/{tenant}/alerts/history?from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z&limit=500"
            )
        )["items"]!
            .AsArray()
            .Count(item => (string?)item!["name"] == name);

    private static async Task<JsonNode> ProposeAsync(
        HttpClient client,
        string kind,
        string tenant,
        string target,
        object parameters
    )
    {
        var (status, proposal) = await SendAsync(
            client,
            HttpMethod.Post,
            "/api/v1/proposals",
            new
            {
                kind,
                tenant,
                target,
                parameters,
                reason = "a test",
                evidence = Array.Empty<object>(),
            }
        );
        Assert.True(status == HttpStatusCode.Created, proposal?.ToJsonString());
        return proposal!;
    }

    private async Task<JsonNode> ApproveAsync(JsonNode proposal)
    {
        using var approver = await app.ApiAsAsync("approver");
        var id = (string)proposal["id"]!;
        var (status, body) = await SendAsync(
            approver,
            HttpMethod.Post,
            $"/api/v1/proposals/{id}/approve",
            new { planHash = (string)proposal["planHash"]!, comment = "" }
        );
        Assert.True(status == HttpStatusCode.OK, body?.ToJsonString());
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        using var stream = await approver.GetStreamAsync($"/api/v1/proposals/{id}/events", patience.Token);
        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync(patience.Token) is not null) { }
        return await GetAsync(approver, $"/api/v1/proposals/{id}");
    }
}
