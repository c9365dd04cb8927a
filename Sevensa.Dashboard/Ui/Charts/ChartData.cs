using System.Runtime.InteropServices;

namespace Sevensa.Dashboard.Ui.Charts;

/// <summary>What a figure is measured in; decides ticks and words.</summary>
public enum ChartUnit
{
    Count,
    Bytes,
    BytesPerSecond,
    Seconds,

    /// <summary>0 to 1, written in percent.</summary>
    Ratio,
    PerSecond,
}

/// <param name="Values">One per time of the chart; NaN is a gap, and what is infinite is drawn as one.</param>
/// <param name="Tint">A colour's token where the colour means something (a level); else lines are told apart in their order.</param>
public sealed record ChartLine(string Name, double[] Values, string? Tint = null)
{
    // Everybody who looks at the line shares it, so it is gone through once for all of them.
    private Summary? summary;

    public double Last => Said.Last;
    public double Min => Said.Min;
    public double Max => Said.Max;
    public double Average => Said.Average;
    public double Sum => Said.Sum;

    /// <summary>So many of its figures are infinite (a division by zero makes them), which no scale can show: they are gaps.</summary>
    public int Infinite => Said.Infinite;

    private Summary Said => summary ??= Summary.Of(Values);

    private sealed record Summary(double Last, double Min, double Max, double Average, double Sum, int Infinite)
    {
        public static Summary Of(double[] values)
        {
            var (last, min, max, sum, count) = (double.NaN, double.PositiveInfinity, double.NegativeInfinity, 0.0, 0);
            var infinite = 0;
            foreach (var value in values)
            {
                if (!double.IsFinite(value))
                {
                    infinite += double.IsInfinity(value) ? 1 : 0;
                    continue;
                }
                last = value;
                min = Math.Min(min, value);
                max = Math.Max(max, value);
                sum += value;
                count++;
            }
            return count == 0
                ? new Summary(double.NaN, double.NaN, double.NaN, double.NaN, 0, infinite)
                : new Summary(last, min, max, sum / count, sum, infinite);
        }
    }
}

/// <summary>Lines over shared times. What is worked out of them is kept: as many as look at them share it.</summary>
/// <param name="Times">Unix seconds, ascending.</param>
public sealed record ChartData(double[] Times, IReadOnlyList<ChartLine> Lines)
{
    private byte[]? block;
    private Step? step;

    public static ChartData Empty { get; } = new([], []);

    /// <summary>Puts series that each have times of their own onto one axis; where one has no figure there is a gap.</summary>
    public static ChartData Align(IEnumerable<(string Name, IReadOnlyList<(double Time, double Value)> Points)> series)
    {
        var all = series.ToList();
        var times = all.SelectMany(s => s.Points).Select(p => p.Time).Distinct().Order().ToArray();
        var at = new Dictionary<double, int>(times.Length);
        for (var i = 0; i < times.Length; i++)
            at[times[i]] = i;
        var lines = new List<ChartLine>(all.Count);
        foreach (var (name, points) in all)
        {
            var values = new double[times.Length];
            Array.Fill(values, double.NaN);
            foreach (var (time, value) in points)
                values[at[time]] = value;
            lines.Add(new ChartLine(name, values));
        }
        return new ChartData(times, lines);
    }

    /// <summary>The times, then each line, as little-endian doubles; read by <c>wwwroot-assets/src/series.ts</c>.</summary>
    public byte[] Encode() => block ??= Block();

    /// <summary>What a chart that shows <paramref name="before"/> has to be told; null when it is better told everything.</summary>
    public ChartPiece? Since(ChartData before)
    {
        if (step is { } known && known.Before.TryGetTarget(out var from) && ReferenceEquals(from, before))
            return known.Piece;
        var piece = Piece(before);
        step = new Step(new WeakReference<ChartData>(before), piece);
        return piece;
    }

    /// <summary>Held weakly: each state would keep the one before it, and so all that there ever were.</summary>
    private sealed record Step(WeakReference<ChartData> Before, ChartPiece? Piece);

