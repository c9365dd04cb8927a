using System.Collections.Immutable;
using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.E2E.Isolation;

/// <summary>Expressions that a curious tenant may write over <see cref="SharedPrometheus"/>: every function, every operator, every way to name somebody else.</summary>
internal sealed class QueryGenerator(int seed)
{
    private static readonly string[] Metrics =
    [
        "http_requests_total",
        "up",
        "memory_bytes",
        "latency_seconds_bucket",
        "sum",
        "by",
        "offset",
        "one",
        "secret_of_others",
        "nothing",
    ];

    private static readonly string[] Matchers =
    [
        "tenant=\"witcom\"",
        "tenant=\"rentguy\"",
        "tenant!=\"rentguy\"",
        "tenant=~\".*\"",
        "tenant=~\"rentguy|witcom\"",
        "tenant!~\"rentguy.*\"",
        "tenant=\"\"",
        "tenant=~\"\"",
        "tenant=~\"|witcom\"",
        "tenant=\"rentguy\",tenant=~\".+\"",
        "tenant='witcom'",
        "tenant=`wit\u0063om`",
        "tenant=\"\\x77itcom\"",
        "tenant=~\"a.b\"",
        "tenant!=\"a.b\"",
        "service=\"api\"",
        "service=~\"a.*|w.*\"",
        "service!=\"\"",
        "code=\"500\"",
        "code!~\"5..\"",
        "image=~\"i.*\"",
    ];

    private static readonly string[] Labels = ["tenant", "service", "code", "image", "le", "__name__", "instance"];

    private static readonly string[] Texts =
    [
        "\"tenant\"",
        "\"witcom\"",
        "\"service\"",
        "\"$1\"",
        "\"(.*)\"",
        "\"\"",
        "\"__name__\"",
        "\"up\"",
        "\"stolen\"",
    ];

    private static readonly string[] Comparisons = ["==", "!=", ">", "<", ">=", "<=", "== bool", "> bool"];

    private static readonly ImmutableArray<PromQlFunction> Functions =
    [
        .. PromQlFunctions.All.Where(function => !function.Experimental && !function.SelectsSeries),
    ];

    private readonly Random random = new(seed);

    /// <summary>Of any type, and such as can be read: what never is sent shows nothing.</summary>
    public string Next()
    {
        while (true)
        {
            var text = Any();
            if (PromQlParser.TryParse(text, out _, out _))
                return text;
        }
    }

    private string Any() =>
        random.Next(20) switch
        {
            0 => Scalar(3),
            1 => Range(2),
            _ => Vector(4),
        };

    /// <summary>As <c>match[]</c> takes it.</summary>
    public string Selector() =>
        random.Next(6) switch
        {
            0 => $"{{__name__=~\".+\"{Prefixed(0, 2)}}}",
            1 => $"{{__name__=\"{Pick(Metrics)}\"{Prefixed(0, 2)}}}",
            2 => $"{{service=~\".+\"{Prefixed(0, 2)}}}",
            3 => $"{{__name__!=\"\"{Prefixed(0, 2)}}}",
            4 => Pick(Metrics),
            _ => $"{Pick(Metrics)}{{{Some(0, 3)}}}",
        };

