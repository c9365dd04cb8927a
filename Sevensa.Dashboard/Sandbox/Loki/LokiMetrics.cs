using System.Globalization;
using Sevensa.Dashboard.Platform.Query.LogQl;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Prometheus;
using Prom = Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Sandbox.Loki;

/// <summary>Carries out LogQL's metric queries over all steps at once.</summary>
internal sealed class LokiMetrics(LokiStreams streams, IReadOnlyList<string> tenants, Steps steps)
{
    private const int MostEntries = 4_000_000;

    public EvalResult Evaluate(MetricExpr expr) =>
        expr switch
        {
            NumberLiteral number => Constant(number.Value),
            VectorLiteral vector => new VectorResult([new Column(LabelSet.Empty, Constant(vector.Value).Values)]),
            RangeAggregation range => OverRange(range),
            VectorAggregation aggregation => Aggregate(aggregation),
            BinaryExpr binary => Operations.Combine(
                steps.Count,
                Operation(binary),
                Evaluate(binary.Left),
                Evaluate(binary.Right)
            ),
            _ => throw LokiPipeline.Unsupported(expr.GetType().Name),
        };

    private ScalarResult Constant(double value)
    {
        var values = new double[steps.Count];
        Array.Fill(values, value);
        return new ScalarResult(values);
    }

    private VectorResult Aggregate(VectorAggregation aggregation)
    {
        if (Evaluate(aggregation.Inner) is not VectorResult vector)
        {
            throw LokiPipeline.Unsupported("an aggregation of a number");
        }
        if (aggregation.Function is VectorFunction.Sort or VectorFunction.SortDesc)
        {
            return new VectorResult([
                .. aggregation.Function == VectorFunction.Sort
                    ? vector.Columns.OrderBy(c => c.Values[0])
                    : vector.Columns.OrderByDescending(c => c.Values[0]),
            ]);
        }
        var op = aggregation.Function switch
        {
            VectorFunction.Sum => Prom.AggregationOperator.Sum,
            VectorFunction.Avg => Prom.AggregationOperator.Avg,
            VectorFunction.Count => Prom.AggregationOperator.Count,
            VectorFunction.Max => Prom.AggregationOperator.Max,
            VectorFunction.Min => Prom.AggregationOperator.Min,
            VectorFunction.Stddev => Prom.AggregationOperator.Stddev,
            VectorFunction.Stdvar => Prom.AggregationOperator.Stdvar,
            VectorFunction.BottomK => Prom.AggregationOperator.Bottomk,
            _ => Prom.AggregationOperator.Topk,
        };
        return Aggregations.Evaluate(
            steps.Count,
            op,
            vector,
            aggregation.Grouping?.Without ?? false,
            [.. aggregation.Grouping?.Labels ?? []],
            aggregation.Parameter is { } k ? Constant(k).Values : null
        );
    }

    private VectorResult OverRange(RangeAggregation aggregation)
    {
        var range = aggregation.Range;
        var window = range.Window.Nanoseconds;
        var offset = range.Offset?.Nanoseconds ?? 0;
        var ends = Enumerable.Range(0, steps.Count).Select(i => FleetLogs.Nano(steps.At(i)) - offset).ToArray();
        var series = new Dictionary<LabelSet, List<(long At, double Value)>>();
        var pipeline = new LokiPipeline(range.Query.Stages);
        var bytes = aggregation.Function is RangeFunction.BytesOverTime or RangeFunction.BytesRate;
        var read = 0;
        foreach (var entry in streams.Read(tenants, range.Query.Selector, ends[0] - window + 1, ends[^1] + 1, false))
        {
            if (++read > MostEntries)
            {
                throw new LokiRefusal(
                    500,
                    "the query would read too many lines for the Sandbox; ask for a shorter range"
                );
            }
            var line = new PipedLine(entry);
            if (!pipeline.Run(line))
            {
                continue;
            }
            double value = 1;
            if (bytes)
            {
                value = System.Text.Encoding.UTF8.GetByteCount(line.Text);
            }
            else if (range.Unwrap is { } unwrap)
            {
                if (Unwrapped(unwrap, line) is not { } number)
                {
                    // A line without the label is passed over; one whose label is no number fails the query.
                    if (line.Labels[unwrap.Label].Length > 0 && unwrap.PostFilters.Count == 0)
                    {
                        throw NoNumber(unwrap, line);
                    }
                    continue;
                }
                value = number;
            }
            var key = Grouped(aggregation, line.Labels);
            if (!series.TryGetValue(key, out var samples))
            {
                series[key] = samples = [];
            }
            samples.Add((entry.TimeNano, value));
        }
        var result = new ColumnGathering(steps.Count);
        foreach (var (labels, samples) in series)
        {
            result.Put(labels, Windows(aggregation, samples, ends, window));
        }
        return aggregation.Function == RangeFunction.AbsentOverTime ? Missing(result.Result()) : result.Result();
    }

