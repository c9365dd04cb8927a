using System.Globalization;
using System.Text.Json;
using Sevensa.Dashboard.Sandbox.Fleet;

namespace Sevensa.Dashboard.Sandbox.Prometheus;

/// <summary>Results in the form of Prometheus' HTTP API.</summary>
internal static class PrometheusJson
{
    public static void Instant(Utf8JsonWriter json, EvalResult result, double at)
    {
        switch (result)
        {
            case ScalarResult scalar:
                json.WriteString("resultType", "scalar");
                json.WritePropertyName("result");
                Point(json, at, Number(scalar.Values[0]));
                break;
            case TextResult text:
                json.WriteString("resultType", "string");
                json.WritePropertyName("result");
                Point(json, at, text.Value);
                break;
            case VectorResult vector:
                json.WriteString("resultType", "vector");
                json.WriteStartArray("result");
                foreach (var column in vector.Columns.Where(c => !Absent.Is(c.Values[0])))
                {
                    json.WriteStartObject();
                    Labels(json, "metric", column.Labels);
                    json.WritePropertyName("value");
                    Point(json, at, Number(column.Values[0]));
                    json.WriteEndObject();
                }
                json.WriteEndArray();
                break;
        }
    }

    public static void Range(Utf8JsonWriter json, EvalResult result, Steps steps)
    {
        var columns = result switch
        {
            VectorResult vector => vector.Columns,
            ScalarResult scalar => [new Column(LabelSet.Empty, scalar.Values)],
            _ => throw new PromExecutionException("invalid expression type \"string\" for range query"),
        };
        json.WriteString("resultType", "matrix");
        json.WriteStartArray("result");
        foreach (var column in columns.OrderBy(c => c.Labels.ToString(), StringComparer.Ordinal))
        {
            var started = false;
            for (var i = 0; i < column.Values.Length; i++)
            {
                if (Absent.Is(column.Values[i]))
                {
                    continue;
                }
                if (!started)
                {
                    started = true;
                    json.WriteStartObject();
                    Labels(json, "metric", column.Labels);
                    json.WriteStartArray("values");
                }
                Point(json, steps.At(i), Number(column.Values[i]));
            }
            if (started)
            {
                json.WriteEndArray();
                json.WriteEndObject();
            }
        }
        json.WriteEndArray();
    }

    public static void Labels(Utf8JsonWriter json, string? name, LabelSet labels)
    {
        if (name is null)
        {
            json.WriteStartObject();
        }
        else
        {
            json.WriteStartObject(name);
        }
        foreach (var (label, value) in labels.Pairs)
        {
            json.WriteString(label, value);
        }
        json.WriteEndObject();
    }

    /// <summary>A pair of a time, in seconds with milliseconds, and a value.</summary>
    public static void Point(Utf8JsonWriter json, double at, string value)
    {
        json.WriteStartArray();
        json.WriteNumberValue(Math.Round((decimal)at, 3));
        json.WriteStringValue(value);
        json.WriteEndArray();
    }

    /// <summary>As Go writes a float in full, without an exponent.</summary>
    public static string Number(double value)
    {
        if (double.IsNaN(value))
        {
            return "NaN";
        }
        if (double.IsInfinity(value))
        {
            return value > 0 ? "+Inf" : "-Inf";
        }
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        return text.Contains('E', StringComparison.Ordinal)
            ? value.ToString(value is > -1 and < 1 ? "0." + new string('#', 330) : "0", CultureInfo.InvariantCulture)
            : text;
    }
}
