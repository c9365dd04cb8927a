using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using CsCheck;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Features.Logs;
using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Loki;
using Sevensa.Dashboard.Sandbox.Serving;
using Sevensa.Dashboard.Tests.Sandbox;

namespace Sevensa.Dashboard.Tests.Features.Logs;

/// <summary>
/// Two tenants on one Loki, and queries that try to get out of the one. The stand-in keeps tenants apart by header, or not
/// at all; with <c>Loki__Url</c> in the environment a real Loki (header) is asked too.
/// </summary>
public sealed class TenantIsolationTests
{
    private const string Own = "rentguy";
    private const string Other = "witcom";
    private const long Span = 300_000_000_000;

    private static readonly TenantScope Scope = new([Own]);

    private static readonly Gen<string> Selector = Gen.OneOf(
        "{service=~\".+\"}",
        "{tenant=\"witcom\"}",
        "{tenant=~\"witcom|rentguy\"}",
        "{tenant!=\"rentguy\", service=~\".+\"}",
        "{tenant=~\".*\", host=~\".+\"}",
        "{container=~\".*psra.*\"}",
        "{container=`witcom-psra-api`}",
        "{service=\"api\", tenant!~\"rent.*\"}",
        "{service=~\".+\"} # }, {tenant=\"witcom\"}\n",
        "{service=~\"a\\\"}|.+\"}",
        "{__tenant_id__=\"witcom\"}",
        "{service=~\".+\", __tenant_id__=~\".+\"}",
        "{service=~\".+\"",
        "{}"
    );

    private static readonly Gen<string> Stage = Gen.OneOf(
        "",
        " |= \"a\" or \"e\"",
        " != `nothing`",
        " |~ `.*\"} or {tenant=\"witcom\"}.*`",
        " | json",
        " | logfmt | detected_level=\"info\" or tenant=\"witcom\"",
        " | label_format tenant=\"rentguy\"",
        " | label_format service=tenant",
        " | tenant=\"witcom\" or service=~\".+\"",
        " | drop tenant, __tenant_id__",
        " | keep service",
        " |> \"<_>\""
    );

    private static readonly Gen<string> Lines = Gen.Select(Selector, Stage.Array[0, 3])
        .Select((selector, stages) => selector + string.Concat(stages));

    private static readonly Gen<string> Counts = Gen.Select(
            Lines,
            Lines,
            Gen.OneOf(
                "sum by (tenant, container) (count_over_time(A [5m]))",
                "sum by (container) (count_over_time(A [5m])) or sum by (container) (count_over_time(B [5m]))",
                "sum by (container) (count_over_time(B [5m])) and sum by (container) (rate(A [5m]))",
                "topk(50, sum by (container) (bytes_over_time(A [5m])))"
            )
        )
        .Select(
            (a, b, shape) =>
                shape
                    .Replace("A", a, StringComparison.Ordinal)
                    .Replace(" (B", "(B", StringComparison.Ordinal)
                    .Replace("(B", "(" + b, StringComparison.Ordinal)
        );

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task No_query_of_one_tenant_brings_anything_of_the_other(bool byHeader)
    {
        var tenancy = byHeader ? LokiTenancy.Header : LokiTenancy.Label;
        var clock = new FakeTimeProvider(StandIns.Noon);
        await using var server = await StandInServer.StartAsync(
            new Dictionary<string, IStandIn> { ["loki"] = new LokiStandIn(new SimulatedFleet(clock), byHeader) },
            TestContext.Current.CancellationToken
        );
        await HoldAsync(server.AddressOf("loki"), tenancy, clock.GetUtcNow().ToUnixNs(), 120);
    }

