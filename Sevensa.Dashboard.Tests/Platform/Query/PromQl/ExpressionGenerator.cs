using CsCheck;

namespace Sevensa.Dashboard.Tests.Platform.Query.PromQl;

/// <summary>Well-typed PromQL of every construct, as text.</summary>
internal static class ExpressionGenerator
{
    private static readonly Gen<string> Metric = Pick(
        "up",
        "node_cpu:rate5m",
        "sum",
        "offset",
        "start",
        "by",
        "and",
        "fill",
        "min_of",
        "step",
        "anchored",
        "A9_"
    );

    private static readonly Gen<string> Label = Pick("job", "tenant", "le", "by", "__name__", "\"a.b\"", "'ü x'");

    private static readonly Gen<string> GroupLabel = Pick(
        "job",
        "tenant",
        "sum",
        "on",
        "bool",
        "\"a.b\"",
        "\"without\""
    );

    private static readonly Gen<string> Text = Pick(
        "\"\"",
        "\"rentguy\"",
        "'single \"quoted\"'",
        "`raw \\d+`",
        "\"tab\\t\\x41\\xff\\u00e9\\U0001F600\"",
        "\"☺ \\\" \\\\\"",
        "'\\''"
    );

    private static readonly Gen<string> Pattern = Pick("\".+\"", "\"a|b\"", "'(?i)x.*'", "\"[^a-c]{2,3}\"", "`\\d+`");

    private static readonly Gen<string> Matcher = Gen.OneOf(
        Gen.Select(Label.Where(l => l != "__name__"), Pick("=", "!=", " = "), Text, (l, o, v) => l + o + v),
        Gen.Select(Label.Where(l => l != "__name__"), Pick("=~", "!~"), Pattern, (l, o, v) => l + o + v)
    );

    private static readonly Gen<string> Number = Pick(
        "0",
        "1",
        "0.5",
        ".5",
        "5.",
        "1e3",
        "2.5E-7",
        "0x1F",
        "017",
        "1_000",
        "NaN",
        "Inf",
        "1h30m",
        "100ms",
        "1y2w",
        "123456789012345678"
    );

    private static readonly Gen<string> Duration = Gen.Recursive<string>(
        (depth, self) =>
            depth > 3
                ? Pick("5m", "90", "1.5", "1d")
                : Gen.Frequency(
                    (6, Pick("5m", "1h30m", "90", "0.5", "1w", "step()", "range()")),
                    (1, Gen.Select(self, Pick(" + ", "-", "*", " ^ "), self, (a, o, b) => $"{a}{o}{b}")),
                    (1, self.Select(a => $"({a})")),
                    (1, self.Select(a => $"-({a})")),
                    (1, Gen.Select(self, self, (a, b) => $"max_of({a}, {b})"))
                )
    );

    private static readonly Gen<string> Modifiers = Gen.Frequency(
        (5, Gen.Const("")),
        (
            1,
            Pick("5m", "-1h", "step()", "-(5m)", "(5m + 3)", "max_of(step(), 5s)", "+5", "--5m")
                .Select(d => $" offset {d}")
        ),
        (1, Pick("1700000000", "-1.5", "start()", "end()", "1m").Select(t => $" @ {t}")),
        (1, Gen.Const(" @ 1.25 offset 5m"))
    );

