using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Sevensa.Dashboard.Ui.Browser;
using Sevensa.Dashboard.Ui.Charts;
using Sevensa.Dashboard.Ui.Time;

namespace Sevensa.Dashboard.Ui.Components;

/// <summary>Lines over time. The figures cross to the browser as one block of doubles; uPlot draws them there.</summary>
public partial class TimeSeriesChart
{
    private const int TableRows = 200;
    private const int LegendRows = 12;

    /// <summary>Beyond this the block goes as a stream, in pieces that fit any message.</summary>
    private const int StreamFrom = 24 * 1024;

    private readonly HashSet<string> _hidden = [];
    private ElementReference _plot;
    private DotNetObjectReference<TimeSeriesChart>? _self;
    private IJSObjectReference? _chart;
    private object? _drawn;
    private object? _looks;
    private ChartData? _sent;
    private object? _rendered;
    private bool _touched;
    private bool _asTable;
    private bool _drawing;

    [Parameter, EditorRequired]
    public ChartData Data { get; set; } = ChartData.Empty;

    [Parameter]
    public ChartUnit Unit { get; set; }

    [Parameter]
    public IReadOnlyList<ChartThreshold> Thresholds { get; set; } = [];

    [Parameter]
    public IReadOnlyList<ChartAnnotation> Annotations { get; set; } = [];

    /// <summary>Charts of one group share the crosshair.</summary>
    [Parameter]
    public string? Group { get; set; }

    /// <summary>What the chart shows, for those who can't see it and for the name of the CSV file.</summary>
    [Parameter, EditorRequired]
    public string Label { get; set; } = "";

    /// <summary>In pixels, axis included.</summary>
    [Parameter]
    public int Height { get; set; } = 172;

    [Parameter]
    public bool Legend { get; set; } = true;

    /// <summary>What the legend says of each line besides its name: min, mean, max, last, total.</summary>
    [Parameter]
    public IReadOnlyList<string> LegendValues { get; set; } = ["min", "mean", "max", "last"];

    /// <summary>Written behind the figures of a plain count: "req/s"; one that starts with <c>~</c> joins its prefix.</summary>
    [Parameter]
    public string? Suffix { get; set; }

    /// <summary>Each line stands on the one before; legend, table and hover keep the figures themselves.</summary>
    [Parameter]
    public bool Stacked { get; set; }

    /// <summary>
    /// Bars instead of lines, the first on top and the last on the axis: each counts from its own time to the next one's.
    /// </summary>
    [Parameter]
    public bool Bars { get; set; }

    /// <summary>How solid the area under a line is, 0 to 100.</summary>
    [Parameter]
    public int Fill { get; set; }

    private bool Says(string what) => LegendValues.Contains(what);

    /// <summary>The ends of the axis; without them, those of the data.</summary>
    [Parameter]
    public DateTimeOffset? From { get; set; }

    [Parameter]
    public DateTimeOffset? To { get; set; }

    /// <summary>Where the query behind the chart is opened.</summary>
    [Parameter]
    public string? QueryHref { get; set; }

    /// <summary>A stretch was selected; without a listener the page's range changes.</summary>
    [Parameter]
    public EventCallback<(DateTimeOffset From, DateTimeOffset To)> OnZoom { get; set; }

    [Parameter]
    public RenderFragment? Tools { get; set; }

    [Inject]
    private BrowserModule Browser { get; set; } = null!;

    [Inject]
    private RangeState Range { get; set; } = null!;

    [Inject]
    private ViewerZone Zone { get; set; } = null!;

    [Inject]
    private TimeProvider Time { get; set; } = null!;

    private string Description =>
        $"{Label}: "
        + (
            Data.Lines.Count == 0
                ? "no data"
                : string.Join(
                    ", ",
                    Data.Lines.Take(LegendRows)
                        .Select(l =>
                            Bars
                                ? $"{l.Name} {Unit.Text(l.Sum, Suffix)} in all, highest {Unit.Text(l.Max, Suffix)}"
                                : $"{l.Name} last {Unit.Text(l.Last, Suffix)}, highest {Unit.Text(l.Max, Suffix)}"
                        )
                )
        );

