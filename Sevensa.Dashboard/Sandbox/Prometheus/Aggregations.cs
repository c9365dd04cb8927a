using Sevensa.Dashboard.Platform.Query.PromQl;
using Sevensa.Dashboard.Sandbox.Fleet;

namespace Sevensa.Dashboard.Sandbox.Prometheus;

internal static class Aggregations
{
    public static VectorResult Evaluate(Evaluator e, Aggregation aggregation)
    {
        var vector = e.Vector(aggregation.Expr);
        var op = aggregation.Operator;
        if (op == AggregationOperator.CountValues)
        {
            var groups = vector.Columns.GroupBy(c => Key(aggregation.Without, aggregation.Grouping.AsSpan(), c.Labels));
            return Counted(e, groups, e.Text(aggregation.Parameter!));
        }
        var parameter = op.TakesParameter() ? e.Scalar(aggregation.Parameter!) : null;
        return Evaluate(e.Count, op, vector, aggregation.Without, [.. aggregation.Grouping], parameter);
    }

    public static VectorResult Evaluate(
        int count,
        AggregationOperator op,
        VectorResult vector,
        bool without,
        string[] grouping,
        double[]? parameter
    )
    {
        var groups = vector.Columns.GroupBy(c => Key(without, grouping, c.Labels));
        if (op is AggregationOperator.Topk or AggregationOperator.Bottomk)
        {
            return Ranked(count, groups, parameter!, op == AggregationOperator.Topk);
        }
        var result = new ColumnGathering(count);
        foreach (var group in groups)
        {
            var columns = group.ToArray();
            var values = result.Of(group.Key);
            var here = new double[columns.Length];
            for (var i = 0; i < count; i++)
            {
                var n = 0;
                foreach (var column in columns)
                {
                    if (!Absent.Is(column.Values[i]))
                    {
                        here[n++] = column.Values[i];
                    }
                }
                if (n > 0)
                {
                    values[i] = Reduce(op, here.AsSpan(0, n), parameter?[i] ?? 0);
                }
            }
        }
        return result.Result();
    }

    private static LabelSet Key(bool without, ReadOnlySpan<string> grouping, LabelSet labels) =>
        without ? labels.Without([.. grouping, "__name__"]) : labels.Only(grouping);

    private static double Reduce(AggregationOperator op, ReadOnlySpan<double> values, double parameter)
    {
        switch (op)
        {
            case AggregationOperator.Count:
                return values.Length;
            case AggregationOperator.Group:
                return 1;
            case AggregationOperator.Stddev:
                return Math.Sqrt(RangeFunctions.Variance(values));
            case AggregationOperator.Stdvar:
                return RangeFunctions.Variance(values);
            case AggregationOperator.Quantile:
                return RangeFunctions.Quantile(parameter, values);
            case AggregationOperator.Sum or AggregationOperator.Avg:
                double sum = 0;
                foreach (var value in values)
                {
                    sum += value;
                }
                return op == AggregationOperator.Sum ? sum : sum / values.Length;
            case AggregationOperator.Min or AggregationOperator.Max:
                var best = values[0];
                foreach (var value in values)
                {
                    if (double.IsNaN(best) || (op == AggregationOperator.Max ? value > best : value < best))
                    {
                        best = value;
                    }
                }
                return best;
            default:
                throw Evaluator.Unsupported($"{op.Symbol()}()");
        }
    }

    private static VectorResult Ranked(int count, IEnumerable<IGrouping<LabelSet, Column>> groups, double[] k, bool top)
    {
        var result = new ColumnGathering(count);
        foreach (var group in groups)
        {
            var columns = group.ToArray();
            for (var i = 0; i < count; i++)
            {
                var step = i;
                var here = columns.Where(c => !Absent.Is(c.Values[step]));
                var ranked = top
                    ? here.OrderByDescending(c => c.Values[step])
                    : here.OrderBy(c => double.IsNaN(c.Values[step]) ? 1 : 0).ThenBy(c => c.Values[step]);
                foreach (var column in ranked.Take((int)Math.Max(0, Math.Min(int.MaxValue, k[i]))))
                {
                    result.Put(column.Labels, i, column.Values[i]);
                }
            }
        }
        return result.Result();
    }

    private static VectorResult Counted(Evaluator e, IEnumerable<IGrouping<LabelSet, Column>> groups, string label)
    {
        var result = new ColumnGathering(e.Count);
        foreach (var group in groups)
        {
            for (var i = 0; i < e.Count; i++)
            {
                var here = group.Where(c => !Absent.Is(c.Values[i])).GroupBy(c => c.Values[i]);
                foreach (var same in here)
                {
                    result.Put(group.Key.With(label, PrometheusJson.Number(same.Key)), i, same.Count());
                }
            }
        }
        return result.Result();
    }
}
