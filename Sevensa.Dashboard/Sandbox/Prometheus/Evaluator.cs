using Sevensa.Dashboard.Platform.Query.PromQl;
using Sevensa.Dashboard.Sandbox.Fleet;

namespace Sevensa.Dashboard.Sandbox.Prometheus;

/// <summary>The steps of a query in Unix seconds; an instant query has one.</summary>
internal sealed record Steps(double Start, double End, double Step)
{
    public int Count { get; } = Step <= 0 ? 1 : (int)Math.Floor(((End - Start) / Step) + 1e-9) + 1;

    public double At(int step) => Start + (step * Step);
}

/// <summary>
/// Carries out a PromQL expression over all steps at once: labels are matched once per series and not once per sample,
/// which is what keeps a page of panels quick.
/// </summary>
internal sealed class Evaluator(SampleSource source, Steps steps, Steps whole)
{
    private const int MostInCounterWindow = 24;
    private const int MostInLongCounterWindow = 6;
    private const int LongQuery = 250;
    private const int MostInWindow = 1440;
    private const long MostSamples = 6_000_000;
    private const double DefaultSubqueryStep = 60;

    public Evaluator(SampleSource source, Steps steps)
        : this(source, steps, steps) { }

    public SampleSource Source => source;
    public Steps Steps => steps;
    public int Count => steps.Count;

    /// <summary>Start and end of the query itself, which <c>@ start()</c> inside a subquery still means.</summary>
    public Steps Whole => whole;

    public EvalResult Evaluate(Expr expr) =>
        expr switch
        {
            NumberLiteral number => Constant(number.Value),
            StringLiteral text => new TextResult(text.Value),
            Paren paren => Evaluate(paren.Expr),
            Unary unary => Negate(unary),
            VectorSelector selector => Instant(selector, (value, _) => value),
            Aggregation aggregation => Aggregations.Evaluate(this, aggregation),
            Binary binary => Operations.Evaluate(this, binary),
            Call call => Functions.Evaluate(this, call),
            MatrixSelector or Subquery => throw new PromExecutionException(
                "a range vector is no result here; wrap it in a function such as rate()"
            ),
            _ => throw Unsupported(expr.GetType().Name),
        };

    public VectorResult Vector(Expr expr) =>
        Evaluate(expr) as VectorResult ?? throw new PromExecutionException("an instant vector is expected");

    public double[] Scalar(Expr expr) =>
        Evaluate(expr) switch
        {
            ScalarResult scalar => scalar.Values,
            _ => throw new PromExecutionException("a scalar is expected"),
        };

    public string Text(Expr expr) =>
        (Evaluate(expr) as TextResult)?.Value ?? throw new PromExecutionException("a string is expected");

    public ScalarResult Constant(double value)
    {
        var values = new double[Count];
        Array.Fill(values, value);
        return new ScalarResult(values);
    }

    public VectorResult Map(VectorResult vector, Func<double, int, double> map) => vector.Map(Count, map);

    /// <summary>Instant selection; <paramref name="take"/> makes the value from a sample and its time.</summary>
    public VectorResult Instant(VectorSelector selector, Func<double, double, double> take)
    {
        Refuse(selector);
        var result = new List<Column>();
        foreach (var series in source.Select(selector.AllMatchers))
        {
            var values = Absent.Fill(Count);
            var any = false;
            for (var i = 0; i < values.Length; i++)
            {
                var (value, at) = source.Latest(series, Shifted(steps.At(i), selector.At, selector.Offset));
                if (!Absent.Is(value))
                {
                    values[i] = take(value, at);
                    any = true;
                }
            }
            if (any)
            {
                result.Add(new Column(series.Labels, values));
            }
        }
        return new VectorResult(result);
    }

    /// <summary>Applies a function to the window of samples before each step.</summary>
    public VectorResult OverRange(Expr range, WindowFunction function, bool counter, bool keepName = false) =>
        range switch
        {
            Paren paren => OverRange(paren.Expr, function, counter, keepName),
            MatrixSelector matrix => OverMatrix(matrix, function, counter, keepName),
            Subquery subquery => OverSubquery(subquery, function, keepName),
            _ => throw new PromExecutionException("a range vector is expected"),
        };

    public double Seconds(DurationExpr duration) =>
        duration.Seconds(TimeSpan.FromSeconds(steps.Step), TimeSpan.FromSeconds(whole.End - whole.Start));

    public double Shifted(double t, AtModifier? at, DurationExpr? offset)
    {
        var time = at?.Kind switch
        {
            AtKind.Start => whole.Start,
            AtKind.End => whole.End,
            AtKind.Time => at.Milliseconds / 1000.0,
            _ => t,
        };
        return offset is null ? time : time - Seconds(offset);
    }

    public static PromExecutionException Unsupported(string what) =>
        new($"the Sandbox's Prometheus does not evaluate {what}");

    public static void Refuse(VectorSelector selector)
    {
        if (selector.Extension != RangeExtension.None)
        {
            throw Unsupported("anchored and smoothed selectors");
        }
    }

    private EvalResult Negate(Unary unary) =>
        (unary.Negative, Evaluate(unary.Expr)) switch
        {
            (false, var value) => value,
            (_, ScalarResult scalar) => new ScalarResult([.. scalar.Values.Select(v => -v)]),
            (_, VectorResult vector) => Map(vector, (v, _) => -v),
            _ => throw new PromExecutionException("unary expression only allowed on scalars and vectors"),
        };

