using System.Globalization;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.Prometheus;

/// <summary>Rules, alerts, targets and what Prometheus says of itself.</summary>
internal sealed class PrometheusStatus(
    SimulatedFleet fleet,
    CurrentMetrics metrics,
    LoadedRules loaded,
    PrometheusManner manner
)
{
    private const double Interval = 30;

    /// <summary>All rules, or with the newer server those that a request chooses.</summary>
    public JsonObject Rules(PrometheusParameters p)
    {
        var all = AllRules();
        if (manner == PrometheusManner.Older)
        {
            return all;
        }
        var selectors = p.RuleSelectors();
        var groups = all["groups"]!.AsArray().Select(group => group!.AsObject()).ToList();
        foreach (var group in groups)
        {
            group["rules"] = new JsonArray([
                .. group["rules"]!
                    .AsArray()
                    .Where(rule =>
                        p.Many("rule_name[]") is not { Length: > 0 } names || names.Contains((string?)rule!["name"])
                    )
                    // It looks at the labels that stand in the rule, not at those of its alerts.
                    .Where(rule =>
                        selectors.Length == 0 || selectors.Any(one => Holds(one, rule!["labels"]!.AsObject()))
                    )
                    .Where(rule =>
                        p["type"] is not { Length: > 0 } type
                        || rule!["type"]!.ToString().StartsWith(type, StringComparison.Ordinal)
                    )
                    .Select(rule => rule!.DeepClone()),
            ]);
            if (p["exclude_alerts"] == "true")
            {
                foreach (var rule in group["rules"]!.AsArray())
                {
                    rule!["alerts"] = new JsonArray();
                }
            }
        }
        var chosen = groups
            .Where(group =>
                p.Many("rule_group[]") is not { Length: > 0 } names || names.Contains((string?)group["name"])
            )
            .Where(group => group["rules"]!.AsArray().Count > 0)
            .ToList();
        var most = p["group_limit"] is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : int.MaxValue;
        var answer = new JsonObject
        {
            ["groups"] = new JsonArray([.. chosen.Take(most).Select(one => one.DeepClone())]),
        };
        if (chosen.Count > most)
        {
            answer["groupNextToken"] = Noise.Hex("group " + most, 64);
        }
        return answer;
    }

    private static bool Holds(Platform.Query.PromQl.VectorSelector selector, JsonObject labels) =>
        selector.Matchers.All(matcher =>
        {
            var value = labels[matcher.Name]?.ToString() ?? "";
            return matcher.Operator switch
            {
                Platform.Query.PromQl.MatchOperator.Equal => value == matcher.Value,
                Platform.Query.PromQl.MatchOperator.NotEqual => value != matcher.Value,
                Platform.Query.PromQl.MatchOperator.Regex => LabelTest.Anchored(matcher.Value).IsMatch(value),
                _ => !LabelTest.Anchored(matcher.Value).IsMatch(value),
            };
        });

    /// <summary>Jobs, as the pools of their targets are called.</summary>
    public IEnumerable<string> Pools() =>
        metrics.Get().Of("up").Select(up => up.Labels["job"]).Distinct().Order(StringComparer.Ordinal);

    private JsonObject AllRules()
    {
        var alerts = AlertRules.At(metrics.Get(), fleet.Now).ToArray();
        var evaluated = Reply.GoTime(Math.Floor(fleet.Now / Interval) * Interval);
        return new JsonObject
        {
            ["groups"] = new JsonArray([
                Group("tenants", "rules.yml", AlertRules.All.Select(r => Rule(r, alerts, evaluated)), evaluated),
                .. loaded
                    .All.GroupBy(r => (r.Group, r.File))
                    .Select(g =>
                        Group(g.Key.Group, g.Key.File, g.Select(r => Rule(r, loaded.AlertsOf(r), evaluated)), evaluated)
                    ),
            ]),
        };
    }

    private static JsonObject Group(string name, string file, IEnumerable<JsonObject> rules, string evaluated) =>
        new()
        {
            ["name"] = name,
            ["file"] = file,
            ["rules"] = new JsonArray([.. rules]),
            ["interval"] = Interval,
            ["limit"] = 0,
            ["evaluationTime"] = 0.0021,
            ["lastEvaluation"] = evaluated,
        };

    private static JsonObject Rule(LoadedRule rule, IReadOnlyList<FleetAlert> alerts, string evaluated)
    {
        var json = Rule(rule.Rule, [.. alerts], evaluated);
        json["labels"] = Words(rule.Labels);
        json["annotations"] = Words(rule.Annotations);
        return json;
    }

    private static JsonObject Words(IReadOnlyDictionary<string, string> words) =>
        new(words.Select(w => KeyValuePair.Create(w.Key, (JsonNode?)w.Value)));

    public JsonObject Alerts() =>
        new()
        {
            ["alerts"] = new JsonArray([
                .. AlertRules.At(metrics.Get(), fleet.Now).Concat(loaded.All.SelectMany(loaded.AlertsOf)).Select(Alert),
            ]),
        };

    public JsonObject Targets()
    {
        var current = metrics.Get();
        return new JsonObject
        {
            ["activeTargets"] = new JsonArray([.. current.Of("up").Select(Target)]),
            ["droppedTargets"] = new JsonArray(),
            ["droppedTargetCounts"] = new JsonObject(Pools().Select(pool => KeyValuePair.Create(pool, (JsonNode?)0))),
        };
    }

    public static JsonObject Build() =>
        new()
        {
            ["version"] = "2.42.0+sandbox",
            ["revision"] = "sandbox",
            ["branch"] = "sandbox",
            ["buildUser"] = "sandbox",
            ["buildDate"] = "20260604-00:58:54",
            ["goVersion"] = "go1.19.8",
        };

    public JsonObject Runtime() =>
        new()
        {
            ["startTime"] = Reply.GoTime(fleet.Origin),
            ["CWD"] = "/prometheus",
            ["reloadConfigSuccess"] = true,
            ["lastConfigTime"] = Reply.GoTime(fleet.Origin),
            ["corruptionCount"] = 0,
            ["goroutineCount"] = 42,
            ["GOMAXPROCS"] = 4,
            ["GOGC"] = "",
            ["GODEBUG"] = "",
            ["storageRetention"] = "90d",
        };

    public JsonObject Tsdb()
    {
        var current = metrics.Get();
        var series = FleetMetrics.Names.SelectMany(current.Of).ToArray();
        return new JsonObject
        {
            ["headStats"] = new JsonObject
            {
                ["numSeries"] = series.Length,
                ["numLabelPairs"] = series.SelectMany(s => s.Labels.Pairs.ToArray()).Distinct().Count(),
                ["chunkCount"] = series.Length,
                ["minTime"] = (long)(fleet.Origin * 1000),
                ["maxTime"] = (long)(fleet.Now * 1000),
            },
            ["seriesCountByMetricName"] = Top(series.Select(s => s.Labels["__name__"])),
            ["labelValueCountByLabelName"] = Top(
                series.SelectMany(s => s.Labels.Pairs.ToArray()).Distinct().Select(p => p.Key)
            ),
            ["memoryInBytesByLabelName"] = Top(series.SelectMany(s => s.Labels.Names)),
            ["seriesCountByLabelValuePair"] = Top(
                series.SelectMany(s => s.Labels.Pairs.ToArray()).Select(p => $"{p.Key}={p.Value}")
            ),
        };
    }

    private static JsonArray Top(IEnumerable<string> names) =>
        [
            .. names
                .CountBy(n => n)
                .OrderByDescending(n => n.Value)
                .Take(10)
                .Select(n => new JsonObject { ["name"] = n.Key, ["value"] = n.Value }),
        ];

    private static JsonObject Rule(AlertRule rule, FleetAlert[] alerts, string evaluated)
    {
        var own = alerts.Where(a => a.Rule == rule).ToArray();
        return new JsonObject
        {
            ["state"] =
                own.Length == 0 ? "inactive"
                : own.Any(a => a.State == "firing") ? "firing"
                : "pending",
            ["name"] = rule.Name,
            ["query"] = rule.Query,
            ["duration"] = rule.ForSeconds,
            ["keepFiringFor"] = 0,
            ["labels"] = new JsonObject { ["severity"] = rule.Severity },
            ["annotations"] = new JsonObject { ["summary"] = rule.Summary },
            ["alerts"] = new JsonArray([.. own.Select(Alert)]),
            ["health"] = "ok",
            ["evaluationTime"] = 0.0006,
            ["lastEvaluation"] = evaluated,
            ["type"] = "alerting",
        };
    }

    private static JsonObject Alert(FleetAlert alert) =>
        new()
        {
            ["labels"] = Labels(alert.Labels),
            ["annotations"] = new JsonObject { ["summary"] = AlertRules.Summary(alert) },
            ["state"] = alert.State,
            ["activeAt"] = Reply.GoTime(alert.Since),
            ["value"] = Platform.Query.PromQl.GoText.Exponent(alert.Value),
        };

    private JsonObject Target(MetricSeries up)
    {
        var labels = up.Labels.Without("__name__");
        var healthy = up.Value(fleet.Now) > 0;
        var url = $"http://{labels["instance"]}/metrics";
        var discovered = Labels(labels);
        discovered["__address__"] = labels["instance"];
        discovered["__metrics_path__"] = "/metrics";
        discovered["__scheme__"] = "http";
        return new JsonObject
        {
            ["discoveredLabels"] = discovered,
            ["labels"] = Labels(labels),
            ["scrapePool"] = labels["job"],
            ["scrapeUrl"] = url,
            ["globalUrl"] = url,
            ["lastError"] = healthy ? "" : $"Get \"{url}\": dial tcp: connect: connection refused",
            ["lastScrape"] = Reply.GoTime(
                Math.Floor(fleet.Now / SampleSource.ScrapeInterval) * SampleSource.ScrapeInterval
            ),
            ["lastScrapeDuration"] = 0.004,
            ["health"] = healthy ? "up" : "down",
            ["scrapeInterval"] = "15s",
            ["scrapeTimeout"] = "10s",
        };
    }

    public static JsonObject Labels(LabelSet labels) =>
        new(labels.Pairs.ToArray().Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value)));
}
