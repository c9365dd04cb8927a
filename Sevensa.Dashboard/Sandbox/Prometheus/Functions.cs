using Sevensa.Dashboard.Platform.Query.PromQl;
using Sevensa.Dashboard.Sandbox.Fleet;

namespace Sevensa.Dashboard.Sandbox.Prometheus;

/// <summary>Calls of PromQL functions.</summary>
internal static class Functions
{
    public static EvalResult Evaluate(Evaluator e, Call call)
    {
        var name = call.Function.Name;
        var args = call.Arguments;
        if (RangeFunctions.Find(name) is { } range)
        {
            var keep = name is "last_over_time" or "first_over_time";
            return e.OverRange(args[0], range, RangeFunctions.OfCounter(name), keep);
        }
        switch (name)
        {
            case "time":
                return new ScalarResult([.. Enumerable.Range(0, e.Count).Select(e.Steps.At)]);
            case "pi":
                return e.Constant(Math.PI);
            case "vector":
                return new VectorResult([new Column(LabelSet.Empty, e.Scalar(args[0]))]);
            case "scalar":
                return ToScalar(e, e.Vector(args[0]));
            case "timestamp":
                return Timestamp(e, args[0]);
            case "absent":
                return Missing(e, e.Vector(args[0]), args[0]);
            case "absent_over_time":
                return Missing(e, e.OverRange(args[0], (_, _) => 1, false), (args[0] as MatrixSelector)?.Selector);
            case "quantile_over_time":
                var q = e.Scalar(args[0]);
                return e.OverRange(args[1], (w, i) => RangeFunctions.Quantile(q[i], w.Values), false);
            case "predict_linear":
                var ahead = e.Scalar(args[1]);
                return e.OverRange(args[0], (w, i) => RangeFunctions.Predict(w, ahead[i], e.Steps.At(i)), true);
            case "holt_winters":
                var (smoothing, trend) = (e.Scalar(args[1]), e.Scalar(args[2]));
                return e.OverRange(args[0], (w, i) => RangeFunctions.Smoothed(w.Values, smoothing[i], trend[i]), false);
            case "histogram_quantile":
                return Histograms.Quantile(e, e.Scalar(args[0]), e.Vector(args[1]));
            case "histogram_count":
                return NoHistograms(e, args[0]);
            case "histogram_fraction":
                return NoHistograms(e, args[2]);
            case "label_replace":
                return LabelFunctions.Replace(e, args);
            case "label_join":
                return LabelFunctions.Join(e, args);
            case "sort" or "sort_desc":
                return Sorted(e.Vector(args[0]), name == "sort_desc");
            case "clamp":
                var (low, high) = (e.Scalar(args[1]), e.Scalar(args[2]));
                return e.Map(
                    e.Vector(args[0]),
                    (v, i) => low[i] > high[i] ? Absent.Value : Math.Max(low[i], Math.Min(high[i], v))
                );
            case "clamp_max":
                var max = e.Scalar(args[1]);
                return e.Map(e.Vector(args[0]), (v, i) => Math.Min(max[i], v));
            case "clamp_min":
                var min = e.Scalar(args[1]);
                return e.Map(e.Vector(args[0]), (v, i) => Math.Max(min[i], v));
            case "round":
                var to = args.Length > 1 ? e.Scalar(args[1]) : e.Constant(1).Values;
                return e.Map(e.Vector(args[0]), (v, i) => Math.Floor((v / to[i]) + 0.5) * to[i]);
        }
        if (Plain(name) is { } plain)
        {
            return e.Map(e.Vector(args[0]), (v, _) => plain(v));
        }
        if (Calendar(name) is { } calendar)
        {
            var times =
                args.Length == 0
                    ? new VectorResult([
                        new Column(LabelSet.Empty, [.. Enumerable.Range(0, e.Count).Select(e.Steps.At)]),
                    ])
                    : e.Vector(args[0]);
            return e.Map(times, (v, _) => calendar(DateTimeOffset.FromUnixTimeSeconds((long)v)));
        }
        throw Evaluator.Unsupported($"{name}()");
    }

    /// <summary>Of plain numbers such functions have nothing to say, and there are no native histograms here.</summary>
    private static VectorResult NoHistograms(Evaluator e, Expr of)
    {
        _ = e.Vector(of);
        return new VectorResult([]);
    }

    private static Func<double, double>? Plain(string name) =>
        name switch
        {
            "abs" => Math.Abs,
            "ceil" => Math.Ceiling,
            "floor" => Math.Floor,
            "exp" => Math.Exp,
            "ln" => Math.Log,
            "log2" => Math.Log2,
            "log10" => Math.Log10,
            "sqrt" => Math.Sqrt,
            "sgn" => v => double.IsNaN(v) ? v : Math.Sign(v),
            "sin" => Math.Sin,
            "cos" => Math.Cos,
            "tan" => Math.Tan,
            "deg" => v => v * 180 / Math.PI,
            "rad" => v => v * Math.PI / 180,
            _ => null,
        };

    private static Func<DateTimeOffset, double>? Calendar(string name) =>
        name switch
        {
            "hour" => t => t.Hour,
            "minute" => t => t.Minute,
            "month" => t => t.Month,
            "year" => t => t.Year,
            "day_of_month" => t => t.Day,
            "day_of_week" => t => (int)t.DayOfWeek,
            "day_of_year" => t => t.DayOfYear,
            "days_in_month" => t => DateTime.DaysInMonth(t.Year, t.Month),
            _ => null,
        };

    private static ScalarResult ToScalar(Evaluator e, VectorResult vector)
    {
        var values = new double[e.Count];
        for (var i = 0; i < values.Length; i++)
        {
            var here = vector.Columns.Where(c => !Absent.Is(c.Values[i])).Take(2).ToArray();
            values[i] = here.Length == 1 ? here[0].Values[i] : double.NaN;
        }
        return new ScalarResult(values);
    }

    private static VectorResult Timestamp(Evaluator e, Expr argument)
    {
        while (argument is Paren paren)
        {
            argument = paren.Expr;
        }
        var vector = argument is VectorSelector selector
            ? e.Instant(selector, (_, at) => at)
            : e.Map(e.Vector(argument), (_, i) => e.Steps.At(i));
        return e.Map(vector, (v, _) => v);
    }

    private static VectorResult Missing(Evaluator e, VectorResult vector, Expr? argument)
    {
        while (argument is Paren paren)
        {
            argument = paren.Expr;
        }
        var labels = argument is VectorSelector selector
            ? LabelSet.From(
                selector
                    .Matchers.Where(m => m.Operator == MatchOperator.Equal && m.Name != LabelMatcher.MetricName)
                    .GroupBy(m => m.Name)
                    .Where(same => same.Count() == 1)
                    .Select(same => KeyValuePair.Create(same.Key, same.First().Value))
            )
            : LabelSet.Empty;
        var values = Absent.Fill(e.Count);
        for (var i = 0; i < values.Length; i++)
        {
            if (vector.Columns.TrueForAll(c => Absent.Is(c.Values[i])))
            {
                values[i] = 1;
            }
        }
        return new VectorResult(values.All(Absent.Is) ? [] : [new Column(labels, values)]);
    }

    private static VectorResult Sorted(VectorResult vector, bool descending)
    {
        // Means something for instant queries only, as in Prometheus.
        var columns = descending
            ? vector.Columns.OrderByDescending(c => c.Values[0])
            : vector.Columns.OrderBy(c => c.Values[0]);
        return new VectorResult([.. columns]);
    }
}
