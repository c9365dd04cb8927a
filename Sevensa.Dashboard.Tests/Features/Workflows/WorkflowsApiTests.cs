using System.Net;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Tests.App;
using static Sevensa.Dashboard.Tests.Features.Alerts.AlertsApi;

namespace Sevensa.Dashboard.Tests.Features.Workflows;

/// <summary>The whole program over the Sandbox's n8n: whose workflows are told to whom, and a run from proposal to outcome.</summary>
public sealed class WorkflowsApiTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    private async Task<Dictionary<string, JsonNode>> ListAsync(string path, string who = "admin")
    {
        using var client = await app.ApiAsAsync(who);
        return (await GetAsync(client, path))["items"]!
            .AsArray()
            .ToDictionary(one => (string)one!["name"]!, one => one!);
    }

    [Fact]
    public async Task Each_tenant_has_those_with_its_tag_and_the_rest_is_for_those_over_all_tenants()
    {
        var all = await ListAsync("/api/v1/workflows");
        Assert.Null(all["Nightly export"]["tenant"]);
        Assert.Equal("witcom", (string?)all["Contact sync"]["tenant"]);
        var rentguy = await ListAsync("/api/v1/tenants/rentguy/workflows");
        Assert.Equal(["Alert to ticket", "Monthly invoices", "Onboarding to CRM"], rentguy.Keys);
        Assert.Equal(["Nightly export"], (await ListAsync("/api/v1/tenants/platform/workflows")).Keys);

        var (_, one) = await app.ProgramAsync("viewer", ["rentguy", "platform"], "read");
        using (one)
        {
            var seen = (await GetAsync(one, "/api/v1/workflows"))["items"]!.AsArray();
            Assert.All(seen, workflow => Assert.Equal("rentguy", (string?)workflow!["tenant"]));
            Assert.Equal(3, seen.Count);
            Assert.Empty((await GetAsync(one, "/api/v1/tenants/platform/workflows"))["items"]!.AsArray());
            foreach (var hidden in (string[])["night1yExp0rt000", "c0ntactSync0W1t0", "nothere"])
            {
                using var runs = await one.GetAsync($"/api/v1/workflows/{hidden}/runs");
                Assert.Equal(HttpStatusCode.NotFound, runs.StatusCode);
            }
            using var elsewhere = await one.GetAsync("/api/v1/tenants/witcom/workflows");
            Assert.Equal(HttpStatusCode.NotFound, elsewhere.StatusCode);
        }
    }

    [Fact]
    public async Task States_and_last_runs_are_told_as_they_are()
    {
        var all = await ListAsync("/api/v1/workflows");
        Assert.Equal("draftDiffers", (string?)all["Onboarding to CRM"]["state"]);
        Assert.Contains("draft differs", (string?)all["Onboarding to CRM"]["note"], StringComparison.Ordinal);
        Assert.Equal("inactive", (string?)all["Nightly export"]["state"]);
        Assert.Contains("not active", (string?)all["Nightly export"]["runBlock"], StringComparison.Ordinal);
        // A list of n8n's leaves out what runs now: it is asked for apart.
        Assert.Equal(("running", 1), Last(all["Contact sync"]));
        Assert.Equal(("error", 0), Last(all["Monthly invoices"]));
        // What waits for its turn is left out there too, and runs no more than what ended.
        Assert.Equal(("new", 0), Last(all["Onboarding to CRM"]));
        var crashed = all["Certificate mails"]["lastRun"]!;
        Assert.Equal("crashed", (string?)crashed["state"]);
        Assert.Null(crashed["endedAt"]);
        Assert.NotNull(crashed["lastEventAt"]);
        var waits = all["Approval by message"]["lastRun"]!;
        Assert.Equal((true, null), ((bool)waits["waitsForCall"]!, (string?)waits["waitsUntil"]));
        Assert.Single(await ListAsync("/api/v1/workflows?state=inactive"));
        Assert.StartsWith("http://127.0.0.1:", (string)all["Contact sync"]["link"]!, StringComparison.Ordinal);

        static (string?, int) Last(JsonNode workflow) =>
            ((string?)workflow["lastRun"]!["state"], (int)workflow["running"]!);
    }

    [Fact]
    public async Task A_run_is_proposed_approved_carried_out_and_seen()
    {
        using var client = await app.ApiAsAsync("automation");
        var proposal = await ProposeAsync(
            client,
            "n8n.workflow.run",
            "rentguy",
            "Alert to ticket",
            new { input = new { alert = "ErrorRateHigh" } }
        );
        Assert.Equal("medium", (string?)proposal["risk"]);
        var done = await ApproveAsync(app, proposal);
        Assert.True((string?)done["state"] == "succeeded", done.ToJsonString());
        using var admin = await app.ApiAsAsync("admin");
        var runs = (await GetAsync(admin, "/api/v1/workflows/tickEtFromAl3rt0/runs"))["items"]!.AsArray();
        Assert.Equal("success", (string?)runs[0]!["state"]);
        Assert.Equal(3, runs.Count);
        Assert.Equal(3, runs.Select(run => (string)run!["id"]!).Distinct().Count());
        Assert.Equal(
            2,
            (await GetAsync(admin, "/api/v1/workflows/tickEtFromAl3rt0/runs?limit=2"))["items"]!.AsArray().Count
        );

        // Another tenant's is not there to be planned.
        var (status, problem) = await SendAsync(
            client,
            HttpMethod.Post,
            "/api/v1/proposals",
            new
            {
                kind = "n8n.workflow.run",
                tenant = "witcom",
                target = "Alert to ticket",
                parameters = new { },
                reason = "a test",
                evidence = Array.Empty<object>(),
            }
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains("no workflow of that name", (string?)problem!["detail"], StringComparison.Ordinal);
    }
}

/// <summary>An n8n that is not there, is set up wrongly, or is none.</summary>
public sealed class N8nAwayTests
{
    [Fact]
    public async Task Who_asks_is_told_what_it_says_and_what_to_do()
    {
        var key = Path.GetTempFileName();
        await File.WriteAllTextAsync(key, "a-key-that-is-none");
        try
        {
            await using var n8n = await N8nGround.OpenAsync();
            await using var app = await ConfiguredApp.StartAsync(("N8n:Url", n8n.Set.Url!), ("N8n:KeyFile", key));
            using var client = await app.ApiAsAsync("operator");
            var (status, problem) = await SendAsync(client, HttpMethod.Get, "/api/v1/tenants/rentguy/workflows");
            Assert.Equal(HttpStatusCode.BadGateway, status);
            Assert.Contains("Unauthorized", problem!.ToJsonString(), StringComparison.Ordinal);
            Assert.Contains("N8n:KeyFile", problem.ToJsonString(), StringComparison.Ordinal);
            Assert.DoesNotContain("a-key-that-is-none", problem.ToJsonString(), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(key);
        }
    }
}