    private VectorResult OverMatrix(MatrixSelector matrix, WindowFunction function, bool counter, bool keepName)
    {
        var selector = matrix.Selector;
        Refuse(selector);
        var range = Seconds(matrix.Range);
        var all = source.Select(selector.AllMatchers).ToArray();
        var resolution = SampleSource.Resolution(range, Most(range, all.Length, counter));
        // Windows that overlap share their samples; those far apart are read one by one.
        var shared = steps.Count > 1 && steps.Step < range && selector.At is null;
        var times = new double[(int)(range / resolution) + 2];
        var kept = new double[times.Length];
        var result = new ColumnGathering(Count);
        foreach (var series in all)
        {
            var values = Absent.Fill(Count);
            var any = false;
            var cache = shared ? Cache(series, selector, range, resolution) : null;
            for (var i = 0; i < values.Length; i++)
            {
                var end = Shifted(steps.At(i), selector.At, selector.Offset);
                var first = (long)Math.Ceiling((end - range) / resolution);
                var last = (long)Math.Floor(end / resolution);
                var n = 0;
                for (var cell = first; cell <= last && n < times.Length; cell++)
                {
                    var value = cache is { } c ? c.Samples[cell - c.First] : source.Sample(series, cell * resolution);
                    if (!Absent.Is(value))
                    {
                        times[n] = cell * resolution;
                        kept[n++] = value;
                    }
                }
                values[i] =
                    n == 0
                        ? Absent.Value
                        : function(new Window(times.AsSpan(0, n), kept.AsSpan(0, n), end - range, end), i);
                any |= !Absent.Is(values[i]);
            }
            if (any)
            {
                result.Put(keepName ? series.Labels : series.Labels.Without("__name__"), values);
            }
        }
        return result.Result();
    }

    private int Most(double range, int series, bool counter)
    {
        if (counter)
        {
            return Count > LongQuery ? MostInLongCounterWindow : MostInCounterWindow;
        }
        var most = MostInWindow;
        while (
            most > MostInCounterWindow && (double)most * series * Math.Max(1, Count * steps.Step / range) > MostSamples
        )
        {
            most /= 2;
        }
        return most;
    }

    private (long First, double[] Samples)? Cache(
        MetricSeries series,
        VectorSelector selector,
        double range,
        double resolution
    )
    {
        var first = (long)Math.Ceiling((Shifted(steps.Start, null, selector.Offset) - range) / resolution);
        var last = (long)Math.Floor(Shifted(steps.At(Count - 1), null, selector.Offset) / resolution);
        var samples = new double[last - first + 1];
        for (var i = 0; i < samples.Length; i++)
        {
            samples[i] = source.Sample(series, (first + i) * resolution);
        }
        return (first, samples);
    }

    /// <summary>What a subquery that is the whole query yields: every value of its window, at its own steps.</summary>
    public (Steps Steps, VectorResult Points) Points(Subquery subquery)
    {
        var (inner, _) = Inner(subquery);
        return (inner, new Evaluator(source, inner, whole).Vector(subquery.Expr));
    }

    private (Steps Inner, double[] Times) Inner(Subquery subquery)
    {
        var range = Seconds(subquery.Range);
        var step = subquery.Step is { } s ? Seconds(s) : DefaultSubqueryStep;
        var times = Enumerable
            .Range(0, Count)
            .Select(i => Shifted(steps.At(i), subquery.At, subquery.Offset))
            .ToArray();
        var from = Math.Ceiling((times.Min() - range) / step) * step;
        var inner = new Steps(from, times.Max(), step);
        return inner.Count <= 100_000
            ? (inner, times)
            : throw new PromExecutionException(
                "query processing would load too many samples into memory in query execution"
            );
    }

    private VectorResult OverSubquery(Subquery subquery, WindowFunction function, bool keepName)
    {
        var (inner, times) = Inner(subquery);
        var (range, from, step) = (Seconds(subquery.Range), inner.Start, inner.Step);
        var columns = new Evaluator(source, inner, whole).Vector(subquery.Expr).Columns;
        var result = new ColumnGathering(Count);
        foreach (var column in columns)
        {
            var values = Absent.Fill(Count);
            for (var i = 0; i < Count; i++)
            {
                var at = new List<double>();
                var kept = new List<double>();
                var first = Math.Max(0, (int)Math.Ceiling(((times[i] - range - from) / step) - 1e-9));
                for (var cell = first; cell < inner.Count && inner.At(cell) <= times[i] + 1e-9; cell++)
                {
                    if (!Absent.Is(column.Values[cell]))
                    {
                        at.Add(inner.At(cell));
                        kept.Add(column.Values[cell]);
                    }
                }
                if (kept.Count > 0)
                {
                    values[i] = function(new Window([.. at], [.. kept], times[i] - range, times[i]), i);
                }
            }
            result.Put(keepName ? column.Labels : column.Labels.Without("__name__"), values);
        }
        return result.Result();
    }
}

/// <summary>The samples between two times (Unix seconds), oldest first; never empty.</summary>
internal readonly ref struct Window(ReadOnlySpan<double> times, ReadOnlySpan<double> values, double from, double to)
{
    public ReadOnlySpan<double> Times { get; } = times;
    public ReadOnlySpan<double> Values { get; } = values;
    public double From { get; } = from;
    public double To { get; } = to;
}

/// <summary>A window to a value, or to <see cref="Absent.Value"/>; <paramref name="step"/> finds scalar arguments.</summary>
internal delegate double WindowFunction(Window window, int step);