    private static LokiRefusal NoNumber(Unwrap unwrap, PipedLine line)
    {
        var text = line.Labels[unwrap.Label];
        var labels = line
            .Labels.With("__error__", "SampleExtractionErr")
            .With("__error_details__", $"strconv.ParseFloat: parsing \"{text}\": invalid syntax");
        var series = string.Join(
            ", ",
            labels
                .Pairs.ToArray()
                .OrderBy(label => label.Key, StringComparer.Ordinal)
                .Select(label => $"{label.Key}=\"{label.Value.Replace("\"", "\\\"", StringComparison.Ordinal)}\"")
        );
        return new LokiRefusal(
            400,
            $"pipeline error: 'SampleExtractionErr' for series: '{{{series}}}'.\n"
                + "Use a label filter to intentionally skip this error. (e.g | __error__!=\"SampleExtractionErr\").\n"
                + "To skip all potential errors you can match empty errors.(e.g __error__=\"\")\n"
                + "The label filter can also be specified after unwrap. (e.g | unwrap latency | __error__=\"\" )\n"
        );
    }

    private static double? Unwrapped(Unwrap unwrap, PipedLine line)
    {
        var text = line.Labels[unwrap.Label];
        return unwrap.Conversion switch
        {
            UnwrapConversion.Bytes => LokiFields.Bytes(text),
            UnwrapConversion.Duration or UnwrapConversion.DurationSeconds => LokiFields.Seconds(text),
            _ => LokiFields.Number(text),
        };
    }

    private static LabelSet Grouped(RangeAggregation aggregation, LabelSet labels)
    {
        if (aggregation.Grouping is { } grouping)
        {
            return grouping.Without ? labels.Without([.. grouping.Labels]) : labels.Only([.. grouping.Labels]);
        }
        return aggregation.Range.Unwrap is { } unwrap ? labels.Without(unwrap.Label) : labels;
    }

    private static double[] Windows(
        RangeAggregation aggregation,
        List<(long At, double Value)> samples,
        long[] ends,
        long window
    )
    {
        var values = Absent.Fill(ends.Length);
        var (from, to) = (0, 0);
        var here = new List<double>();
        for (var i = 0; i < ends.Length; i++)
        {
            while (to < samples.Count && samples[to].At <= ends[i])
            {
                to++;
            }
            while (from < to && samples[from].At <= ends[i] - window)
            {
                from++;
            }
            if (to == from)
            {
                continue;
            }
            if (
                aggregation.Function is RangeFunction.CountOverTime or RangeFunction.Rate
                && aggregation.Range.Unwrap is null
            )
            {
                values[i] = (to - from) / (aggregation.Function == RangeFunction.Rate ? window / 1e9 : 1);
                continue;
            }
            here.Clear();
            for (var n = from; n < to; n++)
            {
                here.Add(samples[n].Value);
            }
            values[i] = Reduce(
                aggregation,
                System.Runtime.InteropServices.CollectionsMarshal.AsSpan(here),
                window / 1e9
            );
        }
        return values;
    }

    private static double Reduce(RangeAggregation aggregation, ReadOnlySpan<double> values, double seconds)
    {
        double sum = 0;
        var (min, max) = (double.MaxValue, double.MinValue);
        foreach (var value in values)
        {
            sum += value;
            (min, max) = (Math.Min(min, value), Math.Max(max, value));
        }
        return aggregation.Function switch
        {
            RangeFunction.CountOverTime => values.Length,
            RangeFunction.Rate or RangeFunction.BytesRate => sum / seconds,
            RangeFunction.BytesOverTime or RangeFunction.SumOverTime => sum,
            RangeFunction.AvgOverTime => sum / values.Length,
            RangeFunction.MinOverTime => min,
            RangeFunction.MaxOverTime => max,
            RangeFunction.FirstOverTime => values[0],
            RangeFunction.LastOverTime => values[^1],
            RangeFunction.StdvarOverTime => RangeFunctions.Variance(values),
            RangeFunction.StddevOverTime => Math.Sqrt(RangeFunctions.Variance(values)),
            RangeFunction.QuantileOverTime => RangeFunctions.Quantile(aggregation.Parameter ?? 0, values),
            RangeFunction.AbsentOverTime => 1,
            _ => throw LokiPipeline.Unsupported("rate_counter"),
        };
    }

    private VectorResult Missing(VectorResult present)
    {
        var values = Absent.Fill(steps.Count);
        for (var i = 0; i < values.Length; i++)
        {
            if (present.Columns.TrueForAll(c => Absent.Is(c.Values[i])))
            {
                values[i] = 1;
            }
        }
        return new VectorResult([new Column(LabelSet.Empty, values)]);
    }

    private static Operation Operation(BinaryExpr binary)
    {
        var modifier = binary.Modifier;
        var op = Enum.Parse<Prom.BinaryOperator>(binary.Operator.ToString());
        var cardinality =
            binary.Operator <= BinaryOperator.Unless ? Prom.MatchCardinality.ManyToMany
            : modifier.Group == GroupSide.Left ? Prom.MatchCardinality.ManyToOne
            : modifier.Group == GroupSide.Right ? Prom.MatchCardinality.OneToMany
            : Prom.MatchCardinality.OneToOne;
        return new Operation(
            op,
            modifier.ReturnBool,
            new Prom.VectorMatching(
                cardinality,
                modifier.On,
                [.. modifier.Labels ?? []],
                [.. modifier.Include],
                null,
                null
            )
        );
    }
}