    private string Vector(int depth)
    {
        if (depth == 0)
            return Selector() + Modifiers();
        return random.Next(16) switch
        {
            0 or 1 => Selector() + Modifiers(),
            2 or 3 or 4 => Call(PromQlType.InstantVector, depth),
            5 or 6 =>
                $"{Pick("sum", "avg", "count", "min", "max", "group", "stddev", "stdvar")} {Grouping()} ({Vector(depth - 1)})",
            7 => $"{Pick("topk", "bottomk", "quantile")}({Scalar(depth - 1)}, {Vector(depth - 1)})",
            8 => $"count_values {Grouping()} ({Pick(Texts)}, {Vector(depth - 1)})",
            9 => $"{Vector(depth - 1)} {Pick("+", "-", "*", "/", "%", "^", "atan2")} {Matching()} {Vector(depth - 1)}",
            10 => $"{Vector(depth - 1)} {Pick(Comparisons)} {Matching()} {Vector(depth - 1)}",
            11 or 12 => $"{Vector(depth - 1)} {Pick("and", "or", "unless")} {SetMatching()} {Vector(depth - 1)}",
            13 => $"{Vector(depth - 1)} {Pick("+", "*", "<", ">")} {Scalar(depth - 1)}",
            14 => $"{Pick("-", "+", "")}({Vector(depth - 1)})",
            _ => $"{Vector(depth - 1)} # {Pick("or {tenant=~\".*\"}", "why", "}")}\n",
        };
    }

    private string Scalar(int depth) =>
        depth == 0
            ? Pick("1", "0.5", "3", "0", "NaN", "-1", "Inf", "0x2")
            : random.Next(5) switch
            {
                0 => $"scalar({Vector(depth - 1)})",
                1 => $"scalar({Pick("one", "sum", "by")}{{{Some(0, 2)}}}{Modifiers()})",
                2 => $"({Scalar(depth - 1)} {Pick("+", "-", "*", "/", "> bool")} {Scalar(depth - 1)})",
                3 => Call(PromQlType.Scalar, depth),
                _ => Scalar(0),
            };

    private string Range(int depth) =>
        random.Next(3) switch
        {
            0 when depth > 0 =>
                $"({Vector(depth - 1)})[{Pick("1m", "5m", "10m")}:{Pick("", "30s", "1m")}]{Modifiers()}",
            _ => $"{Selector()}[{Pick("30s", "1m", "5m", "20m")}]{Modifiers()}",
        };

    private string Call(PromQlType type, int depth)
    {
        var able = Functions.Where(function => function.ReturnType == type).ToArray();
        var called = able[random.Next(able.Length)];
        var count = called.Variadic switch
        {
            0 => called.ArgumentTypes.Length,
            > 0 => random.Next(called.MinArguments, called.MaxArguments!.Value + 1),
            _ => called.ArgumentTypes.Length + random.Next(2),
        };
        var arguments = Enumerable
            .Range(0, count)
            .Select(i =>
                called.ArgumentTypes[Math.Min(i, called.ArgumentTypes.Length - 1)] switch
                {
                    PromQlType.Scalar => Scalar(depth - 1),
                    PromQlType.RangeVector => Range(depth - 1),
                    PromQlType.String => Pick(Texts),
                    _ => Vector(depth - 1),
                }
            );
        return $"{called.Name}({string.Join(", ", arguments)})";
    }

    private string Modifiers() =>
        random.Next(12) switch
        {
            0 => " offset 1m",
            1 => " offset -30s",
            2 => " @ start()",
            3 => " @ end() offset 2m",
            _ => "",
        };

    private string Grouping() =>
        random.Next(3) == 0 ? "" : $"{Pick("by", "without")} ({string.Join(", ", Several(Labels, 0, 3))})";

    private string SetMatching() =>
        random.Next(3) switch
        {
            0 => "",
            1 => $"on ({string.Join(", ", Several(Labels, 0, 2))})",
            _ => $"ignoring ({string.Join(", ", Several(Labels, 0, 3))})",
        };

    private string Matching() =>
        random.Next(5) switch
        {
            0 => "on (service) group_left (tenant)",
            1 => "on () group_right (tenant, code)",
            2 => "ignoring (code, image, __name__) group_left ()",
            _ => SetMatching(),
        };

    private string Some(int least, int most) => string.Join(", ", Several(Matchers, least, most));

    private string Prefixed(int least, int most) =>
        string.Concat(Several(Matchers, least, most).Select(one => $", {one}"));

    private List<string> Several(string[] of, int least, int most) =>
        [.. Enumerable.Range(0, random.Next(least, most + 1)).Select(_ => Pick(of)).Distinct()];

    private string Pick(params string[] of) => of[random.Next(of.Length)];
}
