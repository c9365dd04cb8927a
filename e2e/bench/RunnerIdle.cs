using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.Bench;

/// <summary>What a runner holds and uses while nothing happens on its host: <see cref="Containers"/> of them run, it is connected, and it reports.</summary>
internal sealed class RunnerIdle : IBench
{
    private const int Containers = 50;
    private const double MostMegabytes = 80;
    private const double MostPercent = 1;
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(20);

    public string Name => "runner";

    public async Task<IReadOnlyList<Measure>> RunAsync(int rounds)
    {
        // As it ships: published, in Release.
        var program = await StartAndIdle.PublishAsync(
            "Sevensa.Dashboard/Sevensa.Dashboard.csproj",
            "Sevensa.Dashboard"
        );
        await using var engine = new DockerEngine();
        await engine.InitializeAsync();
        await engine.ImageAsync("idle/app:1");
        for (var number = 1; number <= Containers; number++)
        {
            await engine.ContainerAsync(
                $"idle-{number}",
                "idle/app:1",
                new Dictionary<string, string>
                {
                    ["sevensa.tenant"] = "rentguy",
                    ["sevensa.service"] = $"idle-{number}",
                },
                ["sleep", "100000"]
            );
        }
        await using var dashboard = new DashboardProcess();
        await dashboard.StartAsync();
        using var admin = await dashboard.ClientOfAsync("admin");
        using var issued = await admin.PostAsJsonAsync("/api/v1/hosts/enrolment-tokens", new { });
        var token = JsonNode.Parse(await issued.Content.ReadAsStringAsync())!["token"]!.GetValue<string>();
        await using var runner = new RunnerProcess(
            dashboard.Url,
            token,
            new Dictionary<string, string?>
            {
                ["Runner:Name"] = "idle",
                ["Runner:Docker"] = engine.Endpoint,
                ["Runner:Metrics"] = "none",
            },
            program
        );
        await runner.StartAsync();
        await Eventually.GetAsync(
            "the runner to tell of the containers",
            async cancellation =>
            {
                var hosts = await admin.GetFromJsonAsync<JsonNode>("/api/v1/hosts", cancellation);
                return hosts!["items"]!
                    .AsArray()
                    .SingleOrDefault(host => host!["containers"]!.GetValue<int>() == Containers);
            },
            TimeSpan.FromMinutes(2),
            () => runner.Process!.Tail()
        );
        using var process = Process.GetProcessById(runner.Process!.Id);
        List<double> memory = [],
            processor = [];
        // The first round has the recording of releases in it and what the start left to compile.
        for (var round = -1; round < rounds; round++)
        {
            process.Refresh();
            var (used, clock) = (process.TotalProcessorTime, Stopwatch.StartNew());
            using var timer = new PeriodicTimer(Round);
            await timer.WaitForNextTickAsync();
            process.Refresh();
            if (round < 0)
                continue;
            processor.Add((process.TotalProcessorTime - used) / clock.Elapsed * 100);
            memory.Add(ResidentMegabytes(process.Id));
        }
        return
        [
            new Measure(
                $"runner idle with {Containers} containers, resident memory",
                "MB",
                memory,
                [MostMegabytes],
                Bound.Ratio(1)
            ),
            new Measure(
                $"runner idle with {Containers} containers, of one core",
                "%",
                processor,
                [MostPercent],
                Bound.Ratio(1)
            ),
        ];
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