    private static readonly Gen<string> Selector = Gen.Frequency(
        (3, Metric),
        (3, Gen.Select(Metric, Matcher.Array[0, 3], (m, l) => $"{m}{{{string.Join(", ", l)}}}")),
        (1, Matcher.Array[0, 2].Select(l => $"{{{string.Join(",", l.Prepend("\"quoted name\""))},}}")),
        (1, Matcher.Array[0, 2].Select(l => $"{{__name__=~\"a.+\"{string.Concat(l.Select(x => "," + x))}}}"))
    );

    private static readonly Gen<string> Range = Gen.Select(
            Selector,
            Duration,
            Modifiers,
            Pick("", " anchored", " smoothed")
        )
        .Select((s, d, m, x) => $"{s}[{Positive(d)}]{x}{m}");

    private static readonly Gen<string> Grouping = Gen.Select(
        Pick("by", "without"),
        GroupLabel.Array[0, 3],
        (w, l) => $"{w} ({string.Join(", ", l)})"
    );

    private static readonly Gen<string> Matching = Gen.Frequency(
        (4, Gen.Const("")),
        (2, Gen.Select(Pick(" on", " ignoring"), GroupLabel.Array[0, 2], (w, l) => $"{w}({string.Join(",", l)})")),
        (1, Pick(" on(job) group_left(x)", " ignoring(job) group_right", " on(a, b) group_left()")),
        (1, Pick(" fill(0)", " on(job) fill_left(-1) fill_right(2)", " fill_right (NaN)"))
    );

    /// <summary>Expressions that evaluate to an instant vector.</summary>
    public static readonly Gen<string> Vector = Gen.Recursive<string>(
        (depth, self) =>
        {
            var leaf = Gen.Select(Selector, Pick("", " anchored"), Modifiers, (s, x, m) => s + x + m);
            if (depth > 4)
                return leaf;
            var scalar = Gen.Frequency(
                (3, Number),
                (1, self.Select(v => $"scalar({v})")),
                (1, Pick("time()", "-5", "+0x1f", "min_of(1, 2)", "(3)", "-(2)^2", "2^-1", "1 < bool 2"))
            );
            var range = Gen.Frequency(
                (3, Range),
                (
                    1,
                    Gen.Select(
                        self,
                        Duration,
                        Duration,
                        Modifiers,
                        (v, r, s, m) => $"({v})[{Positive(r)}:{Positive(s)}]{m}"
                    )
                ),
                (1, Gen.Select(self, Modifiers, (v, m) => $"({v})[1h:]{m}"))
            );
            return Gen.Frequency(
                (3, leaf),
                (2, range.Select(r => $"rate({r})")),
                (1, Gen.Select(scalar, range, (s, r) => $"quantile_over_time({s}, {r})")),
                (1, Gen.Select(self, scalar, (v, s) => $"clamp_max({v}, {s})")),
                (1, Gen.Select(self, Text, (v, t) => $"label_replace({v}, \"tenant\", {t}, \"job\", \".*\")")),
                (2, Gen.Select(Pick("sum", "AVG", "group", "stddev"), Grouping, self, (a, g, v) => $"{a} {g} ({v})")),
                (1, Gen.Select(self, Grouping, (v, g) => $"max({v}) {g}")),
                (1, Gen.Select(Pick("topk", "quantile", "limit_ratio"), scalar, self, (a, s, v) => $"{a}({s}, {v})")),
                (1, Gen.Select(Text, self, (t, v) => $"count_values({t}, {v})")),
                (
                    2,
                    Gen.Select(
                        self,
                        Pick("+", "*", "^", "atan2", "==", "> bool", "%", "- "),
                        Matching,
                        self,
                        (a, o, m, b) => $"{a} {o}{m} {b}"
                    )
                ),
                (1, Gen.Select(self, Pick("and", "or", "UNLESS", "and on(job)"), self, (a, o, b) => $"{a} {o} {b}")),
                (1, Gen.Select(scalar, self, (s, v) => $"{s} * {v}")),
                (1, Gen.Select(self, scalar, (v, s) => $"{v} # why\n / {s}")),
                (1, self.Select(v => $"-{v}")),
                (1, self.Select(v => $"( {v} )"))
            );
        }
    );

    private static Gen<string> Pick(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);

    /// <summary>A bare negative or zero literal is no range; in parentheses it is left to the server.</summary>
    private static string Positive(string duration) => duration.StartsWith('-') ? $"({duration})" : duration;
}
