namespace Sevensa.Dashboard.Sandbox.Prometheus;

/// <summary>Functions of a window of samples, with Prometheus' arithmetic.</summary>
internal static class RangeFunctions
{
    public static WindowFunction? Find(string name) =>
        name switch
        {
            "rate" => (w, _) => Extrapolated(w, true, true),
            "increase" => (w, _) => Extrapolated(w, true, false),
            "delta" => (w, _) => Extrapolated(w, false, false),
            "irate" => (w, _) => Instant(w, true),
            "idelta" => (w, _) => Instant(w, false),
            "deriv" => (w, _) => w.Values.Length < 2 ? Absent.Value : Line(w, w.Times[0]).Slope,
            "changes" => (w, _) => Count(w, (a, b) => a != b && !(double.IsNaN(a) && double.IsNaN(b))),
            "resets" => (w, _) => Count(w, (a, b) => b < a),
            "avg_over_time" => (w, _) => Sum(w.Values) / w.Values.Length,
            "sum_over_time" => (w, _) => Sum(w.Values),
            "count_over_time" => (w, _) => w.Values.Length,
            "min_over_time" => (w, _) => Extreme(w.Values, -1),
            "max_over_time" => (w, _) => Extreme(w.Values, 1),
            "last_over_time" => (w, _) => w.Values[^1],
            "first_over_time" => (w, _) => w.Values[0],
            "present_over_time" => (_, _) => 1,
            "stddev_over_time" => (w, _) => Math.Sqrt(Variance(w.Values)),
            "stdvar_over_time" => (w, _) => Variance(w.Values),
            _ => null,
        };

    /// <summary>Functions of counters need few samples of a window; those of gauges want to see every dip.</summary>
    public static bool OfCounter(string name) => name is "rate" or "increase" or "delta" or "deriv" or "predict_linear";

    public static double Quantile(double q, ReadOnlySpan<double> values)
    {
        if (values.Length == 0 || double.IsNaN(q))
        {
            return double.NaN;
        }
        if (q < 0)
        {
            return double.NegativeInfinity;
        }
        if (q > 1)
        {
            return double.PositiveInfinity;
        }
        var sorted = values.ToArray();
        Array.Sort(sorted);
        var rank = q * (sorted.Length - 1);
        var lower = (int)Math.Max(0, Math.Floor(rank));
        var upper = Math.Min(sorted.Length - 1, lower + 1);
        var weight = rank - Math.Floor(rank);
        return (sorted[lower] * (1 - weight)) + (sorted[upper] * weight);
    }

    /// <summary>Holt's double exponential smoothing: the level after the last value.</summary>
    public static double Smoothed(ReadOnlySpan<double> values, double smoothing, double trend)
    {
        if (smoothing is not (> 0 and < 1) || trend is not (> 0 and < 1))
        {
            var (name, sign, wrong) = smoothing is > 0 and < 1
                ? ("trend", "tf", trend)
                : ("smoothing", "sf", smoothing);
            throw new PromExecutionException(
                string.Create(
                    System.Globalization.CultureInfo.InvariantCulture,
                    $"invalid {name} factor. Expected: 0 < {sign} < 1, got: {wrong:F6}"
                )
            );
        }
        if (values.Length < 2)
        {
            return Absent.Value;
        }
        var (before, level, slope) = (0.0, values[0], values[1] - values[0]);
        for (var i = 1; i < values.Length; i++)
        {
            slope = i == 1 ? slope : (trend * (level - before)) + ((1 - trend) * slope);
            (before, level) = (level, (smoothing * values[i]) + ((1 - smoothing) * (level + slope)));
        }
        return level;
    }

    public static double Predict(Window w, double seconds, double now)
    {
        if (w.Values.Length < 2)
        {
            return Absent.Value;
        }
        var (slope, intercept) = Line(w, now);
        return intercept + (slope * seconds);
    }

    public static double Variance(ReadOnlySpan<double> values)
    {
        double mean = 0;
        double sum = 0;
        for (var i = 0; i < values.Length; i++)
        {
            var delta = values[i] - mean;
            mean += delta / (i + 1);
            sum += delta * (values[i] - mean);
        }
        return sum / values.Length;
    }

    private static double Extrapolated(Window w, bool counter, bool rate)
    {
        var n = w.Values.Length;
        if (n < 2)
        {
            return Absent.Value;
        }
        var result = w.Values[^1] - w.Values[0];
        if (counter)
        {
            for (var i = 1; i < n; i++)
            {
                if (w.Values[i] < w.Values[i - 1])
                {
                    result += w.Values[i - 1];
                }
            }
        }
        var toStart = w.Times[0] - w.From;
        var toEnd = w.To - w.Times[^1];
        var sampled = w.Times[^1] - w.Times[0];
        var average = sampled / (n - 1);
        if (counter && result > 0 && w.Values[0] >= 0)
        {
            // A counter can't have been below nothing.
            toStart = Math.Min(toStart, sampled * (w.Values[0] / result));
        }
        var threshold = average * 1.1;
        var covered =
            sampled + (toStart < threshold ? toStart : average / 2) + (toEnd < threshold ? toEnd : average / 2);
        var value = result * (covered / sampled);
        return rate ? value / (w.To - w.From) : value;
    }

    private static double Instant(Window w, bool rate)
    {
        if (w.Values.Length < 2)
        {
            return Absent.Value;
        }
        var difference = rate && w.Values[^1] < w.Values[^2] ? w.Values[^1] : w.Values[^1] - w.Values[^2];
        return rate ? difference / (w.Times[^1] - w.Times[^2]) : difference;
    }

    private static (double Slope, double Intercept) Line(Window w, double origin)
    {
        double n = w.Values.Length;
        double sx = 0;
        double sy = 0;
        double sxx = 0;
        double sxy = 0;
        for (var i = 0; i < w.Values.Length; i++)
        {
            var x = w.Times[i] - origin;
            sx += x;
            sy += w.Values[i];
            sxx += x * x;
            sxy += x * w.Values[i];
        }
        var slope = (sxy - (sx * sy / n)) / (sxx - (sx * sx / n));
        return (slope, (sy / n) - (slope * sx / n));
    }

    private static double Sum(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (var value in values)
        {
            sum += value;
        }
        return sum;
    }

    private static double Extreme(ReadOnlySpan<double> values, int sign)
    {
        var best = double.NaN;
        foreach (var value in values)
        {
            if (double.IsNaN(best) || value.CompareTo(best) * sign > 0)
            {
                best = value;
            }
        }
        return best;
    }

    private static double Count(Window w, Func<double, double, bool> holds)
    {
        var count = 0;
        for (var i = 1; i < w.Values.Length; i++)
        {
            count += holds(w.Values[i - 1], w.Values[i]) ? 1 : 0;
        }
        return count;
    }
}
