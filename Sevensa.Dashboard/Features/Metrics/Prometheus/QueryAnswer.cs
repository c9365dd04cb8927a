using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Sevensa.Dashboard.Features.Metrics.Contracts;

namespace Sevensa.Dashboard.Features.Metrics.Prometheus;

/// <summary>An answer of <c>query</c> or <c>query_range</c>.</summary>
/// <param name="ResultType"><c>vector</c>, <c>matrix</c>, <c>scalar</c> or <c>string</c>.</param>
/// <param name="Text">The value of a string answer.</param>
internal sealed record QueryAnswer(
    string ResultType,
    IReadOnlyList<MetricSeries> Series,
    string? Text,
    IReadOnlyList<string> Warnings,
    IReadOnlyList<string> Infos
)
{
    /// <summary>The samples of a vector or scalar answer; native histograms have no value and are not among them.</summary>
    public IEnumerable<MetricSample> Samples =>
        Series
            .Where(series => series.Values.Length > 0)
            .Select(series => new MetricSample(series.Labels, series.Times[^1], series.Values[^1]));
}

/// <summary>Parses query answers straight into arrays, token by token, without a document in memory.</summary>
internal sealed class QueryAnswerParser
{
    private readonly List<MetricSeries> series = [];
    private readonly List<string> warnings = [];
    private readonly List<string> infos = [];
    private readonly List<string> path = [];
    private readonly HashSet<string> names = new(StringComparer.Ordinal);
    private Dictionary<string, string>? labels;
    private double[] times = new double[256];
    private double[] values = new double[256];
    private int count;
    private double time;
    private bool timeRead;
    private string? property;
    private int sampleDepth = -1;
    private HistogramReader? histogram;
    private List<MetricHistogram>? histograms;

    public string? Status { get; private set; }

    public string? ErrorType { get; private set; }

    public string? Error { get; private set; }

    public string? ResultType { get; private set; }

    private string? text;

    public QueryAnswer Answer => new(ResultType ?? "vector", series, text, warnings, infos);

    public void Token(ref Utf8JsonReader reader)
    {
        if (histogram is not null)
        {
            if (histogram.Token(ref reader) is { } read)
            {
                (histograms ??= []).Add(read);
                histogram = null;
            }
            return;
        }
        switch (reader.TokenType)
        {
            case JsonTokenType.PropertyName:
                property = reader.GetString();
                break;
            case JsonTokenType.StartObject:
                path.Add(property ?? "");
                if (property == "metric")
                {
                    labels = new Dictionary<string, string>(StringComparer.Ordinal);
                }
                property = null;
                break;
            case JsonTokenType.EndObject:
                path.RemoveAt(path.Count - 1);
                if (labels is not null && path is [_, "data", ..] && path[^1] != "metric" && reader.CurrentDepth <= 3)
                {
                    Flush();
                }
                break;
            case JsonTokenType.StartArray:
                OpenArray(ref reader);
                break;
            case JsonTokenType.EndArray:
                if (reader.CurrentDepth == sampleDepth)
                {
                    sampleDepth = -1;
                }
                path.RemoveAt(path.Count - 1);
                break;
            default:
                Value(ref reader);
                break;
        }
    }

    private void OpenArray(ref Utf8JsonReader reader)
    {
        var name = property;
        property = null;
        if (labels is not null && (name == "histogram" || name is null && path[^1] == "histograms"))
        {
            histogram = new HistogramReader(reader.CurrentDepth);
            return;
        }
        if (
            name == "value"
            || name is null && path.Count > 0 && path[^1] == "values"
            || name == "result" && ResultType is "scalar" or "string"
        )
        {
            sampleDepth = reader.CurrentDepth;
            timeRead = false;
            if (name == "result")
            {
                labels = [];
            }
        }
        path.Add(name ?? "");
    }

    private void Value(ref Utf8JsonReader reader)
    {
        if (sampleDepth >= 0 && path[^1] is "value" or "" or "result")
        {
            Sample(ref reader);
            return;
        }
        if (path.Count > 0 && path[^1] is "warnings" or "infos")
        {
            (path[^1] == "warnings" ? warnings : infos).Add(reader.GetString() ?? "");
            return;
        }
        if (path.Count > 0 && path[^1] == "metric" && labels is not null && property is not null)
        {
            labels[Known(property)] = reader.GetString() ?? "";
        }
        else if (path.Count == 1 || path.Count == 2 && path[^1] == "data")
        {
            switch (property)
            {
                case "status":
                    Status = reader.GetString();
                    break;
                case "errorType":
                    ErrorType = reader.GetString();
                    break;
                case "error":
                    Error = reader.GetString();
                    break;
                case "resultType":
                    ResultType = reader.GetString();
                    break;
                case "result" when reader.TokenType is not JsonTokenType.Null:
                    throw new JsonException("its result is no list");
            }
        }
        property = null;
    }

    /// <summary>Series share their labels' names; those of one answer alone, since a query may make up any.</summary>
    private string Known(string name)
    {
        if (names.TryGetValue(name, out var known))
        {
            return known;
        }
        names.Add(name);
        return name;
    }

    private void Sample(ref Utf8JsonReader reader)
    {
        if (!timeRead)
        {
            time = reader.GetDouble();
            timeRead = true;
            return;
        }
        if (ResultType == "string")
        {
            text = reader.GetString();
            labels = null;
            return;
        }
        if (count == values.Length)
        {
            Array.Resize(ref times, count * 2);
            Array.Resize(ref values, count * 2);
        }
        times[count] = time;
        values[count++] = Number(ref reader);
        if (ResultType == "scalar")
        {
            Flush();
        }
    }

    private void Flush()
    {
        series.Add(
            new MetricSeries(labels!, times.AsSpan(0, count).ToArray(), values.AsSpan(0, count).ToArray())
            {
                Histograms = histograms ?? [],
            }
        );
        (labels, histograms) = (null, null);
        count = 0;
    }

    /// <summary>Prometheus writes values as strings: a number, <c>NaN</c>, <c>+Inf</c> or <c>-Inf</c>.</summary>
    internal static double Number(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Number)
        {
            return reader.GetDouble();
        }
        if (
            !reader.HasValueSequence
            && Utf8Parser.TryParse(reader.ValueSpan, out double value, out var used)
            && used == reader.ValueSpan.Length
        )
        {
            return value;
        }
        return reader.GetString() switch
        {
            "NaN" => double.NaN,
            "+Inf" or "Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            var other when double.TryParse(other, System.Globalization.CultureInfo.InvariantCulture, out var parsed) =>
                parsed,
            var other => throw new JsonException($"\"{other}\" is not a sample value."),
        };
    }
}
