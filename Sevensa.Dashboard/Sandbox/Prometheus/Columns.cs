using Sevensa.Dashboard.Sandbox.Fleet;

namespace Sevensa.Dashboard.Sandbox.Prometheus;

/// <summary>What an expression yields over all steps of a query at once.</summary>
internal abstract record EvalResult;

internal sealed record ScalarResult(double[] Values) : EvalResult;

internal sealed record TextResult(string Value) : EvalResult;

internal sealed record VectorResult(List<Column> Columns) : EvalResult
{
    /// <summary>Applies a function to every sample; the name goes, since the value is no longer what it names.</summary>
    public VectorResult Map(int steps, Func<double, int, double> map, bool keepName = false)
    {
        var result = new ColumnGathering(steps);
        foreach (var column in Columns)
        {
            var values = Absent.Fill(steps);
            for (var i = 0; i < values.Length; i++)
            {
                if (!Absent.Is(column.Values[i]))
                {
                    values[i] = map(column.Values[i], i);
                }
            }
            result.Put(keepName ? column.Labels : column.Labels.Without("__name__"), values);
        }
        return result.Result();
    }
}

/// <summary>One series' value at every step; <see cref="Absent.Value"/> where it has none.</summary>
internal sealed record Column(LabelSet Labels, double[] Values);

/// <summary>Not a number that is no sample either, told from NaN by its bits (Prometheus' staleness marker).</summary>
internal static class Absent
{
    private const long Bits = 0x7ff0000000000002;
    public static readonly double Value = BitConverter.Int64BitsToDouble(Bits);

    public static bool Is(double value) => BitConverter.DoubleToInt64Bits(value) == Bits;

    public static double[] Fill(int count)
    {
        var values = new double[count];
        Array.Fill(values, Value);
        return values;
    }
}

/// <summary>Gathers columns; two that share their labels become one, unless both have a sample at one step.</summary>
internal sealed class ColumnGathering(int steps)
{
    private readonly Dictionary<LabelSet, Column> _byLabels = [];
    private readonly List<Column> _order = [];

    public double[] Of(LabelSet labels)
    {
        if (!_byLabels.TryGetValue(labels, out var column))
        {
            column = new Column(labels, Absent.Fill(steps));
            _byLabels[labels] = column;
            _order.Add(column);
        }
        return column.Values;
    }

    public void Put(LabelSet labels, int step, double value)
    {
        var values = Of(labels);
        if (!Absent.Is(values[step]))
        {
            throw new PromExecutionException("vector cannot contain metrics with the same labelset");
        }
        values[step] = value;
    }

    public void Put(LabelSet labels, double[] values)
    {
        if (!_byLabels.ContainsKey(labels))
        {
            var column = new Column(labels, values);
            _byLabels[labels] = column;
            _order.Add(column);
            return;
        }
        for (var step = 0; step < steps; step++)
        {
            if (!Absent.Is(values[step]))
            {
                Put(labels, step, values[step]);
            }
        }
    }

    public VectorResult Result() => new(_order);
}

/// <summary>A query that is well-formed and can't be carried out (422, <c>execution</c>).</summary>
internal sealed class PromExecutionException(string message) : Exception(message);
