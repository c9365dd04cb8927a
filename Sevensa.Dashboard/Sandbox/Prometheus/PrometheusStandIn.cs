using System.Text.Json.Nodes;
using Sevensa.Dashboard.Platform.Query.PromQl;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.Prometheus;

/// <summary>A Prometheus (HTTP API) that has scraped the simulated fleet for ninety days.</summary>
internal sealed class PrometheusStandIn : IStandIn
{
    private readonly SimulatedFleet fleet;
    private readonly CurrentMetrics metrics;
    private readonly LoadedRules rules;
    private readonly PrometheusManner manner;
    private readonly PrometheusStatus _status;
    private readonly NewestAnswers _newest;

    public PrometheusStandIn(
        SimulatedFleet fleet,
        CurrentMetrics metrics,
        LoadedRules rules,
        PrometheusManner manner = PrometheusManner.Newest
    )
    {
        (this.fleet, this.metrics, this.rules, this.manner) = (fleet, metrics, rules, manner);
        _status = new PrometheusStatus(fleet, metrics, rules, manner);
        _newest = new NewestAnswers(_status, fleet);
    }

    public PrometheusStandIn(SimulatedFleet fleet, CurrentMetrics metrics, PrometheusManner manner)
        : this(fleet, metrics, new LoadedRules(null, fleet, metrics), manner) { }

    private bool IsNewest => manner == PrometheusManner.Newest;

    public async Task AnswerAsync(HttpContext context)
    {
        try
        {
            var parameters = await PrometheusParameters.ReadAsync(context.Request, fleet.Now, manner);
            await ((IsNewest ? _newest.Answer(context, parameters) : null) ?? RouteAsync(context, parameters));
        }
        catch (InvalidDataException e)
        {
            await ErrorAsync(context, 400, "bad_data", $"error parsing form values: {e.Message}");
        }
        catch (TimeoutException e)
        {
            await ErrorAsync(context, 503, "timeout", e.Message);
        }
        catch (PrometheusBadData e)
        {
            await ErrorAsync(context, 400, "bad_data", e.Message);
        }
        catch (PromExecutionException e)
        {
            await ErrorAsync(context, 422, "execution", e.Message);
        }
    }

    private Task RouteAsync(HttpContext context, PrometheusParameters p) =>
        (context.Request.Method, context.Segments()) switch
        {
            ("GET", ["-", "healthy"]) => context.TextAsync("Prometheus Server is Healthy.\n"),
            ("GET", ["-", "ready"]) => context.TextAsync("Prometheus Server is Ready.\n"),
            ("POST" or "PUT", ["-", "reload"]) => rules.Reload() is { } wrong
                ? context.TextAsync(wrong + "\n", 500)
                : context.EmptyAsync(200),
            ("GET" or "POST", ["api", "v1", "query"]) => InstantAsync(context, p),
            ("GET" or "POST", ["api", "v1", "query_range"]) => RangeAsync(context, p),
            ("GET" or "POST", ["api", "v1", "query_exemplars"]) => ExemplarsAsync(context, p),
            ("GET" or "POST", ["api", "v1", "format_query"]) => DataAsync(context, p.Query().ToString()),
            ("GET" or "POST", ["api", "v1", "series"]) => SeriesAsync(context, p),
            ("GET" or "POST", ["api", "v1", "labels"]) => StringsAsync(
                context,
                p,
                Found(p).SelectMany(s => s.Labels.Names)
            ),
            ("GET", ["api", "v1", "label", var name, "values"]) => name.Contains('%', StringComparison.Ordinal)
                // What is no UTF-8 stays escaped.
                ? throw new PrometheusBadData(
                    $"invalid label name: \"{name.ToLowerInvariant().Replace("%", "\\x", StringComparison.Ordinal)}\""
                )
                : StringsAsync(context, p, Found(p).Select(s => s.Labels[name]).Where(v => v.Length > 0)),
            ("GET", ["api", "v1", "metadata"]) => DataAsync(context, Metadata(p)),
            ("GET", ["api", "v1", "targets", "metadata"]) => DataAsync(context, TargetMetadata(p)),
            ("GET", ["api", "v1", "rules"]) => DataAsync(context, _status.Rules(p)),
            ("GET", ["api", "v1", "alerts"]) => DataAsync(context, _status.Alerts()),
            ("GET", ["api", "v1", "targets"]) => DataAsync(context, _status.Targets()),
            ("GET", ["api", "v1", "alertmanagers"]) => DataAsync(
                context,
                new JsonObject { ["activeAlertmanagers"] = new JsonArray(), ["droppedAlertmanagers"] = new JsonArray() }
            ),
            ("GET", ["api", "v1", "status", "buildinfo"]) => DataAsync(context, PrometheusStatus.Build()),
            ("GET", ["api", "v1", "status", "runtimeinfo"]) => DataAsync(
                context,
                IsNewest ? _newest.Runtime() : _status.Runtime()
            ),
            ("GET", ["api", "v1", "status", "tsdb"]) => DataAsync(context, _status.Tsdb()),
            _ => context.TextAsync("404 page not found\n", 404),
        };

