using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Platform.Query.LogQl;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Prometheus;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.Loki;

/// <summary>A Loki (HTTP API of 3.4) that holds the fleet's lines: multi-tenant, or as with <c>auth_enabled: false</c>.</summary>
internal sealed partial class LokiStandIn : IStandIn
{
    private const string Json = "application/json; charset=UTF-8";
    private readonly SimulatedFleet fleet;
    private readonly bool tenancy;
    private readonly bool several;
    private readonly LokiStreams _streams;
    private readonly LokiTail _tail;
    private readonly LokiVolume _volume;

    /// <param name="several">Whether it takes <c>a|b</c>: Loki's <c>multi_tenant_queries_enabled</c>.</param>
    public LokiStandIn(SimulatedFleet fleet, bool tenancy = true, bool several = true)
    {
        (this.fleet, this.tenancy, this.several) = (fleet, tenancy, several);
        _streams = new LokiStreams(fleet, tenancy);
        _tail = new LokiTail(fleet, _streams);
        _volume = new LokiVolume(_streams);
    }

    public async Task AnswerAsync(HttpContext context)
    {
        var parameters = await LokiParameters.ReadAsync(context.Request, fleet.NowNano());
        try
        {
            await RouteAsync(context, parameters);
        }
        catch (LokiRefusal refusal)
        {
            await context.TextAsync(refusal.Message, refusal.Status);
        }
        catch (PromExecutionException e)
        {
            await context.TextAsync(e.Message, 400);
        }
    }

    private Task RouteAsync(HttpContext context, LokiParameters p)
    {
        var segments = context.Segments();
        switch (segments)
        {
            case ["ready"]:
                return context.TextAsync("ready\n");
            case ["loki", "api", "v1", "status", "buildinfo"]:
                return context.JsonAsync(LokiAnswers.Build());
            case ["loki", "api", "v1", "format_query"]:
                return DataAsync(context, p.Query().ToString(), "application/json; charset=utf-8");
        }
        if (segments is not ["loki", "api", "v1", .. var path] || context.Request.Method is not ("GET" or "POST"))
        {
            return context.TextAsync("404 page not found\n", 404);
        }
        string[] tenants = context
            .Request.Headers["X-Scope-OrgID"]
            .ToString()
            .Split('|', StringSplitOptions.RemoveEmptyEntries);
        if (tenancy && tenants.Length == 0)
        {
            return context.TextAsync("no org id\n", 401);
        }
        if (tenancy && Array.Find(tenants, tenant => tenant.Contains('/', StringComparison.Ordinal)) is { } odd)
        {
            throw new LokiRefusal(400, $"tenant ID '{odd}' contains unsupported character '/'");
        }
        // A tail takes one tenant in any case.
        if (tenancy && tenants.Length > 1 && (!several || path is ["tail"]))
        {
            return context.TextAsync("multiple org IDs present\n", 400);
        }
        return path switch
        {
            ["query_range"] => RangeAsync(context, p, tenants),
            ["query"] => InstantAsync(context, p, tenants),
            ["labels"] or ["label"] => DataAsync(context, Sorted(Found(p, tenants).SelectMany(l => l.Names))),
            ["label", var name, "values"] => DataAsync(
                context,
                Sorted(Found(p, tenants).Select(l => l[name]).Where(v => v.Length > 0))
            ),
            ["series"] => DataAsync(
                context,
                new JsonArray([.. Found(p, tenants).Select(l => (JsonNode)PrometheusStatus.Labels(l))])
            ),
            ["index", "stats"] => context.JsonAsync(_volume.Stats(p, tenants), contentType: Json),
            ["index", "volume"] => VolumeAsync(context, "vector", json => _volume.Instant(json, p, tenants)),
            ["index", "volume_range"] => VolumeAsync(context, "matrix", json => _volume.Range(json, p, tenants)),
            ["patterns"] => DataAsync(context, _volume.Patterns(p, tenants)),
            ["detected_fields"] => context.JsonAsync(_volume.Fields(p, tenants), contentType: Json),
            ["detected_field", var name, "values"] => context.JsonAsync(
                _volume.FieldValues(p, tenants, name),
                contentType: Json
            ),
            ["drilldown-limits"] => context.JsonAsync(LokiAnswers.Limits(), contentType: Json),
            // No rules are kept here.
            ["rules", ..] => context.TextAsync("no rule groups found\n", 404),
            ["detected_labels"] => context.JsonAsync(DetectedLabels(p, tenants), contentType: Json),
            ["tail"] => _tail.AnswerAsync(context, p, tenants),
            _ => context.TextAsync("404 page not found\n", 404),
        };
    }

