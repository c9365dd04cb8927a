using System.Globalization;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Platform.Query.LogQl;
using Sevensa.Dashboard.Sandbox.Fleet;

namespace Sevensa.Dashboard.Sandbox.Loki;

/// <summary>A line on its way through a pipeline. Its text is made only when a stage looks at it.</summary>
internal sealed class PipedLine(LokiEntry entry)
{
    private string? _text;
    private LabelSet _labels = entry.Labels;

    public LokiEntry Entry { get; } = entry;
    public string Text
    {
        get => _text ??= Entry.Line.Text;
        set => _text = value;
    }
    public LabelSet Labels
    {
        get => _labels;
        set => _labels = value;
    }

    /// <summary>Adds a field of the line; one that is called like a label of the stream gets a suffix.</summary>
    public void Extract(IEnumerable<(string Name, string Value)> fields)
    {
        var labels = Labels.Pairs.ToArray().ToDictionary(p => p.Key, p => p.Value);
        foreach (var (name, value) in fields)
        {
            var label = Entry.Labels[name].Length > 0 ? name + "_extracted" : name;
            labels[label] = value;
        }
        Labels = LabelSet.From(labels);
    }
}

/// <summary>The stages of a LogQL pipeline.</summary>
internal sealed class LokiPipeline
{
    private readonly Func<PipedLine, bool>[] _stages;

    public LokiPipeline(IEnumerable<PipelineStage> stages) => _stages = [.. stages.Select(Compile)];

    /// <summary>True when the line is kept.</summary>
    public bool Run(PipedLine line)
    {
        foreach (var stage in _stages)
        {
            if (!stage(line))
            {
                return false;
            }
        }
        return true;
    }

    public static LabelTest Test(LabelMatcher matcher)
    {
        try
        {
            return matcher.Operator switch
            {
                MatchOperator.Equal => LabelTest.Equal(matcher.Name, matcher.Value),
                MatchOperator.NotEqual => LabelTest.NotEqual(matcher.Name, matcher.Value),
                MatchOperator.Matches => LabelTest.Regex(matcher.Name, matcher.Value, false),
                _ => LabelTest.Regex(matcher.Name, matcher.Value, true),
            };
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new LokiRefusal(400, $"error parsing regexp: {e.Message}");
        }
    }

    private static Func<PipedLine, bool> Compile(PipelineStage stage)
    {
        switch (stage)
        {
            case LineFilter filter:
                return Lines(filter);
            case LabelFilterStage filter:
                return Filter(filter.Filter);
            case JsonStage json:
                return line => LokiFields.Json(line, json.Extractions);
            case LogfmtStage logfmt:
                return line => LokiFields.Logfmt(line, logfmt.Extractions);
            case RegexpStage regexp:
                var regex = Re2(regexp.Pattern);
                return line => LokiFields.Regexp(line, regex);
            case PatternStage pattern:
                var captures = Re2(PatternRegex(pattern.Pattern, true));
                return line => LokiFields.Regexp(line, captures);
            case DecolorizeStage:
                return line =>
                {
                    line.Text = Regex.Replace(line.Text, "\u001b\\[[0-9;]*m", "");
                    return true;
                };
            case LineFormatStage format:
                return LineFormat(format.Template);
            case LabelFormatStage format:
                return LabelFormat(format);
            case DropStage drop:
                return line => Choose(line, drop.Labels, false);
            case KeepStage keep:
                return line => Choose(line, keep.Labels, true);
            default:
                throw Unsupported(stage.ToString());
        }
    }

    private static Func<PipedLine, bool> Lines(LineFilter filter)
    {
        if (filter.Alternatives.Any(a => a.IsIp))
        {
            throw Unsupported("ip() line filters");
        }
        var (kind, negated) = filter.Operator switch
        {
            LineFilterOperator.Contains => (0, false),
            LineFilterOperator.NotContains => (0, true),
            LineFilterOperator.Matches => (1, false),
            LineFilterOperator.NotMatches => (1, true),
            LineFilterOperator.Pattern => (2, false),
            _ => (2, true),
        };
        Func<string, bool>[] any =
        [
            .. filter.Alternatives.Select(a =>
            {
                if (kind == 0)
                {
                    return new Func<string, bool>(text => text.Contains(a.Text, StringComparison.Ordinal));
                }
                var regex = Re2(kind == 1 ? a.Text : PatternRegex(a.Text, false));
                return regex.IsMatch;
            }),
        ];
        return line => Array.Exists(any, holds => holds(line.Text)) != negated;
    }

