using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Sevensa.Dashboard.Platform.Query.PromQl;

/// <summary>What a function takes and gives.</summary>
/// <param name="ArgumentTypes">Of the arguments in order; where there may be more, the last goes on.</param>
/// <param name="Variadic">
/// 0: exactly the arguments listed. Otherwise the last is optional, and with a positive number at most that many stand in its
/// place, with -1 any number.
/// </param>
/// <param name="SelectsSeries">Reads series that none of its arguments selects, so it can't be scoped by its selectors.</param>
/// <param name="Former">Servers before 3.0 have it, and newer ones by another name.</param>
/// <param name="Experimental">Prometheus has it only with <c>--enable-feature=promql-experimental-functions</c>.</param>
public sealed record PromQlFunction(
    string Name,
    ImmutableArray<PromQlType> ArgumentTypes,
    int Variadic,
    PromQlType ReturnType,
    bool Experimental,
    bool SelectsSeries = false,
    bool Former = false
)
{
    /// <summary>Arguments that a call must at least have.</summary>
    public int MinArguments => Variadic == 0 ? ArgumentTypes.Length : ArgumentTypes.Length - 1;

    /// <summary>Arguments that a call may at most have; null: any number.</summary>
    public int? MaxArguments =>
        Variadic switch
        {
            0 => ArgumentTypes.Length,
            > 0 => ArgumentTypes.Length - 1 + Variadic,
            _ => null,
        };
}

/// <summary>Every function of the language since 2.42, experimental ones and those that were taken out since included.</summary>
public static class PromQlFunctions
{
    private const PromQlType Scalar = PromQlType.Scalar;
    private const PromQlType InstantVector = PromQlType.InstantVector;
    private const PromQlType RangeVector = PromQlType.RangeVector;
    private const PromQlType String = PromQlType.String;

