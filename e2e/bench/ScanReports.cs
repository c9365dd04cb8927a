using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.Bench;

/// <summary>
/// A Trivy report of twenty thousand findings, taken in while somebody else decides about a finding (a row, and one of the
/// record): how long, how much memory, and how long the others wait. Beside another build when <c>--baseline=FILE</c> names its program.
/// </summary>
internal sealed class ScanReports(string? baseline) : IBench
{
    private const int Findings = 20_000;

    public string Name => "scan-report";

    public async Task<IReadOnlyList<Measure>> RunAsync(int rounds)
    {
        var program = await StartAndIdle.PublishAsync(
            "Sevensa.Dashboard/Sevensa.Dashboard.csproj",
            "Sevensa.Dashboard"
        );
        List<Taken> ours = [],
            theirs = [];
        for (var round = 0; round < rounds; round++)
        {
            ours.Add(await OnceAsync(program));
            if (baseline is not null)
                theirs.Add(await OnceAsync(baseline));
        }
        var compared = theirs.Count > 0 ? theirs : ours;
        return
        [
            new(
                "a report of 20,000 findings, against the other build",
                "ms",
                [.. ours.Select(one => one.Milliseconds)],
                [.. compared.Select(one => one.Milliseconds)],
                theirs.Count > 0 ? Bound.Ratio(0.5) : Bound.None
            ),
            new(
                "  memory that it adds at most",
                "MiB",
                [.. ours.Select(one => one.AddedMebibytes)],
                [.. compared.Select(one => one.AddedMebibytes)],
                Bound.AtMost(40)
            ),
            new(
                "  another write meanwhile, p99",
                "ms",
                [.. ours.Select(one => one.OthersP99)],
                [.. compared.Select(one => one.OthersP99)],
                Bound.AtMost(50)
            ),
        ];
    }

    private static async Task<Taken> OnceAsync(string program)
    {
        await using var dashboard = DashboardProcess.With([new("Logging:LogLevel:Default", "Warning")], program);
        await dashboard.StartAsync();
        using var client = await dashboard.ClientOfAsync("automation");
        using var other = await dashboard.ClientOfAsync("admin");
        // What is done once, such as compiling, is nobody's cost here.
        for (var warm = 0; warm < 20; warm++)
            await PostAsync(client, TrivyReport.Of(5), warm + 1);
        await PostAsync(client, TrivyReport.Of(2000), 90);
        var finding = await FindingAsync(other);
        for (var warm = 0; warm < 20; warm++)
            await DecideAsync(other, finding);
        await SettledAsync(dashboard.Process.Id);
        var before = ResidentMebibytes(dashboard.Process.Id);
        var report = TrivyReport.Of(Findings);
        var clock = Stopwatch.StartNew();
        var taking = PostAsync(client, report, 91);
        List<double> waits = [];
        var most = before;
        while (!taking.IsCompleted)
        {
            var one = Stopwatch.StartNew();
            await DecideAsync(other, finding);
            waits.Add(one.Elapsed.TotalMilliseconds);
            most = Math.Max(most, ResidentMebibytes(dashboard.Process.Id));
        }
        await taking;
        return new Taken(clock.Elapsed.TotalMilliseconds, most - before, Bound.Percentile(waits, 0.99));
    }

    private static async Task<string> FindingAsync(HttpClient client)
    {
        var page = await client.GetStringAsync(new Uri("/api/v1/findings?limit=1", UriKind.Relative));
        return JsonNode.Parse(page)!["items"]![0]!["id"]!.GetValue<string>();
    }

    private static async Task DecideAsync(HttpClient client, string finding)
    {
        using var decision = new StringContent(
            """{"decision": "accept", "reason": "measured"}""",
            Encoding.UTF8,
            "application/json"
        );
        using var answer = await client.PostAsync(
            new Uri($"/api/v1/findings/{finding}/decision", UriKind.Relative),
            decision
        );
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
    }

    private static async Task PostAsync(HttpClient client, byte[] report, int image)
    {
        using var content = new ByteArrayContent(report);
        var digest = $"sha256:{image.ToString("x64", CultureInfo.InvariantCulture)}";
        using var answer = await client.PostAsync(
            new Uri($"/api/v1/scans?format=trivy&digest={digest}", UriKind.Relative),
            content
        );
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
    }

    // Idle is when a second goes by in which it used less than 20 ms of processor time.
    private static async Task SettledAsync(int process)
    {
        using var running = Process.GetProcessById(process);
        using var seconds = new PeriodicTimer(TimeSpan.FromSeconds(1));
        var used = running.TotalProcessorTime;
        for (var second = 0; second < 30 && await seconds.WaitForNextTickAsync(); second++)
        {
            running.Refresh();
            var now = running.TotalProcessorTime;
            if (now - used < TimeSpan.FromMilliseconds(20))
                return;
            used = now;
        }
    }

    private static double ResidentMebibytes(int process)
    {
        var line = File.ReadLines($"/proc/{process}/status")
            .First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture)
            / 1024;
    }

    private sealed record Taken(double Milliseconds, double AddedMebibytes, double OthersP99);
}