    /// <summary>The page around it is rendered more often than the chart changes, and with it each of its charts.</summary>
    protected override bool ShouldRender()
    {
        var wanted = (
            (Data, Unit, Thresholds, Annotations, From, To, Height, Group),
            (Label, Legend, LegendValues, Suffix, Stacked, Fill, QueryHref, _asTable)
        );
        var same = !_touched && Tools is null && wanted.Equals(_rendered);
        (_rendered, _touched) = (wanted, false);
        return !same;
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            _self = DotNetObjectReference.Create(this);
            var chart = await Browser.CallAsync<IJSObjectReference>("charts.create", Alive, _plot, _self, Meta());
            if (Disposed)
                return;
            _chart = chart;
        }
        await DrawAsync();
    }

    private async Task DrawAsync()
    {
        // One drawing at a time; parameters that change meanwhile are drawn by the next turn.
        while (_chart is not null && !_drawing && !Disposed)
        {
            var looks = (Thresholds, Annotations, Unit, Height, Suffix, Stacked, Fill, Group, Bars);
            var wanted = (Data, From, To, looks);
            if (wanted.Equals(_drawn))
                return;
            _drawing = true;
            try
            {
                // What the browser has is known again when this has arrived.
                var (before, same) = (_sent, looks.Equals(_looks));
                (_drawn, _looks, _sent) = (wanted, looks, null);
                if (same && before is not null && wanted.Data.Since(before) is { } piece)
                    await _chart.InvokeVoidAsync("advance", Alive, Seconds(From), Seconds(To), piece);
                else if (wanted.Data.Encode() is { Length: < StreamFrom } block)
                    await _chart.InvokeVoidAsync("update", Alive, Meta(), block);
                else
                {
                    using var stream = new DotNetStreamReference(new MemoryStream(wanted.Data.Encode()));
                    await _chart.InvokeVoidAsync("update", Alive, Meta(), stream);
                }
                _sent = wanted.Data;
            }
            finally
            {
                _drawing = false;
            }
        }
    }

    /// <summary>The browser missed what this step goes on from.</summary>
    [JSInvokable]
    public Task Lost()
    {
        (_drawn, _sent) = (null, null);
        return DrawAsync();
    }

    private object Meta() =>
        new
        {
            names = Data.Lines.Select(l => l.Name).ToArray(),
            hidden = Data.Lines.Index().Where(l => _hidden.Contains(l.Item.Name)).Select(l => l.Index).ToArray(),
            unit = Unit.Wire(),
            suffix = Suffix,
            stacked = Stacked,
            bars = Bars,
            tints = Data.Lines.Select(l => l.Tint).ToArray(),
            fill = Fill,
            height = Height,
            from = Seconds(From),
            to = Seconds(To),
            group = Group,
            thresholds = Thresholds
                .Select(t => new
                {
                    value = t.Value,
                    label = t.Label,
                    state = t.State.Css(),
                })
                .ToArray(),
            annotations = Annotations
                .Select(a => new
                {
                    at = Seconds(a.At),
                    text = a.Text,
                    kind = a.Kind.ToString().ToLowerInvariant(),
                })
                .ToArray(),
        };

    private static double? Seconds(DateTimeOffset? at) => at?.ToUnixTimeMilliseconds() / 1000d;

    [JSInvokable]
    public async Task Zoomed(double from, double to)
    {
        if (!double.IsFinite(from) || !double.IsFinite(to) || from >= to)
            return;
        var (start, end) = (At(from), At(to));
        if (OnZoom.HasDelegate)
            await OnZoom.InvokeAsync((start, end));
        else
            Range.Zoom(start, end);
    }

    private static DateTimeOffset At(double seconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds((long)(Math.Clamp(seconds, 0, 253_402_300_799) * 1000));

    private async Task ToggleAsync(int index, bool alone)
    {
        _touched = true;
        var name = Data.Lines[index].Name;
        var others = Data.Lines.Select(l => l.Name).Where(n => n != name).ToList();
        var before = _hidden.ToHashSet();
        if (!alone)
        {
            if (!_hidden.Remove(name))
                _hidden.Add(name);
        }
        else if (!_hidden.Contains(name) && others.TrueForAll(_hidden.Contains))
            _hidden.Clear();
        else
        {
            _hidden.Clear();
            _hidden.UnionWith(others);
        }
        if (_chart is null)
            return;
        foreach (var (i, line) in Data.Lines.Index())
            if (before.Contains(line.Name) != _hidden.Contains(line.Name))
                await _chart.InvokeVoidAsync("show", Alive, i, !_hidden.Contains(line.Name));
    }

    private async Task SaveAsync()
    {
        if (_chart is not null)
            await _chart.InvokeVoidAsync("csv", Alive, $"{FileName()}.csv");
    }

    private string FileName()
    {
        var name = new string([.. Label.Select(c => char.IsLetterOrDigit(c) ? char.ToLowerInvariant(c) : '-')]);
        return string.Create(CultureInfo.InvariantCulture, $"{name.Trim('-')}-{Time.GetUtcNow():yyyyMMdd-HHmm}");
    }

    protected override async ValueTask EndAsync()
    {
        try
        {
            if (_chart is not null)
            {
                await _chart.InvokeVoidAsync("dispose", CancellationToken.None);
                await _chart.DisposeAsync();
            }
        }
        catch (Exception exception) when (BrowserModule.IsGone(exception)) { }
        _self?.Dispose();
    }
}
