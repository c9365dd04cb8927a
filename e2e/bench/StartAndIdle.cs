using System.Diagnostics;
using System.Globalization;
using System.Net;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.Bench;

/// <summary>From starting the process to its first page, and what it holds when idle, against an empty Blazor Server app.</summary>
internal sealed class StartAndIdle : IBench
{
    public string Name => "start";

    public async Task<IReadOnlyList<Measure>> RunAsync(int rounds)
    {
        var empty = await PublishAsync("e2e/bench/EmptyBlazor/EmptyBlazor.csproj", "EmptyBlazor");
        var ours = await PublishAsync("Sevensa.Dashboard/Sevensa.Dashboard.csproj", "Sevensa.Dashboard");
        var folder = Workspace.NewFolder("bench");
        try
        {
            List<Sample> baseline = [],
                production = [],
                sandbox = [];
            // The first of each fills the page cache and, for ours, makes the store: it is not counted.
            for (var round = -1; round < rounds; round++)
            {
                var a = await StartAsync(empty, folder, "Production");
                var b = await StartAsync(ours, Path.Combine(folder, "production"), "Production");
                var c = await StartAsync(ours, Path.Combine(folder, "sandbox"), "Sandbox");
                if (round < 0)
                    continue;
                baseline.Add(a);
                production.Add(b);
                sandbox.Add(c);
            }
            return
            [
                Of("start to first page, against an empty Blazor Server app", production, baseline, Bound.Ratio(1.6)),
                Idle("idle memory, against an empty Blazor Server app", production, baseline, Bound.Ratio(2.5)),
                Of("start to first page with the Sandbox's stand-ins", sandbox, baseline, Bound.None),
                Idle("idle memory with the Sandbox's stand-ins", sandbox, baseline, Bound.None),
            ];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Measure Of(string name, List<Sample> ours, List<Sample> baseline, Bound bound) =>
        new(name, "ms", [.. ours.Select(s => s.FirstPage)], [.. baseline.Select(s => s.FirstPage)], bound);

    private static Measure Idle(string name, List<Sample> ours, List<Sample> baseline, Bound bound) =>
        new(name, "MiB", [.. ours.Select(s => s.IdleMemory)], [.. baseline.Select(s => s.IdleMemory)], bound);

    // As docker/Dockerfile publishes.
    internal static async Task<string> PublishAsync(string project, string assembly)
    {
        var output = Path.Combine(Workspace.Root, "artifacts", "bench", assembly);
        await ServerProcess.RunAsync(
            "dotnet",
            TimeSpan.FromMinutes(10),
            "publish",
            Path.Combine(Workspace.Root, project),
            "--configuration=Release",
            "--runtime=linux-x64",
            "--no-self-contained",
            "-p:PublishReadyToRun=true",
            $"--output={output}",
            "--nologo",
            "-clp:ErrorsOnly"
        );
        return Path.Combine(output, assembly + ".dll");
    }

    private static async Task<Sample> StartAsync(string dll, string folder, string environment)
    {
        Directory.CreateDirectory(folder);
        var url = new Uri($"http://127.0.0.1:{Workspace.FreePort()}/");
        using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer() });
        var clock = Stopwatch.StartNew();
        await using var process = ServerProcess.Start(
            Path.GetFileNameWithoutExtension(dll),
            "dotnet",
            [dll],
            new Dictionary<string, string?>
            {
                ["ASPNETCORE_ENVIRONMENT"] = environment,
                ["ASPNETCORE_URLS"] = url.ToString().TrimEnd('/'),
                ["Storage__Folder"] = folder,
                ["CI"] = null,
            },
            Path.GetDirectoryName(dll)
        );
        TimeSpan first = default;
        await process.ReadyAsync(
            async token =>
            {
                // Redirects are followed: ours shows its sign-in page.
                using var answer = await http.GetAsync(url, token);
                first = clock.Elapsed;
                return answer.EnsureSuccessStatusCode().StatusCode == HttpStatusCode.OK;
            },
            TimeSpan.FromMinutes(1)
        );
        await SettledAsync(process);
        return new Sample(first.TotalMilliseconds, ResidentMebibytes(process.Id));
    }

    // Idle is when a second goes by in which it used less than 20 ms of processor time.
    private static async Task SettledAsync(ServerProcess process)
    {
        using var running = Process.GetProcessById(process.Id);
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

    private sealed record Sample(double FirstPage, double IdleMemory);
}
