using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using NSubstitute;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Metrics.Panels;
using Sevensa.Dashboard.Features.Metrics.Prometheus;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Ui;
using ZiggyCreatures.Caching.Fusion;

namespace Sevensa.Dashboard.Tests.Features.Metrics;

/// <summary>Panels of histograms that a server has natively only.</summary>
public sealed class NativePanelTests : IDisposable
{
    private const string Panel =
        "histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))";

    private readonly FakeTimeProvider clock = new(UiContext.Now);
    private readonly IMetrics metrics = Substitute.For<IMetrics>();
    private readonly ServiceProvider services;
    private readonly NativeHistograms natives;

    private static CancellationToken Stop => Xunit.TestContext.Current.CancellationToken;

    public NativePanelTests()
    {
        var collection = new ServiceCollection();
        collection.AddFusionCache();
        services = collection.BuildServiceProvider();
        natives = new NativeHistograms(new PromQlDialect(), services.GetRequiredService<IFusionCache>(), clock);
    }

    private Task<PanelReading> ReadAsync(string tenant, string panel = Panel) =>
        natives.OfAsync(metrics, new TenantScope([tenant]), panel, Stop);

    private int Asked =>
        metrics.ReceivedCalls().Count(call => call.GetMethodInfo().Name == nameof(IMetrics.QueryAsync));

    private void Finds(string tenant, params string[] names) =>
        metrics
            .QueryAsync(
                Arg.Is<TenantScope>(scope => scope.Key == new TenantScope(new[] { tenant }).Key),
                Arg.Any<string>(),
                Arg.Any<DateTimeOffset>(),
                Arg.Any<CancellationToken>()
            )
            .Returns([
                .. names.Select(name => new MetricSample(new Dictionary<string, string> { ["found"] = name }, 0, 1)),
            ]);

    [Fact]
    public async Task Are_asked_in_both_forms_and_say_so()
    {
        Finds("rentguy", "http_request_duration_seconds");
        var read = await ReadAsync("rentguy");
        Assert.Equal(
            Panel + " or histogram_quantile(0.95, sum(rate(http_request_duration_seconds[5m])))",
            read.PromQl.Replace("sum (", "sum(", StringComparison.Ordinal)
                .Replace("by(", "by (", StringComparison.Ordinal)
                .Replace("(le)(", "(le) (", StringComparison.Ordinal)
        );
        Assert.StartsWith(
            "http_request_duration_seconds is a native histogram here",
            read.Note,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task The_server_is_asked_once_for_each_scope_and_again_after_a_while()
    {
        Finds("rentguy", "http_request_duration_seconds");
        Finds("witcom");
        for (var look = 0; look < 3; look++)
        {
            Assert.NotNull((await ReadAsync("rentguy")).Note);
            var other = await ReadAsync("witcom");
            Assert.Equal((Panel, null), (other.PromQl, other.Note));
        }
        Assert.Equal(2, Asked);
    }

    [Theory]
    [InlineData("sum(rate(http_requests_total[5m]))")]
    [InlineData("rate(http_request_duration_seconds[5m])")]
    [InlineData("this is (no query")]
    public async Task What_asks_for_no_classic_histogram_costs_no_question(string panel)
    {
        Assert.Equal(new PanelReading(panel, null), await ReadAsync("rentguy", panel));
        Assert.Equal(0, Asked);
    }

    [Fact]
    public async Task A_server_that_does_not_know_them_leaves_the_panel_as_it_is()
    {
        metrics
            .QueryAsync(default!, default!, default, default)
            .ReturnsForAnyArgs<IReadOnlyList<MetricSample>>(_ =>
                throw new UpstreamException("Prometheus", UpstreamFault.Refused, "unknown function", 400, null)
            );
        Assert.Equal(new PanelReading(Panel, null), await ReadAsync("rentguy"));
    }

    public void Dispose() => services.Dispose();
}
