using System.Diagnostics;
using System.Globalization;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.Bench;

/// <summary>
/// Processor time of the program while nobody looks: the whole Sandbox, and a dashboard with two hosts that tell what their
/// runners would. Beside another build when <c>--baseline=FILE</c> names its program: both idle over the same stretches, so that
/// what else the machine does burdens both.
/// </summary>
internal sealed class IdleCpu(string? baseline) : IBench
{
    private const int Hosts = 2;
    private const int Containers = 20;

    /// <summary>Until what the start left to do and to compile is done.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan Round = TimeSpan.FromSeconds(60);

    public string Name => "idle-cpu";

    public async Task<IReadOnlyList<Measure>> RunAsync(int rounds)
    {
        var program = await StartAndIdle.PublishAsync(
            "Sevensa.Dashboard/Sevensa.Dashboard.csproj",
            "Sevensa.Dashboard"
        );
        string[] programs = baseline is null ? [program] : [program, baseline];
        var nobody = $"http://127.0.0.1:{Workspace.FreePort()}";
        KeyValuePair<string, string?>[] alone =
        [
            new("Docker:Endpoint", "none"),
            .. new[] { "Prometheus:Url", "Alertmanager:Url", "Loki:Url", "Vault:Address", "Ollama:Url" }.Select(
                setting => new KeyValuePair<string, string?>(setting, nobody)
            ),
        ];
        var sandbox = await MeasureAsync([.. programs.Select(one => DashboardProcess.With(Quiet, one))], 0, rounds);
        var hosts = await MeasureAsync(
            [.. programs.Select(one => DashboardProcess.With([.. Quiet, .. alone], one))],
            Hosts,
            rounds
        );
        return
        [
            Of("the Sandbox, nobody looking", sandbox),
            Of($"a dashboard with {Hosts} hosts of {Containers} containers, nobody looking", hosts),
        ];
    }

    private static readonly KeyValuePair<string, string?>[] Quiet = [new("Logging:LogLevel:Default", "Warning")];

    private static Measure Of(string name, List<double>[] used) =>
        new($"{name}, of one core", "%", used[0], used[^1], used.Length > 1 ? Bound.Ratio(0.2) : Bound.None);

    /// <summary>Percent of one core in each round, by program.</summary>
    private static async Task<List<double>[]> MeasureAsync(DashboardProcess[] dashboards, int hosts, int rounds)
    {
        var runners = new List<ProtocolRunner>();
        var used = dashboards.Select(_ => new List<double>()).ToArray();
        using var ending = new CancellationTokenSource();
        List<Task> telling = [];
        try
        {
            foreach (var dashboard in dashboards)
            {
                await dashboard.StartAsync();
                using var admin = await dashboard.ClientOfAsync("admin");
                for (var number = 1; number <= hosts; number++)
                {
                    var name = string.Create(CultureInfo.InvariantCulture, $"vps-{number}");
                    runners.Add(await ProtocolRunner.StartAsync(dashboard.Url, admin, name, Containers));
                    telling.Add(runners[^1].TellAsync(ending.Token));
                }
            }
            await Task.Delay(Settling, ending.Token);
            for (var round = 0; round < rounds; round++)
            {
                var before = dashboards.Select(TimeOf).ToArray();
                await Task.Delay(Round, ending.Token);
                for (var n = 0; n < dashboards.Length; n++)
                {
                    var (spent, clock) = TimeOf(dashboards[n]);
                    used[n].Add((spent - before[n].Spent) / Stopwatch.GetElapsedTime(before[n].Clock, clock) * 100);
                }
                var load = (await File.ReadAllTextAsync("/proc/loadavg", ending.Token)).Split(' ')[0];
                Console.Error.WriteLine($"  load of the machine {load}");
            }
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll(telling);
            foreach (var runner in runners)
                await runner.DisposeAsync();
            foreach (var dashboard in dashboards)
                await dashboard.DisposeAsync();
        }
        return used;
    }

    private static (TimeSpan Spent, long Clock) TimeOf(DashboardProcess dashboard)
    {
        using var process = Process.GetProcessById(dashboard.Process.Id);
        return (process.TotalProcessorTime, Stopwatch.GetTimestamp());
    }
}
