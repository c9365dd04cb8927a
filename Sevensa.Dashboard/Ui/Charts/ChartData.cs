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

/// <param name="Values">One per time of the chart; NaN is a gap.</param>
public sealed record ChartLine(string Name, double[] Values)
{
    public double Last =>
        Array.FindLast(Values, double.IsFinite) is var v && Values.Any(double.IsFinite) ? v : double.NaN;
    public double Min => Values.Where(double.IsFinite).DefaultIfEmpty(double.NaN).Min();
    public double Max => Values.Where(double.IsFinite).DefaultIfEmpty(double.NaN).Max();
    public double Average => Values.Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();
}

/// <summary>Lines over shared times.</summary>
/// <param name="Times">Unix seconds, ascending.</param>
public sealed record ChartData(double[] Times, IReadOnlyList<ChartLine> Lines)
{
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
    public byte[] Encode()
    {
        var block = new byte[(Lines.Count + 1) * Times.Length * sizeof(double)];
        var figures = MemoryMarshal.Cast<byte, double>(block.AsSpan());
        Times.CopyTo(figures);
        for (var i = 0; i < Lines.Count; i++)
        {
            if (Lines[i].Values.Length != Times.Length)
                throw new ArgumentException(
                    $"'{Lines[i].Name}' has {Lines[i].Values.Length} values for {Times.Length} times."
                );
            Lines[i].Values.CopyTo(figures[((i + 1) * Times.Length)..]);
        }
        if (!BitConverter.IsLittleEndian)
            for (var i = 0; i < block.Length; i += sizeof(double))
                Array.Reverse(block, i, sizeof(double));
        return block;
    }
}

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