    private static Func<PipedLine, bool> Filter(LabelFilter filter)
    {
        switch (filter)
        {
            case TextFilter text:
                var test = Test(text.Matcher);
                return line => test.Matches(line.Labels);
            case NumberFilter number:
                return Compare(number.Label, number.Operator, number.Value, LokiFields.Number);
            case DurationFilter duration:
                return Compare(duration.Label, duration.Operator, duration.Value.Nanoseconds / 1e9, LokiFields.Seconds);
            case BytesFilter bytes:
                return Compare(bytes.Label, bytes.Operator, bytes.Bytes, LokiFields.Bytes);
            case AndFilter both:
                var (a, b) = (Filter(both.Left), Filter(both.Right));
                return line => a(line) && b(line);
            case OrFilter either:
                var (c, d) = (Filter(either.Left), Filter(either.Right));
                return line => c(line) || d(line);
            default:
                throw Unsupported("ip() label filters");
        }
    }

    private static Func<PipedLine, bool> Compare(
        string label,
        CompareOperator op,
        double with,
        Func<string, double?> read
    ) =>
        line =>
        {
            var text = line.Labels[label];
            if (text.Length == 0)
            {
                return false;
            }
            if (read(text) is not { } value)
            {
                line.Labels = line.Labels.With("__error__", "LabelFilterErr");
                return true;
            }
            return op switch
            {
                CompareOperator.Equal => value == with,
                CompareOperator.NotEqual => value != with,
                CompareOperator.Greater => value > with,
                CompareOperator.GreaterOrEqual => value >= with,
                CompareOperator.Less => value < with,
                _ => value <= with,
            };
        };

    private static Func<PipedLine, bool> LineFormat(string template)
    {
        var render = Template(template);
        return line =>
        {
            line.Text = render(line);
            return true;
        };
    }

    private static Func<PipedLine, bool> LabelFormat(LabelFormatStage format)
    {
        (string Label, Func<PipedLine, string> Value, string? From)[] all =
        [
            .. format.Assignments.Select(a =>
                (
                    a.Label,
                    a.IsTemplate ? Template(a.Value) : line => line.Labels[a.Value],
                    a.IsTemplate ? null : a.Value
                )
            ),
        ];
        return line =>
        {
            foreach (var (label, value, from) in all)
            {
                var labels = line.Labels.With(label, value(line));
                line.Labels = from is null ? labels : labels.Without(from);
            }
            return true;
        };
    }

    /// <summary>Go templates that name labels only (<c>{{.msg}}</c>); anything more is refused.</summary>
    private static Func<PipedLine, string> Template(string template)
    {
        var parts = Regex.Split(template, @"(\{\{.*?\}\})");
        Func<PipedLine, string>[] made =
        [
            .. parts.Select(part =>
            {
                if (!part.StartsWith("{{", StringComparison.Ordinal))
                {
                    return new Func<PipedLine, string>(_ => part);
                }
                var name = Regex.Match(part, @"^\{\{-?\s*\.(\w+)\s*-?\}\}$");
                if (name.Success)
                {
                    return line => line.Labels[name.Groups[1].Value];
                }
                return Regex.IsMatch(part, @"^\{\{-?\s*__line__\s*-?\}\}$")
                    ? line => line.Text
                    : throw Unsupported($"the template {part}");
            }),
        ];
        return line => string.Concat(made.Select(m => m(line)));
    }

    private static bool Choose(PipedLine line, IEnumerable<LabelChoice> choices, bool keep)
    {
        var named = choices
            .Where(c => c.When is null || Test(c.When).Matches(line.Labels))
            .Select(c => c.Name)
            .ToHashSet();
        line.Labels = LabelSet.From(line.Labels.Pairs.ToArray().Where(p => named.Contains(p.Key) == keep));
        return true;
    }

    private static string PatternRegex(string pattern, bool captures)
    {
        var regex = Regex.Replace(
            Regex.Escape(pattern),
            "<(\\w+)>",
            m => m.Groups[1].Value == "_" || !captures ? ".*?" : $"(?P<{m.Groups[1].Value}>.*?)"
        );
        return captures ? $"^{regex}$" : regex;
    }

    private static Regex Re2(string pattern)
    {
        try
        {
            return LabelTest.Re2(pattern);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new LokiRefusal(400, $"error parsing regexp: {e.Message}");
        }
    }

    public static LokiRefusal Unsupported(string what) =>
        new(400, string.Create(CultureInfo.InvariantCulture, $"the Sandbox's Loki does not evaluate {what}"));
}

/// <summary>An answer that is not what was asked for, as text.</summary>
internal sealed class LokiRefusal(int status, string message) : Exception(message)
{
    public int Status { get; } = status;
}
