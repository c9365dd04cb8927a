using System.Collections.Frozen;

namespace Sevensa.Dashboard.Platform.Query.LogQl;

public enum RangeFunction
{
    CountOverTime,
    Rate,
    RateCounter,
    BytesOverTime,
    BytesRate,
    AvgOverTime,
    SumOverTime,
    MinOverTime,
    MaxOverTime,
    StdvarOverTime,
    StddevOverTime,
    QuantileOverTime,
    FirstOverTime,
    LastOverTime,
    AbsentOverTime,
}

public enum VectorFunction
{
    Sum,
    Avg,
    Count,
    Max,
    Min,
    Stddev,
    Stdvar,
    BottomK,
    TopK,
    ApproxTopK,
    Sort,
    SortDesc,
}

public enum BinaryOperator
{
    Or,
    And,
    Unless,
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
}

/// <summary>The words of the language: enumeration to text and back.</summary>
internal static class LogQlWords
{
    public static readonly FrozenDictionary<string, RangeFunction> RangeFunctions = new Dictionary<
        string,
        RangeFunction
    >
    {
        ["count_over_time"] = RangeFunction.CountOverTime,
        ["rate"] = RangeFunction.Rate,
        ["rate_counter"] = RangeFunction.RateCounter,
        ["bytes_over_time"] = RangeFunction.BytesOverTime,
        ["bytes_rate"] = RangeFunction.BytesRate,
        ["avg_over_time"] = RangeFunction.AvgOverTime,
        ["sum_over_time"] = RangeFunction.SumOverTime,
        ["min_over_time"] = RangeFunction.MinOverTime,
        ["max_over_time"] = RangeFunction.MaxOverTime,
        ["stdvar_over_time"] = RangeFunction.StdvarOverTime,
        ["stddev_over_time"] = RangeFunction.StddevOverTime,
        ["quantile_over_time"] = RangeFunction.QuantileOverTime,
        ["first_over_time"] = RangeFunction.FirstOverTime,
        ["last_over_time"] = RangeFunction.LastOverTime,
        ["absent_over_time"] = RangeFunction.AbsentOverTime,
    }.ToFrozenDictionary();

    public static readonly FrozenDictionary<string, VectorFunction> VectorFunctions = new Dictionary<
        string,
        VectorFunction
    >
    {
        ["sum"] = VectorFunction.Sum,
        ["avg"] = VectorFunction.Avg,
        ["count"] = VectorFunction.Count,
        ["max"] = VectorFunction.Max,
        ["min"] = VectorFunction.Min,
        ["stddev"] = VectorFunction.Stddev,
        ["stdvar"] = VectorFunction.Stdvar,
        ["bottomk"] = VectorFunction.BottomK,
        ["topk"] = VectorFunction.TopK,
        ["approx_topk"] = VectorFunction.ApproxTopK,
        ["sort"] = VectorFunction.Sort,
        ["sort_desc"] = VectorFunction.SortDesc,
    }.ToFrozenDictionary();

    public static readonly FrozenDictionary<string, UnwrapConversion> Conversions = new Dictionary<
        string,
        UnwrapConversion
    >
    {
        ["bytes"] = UnwrapConversion.Bytes,
        ["duration"] = UnwrapConversion.Duration,
        ["duration_seconds"] = UnwrapConversion.DurationSeconds,
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<RangeFunction, string> RangeNames = RangeFunctions.ToFrozenDictionary(
        pair => pair.Value,
        pair => pair.Key
    );

    private static readonly FrozenDictionary<VectorFunction, string> VectorNames = VectorFunctions.ToFrozenDictionary(
        pair => pair.Value,
        pair => pair.Key
    );

    public static string Word(this RangeFunction function) => RangeNames[function];

    public static string Word(this VectorFunction function) => VectorNames[function];

    public static string Word(this UnwrapConversion conversion) =>
        conversion switch
        {
            UnwrapConversion.Bytes => "bytes",
            UnwrapConversion.Duration => "duration",
            UnwrapConversion.DurationSeconds => "duration_seconds",
            _ => "",
        };

    public static string Word(this BinaryOperator op) =>
        op switch
        {
            BinaryOperator.Or => "or",
            BinaryOperator.And => "and",
            BinaryOperator.Unless => "unless",
            BinaryOperator.Equal => "==",
            BinaryOperator.NotEqual => "!=",
            BinaryOperator.Greater => ">",
            BinaryOperator.GreaterOrEqual => ">=",
            BinaryOperator.Less => "<",
            BinaryOperator.LessOrEqual => "<=",
            BinaryOperator.Add => "+",
            BinaryOperator.Subtract => "-",
            BinaryOperator.Multiply => "*",
            BinaryOperator.Divide => "/",
            BinaryOperator.Modulo => "%",
            BinaryOperator.Power => "^",
            _ => throw new ArgumentOutOfRangeException(nameof(op)),
        };

    /// <summary>How tightly the operator binds; a higher number binds tighter.</summary>
    public static int Precedence(this BinaryOperator op) =>
        op switch
        {
            BinaryOperator.Or => 1,
            BinaryOperator.And or BinaryOperator.Unless => 2,
            BinaryOperator.Add or BinaryOperator.Subtract => 4,
            BinaryOperator.Multiply or BinaryOperator.Divide or BinaryOperator.Modulo => 5,
            BinaryOperator.Power => 6,
            _ => 3,
        };

    public static bool IsSet(this BinaryOperator op) =>
        op is BinaryOperator.Or or BinaryOperator.And or BinaryOperator.Unless;

    public static string Word(this MatchOperator op) =>
        op switch
        {
            MatchOperator.Equal => "=",
            MatchOperator.NotEqual => "!=",
            MatchOperator.Matches => "=~",
            MatchOperator.NotMatches => "!~",
            _ => throw new ArgumentOutOfRangeException(nameof(op)),
        };

    public static string Word(this LineFilterOperator op) =>
        op switch
        {
            LineFilterOperator.Contains => "|=",
            LineFilterOperator.NotContains => "!=",
            LineFilterOperator.Matches => "|~",
            LineFilterOperator.NotMatches => "!~",
            LineFilterOperator.Pattern => "|>",
            LineFilterOperator.NotPattern => "!>",
            _ => throw new ArgumentOutOfRangeException(nameof(op)),
        };

    public static string Word(this CompareOperator op) =>
        op switch
        {
            CompareOperator.Equal => "==",
            CompareOperator.NotEqual => "!=",
            CompareOperator.Greater => ">",
            CompareOperator.GreaterOrEqual => ">=",
            CompareOperator.Less => "<",
            CompareOperator.LessOrEqual => "<=",
            _ => throw new ArgumentOutOfRangeException(nameof(op)),
        };
}
