using System.Globalization;

namespace Sevensa.Dashboard.E2E.Fixtures;

/// <summary>Debian's Alertmanager, which tells a webhook of everything within a second.</summary>
/// <param name="webhook">Where it sends its messages.</param>
/// <param name="secret">The bearer token that goes with them.</param>
public sealed class AlertmanagerServer(Uri webhook, string secret) : IAsyncDisposable
{
    private readonly string folder = Workspace.NewFolder("am");
    private readonly int port = Workspace.FreePort();
    private readonly HttpClient http = new();
    private readonly NeededParts needs = new();
    private ServerProcess? process;

    public Uri Url
    {
        get
        {
            needs.Check();
            return new($"http://{Address}");
        }
    }

    /// <summary>host:port.</summary>
    public string Address => $"127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}";

    public async Task StartAsync()
    {
        var program = needs.Executable("prometheus-alertmanager", "/usr/bin/prometheus-alertmanager");
        if (!needs.Complete)
            return;
        await File.WriteAllTextAsync(
            Path.Combine(folder, "alertmanager.yml"),
            $$"""
            route:
              receiver: dashboard
              group_by: [tenant, service, alertname]
              group_wait: 0s
              group_interval: 1s
              repeat_interval: 1h
            receivers:
              - name: dashboard
                webhook_configs:
                  - url: {{webhook}}
                    send_resolved: true
                    http_config: { authorization: { type: Bearer, credentials: '{{secret}}' } }

            """
        );
        process = ServerProcess.Start(
            "alertmanager",
            program,
            [
                $"--config.file={folder}/alertmanager.yml",
                $"--storage.path={folder}/data",
                $"--web.listen-address={Address}",
                "--cluster.listen-address=",
            ],
            folder: folder
        );
        await process.ReadyAsync(async token =>
        {
            using var answer = await http.GetAsync(new Uri($"http://{Address}/-/ready"), token);
            return answer.IsSuccessStatusCode;
        });
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        if (process is not null)
            await process.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
