using System.Text.Json;
using Sevensa.Dashboard.Features.Metrics.Contracts;

namespace Sevensa.Dashboard.Features.Metrics.Prometheus;

/// <summary>
/// One native histogram as it streams by: <c>[time, {"count": "…", "sum": "…", "buckets": [[rule, "left", "right", "count"], …]}]</c>.
/// What newer servers may add to it is passed over.
/// </summary>
/// <param name="depth">Of the array that holds it.</param>
internal sealed class HistogramReader(int depth)
{
    private const int Parts = 4;

    private readonly List<HistogramBucket> buckets = [];
    private readonly double[] bucket = new double[Parts];
    private int parts = -1;
    private string? member;
    private double? time;
    private double count;
    private double sum;

    /// <returns>The histogram, once its last token was given.</returns>
    public MetricHistogram? Token(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.PropertyName when reader.CurrentDepth == depth + 2:
                member = reader.GetString();
                break;
            case JsonTokenType.StartArray when member == "buckets" && reader.CurrentDepth == depth + 3:
                parts = 0;
                break;
            case JsonTokenType.EndArray when reader.CurrentDepth == depth:
                return new MetricHistogram(
                    time ?? throw new JsonException("A histogram has no time."),
                    count,
                    sum,
                    buckets
                );
            case JsonTokenType.EndArray when parts >= 0:
                Close();
                break;
            case JsonTokenType.Number or JsonTokenType.String:
                Value(ref reader);
                break;
        }
        return null;
    }

    private void Value(ref Utf8JsonReader reader)
    {
        if (reader.CurrentDepth == depth + 1)
        {
            time = reader.GetDouble();
        }
        else if (parts is >= 0 and < Parts)
        {
            bucket[parts++] = QueryAnswerParser.Number(ref reader);
        }
        else if (reader.CurrentDepth == depth + 2 && member == "count")
        {
            count = QueryAnswerParser.Number(ref reader);
        }
        else if (reader.CurrentDepth == depth + 2 && member == "sum")
        {
            sum = QueryAnswerParser.Number(ref reader);
        }
    }

    private void Close()
    {
        if (parts < Parts || !Enum.IsDefined((BucketBoundary)bucket[0]))
        {
            throw new JsonException("A histogram's bucket is not a boundary rule, two ends and a count.");
        }
        buckets.Add(new HistogramBucket((BucketBoundary)bucket[0], bucket[1], bucket[2], bucket[3]));
        parts = -1;
    }
}