    private Task InstantAsync(HttpContext context, PrometheusParameters p)
    {
        p.RefuseTooShortTimeout();
        var limit = p.Limit();
        var at = p.Time("time");
        var expr = p.Query();
        switch (Bare(expr))
        {
            case MatrixSelector matrix:
                return RawAsync(context, matrix, at);
            case Subquery subquery:
                var (inner, points) = new Evaluator(Source(), new Steps(at, at, 0)).Points(subquery);
                return MatrixAsync(context, json => PrometheusJson.Range(json, points, inner));
        }
        var steps = new Steps(at, at, 0);
        var result = new Evaluator(Source(), steps).Evaluate(expr);
        return context.JsonAsync(json =>
        {
            json.WriteStartObject();
            json.WriteString("status", "success");
            json.WriteStartObject("data");
            PrometheusJson.Instant(json, Cut(result, limit), at);
            Stats(json, p);
            json.WriteEndObject();
            Notes(json, p, expr, false, Size(result) > limit);
            json.WriteEndObject();
        });
    }

    private Task RangeAsync(HttpContext context, PrometheusParameters p)
    {
        p.RefuseTooShortTimeout();
        var limit = p.Limit();
        var steps = p.Range();
        var expr = p.Query();
        if (expr.Type is PromQlType.RangeVector or PromQlType.String)
        {
            throw new PrometheusBadData(
                $"invalid expression type \"{(expr.Type == PromQlType.String ? "string" : "range vector")}\" for range query, must be Scalar or instant Vector"
            );
        }
        var result = new Evaluator(Source(), steps).Evaluate(expr);
        return context.JsonAsync(json =>
        {
            json.WriteStartObject();
            json.WriteString("status", "success");
            json.WriteStartObject("data");
            PrometheusJson.Range(json, Cut(result, limit), steps);
            Stats(json, p);
            json.WriteEndObject();
            Notes(json, p, expr, true, Size(result) > limit);
            json.WriteEndObject();
        });
    }

    private static int Size(EvalResult result) =>
        result is VectorResult vector
            ? vector.Columns.Count(column => column.Values.Any(value => !Absent.Is(value)))
            : 0;

    private static EvalResult Cut(EvalResult result, int limit) =>
        result is VectorResult vector && Size(result) > limit
            ? new VectorResult([
                .. vector.Columns.Where(column => column.Values.Any(value => !Absent.Is(value))).Take(limit),
            ])
            : result;

    /// <summary>What newer servers say beside an answer.</summary>
    private void Notes(
        System.Text.Json.Utf8JsonWriter json,
        PrometheusParameters p,
        Expr expr,
        bool isRange,
        bool isCut
    )
    {
        if (!IsNewest)
        {
            return;
        }
        var source = Source();
        var (warnings, infos) = NewestAnswers.Notes(
            expr,
            isRange,
            selector => source.Select(selector.AllMatchers).Any()
        );
        if (isCut)
        {
            warnings.Add(Truncated);
        }
        if (p["stats"] is { Length: > 0 } stats and not ("true" or "all"))
        {
            warnings.Add(
                $"value \"{stats}\" for parameter \"stats\" is deprecated and will be rejected in the next major release, use \"true\" or \"all\""
            );
        }
        Texts(json, "warnings", warnings);
        Texts(json, "infos", infos);
    }

