using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.Bench;

/// <summary>
/// The leases board of a tenant with 5,000 leases, in Chromium: from going there to its rows, and from a click on the next page to
/// those rows. Beside it the API's page of 500, against the look-ups that it takes asked of Vault itself.
/// </summary>
internal sealed class LeasePages : IBench
{
    private const int Leases = 5_000;
    private const int Roles = 5;
    private const int Shown = 500;
    private const int AtOnce = 8;
    private const int Warming = 3;
    private const string Lookup = "/v1/sys/leases/lookup";
    private const string Credentials = "database/creds/";

    public string Name => "leases";

    public async Task<IReadOnlyList<Measure>> RunAsync(int rounds)
    {
        await using var vault = await VaultAsync();
        await using var dashboard = await BenchDashboard.StartAsync(
            await StartAndIdle.PublishAsync("Sevensa.Dashboard/Sevensa.Dashboard.csproj", "Sevensa.Dashboard"),
            beside: false,
            ("Vault:Address", vault.Urls.Single()),
            ("Vault:Token", "bench"),
            ("Vault:Mount", "secret")
        );
        using var product = await dashboard.ClientOfAsync("operator");
        using var raw = new HttpClient { BaseAddress = new Uri(vault.Urls.Single()) };
        await using var browser = new Browser();
        await using var pages = browser.Pages();
        var page = await pages.SignInAsync(dashboard.Url, "operator");
        List<double> board = [],
            next = [],
            api = [],
            asked = [];
        for (var round = -Warming; round < rounds; round++)
        {
            var (a, b) = await BoardAsync(page);
            var c = await ApiAsync(product);
            var d = await RawAsync(raw);
            if (round >= 0)
            {
                board.Add(a);
                next.Add(b);
                api.Add(c);
                asked.Add(d);
            }
        }
        return
        [
            new Measure("leases board of 5,000, to its rows in Chromium", "ms", board, [500], Bound.AtMost(500)),
            new Measure("  a click on the next page, to its rows", "ms", next, [500], Bound.AtMost(500)),
            new Measure("500 leases by the API, against their look-ups", "ms", api, asked, Bound.None),
        ];
    }

    private static async Task<(double Board, double Next)> BoardAsync(IPage page)
    {
        var rows = page.Locator("[data-role] tbody tr");
        await page.GotoAsync("/tenants/rentguy/secrets");
        await page.Locator("main h1").First.WaitForAsync();
        var clock = Stopwatch.StartNew();
        await page.GotoAsync("/tenants/rentguy/secrets/leases");
        await rows.First.WaitForAsync();
        var board = clock.Elapsed.TotalMilliseconds;
        var first = await rows.First.InnerTextAsync();
        clock.Restart();
        await page.GetByText("The next 200").ClickAsync();
        await page.WaitForFunctionAsync(
            "was => { const row = document.querySelector('[data-role] tbody tr'); return row && row.innerText !== was; }",
            first
        );
        return (board, clock.Elapsed.TotalMilliseconds);
    }

    private static async Task<double> ApiAsync(HttpClient http)
    {
        var clock = Stopwatch.StartNew();
        using var answer = await http.GetAsync(new Uri("/api/v1/leases?tenant=rentguy&limit=500", UriKind.Relative));
        var told = JsonNode.Parse(await answer.Content.ReadAsStringAsync());
        return told?["items"]?.AsArray().Count == Shown
            ? clock.Elapsed.TotalMilliseconds
            : throw new InvalidOperationException($"{(int)answer.StatusCode}: {told?.ToJsonString()[..200]}");
    }

    private static async Task<double> RawAsync(HttpClient http)
    {
        var clock = Stopwatch.StartNew();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Shown),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
            async (n, stop) =>
            {
                using var body = new StringContent(
                    new JsonObject { ["lease_id"] = $"{Credentials}{RoleOf(0)}/{NameOf(n)}" }.ToJsonString()
                );
                using var answer = await http.PutAsync(new Uri(Lookup, UriKind.Relative), body, stop);
                await answer.Content.ReadAsByteArrayAsync(stop);
            }
        );
        return clock.Elapsed.TotalMilliseconds;
    }

    private static string RoleOf(int number) => string.Create(CultureInfo.InvariantCulture, $"rentguy-r{number}");

    private static string NameOf(int number) => string.Create(CultureInfo.InvariantCulture, $"lease{number:00000}");

    private static async Task<WebApplication> VaultAsync()
    {
        byte[] Data(object data) => JsonSerializer.SerializeToUtf8Bytes(new { data });
        var health = "{\"initialized\":true,\"sealed\":false,\"standby\":false,\"version\":\"2.7.2\"}"u8.ToArray();
        var roles = Data(new { keys = Enumerable.Range(0, Roles).Select(n => RoleOf(n) + "/") });
        var names = Data(new { keys = Enumerable.Range(0, Leases / Roles).Select(NameOf) });
        var given = TimeProvider.System.GetUtcNow();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(async context =>
        {
            var path = context.Request.Path.Value!;
            byte[]? body = path switch
            {
                "/v1/sys/health" => health,
                $"{Lookup}/{Credentials}" => roles,
                Lookup => Data(
                    new
                    {
                        id = (string?)(await JsonNode.ParseAsync(context.Request.Body))?["lease_id"],
                        issue_time = given,
                        expire_time = given.AddHours(1),
                        last_renewal = (string?)null,
                        renewable = true,
                        ttl = 3_600,
                    }
                ),
                _ => path.StartsWith($"{Lookup}/{Credentials}", StringComparison.Ordinal) ? names : null,
            };
            context.Response.ContentType = "application/json";
            context.Response.StatusCode = body is null ? 404 : 200;
            await context.Response.Body.WriteAsync(body ?? "{\"errors\":[\"unsupported path\"]}"u8.ToArray());
        });
        await app.StartAsync();
        return app;
    }
}
