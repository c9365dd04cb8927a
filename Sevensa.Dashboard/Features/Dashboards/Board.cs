using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Features.Dashboards;

/// <summary>A dashboard as it is kept, exported and drawn, whatever it was made from.</summary>
public sealed record Board
{
    /// <summary>Tells an exported file from anybody else's.</summary>
    public const int CurrentFormat = 1;

    [JsonPropertyName("sevensaDashboard")]
    public int Format { get; init; } = CurrentFormat;

    public required string Title { get; init; }
    public string Description { get; init; } = "";
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The range it opens with, as in an address; null leaves the page's.</summary>
    public string? From { get; init; }
    public string? To { get; init; }

    public IReadOnlyList<BoardVariable> Variables { get; init; } = [];
    public IReadOnlyList<BoardSection> Sections { get; init; } = [];

    /// <summary>What the file it was made from asked for besides, and what is not done.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    [JsonIgnore]
    public IEnumerable<BoardPanel> Panels => Sections.SelectMany(section => section.Panels);

    /// <summary>Panels that are not drawn, or not as they were meant, each with the reason.</summary>
    [JsonIgnore]
    public IEnumerable<BoardPanel> Reservations =>
        Panels.Where(panel => panel.Kind == PanelKind.Unsupported || panel.Notes.Count > 0);
}

/// <summary>Panels under a heading, on a grid of their own; the first one may have no heading.</summary>
public sealed record BoardSection
{
    public string Title { get; init; } = "";
    public bool Collapsed { get; init; }

    /// <summary>Variable of which each value has the section once.</summary>
    public string? RepeatBy { get; init; }
    public IReadOnlyList<BoardPanel> Panels { get; init; } = [];
}

public enum PanelKind
{
    TimeSeries,
    Stat,
    Gauge,
    BarGauge,
    Table,
    Heatmap,
    Text,

    /// <summary>Can't be drawn; <see cref="BoardPanel.Reason"/> says why.</summary>
    Unsupported,
}

public sealed record BoardPanel
{
    /// <summary>Its address within the dashboard.</summary>
    public required int Id { get; init; }
    public string Title { get; init; } = "";
    public string Description { get; init; } = "";
    public required PanelKind Kind { get; init; }

    /// <summary>What it was called where it came from: <c>singlestat</c>, <c>piechart</c>.</summary>
    public string? MadeFrom { get; init; }
    public PanelPlace Place { get; init; } = new(0, 0, 12, 8);
    public IReadOnlyList<PanelQuery> Queries { get; init; } = [];

    /// <summary>Smallest step, as in <c>30s</c>.</summary>
    public string? Interval { get; init; }
    public FieldStyle Field { get; init; } = new();
    public IReadOnlyList<FieldOverride> Overrides { get; init; } = [];
    public IReadOnlyList<PanelTransformation> Transformations { get; init; } = [];
    public PanelLook Look { get; init; } = new();

