using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>Every kind of the catalogue proposed by its form and approved on its page, done on a real engine; and a plan that came too late.</summary>
[TakesLong(150)]
public sealed class EveryKindByPage(RealFleet fleet, Browser browser) : IClassFixture<RealFleet>, IAsyncDisposable
{
    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    [Fact]
    public async Task Each_is_asked_for_by_form_approved_and_done_on_a_real_engine()
    {
        await using var work = await RealWorker.StartAsync(fleet);
        using var api = await fleet.Dashboard.ClientOfAsync("operator");
        var kinds = await RealWorker.KindsAsync(api);
        var asks = await pages.SignInAsync(fleet.Dashboard.Url, "operator");
        var decides = await pages.SignInAsync(fleet.Dashboard.Url, "approver");
        foreach (
            var (kind, target, typed) in new (string, string, (string Parameter, string Text)[])[]
            {
                ("container.restart", "worker", [("graceSeconds", "3")]),
                ("container.stop", "worker", []),
                ("container.start", "worker", []),
                ("container.resources", "worker", [("memoryMiB", "96"), ("cpus", "0.5")]),
                ("network.connect", "worker", [("network", "rentguy_outer")]),
                ("network.disconnect", "worker", [("network", "rentguy_outer")]),
                ("service.scale", "worker", [("replicas", "2"), ("shareVolumes", "yes")]),
                ("service.scale", "worker", [("replicas", "1")]),
                ("volume.snapshot", "rentguy_data", []),
                ("service.harden", "worker", [("items", "5.26\n5.29"), ("pidsLimit", "99")]),
                ("volume.restore", "rentguy_data", [("into", "rentguy_data_then")]),
                ("service.deploy", "worker", [("image", "rentguy/worker:2")]),
                ("service.rollback", "worker", [("to", "before the last deploy")]),
                ("service.deploy", "worker", [("image", "rentguy/worker:2")]),
                ("tenant.rollback", "rentguy", [("to", "before the last deploy")]),
                ("image.pull", work.Registry.Reference, []),
                ("image.prune", "rentguy/worker:0", []),
            }
        )
        {
            kinds.Remove(kind);
            await ProposeAsync(asks, kind, target, typed);
            await decides.GoToAsync(new Uri(asks.Url).AbsolutePath);
            await decides.Locator("[data-approve]").ClickAsync();
            // Each stands on the one before.
            await Expect(asks.Locator(".proposal")).ToContainTextAsync(new Regex("succeeded", RegexOptions.IgnoreCase));
        }
        Assert.Empty(kinds);
        var worker = await fleet.Engine.InspectAsync("rentguy-worker-1");
        Assert.Equal("rentguy/worker:1", worker["Config"]!["Image"]!.GetValue<string>());
        Assert.Equal(96 << 20, worker["HostConfig"]!["Memory"]!.GetValue<long>());
        await fleet.Engine.GetAsync("volumes/rentguy_data_then");
    }

    [Fact]
    public async Task A_plan_whose_container_somebody_stopped_meanwhile_says_so_on_a_phone_and_does_nothing()
    {
        using var api = await fleet.Dashboard.ClientOfAsync("operator");
        using var asked = await api.PostAsJsonAsync(
            "/api/v1/proposals",
            new
            {
                kind = "container.restart",
                tenant = "rentguy",
                target = RealFleet.Api,
                parameters = new { },
                reason = "read too late",
                evidence = Array.Empty<object>(),
            }
        );
        var id = JsonNode.Parse(await asked.Content.ReadAsStringAsync())!["id"]!.GetValue<string>();
        var page = await pages.SignInAsync(fleet.Dashboard.Url, "approver");
        await page.SetViewportSizeAsync(360, 740);
        await page.GoToAsync($"/approvals/{id}");
        await Expect(page.Locator("[data-approve]")).ToBeVisibleAsync();

        // By hand, past the dashboard.
        await fleet.Engine.PostAsync($"containers/{fleet.ApiId}/stop?t=1");
        await Eventually.TrueAsync(
            "the dashboard to know",
            async token =>
                (await api.GetFromJsonAsync<JsonNode>("/api/v1/tenants/rentguy/containers", token))!["items"]!
                    .AsArray()
                    .Any(item =>
                        item!["name"]!.GetValue<string>() == RealFleet.Api
                        && item["state"]!.GetValue<string>() == "exited"
                    )
        );
        await page.Locator("[data-approve]").ClickAsync();

        var alert = page.Locator(".proposal [role=alert]");
        await Expect(alert).ToContainTextAsync("The world is no longer the one this plan was made for");
        await Expect(alert).ToContainTextAsync("state was running and is exited");
        Assert.True(await page.EvaluateAsync<int>("document.documentElement.scrollWidth") <= 360);
        var stopped = await fleet.Engine.InspectAsync(RealFleet.Api);
        Assert.Equal("exited", stopped["State"]!["Status"]!.GetValue<string>());
        var left = (await api.GetFromJsonAsync<JsonNode>($"/api/v1/proposals/{id}"))!;
        Assert.Equal("proposed", left["state"]!.GetValue<string>());
        await fleet.Engine.PostAsync($"containers/{fleet.ApiId}/start");
    }

    private static async Task ProposeAsync(
        IPage page,
        string kind,
        string target,
        (string Parameter, string Text)[] typed
    )
    {
        var refused = page.Locator(".propose-form [role=alert]");
        var told = "";
        await Eventually.TrueAsync(
            $"{kind} of {target} to be planned",
            async _ =>
            {
                await FillAsync(page, kind, target, typed);
                await page.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("^Propose") }).ClickAsync();
                await Expect(page.Locator(".proposal").Or(refused).First).ToBeVisibleAsync();
                if (await refused.CountAsync() == 0)
                    return true;
                told = await refused.InnerTextAsync();
                // What the last one changed may not have been told yet.
                return RealWorker.IsTooEarly(told) ? false : throw new EndedEarlyException($"{kind}: {told}");
            },
            because: () => told
        );
        await page.WaitForURLAsync(new Regex("/approvals/"));
    }

    private static async Task FillAsync(IPage page, string kind, string target, (string Parameter, string Text)[] typed)
    {
        await page.GoToAsync("/tenants/rentguy/propose");
        // A kind is found by its name too, and is then the only one.
        await page.Locator("[data-kind]").FillAsync(kind);
        var found = page.GetByRole(AriaRole.Option);
        await Expect(found).ToHaveCountAsync(1);
        await found.ClickAsync();
        foreach (var (parameter, text) in typed)
        {
            var field = page.Locator($"[data-parameter={parameter}]");
            if (text == "yes")
                await field.CheckAsync();
            else
                await field.FillAsync(text);
        }
        await page.Locator("[data-target]").FillAsync(target);
        await page.Locator("[data-reason]").FillAsync("every kind is tried");
        // Leaves the field, so that its list of suggestions is closed and takes no click.
        await page.Keyboard.PressAsync("Tab");
    }
}
