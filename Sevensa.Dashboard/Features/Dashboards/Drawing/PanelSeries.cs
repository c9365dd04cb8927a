using System.Globalization;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Features.Metrics.Contracts;

namespace Sevensa.Dashboard.Features.Dashboards.Drawing;

/// <summary>The answer to one of a panel's questions.</summary>
public sealed record Answered(PanelQuestion Question, PanelData Data);

/// <summary>A series under the name that people read, with the style that holds for it.</summary>
internal sealed record PanelSeries(string Name, string Ref, MetricSeries Series, FieldStyle Style)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);

    public static IReadOnlyList<PanelSeries> Of(BoardPanel panel, IReadOnlyList<Answered> answers)
    {
        var result = new List<PanelSeries>();
        foreach (var answer in answers)
        {
            var told = Telling(answer.Data.Series);
            foreach (var series in answer.Data.Series)
            {
                var name = NameOf(answer.Question.Legend, series, told, panel, answer.Question.Query);
                var style = StyleOf(panel, name, name, answer.Question.Query.Ref);
                if (style.Hidden == true)
                {
                    continue;
                }
                var shown = style.DisplayName is { Length: > 0 } display ? Display(display, name, series.Labels) : name;
                result.Add(new PanelSeries(shown, answer.Question.Query.Ref, series, style));
            }
        }
        return result;
    }

    /// <summary>The panel's style, and over it what is set for this field alone.</summary>
    public static FieldStyle StyleOf(BoardPanel panel, string name, string original, string? query)
    {
        var style = panel.Field;
        foreach (var one in panel.Overrides.Where(one => Holds(one, name, original, query)))
        {
            var over = one.Style;
            style = style with
            {
                Unit = over.Unit ?? style.Unit,
                Decimals = over.Decimals ?? style.Decimals,
                Min = over.Min ?? style.Min,
                Max = over.Max ?? style.Max,
                DisplayName = over.DisplayName ?? style.DisplayName,
                NoValue = over.NoValue ?? style.NoValue,
                Thresholds = over.Thresholds.Count > 0 ? over.Thresholds : style.Thresholds,
                PercentOfRange = over.Thresholds.Count > 0 ? over.PercentOfRange : style.PercentOfRange,
                Mappings = over.Mappings.Count > 0 ? over.Mappings : style.Mappings,
                Hidden = over.Hidden ?? style.Hidden,
                Width = over.Width ?? style.Width,
            };
        }
        return style;
    }

    public double Reduced(string calc) => Reduce(Series.Values, calc);

    public static double Reduce(IEnumerable<double> values, string calc)
    {
        var all = values.Where(double.IsFinite).ToList();
        if (calc == "count")
        {
            return all.Count;
        }
        if (all.Count == 0)
        {
            // What is not a number is shown as such, and not as nothing.
            return values.LastOrDefault(double.NaN);
        }
        return calc switch
        {
            "first" or "firstNotNull" => all[0],
            "min" => all.Min(),
            "max" => all.Max(),
            "mean" => all.Average(),
            "sum" or "total" => all.Sum(),
            "delta" or "diff" => all[^1] - all[0],
            "range" => all.Max() - all.Min(),
            _ => all[^1],
        };
    }

    private static bool Holds(FieldOverride one, string name, string original, string? query) =>
        one.By switch
        {
            "byName" or "byNames" => one.Match.Contains(name) || one.Match.Contains(original),
            "byFrameRefID" => query is not null && one.Match.Contains(query),
            "byType" => one.Match.Contains("number"),
            "byRegexp" => one.Match.Any(pattern => Matches(pattern, name)),
            _ => false,
        };

    private static bool Matches(string pattern, string name)
    {
        try
        {
            var bare =
                pattern.StartsWith('/') && pattern.LastIndexOf('/') is > 0 and var end ? pattern[1..end] : pattern;
            return Regex.IsMatch(name, bare, RegexOptions.None, Patience);
        }
        catch (Exception wrong) when (wrong is ArgumentException or RegexMatchTimeoutException)
        {
            return false;
        }
    }

    /// <summary>The labels by which the series of an answer differ.</summary>
    private static List<string> Telling(IReadOnlyList<MetricSeries> all)
    {
        if (all.Count < 2)
        {
            return [];
        }
        return
        [
            .. all.SelectMany(series => series.Labels.Keys)
                .Distinct(StringComparer.Ordinal)
                .Where(label =>
                    all.Select(series => series.Labels.GetValueOrDefault(label, ""))
                        .Distinct(StringComparer.Ordinal)
                        .Skip(1)
                        .Any()
                )
                .Order(StringComparer.Ordinal),
        ];
    }

    private static string NameOf(
        string legend,
        MetricSeries series,
        List<string> told,
        BoardPanel panel,
        PanelQuery query
    )
    {
        if (legend.Length > 0 && legend != "__auto")
        {
            var name = Template(legend, series.Labels);
            return name.Length > 0 ? name : Whole(series.Labels);
        }
        return told.Count == 1
            ? series.Labels.GetValueOrDefault(told[0], "") is { Length: > 0 } only
                ? only
                : Whole(series.Labels)
            : told.Count > 1
                ? string.Join(
                    ' ',
                    told.Select(label => series.Labels.GetValueOrDefault(label, "")).Where(value => value.Length > 0)
                )
                : series.Labels.GetValueOrDefault("__name__", "") is { Length: > 0 } metric
                    ? metric
                    : panel.Title.Length > 0
                        ? panel.Title
                        : query.Ref;
    }

    private static string Whole(IReadOnlyDictionary<string, string> labels) =>
        $"{labels.GetValueOrDefault("__name__", "")}{{{string.Join(", ", labels.Where(label => label.Key is not ("__name__" or "tenant")).OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}=\"{label.Value}\""))}}}";

    /// <summary><c>{{label}}</c> is the label's value, and nothing where the series has none.</summary>
    private static string Template(string legend, IReadOnlyDictionary<string, string> labels)
    {
        var result = new System.Text.StringBuilder(legend.Length);
        var from = 0;
        while (legend.IndexOf("{{", from, StringComparison.Ordinal) is >= 0 and var open)
        {
            var close = legend.IndexOf("}}", open, StringComparison.Ordinal);
            if (close < 0)
            {
                break;
            }
            result.Append(legend, from, open - from);
            result.Append(labels.GetValueOrDefault(legend[(open + 2)..close].Trim(), ""));
            from = close + 2;
        }
        return result.Append(legend, from, legend.Length - from).ToString();
    }

    private static string Display(string template, string name, IReadOnlyDictionary<string, string> labels)
    {
        if (!template.Contains("${", StringComparison.Ordinal))
        {
            return template;
        }
        var text = template
            .Replace("${__series.name}", name, StringComparison.Ordinal)
            .Replace("${__field.name}", name, StringComparison.Ordinal)
            .Replace("${__field.displayName}", name, StringComparison.Ordinal);
        foreach (var (label, value) in labels)
        {
            text = text.Replace($"${{__field.labels.{label}}}", value, StringComparison.Ordinal);
        }
        return text;
    }
}

