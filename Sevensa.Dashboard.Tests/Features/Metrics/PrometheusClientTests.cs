using System.Net;
using System.Text;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Features.Metrics;
using Sevensa.Dashboard.Features.Metrics.Prometheus;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Metrics;

public class PrometheusClientTests
{
    internal static readonly ScopedQuery Any = new("up", new TenantScope(["rentguy"]), []);

    public static TheoryData<string> QueryNames =>
        [
            .. Recordings
                .Recorded.Of("prometheus")
                .Where(exchange => exchange.Path.Contains("/query") && !exchange.Path.Contains("exemplars"))
                .Select(exchange => exchange.Name),
        ];

    [Theory]
    [MemberData(nameof(QueryNames))]
    public async Task Reads_what_a_real_server_answered(string name)
    {
        var exchange = Recordings.Recorded.Of("prometheus").Single(found => found.Name == name);
        var client = Answering(exchange.Status, exchange.Body);
        if (exchange.Status == 200)
        {
            var answer = await client.QueryAsync(Any, null, CancellationToken.None);
            using var json = System.Text.Json.JsonDocument.Parse(exchange.Body);
            var data = json.RootElement.GetProperty("data");
            Assert.Equal(data.GetProperty("resultType").GetString(), answer.ResultType);
            if (answer.ResultType is "vector" or "matrix")
            {
                var expected = data.GetProperty("result").EnumerateArray().ToList();
                Assert.Equal(expected.Count, answer.Series.Count);
                foreach (var (want, got) in expected.Zip(answer.Series))
                {
                    Assert.Equal(
                        want.GetProperty("metric")
                            .EnumerateObject()
                            .ToDictionary(label => label.Name, label => label.Value.GetString()!),
                        got.Labels
                    );
                    var points = want.TryGetProperty("values", out var values)
                        ? values.EnumerateArray().ToList()
                        : [want.GetProperty("value")];
                    Assert.Equal(points.Select(point => point[0].GetDouble()), got.Times);
                    Assert.Equal(points.Select(point => Expected(point[1].GetString()!)), got.Values);
                }
            }
        }
        else
        {
            var error = await Assert.ThrowsAsync<UpstreamException>(() =>
                client.QueryAsync(Any, null, CancellationToken.None)
            );
            using var json = System.Text.Json.JsonDocument.Parse(exchange.Body);
            Assert.Equal(exchange.Status, error.Status);
            Assert.Equal(json.RootElement.GetProperty("error").GetString(), error.Message);
        }
    }

    [Theory]
    [InlineData("""{"status":5}""", "byte 10")]
    [InlineData("""{"status":"success"}""", "no result")]
    [InlineData("""{"status":"success","data":null}""", "no result")]
    [InlineData("""{"status":"success","data":{"resultType":5,"result":[]}}""", "byte 41")]
    [InlineData("""{"status":"success","data":{"resultType":"vector","result":"x"}}""", "no list")]
    [InlineData("""{"status":"success","warnings":[5],"data":{"resultType":"vector","result":[]}}""", "byte 32")]
    [InlineData(
        """{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":5},"value":[1,"1"]}]}}""",
        "byte 75"
    )]
    [InlineData(
        """{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":"\ud800"},"value":[1,"1"]}]}}""",
        "byte 75"
    )]
    [InlineData(
        """{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":["a","1"]}]}}""",
        "byte 82"
    )]
    [InlineData(
        """{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"histogram":["a",{}]}]}}""",
        "byte 86"
    )]
    public async Task What_is_no_answer_of_a_prometheus_is_its_fault_with_the_place(string body, string place)
    {
        var error = await Assert.ThrowsAsync<UpstreamException>(() =>
            Answering(200, body).QueryAsync(Any, null, CancellationToken.None)
        );
        Assert.Contains("not what Prometheus sends", error.Message);
        Assert.Contains(place, error.Message);
        Assert.DoesNotContain("Json", error.Message);
    }

    [Fact]
    public async Task A_string_and_a_scalar_keep_their_values()
    {
        var exchanges = Recordings.Recorded.Of("prometheus");
        var text = await Answering(200, exchanges.Single(found => found.Name == "query string").Body)
            .QueryAsync(Any, null, CancellationToken.None);
        Assert.Equal("hello", text.Text);
        var scalar = await Answering(200, exchanges.Single(found => found.Name == "query scalar").Body)
            .QueryAsync(Any, null, CancellationToken.None);
        Assert.Equal(2, Assert.Single(scalar.Samples).Value);
    }