    // Debian has no Loki, so .ci/run leaves this one out unless it is told of a server.
    [Fact]
    [Trait("Needs", "Loki")]
    public async Task The_same_holds_on_a_real_Loki()
    {
        var url = Environment.GetEnvironmentVariable("Loki__Url") ?? "";
        Assert.SkipWhen(url.Length == 0, "No real Loki: set Loki__Url to the address of one with auth_enabled: true.");
        var now = TimeProvider.System.GetUtcNow().ToUnixNs();
        foreach (var tenant in new[] { Own, Other })
        {
            using var http = new HttpClient();
            http.DefaultRequestHeaders.Add("X-Scope-OrgID", tenant);
            using var pushed = await http.PostAsJsonAsync(
                url.TrimEnd('/') + "/loki/api/v1/push",
                new
                {
                    streams = new[]
                    {
                        new
                        {
                            stream = new Dictionary<string, string>
                            {
                                ["service"] = tenant == Own ? "api" : "psra-api",
                                ["container"] = tenant == Own ? "rentguy-api" : "witcom-psra-api",
                                ["tenant"] = tenant,
                                ["host"] = "vps-1",
                            },
                            values = Enumerable
                                .Range(1, 200)
                                .Select(line =>
                                    new[]
                                    {
                                        (now - line * 1_000_000_000L + (tenant == Own ? 0 : 1)).ToString(
                                            CultureInfo.InvariantCulture
                                        ),
                                        $"{{\"msg\":\"{tenant} line {line}\"}}",
                                    }
                                ),
                        },
                    },
                }
            );
            pushed.EnsureSuccessStatusCode();
        }
        await HoldAsync(url, LokiTenancy.Header, now + 1_000_000_000, 60);
    }

    private static async Task HoldAsync(string url, LokiTenancy tenancy, long now, int iterations)
    {
        var loki = new LokiClient(
            new HttpClient(),
            Options.Create(new LogsOptions { Url = url, Tenancy = tenancy }),
            new Upstreams(TimeProvider.System),
            TimeProvider.System
        );
        var range = new LokiRangeQuery("{service=~\".+\"}", now - Span, now, LogPager.Most);
        var own = await TimesAsync(Scope);
        var others = await TimesAsync(new TenantScope([Other]));
        Assert.NotEmpty(own);
        Assert.NotEmpty(others);
        Assert.Empty(own.Intersect(others));

        await Lines.SampleAsync(
            async query =>
            {
                var answer = await AskAsync(range with { LogQl = query });
                foreach (var entry in answer?.Streams.SelectMany(stream => stream.Entries) ?? [])
                {
                    Assert.True(own.Contains(entry.TimeUnixNs), $"{query} brought {entry.Line}");
                }
            },
            iter: iterations,
            threads: 2
        );
        await Counts.SampleAsync(
            async query =>
            {
                var answer = await AskAsync(range with { LogQl = query, Step = TimeSpan.FromMinutes(1) });
                foreach (var series in answer?.Series ?? [])
                {
                    Assert.DoesNotContain(Other, series.Labels.GetValueOrDefault("container", ""));
                    Assert.DoesNotContain("psra", series.Labels.GetValueOrDefault("container", ""));
                }
            },
            iter: iterations / 2,
            threads: 2
        );
        Assert.All(
            await loki.SeriesAsync(Scope, ["{tenant=~\".+\"}"], new LokiSpan(now - Span, now)),
            labels => Assert.Equal(Own, labels["tenant"])
        );
        Assert.DoesNotContain(Other, await loki.LabelValuesAsync(Scope, "tenant", new LokiSpan(now - Span, now)));

        async Task<HashSet<long>> TimesAsync(TenantScope scope) =>
            [
                .. (await loki.QueryRangeAsync(scope, range)).Streams.SelectMany(stream =>
                    stream.Entries.Select(entry => entry.TimeUnixNs)
                ),
            ];

        // Null for what is refused, here or there: that brings nothing.
        async Task<LokiAnswer?> AskAsync(LokiRangeQuery query)
        {
            try
            {
                return await loki.QueryRangeAsync(Scope, query);
            }
            catch (QueryRefusedException)
            {
                return null;
            }
            catch (LokiException refused) when (refused.Fault == UpstreamFault.Refused)
            {
                return null;
            }
        }
    }
}
