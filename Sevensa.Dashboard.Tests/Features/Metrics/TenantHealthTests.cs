using System.Net;
using System.Text;
using Microsoft.Extensions.Options;
using NSubstitute;
using Sevensa.Dashboard.Features.Metrics;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Metrics.Prometheus;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using ZiggyCreatures.Caching.Fusion;

namespace Sevensa.Dashboard.Tests.Features.Metrics;

/// <summary>A state is what is known: no news is no good news, and one figure that is missing costs that figure.</summary>
public sealed class TenantHealthTests
{
    private const string Nothing = """{"status":"success","data":{"resultType":"vector","result":[]}}""";
    private static readonly TenantScope Scope = new(["witcom"]);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task With_a_critical_alert_no_objective_and_no_figures_nothing_is_well()
    {
        var health = await LookAsync(Agreed(null, null), new OpenAlerts(1, 1), []);
        Assert.Equal(HealthState.Degraded, health.State);
        Assert.Null(health.Availability30d);
        Assert.Equal(
            [
                "One alert is firing, a critical one.",
                "There are no figures of its services.",
                "No objective is agreed, so nothing is held against one.",
            ],
            health.Reasons
        );
    }

    [Fact]
    public async Task Without_figures_and_alerts_the_state_is_unknown()
    {
        var health = await LookAsync(Agreed(500, 0.999), default, []);
        Assert.Equal(HealthState.Unknown, health.State);
        Assert.Equal(["There are no figures of its services."], health.Reasons);
    }

    [Fact]
    public async Task What_is_measured_is_judged_and_what_is_not_is_said()
    {
        var health = await LookAsync(
            Agreed(500, 0.999),
            new OpenAlerts(2, 0),
            new() { [ServiceMetric.Up] = [("api", 1)], [ServiceMetric.LatencyP95] = [("api", 0.1)] }
        );
        Assert.Equal(HealthState.CloseToLimit, health.State);
        Assert.Equal(
            [
                "2 alerts are firing.",
                "There are no figures of web.",
                "No requests were measured, so its availability is not known.",
            ],
            health.Reasons
        );
    }

