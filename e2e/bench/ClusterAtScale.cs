using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.Bench;

/// <summary>
/// A cluster of 2,000 pods of which five change in each second: what its runner holds and uses, what the dashboard holds more than
/// without it, how soon a changed workload is on a page, and what a plan's preview takes beside its raw dry run.
/// </summary>
internal sealed class ClusterAtScale : IBench
{
    private const int Deployments = 200;
    private const int PodsEach = 10;
    private const int ChangesPerSecond = 5;
    private const string Host = "cluster-1";
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(20);

    public string Name => "cluster";

    public async Task<IReadOnlyList<Measure>> RunAsync(int rounds)
    {
        var program = await NativeRunner.PublishAsync();
        await using var cluster = new StandInCluster("rentguy", "rentguy");
        cluster.Fill(Deployments, PodsEach);
        await cluster.StartAsync();
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
        await using var browser = new Browser();
        await using var pages = browser.Pages();
        var page = await pages.SignInAsync(dashboard.Url, "operator");
        await page.GotoAsync("/tenants/rentguy/workloads");
        List<double> before = [],
            after = [],
            memory = [],
            processor = [],
            seen = [];
        for (var round = 0; round < rounds; round++)
        {
            await WaitAsync(TimeSpan.FromSeconds(2));
            before.Add(ResidentMegabytes(dashboard.Process.Id));
        }
        await using var runner = await StartedAsync(dashboard, admin, cluster, program);
        await page.Locator("main .mud-data-grid tbody tr a").First.WaitForAsync();
        using var process = Process.GetProcessById(runner.Process!.Id);
        using var ending = new CancellationTokenSource();
        var changing = ChangeAsync(cluster, ending.Token);
        // The first round has what the start left to do.
        for (var round = -1; round < rounds; round++)
        {
            process.Refresh();
            var (used, clock) = (process.TotalProcessorTime, Stopwatch.StartNew());
            await WaitAsync(Round);
            process.Refresh();
            if (round < 0)
                continue;
            processor.Add((process.TotalProcessorTime - used) / clock.Elapsed * 100);
            memory.Add(ResidentMegabytes(process.Id));
            after.Add(ResidentMegabytes(dashboard.Process.Id));
        }
        for (var change = 0; change < Math.Max(10, rounds * 10); change++)
        {
            await WaitAsync(TimeSpan.FromMilliseconds(300));
            var tag = string.Create(CultureInfo.InvariantCulture, $"2.0.{change}");
            var clock = Stopwatch.StartNew();
            // The first row of the page is among the first by name.
            cluster.Tag(0, tag);
            await page.GetByText($"{StandInCluster.Name(0)}:{tag}").First.WaitForAsync();
            seen.Add(clock.Elapsed.TotalMilliseconds);
        }
        await ending.CancelAsync();
        await changing;
        var (previews, raw) = await PreviewsAsync(admin, cluster, rounds);
        var pods = $"{Deployments * PodsEach:N0} pods, {ChangesPerSecond * 60} changes a minute";
        return
        [
            new Measure($"runner of a cluster of {pods}, resident memory", "MB", memory, [60], Bound.AtMost(60)),
            new Measure("the same, of one core", "%", processor, [2], Bound.AtMost(2)),
            new Measure("dashboard with that cluster, against without", "MB", after, before, Bound.Added(30)),
            new Measure(
                "from a watch line to the page, p99",
                "ms",
                [Bound.Percentile(seen, 0.99)],
                [300],
                Bound.AtMost(300)
            ),
            new Measure("a plan's preview, against its raw dry run", "ms", previews, raw, Bound.Ratio(1.2)),
        ];
    }

    private static async Task<(List<double> Plans, List<double> Raw)> PreviewsAsync(
        HttpClient admin,
        StandInCluster cluster,
        int rounds
    )
    {
        using var direct = new HttpClient();
        List<double> plans = [],
            raw = [];
        for (var round = -1; round < rounds; round++)
        {
            var name = StandInCluster.Name(round + 2);
            var clock = Stopwatch.StartNew();
            using var asked = new HttpRequestMessage(
                HttpMethod.Patch,
                $"{cluster.Url}/apis/apps/v1/namespaces/rentguy/deployments/{name}?dryRun=All&fieldValidation=Strict&fieldManager=bench"
            )
            {
                Content = new StringContent(
                    """{"spec":{"template":{"metadata":{"annotations":{"kubectl.kubernetes.io/restartedAt":"2026-11-28T16:53:58Z"}}}}}""",
                    Encoding.UTF8,
                    "application/strategic-merge-patch+json"
                ),
            };
            using var answer = await direct.SendAsync(asked);
            await answer.Content.ReadAsByteArrayAsync();
            var alone = clock.Elapsed.TotalMilliseconds;
            answer.EnsureSuccessStatusCode();
            clock.Restart();
            using var proposed = await admin.PostAsJsonAsync(
                "/api/v1/proposals",
                new
                {
                    kind = "workload.restart",
                    tenant = "rentguy",
                    target = $"Deployment/rentguy/{name}",
                    reason = "how long a plan takes",
                }
            );
            await proposed.Content.ReadAsByteArrayAsync();
            var planned = clock.Elapsed.TotalMilliseconds;
            proposed.EnsureSuccessStatusCode();
            if (round < 0)
                continue;
            raw.Add(alone);
            plans.Add(planned);
        }
        return (plans, raw);
    }

    private static async Task ChangeAsync(StandInCluster cluster, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1) / ChangesPerSecond);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
                cluster.TouchPod();
        }
        catch (OperationCanceledException)
        {
            // Measured.
        }
    }

    private static async Task<RunnerProcess> StartedAsync(
        DashboardProcess dashboard,
        HttpClient admin,
        StandInCluster cluster,
        string program
    )
    {
        using var issued = await admin.PostAsJsonAsync("/api/v1/hosts/enrolment-tokens", new { });
        var token = JsonNode.Parse(await issued.Content.ReadAsStringAsync())!["token"]!.GetValue<string>();
        var runner = new RunnerProcess(
            dashboard.Url,
            token,
            new Dictionary<string, string?>
            {
                ["Runner:Name"] = Host,
                ["Runner:Kubernetes"] = cluster.Url,
                ["Runner:Namespaces"] = "rentguy=rentguy",
                ["Runner:Metrics"] = "none",
            },
            program
        );
        await runner.StartAsync();
        await Eventually.GetAsync(
            "the cluster's workloads to be known",
            async cancellation =>
                (await admin.GetFromJsonAsync<JsonNode>("/api/v1/tenants/rentguy/workloads?limit=500", cancellation))![
                    "items"
                ]!.AsArray()
                    is { Count: Deployments } all
                    ? all
                    : null,
            TimeSpan.FromMinutes(2),
            () => runner.Process!.Tail()
        );
        return runner;
    }

    private static async Task WaitAsync(TimeSpan time)
    {
        using var timer = new PeriodicTimer(time);
        await timer.WaitForNextTickAsync();
    }

    private static double ResidentMegabytes(int process)
    {
        var line = File.ReadLines($"/proc/{process}/status")
            .First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture)
            * 1024
            / 1_000_000;
    }
}
