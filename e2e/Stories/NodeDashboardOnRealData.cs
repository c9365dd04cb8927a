using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>This machine's own figures: Debian's node exporter, scraped for the tenant platform by a real Prometheus.</summary>
public sealed class MeasuredNode : IAsyncLifetime
{
    private readonly int port = Workspace.FreePort();
    private readonly NeededParts needs = new();
    private ServerProcess? exporter;
    private PrometheusServer? prometheus;

    public DashboardProcess Dashboard
    {
        get
        {
            needs.Check();
            return field!;
        }
        private set;
    }

    public async ValueTask InitializeAsync()
    {
        var program = needs.Executable("prometheus-node-exporter", "/usr/bin/prometheus-node-exporter");
        if (!needs.Complete)
            return;
        var address = $"127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}";
        exporter = ServerProcess.Start("node-exporter", program, [$"--web.listen-address={address}"]);
        using var http = new HttpClient();
        await exporter.ReadyAsync(async token =>
        {
            using var answer = await http.GetAsync(new Uri($"http://{address}/metrics"), token);
            return answer.StatusCode == HttpStatusCode.OK;
        });
        prometheus = new PrometheusServer
        {
            Configuration = $$"""
                global: { scrape_interval: 2s, scrape_timeout: 2s }
                scrape_configs:
                  - job_name: node
                    static_configs: [{ targets: ['{{address}}'], labels: { tenant: platform, service: node } }]

                """,
        };
        await prometheus.InitializeAsync();
        // Rates need two samples, and a busy machine's exporter takes its time.
        await Eventually.TrueAsync(
            "two scrapes of the node exporter",
            async token =>
                (
                    await http.GetStringAsync(
                        new Uri(prometheus.Url, "/api/v1/query?query=rate(node_cpu_seconds_total[1m])"),
                        token
                    )
                ).Contains("\"value\"", StringComparison.Ordinal)
        );
        Dashboard = new DashboardProcess(
            new Dictionary<string, string?> { ["Prometheus:Url"] = prometheus.Url.ToString() }
        );
        await Dashboard.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (exporter is null)
            return;
        await Dashboard.DisposeAsync();
        if (prometheus is not null)
            await prometheus.DisposeAsync();
        await exporter.DisposeAsync();
    }
}

/// <summary>A published dashboard of the node exporter's figures is imported as it is, and shows what this machine does.</summary>
public sealed class NodeDashboardOnRealData(MeasuredNode node, Browser browser)
    : IClassFixture<MeasuredNode>,
        IAsyncDisposable
{
    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    [Fact]
    public async Task Every_panel_draws_or_says_why_it_does_not()
    {
        var file = Path.Combine(Folder(), "dockprom-docker_host.json");
        Missing.Unless(
            File.Exists(file),
            $"The dataset {file} is missing; set SEVENSA_DATASETS to the folder that holds the datasets."
        );
        var page = await pages.SignInAsync(node.Dashboard.Url, "admin", at: "/tenants/platform/dashboards");
        await ReadyToImportAsync(page);
        await page.Locator("input[type=file]").SetInputFilesAsync(file);
        await Expect(page.Locator(".board-head h2")).ToHaveTextAsync("Docker Host");

        var asked = JsonNode.Parse(await File.ReadAllTextAsync(file))!;
        var panels = asked["rows"]!.AsArray().SelectMany(row => row!["panels"]!.AsArray()).ToList();
        Assert.Equal(15, panels.Count);
        await Expect(page.Locator("[data-panel]")).ToHaveCountAsync(panels.Count);

        // Each is asked when it comes into view.
        foreach (var panel in panels)
        {
            var shown = page.Locator($"[data-panel='{panel!["id"]}']");
            await shown.ScrollIntoViewIfNeededAsync();
            await Expect(shown.Locator("h2")).ToHaveTextAsync((string)panel["title"]!);
            await Expect(shown.Locator("[aria-busy=true]")).ToHaveCountAsync(0);
            await Expect(shown.GetByText("can't be asked")).ToHaveCountAsync(0);
            if ((string?)panel["type"] == "graph")
            {
                // A machine without disks, network or swap of its own has no figures of them, which is said then.
                var drawn = new Regex((int)panel["id"]! is 7 or 8 or 14 or 15 ? "[0-9]" : "[1-9]");
                await Expect(shown.Locator(".plot")).ToHaveAttributeAsync("data-points", drawn);
            }
        }

        // What this machine has is a figure; what only cAdvisor or aufs would have says so.
        await Expect(page.Locator("[data-panel='1'] .board-stat b")).ToHaveTextAsync(new Regex("[0-9]"));
        await Expect(page.Locator("[data-panel='2'] .board-stat b")).ToHaveTextAsync(new Regex("[0-9].*B"));
        await Expect(page.Locator("[data-panel='12']")).ToContainTextAsync(new Regex("No data|N/A"));
        foreach (var (id, lines) in new[] { (9, 1), (10, 2), (6, 4), (5, 8) })
        {
            var plot = page.Locator($"[data-panel='{id}'] .plot");
            await Expect(plot).ToHaveAttributeAsync("aria-label", new Regex($"(last [0-9].*){{{lines}}}"));
        }
        await TestPages.ScreenshotAsync(page, "node-dashboard", fullPage: true);

        // The same file for another tenant has nothing to show: every query sees that tenant alone.
        await page.GoToAsync("/tenants/witcom/dashboards");
        await ReadyToImportAsync(page);
        await page.Locator("input[type=file]").SetInputFilesAsync(file);
        await Expect(page.Locator(".board-head h2")).ToHaveTextAsync("Docker Host");
        var load = page.Locator("[data-panel='9']");
        await load.ScrollIntoViewIfNeededAsync();
        await Expect(load).ToContainTextAsync("No data in this range");
    }

    /// <summary>Nobody picks a file as fast as a script can: before the page listens for it.</summary>
    internal static async Task ReadyToImportAsync(IPage page)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "Import" }).ClickAsync();
        await page.WaitForFunctionAsync(
            "() => document.querySelector('input[type=file]')?._blazorInputFileNextFileId !== undefined"
        );
    }

    private static string Folder() =>
        Path.Combine(
            Environment.GetEnvironmentVariable("SEVENSA_DATASETS") is { Length: > 0 } set
                ? set
                : Path.Combine(Workspace.Root, "..", "shared", "datasets"),
            "dashboards"
        );
}