    private byte[] Block()
    {
        var bytes = new byte[(Lines.Count + 1) * Times.Length * sizeof(double)];
        var figures = MemoryMarshal.Cast<byte, double>(bytes.AsSpan());
        Times.CopyTo(figures);
        for (var i = 0; i < Lines.Count; i++)
        {
            if (Lines[i].Values.Length != Times.Length)
                throw new ArgumentException(
                    $"'{Lines[i].Name}' has {Lines[i].Values.Length} values for {Times.Length} times."
                );
            var drawn = figures.Slice((i + 1) * Times.Length, Times.Length);
            Lines[i].Values.CopyTo(drawn);
            if (Lines[i].Infinite > 0)
                Gaps(drawn);
        }
        if (!BitConverter.IsLittleEndian)
            for (var i = 0; i < bytes.Length; i += sizeof(double))
                Array.Reverse(bytes, i, sizeof(double));
        return bytes;
    }

    /// <summary>One infinite figure would take the scale from all lines of the chart.</summary>
    private static void Gaps(Span<double> values)
    {
        foreach (ref var value in values)
            value = double.IsInfinity(value) ? double.NaN : value;
    }

    private ChartPiece? Piece(ChartData before)
    {
        if (
            Times.Length == 0
            || before.Lines.Count != Lines.Count
            || Array.BinarySearch(before.Times, Times[0]) is not (>= 0 and var dropped)
            || !before.Lines.Select(line => line.Name).SequenceEqual(Lines.Select(line => line.Name))
        )
            return null;
        var kept = Common(before.Times, dropped, Times);
        for (var i = 0; i < Lines.Count; i++)
            kept = Math.Min(kept, Common(before.Lines[i].Values, dropped, Lines[i].Values));
        if (kept < Times.Length / 2)
            return null;
        var count = Times.Length - kept;
        var figures = new double?[(Lines.Count + 1) * count];
        for (var row = 0; row <= Lines.Count; row++)
        {
            var values = row == 0 ? Times : Lines[row - 1].Values;
            for (var i = 0; i < count; i++)
            {
                var value = values[kept + i];
                figures[row * count + i] = double.IsFinite(value) ? value : null;
            }
        }
        return new ChartPiece(before.Times.Length, dropped, kept, figures);
    }

    /// <summary>How many figures are the same bit by bit.</summary>
    private static int Common(double[] before, int from, double[] now) =>
        MemoryMarshal
            .Cast<double, long>(before.AsSpan(Math.Min(from, before.Length)))
            .CommonPrefixLength(MemoryMarshal.Cast<double, long>(now));
}

/// <summary>From one state of a chart to the next.</summary>
/// <param name="Had">How many times there were.</param>
/// <param name="Dropped">So many of the oldest are gone.</param>
/// <param name="Kept">So many behind them stay as they are.</param>
/// <param name="Figures">What follows them: the times, then each line; null is a gap.</param>
public sealed record ChartPiece(int Had, int Dropped, int Kept, double?[] Figures);

/// <summary>A dashed line at a value: an objective, a limit.</summary>
public sealed record ChartThreshold(double Value, string Label, State State = State.Crit);

public enum AnnotationKind
{
    Change,
    Alert,
    Warning,
    Resolved,
    Maintenance,
}

/// <summary>Something that happened at a moment: a release, an alert.</summary>
public sealed record ChartAnnotation(DateTimeOffset At, string Text, AnnotationKind Kind = AnnotationKind.Change);

public static class ChartUnits
{
    /// <param name="suffix">Behind the plain number; one that starts with <c>~</c> joins its prefix, as in "12 Mb/s".</param>
    public static string Text(this ChartUnit unit, double? value, string? suffix)
    {
        var text = unit.Text(value);
        return suffix is null || value is null or double.NaN ? text
            : suffix.StartsWith('~') ? $"{text}{(char.IsLetter(text[^1]) ? "" : " ")}{suffix[1..]}"
            : $"{text} {suffix}";
    }

    public static string Text(this ChartUnit unit, double? value) =>
        unit switch
        {
            ChartUnit.Bytes => Format.Bytes.Text(value),
            ChartUnit.BytesPerSecond => Format.Bytes.PerSecond(value),
            ChartUnit.Seconds => Format.Duration.Seconds(value),
            ChartUnit.Ratio => Format.Number.Percent(value),
            ChartUnit.PerSecond => Format.Number.PerSecond(value),
            _ => Format.Number.Text(value),
        };

    internal static string Wire(this ChartUnit unit) =>
        unit switch
        {
            ChartUnit.Bytes => "bytes",
            ChartUnit.BytesPerSecond => "bytesPerSecond",
            ChartUnit.Seconds => "seconds",
            ChartUnit.Ratio => "ratio",
            ChartUnit.PerSecond => "perSecond",
            _ => "count",
        };
}
