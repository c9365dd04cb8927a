using System.Globalization;
using System.Text.Json;

namespace Sevensa.Dashboard.Features.Logs.Loki;

/// <summary>Answers in the envelopes that Loki has for them, for its own clients.</summary>
internal static class LokiMergedJson
{
    // Written on before more is made of it.
    private const int Piece = 64 * 1024;

    public static async Task AnswerAsync(Utf8JsonWriter json, LokiAnswer answer, CancellationToken cancellation)
    {
        Begin(json);
        json.WriteStartObject("data");
        json.WriteString("resultType", answer.Type.ToString().ToLowerInvariant());
        json.WriteStartArray("result");
        if (answer.Type == LokiResultType.Scalar)
        {
            // It says nothing of any tenant, so it is the same for each.
            foreach (var point in answer.Series.SelectMany(series => series.Points).Take(1))
            {
                Time(json, point);
                json.WriteStringValue(Number(point.Value));
            }
        }
        else if (answer.Type == LokiResultType.Streams)
        {
            foreach (var stream in answer.Streams)
            {
                json.WriteStartObject();
                Labels(json, "stream", stream.Labels);
                json.WriteStartArray("values");
                foreach (var entry in stream.Entries)
                {
                    Entry(json, entry);
                    if (json.BytesPending > Piece)
                    {
                        await json.FlushAsync(cancellation);
                    }
                }
                json.WriteEndArray();
                json.WriteEndObject();
            }
        }
        else
        {
            foreach (var series in answer.Series)
            {
                json.WriteStartObject();
                Labels(json, "metric", series.Labels);
                if (answer.Type == LokiResultType.Matrix)
                {
                    json.WriteStartArray("values");
                    foreach (var point in series.Points)
                    {
                        json.WriteStartArray();
                        Point(json, point);
                        json.WriteEndArray();
                    }
                    json.WriteEndArray();
                }
                else
                {
                    json.WriteStartArray("value");
                    Point(json, series.Points[0]);
                    json.WriteEndArray();
                }
                json.WriteEndObject();
                if (json.BytesPending > Piece)
                {
                    await json.FlushAsync(cancellation);
                }
            }
        }
        json.WriteEndArray();
        json.WriteStartObject("stats");
        json.WriteStartObject("summary");
        json.WriteNumber("totalBytesProcessed", answer.Stats.BytesProcessed);
        json.WriteNumber("totalLinesProcessed", answer.Stats.LinesProcessed);
        json.WriteNumber("totalEntriesReturned", answer.Stats.EntriesReturned);
        json.WriteNumber("execTime", answer.Stats.Seconds);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        if (answer.Warnings.Count > 0)
        {
            json.WriteStartArray("warnings");
            foreach (var warning in answer.Warnings)
            {
                json.WriteStringValue(warning);
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
        await json.FlushAsync(cancellation);
    }

    public static void Texts(Utf8JsonWriter json, IEnumerable<string> texts)
    {
        Begin(json);
        json.WriteStartArray("data");
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static void Series(Utf8JsonWriter json, IReadOnlyList<LokiLabels> series)
    {
        Begin(json);
        json.WriteStartArray("data");
        foreach (var labels in series)
        {
            json.WriteStartObject();
            Pairs(json, labels);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static void Stats(Utf8JsonWriter json, LokiIndexStats stats)
    {
        json.WriteStartObject();
        json.WriteNumber("streams", stats.Streams);
        json.WriteNumber("chunks", stats.Chunks);
        json.WriteNumber("bytes", stats.Bytes);
        json.WriteNumber("entries", stats.Entries);
        json.WriteEndObject();
    }

    public static void Patterns(Utf8JsonWriter json, IReadOnlyList<LokiPattern> patterns)
    {
        Begin(json);
        json.WriteStartArray("data");
        foreach (var pattern in patterns)
        {
            json.WriteStartObject();
            json.WriteString("pattern", pattern.Pattern);
            if (pattern.Level is { } level)
            {
                json.WriteString("level", level);
            }
            json.WriteStartArray("samples");
            foreach (var sample in pattern.Samples)
            {
                json.WriteStartArray();
                json.WriteNumberValue(sample.TimeUnixMs / 1000);
                json.WriteNumberValue((long)sample.Value);
                json.WriteEndArray();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static void Fields(Utf8JsonWriter json, IReadOnlyList<LokiField> fields)
    {
        json.WriteStartObject();
        json.WriteStartArray("fields");
        foreach (var field in fields)
        {
            json.WriteStartObject();
            json.WriteString("label", field.Label);
            json.WriteString("type", field.Type);
            json.WriteNumber("cardinality", field.Cardinality);
            if (field.Parsers.Count == 0)
            {
                json.WriteNull("parsers");
            }
            else
            {
                json.WriteStartArray("parsers");
                foreach (var parser in field.Parsers)
                {
                    json.WriteStringValue(parser);
                }
                json.WriteEndArray();
            }
            if (field.JsonPath.Count > 0)
            {
                json.WriteStartArray("jsonPath");
                foreach (var name in field.JsonPath)
                {
                    json.WriteStringValue(name);
                }
                json.WriteEndArray();
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static void FieldValues(Utf8JsonWriter json, IReadOnlyList<string> values)
    {
        json.WriteStartObject();
        json.WriteStartArray("values");
        foreach (var value in values)
        {
            json.WriteStringValue(value);
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static void DetectedLabels(Utf8JsonWriter json, IReadOnlyList<LokiDetectedLabel> labels)
    {
        json.WriteStartObject();
        json.WriteStartArray("detectedLabels");
        foreach (var label in labels)
        {
            json.WriteStartObject();
            json.WriteString("label", label.Label);
            json.WriteNumber("cardinality", label.Cardinality);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Begin(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("status", "success");
    }

    public static void Entry(Utf8JsonWriter json, LokiEntry entry)
    {
        json.WriteStartArray();
        json.WriteStringValue(entry.TimeUnixNs.ToString(CultureInfo.InvariantCulture));
        json.WriteStringValue(entry.Line);
        json.WriteEndArray();
    }

    public static void Labels(Utf8JsonWriter json, string name, LokiLabels labels)
    {
        json.WriteStartObject(name);
        Pairs(json, labels);
        json.WriteEndObject();
    }

    private static void Pairs(Utf8JsonWriter json, LokiLabels labels)
    {
        foreach (var (name, value) in labels)
        {
            json.WriteString(name, value);
        }
    }

    private static void Point(Utf8JsonWriter json, LokiPoint point)
    {
        Time(json, point);
        json.WriteStringValue(Number(point.Value));
    }

    // Seconds, which have milliseconds.
    private static void Time(Utf8JsonWriter json, LokiPoint point) => json.WriteNumberValue(point.TimeUnixMs / 1000m);

    private static string Number(double value) =>
        value switch
        {
            double.PositiveInfinity => "+Inf",
            double.NegativeInfinity => "-Inf",
            _ => value
                .ToString("R", CultureInfo.InvariantCulture)
                .ToLowerInvariant()
                .Replace("nan", "NaN", StringComparison.Ordinal),
        };
}
