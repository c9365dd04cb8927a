using System.Text.Json;
using Sevensa.Dashboard.Features.Metrics.Prometheus;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Features.Metrics;

/// <summary>Everything that Prometheus 3.16 answered: read as what it is, or told by its status in the server's own words.</summary>
public sealed class NewestRecordingTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string, int> Exchanges
    {
        get
        {
            var all = new TheoryData<string, int>();
            foreach (var file in (string[])["exchanges.json", "states.json", "feature-flags.json"])
            {
                for (var i = 0; i < Recorded.Of("prometheus-3", file).Count; i++)
                {
                    all.Add(file, i);
                }
            }
            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Exchanges))]
    public async Task Is_read_or_told(string file, int index)
    {
        var exchange = Recorded.Of("prometheus-3", file)[index];
        var client = PrometheusClientTests.Answering(exchange.Status, exchange.Body);
        var path = exchange.Path.Split('?')[0];
        path = path.Contains("/api/v1/", StringComparison.Ordinal)
            ? path[(path.IndexOf("/api/v1/", StringComparison.Ordinal) + 8)..]
            : path;
        if (exchange.Status is >= 200 and < 300)
        {
            await ReadsAsync(client, path, exchange);
            return;
        }
        var told = await Assert.ThrowsAsync<UpstreamException>(() =>
            client.QueryAsync(PrometheusClientTests.Any, null, Stop)
        );
        Assert.Equal(exchange.Status, told.Status);
        var ofItself = PrometheusClient.ErrorType(exchange.Body) is { } type;
        Assert.Equal(
            exchange.Status switch
            {
                400 or 422 => UpstreamFault.Refused,
                401 or 403 => UpstreamFault.Denied,
                503 when ofItself => UpstreamFault.TimedOut,
                503 => UpstreamFault.Busy,
                _ => UpstreamFault.Failed,
            },
            told.Fault
        );
        Assert.Equal(
            ofItself
                ? JsonDocument.Parse(exchange.Body).RootElement.GetProperty("error").GetString()
                : exchange.Body.Trim(),
            told.Message
        );
        Assert.Equal(told.Fault == UpstreamFault.Refused, told.Remedy is null);
    }

    /// <summary>What nobody here asks Prometheus for, by the reason.</summary>
    private static readonly (string Reason, string[] Names)[] Passed =
    [
        (
            "help texts are asked for by target, since here they are everybody's",
            [
                "metadata",
                "metadata of one, two helps",
                "metadata limit_per_metric",
                "metadata, OpenMetrics counter without suffix",
                "metadata, UTF-8",
                "metadata, nothing",
            ]
        ),
        ("alerts are read where their rules stand, which say what was evaluated", ["alerts", "alerts with match[]"]),
        (
            "its set-up and its inside are for whoever runs it",
            [
                "scrape pools",
                "relabel steps",
                "alertmanagers",
                "status runtimeinfo",
                "status flags",
                "status config",
                "status tsdb",
                "status walreplay",
                "status self_metrics",
                "status tsdb/blocks",
                "notifications",
                "openapi",
                "while the log is replayed: walreplay",
            ]
        ),
        (
            "whether it is there is learnt from its version, and a reload answers nothing",
            ["healthy", "ready", "ready, HEAD", "reload", "OPTIONS query", "while the log is replayed: healthy"]
        ),
        (
            "queries are read, laid out and measured here",
            ["format_query", "parse_query", "query cost", "query range cost"]
        ),
        (
            "knows no tenants",
            ["federate", "search metric names", "search label names", "search label values", "search, match[]"]
        ),
        ("nothing is written or removed", ["OTLP write", "snapshot", "delete series"]),
    ];

    private static readonly HashSet<string> Unasked = [.. Passed.SelectMany(one => one.Names)];

    [Fact]
    public void What_nobody_asks_for_was_recorded()
    {
        var recorded = Exchanges.Select(row => Recorded.Of("prometheus-3", row.Data.Item1)[row.Data.Item2].Name);
        Assert.Empty(Unasked.Except(recorded));
    }

    private static async Task ReadsAsync(PrometheusClient client, string path, Recorded.Exchange exchange)
    {
        var scope = PrometheusClientTests.Any.Scope;
        // A preflight has no body, and is no answer to a question.
        switch (exchange.Body.Length == 0 ? "" : path)
        {
            case "query" or "query_range":
                var answer = await client.QueryAsync(PrometheusClientTests.Any, null, Stop);
                using (var json = JsonDocument.Parse(exchange.Body))
                {
                    Holds(json.RootElement, answer);
                }
                break;
            case "series":
                Assert.NotEmpty(await client.SeriesAsync(PrometheusClientTests.Any, default, default, Stop));
                break;
            case "labels" or var _ when path.StartsWith("label/", StringComparison.Ordinal) || path == "labels":
                await client.LabelsAsync(PrometheusClientTests.Any, Stop);
                break;
            case "query_exemplars":
                await client.ExemplarsAsync(PrometheusClientTests.Any, default, default, Stop);
                break;
            case "targets/metadata":
                var metadata = await client.MetadataAsync(scope, null, Stop);
                Assert.All(metadata.Values, told => Assert.All(told, one => Assert.NotEmpty(one.Type)));
                break;
            case "targets":
                await client.TargetsAsync(Stop);
                break;
            case "rules":
                var groups = await client.RulesAsync(Stop);
                Assert.All(groups.SelectMany(group => group.Rules), rule => Assert.NotEmpty(rule.Health));
                break;
            case "status/buildinfo":
                Assert.NotNull(await client.BuildAsync(Stop));
                break;
            case "features":
                var dialect = new PromQlDialect();
                dialect.Learn(await client.FeaturesAsync(Stop));
                Assert.Equal(
                    exchange.Body.Contains("\"unquoted_utf8_names\":true", StringComparison.Ordinal)
                        || exchange.Body.Contains("\"unquoted_utf8_names\": true", StringComparison.Ordinal),
                    dialect.Options.UnquotedNames
                );
                break;
            default:
                Assert.Contains(exchange.Name, Unasked);
                // No client asks for it; what it holds is no answer to a query, and must not pass for one.
                if (
                    !exchange.Body.Contains("\"status\":\"success\"", StringComparison.Ordinal)
                    && !exchange.Body.Contains("\"status\": \"success\"", StringComparison.Ordinal)
                )
                {
                    var garbled = await Assert.ThrowsAsync<UpstreamException>(() =>
                        client.QueryAsync(PrometheusClientTests.Any, null, Stop)
                    );
                    Assert.Equal(UpstreamFault.Garbled, garbled.Fault);
                }
                break;
        }
    }

    private static void Holds(JsonElement body, QueryAnswer answer)
    {
        var data = body.GetProperty("data");
        Assert.Equal(data.GetProperty("resultType").GetString(), answer.ResultType);
        foreach (
            var (name, notes) in (IEnumerable<(string, IReadOnlyList<string>)>)
                [("warnings", answer.Warnings), ("infos", answer.Infos)]
        )
        {
            Assert.Equal(
                body.TryGetProperty(name, out var told) ? told.EnumerateArray().Select(one => one.GetString()!) : [],
                notes
            );
        }
        if (answer.ResultType is not ("vector" or "matrix"))
        {
            return;
        }
        var series = data.GetProperty("result").EnumerateArray().ToList();
        Assert.Equal(series.Count, answer.Series.Count);
        foreach (var (want, got) in series.Zip(answer.Series))
        {
            Assert.Equal(
                want.GetProperty("metric")
                    .EnumerateObject()
                    .ToDictionary(label => label.Name, label => label.Value.GetString()!),
                got.Labels
            );
            Assert.Equal(Count(want, "value", "values"), got.Values.Length);
            Assert.Equal(Count(want, "histogram", "histograms"), got.Histograms.Count);
        }

        static int Count(JsonElement one, string single, string several) =>
            one.TryGetProperty(several, out var all) ? all.GetArrayLength()
            : one.TryGetProperty(single, out _) ? 1
            : 0;
    }
}
