using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.Bench;

/// <summary>
/// Two hundred runners with fifty containers each that report their use every five seconds: what the dashboard holds in memory,
/// and how soon a changed container is seen in a browser.
/// </summary>
internal sealed class FleetAtScale : IBench
{
    private const int Runners = 200;
    private const int Containers = 50;
    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(5);

    public string Name => "fleet";

    public async Task<IReadOnlyList<Measure>> RunAsync(int rounds)
    {
        // As it ships: published, in Release. Its stand-ins would be measured too, so the others are away.
        var nobody = $"http://127.0.0.1:{Workspace.FreePort()}";
        await using var dashboard = DashboardProcess.With(
            [
                new("Docker:Endpoint", "none"),
                .. new[] { "Prometheus:Url", "Alertmanager:Url", "Loki:Url", "Vault:Address", "Ollama:Url" }.Select(
                    setting => new KeyValuePair<string, string?>(setting, nobody)
                ),
            ],
            await StartAndIdle.PublishAsync("Sevensa.Dashboard/Sevensa.Dashboard.csproj", "Sevensa.Dashboard")
        );
        await dashboard.StartAsync();
        using var admin = await dashboard.ClientOfAsync("admin");
        var runners = new List<ProtocolRunner>();
        for (var number = 1; number <= Runners; number++)
            runners.Add(
                await ProtocolRunner.StartAsync(
                    dashboard.Url,
                    admin,
                    string.Create(CultureInfo.InvariantCulture, $"vps-{number:000}"),
                    Containers
                )
            );
        using var ending = new CancellationTokenSource();
        var reporting = Task.WhenAll(runners.Select(runner => ReportAsync(runner, ending.Token)));
        await using var browser = new Browser();
        await using var pages = browser.Pages();
        var page = await pages.SignInAsync(dashboard.Url, "operator");
        await page.GotoAsync("/tenants/witcom/containers");
        await page.Locator("main .mud-data-grid tbody tr a").First.WaitForAsync();
        var shown = await admin.GetFromJsonAsync<JsonNode>("/api/v1/tenants/witcom/containers?limit=500");
        if (shown!["items"]!.AsArray().Count == 0)
            throw new InvalidOperationException("Witcom has no containers");
        await TestPages.ScreenshotAsync(page, "containers-of-many-hosts");
        List<double> memory = [],
            seen = [];
        for (var round = -1; round < rounds; round++)
        {
            await Task.Delay(ReportEvery, ending.Token);
            var image = $"registry.example.org/team/service:2.0.{round + 1}";
            var clock = Stopwatch.StartNew();
            // The first Witcom container of the first host: the first row of the page.
            await runners[0].ChangeAsync(9, image);
            await page.GetByText(image).First.WaitForAsync();
            if (round < 0)
                continue;
            seen.Add(clock.Elapsed.TotalMilliseconds);
            memory.Add(ResidentMegabytes(dashboard.Process.Id));
        }
        await ending.CancelAsync();
        await reporting;
        foreach (var runner in runners)
            await runner.DisposeAsync();
        return
        [
            new Measure(
                $"memory with {Runners} runners of {Containers} containers",
                "MB",
                memory,
                [300],
                Bound.AtMost(300)
            ),
            new Measure("a changed container on screen", "ms", seen, [1000], Bound.AtMost(1000)),
        ];
    }

    private static async Task ReportAsync(ProtocolRunner runner, CancellationToken stop)
    {
        try
        {
            // Spread over the interval, as hosts are that started at different times.
            await Task.Delay(ReportEvery * Random.Shared.NextDouble(), stop);
            while (true)
            {
                await runner.UsageAsync();
                await Task.Delay(ReportEvery, stop);
            }
        }
        catch (OperationCanceledException)
        {
            // Measured.
        }
    }

    private static double ResidentMegabytes(int process) =>
        File.ReadLines($"/proc/{process}/status")
            .Where(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
            .Select(line =>
                double.Parse(
                    line["VmRSS:".Length..].Replace("kB", "", StringComparison.Ordinal),
                    CultureInfo.InvariantCulture
                )
                * 1024
                / 1_000_000
            )
            .Single();
}
