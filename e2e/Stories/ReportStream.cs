using System.Diagnostics;
using System.Globalization;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>Reports of 40,000 findings, one after the other, each sent again until it is answered: a dashboard may die meanwhile.</summary>
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

    /// <summary>How long the one in the middle took, of those that were taken in.</summary>
    public TimeSpan Middle => took.Order().ElementAtOrDefault(took.Count / 2);

    /// <summary>How long the slowest took of them.</summary>
    public TimeSpan Slowest => took.DefaultIfEmpty().Max();

    public string Words =>
        FormattableString.Invariant(
            $"- Reports of {Findings:N0} findings that were taken in meanwhile: {took.Count}; {again} attempts met a dashboard that was dead or died; the slowest that did not took {Slowest.TotalSeconds:0.0} s.\n"
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
        var report = TrivyReport.Of(Findings);
        for (var image = 1; !ending.IsCancellationRequested; image++)
        {
            while (!await IsOverAsync(client, report, image) && !ending.IsCancellationRequested)
            {
                again++;
                await Task.Delay(200, TestContext.Current.CancellationToken);
            }
        }
    }

    /// <returns>False when the dashboard was dead or died, so that nobody knows whether it was taken in.</returns>
    private async Task<bool> IsOverAsync(HttpClient client, byte[] report, int image)
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
            // A start that is not over lets who asks wait, so 503 says that the store was busy for too long: a fault like any other.
            if (answer.IsSuccessStatusCode)
                took.Add(clock.Elapsed);
            else
                wrong.Add(
                    $"A report was answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}"
                );
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