    [Fact]
    public async Task Warnings_and_infos_are_kept()
    {
        const string Body =
            """{"status":"success","data":{"resultType":"vector","result":[]},"warnings":["w1"],"infos":["i1","i2"]}""";
        var answer = await Answering(200, Body).QueryAsync(Any, null, CancellationToken.None);
        Assert.Equal(["w1"], answer.Warnings);
        Assert.Equal(["i1", "i2"], answer.Infos);
    }

    [Fact]
    public async Task An_answer_is_read_the_same_however_it_is_cut()
    {
        var body = Recordings
            .Recorded.Of("prometheus")
            .Single(found => found.Name == "query_range rate by tenant")
            .Body;
        var whole = await Answering(200, body).QueryAsync(Any, null, CancellationToken.None);
        var cut = await Answering(200, body, piece: 7).QueryAsync(Any, null, CancellationToken.None);
        Assert.Equal(
            whole.Series.Select(series => string.Join(',', series.Values)),
            cut.Series.Select(series => string.Join(',', series.Values))
        );
    }

    [Theory]
    [InlineData("<html>bad gateway</html>", 502, UpstreamFault.Failed)]
    [InlineData("<html>not json</html>", 200, UpstreamFault.Garbled)]
    [InlineData(
        """{"status":"success","data":{"resultType":"vector","result":[{"metric":{}""",
        200,
        UpstreamFault.Garbled
    )]
    public async Task Nonsense_is_told_as_such(string body, int status, UpstreamFault fault)
    {
        var error = await Assert.ThrowsAsync<UpstreamException>(() =>
            Answering(status, body).QueryAsync(Any, null, CancellationToken.None)
        );
        Assert.Equal(fault, error.Fault);
    }

    [Fact]
    public async Task Reads_what_a_real_server_knows_besides_samples()
    {
        var build = await Recorded("buildinfo").BuildAsync(CancellationToken.None);
        Assert.Equal(("2.42.0+ds", "go1.19.8"), (build.Version, build.GoVersion));
        var group = Assert.Single(await Recorded("rules").RulesAsync(CancellationToken.None));
        Assert.Equal(("tenants", 2.0, 3), (group.Name, group.Interval, group.Rules.Count));
        var firing = group.Rules[1];
        Assert.Equal(("TenantTargetDown", "firing", 4.0), (firing.Name, firing.State, firing.Duration));
        Assert.Equal("witcom", Assert.Single(firing.Alerts).Labels["tenant"]);
        Assert.Equal(0, firing.Alerts[0].Value);
        Assert.Null(group.Rules[0].State);
        var targets = await Recorded("targets").TargetsAsync(CancellationToken.None);
        Assert.Equal(["down", "up", "up"], targets.Select(target => target.Health));
        Assert.Contains("connection refused", targets[0].LastError, StringComparison.Ordinal);
        var scope = Any.Scope;
        Assert.Equal(
            ["rentguy-api", "rentguy-web"],
            await new PrometheusFacts(
                Recorded("label values scoped"),
                new PromQlDialect(),
                new StubTenants()
            ).LabelValuesAsync(scope, "service", null, CancellationToken.None)
        );
        Assert.Contains(
            "alertname",
            await new PrometheusFacts(Recorded("labels"), new PromQlDialect(), new StubTenants()).LabelsAsync(
                scope,
                null,
                CancellationToken.None
            )
        );
        var series = await new PrometheusFacts(Recorded("series"), new PromQlDialect(), new StubTenants()).SeriesAsync(
            scope,
            "up",
            DateTimeOffset.UnixEpoch,
            DateTimeOffset.UnixEpoch,
            CancellationToken.None
        );
        Assert.Equal("prometheus", series[0]["job"]);
    }

    [Fact]
    public async Task Reads_exemplars()
    {
        const string Body =
            """{"status":"success","data":[{"seriesLabels":{"__name__":"x_bucket","tenant":"rentguy"},"exemplars":[{"labels":{"trace_id":"abc"},"value":"6","timestamp":1600096945.479},{"labels":{},"value":"+Inf","timestamp":1}]}]}""";
        var found = Assert.Single(
            await new PrometheusFacts(Answering(200, Body), new PromQlDialect(), new StubTenants()).ExemplarsAsync(
                Any.Scope,
                "x_bucket",
                DateTimeOffset.UnixEpoch,
                DateTimeOffset.UnixEpoch,
                CancellationToken.None
            )
        );
        Assert.Equal("rentguy", found.SeriesLabels["tenant"]);
        Assert.Equal(
            ("abc", 6.0, 1600096945.479),
            (found.Exemplars[0].Labels["trace_id"], found.Exemplars[0].Value, found.Exemplars[0].Timestamp)
        );
        Assert.Equal(double.PositiveInfinity, found.Exemplars[1].Value);
        // The server answers it with nothing at all.
        Assert.Empty(
            await new PrometheusFacts(Answering(204, ""), new PromQlDialect(), new StubTenants()).ExemplarsAsync(
                Any.Scope,
                "vector(1)",
                DateTimeOffset.UnixEpoch,
                DateTimeOffset.UnixEpoch,
                CancellationToken.None
            )
        );
    }

