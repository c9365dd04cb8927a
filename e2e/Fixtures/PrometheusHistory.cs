using System.Globalization;

namespace Sevensa.Dashboard.E2E.Fixtures;

/// <summary>Debian's Prometheus over samples that are given, not scraped: a past that stands still and that two servers can share.</summary>
public sealed class PrometheusHistory : IAsyncDisposable
{
    private readonly string folder = Workspace.NewFolder("past");
    private readonly int port = Workspace.FreePort();
    private ServerProcess? process;

    public Uri Url => new($"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}");

    /// <param name="openMetrics">Its lines; the end mark is put behind them.</param>
    public static async Task<PrometheusHistory> StartAsync(IEnumerable<string> openMetrics)
    {
        var needs = new NeededParts();
        var program = needs.Executable("prometheus", "/usr/bin/prometheus");
        var tool = needs.Executable("promtool", "/usr/bin/promtool");
        needs.Check();
        var history = new PrometheusHistory();
        try
        {
            await history.LoadAsync(tool, openMetrics);
            await history.StartAsync(program);
            return history;
        }
        catch
        {
            await history.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
            await process.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private async Task LoadAsync(string tool, IEnumerable<string> openMetrics)
    {
        var text = Path.Combine(folder, "history.om");
        await File.WriteAllLinesAsync(text, openMetrics.Append("# EOF"));
        Directory.CreateDirectory(Path.Combine(folder, "data"));
        await ServerProcess.RunAsync(
            tool,
            TimeSpan.FromMinutes(5),
            "tsdb",
            "create-blocks-from",
            "openmetrics",
            "--quiet",
            text,
            Path.Combine(folder, "data")
        );
        File.Delete(text);
    }

    private async Task StartAsync(string program)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "prometheus.yml"), "scrape_configs: []\n");
        process = ServerProcess.Start(
            "prometheus",
            program,
            [
                $"--config.file={folder}/prometheus.yml",
                $"--storage.tsdb.path={folder}/data",
                $"--web.listen-address=127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}",
                "--storage.tsdb.retention.time=30d",
            ],
            folder: folder
        );
        using var http = new HttpClient();
        await process.ReadyAsync(async token =>
        {
            using var answer = await http.GetAsync(new Uri(Url, "/-/ready"), token);
            return answer.IsSuccessStatusCode;
        });
    }
}
