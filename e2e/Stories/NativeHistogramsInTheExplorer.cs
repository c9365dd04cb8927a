using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>
/// A Prometheus that answers native histograms, in the form that its documentation gives them: Debian's is too old to keep any.
/// </summary>
public sealed class HistogramAnswers : IAsyncLifetime
{
    private WebApplication? prometheus;

    public DashboardProcess Dashboard { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        prometheus = builder.Build();
        prometheus.MapPost(
            "/api/v1/query_range",
            async (HttpRequest request) =>
            {
                var form = await request.ReadFormAsync();
                if (!form["query"].ToString().StartsWith("rpc_seconds", StringComparison.Ordinal))
                    return Answer("matrix", "");
                double Of(string name) => double.Parse(form[name].ToString(), CultureInfo.InvariantCulture);
                var points = new List<string>();
                for (var at = Of("start"); at <= Of("end"); at += Of("step"))
                    points.Add(Point(at));
                return Answer("matrix", $$"""{"metric":{{Labels}},"histograms":[{{string.Join(',', points)}}]}""");
            }
        );
        prometheus.MapPost(
            "/api/v1/query",
            async (HttpRequest request) =>
            {
                var form = await request.ReadFormAsync();
                return form["query"].ToString().StartsWith("rpc_seconds", StringComparison.Ordinal)
                    ? Answer("vector", $$"""{"metric":{{Labels}},"histogram":{{Point(1_700_000_000)}}}""")
                    : Answer("vector", "");
            }
        );
        prometheus.MapFallback(() => Results.Text("""{"status":"success","data":[]}""", "application/json"));
        await prometheus.StartAsync();
        Dashboard = new DashboardProcess(
            new Dictionary<string, string?> { ["Prometheus:Url"] = prometheus.Urls.Single() }
        );
        await Dashboard.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Dashboard.DisposeAsync();
        await prometheus!.DisposeAsync();
    }

    private const string Labels = """{"__name__":"rpc_seconds","tenant":"rentguy","service":"api"}""";

    private static string Point(double at)
    {
        var buckets = Enumerable
            .Range(0, 30)
            .Select(i =>
                (
                    Left: 0.01 * Math.Pow(1.2, i),
                    Count: Math.Round(40 * Math.Exp(-Math.Pow((i - 15 - 6 * Math.Sin(at / 900)) / 5, 2)))
                )
            )
            .ToList();
        var sum = buckets.Sum(bucket => bucket.Count * bucket.Left * 1.1);
        string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
        var cells = buckets.Select(one => $"[0,\"{Text(one.Left)}\",\"{Text(one.Left * 1.2)}\",\"{Text(one.Count)}\"]");
        var count = Text(buckets.Sum(bucket => bucket.Count));
        return $$"""[{{Text(at)}},{"count":"{{count}}","sum":"{{Text(sum)}}","buckets":[{{string.Join(',', cells)}}]}]""";
    }

    private static IResult Answer(string type, string series) =>
        Results.Text(
            $$$"""{"status":"success","data":{"resultType":"{{{type}}}","result":[{{{series}}}]}}""",
            "application/json"
        );
}

/// <summary>A histogram has no line: it is shown as cells, and as buckets in the table, and what to ask for a line is said.</summary>
public sealed class NativeHistogramsInTheExplorer(HistogramAnswers histograms, Browser browser)
    : IClassFixture<HistogramAnswers>,
        IAsyncDisposable
{
    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    [Fact]
    public async Task Cells_over_time_and_buckets_at_a_moment()
    {
        var page = await pages.SignInAsync(
            histograms.Dashboard.Url,
            "viewer",
            at: "/tenants/rentguy/explore?query=rpc_seconds&from=now-1h&to=now"
        );
        await Expect(page.Locator(".heatmap .plot")).ToHaveAttributeAsync("data-cells", new Regex("[1-9][0-9]{2}"));
        await Expect(page.Locator("main")).ToContainTextAsync("This is a native histogram.");
        await Expect(page.Locator("main")).ToContainTextAsync("histogram_quantile(0.95, …)");
        await Expect(page.Locator(".nodata")).ToHaveCountAsync(0);
        await TestPages.ScreenshotAsync(page, "explorer-histogram", fullPage: true);

        await page.GetByRole(AriaRole.Button, new() { Name = "Table", Exact = true }).ClickAsync();
        var summary = page.Locator(".histogram summary");
        await Expect(summary).ToContainTextAsync("count");
        await summary.ClickAsync();
        await Expect(page.Locator(".histogram tbody tr")).ToHaveCountAsync(30);
        await Expect(page.Locator(".histogram tbody tr").First).ToContainTextAsync("(0.01, 0.012]");
        await TestPages.ScreenshotAsync(page, "explorer-histogram-table", fullPage: true);
    }
}
