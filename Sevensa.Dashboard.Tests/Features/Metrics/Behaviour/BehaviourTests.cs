using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using NSubstitute;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Metrics;
using Sevensa.Dashboard.Features.Metrics.Behaviour;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Metrics.Behaviour;

/// <summary>Services are compared with what is usual of them at this time of day; without figures or a past nothing is found.</summary>
public sealed class BehaviourTests
{
    private static readonly DateTimeOffset noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private readonly FakeTimeProvider clock = new(noon);
    private readonly IMetrics metrics = Substitute.For<IMetrics>();
    private readonly IOptions<BehaviourOptions> options = Options.Create(new BehaviourOptions());
    private readonly BehaviourBook book;

    /// <summary>Of rentguy's api: requests, errors, restarts; null is no figure.</summary>
    private (double? Requests, double? Errors, double? Restarts) present = (2, 0.01, 0);

    private Func<DateTimeOffset, double> pastRequests = _ => 2;
    private int pastDays = 14;
    private bool isAway;
    private readonly List<string> scopes = [];

    public BehaviourTests()
    {
        book = new BehaviourBook(options, clock);
        metrics
            .QueryAsync(
                Arg.Any<TenantScope>(),
                Arg.Any<string>(),
                Arg.Any<DateTimeOffset>(),
                Arg.Any<CancellationToken>()
            )
            .Returns(call => Present(call.Arg<TenantScope>(), call.Arg<string>()));
        metrics
            .RangeAsync(
                Arg.Any<TenantScope>(),
                Arg.Any<string>(),
                Arg.Any<DateTimeOffset>(),
                Arg.Any<DateTimeOffset>(),
                Arg.Any<TimeSpan>(),
                Arg.Any<CancellationToken>()
            )
            .Returns(call => Past(call.Arg<TenantScope>(), call.Arg<string>()));
    }

    [Fact]
    public async Task What_is_as_usual_is_no_finding()
    {
        var look = await LookAsync();
        Assert.Empty(look.Odd);
        Assert.Empty(look.Young);
        Assert.Null(look.Trouble);
        Assert.Equal(noon, look.LookedAt);
    }

    [Theory]
    [InlineData(
        5,
        0.01,
        0,
        "Many requests",
        "5 requests a second in the last hour; at this time of day it was 2 to 2 on"
    )]
    [InlineData(0.5, 0.01, 0, "Few requests", "0.5 requests a second")]
    [InlineData(0, 0.01, 0, "Few requests", "0 requests a second")]
    [InlineData(
        2,
        0.2,
        0,
        "Many errors",
        "20% of its requests failed in the last hour; at this time of day it was at most 1%"
    )]
    [InlineData(2, 0.01, 4, "Many restarts", "4 restarts in the last hour; at this time of day it was at most 0")]
    public async Task What_is_out_of_its_band_is_a_finding_until_it_is_as_usual_again(
        double requests,
        double errors,
        double restarts,
        string what,
        string words
    )
    {
        present = (requests, errors, restarts);
        var odd = Assert.Single((await LookAsync()).Odd);
        Assert.Equal(("rentguy", "api", what, noon), (odd.Tenant, odd.Service, odd.What, odd.Since));
        Assert.StartsWith(words, odd.Detail, StringComparison.Ordinal);
        Assert.NotEmpty(odd.Meaning);
        clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(noon, Assert.Single((await LookAsync()).Odd).Since);
        present = (2, 0.01, 0);
        clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(noon.AddMinutes(20), Assert.Single((await LookAsync()).Odd).EndedAt);
        clock.Advance(TimeSpan.FromHours(25));
        Assert.Empty((await LookAsync()).Odd);
    }

    [Theory]
    [InlineData(2.3, 0.01, 0)]
    [InlineData(1.2, 0.04, 1)]
    [InlineData(2, 0.05, 2)]
    public async Task A_little_more_or_less_is_none(double requests, double errors, double restarts)
    {
        present = (requests, errors, restarts);
        Assert.Empty((await LookAsync()).Odd);
    }

    [Fact]
    public async Task It_is_held_against_the_same_time_of_day()
    {
        pastRequests = at => at.Hour is >= 8 and < 18 ? 20 : 1;
        present = (20, 0.01, 0);
        Assert.Empty((await LookAsync()).Odd);
        clock.Advance(TimeSpan.FromHours(15));
        Assert.Equal("Many requests", Assert.Single((await LookAsync()).Odd).What);
    }

    [Fact]
    public async Task Without_a_week_of_history_nothing_is_usual_and_that_is_said()
    {
        pastDays = 5;
        present = (50, 0.9, 30);
        var look = await LookAsync();
        Assert.Empty(look.Odd);
        Assert.Equal(["rentguy/api: errors", "rentguy/api: requests", "rentguy/api: restarts"], look.Young);
    }

