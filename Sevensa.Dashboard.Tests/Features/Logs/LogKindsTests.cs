using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Features.Logs;
using Sevensa.Dashboard.Features.Logs.Kinds;
using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Loki;
using Sevensa.Dashboard.Sandbox.Serving;
using Sevensa.Dashboard.Tests.Sandbox;

namespace Sevensa.Dashboard.Tests.Features.Logs;

/// <summary>What kinds of lines there are, and which came with the last release, on the simulated fleet.</summary>
public sealed class LogKindsTests
{
    private static readonly DateTimeOffset Release = new(2026, 11, 23, 16, 10, 0, TimeSpan.Zero);

    private sealed class Changes(params LastChange[] all) : IRecentChanges
    {
        public Task<IReadOnlyList<LastChange>> SinceAsync(
            TenantScope scope,
            string tenant,
            DateTimeOffset since,
            CancellationToken cancellation
        ) => Task.FromResult<IReadOnlyList<LastChange>>([.. all.Where(one => one.At >= since)]);
    }

    private static async Task<LogKindList> KindsAsync(string logQl, params LastChange[] changes)
    {
        var clock = new FakeTimeProvider(StandIns.Noon);
        await using var server = await StandInServer.StartAsync(
            new Dictionary<string, IStandIn> { ["loki"] = new LokiStandIn(new SimulatedFleet(clock)) },
            TestContext.Current.CancellationToken
        );
        using var http = new HttpClient();
        var loki = new LokiClient(
            http,
            Options.Create(new LogsOptions { Url = server.AddressOf("loki") }),
            new Upstreams(clock),
            clock
        );
        return await new LogKinds(loki, new Changes(changes), clock).OfAsync(
            new TenantScope(["rentguy"]),
            logQl,
            StandIns.Noon.AddMinutes(-30),
            StandIns.Noon,
            TestContext.Current.CancellationToken
        );
    }

    [Fact]
    public async Task Kinds_that_came_with_the_last_release_are_new_and_others_are_not()
    {
        var list = await KindsAsync(
            "{service=\"api\"}",
            new LastChange(StandIns.Noon.AddHours(-1), "Restarted api"),
            new LastChange(Release, "api 2.4.0 → 2.4.1", true)
        );
        Assert.Equal("api 2.4.0 → 2.4.1", list.Release?.Text);
        Assert.Equal(Release, list.Since);
        var heap = Assert.Single(list.Kinds, kind => kind.Pattern.Contains("heap above", StringComparison.Ordinal));
        Assert.True(heap.IsNew);
        Assert.All(
            list.Kinds.Where(kind =>
                kind.Pattern.Contains("GET /api/items", StringComparison.Ordinal) && kind.Level == "info"
            ),
            kind => Assert.False(kind.IsNew)
        );
        Assert.Equal(list.Kinds.OrderByDescending(kind => kind.Count), list.Kinds);
    }

    [Fact]
    public async Task Without_a_release_a_kind_is_compared_with_the_time_before_the_range()
    {
        var list = await KindsAsync("{service=\"api\"} |= \"heap above\"");
        Assert.Null(list.Release);
        Assert.Equal(StandIns.Noon.AddMinutes(-30), list.Since);
        Assert.False(Assert.Single(list.Kinds).IsNew);
    }

    [Theory]
    [InlineData(23, true)]
    [InlineData(1, false)]
    public async Task Counts_of_a_part_of_the_range_say_so(int hoursLater, bool told)
    {
        var from = StandIns.Noon.AddDays(-1);
        var first = from.AddHours(hoursLater);
        await using var stub = await LokiStub.StartAsync(
            (context, asked) =>
                Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(
                    context.Response,
                    asked.Path.EndsWith("/patterns", StringComparison.Ordinal)
                        ? $$$"""{"status":"success","data":[{"pattern":"GET <_>","samples":[[{{{first.ToUnixTimeSeconds()}}},7]]}]}"""
                        : """{"status":"success","data":{"resultType":"streams","result":[]}}"""
                )
        );
        var list = await new LogKinds(stub.Client(), new Changes(), new FakeTimeProvider(StandIns.Noon)).OfAsync(
            new TenantScope(["rentguy"]),
            "{service=\"api\"}",
            from,
            StandIns.Noon,
            TestContext.Current.CancellationToken
        );
        Assert.Equal(7, Assert.Single(list.Kinds).Count);
        Assert.Equal(told ? first : null, list.CountedFrom);
    }
}
