using CsCheck;
using Sevensa.Dashboard.Platform.Query.LogQl;

namespace Sevensa.Dashboard.Tests.Platform.Query.LogQl;

/// <summary>Any query that makes sense, with hostile text wherever text may stand.</summary>
internal static class LogQlTrees
{
    private static readonly Gen<string> Name = Gen.OneOf(
        "app",
        "level",
        "status",
        "tenant",
        "rate",
        "sum",
        "ip",
        "of",
        "variants",
        "bytes",
        "duration",
        "vector",
        "a1_b",
        "_x"
    );

    public static readonly Gen<string> Text = Gen.OneOf(
        Gen.String[Gen.Char[' ', '~'], 0, 12],
        Gen.OneOf(
            "",
            "\"",
            "\\",
            "`",
            "} or {tenant=\"b\"",
            "\", tenant=\"b",
            "# {",
            "\n|= `x`",
            "\r\n\t",
            "\0\u0001\u007f\ufeff",
            "héé 日本 🚀",
            "\\\"",
            "/* */ //",
            "{{.msg}}",
            "(?i)",
            "[5m]"
        )
    );

    private static readonly Gen<string> Regex = Gen.OneOf(
        ".+",
        ".*",
        "a|b",
        "",
        "(?i)err.*",
        "[a-z]+\\d{2,3}",
        "\\Qa.b\\E",
        "(a|b)*c",
        "^x$",
        "(?P<n>x)?"
    );

    private static readonly Gen<LabelMatcher> Matcher = Gen.OneOf(
        Gen.Select(
            Name,
            Gen.OneOf(MatchOperator.Equal, MatchOperator.NotEqual),
            Text,
            (n, o, v) => new LabelMatcher(n, o, v)
        ),
        Gen.Select(
            Name,
            Gen.OneOf(MatchOperator.Matches, MatchOperator.NotMatches),
            Regex,
            (n, o, v) => new LabelMatcher(n, o, v)
        )
    );

    public static readonly Gen<StreamSelector> Selector = Gen.Select(
        Matcher.Array[0, 3],
        Name,
        (matchers, name) => new StreamSelector(matchers.Append(LabelMatcher.Equal(name, "v")).ToValueList())
    );

    private static readonly Gen<double> Number = Gen.OneOf(
        Gen.Double[-1e9, 1e9],
        Gen.Int[-100, 100].Select(i => (double)i),
        Gen.OneOf(1e21, 1e-9, 0.5)
    );

    private static readonly Gen<LogQlDuration> Window = Gen.Long[1, 100_000_000]
        .Select(ms => new LogQlDuration(ms * 1_000_000));

    private static readonly Gen<LogQlDuration> Offset = Gen.Long[-1_000_000_000_000, 1_000_000_000_000]
        .Select(ns => new LogQlDuration(ns));

    private static readonly Gen<CompareOperator> Compare = Gen.Enum<CompareOperator>();

    private static readonly Gen<LabelFilter> LeafFilter = Gen.OneOf(
        Matcher.Select(matcher => (LabelFilter)new TextFilter(matcher)),
        Gen.Select(Name, Compare, Number, (n, o, v) => (LabelFilter)new NumberFilter(n, o, v)),
        Gen.Select(Name, Compare, Offset, (n, o, v) => (LabelFilter)new DurationFilter(n, o, v)),
        Gen.Select(Name, Compare, Gen.ULong[0, 1UL << 52], (n, o, v) => (LabelFilter)new BytesFilter(n, o, v)),
        Gen.Select(Name, Gen.Bool, Text, (n, o, v) => (LabelFilter)new IpFilter(n, o, v))
    );

    private static readonly Gen<LabelFilter> Filter = Gen.Recursive<LabelFilter>(
        (depth, self) =>
            depth >= 3
                ? LeafFilter
                : Gen.OneOf(
                    LeafFilter,
                    Gen.Select(self, self, (l, r) => (LabelFilter)new AndFilter(l, r)),
                    Gen.Select(self, self, (l, r) => (LabelFilter)new OrFilter(l, r))
                )
    );

    private static readonly Gen<ValueList<LabelExtraction>> Extractions = Gen.Select(
            Name,
            Text,
            (n, p) => new LabelExtraction(n, p)
        )
        .Array[0, 2]
        .Select(items => items.ToValueList());

    private static readonly Gen<ValueList<LabelChoice>> Choices = Gen.Select(
            Matcher,
            Gen.Bool,
            (m, only) => new LabelChoice(m.Name, only ? m : null)
        )
        .Array[1, 3]
        .Select(items => items.ToValueList());

    private static readonly Gen<PipelineStage> Stage = Gen.OneOf(
        Gen.Select(
            Gen.Enum<LineFilterOperator>(),
            Gen.Select(Text, Gen.Bool, (t, ip) => new LineText(t, ip)).Array[1, 3],
            (o, a) => (PipelineStage)new LineFilter(o, a.ToValueList())
        ),
        Filter.Select(filter => (PipelineStage)new LabelFilterStage(filter)),
        Extractions.Select(items => (PipelineStage)new JsonStage(items)),
        Gen.Select(Gen.Bool, Gen.Bool, Extractions, (s, k, e) => (PipelineStage)new LogfmtStage(s, k, e)),
        Gen.OneOf<PipelineStage>(
            new UnpackStage(),
            new DecolorizeStage(),
            new RegexpStage("(?P<ip>\\S+) \"x`"),
            new PatternStage("<ip> - <_> \"<rest>\"")
        ),
        Text.Select(text => (PipelineStage)new LineFormatStage(text)),
        Gen.Select(
                Name,
                Name,
                Text,
                Gen.Bool,
                (n, from, t, isTemplate) => new LabelAssignment(n, isTemplate ? t : from, isTemplate)
            )
            .Array[1, 3]
            .Select(items => (PipelineStage)new LabelFormatStage(items.ToValueList())),
        Choices.Select(items => (PipelineStage)new DropStage(items)),
        Choices.Select(items => (PipelineStage)new KeepStage(items))
    );

