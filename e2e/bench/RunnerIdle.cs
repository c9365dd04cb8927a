using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.Bench;

/// <summary>
/// What a runner holds and uses while nothing happens on its host (<see cref="Containers"/> of them run, it is connected, and it
/// reports), how long it takes from its start to being there, and how large its file is. Beside another build's when
/// <c>--baseline=FILE</c> names its program: both idle over the same stretches, and start in turn.
/// </summary>
internal sealed class RunnerIdle(string? earlier) : IBench
{
    private const int Containers = 50;
    private const double MostMegabytes = 24.2;
    private const double MostPercent = 0.3;
    private const double MostFile = 30;
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(20);

    public string Name => "runner";

    public async Task<IReadOnlyList<Measure>> RunAsync(int rounds)
    {
        // As it ships.
        var program = await NativeRunner.PublishAsync();
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
        List<double> starts = [],
            startsBefore = [];
        var turn = 0;
        for (var round = 0; round < rounds; round++)
        {
            starts.Add(await StartOnceAsync(program));
            if (earlier is not null)
                startsBefore.Add(await StartOnceAsync(earlier));
        }
        await using var ours = await StartedAsync("idle", program);
        await using var before = earlier is null ? null : await StartedAsync("idle-before", earlier);
        using var process = Process.GetProcessById(ours.Process!.Id);
        using var former = before is null ? null : Process.GetProcessById(before.Process!.Id);
        List<double> memory = [],
            memoryBefore = [],
            processor = [],
            processorBefore = [];
        // The first rounds have the recording of releases in them and what the start left to do.
        for (var round = -2; round < rounds; round++)
        {
            process.Refresh();
            former?.Refresh();
            var (used, usedBefore, clock) = (
                process.TotalProcessorTime,
                former?.TotalProcessorTime ?? TimeSpan.Zero,
                Stopwatch.StartNew()
            );
            using var timer = new PeriodicTimer(Round);
            await timer.WaitForNextTickAsync();
            process.Refresh();
            former?.Refresh();
            if (round < 0)
                continue;
            processor.Add((process.TotalProcessorTime - used) / clock.Elapsed * 100);
            memory.Add(ResidentMegabytes(process.Id));
            if (former is not null)
            {
                processorBefore.Add((former.TotalProcessorTime - usedBefore) / clock.Elapsed * 100);
                memoryBefore.Add(ResidentMegabytes(former.Id));
            }
        }
        var against = earlier is not null;
        return
        [
            new Measure(
                $"runner idle with {Containers} containers, resident memory",
                "MB",
                memory,
                against ? memoryBefore : [MostMegabytes],
                Bound.Ratio(against ? 1 / 3.0 : 1)
            ),
            new Measure(
                $"runner idle with {Containers} containers, of one core",
                "%",
                processor,
                against ? processorBefore : [MostPercent],
                Bound.Ratio(against ? 1 / 3.0 : 1)
            ),
            new Measure(
                "runner, from its start to being enrolled and known with its containers",
                "ms",
                starts,
                against ? startsBefore : starts,
                against ? Bound.Ratio(1 / 4.0) : Bound.None
            ),
            new Measure(
                "runner, the one file that it is",
                "MB",
                [new FileInfo(program).Length / 1e6],
                [MostFile],
                Bound.AtMost(MostFile)
            ),
        ];

        async Task<double> StartOnceAsync(string which)
        {
            var clock = Stopwatch.StartNew();
            await using var runner = await StartedAsync($"start-{turn++}", which, clock);
            return clock.Elapsed.TotalMilliseconds;
        }

        async Task<RunnerProcess> StartedAsync(string name, string which, Stopwatch? clock = null)
        {
            using var issued = await admin.PostAsJsonAsync("/api/v1/hosts/enrolment-tokens", new { });
            var token = JsonNode.Parse(await issued.Content.ReadAsStringAsync())!["token"]!.GetValue<string>();
            var runner = new RunnerProcess(
                dashboard.Url,
                token,
                new Dictionary<string, string?>
                {
                    ["Runner:Name"] = name,
                    ["Runner:Docker"] = engine.Endpoint,
                    ["Runner:Metrics"] = "none",
                },
                which
            );
            clock?.Restart();
            await runner.StartAsync();
            await Eventually.GetAsync(
                "the runner to be there",
                async cancellation =>
                    (await admin.GetFromJsonAsync<JsonNode>("/api/v1/hosts", cancellation))!["items"]!
                        .AsArray()
                        .SingleOrDefault(host =>
                            host!["name"]!.GetValue<string>() == name
                            && host["presence"]!.GetValue<string>() == "connected"
                        ),
                TimeSpan.FromMinutes(2),
                () => runner.Process!.Tail()
            );
            clock?.Stop();
            return runner;
        }
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
