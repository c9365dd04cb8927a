using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Dashboards;
using Sevensa.Dashboard.Features.Metrics;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Tests.Features.Metrics;

/// <summary>What the pages ask about services, computed by Prometheus itself (promtool's rule tests) over made-up series.</summary>
public sealed class ServiceQueryTests
{
    private static readonly MetricsOptions Behind = new()
    {
        Requests = "traefik_service_requests_total",
        RequestDuration = "traefik_service_request_duration_seconds",
    };

    private static readonly string[] Series =
    [
        // All servers of web are out of use: its router counts 503, the service nothing.
        """traefik_router_requests_total{tenant="t",service="web",router="a",code="503"} 0+60x60""",
        // api is asked by two routers, of which one counts what its middleware refused.
        """traefik_router_requests_total{tenant="t",service="api",router="a",code="200"} 0+90x60""",
        """traefik_router_requests_total{tenant="t",service="api",router="b",code="500"} 0+30x60""",
        """traefik_service_requests_total{tenant="t",service="api",code="200"} 0+90x60""",
        // jobs has no router and counts for itself.
        """traefik_service_requests_total{tenant="t",service="jobs",code="200"} 0+54x60""",
        """traefik_service_requests_total{tenant="t",service="jobs",code="502"} 0+6x60""",
        // A circuit of a minute beside answers of at most 0.1 s.
        """traefik_service_request_duration_seconds_bucket{tenant="t",service="api",protocol="http",le="0.1"} 0+60x60""",
        """traefik_service_request_duration_seconds_bucket{tenant="t",service="api",protocol="http",le="+Inf"} 0+60x60""",
        """traefik_service_request_duration_seconds_bucket{tenant="t",service="api",protocol="websocket",le="0.1"} 0+0x60""",
        """traefik_service_request_duration_seconds_bucket{tenant="t",service="api",protocol="websocket",le="+Inf"} 0+60x60""",
        """traefik_service_request_duration_seconds_count{tenant="t",service="api",protocol="http"} 0+60x60""",
        """traefik_service_request_duration_seconds_count{tenant="t",service="api",protocol="sse"} 0+60x60""",
        // A program without the label.
        """traefik_service_request_duration_seconds_bucket{tenant="t",service="jobs",le="2.0"} 0+60x60""",
        """traefik_service_request_duration_seconds_bucket{tenant="t",service="jobs",le="+Inf"} 0+120x60""",
        """traefik_service_request_duration_seconds_count{tenant="t",service="jobs"} 0+120x60""",
    ];

    private readonly ServiceQueries queries = new(Options.Create(Behind));
    private readonly ServiceIndicators indicators = new(Options.Create(Behind));

    [Fact]
    public async Task Errors_come_from_the_routers_and_latency_leaves_out_what_lasts()
    {
        await ComputesAsync(
            queries.Of(ServiceMetric.ErrorShare),
            ("""{tenant="t",service="api"}""", 0.25),
            ("""{tenant="t",service="jobs"}""", 0.1),
            ("""{tenant="t",service="web"}""", 1)
        );
        await ComputesAsync(queries.FailedShare("10m"), ("""{tenant="t"}""", (60.0 + 30 + 6) / (60 + 120 + 60)));
        await ComputesAsync(
            queries.Of(ServiceMetric.LatencyP95),
            ("""{tenant="t",service="api"}""", 0.095),
            ("""{tenant="t",service="jobs"}""", 2)
        );
        await ComputesAsync(queries.Measured("31m", "15m"), ("""{tenant="t"}""", 3));
    }

