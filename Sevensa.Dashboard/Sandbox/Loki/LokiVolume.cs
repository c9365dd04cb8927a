using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Platform.Query.LogQl;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Prometheus;

namespace Sevensa.Dashboard.Sandbox.Loki;

/// <summary>What Loki knows of streams without the lines themselves: sizes (estimated), patterns, fields.</summary>
internal sealed partial class LokiVolume(LokiStreams streams)
{
    private const double BytesPerLine = 148;
    private const int Sample = 1000;

    public JsonObject Stats(LokiParameters p, string[] tenants)
    {
        var (from, to) = p.Range();
        var found = p.Selectors().SelectMany(s => streams.Select(tenants, s, from, to)).ToArray();
        var lines = (long)found.Sum(s => streams.Estimate(s.Stream.Container, s.Levels, from, to));
        return new JsonObject
        {
            ["streams"] = found.Sum(s => s.Levels.Count),
            ["chunks"] = found.Sum(s => s.Levels.Count),
            ["bytes"] = (long)(lines * BytesPerLine),
            ["entries"] = lines,
        };
    }

    public void Instant(Utf8JsonWriter json, LokiParameters p, string[] tenants)
    {
        var (from, to) = p.Range();
        foreach (var (labels, bytes) in Sizes(p, tenants, from, to))
        {
            json.WriteStartObject();
            PrometheusJson.Labels(json, "metric", labels);
            json.WritePropertyName("value");
            PrometheusJson.Point(json, to / 1e9, bytes.ToString(CultureInfo.InvariantCulture));
            json.WriteEndObject();
        }
    }

