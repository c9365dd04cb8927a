using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>Reports of 40,000 findings, one after the other, each sent again until it is taken in: a dashboard may die meanwhile.</summary>
internal sealed class ReportStream(DashboardProcess dashboard) : IAsyncDisposable
{
    private const int Findings = 40_000;
    private readonly CancellationTokenSource ending = new();
    private readonly List<TimeSpan> took = [];
    private readonly List<string> wrong = [];
    private Task sending = Task.CompletedTask;
    private int again;

    public int Taken => took.Count;

    public IReadOnlyList<string> Wrong => wrong;

    public string Words =>
        FormattableString.Invariant(
            $"- Reports of {Findings:N0} findings that were taken in meanwhile: {took.Count}; {again} attempts met a dashboard that was dead or died; the slowest that did not took {took.DefaultIfEmpty().Max().TotalSeconds:0.0} s.\n"
        );

    public void Begin() => sending = Task.Run(SendAsync);

    /// <summary>Waits for the one that is on its way.</summary>
    public async Task EndAsync()
    {
        await ending.CancelAsync();
        await sending;
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        ending.Dispose();
    }

    private async Task SendAsync()
    {
        using var client = await dashboard.ClientOfAsync("automation");
        var report = Report();
        for (var image = 1; !ending.IsCancellationRequested; image++)
        {
            while (!await TakenAsync(client, report, image))
            {
                again++;
                await Task.Delay(200, TestContext.Current.CancellationToken);
            }
        }
    }

    private async Task<bool> TakenAsync(HttpClient client, byte[] report, int image)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            using var content = new ByteArrayContent(report);
            var digest = $"sha256:{image.ToString("x64", CultureInfo.InvariantCulture)}";
            using var answer = await client.PostAsync(
                new Uri($"/api/v1/scans?format=trivy&digest={digest}", UriKind.Relative),
                content
            );
            if (!answer.IsSuccessStatusCode)
            {
                wrong.Add(
                    $"A report was answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}"
                );
                // A store that is not there yet at the start is told of once; anything else would never end.
                return answer.StatusCode != HttpStatusCode.ServiceUnavailable;
            }
            took.Add(clock.Elapsed);
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static byte[] Report()
    {
        var text = new StringBuilder(
            """{"SchemaVersion":2,"ArtifactName":"x","Results":[{"Target":"os","Class":"os-pkgs","Vulnerabilities":["""
        );
        for (var number = 0; number < Findings; number++)
            text.Append(number == 0 ? "" : ",")
                .Append(
                    CultureInfo.InvariantCulture,
                    $$"""{"VulnerabilityID":"CVE-2097-{{number:000000}}","PkgName":"p{{number}}","InstalledVersion":"1","Severity":"LOW"}"""
                );
        return Encoding.UTF8.GetBytes(text.Append("]}]}").ToString());
    }
}
