using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Metrics.Panels;
using Sevensa.Dashboard.Features.Metrics.Prometheus;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Tests.Ui;
using Sevensa.Dashboard.Ui.Data;
using Sevensa.Dashboard.Ui.Time;

namespace Sevensa.Dashboard.Tests.Features.Metrics;

public sealed class PanelFeedsTests : IAsyncDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(30);
    private readonly FakeTimeProvider clock = new(UiContext.Now);
    private readonly Feeds feeds;
    private readonly FakeMetrics metrics = new();
    private readonly ServiceProvider services;
    private readonly PanelFeeds panels;
    private readonly TenantScope rentguy = new(["rentguy"]);

    public PanelFeedsTests()
    {
        feeds = new Feeds(clock, NullLogger<Feeds>.Instance);
        var collection = new ServiceCollection()
            .AddSingleton<IMetrics>(metrics)
            .AddSingleton<TimeProvider>(clock)
            .AddSingleton<PromQlDialect>()
            .AddSingleton<NativeHistograms>();
        collection.AddFusionCache();
        services = collection.BuildServiceProvider();
        panels = new PanelFeeds(
            feeds,
            services.GetRequiredService<NativeHistograms>(),
            services.GetRequiredService<IServiceScopeFactory>(),
            clock
        );
    }

    private PanelWindow Window => PanelWindow.Of(TimeRange.Default, TimeZoneInfo.Utc, clock.GetUtcNow());

    [Fact]
    public async Task A_refresh_asks_only_for_the_new_part_and_appends_it()
    {
        var news = Channel.CreateUnbounded<bool>();
        using var view = panels.Watch(rentguy, "up", Window, () => news.Writer.TryWrite(true));
        await news.Reader.ReadAsync(TestContext.Current.CancellationToken);
        var (from, to, step) = Assert.Single(metrics.Ranges);
        Assert.Equal(UiContext.Now.AddHours(-4), from);
        Assert.Equal(UiContext.Now, to);
        Assert.Equal(Step, step);
        Assert.Equal(481, Assert.Single(view.Current.Value!.Series).Times.Length);

        clock.Advance(Step);
        while (view.Current.Value!.To == to)
        {
            await news.Reader.ReadAsync(TestContext.Current.CancellationToken);
        }
        Assert.Equal((UiContext.Now, UiContext.Now + Step, Step), metrics.Ranges[^1]);
        Assert.All(metrics.Ranges.Skip(1), range => Assert.True(range.To - range.From <= Step));
        var line = Assert.Single(view.Current.Value.Series);
        Assert.Equal(481, line.Times.Length);
        Assert.Equal((UiContext.Now + Step).ToUnixTimeSeconds(), line.Times[^1]);
        Assert.Equal((UiContext.Now.AddHours(-4) + Step).ToUnixTimeSeconds(), line.Times[0]);
        Assert.Equal(line.Times.Order().Distinct(), line.Times);
    }

    [Fact]
    public async Task Within_one_step_nothing_is_asked()
    {
        var news = Channel.CreateUnbounded<bool>();
        using var view = panels.Watch(rentguy, "up", Window, () => news.Writer.TryWrite(true));
        await news.Reader.ReadAsync(TestContext.Current.CancellationToken);
        for (var look = 1; look < 6; look++)
        {
            clock.Advance(TimeSpan.FromSeconds(5));
        }
        Assert.False(news.Reader.TryRead(out _));
        while (!news.Reader.TryRead(out _))
        {
            clock.Advance(TimeSpan.FromSeconds(5));
            await Task.Yield();
        }
        Assert.True(metrics.Ranges[1].To > metrics.Ranges[0].To);
    }

    [Fact]
    public async Task Fifty_viewers_are_one_query_and_another_tenant_is_another()
    {
        var news = Channel.CreateUnbounded<bool>();
        var views = Enumerable
            .Range(0, 50)
            .Select(_ => panels.Watch(rentguy, "up", Window, () => news.Writer.TryWrite(true)))
            .ToList();
        while (views[^1].Current.Value is null)
        {
            await news.Reader.ReadAsync(TestContext.Current.CancellationToken);
        }
        Assert.All(views, view => Assert.Same(views[0].Current.Value, view.Current.Value));
        Assert.Single(metrics.Ranges);
        using var other = panels.Watch(new TenantScope(["witcom"]), "up", Window, () => news.Writer.TryWrite(true));
        while (other.Current.Value is null)
        {
            await news.Reader.ReadAsync(TestContext.Current.CancellationToken);
        }
        Assert.Equal(2, metrics.Ranges.Count);
        views.ForEach(view => view.Dispose());
        Assert.Equal(1, feeds.Count);
    }

    [Fact]
    public async Task A_panel_of_newest_values_knows_the_native_histograms_that_it_can_t_show()
    {
        var news = Channel.CreateUnbounded<bool>();
        using var view = panels.WatchNewest(rentguy, "up", Window, () => news.Writer.TryWrite(true));
        while (view.Current.Value is null)
        {
            await news.Reader.ReadAsync(TestContext.Current.CancellationToken);
        }
        Assert.Equal((2, 1), (view.Current.Value.Series.Count, view.Current.Value.Histograms));
    }

    [Theory]
    [InlineData("now-5m", 5)]
    [InlineData("now-4h", 30)]
    [InlineData("now-24h", 300)]
    [InlineData("now-30d", 7200)]
    public void A_step_keeps_a_line_within_its_points(string from, int seconds) =>
        Assert.Equal(
            seconds,
            PanelWindow
                .Of(new TimeRange(TimeBound.Parse(from), TimeBound.Now, null), TimeZoneInfo.Utc, UiContext.Now)
                .Step.TotalSeconds
        );

    [Fact]
    public void A_series_that_ends_leaves_the_window_and_one_that_begins_joins()
    {
        var labels = (string name) => new Dictionary<string, string> { ["service"] = name };
        DateTimeOffset At(int seconds) => DateTimeOffset.FromUnixTimeSeconds(seconds);
        var data = new PanelData(
            At(0),
            At(40),
            TimeSpan.FromSeconds(10),
            [
                new MetricSeries(labels("old"), [0, 10], [1, 1]),
                new MetricSeries(labels("api"), [0, 10, 20, 30, 40], [1, 2, 3, 4, 5]),
            ]
        );
        var moved = data.Advance(
            At(20),
            At(60),
            At(40),
            [new MetricSeries(labels("api"), [40, 50, 60], [50, 6, 7]), new MetricSeries(labels("new"), [60], [9])]
        );
        Assert.Equal(["api", "new"], moved.Series.Select(one => one.Labels["service"]));
        Assert.Equal([20, 30, 40, 50, 60], moved.Series[0].Times);
        Assert.Equal([3, 4, 50, 6, 7], moved.Series[0].Values);
        var chart = moved.Chart("service", found => found["service"], string.CompareOrdinal);
        Assert.Equal([20, 30, 40, 50, 60], chart.Times);
        Assert.Equal([double.NaN, double.NaN, double.NaN, double.NaN, 9], chart.Lines[1].Values);
    }

    public async ValueTask DisposeAsync() => await services.DisposeAsync();

    private sealed class FakeMetrics : IMetrics
    {
        public List<(DateTimeOffset From, DateTimeOffset To, TimeSpan Step)> Ranges { get; } = [];

        public Task<IReadOnlyList<MetricSeries>> RangeAsync(
            TenantScope scope,
            string promQl,
            DateTimeOffset from,
            DateTimeOffset to,
            TimeSpan step,
            CancellationToken cancellation
        )
        {
            Ranges.Add((from, to, step));
            var times = new List<double>();
            for (var at = from; at <= to; at += step)
            {
                times.Add(at.ToUnixTimeSeconds());
            }
            return Task.FromResult<IReadOnlyList<MetricSeries>>([
                new MetricSeries(
                    new Dictionary<string, string> { ["service"] = "api" },
                    [.. times],
                    [.. times.Select(time => time % 7)]
                ),
            ]);
        }

        public Task<IReadOnlyList<MetricSample>> QueryAsync(
            TenantScope scope,
            string promQl,
            DateTimeOffset at,
            CancellationToken cancellation
        ) => throw new NotSupportedException();

        public Task<IReadOnlyList<MetricSeries>> MomentAsync(
            TenantScope scope,
            string promQl,
            DateTimeOffset at,
            CancellationToken cancellation
        ) =>
            Task.FromResult<IReadOnlyList<MetricSeries>>([
                new MetricSeries(new Dictionary<string, string>(), [at.ToUnixTimeSeconds()], [1]),
                new MetricSeries(new Dictionary<string, string>(), [], [])
                {
                    Histograms = [new MetricHistogram(at.ToUnixTimeSeconds(), 1, 1, [])],
                },
            ]);

        public Task<IReadOnlyList<MetricSample>> ServicesAsync(
            TenantScope scope,
            ServiceMetric metric,
            CancellationToken cancellation
        ) => throw new NotSupportedException();

        public Task<IReadOnlyList<MetricSeries>> ServicesRangeAsync(
            TenantScope scope,
            ServiceMetric metric,
            DateTimeOffset from,
            DateTimeOffset to,
            TimeSpan step,
            CancellationToken cancellation
        ) => throw new NotSupportedException();

        public string QueryOf(ServiceMetric metric) => metric.ToString();
    }
}
