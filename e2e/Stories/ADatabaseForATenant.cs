using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Npgsql;
using Sevensa.Dashboard.E2E.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>From the page on two real PostgreSQL: a place is made, a leak is found and repaired, and the place moves to an instance of its own.</summary>
[TakesLong(100)]
public sealed class ADatabaseForATenant(Browser browser) : IAsyncLifetime
{
    private const string Database = "shared";
    private readonly PostgresCluster shared = new();
    private readonly PostgresCluster own = new();
    private readonly string folder = Workspace.NewFolder("db");
    private readonly TestPages pages = browser.Pages();
    private DashboardProcess dashboard = null!;

    public async ValueTask InitializeAsync()
    {
        await Task.WhenAll(shared.InitializeAsync().AsTask(), own.InitializeAsync().AsTask());
        var settings = new Dictionary<string, string?>
        {
            ["Databases:Proof:At"] = "never",
            ["Databases:Drill:ToolFolder"] = "/usr/lib/postgresql/15/bin",
        };
        var password = Path.Combine(folder, "password");
        await File.WriteAllTextAsync(password, "for nobody else");
        foreach (var (number, name, cluster) in new[] { (0, "shared", shared), (1, "own", own) })
        {
            await cluster.DatabaseAsync(Database);
            // The roles of the documentation.
            await cluster.RunAsync(
                $"""
                create role sevensa_reader login password 'for nobody else' connection limit 8; grant pg_monitor to sevensa_reader;
                create role sevensa_admin login createrole createdb password 'for nobody else';
                revoke connect on database postgres from public; revoke all on database {Database} from public;
                grant connect on database postgres to sevensa_reader, sevensa_admin; grant connect on database {Database} to sevensa_reader;
                grant create, connect on database {Database} to sevensa_admin with grant option
                """
            );
            await RunAsync(cluster, "revoke all on schema public from public");
            var instance = $"Databases:Instances:{number}";
            settings[$"{instance}:Name"] = name;
            settings[$"{instance}:Host"] = "127.0.0.1";
            settings[$"{instance}:Port"] = cluster.Port.ToString(CultureInfo.InvariantCulture);
            settings[$"{instance}:Tls"] = "Disable";
            settings[$"{instance}:PasswordFile"] = password;
            settings[$"{instance}:AdminUser"] = "sevensa_admin";
            settings[$"{instance}:AdminPasswordFile"] = password;
        }
        dashboard = DashboardProcess.With(settings);
        await dashboard.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await pages.DisposeAsync();
        if (dashboard is not null)
            await dashboard.DisposeAsync();
        await shared.DisposeAsync();
        await own.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task It_is_made_kept_apart_and_moved_from_its_page()
    {
        var asks = await pages.SignInAsync(dashboard.Url, "operator");
        var decides = await pages.SignInAsync(dashboard.Url, "approver");
        await MakeAsync(asks, decides, "witcom", "boeking");
        await MakeAsync(asks, decides, "rentguy", "kasboek");
        var place = asks.Locator("tr", new() { HasText = "kasboek" }).Filter(new() { HasText = "a schema in shared" });
        await Expect(place).ToContainTextAsync("Open");
        await TestPages.ScreenshotAsync(asks, "database-place", fullPage: true);

        // Somebody grants what is not theirs to give.
        await RunAsync(
            shared,
            "set role boeking_owner; create table boeking.invoices (id int); grant usage on schema boeking to kasboek_app; grant select on boeking.invoices to kasboek_app"
        );
        var proof = asks.Locator(".card", new() { HasText = "Kept apart" });
        await ProveAsync(asks);
        await Expect(proof).ToContainTextAsync("Leaks");
        await TestPages.ScreenshotAsync(asks, "database-leak", fullPage: true);
        await proof.GetByRole(AriaRole.Link, new() { NameRegex = new Regex("^Plan the repair") }).First.ClickAsync();
        await ProposeAsync(asks, "a leak was found");
        await DecideAsync(asks, decides);
        await asks.GoToAsync("/tenants/rentguy/database");
        await ProveAsync(asks);
        await Expect(proof).ToContainTextAsync("Holds");

        await place.GetByRole(AriaRole.Link, new() { Name = "Plan a move" }).ClickAsync();
        await asks.Locator("[data-parameter=to]").FillAsync("own");
        await ProposeAsync(asks, "it is loud");
        await TestPages.ScreenshotAsync(asks, "database-move", fullPage: true);
        await DecideAsync(asks, decides);
        await asks.GoToAsync("/tenants/rentguy/database");
        await Expect(place).ToContainTextAsync("Closed");
        await Expect(asks.Locator(".card", new() { HasText = "Places of this tenant's own" })).ToHaveCountAsync(2);
        await TestPages.ScreenshotAsync(asks, "database-moved", fullPage: true);
        // Nobody else's is shown, whose data lies on the same instance.
        await Expect(asks.Locator("main")).Not.ToContainTextAsync("boeking");
    }

    private static async Task MakeAsync(IPage asks, IPage decides, string tenant, string name)
    {
        await asks.GoToAsync($"/tenants/{tenant}/database");
        await asks.GetByRole(AriaRole.Link, new() { Name = "Plan a place of its own" }).ClickAsync();
        await asks.Locator("[data-parameter=instance]").FillAsync("shared");
        await asks.Locator("[data-parameter=database]").FillAsync(Database);
        await asks.Locator("[data-target]").FillAsync(name);
        await ProposeAsync(asks, "a client of its own");
        await DecideAsync(asks, decides);
        await asks.GoToAsync($"/tenants/{tenant}/database");
    }

    private static async Task ProveAsync(IPage page)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "Prove isolation now" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Prove isolation now" })).ToBeVisibleAsync();
        await Expect(page.Locator(".card", new() { HasText = "Kept apart" })).ToContainTextAsync("Last proven");
    }

    private static async Task ProposeAsync(IPage page, string why)
    {
        await page.Locator("[data-reason]").FillAsync(why);
        await page.Keyboard.PressAsync("Tab");
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("^Propose") }).ClickAsync();
        await page.WaitForURLAsync(new Regex("/approvals/"));
    }

    private static async Task DecideAsync(IPage asks, IPage decides)
    {
        await decides.GoToAsync(new Uri(asks.Url).AbsolutePath);
        await decides.Locator("[data-approve]").ClickAsync();
        await Expect(asks.Locator(".proposal")).ToContainTextAsync(new Regex("succeeded", RegexOptions.IgnoreCase));
    }

    private static async Task RunAsync(PostgresCluster cluster, string sql)
    {
        var to = new NpgsqlConnectionStringBuilder(cluster.ConnectionString) { Database = Database, Pooling = false };
        await using var source = NpgsqlDataSource.Create(to.ToString());
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
