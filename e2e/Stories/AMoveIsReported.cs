using System.Text;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>What a Compose file, and what a project that runs, becomes on a cluster: read, and downloaded.</summary>
[Collection(nameof(SandboxOfPages))]
public sealed class AMoveIsReported(DashboardProcess dashboard, Browser browser) : IAsyncDisposable
{
    private const string Compose = """
        services:
          web:
            image: registry.example/shop/web:2.1.0
            restart: always
            ports: ["8080:80"]
            environment: { DB_PASSWORD: made-up-word }
            depends_on: [db]
          db:
            build: ./db
            expose: ["5432"]
            volumes: [data:/var/lib/db]
        volumes: { data: }
        """;

    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    [Fact]
    public async Task A_file_becomes_manifests_to_download_with_every_loss()
    {
        var page = await pages.SignInAsync(dashboard.Url, "operator", at: "/tenants/rentguy/workloads");
        await page.GetByRole(AriaRole.Link, new() { Name = "Move a Compose project" }).ClickAsync();
        await page.Locator("input[type=file]")
            .SetInputFilesAsync(
                new FilePayload
                {
                    Name = "compose.yaml",
                    MimeType = "application/yaml",
                    Buffer = Encoding.UTF8.GetBytes(Compose),
                }
            );
        await Expect(page.GetByText("compose.yaml,")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Show what it becomes" }).ClickAsync();
        var services = page.Locator("[data-services]");
        await Expect(services.Locator("tbody tr")).ToHaveCountAsync(2);
        await Expect(services.GetByText("A cluster builds nothing")).ToBeVisibleAsync();
        await Expect(page.Locator("[data-cutover] li").Filter(new() { HasText = "The way back" })).ToHaveCountAsync(1);
        var download = await page.RunAndWaitForDownloadAsync(() =>
            page.GetByRole(AriaRole.Link, new() { Name = "Download moved.yaml" }).ClickAsync()
        );
        Assert.Equal("moved.yaml", download.SuggestedFilename);
        var text = await File.ReadAllTextAsync(await download.PathAsync(), TestContext.Current.CancellationToken);
        Assert.Contains("kind: StatefulSet", text, StringComparison.Ordinal);
        Assert.DoesNotContain("made-up-word", text, StringComparison.Ordinal);
        await TestPages.ScreenshotAsync(page, "move-reported");
    }

    [Fact]
    public async Task What_runs_is_shown_by_its_address()
    {
        var page = await pages.SignInAsync(dashboard.Url, "operator", at: "/tenants/rentguy/workloads/move");
        await page.Locator("[data-running] a").First.ClickAsync();
        await Expect(page.Locator("[data-services] tbody tr").First).ToBeVisibleAsync();
        await Expect(page.Locator("[data-losses]").GetByText("Commands and entry points are not told"))
            .ToBeVisibleAsync();
    }
}