    [Fact]
    public async Task A_figure_that_is_missing_finds_nothing_and_ends_nothing()
    {
        present = (null, null, null);
        Assert.Empty((await LookAsync()).Odd);
        present = (2, 0.01, 9);
        Assert.Single((await LookAsync()).Odd);
        present = (null, null, null);
        clock.Advance(TimeSpan.FromHours(2));
        Assert.Null(Assert.Single((await LookAsync()).Odd).EndedAt);
        clock.Advance(TimeSpan.FromHours(23));
        Assert.Empty((await LookAsync()).Odd);
    }

    [Fact]
    public async Task Of_hardly_any_requests_a_share_says_nothing()
    {
        pastRequests = _ => 0.01;
        present = (0.01, 0.5, 0);
        Assert.Empty((await LookAsync()).Odd);
    }

    [Fact]
    public async Task Many_errors_are_over_once_there_are_hardly_any_requests_to_fail()
    {
        present = (2, 0.2, 0);
        Assert.Equal("Many errors", Assert.Single((await LookAsync()).Odd).What);
        present = (null, 0.2, 0);
        Assert.Null(Assert.Single((await LookAsync()).Odd).EndedAt);
        present = (0.01, 0.2, 0);
        Assert.NotNull((await LookAsync()).Odd.Single(odd => odd.What == "Many errors").EndedAt);
    }

    [Fact]
    public async Task While_Prometheus_is_away_that_is_said_and_what_was_known_stays()
    {
        isAway = true;
        var look = await LookAsync();
        Assert.Equal("It does not answer. Look at it.", look.Trouble);
        Assert.Null(look.LookedAt);
        isAway = false;
        present = (2, 0.01, 9);
        await LookAsync();
        isAway = true;
        clock.Advance(TimeSpan.FromMinutes(10));
        look = await LookAsync();
        Assert.Equal("It does not answer. Look at it. What stands here is of 2026-05-04 12:00 UTC.", look.Trouble);
        Assert.Equal("Many restarts", Assert.Single(look.Odd).What);
    }

    [Fact]
    public async Task Each_tenant_is_asked_for_in_its_own_scope_and_the_past_once()
    {
        await LookAsync();
        Assert.Equal(["psra-ltsd", "rentguy", "witcom"], scopes.Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(18, scopes.Count);
        clock.Advance(TimeSpan.FromMinutes(10));
        await LookAsync();
        Assert.Equal(27, scopes.Count);
    }

    [Fact]
    public async Task It_says_when_it_is_turned_off_or_did_not_look_yet()
    {
        Assert.Contains("not looked at yet", (await book.LookAsync(Stop)).Trouble);
        options.Value.EveryMinutes = 0;
        Assert.Contains("Metrics:Behaviour:EveryMinutes is 0", (await book.LookAsync(Stop)).Trouble);
    }

    private async Task<ServiceLook> LookAsync()
    {
        var names = Options.Create(new MetricsOptions());
        var look = new BehaviourLook(
            metrics,
            new StubTenants(),
            new StubScopes(),
            new ServiceQueries(names),
            book,
            names,
            options,
            clock
        );
        await look.TakeAsync(Stop);
        return await book.LookAsync(Stop);
    }

    private IReadOnlyList<MetricSample> Present(TenantScope scope, string promQl)
    {
        scopes.Add(scope.Key);
        if (isAway)
        {
            throw new UpstreamException(
                "Prometheus",
                UpstreamFault.Unreachable,
                "It does not answer",
                remedy: "Look at it."
            );
        }
        var value = Which(promQl) switch
        {
            0 => present.Requests,
            1 => present.Errors,
            _ => present.Restarts,
        };
        return scope.Key == "rentguy" && value is { } figure
            ? [new MetricSample(Labels(), clock.GetUtcNow().ToUnixTimeSeconds(), figure)]
            : [];
    }

    private IReadOnlyList<MetricSeries> Past(TenantScope scope, string promQl)
    {
        scopes.Add(scope.Key);
        var which = Which(promQl);
        var now = clock.GetUtcNow();
        var times = Enumerable.Range(0, pastDays * 24).Select(hour => now.AddHours(-hour)).Reverse().ToList();
        return scope.Key == "rentguy"
            ?
            [
                new MetricSeries(
                    Labels(),
                    [.. times.Select(at => (double)at.ToUnixTimeSeconds())],
                    [
                        .. times.Select(at =>
                            which == 0 ? pastRequests(at)
                            : which == 1 ? 0.01
                            : 0
                        ),
                    ]
                ),
            ]
            : [];
    }

    private static int Which(string promQl) =>
        promQl.Contains("restarts", StringComparison.Ordinal) ? 2
        : promQl.Contains("code=~", StringComparison.Ordinal) ? 1
        : 0;

    private static Dictionary<string, string> Labels() => new() { ["tenant"] = "rentguy", ["service"] = "api" };
}
