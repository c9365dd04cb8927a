using System.Collections.Frozen;

namespace Sevensa.Dashboard.Platform.Query.PromQl;

internal enum TokenKind
{
    End,
    Identifier,
    MetricIdentifier,
    Text,
    Number,
    Duration,
    Comma,
    Colon,
    LeftParen,
    RightParen,
    LeftBrace,
    RightBrace,
    LeftBracket,
    RightBracket,
    Equals,
    RegexMatch,
    RegexNotMatch,

    // Operators, in the order of BinaryOperator.
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    Atan2,
    EqualsEquals,
    NotEquals,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    TrimUpper,
    TrimLower,
    And,
    Or,
    Unless,
    At,

    // Aggregations, in the order of AggregationOperator.
    Sum,
    Avg,
    Count,
    Min,
    Max,
    Group,
    Stddev,
    Stdvar,
    Topk,
    Bottomk,
    CountValues,
    Quantile,
    Limitk,
    LimitRatio,

    // Keywords.
    Offset,
    Smoothed,
    Anchored,
    By,
    Without,
    On,
    Ignoring,
    GroupLeft,
    GroupRight,
    Fill,
    FillLeft,
    FillRight,
    Bool,

    // Words that are functions, modifiers of @, or parts of durations, by where they stand.
    Start,
    Finish,
    Step,
    Range,
    MaxOf,
    MinOf,
}

/// <summary>A piece of the text: its kind and its UTF-16 offsets.</summary>
internal readonly record struct Token(TokenKind Kind, int Start, int End)
{
    public SourceSpan Span => new(Start, End);

    public bool IsBinaryOperator => Kind is >= TokenKind.Add and <= TokenKind.Unless;

    public bool IsAggregation => Kind is >= TokenKind.Sum and <= TokenKind.LimitRatio;

    public BinaryOperator BinaryOperator => (BinaryOperator)(Kind - TokenKind.Add);

    public AggregationOperator Aggregation => (AggregationOperator)(Kind - TokenKind.Sum);

    /// <summary>May stand as a metric's name.</summary>
    public bool IsMetricName =>
        IsAggregation
        || Kind
            is TokenKind.Identifier
                or TokenKind.MetricIdentifier
                or TokenKind.And
                or TokenKind.Or
                or TokenKind.Unless
                or TokenKind.By
                or TokenKind.Without
                or TokenKind.Offset
                or TokenKind.Anchored
                or TokenKind.Smoothed
        || Kind >= TokenKind.Start;

    /// <summary>May stand as a label in by(), without(), on(), ignoring(), group_left(), group_right().</summary>
    public bool IsGroupingLabel =>
        IsAggregation
        || Kind
            is TokenKind.Identifier
                or TokenKind.MetricIdentifier
                or TokenKind.And
                or TokenKind.Or
                or TokenKind.Unless
                or TokenKind.Atan2
                or TokenKind.By
                or TokenKind.Bool
                or TokenKind.On
                or TokenKind.Ignoring
                or TokenKind.GroupLeft
                or TokenKind.GroupRight
                or TokenKind.Offset
                or TokenKind.Anchored
                or TokenKind.Smoothed
        || Kind >= TokenKind.Start;

    /// <summary>In the words of Prometheus.</summary>
    public string Describe(string text)
    {
        var value = text[Start..End];
        return Kind switch
        {
            TokenKind.End => "end of input",
            TokenKind.Identifier => $"identifier {GoText.Quote(value)}",
            TokenKind.MetricIdentifier => $"metric identifier {GoText.Quote(value)}",
            TokenKind.Text => $"string {Shortened(value)}",
            TokenKind.Number => $"number {Shortened(value)}",
            TokenKind.Duration => $"duration {Shortened(value)}",
            >= TokenKind.Add and <= TokenKind.At or TokenKind.RegexMatch or TokenKind.RegexNotMatch => $"<op:{value}>",
            >= TokenKind.Sum and <= TokenKind.LimitRatio => $"<aggr:{value}>",
            >= TokenKind.Offset and <= TokenKind.Bool => $"<{value}>",
            _ => GoText.Quote(value),
        };
    }

    private static string Shortened(string value) =>
        value.Length > 10 ? GoText.Quote(value[..10]) + "..." : GoText.Quote(value);
}

internal static class Keywords
{
    private const int Longest = 12;

    private static readonly FrozenDictionary<string, TokenKind> Kinds = new Dictionary<string, TokenKind>
    {
        ["and"] = TokenKind.And,
        ["or"] = TokenKind.Or,
        ["unless"] = TokenKind.Unless,
        ["atan2"] = TokenKind.Atan2,
        ["sum"] = TokenKind.Sum,
        ["avg"] = TokenKind.Avg,
        ["count"] = TokenKind.Count,
        ["min"] = TokenKind.Min,
        ["max"] = TokenKind.Max,
        ["group"] = TokenKind.Group,
        ["stddev"] = TokenKind.Stddev,
        ["stdvar"] = TokenKind.Stdvar,
        ["topk"] = TokenKind.Topk,
        ["bottomk"] = TokenKind.Bottomk,
        ["count_values"] = TokenKind.CountValues,
        ["quantile"] = TokenKind.Quantile,
        ["limitk"] = TokenKind.Limitk,
        ["limit_ratio"] = TokenKind.LimitRatio,
        ["offset"] = TokenKind.Offset,
        ["smoothed"] = TokenKind.Smoothed,
        ["anchored"] = TokenKind.Anchored,
        ["by"] = TokenKind.By,
        ["without"] = TokenKind.Without,
        ["on"] = TokenKind.On,
        ["ignoring"] = TokenKind.Ignoring,
        ["group_left"] = TokenKind.GroupLeft,
        ["group_right"] = TokenKind.GroupRight,
        ["fill"] = TokenKind.Fill,
        ["fill_left"] = TokenKind.FillLeft,
        ["fill_right"] = TokenKind.FillRight,
        ["bool"] = TokenKind.Bool,
        ["start"] = TokenKind.Start,
        ["end"] = TokenKind.Finish,
        ["step"] = TokenKind.Step,
        ["range"] = TokenKind.Range,
        ["max_of"] = TokenKind.MaxOf,
        ["min_of"] = TokenKind.MinOf,
        ["inf"] = TokenKind.Number,
        ["nan"] = TokenKind.Number,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, TokenKind>.AlternateLookup<ReadOnlySpan<char>> Lookup =
        Kinds.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The kind of a word whatever its case, or <see cref="TokenKind.Identifier"/>.</summary>
    public static TokenKind Of(ReadOnlySpan<char> word) =>
        word.Length <= Longest && Lookup.TryGetValue(word, out var kind) ? kind : TokenKind.Identifier;
}
