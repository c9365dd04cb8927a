using System.Net;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Tests.App;
using static Sevensa.Dashboard.Tests.Features.Alerts.AlertsApi;

namespace Sevensa.Dashboard.Tests.Features.Alerts;

/// <summary>What fires and by which rules, through the program in its Sandbox.</summary>
[Collection(SandboxCollection.Name)]
public class AlertsApiTests(SandboxApp app)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

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
}
