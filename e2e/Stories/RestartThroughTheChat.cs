using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>
/// The main job, end to end: from a question in the chat to an approved action on a real Docker Engine, seen in the charts of a real
/// Prometheus and found in the record; and nothing of it seen by others.
/// </summary>
public sealed class RestartThroughTheChat(RealFleet fleet, Browser browser) : IClassFixture<RealFleet>, IAsyncDisposable
{
    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    [Fact]
    public async Task An_operator_asks_approves_and_sees_it_run()
    {
        var page = await pages.SignInAsync(fleet.Dashboard.Url, "operator");
        var before = await fleet.Engine.StartedAtAsync(fleet.ApiId);
        var otherBefore = await fleet.Engine.StartedAtAsync(fleet.OtherId);

        // The container's memory, from real Prometheus scraping the real runner.
        await page.GoToAsync("/tenants/rentguy/metrics?from=now-15m&to=now");
        var memory = page.Locator("section.card", new() { HasText = "Memory" }).First;
        await Expect(memory.GetByText("api", new() { Exact = true }).First).ToBeVisibleAsync();
        await Expect(memory.Locator("canvas").First).ToBeVisibleAsync();
        await Expect(memory).ToContainTextAsync("KiB");

        // The question, and a card that names the container and its image.
        await page.GoToAsync("/console");
        await page.Locator("form.ask textarea").FillAsync("restart the RentGuy API");
        await page.Keyboard.PressAsync("Enter");
        var card = page.Locator(".plan-card").First;
        await Expect(card).ToContainTextAsync(RealFleet.Api);
        await Expect(card).ToContainTextAsync("rentguy/api:2.4.0");

        // Approve: Docker shows a new start time, the steps were streamed, the card says how it ended.
        await card.Locator("[data-approve]").ClickAsync();
        await Expect(card).ToContainTextAsync(new Regex("succeeded", RegexOptions.IgnoreCase));
        Assert.NotEqual(before, await fleet.Engine.StartedAtAsync(fleet.ApiId));
        Assert.Equal(otherBefore, await fleet.Engine.StartedAtAsync(fleet.OtherId));

        using var admin = await fleet.Dashboard.ClientOfAsync("admin");
        var proposal = (await admin.GetFromJsonAsync<JsonNode>("/api/v1/proposals?tenant=rentguy"))![
            "items"
        ]!.AsArray()[0]!;
        Assert.Equal("succeeded", proposal["state"]!.GetValue<string>());
        var events = await EventsAsync(admin, proposal["id"]!.GetValue<string>());
        Assert.Contains("event: step", events, StringComparison.Ordinal);
        Assert.Contains("event: outcome", events, StringComparison.Ordinal);

        // The record holds who asked, who approved and what came of it, and its chain is whole.
        var audit = (await admin.GetFromJsonAsync<JsonNode>("/api/v1/audit?tenant=rentguy"))!["items"]!.ToJsonString();
        Assert.Contains("proposal.approved", audit, StringComparison.Ordinal);
        Assert.Contains(proposal["id"]!.GetValue<string>(), audit, StringComparison.Ordinal);
        var verified = (await admin.GetFromJsonAsync<JsonNode>("/api/v1/audit/verify"))!;
        Assert.True(verified["valid"]!.GetValue<bool>());
        Assert.True(verified["checked"]!.GetValue<long>() > 3);
        Assert.Null(verified["firstBad"]);
    }

    [Fact]
    public async Task Who_belongs_to_another_tenant_sees_none_of_it()
    {
        using var operators = await fleet.Dashboard.ClientOfAsync("operator");
        using var proposed = await operators.PostAsJsonAsync(
            "/api/v1/proposals",
            new
            {
                kind = "container.restart",
                tenant = "rentguy",
                target = "api",
                parameters = new { },
                reason = "to be seen by nobody else",
                evidence = Array.Empty<object>(),
            }
        );
        var body = await proposed.Content.ReadAsStringAsync();
        Assert.True(proposed.StatusCode == HttpStatusCode.Created, body);
        var id = JsonNode.Parse(body)!["id"]!.GetValue<string>();

        using var other = await fleet.Dashboard.ClientOfAsync("client-witcom");
        foreach (
            var path in new[]
            {
                "/api/v1/tenants/rentguy",
                "/api/v1/tenants/rentguy/health",
                "/api/v1/tenants/rentguy/containers",
                $"/api/v1/tenants/rentguy/containers/{fleet.ApiId}",
                "/api/v1/tenants/rentguy/prometheus/api/v1/query?query=up",
                $"/api/v1/proposals/{id}",
                "/api/v1/audit",
            }
        )
        {
            using var answer = await other.GetAsync(path);
            Assert.True(
                answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Forbidden,
                $"{path} answered {(int)answer.StatusCode}"
            );
            Assert.DoesNotContain(RealFleet.Api, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        var page = await pages.SignInAsync(fleet.Dashboard.Url, "client-witcom");
        foreach (
            var path in new[]
            {
                "/tenants/rentguy",
                "/tenants/rentguy/metrics",
                "/approvals",
                $"/approvals/{id}",
                "/console",
                "/audit",
                "/portal/rentguy",
            }
        )
        {
            await page.GoToAsync(path);
            await Expect(page.Locator("body")).Not.ToContainTextAsync(RealFleet.Api);
            await Expect(page.Locator("body")).Not.ToContainTextAsync("to be seen by nobody else");
            await Expect(page.Locator("body")).Not.ToContainTextAsync("RentGuy");
        }
        using var withdrawn = await operators.PostAsync($"/api/v1/proposals/{id}/withdraw", null);
        Assert.True(withdrawn.IsSuccessStatusCode);
    }

    private static async Task<string> EventsAsync(HttpClient client, string id)
    {
        using var answer = await client.GetAsync(
            $"/api/v1/proposals/{id}/events",
            HttpCompletionOption.ResponseHeadersRead
        );
        return await answer.Content.ReadAsStringAsync();
    }
}