    private static void Texts(System.Text.Json.Utf8JsonWriter json, string name, List<string> texts)
    {
        if (texts.Count == 0)
        {
            return;
        }
        json.WriteStartArray(name);
        texts.ForEach(json.WriteStringValue);
        json.WriteEndArray();
    }

    /// <summary>An instant query for a range vector: the raw samples.</summary>
    private Task RawAsync(HttpContext context, MatrixSelector matrix, double at)
    {
        Evaluator.Refuse(matrix.Selector);
        var source = Source();
        var evaluator = new Evaluator(source, new Steps(at, at, 0));
        var end = evaluator.Shifted(at, matrix.Selector.At, matrix.Selector.Offset);
        var range = evaluator.Seconds(matrix.Range);
        if (range / SampleSource.ScrapeInterval > 50_000)
        {
            throw new PromExecutionException(
                "query processing would load too many samples into memory in query execution"
            );
        }
        return MatrixAsync(
            context,
            json =>
            {
                json.WriteString("resultType", "matrix");
                json.WriteStartArray("result");
                foreach (var series in source.Select(matrix.Selector.AllMatchers))
                {
                    var samples = Samples(source, series, end - range, end).ToArray();
                    if (samples.Length == 0)
                    {
                        continue;
                    }
                    json.WriteStartObject();
                    PrometheusJson.Labels(json, "metric", series.Labels);
                    json.WriteStartArray("values");
                    foreach (var (t, value) in samples)
                    {
                        PrometheusJson.Point(json, t, PrometheusJson.Number(value));
                    }
                    json.WriteEndArray();
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            }
        );
    }

    private static Task MatrixAsync(HttpContext context, Action<System.Text.Json.Utf8JsonWriter> data) =>
        context.JsonAsync(json =>
        {
            json.WriteStartObject();
            json.WriteString("status", "success");
            json.WriteStartObject("data");
            data(json);
            json.WriteEndObject();
            json.WriteEndObject();
        });

    private static IEnumerable<(double T, double Value)> Samples(
        SampleSource source,
        MetricSeries series,
        double from,
        double to
    )
    {
        const double interval = SampleSource.ScrapeInterval;
        for (var cell = Math.Ceiling(from / interval); cell * interval <= to; cell++)
        {
            if (source.Sample(series, cell * interval) is var value && !Absent.Is(value))
            {
                yield return (cell * interval, value);
            }
        }
    }

    private Task SeriesAsync(HttpContext context, PrometheusParameters p)
    {
        if (p.Matches().Length == 0)
        {
            throw new PrometheusBadData("no match[] parameter provided");
        }
        var limit = p.Limit();
        var found = Found(p).ToArray();
        return context.JsonAsync(json =>
        {
            json.WriteStartObject();
            json.WriteString("status", "success");
            json.WriteStartArray("data");
            foreach (var series in found.Take(limit))
            {
                PrometheusJson.Labels(json, null, series.Labels);
            }
            json.WriteEndArray();
            Texts(json, "warnings", found.Length > limit ? [Truncated] : []);
            json.WriteEndObject();
        });
    }

    private static Task ExemplarsAsync(HttpContext context, PrometheusParameters p)
    {
        var query = p.Query();
        p.Time("start");
        p.Time("end");
        return query.Selectors().Any() ? DataAsync(context, new JsonArray()) : context.EmptyAsync(204);
    }

    /// <summary>Series that match any selector (all, without one) and have a sample in the time asked for.</summary>
    private IEnumerable<MetricSeries> Found(PrometheusParameters p)
    {
        var source = Source();
        var selectors = p.Matches();
        var all =
            selectors.Length == 0
                ? source.Select([])
                : selectors.SelectMany(s => source.Select(s.AllMatchers)).DistinctBy(s => s.Labels);
        if (p["start"] is null && p["end"] is null)
        {
            return all;
        }
        var (from, to) = (p.Time("start", fleet.Origin), Math.Min(fleet.Now, p.Time("end")));
        const int probes = 12;
        return all.Where(series =>
            Enumerable
                .Range(0, probes + 1)
                .Any(n => !Absent.Is(source.Latest(series, from + ((to - from) * n / probes)).Value))
        );
    }

    private static Task StringsAsync(HttpContext context, PrometheusParameters p, IEnumerable<string> values)
    {
        var limit = p.Limit();
        var all = values.Distinct().Order(StringComparer.Ordinal).ToArray();
        var answer = new JsonObject
        {
            ["status"] = "success",
            ["data"] = new JsonArray([.. all.Take(limit).Select(v => (JsonNode)v)]),
        };
        if (all.Length > limit)
        {
            answer["warnings"] = new JsonArray(Truncated);
        }
        return context.JsonAsync(answer);
    }

    /// <summary>Every metric's, as told by one target of the platform that no tenant runs.</summary>
    private static JsonArray TargetMetadata(PrometheusParameters p) =>
        [
            .. FleetMetrics
                .Metadata.Where(i => p["metric"] is not { Length: > 0 } only || only == i.Name || only == Family(i))
                .DistinctBy(Family)
                .Select(i => new JsonObject
                {
                    ["target"] = new JsonObject { ["instance"] = "cadvisor:8080", ["job"] = "containers" },
                    ["metric"] = Family(i),
                    ["type"] = i.Type,
                    ["help"] = i.Help,
                    ["unit"] = "",
                }),
        ];

    private const string Truncated = "results truncated due to limit";

    private static JsonObject Metadata(PrometheusParameters p)
    {
        var limit = (int)(p.Duration("limit") is >= 0 and var n ? n : int.MaxValue);
        return new JsonObject(
            FleetMetrics
                .Metadata.Where(i => p["metric"] is not { Length: > 0 } only || only == i.Name || only == Family(i))
                .DistinctBy(Family)
                .Take(limit)
                .Select(i =>
                    KeyValuePair.Create(
                        Family(i),
                        (JsonNode?)
                            new JsonArray(
                                new JsonObject
                                {
                                    ["type"] = i.Type,
                                    ["help"] = i.Help,
                                    ["unit"] = "",
                                }
                            )
                    )
                )
        );
    }

    /// <summary>Metadata of a histogram stands under its name without the suffix.</summary>
    private static string Family(MetricInfo info) =>
        info.Type == "histogram" ? info.Name[..info.Name.LastIndexOf('_')] : info.Name;

    private SampleSource Source() => new(metrics.Get(), fleet.Origin, fleet.Now);

    private static Expr Bare(Expr expr) => expr is Paren paren ? Bare(paren.Expr) : expr;

    private void Stats(System.Text.Json.Utf8JsonWriter json, PrometheusParameters p)
    {
        if (p["stats"] is not { Length: > 0 })
        {
            return;
        }
        json.WriteStartObject("stats");
        json.WriteStartObject("timings");
        foreach (
            var timing in (string[])
                [
                    "evalTotalTime",
                    "resultSortTime",
                    "queryPreparationTime",
                    "innerEvalTime",
                    "execQueueTime",
                    "execTotalTime",
                ]
        )
        {
            json.WriteNumber(timing, 0);
        }
        json.WriteEndObject();
        json.WriteStartObject("samples");
        json.WriteNumber("totalQueryableSamples", 0);
        json.WriteNumber("peakSamples", 0);
        if (IsNewest)
        {
            json.WriteNumber("samplesRead", 0);
            json.WriteNumber("seriesTouched", 0);
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static Task DataAsync(HttpContext context, JsonNode data) =>
        context.JsonAsync(new JsonObject { ["status"] = "success", ["data"] = data });

    private static Task ErrorAsync(HttpContext context, int status, string type, string message) =>
        context.JsonAsync(
            new JsonObject
            {
                ["status"] = "error",
                ["errorType"] = type,
                ["error"] = message,
            },
            status
        );
}