    [Theory]
    [InlineData(1.0, null, HealthState.Down)]
    [InlineData(1.0, 5.0, HealthState.Down)]
    [InlineData(0.8, null, HealthState.Down)]
    [InlineData(0.8, 0.0, HealthState.Down)]
    [InlineData(0.8, 5.0, HealthState.Degraded)]
    [InlineData(0.02, null, HealthState.Degraded)]
    [InlineData(0.0, null, HealthState.Healthy)]
    // What is no error was answered by a middleware: nobody is let in, and who is gets 503.
    [InlineData(0.3, 0.0, HealthState.Down)]
    [InlineData(0.3, null, HealthState.Down, true)]
    [InlineData(0.0, 0.0, HealthState.Healthy, true)]
    [InlineData(0.3, 5.0, HealthState.Degraded, true)]
    public async Task A_service_without_requests_whose_router_answers_5xx_is_down(
        double errors,
        double? requests,
        HealthState state,
        bool othersCounted = false
    )
    {
        var figures = new Dictionary<ServiceMetric, (string, double)[]>
        {
            [ServiceMetric.ErrorShare] = [("api", errors)],
        };
        List<(string, double)> rates = othersCounted ? [("web", 1)] : [];
        if (requests is { } rate)
        {
            rates.Add(("api", rate));
        }
        figures[ServiceMetric.RequestRate] = [.. rates];
        var health = await LookAsync(Agreed(500, 0.999, "api"), default, figures);
        Assert.Equal(state, Assert.Single(health.Services, service => service.Service == "api").State);
        if (state == HealthState.Down)
        {
            Assert.StartsWith("api is down:", health.Reasons[0], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task One_figure_that_is_refused_costs_that_figure()
    {
        var health = await LookAsync(
            Agreed(500, 0.999, "api"),
            default,
            new() { [ServiceMetric.Up] = [("api", 1)], [ServiceMetric.LatencyP95] = [("api", 0.7)] },
            query =>
                query.Contains("[30d]", StringComparison.Ordinal)
                    ? (
                        422,
                        """{"status":"error","errorType":"execution","error":"query processing would load too many samples into memory in query execution"}"""
                    )
                : query.Contains("[1w]", StringComparison.Ordinal) ? (200, Vector("0.001"))
                : query.StartsWith("count_over_time", StringComparison.Ordinal) ? (200, Vector("42"))
                : (200, Nothing)
        );
        Assert.Equal(HealthState.Degraded, health.State);
        Assert.Equal(0.999, health.Availability7d);
        Assert.Null(health.Availability30d);
        Assert.DoesNotContain(health.Reasons, reason => reason.Contains("No requests", StringComparison.Ordinal));
        Assert.Contains(
            "Not known is the availability over 30 days: query processing would load too many samples into memory in query execution.",
            health.Reasons
        );
        Assert.Equal((42.0 / 96, 0.5, 42.0 / 120), (health.Measured.Day, health.Measured.Week, health.Measured.Month));
        Assert.Equal("measured for 10 d of 30 d", HealthWords.Measured(health.Measured.Month, 30));
    }

    [Fact]
    public async Task A_server_that_answers_garbage_is_not_a_figure_that_is_missing()
    {
        var garbled = await Assert.ThrowsAsync<UpstreamException>(() =>
            LookAsync(
                Agreed(500, 0.999, "api"),
                default,
                new() { [ServiceMetric.Up] = [("api", 1)] },
                _ => (200, """{"status":"success","data":{""")
            )
        );
        Assert.Equal((UpstreamFault.Garbled, 502), (garbled.Fault, PlatformProblems.StatusOf(garbled)));
    }

    private static Tenant Agreed(double? latency, double? availability, params string[] services) =>
        new("witcom", "Witcom", "#000000", services.Length > 0 ? services : ["api", "web"], [], latency, availability);

    private static string Vector(string value) =>
        $$$"""{"status":"success","data":{"resultType":"vector","result":[{"metric":{"tenant":"witcom"},"value":[1,"{{{value}}}"]}]}}""";

    private static async Task<TenantHealth> LookAsync(
        Tenant tenant,
        OpenAlerts open,
        Dictionary<ServiceMetric, (string Service, double Value)[]> figures,
        Func<string, (int Status, string Body)>? answers = null
    )
    {
        var metrics = Substitute.For<IMetrics>();
        metrics
            .ServicesAsync(default!, default, default)
            .ReturnsForAnyArgs(call =>
                Task.FromResult<IReadOnlyList<MetricSample>>([
                    .. figures
                        .GetValueOrDefault(call.Arg<ServiceMetric>(), [])
                        .Select(one => new MetricSample(
                            new Dictionary<string, string> { ["tenant"] = "witcom", ["service"] = one.Service },
                            1,
                            one.Value
                        )),
                ])
            );
        var tenants = Substitute.For<ITenants>();
        tenants.AllAsync(default).ReturnsForAnyArgs([tenant]);
        var alerts = Substitute.For<IOpenAlerts>();
        alerts.CountAsync(default!, default!, default).ReturnsForAnyArgs(open);
        using var cache = new FusionCache(new FusionCacheOptions());
        var client = new PrometheusClient(
            new HttpClient(new ByQuery(answers ?? (_ => (200, Nothing))))
            {
                BaseAddress = new Uri("http://prometheus.test/"),
            },
            Options.Create(new PrometheusOptions { Url = "http://prometheus.test" }),
            new Upstreams(TimeProvider.System)
        );
        var queries = new ServiceQueries(Options.Create(new MetricsOptions()));
        return await new TenantHealthFigures(
            metrics,
            client,
            queries,
            tenants,
            [alerts],
            cache,
            TimeProvider.System
        ).OfAsync(Scope, "witcom", Stop);
    }

    private sealed class ByQuery(Func<string, (int Status, string Body)> answers) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        )
        {
            var form = await request.Content!.ReadAsStringAsync(cancellationToken);
            var query = WebUtility.UrlDecode(
                form.Split('&').Single(pair => pair.StartsWith("query=", StringComparison.Ordinal))[6..]
            );
            var (status, body) = answers(query);
            return new HttpResponseMessage((HttpStatusCode)status)
            {
                Content = new StringContent(body, Encoding.UTF8, "application/json"),
            };
        }
    }
}
