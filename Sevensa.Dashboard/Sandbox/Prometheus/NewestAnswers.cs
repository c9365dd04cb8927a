using System.Text.Json.Nodes;
using Sevensa.Dashboard.Platform.Query.PromQl;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.Prometheus;

/// <summary>Whose answers it gives where two versions differ.</summary>
internal enum PrometheusManner
{
    /// <summary>2.42.</summary>
    Older,

    /// <summary>3.16: limits and annotations on queries, rules that can be chosen, what it says of itself.</summary>
    Newest,
}

/// <summary>What only the newer server answers.</summary>
internal sealed class NewestAnswers(PrometheusStatus status, SimulatedFleet fleet)
{
    /// <summary>Of paths that 2.42 does not have; null for any other.</summary>
    public Task? Answer(HttpContext context, PrometheusParameters p) =>
        (context.Request.Method, context.Segments()) switch
        {
            ("OPTIONS", ["api", "v1", ..]) => context.EmptyAsync(204),
            ("PUT" or "DELETE" or "PATCH", ["api", "v1", "query" or "query_range", ..]) => context.TextAsync(
                "Method Not Allowed\n",
                405
            ),
            ("HEAD", ["-", "ready" or "healthy"]) => context.EmptyAsync(200),
            ("GET", ["api", "v1", "scrape_pools"]) => DataAsync(
                context,
                new JsonObject { ["scrapePools"] = new JsonArray([.. status.Pools().Select(p => (JsonNode)p)]) }
            ),
            ("GET", ["api", "v1", "parse_query"]) => DataAsync(context, Shape(p.Query())),
            ("GET", ["api", "v1", "status", "flags"]) => DataAsync(
                context,
                new JsonObject { ["query.lookback-delta"] = "5m", ["storage.tsdb.retention.time"] = "90d" }
            ),
            ("GET", ["api", "v1", "status", "config"]) => DataAsync(
                context,
                new JsonObject { ["yaml"] = "global:\n  scrape_interval: 15s\n  evaluation_interval: 30s\n" }
            ),
            ("GET", ["api", "v1", "status", "walreplay"]) => DataAsync(
                context,
                new JsonObject
                {
                    ["min"] = 0,
                    ["max"] = 0,
                    ["current"] = 0,
                }
            ),
            ("GET", ["api", "v1", "status", "tsdb", "blocks"]) => DataAsync(
                context,
                new JsonObject { ["blocks"] = new JsonArray() }
            ),
            ("GET", ["api", "v1", "notifications"]) => DataAsync(context, new JsonArray()),
            ("GET", ["api", "v1", "features"]) => DataAsync(context, Features()),
            (_, ["api", "v1", "search", ..]) => UnavailableAsync(context, "search API disabled"),
            (_, ["api", "v1", "admin", ..]) => UnavailableAsync(context, "admin APIs disabled"),
            ("POST", ["api", "v1", "write"]) => context.TextAsync(
                "remote write receiver needs to be enabled with --web.enable-remote-write-receiver\n",
                404
            ),
            // What is told it is taken, and not kept: its samples are the fleet's.
            ("POST", ["api", "v1", "otlp", "v1", "metrics"]) => context.EmptyAsync(200),
            _ => null,
        };

    /// <summary>What the server notes on a query that it carries out, with places in its text.</summary>
    /// <param name="finds">Whether a selector selects anything.</param>
    public static (List<string> Warnings, List<string> Infos) Notes(
        Expr expr,
        bool isRange,
        Func<VectorSelector, bool> finds
    )
    {
        var (warnings, infos) = (new List<string>(), new List<string>());
        Walk(expr);
        return (warnings, infos);

        void Walk(Expr part)
        {
            if (part is Call call)
            {
                Note(call);
            }
            foreach (var inner in Parts(part))
            {
                Walk(inner);
            }
        }

        void Note(Call call)
        {
            switch (call.Function.Name, call.Arguments)
            {
                case ("sort" or "sort_desc", _) when isRange:
                    warnings.Add(
                        $"PromQL warning: {call.Function.Name} is ineffective for range queries since results are always ordered by labels (1:{call.Span.Start + 1})"
                    );
                    break;
                case ("histogram_quantile" or "quantile_over_time", [NumberLiteral { Value: < 0 or > 1 } share, ..]):
                    warnings.Add(
                        $"PromQL warning: quantile value should be between 0 and 1, got {share} (1:{share.Span.Start + 1})"
                    );
                    break;
                case ("rate" or "irate" or "increase", [MatrixSelector { Selector: { Name: { } name } selector }])
                    when !IsCounter(name) && finds(selector):
                    infos.Add(
                        $"PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: \"{name}\" (1:{selector.Span.Start + 1})"
                    );
                    break;
            }
        }
    }

