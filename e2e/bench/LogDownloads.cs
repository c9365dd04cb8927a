using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.Bench;

/// <summary>A million lines as a file: what the server's memory is at its most, against what it is after the first tenth.</summary>
internal sealed class LogDownloads : IBench
{
    private const long Lines = 1_000_000;
    private const double MostGrowth = 64;

    public string Name => "log-download";

    public async Task<IReadOnlyList<Measure>> RunAsync(int rounds)
    {
        await using var loki = await ScriptedLoki.StartAsync();
        var now = DateTimeOffset.UnixEpoch.AddSeconds(1_790_000_000).ToUnixTimeMilliseconds() * 1_000_000;
        (loki.Made, loki.MadeUntil) = (Lines, now);
        await using var dashboard = DashboardProcess.With(
            new Dictionary<string, string?> { ["Loki:Url"] = loki.Url, ["Loki:Tenancy"] = "Header" }
        );
        await dashboard.InitializeAsync();
        using var client = await dashboard.ClientOfAsync("operator");
        List<double> early = [],
            most = [],
            seconds = [];
        // Once without looking, so that what is loaded once is loaded.
        for (var round = -1; round < Math.Min(rounds, 3); round++)
        {
            var clock = System.Diagnostics.Stopwatch.StartNew();
            using var answer = await client.GetAsync(
                new Uri(
                    $"/api/v1/tenants/rentguy/logs/download?format=jsonl&query={Uri.EscapeDataString("{service=\"api\"}")}&start={now - Lines * loki.MadeEvery}&end={now + 1}",
                    UriKind.Relative
                ),
                HttpCompletionOption.ResponseHeadersRead
            );
            answer.EnsureSuccessStatusCode();
            // The time-out is for the headers only; the file may take as long as it does.
            await using var body = await answer.Content.ReadAsStreamAsync();
            var buffer = new byte[256 * 1024];
            long lines = 0;
            double atTenth = 0,
                atMost = 0;
            for (int read; (read = await body.ReadAsync(buffer)) > 0; )
            {
                lines += buffer.AsSpan(0, read).Count((byte)'\n');
                if (lines < Lines / 10)
                    continue;
                var now1 = Memory.OfMb(dashboard.Process.Id);
                atTenth = atTenth == 0 ? now1 : atTenth;
                atMost = Math.Max(atMost, now1);
            }
            if (lines != Lines)
                throw new InvalidOperationException($"The file has {lines} lines instead of {Lines}");
            if (round >= 0)
            {
                early.Add(atTenth);
                most.Add(atMost);
                seconds.Add(clock.Elapsed.TotalSeconds);
            }
        }
        return
        [
            new Measure(
                "memory at most in a download of 1,000,000 lines, against after 100,000",
                "MB",
                most,
                early,
                Bound.Added(MostGrowth)
            ),
            new Measure("the whole of it, against one second for 100,000", "s", seconds, [10], Bound.None),
        ];
    }
}

/// <summary>What a process holds in memory.</summary>
internal static class Memory
{
    public static double OfMb(int process)
    {
        var line = File.ReadLines($"/proc/{process}/status")
            .First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(
                line.AsSpan("VmRSS:".Length).Trim().TrimEnd("kB").Trim(),
                System.Globalization.CultureInfo.InvariantCulture
            ) / 1024;
    }
}
