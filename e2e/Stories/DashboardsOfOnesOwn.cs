using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>A dashboard of Grafana's is imported, looked at, arranged and saved; who may not, can't.</summary>
[Collection(nameof(SandboxOfFigures))]
public sealed class DashboardsOfOnesOwn(DashboardProcess dashboard, Browser browser) : IAsyncDisposable
{
    private const string Grafana = """
        {"__inputs":[{"name":"DS_PROMETHEUS","type":"datasource","pluginId":"prometheus"}],
         "title":"Nodes","time":{"from":"now-1h","to":"now"},
         "templating":{"list":[
           {"type":"datasource","name":"DS","query":"prometheus"},
           {"type":"query","name":"service","label":"Service","datasource":{"type":"prometheus","uid":"${DS}"},"query":{"query":"label_values(container_memory_working_set_bytes, service)"},"includeAll":true,"multi":false,"sort":1,"current":{"text":"api","value":"api"}}]},
         "panels":[
           {"id":1,"type":"timeseries","title":"Memory of $service","gridPos":{"x":0,"y":0,"w":12,"h":8},"datasource":{"type":"prometheus","uid":"${DS_PROMETHEUS}"},
            "fieldConfig":{"defaults":{"unit":"bytes"},"overrides":[]},"targets":[{"refId":"A","expr":"sum by (service) (container_memory_working_set_bytes{service=~\"$service\"})","legendFormat":"{{service}}"}]},
           {"id":2,"type":"gauge","title":"Fullest","gridPos":{"x":12,"y":0,"w":6,"h":8},"fieldConfig":{"defaults":{"unit":"percentunit","min":0,"max":1,"thresholds":{"mode":"absolute","steps":[{"color":"green","value":null},{"color":"red","value":0.8}]}}},
            "targets":[{"refId":"A","expr":"max(container_memory_working_set_bytes / (container_spec_memory_limit_bytes > 0))"}]},
           {"id":3,"type":"geomap","title":"Where they are","gridPos":{"x":18,"y":0,"w":6,"h":8}},
           {"id":4,"type":"row","title":"More","collapsed":true,"gridPos":{"x":0,"y":8,"w":24,"h":1},"panels":[
             {"id":5,"type":"text","title":"Words","gridPos":{"x":0,"y":9,"w":12,"h":4},"options":{"mode":"markdown","content":"**bold** <script>x</script>"}}]}]}
        """;

    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    [Fact]
    public async Task It_is_imported_looked_at_arranged_and_saved()
    {
        var page = await pages.SignInAsync(dashboard.Url, "operator", at: "/tenants/rentguy/dashboards");
        await Expect(page.Locator(".mud-data-grid")).ToContainTextAsync("RentGuy services");
        await NodeDashboardOnRealData.ReadyToImportAsync(page);
        await page.Locator("input[type=file]")
            .SetInputFilesAsync(
                new FilePayload
                {
                    Name = "nodes.json",
                    MimeType = "application/json",
                    Buffer = "{"u8.ToArray(),
                }
            );
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("no JSON");
        // Each pick has a field of its own; the last one is the next.
        await page.Locator("input[type=file]")
            .Last.SetInputFilesAsync(
                new FilePayload
                {
                    Name = "nodes.json",
                    MimeType = "application/json",
                    Buffer = Encoding.UTF8.GetBytes(Grafana),
                }
            );

        // What can't be shown is said, with the reason; the rest shows figures.
        await Expect(page.Locator(".board-head h2")).ToHaveTextAsync("Nodes");
        await Expect(page.Locator("[data-unsupported='3']")).ToContainTextAsync("geomap");
        await Expect(page.Locator("[data-panel='1'] .plot")).ToHaveAttributeAsync("data-points", new Regex("[1-9]"));
        await Expect(page.Locator("[data-panel='1'] h2")).ToHaveTextAsync("Memory of api");
        await Expect(page.Locator("[data-panel='2'] svg text")).ToContainTextAsync("%");
        await page.Locator(".board-row").ClickAsync();
        await Expect(page.Locator("[data-panel='5'] .board-text strong")).ToHaveTextAsync("bold");

        // A variable is part of the address, and of the query.
        await page.Locator("#var-service").ChooseAsync("web");
        await Expect(page).ToHaveURLAsync(new Regex("var-service=web"));
        await Expect(page.Locator("[data-panel='1'] h2")).ToHaveTextAsync("Memory of web");
        await Expect(page.Locator("[data-panel='1'] .chart-legend")).ToContainTextAsync("web");

        await page.Locator("[data-panel='1'] a[title='Full view']").ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("panel=1"));
        await Expect(page.Locator(".board-full [data-panel='1'] .plot"))
            .ToHaveAttributeAsync("data-points", new Regex("[1-9]"));
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator("[data-cell='2']")).ToBeVisibleAsync();

        // Moved by keys, by hand, and saved.
        await page.GetByRole(AriaRole.Link, new() { Name = "Edit", Exact = true }).ClickAsync();
        await page.Locator("[data-cell='2'] [data-handle]").FocusAsync();
        // A handle is drawn a moment before the page listens to its keys.
        await Eventually.TrueAsync(
            "the panel to be moved by a key",
            async _ =>
            {
                await page.Keyboard.PressAsync("ArrowDown");
                return await page.Locator(".board-head .badge", new() { HasText = "Not saved" }).CountAsync() > 0;
            }
        );
        await page.Keyboard.PressAsync("Shift+ArrowRight");
        await Expect(page.Locator(".board-head .badge")).ToHaveTextAsync("Not saved");
        await page.GetByLabel("Title", new() { Exact = true }).FillAsync("Nodes of ours");
        await page.GetByLabel("Title", new() { Exact = true }).BlurAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await Expect(page.Locator(".board-head h2")).ToHaveTextAsync("Nodes of ours");
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Edit", Exact = true })).ToBeVisibleAsync();
        var id = new Uri(page.Url).AbsolutePath.Split('/')[^1];

        using var api = await dashboard.ClientOfAsync("operator");
        var kept = JsonNode.Parse(await api.GetStringAsync($"/api/v1/tenants/rentguy/dashboards/{id}"))!;
        Assert.Equal(2, kept["version"]!.GetValue<int>());
        Assert.Equal("Nodes of ours", kept["title"]!.GetValue<string>());

        // A viewer looks, and is offered nothing to change; another tenant's address leads nowhere.
        var viewer = await pages.SignInAsync(dashboard.Url, "viewer", at: $"/tenants/rentguy/dashboards/{id}");
        await Expect(viewer.Locator(".board-head h2")).ToHaveTextAsync("Nodes of ours");
        await Expect(viewer.GetByRole(AriaRole.Link, new() { Name = "Edit", Exact = true })).ToHaveCountAsync(0);
        await viewer.GoToAsync($"/tenants/rentguy/dashboards/{id}?edit=1");
        await Expect(viewer.Locator(".board-head h2")).ToHaveTextAsync("Nodes of ours");
        await Expect(viewer.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true })).ToHaveCountAsync(0);
        await page.GoToAsync($"/tenants/witcom/dashboards/{id}");
        await Expect(page.Locator("main")).ToContainTextAsync(new Regex("no such dashboard|nothing here"));
        using var client = await dashboard.ClientOfAsync("client-witcom");
        using var refused = await client.GetAsync($"/api/v1/tenants/rentguy/dashboards/{id}");
        Assert.Contains(refused.StatusCode, new[] { HttpStatusCode.Forbidden, HttpStatusCode.NotFound });
    }
}
