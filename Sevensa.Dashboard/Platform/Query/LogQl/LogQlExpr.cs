namespace Sevensa.Dashboard.Platform.Query.LogQl;

/// <summary>
/// A parsed LogQL query: a <see cref="LogQuery"/> (answers lines) or a <see cref="MetricExpr"/> (answers numbers).
/// Immutable, compared by value; <see cref="object.ToString"/> writes it as LogQL.
/// </summary>
public abstract record LogQlExpr
{
    /// <summary>True when Loki answers log lines (streams), false when it answers numbers (vector or matrix).</summary>
    public bool IsLogQuery => this is LogQuery;

    /// <summary>Every stream selector in the query, in the order of the text.</summary>
    public abstract IEnumerable<StreamSelector> Selectors { get; }

    /// <summary>The same query with every stream selector passed through <paramref name="change"/>.</summary>
    public abstract LogQlExpr WithSelectors(Func<StreamSelector, StreamSelector> change);

    public sealed override string ToString() => LogQlPrinter.Print(this);
}

/// <summary>A stream selector and what is done to its lines: <c>{service="api"} |= "error" | json</c>.</summary>
public sealed record LogQuery(StreamSelector Selector, ValueList<PipelineStage> Stages) : LogQlExpr
{
    public override IEnumerable<StreamSelector> Selectors => [Selector];

    /// <summary>The pipeline alone as text, empty when there is none: <c>|= "error" | json</c>.</summary>
    public string Pipeline => LogQlPrinter.Print(Stages);

    public override LogQuery WithSelectors(Func<StreamSelector, StreamSelector> change) =>
        this with
        {
            Selector = change(Selector),
        };
}

/// <summary>An expression that answers numbers.</summary>
public abstract record MetricExpr : LogQlExpr
{
    public abstract override MetricExpr WithSelectors(Func<StreamSelector, StreamSelector> change);
}

/// <summary>The lines of a query within a time window: <c>{…} | json | unwrap ms [5m] offset 1h</c>.</summary>
public sealed record LogRange(LogQuery Query, Unwrap? Unwrap, LogQlDuration Window, LogQlDuration? Offset)
{
    public LogRange WithSelectors(Func<StreamSelector, StreamSelector> change) =>
        this with
        {
            Query = Query.WithSelectors(change),
        };
}

/// <summary>Takes the number to aggregate from a label; the filters run on the result.</summary>
public sealed record Unwrap(string Label, UnwrapConversion Conversion, ValueList<LabelFilter> PostFilters);

public enum UnwrapConversion
{
    None,
    Bytes,
    Duration,
    DurationSeconds,
}

/// <summary><c>rate({…}[5m])</c>, <c>quantile_over_time(0.99, {…} | unwrap ms [5m]) by (service)</c>.</summary>
/// <param name="Parameter">The quantile; null for every other function.</param>
public sealed record RangeAggregation(RangeFunction Function, double? Parameter, LogRange Range, Grouping? Grouping)
    : MetricExpr
{
    public override IEnumerable<StreamSelector> Selectors => [Range.Query.Selector];

    public override MetricExpr WithSelectors(Func<StreamSelector, StreamSelector> change) =>
        this with
        {
            Range = Range.WithSelectors(change),
        };
}

/// <summary><c>sum by (level) (…)</c>, <c>topk(5, …)</c>.</summary>
/// <param name="Parameter">How many, for topk, bottomk and approx_topk; null for every other function.</param>
public sealed record VectorAggregation(VectorFunction Function, int? Parameter, MetricExpr Inner, Grouping? Grouping)
    : MetricExpr
{
    public override IEnumerable<StreamSelector> Selectors => Inner.Selectors;

    public override MetricExpr WithSelectors(Func<StreamSelector, StreamSelector> change) =>
        this with
        {
            Inner = Inner.WithSelectors(change),
        };
}

public sealed record Grouping(bool Without, ValueList<string> Labels);

/// <summary>Two metric expressions joined by an operator.</summary>
public sealed record BinaryExpr(BinaryOperator Operator, MetricExpr Left, MetricExpr Right, BinaryModifier Modifier)
    : MetricExpr
{
    public override IEnumerable<StreamSelector> Selectors => Left.Selectors.Concat(Right.Selectors);

    public override MetricExpr WithSelectors(Func<StreamSelector, StreamSelector> change) =>
        this with
        {
            Left = Left.WithSelectors(change),
            Right = Right.WithSelectors(change),
        };
}

/// <summary>How the two sides of a binary operation are matched.</summary>
/// <param name="Labels">The labels of <c>on</c> or <c>ignoring</c>; null when neither is written.</param>
/// <param name="Include">The labels of <c>group_left</c> or <c>group_right</c>.</param>
public sealed record BinaryModifier(
    bool ReturnBool,
    bool On,
    ValueList<string>? Labels,
    GroupSide Group,
    ValueList<string> Include
)
{
    public static readonly BinaryModifier None = new(false, false, null, GroupSide.None, []);
}

public enum GroupSide
{
    None,
    Left,
    Right,
}

public sealed record NumberLiteral(double Value) : MetricExpr
{
    public override IEnumerable<StreamSelector> Selectors => [];

    public override MetricExpr WithSelectors(Func<StreamSelector, StreamSelector> change) => this;
}

/// <summary><c>vector(0)</c></summary>
public sealed record VectorLiteral(double Value) : MetricExpr
{
    public override IEnumerable<StreamSelector> Selectors => [];

    public override MetricExpr WithSelectors(Func<StreamSelector, StreamSelector> change) => this;
}

public sealed record LabelReplace(
    MetricExpr Inner,
    string Destination,
    string Replacement,
    string Source,
    string Pattern
) : MetricExpr
{
    public override IEnumerable<StreamSelector> Selectors => Inner.Selectors;

    public override MetricExpr WithSelectors(Func<StreamSelector, StreamSelector> change) =>
        this with
        {
            Inner = Inner.WithSelectors(change),
        };
}

/// <summary>Several aggregations over one reading of the lines: <c>variants(…, …) of ({…}[5m])</c>.</summary>
public sealed record VariantsExpr(ValueList<MetricExpr> Variants, LogRange Of) : MetricExpr
{
    public override IEnumerable<StreamSelector> Selectors =>
        Variants.SelectMany(variant => variant.Selectors).Append(Of.Query.Selector);

    public override MetricExpr WithSelectors(Func<StreamSelector, StreamSelector> change) =>
        new VariantsExpr(
            Variants.Select(variant => variant.WithSelectors(change)).ToValueList(),
            Of.WithSelectors(change)
        );
}