    public void Range(Utf8JsonWriter json, LokiParameters p, string[] tenants)
    {
        var steps = p.Steps();
        var points = new Dictionary<LabelSet, List<(double At, long Bytes)>>();
        for (var i = 0; i < steps.Count - 1; i++)
        {
            var end = steps.At(i) + steps.Step;
            foreach (var (labels, bytes) in Sizes(p, tenants, FleetLogs.Nano(steps.At(i)), FleetLogs.Nano(end)))
            {
                if (!points.TryGetValue(labels, out var list))
                {
                    points[labels] = list = [];
                }
                list.Add((end - 0.001, bytes));
            }
        }
        foreach (var (labels, list) in points)
        {
            json.WriteStartObject();
            PrometheusJson.Labels(json, "metric", labels);
            json.WriteStartArray("values");
            foreach (var (at, bytes) in list)
            {
                PrometheusJson.Point(json, at, bytes.ToString(CultureInfo.InvariantCulture));
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
    }

    /// <summary>The shapes of recent lines, with how often each came per ten seconds.</summary>
    public JsonArray Patterns(LokiParameters p, string[] tenants)
    {
        var groups = new Dictionary<string, SortedDictionary<long, int>>();
        var levels = new Dictionary<string, string>();
        foreach (var line in Recent(p, tenants))
        {
            var pattern = Variable().Replace(line.Text, "<_>");
            levels.TryAdd(pattern, line.Labels["detected_level"] is { Length: > 0 } level ? level : "unknown");
            if (!groups.TryGetValue(pattern, out var times))
            {
                groups[pattern] = times = [];
            }
            var slot = line.Entry.TimeNano / 10_000_000_000 * 10;
            times[slot] = times.GetValueOrDefault(slot) + 1;
        }
        return
        [
            .. groups
                .OrderByDescending(g => g.Value.Values.Sum())
                .Take(300)
                .Select(g => new JsonObject
                {
                    ["pattern"] = g.Key,
                    ["level"] = levels[g.Key],
                    ["samples"] = new JsonArray([.. g.Value.Select(t => new JsonArray(t.Key, t.Value))]),
                }),
        ];
    }

    public JsonObject FieldValues(LokiParameters p, string[] tenants, string name) =>
        new()
        {
            ["values"] = new JsonArray([
                .. (Found(p, tenants).TryGetValue(name, out var field) ? field.Values : []).Select(v => (JsonNode)v),
            ]),
            ["limit"] = Sample,
        };

    private SortedDictionary<string, (HashSet<string> Values, HashSet<string> Parsers)> Found(
        LokiParameters p,
        string[] tenants
    )
    {
        var fields = new SortedDictionary<string, (HashSet<string> Values, HashSet<string> Parsers)>(
            StringComparer.Ordinal
        );
        foreach (var line in Recent(p, tenants))
        {
            Add("detected_level", line.Entry.Line.Level, "");
            var (parser, found) = LokiFields.Detect(line.Text);
            foreach (var (name, value) in found)
            {
                Add(line.Entry.Labels[name].Length > 0 ? name + "_extracted" : name, value, parser);
            }
        }
        return fields;

        void Add(string name, string value, string parser)
        {
            if (!fields.TryGetValue(name, out var field))
            {
                fields[name] = field = ([], []);
            }
            field.Values.Add(value);
            if (parser.Length > 0)
            {
                field.Parsers.Add(parser);
            }
        }
    }

    public JsonObject Fields(LokiParameters p, string[] tenants) =>
        new()
        {
            ["fields"] = new JsonArray([
                .. Found(p, tenants).Select(f => Field(f.Key, f.Value.Values, f.Value.Parsers)),
            ]),
            ["limit"] = Sample,
        };

    private static JsonObject Field(string name, HashSet<string> values, HashSet<string> parsers)
    {
        var field = new JsonObject
        {
            ["label"] = name,
            ["type"] = TypeOf(values),
            ["cardinality"] = values.Count,
            ["parsers"] =
                parsers.Count == 0
                    ? null
                    : new JsonArray([.. parsers.Order(StringComparer.Ordinal).Select(v => (JsonNode)v)]),
        };
        if (parsers.Contains("json"))
        {
            field["jsonPath"] = new JsonArray(
                name.EndsWith("_extracted", StringComparison.Ordinal) ? name[..^"_extracted".Length] : name
            );
        }
        return field;
    }

    private IEnumerable<PipedLine> Recent(LokiParameters p, string[] tenants)
    {
        var (from, to) = p.Range();
        if (p.Query() is not LogQuery query)
        {
            throw new LokiRefusal(400, "only log selector is supported");
        }
        var pipeline = new LokiPipeline(query.Stages);
        return streams
            .Read(tenants, query.Selector, from, to, true)
            .Select(e => new PipedLine(e))
            .Where(pipeline.Run)
            .Take(Sample);
    }

    private IEnumerable<(LabelSet Labels, long Bytes)> Sizes(LokiParameters p, string[] tenants, long from, long to)
    {
        // By the labels that are named, else by those that the selector names.
        var selectors = p.Selectors().ToArray();
        var by = p["targetLabels"] is { Length: > 0 } named
            ? named.Split(',')
            : [.. selectors.SelectMany(s => s?.Matchers.Select(m => m.Name) ?? []).Distinct()];
        return selectors
            .SelectMany(s => streams.Select(tenants, s, from, to))
            .SelectMany(s =>
                s.Levels.Select(level =>
                    (
                        Labels: s.Stream.LabelsAtLevel(level, true).Only(by),
                        Bytes: streams.Estimate(s.Stream.Container, new HashSet<string> { level }, from, to)
                            * BytesPerLine
                    )
                )
            )
            .GroupBy(s => s.Labels)
            .Select(g => (g.Key, (long)g.Sum(s => s.Bytes)))
            .Where(s => s.Item2 > 0)
            .OrderByDescending(s => s.Item2)
            .Take(p.AnyLimit(orNone: true));
    }

    private static string TypeOf(IEnumerable<string> values)
    {
        var first = values.First();
        return long.TryParse(first, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) ? "int"
            : double.TryParse(first, NumberStyles.Float, CultureInfo.InvariantCulture, out _) ? "float"
            : first is "true" or "false" ? "boolean"
            : LokiFields.Seconds(first) is not null ? "duration"
            : "string";
    }

    [GeneratedRegex(@"\b(?=[\w.:-]*\d)[\w.:-]+\b")]
    private static partial Regex Variable();
}