    [Fact]
    public async Task Facts_of_other_tenants_are_left_out()
    {
        var scope = Any.Scope;
        Assert.Empty(
            await new PrometheusFacts(Recorded("rules"), new PromQlDialect(), new StubTenants()).AlertsAsync(
                scope,
                CancellationToken.None
            )
        );
        Assert.Empty(
            await new PrometheusFacts(Recorded("targets"), new PromQlDialect(), new StubTenants()).TargetsAsync(
                scope,
                CancellationToken.None
            )
        );
        var rules = Assert.Single(
            await new PrometheusFacts(Recorded("rules"), new PromQlDialect(), new StubTenants()).RulesAsync(
                scope,
                CancellationToken.None
            )
        );
        Assert.All(rules.Rules, rule => Assert.Empty(rule.Alerts));
        Assert.Equal([null, "inactive", "inactive"], rules.Rules.Select(rule => rule.State));
        var other = new TenantScope(["witcom"]);
        Assert.Single(
            await new PrometheusFacts(Recorded("rules"), new PromQlDialect(), new StubTenants()).AlertsAsync(
                other,
                CancellationToken.None
            )
        );
        const string Named =
            """{"status":"success","data":{"groups":[{"name":"g","file":"f","interval":1,"rules":[{"name":"a","query":"up{tenant=\"witcom\"} == 0","type":"recording","lastEvaluation":"2026-01-01T00:00:00Z"},{"name":"b","query":"up","labels":{"tenant":"witcom"},"type":"recording","lastEvaluation":"2026-01-01T00:00:00Z"}]}]}}""";
        Assert.Empty(
            await new PrometheusFacts(Answering(200, Named), new PromQlDialect(), new StubTenants()).RulesAsync(
                scope,
                CancellationToken.None
            )
        );
        Assert.Equal(
            2,
            Assert
                .Single(
                    await new PrometheusFacts(Answering(200, Named), new PromQlDialect(), new StubTenants()).RulesAsync(
                        other,
                        CancellationToken.None
                    )
                )
                .Rules.Count
        );
    }

    private static PrometheusClient Recorded(string name)
    {
        var exchange = Recordings.Recorded.Of("prometheus").Single(found => found.Name == name);
        return Answering(exchange.Status, exchange.Body);
    }

    [Fact]
    public async Task Without_an_address_it_names_the_setting()
    {
        var client = new PrometheusClient(
            new HttpClient(),
            Options.Create(new PrometheusOptions()),
            new Upstreams(new FakeTimeProvider())
        );
        var error = await Assert.ThrowsAsync<UpstreamException>(() =>
            client.QueryAsync(Any, null, CancellationToken.None)
        );
        Assert.Equal(UpstreamFault.NotConfigured, error.Fault);
        Assert.Contains("Prometheus:Url", error.Remedy, StringComparison.Ordinal);
    }

    private static double Expected(string text) =>
        text switch
        {
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            "NaN" => double.NaN,
            _ => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture),
        };

    internal static PrometheusClient Answering(int status, string body, int? piece = null) =>
        new(
            new HttpClient(new Stub(status, body, piece)) { BaseAddress = new Uri("http://prometheus.test/") },
            Options.Create(new PrometheusOptions { Url = "http://prometheus.test" }),
            new Upstreams(new FakeTimeProvider())
        );

    private sealed class Stub(int status, string body, int? piece) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        )
        {
            var bytes = Encoding.UTF8.GetBytes(body);
            HttpContent content = piece is { } size
                ? new StreamContent(new Dripping(bytes, size))
                : new ByteArrayContent(bytes);
            return Task.FromResult(new HttpResponseMessage((HttpStatusCode)status) { Content = content });
        }
    }

    private sealed class Dripping(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(size, buffer.Length)], cancellationToken);
    }
}