/// <summary>A figure as it is written, with the state that its thresholds and mappings give it.</summary>
public sealed record Written(string Text, string State, double Value)
{
    public static Written Of(double value, FieldStyle style, string prefix = "", string postfix = "")
    {
        var state = StateOf(value, style);
        if (Mapped(value, style.Mappings) is { } mapping)
        {
            return new Written(mapping.Text, mapping.State ?? state, value);
        }
        if (double.IsNaN(value))
        {
            return new Written(style.NoValue ?? Ui.Format.Number.None, "none", value);
        }
        return new Written($"{prefix}{PanelUnit.Of(style.Unit).Text(value, style.Decimals)}{postfix}", state, value);
    }

    /// <summary>Where a value lies between the ends of its range, 0 to 1.</summary>
    public static double Share(double value, FieldStyle style, double lowest, double highest)
    {
        var (min, max) = Ends(style, lowest, highest);
        return double.IsFinite(value) && max > min ? Math.Clamp((value - min) / (max - min), 0, 1) : 0;
    }

    public static (double Min, double Max) Ends(FieldStyle style, double lowest = 0, double highest = double.NaN)
    {
        var whole = style.Unit switch
        {
            "percentunit" => 1,
            "percent" => 100,
            _ => double.IsFinite(highest) ? highest : 100,
        };
        return (style.Min ?? Math.Min(0, double.IsFinite(lowest) ? lowest : 0), style.Max ?? whole);
    }

    public static string StateOf(double value, FieldStyle style)
    {
        if (!double.IsFinite(value) || style.Thresholds.Count == 0)
        {
            return "none";
        }
        var (min, max) = Ends(style);
        var state = "none";
        foreach (var step in style.Thresholds.OrderBy(step => step.From ?? double.NegativeInfinity))
        {
            var from = step.From is { } at
                ? style.PercentOfRange
                    ? min + (max - min) * at / 100
                    : at
                : double.NegativeInfinity;
            if (value >= from)
            {
                state = step.State;
            }
        }
        return state;
    }

    private static ValueMapping? Mapped(double value, IReadOnlyList<ValueMapping> mappings)
    {
        foreach (var mapping in mappings)
        {
            var holds =
                mapping.Special is { } special
                    ? special switch
                    {
                        "nan" or "null" or "null+nan" or "empty" => double.IsNaN(value),
                        _ => false,
                    }
                : mapping.Value is { } text
                    ? double.TryParse(text, CultureInfo.InvariantCulture, out var one) && one.Equals(value)
                : mapping.Regex is null
                    && (mapping.From is not null || mapping.To is not null)
                    && value >= (mapping.From ?? double.NegativeInfinity)
                    && value <= (mapping.To ?? double.PositiveInfinity);
            if (holds)
            {
                return mapping;
            }
        }
        return null;
    }

    /// <summary>A text cell: mapped by its value, else as it is.</summary>
    public static Written OfText(string text, FieldStyle style) =>
        style.Mappings.FirstOrDefault(mapping => mapping.Value == text) is { } mapping
            ? new Written(mapping.Text, mapping.State ?? "none", double.NaN)
            : new Written(text, "none", double.NaN);
}
