using System.Globalization;
using System.Text;

namespace Sevensa.Dashboard.E2E.Fixtures;

/// <summary>What Prometheus is to scrape.</summary>
/// <param name="Job">Its value of the label <c>job</c>.</param>
/// <param name="Address">host:port.</param>
/// <param name="BearerToken">Sent when the target asks for one.</param>
public sealed record ScrapeTarget(string Job, string Address, string? BearerToken = null);

/// <summary>Debian's Prometheus with a configuration made for the test, scraping every second.</summary>
public sealed class PrometheusServer(params ScrapeTarget[] targets) : IAsyncLifetime
{
    private readonly string folder = Workspace.NewFolder("prom");
    private readonly int port = Workspace.FreePort();
    private readonly HttpClient http = new();
    private readonly NeededParts needs = new();
    private ServerProcess? process;

    /// <summary>For a fixture that takes its targets later.</summary>
    public PrometheusServer()
        : this([]) { }

    public Uri Url
    {
        get
        {
            needs.Check();
            return new($"http://127.0.0.1:{port}");
        }
    }

    /// <summary>A whole configuration to run with, instead of one made from the targets.</summary>
    public string? Configuration { get; init; }

    /// <summary>PromQL rule file, read at start.</summary>
    public string? Rules { get; init; }

    /// <summary>host:port of an Alertmanager to send firing alerts to.</summary>
    public string? Alertmanager { get; init; }

    public async ValueTask InitializeAsync()
    {
        var program = needs.Executable("prometheus", "/usr/bin/prometheus");
        if (!needs.Complete)
            return;
        await WriteConfigurationAsync(targets);
        await StartAsync(program);
    }

    /// <summary>Scrapes these targets from now on, instead of the earlier ones.</summary>
    public async Task ScrapeAsync(params ScrapeTarget[] now)
    {
        await WriteConfigurationAsync(now);
        using var answer = await http.PostAsync(new Uri(Url, "/-/reload"), null);
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"{await answer.Content.ReadAsStringAsync()}{process!.Tail()}");
    }

    /// <summary>Stops it, as an outage would.</summary>
    public Task StopAsync() => process!.StopAsync();

    /// <summary>Starts it again on the same address with the same data.</summary>
    public async Task StartAgainAsync()
    {
        await process!.DisposeAsync();
        await StartAsync("/usr/bin/prometheus");
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        if (process is not null)
            await process.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private async Task StartAsync(string program)
    {
        process = ServerProcess.Start(
            "prometheus",
            program,
            [
                $"--config.file={folder}/prometheus.yml",
                $"--storage.tsdb.path={folder}/data",
                $"--web.listen-address=127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}",
                "--web.enable-lifecycle",
                // For some seconds after a reload it knows of no Alertmanager, and what it could not tell waits a minute.
                "--rules.alert.resend-delay=1s",
                "--storage.tsdb.retention.time=1d",
            ],
            folder: folder
        );
        await process.ReadyAsync(async token =>
        {
            using var answer = await http.GetAsync(new Uri(Url, "/-/ready"), token);
            return answer.IsSuccessStatusCode;
        });
    }

    private async Task WriteConfigurationAsync(ScrapeTarget[] now)
    {
        if (Configuration is not null)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "prometheus.yml"), Configuration);
            return;
        }
        var text = new StringBuilder(
            "global:\n  scrape_interval: 1s\n  scrape_timeout: 1s\n  evaluation_interval: 1s\n"
        );
        if (Rules is not null)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "rules.yml"), Rules);
            text.Append("rule_files: [rules.yml]\n");
        }
        if (Alertmanager is not null)
            text.Append(
                CultureInfo.InvariantCulture,
                $"alerting:\n  alertmanagers:\n    - static_configs: [{{ targets: ['{Alertmanager}'] }}]\n"
            );
        text.Append("scrape_configs:\n");
        text.Append(
            CultureInfo.InvariantCulture,
            $"  - job_name: prometheus\n    static_configs: [{{ targets: ['127.0.0.1:{port}'] }}]\n"
        );
        foreach (var target in now)
        {
            text.Append(CultureInfo.InvariantCulture, $"  - job_name: {target.Job}\n");
            if (target.BearerToken is not null)
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"    authorization: {{ credentials: '{target.BearerToken}' }}\n"
                );
            text.Append(CultureInfo.InvariantCulture, $"    static_configs: [{{ targets: ['{target.Address}'] }}]\n");
        }
        await File.WriteAllTextAsync(Path.Combine(folder, "prometheus.yml"), text.ToString());
    }
}