    private Task RangeAsync(HttpContext context, LokiParameters p, string[] tenants)
    {
        p.CheckRange();
        var query = p.Query();
        if (query is MetricExpr metric)
        {
            RefuseSwitchedOff(metric);
            var steps = p.Steps();
            var result = new LokiMetrics(_streams, tenants, steps).Evaluate(metric);
            return AnswerAsync(context, json => PrometheusJson.Range(json, result, steps));
        }
        var (from, to) = p.Range();
        var limit = p.Limit();
        var log = (LogQuery)query;
        var isForward = p.Forward;
        var pipeline = new LokiPipeline(log.Stages);
        var lines = new List<PipedLine>();
        foreach (var entry in _streams.Read(tenants, log.Selector, from, to, !isForward))
        {
            var line = new PipedLine(entry);
            if (pipeline.Run(line))
            {
                lines.Add(line);
                if (lines.Count == limit)
                {
                    break;
                }
            }
        }
        var isCategorized = LokiAnswers.IsCategorized(context.Request);
        return AnswerAsync(context, json => LokiAnswers.Streams(json, lines, isCategorized));
    }

    private Task InstantAsync(HttpContext context, LokiParameters p, string[] tenants)
    {
        if (p.Query() is not MetricExpr metric)
        {
            throw new LokiRefusal(
                400,
                "log queries are not supported as an instant query type, please change your query to a range query type"
            );
        }
        RefuseSwitchedOff(metric);
        p.AnyLimit();
        var at = p.At() / 1e9;
        var result = new LokiMetrics(_streams, tenants, new Steps(at, at, 0)).Evaluate(metric);
        return AnswerAsync(context, json => PrometheusJson.Instant(json, result, at));
    }

    /// <summary>As a server whose settings are the ones it came with.</summary>
    private static void RefuseSwitchedOff(MetricExpr metric)
    {
        var words = Quoted().Replace(metric.ToString()!, "");
        if (words.Contains("approx_topk", StringComparison.Ordinal))
        {
            throw new LokiRefusal(500, "approx_topk is not enabled. See -limits.shard_aggregations");
        }
        if (words.Contains("variants(", StringComparison.Ordinal))
        {
            throw new LokiRefusal(400, "multi variant queries are disabled for this instance");
        }
    }

    [GeneratedRegex("\"(?:\\\\.|[^\"\\\\])*\"|`[^`]*`")]
    private static partial Regex Quoted();

    /// <summary>Index labels of the streams that were asked for.</summary>
    private IEnumerable<LabelSet> Found(LokiParameters p, string[] tenants)
    {
        var (from, to) = p.Range();
        return p.Selectors()
            .SelectMany(s => _streams.Select(tenants, s, from, to))
            .SelectMany(s => s.Levels.Select(l => s.Stream.LabelsAtLevel(l, false)))
            .Distinct();
    }

    private JsonObject DetectedLabels(LokiParameters p, string[] tenants) =>
        new()
        {
            ["detectedLabels"] = new JsonArray([
                .. Found(p, tenants)
                    .SelectMany(l => l.Pairs.ToArray())
                    .Distinct()
                    .CountBy(pair => pair.Key)
                    .Select(c => new JsonObject { ["label"] = c.Key, ["cardinality"] = c.Value }),
            ]),
        };

    private static JsonArray Sorted(IEnumerable<string> values) =>
        [.. values.Distinct().Order(StringComparer.Ordinal).Select(v => (JsonNode)v)];

    private static Task DataAsync(HttpContext context, JsonNode data, string type = Json) =>
        context.JsonAsync(new JsonObject { ["status"] = "success", ["data"] = data }, contentType: type);

    private static Task VolumeAsync(HttpContext context, string type, Action<Utf8JsonWriter> result) =>
        AnswerAsync(
            context,
            json =>
            {
                json.WriteString("resultType", type);
                json.WriteStartArray("result");
                result(json);
                json.WriteEndArray();
            }
        );

    private static Task AnswerAsync(HttpContext context, Action<Utf8JsonWriter> data) =>
        context.JsonAsync(
            json =>
            {
                json.WriteStartObject();
                json.WriteString("status", "success");
                json.WriteStartObject("data");
                data(json);
                json.WritePropertyName("stats");
                LokiAnswers.Stats.WriteTo(json);
                json.WriteEndObject();
                json.WriteEndObject();
            },
            Json
        );
}