    /// <summary>In order of their names.</summary>
    public static ImmutableArray<PromQlFunction> All { get; } =
    [
        Of("abs", [InstantVector], InstantVector),
        Of("absent", [InstantVector], InstantVector),
        Of("absent_over_time", [RangeVector], InstantVector),
        Of("acos", [InstantVector], InstantVector),
        Of("acosh", [InstantVector], InstantVector),
        Of("asin", [InstantVector], InstantVector),
        Of("asinh", [InstantVector], InstantVector),
        Of("atan", [InstantVector], InstantVector),
        Of("atanh", [InstantVector], InstantVector),
        Of("avg_over_time", [RangeVector], InstantVector),
        Of("ceil", [InstantVector], InstantVector),
        Of("changes", [RangeVector], InstantVector),
        Of("clamp", [InstantVector, Scalar, Scalar], InstantVector),
        Of("clamp_max", [InstantVector, Scalar], InstantVector),
        Of("clamp_min", [InstantVector, Scalar], InstantVector),
        Of("cos", [InstantVector], InstantVector),
        Of("cosh", [InstantVector], InstantVector),
        Of("count_over_time", [RangeVector], InstantVector),
        Of("day_of_month", [InstantVector], InstantVector, variadic: 1),
        Of("day_of_week", [InstantVector], InstantVector, variadic: 1),
        Of("day_of_year", [InstantVector], InstantVector, variadic: 1),
        Of("days_in_month", [InstantVector], InstantVector, variadic: 1),
        Of("deg", [InstantVector], InstantVector),
        Of("delta", [RangeVector], InstantVector),
        Of("deriv", [RangeVector], InstantVector),
        Of("double_exponential_smoothing", [RangeVector, Scalar, Scalar], InstantVector, experimental: true),
        Of("end", [], Scalar, experimental: true),
        Of("exp", [InstantVector], InstantVector),
        Of("first_over_time", [RangeVector], InstantVector),
        Of("floor", [InstantVector], InstantVector),
        Of("histogram_avg", [InstantVector], InstantVector),
        Of("histogram_count", [InstantVector], InstantVector),
        Of("histogram_fraction", [Scalar, Scalar, InstantVector], InstantVector),
        Of("histogram_quantile", [Scalar, InstantVector], InstantVector),
        Of(
            "histogram_quantiles",
            [InstantVector, String, Scalar, Scalar],
            InstantVector,
            variadic: 9,
            experimental: true
        ),
        Of("histogram_stddev", [InstantVector], InstantVector),
        Of("histogram_stdvar", [InstantVector], InstantVector),
        Of("histogram_sum", [InstantVector], InstantVector),
        Of("holt_winters", [RangeVector, Scalar, Scalar], InstantVector) with
        {
            Former = true,
        },
        Of("hour", [InstantVector], InstantVector, variadic: 1),
        Of("idelta", [RangeVector], InstantVector),
        Of("increase", [RangeVector], InstantVector),
        Of("info", [InstantVector, InstantVector], InstantVector, variadic: 1, experimental: true) with
        {
            SelectsSeries = true,
        },
        Of("integral", [RangeVector, Scalar], InstantVector, variadic: 1, experimental: true),
        Of("irate", [RangeVector], InstantVector),
        Of("label_join", [InstantVector, String, String, String], InstantVector, variadic: -1),
        Of("label_replace", [InstantVector, String, String, String, String], InstantVector),
        Of("last_over_time", [RangeVector], InstantVector),
        Of("ln", [InstantVector], InstantVector),
        Of("log10", [InstantVector], InstantVector),
        Of("log2", [InstantVector], InstantVector),
        Of("mad_over_time", [RangeVector], InstantVector, experimental: true),
        Of("max_of", [Scalar, Scalar], Scalar, experimental: true),
        Of("max_over_time", [RangeVector], InstantVector),
        Of("min_of", [Scalar, Scalar], Scalar, experimental: true),
        Of("min_over_time", [RangeVector], InstantVector),
        Of("minute", [InstantVector], InstantVector, variadic: 1),
        Of("month", [InstantVector], InstantVector, variadic: 1),
        Of("pi", [], Scalar),
        Of("predict_linear", [RangeVector, Scalar], InstantVector),
        Of("present_over_time", [RangeVector], InstantVector),
        Of("quantile_over_time", [Scalar, RangeVector], InstantVector),
        Of("rad", [InstantVector], InstantVector),
        Of("range", [], Scalar, experimental: true),
        Of("rate", [RangeVector], InstantVector),
        Of("resets", [RangeVector], InstantVector),
        Of("round", [InstantVector, Scalar], InstantVector, variadic: 1),
        Of("scalar", [InstantVector], Scalar),
        Of("sgn", [InstantVector], InstantVector),
        Of("sin", [InstantVector], InstantVector),
        Of("sinh", [InstantVector], InstantVector),
        Of("sort", [InstantVector], InstantVector),
        Of("sort_by_label", [InstantVector, String], InstantVector, variadic: -1, experimental: true),
        Of("sort_by_label_desc", [InstantVector, String], InstantVector, variadic: -1, experimental: true),
        Of("sort_desc", [InstantVector], InstantVector),
        Of("sqrt", [InstantVector], InstantVector),
        Of("start", [], Scalar, experimental: true),
        Of("start_timestamp", [InstantVector], InstantVector, experimental: true),
        Of("stddev_over_time", [RangeVector], InstantVector),
        Of("stdvar_over_time", [RangeVector], InstantVector),
        Of("step", [], Scalar, experimental: true),
        Of("sum_over_time", [RangeVector], InstantVector),
        Of("tan", [InstantVector], InstantVector),
        Of("tanh", [InstantVector], InstantVector),
        Of("time", [], Scalar),
        Of("timestamp", [InstantVector], InstantVector),
        Of("ts_of_first_over_time", [RangeVector], InstantVector, experimental: true),
        Of("ts_of_last_over_time", [RangeVector], InstantVector, experimental: true),
        Of("ts_of_max_over_time", [RangeVector], InstantVector, experimental: true),
        Of("ts_of_min_over_time", [RangeVector], InstantVector, experimental: true),
        Of("vector", [Scalar], InstantVector),
        Of("year", [InstantVector], InstantVector, variadic: 1),
    ];

    private static readonly FrozenDictionary<string, PromQlFunction> ByName = All.ToFrozenDictionary(
        f => f.Name,
        StringComparer.Ordinal
    );

    private static readonly FrozenDictionary<string, PromQlFunction>.AlternateLookup<ReadOnlySpan<char>> BySpan =
        ByName.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The function of that exact name, or null.</summary>
    public static PromQlFunction? Find(ReadOnlySpan<char> name) =>
        BySpan.TryGetValue(name, out var function) ? function : null;

    private static PromQlFunction Of(
        string name,
        ImmutableArray<PromQlType> arguments,
        PromQlType returns,
        int variadic = 0,
        bool experimental = false
    ) => new(name, arguments, variadic, returns, experimental);
}