    /// <summary>Markdown of a text panel.</summary>
    public string? Text { get; init; }
    public string? RepeatBy { get; init; }
    public bool RepeatDown { get; init; }
    public int MaxPerRow { get; init; } = 4;
    public string? Reason { get; init; }
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>On a grid of 24 columns and rows of 38 pixels.</summary>
public sealed record PanelPlace(int X, int Y, int W, int H);

/// <param name="Ref">Letter that others name it by.</param>
/// <param name="Legend">Template with <c>{{label}}</c>; empty or <c>__auto</c>: by the labels that differ.</param>
/// <param name="Instant">Asks for the newest value, not for a course.</param>
/// <param name="Buckets">Its series are the buckets of a histogram.</param>
public sealed record PanelQuery(
    string Ref,
    string Expr,
    string Legend = "",
    bool Instant = false,
    bool Hidden = false,
    bool Buckets = false,
    string? Interval = null,
    int IntervalFactor = 1
);

/// <summary>How a figure is written and judged.</summary>
public sealed record FieldStyle
{
    public string? Unit { get; init; }
    public int? Decimals { get; init; }
    public double? Min { get; init; }
    public double? Max { get; init; }
    public string? DisplayName { get; init; }
    public string? NoValue { get; init; }
    public bool PercentOfRange { get; init; }
    public IReadOnlyList<ThresholdStep> Thresholds { get; init; } = [];
    public IReadOnlyList<ValueMapping> Mappings { get; init; } = [];
    public bool? Hidden { get; init; }
    public int? Width { get; init; }
}

/// <param name="From">Null is the lowest step.</param>
/// <param name="State"><c>ok</c>, <c>warn</c>, <c>crit</c>, or <c>none</c> for a colour without meaning here.</param>
public sealed record ThresholdStep(double? From = null, string State = "none");

/// <param name="Value">Text or number it stands for; null when a stretch or something special is meant.</param>
/// <param name="Special"><c>null</c>, <c>nan</c>, <c>null+nan</c>, <c>true</c>, <c>false</c>, <c>empty</c>.</param>
public sealed record ValueMapping(
    string Text,
    string? Value = null,
    double? From = null,
    double? To = null,
    string? Special = null,
    string? Regex = null,
    string? State = null
);

/// <param name="By"><c>byName</c>, <c>byNames</c>, <c>byRegexp</c>, <c>byFrameRefID</c> or <c>byType</c>.</param>
public sealed record FieldOverride(string By, IReadOnlyList<string> Match, FieldStyle Style);

/// <param name="Id"><c>organize</c>, <c>merge</c>, <c>labelsToFields</c>, <c>filterFieldsByName</c>, <c>sortBy</c>, <c>calculateField</c>, <c>reduce</c>, <c>joinByField</c>.</param>
public sealed record PanelTransformation(string Id)
{
    public IReadOnlyList<string> Exclude { get; init; } = [];
    public IReadOnlyList<string> Include { get; init; } = [];
    public IReadOnlyDictionary<string, string> Rename { get; init; } = new Dictionary<string, string>();
    public IReadOnlyDictionary<string, int> Order { get; init; } = new Dictionary<string, int>();
    public string? Field { get; init; }
    public bool Descending { get; init; }
    public string? Left { get; init; }
    public string? Operator { get; init; }
    public string? Right { get; init; }
    public string? Alias { get; init; }
    public IReadOnlyList<string> Calcs { get; init; } = [];
    public bool ReplaceFields { get; init; }
    public string? Pattern { get; init; }
}

public sealed record PanelLook
{
    public bool Legend { get; init; } = true;

    /// <summary>What the legend says of each line: min, max, mean, last; empty says names alone.</summary>
    public IReadOnlyList<string> LegendValues { get; init; } = ["min", "mean", "max", "last"];
    public bool Stacked { get; init; }

    /// <summary>0 is a line alone, 100 a solid area.</summary>
    public int Fill { get; init; }

    /// <summary>How a course becomes one figure: last, min, max, mean, sum, first, delta, range, count.</summary>
    public string Calc { get; init; } = "last";

    /// <summary>Each sample a figure of its own, rather than one of each series.</summary>
    public bool Sparkline { get; init; }

    /// <summary><c>value</c>, <c>background</c> or <c>none</c>.</summary>
    public string ColourMode { get; init; } = "value";

    /// <summary><c>auto</c>, <c>value</c>, <c>valueAndName</c>, <c>name</c> or <c>none</c>.</summary>
    public string TextMode { get; init; } = "auto";

    /// <summary>Figures of a heatmap are values to be put into buckets here.</summary>
    public bool Calculate { get; init; }
    public string Prefix { get; init; } = "";
    public string Postfix { get; init; } = "";
}

public enum VariableKind
{
    Query,
    Custom,
    Constant,
    Interval,
    Source,
    Text,
    Unsupported,
}

public sealed record BoardVariable
{
    public required string Name { get; init; }
    public string Label { get; init; } = "";
    public required VariableKind Kind { get; init; }

    /// <summary>A question to Prometheus, or the value of a constant.</summary>
    public string Query { get; init; } = "";
    public string Regex { get; init; } = "";
    public bool Multi { get; init; }
    public bool IncludeAll { get; init; }
    public string? AllValue { get; init; }

    /// <summary>0 as it comes, 1/2 alphabetical, 3/4 numerical, 5/6 without case, 7/8 natural; even ones descend.</summary>
    public int Sort { get; init; }
    public IReadOnlyList<VariableOption> Options { get; init; } = [];

    /// <summary>The values it opens with; <c>$__all</c> for all.</summary>
    public IReadOnlyList<string> Current { get; init; } = [];
    public bool Hidden { get; init; }

    /// <summary>An interval that also offers one that fits the range.</summary>
    public bool Auto { get; init; }
    public int AutoCount { get; init; } = 30;
    public string AutoMin { get; init; } = "10s";
    public string? Reason { get; init; }
}

public sealed record VariableOption(string Text, string Value);
