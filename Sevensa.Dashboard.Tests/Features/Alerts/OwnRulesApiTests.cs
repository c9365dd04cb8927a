using System.Net;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Tests.App;
using static Sevensa.Dashboard.Tests.Features.Alerts.AlertsApi;

namespace Sevensa.Dashboard.Tests.Features.Alerts;

/// <summary>Rules of a tenant's own, through the program in its Sandbox.</summary>
[Collection(SandboxCollection.Name)]
public class OwnRulesApiTests(SandboxApp app)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

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
        var done = await ApproveAsync(app, saved);
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
        Assert.Equal("succeeded", (string?)(await ApproveAsync(app, changed))["state"]);
        using var approver = await app.ApiAsAsync("approver");
        var (conflict, problem) = await SendAsync(
            approver,
            HttpMethod.Post,
            $"/api/v1/proposals/{(string)stale["id"]!}/approve",
            new { planHash = (string)stale["planHash"]!, comment = "" }
        );
        Assert.Equal((HttpStatusCode.Conflict, "worldChanged"), (conflict, (string?)problem!["code"]));

        var removed = await ProposeAsync(client, "alert-rule.remove", "witcom", name, new { });
        Assert.Equal("succeeded", (string?)(await ApproveAsync(app, removed))["state"]);
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

    [Fact]
    public async Task A_draft_whose_values_are_infinite_is_tried_like_any_other()
    {
        using var client = await app.ApiAsAsync("operator");
        var (tried, history) = await SendAsync(
            client,
            HttpMethod.Post,
            "/api/v1/tenants/rentguy/rules/draft",
            new { expr = "up/0 > 0", @for = "0s" }
        );
        Assert.True(tried == HttpStatusCode.OK, history?.ToJsonString());
        var episode = history!["episodes"]!.AsArray()[0]!.AsObject();
        Assert.True(episode.ContainsKey("peak"));
        Assert.Null(episode["peak"]);
    }

    private static async Task<JsonNode?> RuleAsync(HttpClient client, string tenant, string name)
    {
        // The list is shared for some seconds; whoever changes a rule forgets it.
        var rules = (await GetAsync(client, $"/api/v1/tenants/{tenant}/rules"))["items"]!.AsArray();
        return rules.FirstOrDefault(rule => (string?)rule!["name"] == name);
    }
}