    private static bool IsCounter(string name) =>
        Array.Exists(
            (string[])["_total", "_sum", "_count", "_bucket"],
            end => name.EndsWith(end, StringComparison.Ordinal)
        );

    private static IEnumerable<Expr> Parts(Expr expr) =>
        expr switch
        {
            Call call => call.Arguments,
            Aggregation aggregation => [aggregation.Expr],
            Binary binary => [binary.Left, binary.Right],
            Unary unary => [unary.Expr],
            Paren paren => [paren.Expr],
            Subquery subquery => [subquery.Expr],
            _ => [],
        };

    /// <summary>The tree as far as it is asked for here: which kind of node it begins with.</summary>
    private static JsonObject Shape(Expr expr) =>
        expr switch
        {
            Aggregation aggregation => new()
            {
                ["type"] = "aggregation",
                ["op"] = aggregation.Operator.Symbol(),
                ["grouping"] = new JsonArray([.. aggregation.Grouping.Select(g => (JsonNode)g)]),
                ["without"] = aggregation.Without,
                ["param"] = null,
                ["expr"] = Shape(aggregation.Expr),
            },
            Call call => new()
            {
                ["type"] = "call",
                ["func"] = new JsonObject
                {
                    ["name"] = call.Function.Name,
                    ["argTypes"] = new JsonArray([.. call.Function.ArgumentTypes.Select(Type)]),
                    ["returnType"] = Type(call.Function.ReturnType),
                    ["variadic"] = call.Function.Variadic,
                },
                ["args"] = new JsonArray([.. call.Arguments.Select(Shape)]),
            },
            MatrixSelector matrix => Selector(
                matrix.Selector,
                "matrixSelector",
                (matrix.Range as DurationLiteral)?.Value
            ),
            VectorSelector selector => Selector(selector, "vectorSelector", null),
            _ => new() { ["type"] = "unread" },
        };

    private static JsonObject Selector(VectorSelector selector, string type, double? range)
    {
        var json = new JsonObject
        {
            ["type"] = type,
            ["name"] = selector.Name ?? "",
            ["offset"] = 0,
            ["offsetExpr"] = null,
            ["timestamp"] = null,
            ["startOrEnd"] = null,
            ["anchored"] = false,
            ["smoothed"] = false,
            ["matchers"] = new JsonArray([
                .. selector.AllMatchers.Select(matcher => new JsonObject
                {
                    ["name"] = matcher.Name,
                    ["type"] = matcher.Operator.Symbol(),
                    ["value"] = matcher.Value,
                }),
            ]),
        };
        if (range is { } seconds)
        {
            json["range"] = seconds * 1000;
            json["rangeExpr"] = null;
        }
        return json;
    }

    private static JsonNode Type(PromQlType type) =>
        type switch
        {
            PromQlType.InstantVector => "vector",
            PromQlType.RangeVector => "matrix",
            PromQlType.Scalar => "scalar",
            _ => "string",
        };

    private static JsonObject Features() =>
        new()
        {
            ["api"] = On(("admin", false), ("lifecycle", true), ("search", false)),
            ["promql"] = On(
                ("anchored", false),
                ("smoothed", false),
                ("duration_expr", true),
                ("fill", false),
                ("subqueries", true),
                ("unquoted_utf8_names", false)
            ),
            ["promql_functions"] = On([
                .. PromQlFunctions
                    .All.Where(function => !function.Former)
                    .Select(function => (function.Name, !function.Experimental)),
            ]),
        };

    private static JsonObject On(params (string Name, bool IsOn)[] switches) =>
        new(switches.Select(one => KeyValuePair.Create(one.Name, (JsonNode?)one.IsOn)));

    private static Task UnavailableAsync(HttpContext context, string why) =>
        context.JsonAsync(
            new JsonObject
            {
                ["status"] = "error",
                ["errorType"] = "unavailable",
                ["error"] = why,
            },
            500
        );

    private static Task DataAsync(HttpContext context, JsonNode data) =>
        context.JsonAsync(new JsonObject { ["status"] = "success", ["data"] = data });

    /// <summary>What it adds to the older server's picture of itself.</summary>
    public JsonObject Runtime()
    {
        var runtime = status.Runtime();
        runtime["hostname"] = "sandbox";
        runtime["serverTime"] = Reply.GoTime(fleet.Now);
        runtime["GOMEMLIMIT"] = 1L << 33;
        return runtime;
    }
}
