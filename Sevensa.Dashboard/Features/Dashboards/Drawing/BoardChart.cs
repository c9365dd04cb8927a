using Sevensa.Dashboard.Ui;
using Sevensa.Dashboard.Ui.Charts;

namespace Sevensa.Dashboard.Features.Dashboards.Drawing;

/// <summary>A panel's series as lines of one chart, in the unit of the axis.</summary>
internal static class BoardChart
{
    public static (ChartData Data, PanelUnit Unit, IReadOnlyList<ChartThreshold> Thresholds) Of(
        BoardPanel panel,
        IReadOnlyList<PanelSeries> series,
        IReadOnlyList<Answered> answers
    )
    {
        var name = panel.Field.Unit ?? series.Select(one => one.Style.Unit).FirstOrDefault(unit => unit is not null);
        var unit = PanelUnit.Of(name);
        var thresholds = panel
            .Field.Thresholds.Where(step =>
                step.From is not null && step.State is "warn" or "crit" && !panel.Field.PercentOfRange
            )
            .Select(step => new ChartThreshold(
                step.From!.Value * unit.Factor,
                unit.Text(step.From),
                step.State == "crit" ? State.Crit : State.Warn
            ))
            .ToList();
        if (series.Count == 0)
        {
            return (ChartData.Empty, unit, thresholds);
        }
        var times = Grid(answers);
        var at = times.Index().ToDictionary(one => one.Item, one => one.Index);
        var names = new Dictionary<string, int>(StringComparer.Ordinal);
        var lines = new List<ChartLine>(series.Count);
        foreach (var one in series)
        {
            var values = new double[times.Length];
            Array.Fill(values, double.NaN);
            for (var i = 0; i < one.Series.Times.Length; i++)
            {
                if (at.TryGetValue(Millis(one.Series.Times[i]), out var index))
                {
                    values[index] = one.Series.Values[i] * unit.Factor;
                }
            }
            // A legend needs names that differ.
            var again = names[one.Name] = names.GetValueOrDefault(one.Name) + 1;
            lines.Add(new ChartLine(again == 1 ? one.Name : $"{one.Name} ({again})", values));
        }
        return (new ChartData([.. times.Select(time => time / 1000.0)], lines), unit, thresholds);
    }

    /// <summary>The points of time of all answers, with those between that nobody has a value for, so that gaps stay gaps.</summary>
    private static long[] Grid(IReadOnlyList<Answered> answers)
    {
        var all = new SortedSet<long>();
        foreach (var data in answers.Select(answer => answer.Data))
        {
            if (answers[0].Question.Query.Instant)
            {
                foreach (var time in data.Series.SelectMany(series => series.Times))
                {
                    all.Add(Millis(time));
                }
                continue;
            }
            var step = (long)data.Step.TotalMilliseconds;
            for (var time = data.From.ToUnixTimeMilliseconds(); time <= data.To.ToUnixTimeMilliseconds(); time += step)
            {
                all.Add(time);
            }
        }
        return [.. all];
    }

    private static long Millis(double seconds) => (long)Math.Round(seconds * 1000);
}