    [Fact]
    public async Task A_service_that_counts_nothing_itself_has_the_requests_that_Traefik_passed_to_it()
    {
        var own = new ServiceQueries(Options.Create(new MetricsOptions()));
        await ComputesAsync(
            own.Of(ServiceMetric.RequestRate),
            ("""{tenant="t",service="api"}""", 1.5),
            ("""{tenant="t",service="jobs"}""", 1)
        );
        Assert.DoesNotContain(" or ", queries.Of(ServiceMetric.RequestRate), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_dashboard_to_begin_with_counts_by_the_same()
    {
        var board = StarterBoards.For(
            new Tenant("t", "T", "#000000", [], [], null, null),
            new MetricNames(
                Behind.Requests,
                Behind.FailedRequests,
                Behind.TraefikRouterRequests,
                Behind.RequestDuration,
                Behind.WorkingSet,
                Behind.MemoryLimit,
                Behind.Up
            )
        );
        var panels = board
            .Sections.SelectMany(section => section.Panels)
            .DistinctBy(panel => panel.Title)
            .ToDictionary(panel => panel.Title, Expression);
        await ComputesAsync(panels["Failed"], ("{}", (60.0 + 30 + 6) / (60 + 120 + 60)));
        await ComputesAsync(panels["Latency"], ("""{service="api"}""", 0.095), ("""{service="jobs"}""", 2));
        await ComputesAsync(
            panels["By service"],
            ("""{service="api",code="200"}""", 1.5),
            ("""{service="api",code="500"}""", 0.5),
            ("""{service="web",code="503"}""", 1),
            ("""{service="jobs",code="200"}""", 0.9),
            ("""{service="jobs",code="502"}""", 0.1)
        );

        static string Expression(BoardPanel panel) =>
            (panel.Queries.Count > 0 ? panel.Queries[0].Expr : "")
                .Replace("$service", ".*", StringComparison.Ordinal)
                .Replace("$quantile", "0.95", StringComparison.Ordinal)
                .Replace("$__rate_interval", "5m", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Objectives_count_by_the_same()
    {
        var web = new ServiceIndicator("web", IndicatorKind.Availability);
        await ComputesAsync(indicators.All(web, "10m"), ("{}", 1));
        await ComputesAsync(indicators.Bad(web, "10m"), ("{}", 1));
        var jobs = new ServiceIndicator("jobs", IndicatorKind.Availability);
        await ComputesAsync(indicators.All(jobs, "10m"), ("{}", 1));
        await ComputesAsync(indicators.Bad(jobs, "10m"), ("{}", 0.1));
        var slow = new ServiceIndicator("jobs", IndicatorKind.Latency, 2);
        await ComputesAsync(indicators.All(slow, "10m"), ("{}", 2));
        await ComputesAsync(indicators.Bad(slow, "10m"), ("{}", 1));
        await ComputesAsync(indicators.All(new("api", IndicatorKind.Latency, 0.1), "10m"), ("{}", 1));
        await ComputesAsync(indicators.Bad(new("api", IndicatorKind.Latency, 0.1), "10m"), ("{}", 0));
    }

    [Theory]
    [InlineData(ServiceMetric.LatencyP95)]
    [InlineData(ServiceMetric.ErrorShare)]
    public void Every_query_can_be_limited_to_a_tenant(ServiceMetric metric)
    {
        var text = queries.Of(metric);
        var scoped = SelectorScope.For("tenant", ["t"]).Apply(text).Text;
        Assert.Equal(scoped.Split("traefik_").Length, scoped.Split("tenant=\"t\"").Length);
        // Native histograms stand under the plain name.
        Assert.Equal(
            metric == ServiceMetric.LatencyP95,
            text.Contains("rate(traefik_service_request_duration_seconds{", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("x_bucket{le=\"1\"}", "x_bucket{le=~\"1(\\\\.0)?\"}")]
    [InlineData("x{quantile=\"1.0\",a=\"1\"}", "x{quantile=~\"1(\\\\.0)?\",a=\"1\"}")]
    [InlineData("x_bucket{le=\"0.5\"}", "x_bucket{le=\"0.5\"}")]
    [InlineData("x_bucket{le!=\"1\"}", "x_bucket{le!=\"1\"}")]
    public void A_boundary_is_found_however_the_server_writes_it(string text, string read) =>
        Assert.Equal(read, PromQlParser.Parse(text, PromQlOptions.All with { EitherBoundary = true }).ToString());

    private static async Task ComputesAsync(string query, params (string Labels, double Value)[] samples)
    {
        const string tool = "/usr/bin/promtool";
        Assert.SkipUnless(
            File.Exists(tool) || Environment.GetEnvironmentVariable("CI") == "true",
            $"{tool} is not installed (Debian's package prometheus)."
        );
        var test = new StringBuilder("evaluation_interval: 1m\ntests:\n  - interval: 1m\n    input_series:\n");
        foreach (var one in Series)
        {
            var cut = one.LastIndexOf(' ');
            test.Append(
                CultureInfo.InvariantCulture,
                $"      - {{ series: '{one[..cut]}', values: '{one[(cut + 1)..]}' }}\n"
            );
        }
        test.Append(
            CultureInfo.InvariantCulture,
            $"    promql_expr_test:\n      - expr: '{query.Replace("'", "''", StringComparison.Ordinal)}'\n        eval_time: 30m\n        exp_samples:\n"
        );
        foreach (var (labels, value) in samples)
        {
            test.Append(CultureInfo.InvariantCulture, $"          - {{ labels: '{labels}', value: {value:R} }}\n");
        }
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, test.ToString(), TestContext.Current.CancellationToken);
            using var process = Process.Start(
                new ProcessStartInfo(tool, ["test", "rules", file])
                {
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                }
            )!;
            var said = await process.StandardOutput.ReadToEndAsync() + await process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == 0, $"{query}\n{said}");
        }
        finally
        {
            File.Delete(file);
        }
    }
}
