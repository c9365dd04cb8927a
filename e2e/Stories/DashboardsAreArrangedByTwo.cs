using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>Two people change the same dashboard at once: nobody's work is lost, and what was saved once can come back.</summary>
[Collection(nameof(SandboxOfFigures))]
public sealed class DashboardsAreArrangedByTwo(DashboardProcess dashboard, Browser browser) : IAsyncDisposable
{
    private const string Board = "/tenants/rentguy/dashboards/services";

    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    [Fact]
    public async Task A_panel_is_dragged_a_conflict_is_said_and_an_old_version_comes_back()
    {
        using var api = await dashboard.ClientOfAsync("operator");
        var first = await KeptAsync(api);
        var operators = await EditAsync("operator");
        var admins = await EditAsync("admin");

        // By the handle, to another place; by the corner, to another size.
        var cell = operators.Locator("[data-cell]").First;
        var id = await cell.GetAttributeAsync("data-id");
        var (x, width) = (await PlaceAsync(cell, "--x"), await PlaceAsync(cell, "--w"));
        await DragAsync(operators, cell.Locator("[data-resize]"), -220, 0);
        await Expect(operators.Locator(".board-head .badge")).ToHaveTextAsync("Not saved");
        await UntilAsync(async () => await PlaceAsync(cell, "--w") < width);
        await DragAsync(operators, cell.Locator("[data-handle]"), 150, 0);
        await UntilAsync(async () => await PlaceAsync(cell, "--x") > x);
        var moved = await PlaceAsync(cell, "--x");
        await SaveAsync(operators);
        await Expect(Edit(operators)).ToBeVisibleAsync();
        Assert.Equal(moved - 1, Place(await KeptAsync(api), id!));

        // The other began before, and is told who was faster; what was changed is still there.
        await admins.GetByLabel("Title", new() { Exact = true }).FillAsync("Services, as admin sees them");
        await admins.GetByLabel("Title", new() { Exact = true }).BlurAsync();
        await SaveAsync(admins);
        var strip = admins.GetByRole(AriaRole.Alert);
        await Expect(strip).ToContainTextAsync("saved version");
        await Expect(admins.Locator(".board-head h2")).ToHaveTextAsync("Services, as admin sees them");
        await strip.GetByRole(AriaRole.Button, new() { Name = "Save mine over it" }).ClickAsync();
        await Expect(Edit(admins)).ToBeVisibleAsync();
        var third = await KeptAsync(api);
        Assert.Equal((int)first["version"]! + 2, (int)third["version"]!);
        Assert.Equal("Services, as admin sees them", (string?)third["title"]);

        // Every version is there; the first one is looked at, and becomes the newest.
        await admins.GetByRole(AriaRole.Link, new() { Name = "Versions" }).ClickAsync();
        var versions = admins.Locator(".board-versions tbody tr");
        await Expect(versions).ToHaveCountAsync((int)third["version"]!);
        await Expect(versions.First).ToContainTextAsync("shown");
        await admins.GetByRole(AriaRole.Link, new() { Name = $"Look at version {first["version"]}" }).ClickAsync();
        await Expect(admins.Locator(".board-head h2")).ToHaveTextAsync((string)first["title"]!);
        await Expect(Edit(admins)).ToHaveCountAsync(0);
        await admins.GetByRole(AriaRole.Button, new() { Name = $"Restore version {first["version"]}" }).ClickAsync();
        await Expect(Edit(admins)).ToBeVisibleAsync();
        await Expect(versions).ToHaveCountAsync((int)third["version"]! + 1);
        var restored = await KeptAsync(api);
        Assert.Equal((string?)first["title"], (string?)restored["title"]);
        Assert.Equal(Place(first, id!), Place(restored, id!));

        // Who only looks may look at what was there, and is offered nothing to change.
        var viewer = await pages.SignInAsync(
            dashboard.Url,
            "viewer",
            at: $"{Board}?versions=1&version={third["version"]}"
        );
        await Expect(viewer.Locator(".board-head h2")).ToHaveTextAsync("Services, as admin sees them");
        await Expect(viewer.GetByRole(AriaRole.Button, new() { Name = "Restore" })).ToHaveCountAsync(0);
    }

    private async Task<IPage> EditAsync(string person)
    {
        var page = await pages.SignInAsync(dashboard.Url, person, at: $"{Board}?edit=1");
        await page.Locator("[data-cell] [data-handle]").First.WaitForAsync();
        // What is still being drawn moves from under the pointer.
        await EveryPageIsFitToShow.CellsAsync(page, Board);
        await EveryPageIsFitToShow.WholeAsync(page);
        await page.EvaluateAsync("() => scrollTo(0, 0)");
        return page;
    }

    private static ILocator Edit(IPage page) => page.GetByRole(AriaRole.Link, new() { Name = "Edit", Exact = true });

    private static Task SaveAsync(IPage page) =>
        page.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();

    private static async Task DragAsync(IPage page, ILocator what, int dx, int dy)
    {
        await what.ScrollIntoViewIfNeededAsync();
        var box = (await what.BoundingBoxAsync())!;
        var (x, y) = (box.X + box.Width / 2, box.Y + box.Height / 2);
        await page.Mouse.MoveAsync(x, y);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(x + dx, y + dy, new() { Steps = 8 });
        await page.Mouse.UpAsync();
    }

    private static async Task<int> PlaceAsync(ILocator cell, string name) =>
        int.Parse(
            await cell.EvaluateAsync<string>("(cell, name) => cell.style.getPropertyValue(name)", name),
            CultureInfo.InvariantCulture
        );

    private static Task UntilAsync(Func<Task<bool>> seen) => Eventually.TrueAsync("the panel to be there", _ => seen());

    private static async Task<JsonNode> KeptAsync(HttpClient api) =>
        JsonNode.Parse(await api.GetStringAsync(new Uri($"/api/v1{Board}", UriKind.Relative)))!;

    /// <summary>Column of a panel as it is kept.</summary>
    private static int Place(JsonNode kept, string id) =>
        kept["dashboard"]!["sections"]!
            .AsArray()
            .SelectMany(section => section!["panels"]!.AsArray())
            .Where(panel => panel!["id"]!.ToString() == id)
            .Select(panel => (int)panel!["place"]!["x"]!)
            .Single();
}