    public static readonly Gen<LogQuery> Query = Gen.Select(
        Selector,
        Stage
            .Array[0, 4]
            .Where(stages => !stages.Zip(stages.Skip(1)).Any(pair => CannotBeWritten(pair.First, pair.Second))),
        (selector, stages) => new LogQuery(selector, stages.ToValueList())
    );

    // "drop a != `x`": the language has no way to say that the filter is not part of the choice.
    private static bool CannotBeWritten(PipelineStage first, PipelineStage second) =>
        second is LineFilter { Operator: LineFilterOperator.NotContains or LineFilterOperator.NotMatches }
        && first is DropStage { Labels: [.., { When: null }] } or KeepStage { Labels: [.., { When: null }] };

    private static readonly Gen<Unwrap> Unwrap = Gen.Select(
        Name,
        Gen.Enum<UnwrapConversion>(),
        Filter.Array[0, 2],
        (name, conversion, filters) => new Unwrap(name, conversion, filters.ToValueList())
    );

    private static readonly Gen<ValueList<string>> Names = Name.Array[0, 3].Select(names => names.ToValueList());

    private static readonly Gen<Grouping> Grouping = Gen.Select(Gen.Bool, Names, (w, l) => new Grouping(w, l));

    private static readonly Gen<MetricExpr> Range = Gen.OneOf(
        Gen.Select(
            Gen.OneOf(
                RangeFunction.CountOverTime,
                RangeFunction.Rate,
                RangeFunction.BytesRate,
                RangeFunction.AbsentOverTime
            ),
            Query,
            Window,
            Offset,
            Gen.Bool,
            (f, q, w, o, hasOffset) =>
                (MetricExpr)new RangeAggregation(f, null, new LogRange(q, null, w, hasOffset ? o : null), null)
        ),
        Gen.Select(
            Gen.OneOf(RangeFunction.QuantileOverTime, RangeFunction.MaxOverTime, RangeFunction.LastOverTime),
            Query,
            Unwrap,
            Window,
            Grouping,
            (f, q, u, w, g) =>
                (MetricExpr)
                    new RangeAggregation(
                        f,
                        f == RangeFunction.QuantileOverTime ? 0.99 : null,
                        new LogRange(q, u, w, null),
                        g
                    )
        )
    );

    private static readonly Gen<BinaryModifier> Modifier = Gen.Select(
        Gen.Bool,
        Gen.Bool,
        Gen.Bool,
        Names,
        Gen.Enum<GroupSide>(),
        Names,
        (returnBool, matches, on, labels, side, include) =>
            matches
                ? new BinaryModifier(returnBool, on, labels, side, side == GroupSide.None ? [] : include)
                : BinaryModifier.None with
                {
                    ReturnBool = returnBool,
                }
    );

    public static readonly Gen<MetricExpr> Metric = Gen.Recursive<MetricExpr>(
        (depth, self) =>
            depth >= 4
                ? Range
                : Gen.OneOf(
                    Range,
                    Gen.Select(
                        Gen.OneOf(VectorFunction.Sum, VectorFunction.Avg, VectorFunction.TopK),
                        Grouping,
                        self,
                        (f, g, inner) =>
                            (MetricExpr)new VectorAggregation(f, f == VectorFunction.TopK ? 5 : null, inner, g)
                    ),
                    Gen.Select(
                        Gen.Enum<BinaryOperator>(),
                        self,
                        self,
                        Modifier,
                        (o, l, r, m) => (MetricExpr)new BinaryExpr(o, l, r, m)
                    ),
                    Gen.Select(
                        Gen.OneOf(BinaryOperator.Add, BinaryOperator.Power, BinaryOperator.Greater),
                        self,
                        Number,
                        (o, l, n) => (MetricExpr)new BinaryExpr(o, l, new NumberLiteral(n), BinaryModifier.None)
                    ),
                    Gen.Select(
                        self,
                        Name,
                        Text,
                        Regex,
                        (inner, name, text, regex) => (MetricExpr)new LabelReplace(inner, name, text, "src", regex)
                    ),
                    Gen.Select(
                        self,
                        Gen.Int[0, 5],
                        (l, n) =>
                            (MetricExpr)new BinaryExpr(BinaryOperator.Or, l, new VectorLiteral(n), BinaryModifier.None)
                    )
                )
    );

    public static readonly Gen<LogQlExpr> Any = Gen.OneOf(
        Query.Select(query => (LogQlExpr)query),
        Metric.Select(metric => (LogQlExpr)metric),
        Gen.Select(
            Metric.Array[1, 2],
            Query,
            Window,
            (variants, query, window) =>
                (LogQlExpr)new VariantsExpr(variants.ToValueList(), new LogRange(query, null, window, null))
        )
    );
}
