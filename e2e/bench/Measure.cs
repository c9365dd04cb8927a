using System.Globalization;
using System.Text;

namespace Sevensa.Dashboard.Bench;

/// <summary>Something that is measured beside its baseline, in the same run on the same machine.</summary>
internal interface IBench
{
    string Name { get; }

    /// <param name="rounds">How often each side is measured, the two taking turns; the median counts.</param>
    Task<IReadOnlyList<Measure>> RunAsync(int rounds);
}

/// <summary>What a measure must keep.</summary>
internal sealed record Bound(string Text, Func<double, double, bool> Holds)
{
    /// <summary>At most so many times the baseline.</summary>
    public static Bound Ratio(double most) =>
        new(
            string.Create(CultureInfo.InvariantCulture, $"≤ {most:0.##}×"),
            (ours, baseline) => ours <= baseline * most
        );

    /// <summary>At most so much more than the baseline, in the measure's unit.</summary>
    public static Bound Added(double most) =>
        new(
            string.Create(CultureInfo.InvariantCulture, $"≤ +{most:0.##}"),
            (ours, baseline) => ours - baseline <= most
        );

    /// <summary>At most so much in nine of ten rounds and more: the 95th percentile of all rounds, whatever the baseline.</summary>
    public static Bound Percentile95(double most) =>
        new(string.Create(CultureInfo.InvariantCulture, $"p95 ≤ {most:0.##}"), (_, _) => true)
        {
            OfAll = ours => Percentile(ours, 0.95) <= most,
        };

    /// <summary>The worst round stays below it.</summary>
    public static Bound AtMost(double most) =>
        new(string.Create(CultureInfo.InvariantCulture, $"≤ {most:0.##}"), (_, _) => true)
        {
            OfAll = ours => ours.Max() <= most,
        };

    /// <summary>Judges all rounds of ours instead of the medians.</summary>
    public Func<IReadOnlyList<double>, bool>? OfAll { get; private init; }

    public static double Percentile(IReadOnlyList<double> values, double share) =>
        values.Order().ElementAt(Math.Min(values.Count - 1, (int)Math.Ceiling(values.Count * share) - 1));

    /// <summary>Shown, not judged.</summary>
    public static Bound None { get; } = new("—", (_, _) => true);
}

/// <summary>One row of the table.</summary>
/// <param name="Name">What was measured and against what.</param>
/// <param name="Unit">Of both sides.</param>
/// <param name="Ours">Every round's value.</param>
/// <param name="Baseline">Every round's value of the baseline.</param>
/// <param name="Bound">What must hold between the medians.</param>
internal sealed record Measure(
    string Name,
    string Unit,
    IReadOnlyList<double> Ours,
    IReadOnlyList<double> Baseline,
    Bound Bound
)
{
    public bool Holds => Bound.OfAll?.Invoke(Ours) ?? Bound.Holds(Median(Ours), Median(Baseline));

    public static double Median(IReadOnlyList<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}

/// <summary>The measures as a Markdown table, with the machine they hold for.</summary>
internal static class Table
{
    public static string Of(IReadOnlyList<Measure> measures)
    {
        string[] head = ["measure", "unit", "ours", "baseline", "ratio", "added", "bound", "holds"];
        var rows = measures.Select(Row).Prepend(head).ToList();
        var widths = Enumerable.Range(0, head.Length).Select(c => rows.Max(row => row[c].Length)).ToArray();
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"{Environment.ProcessorCount} cores, {System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription}, medians (least–most) of {measures.Max(m => m.Ours.Count)} rounds, both sides in turn\n\n"
        );
        for (var r = 0; r < rows.Count; r++)
        {
            text.Append("| ").AppendJoin(" | ", rows[r].Select((cell, c) => cell.PadRight(widths[c]))).Append(" |\n");
            if (r == 0)
                text.Append("| ").AppendJoin(" | ", widths.Select(width => new string('-', width))).Append(" |\n");
        }
        return text.ToString();
    }

    private static string[] Row(Measure measure)
    {
        var ours = Measure.Median(measure.Ours);
        var baseline = Measure.Median(measure.Baseline);
        return
        [
            measure.Name,
            measure.Unit,
            Spread(measure.Ours),
            Spread(measure.Baseline),
            string.Create(CultureInfo.InvariantCulture, $"{ours / baseline:0.00}×"),
            string.Create(CultureInfo.InvariantCulture, $"{ours - baseline:+0.0;-0.0;0}"),
            measure.Bound.Text,
            measure.Bound == Bound.None ? ""
            : measure.Holds ? "yes"
            : "NO",
        ];
    }

    private static string Spread(IReadOnlyList<double> values) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Measure.Median(values):0.0} ({values.Min():0.0}–{values.Max():0.0})"
        );
}
