using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.JSInterop;
using Sevensa.Dashboard.Ui.Browser;
using Sevensa.Dashboard.Ui.Format;
using Sevensa.Dashboard.Ui.Logs;
using Sevensa.Dashboard.Ui.Time;

namespace Sevensa.Dashboard.Ui.Components;

/// <summary>Log lines in order of time. Only what is in view is rendered; at the bottom it follows, scrolled up it lets go.</summary>
public partial class LogView
{
    private const int RowHeight = 20;

    /// <summary>Wrapped lines have no fixed height, so they are not virtualised but capped.</summary>
    private const int WrappedRows = 1000;

    /// <summary>Characters of a row's source; longer ones are cut.</summary>
    private const int MostSource = 16;

    private ElementReference _box;
    private DotNetObjectReference<LogView>? _self;
    private IJSObjectReference? _scroll;
    private IReadOnlyList<LogRow>? _source;
    private IReadOnlyList<LogRow> _rows = [];
    private bool _joins;
    private int _sourceWidth;
    private bool _told;
    private string? _newest;
    private string? _at;
    private string? _opened;
    private int _unseen;

    [Parameter, EditorRequired]
    public IReadOnlyList<LogRow> Rows { get; set; } = [];

    /// <summary>Whether new rows can arrive at all.</summary>
    [Parameter]
    public bool CanFollow { get; set; } = true;

    [Parameter]
    public bool Following { get; set; } = true;

    [Parameter]
    public EventCallback<bool> FollowingChanged { get; set; }

    [Parameter]
    public bool Wrapped { get; set; }

    [Parameter]
    public EventCallback<bool> WrappedChanged { get; set; }

    /// <summary>Marked wherever it stands in a line.</summary>
    [Parameter]
    public string? Highlight { get; set; }

    [Parameter]
    public bool ShowSource { get; set; } = true;

    /// <summary>The rows come newest first.</summary>
    [Parameter]
    public bool NewestFirst { get; set; }

    /// <summary>Lines that belong to the one before are put under it.</summary>
    [Parameter]
    public bool Joined { get; set; } = true;

    /// <summary>Fields and labels that have a place of their own in each row.</summary>
    [Parameter]
    public IReadOnlyList<string> Columns { get; set; } = [];

    [Parameter]
    public EventCallback<IReadOnlyList<string>> ColumnsChanged { get; set; }

    /// <summary>A value was clicked to see only lines with it, or without.</summary>
    [Parameter]
    public EventCallback<LogFilterClick> OnFilter { get; set; }

    /// <summary>Of the rows, as CSS.</summary>
    [Parameter]
    public string? Height { get; set; }

    [Parameter]
    public string Label { get; set; } = "Log lines";

    /// <summary>Left of the view's own buttons.</summary>
    [Parameter]
    public RenderFragment? Tools { get; set; }

    /// <summary>Buttons of an opened row, such as "Show context".</summary>
    [Parameter]
    public RenderFragment<LogRow>? RowActions { get; set; }

    [Inject]
    private BrowserModule Browser { get; set; } = null!;

    [Inject]
    private ViewerZone Zone { get; set; } = null!;

    [Inject]
    private TimeProvider Time { get; set; } = null!;

    private LogRow? Opened => _opened is null ? null : _rows.FirstOrDefault(r => r.Id == _opened);

    protected override async Task OnParametersSetAsync()
    {
        if (_scroll is not null && _told != Following && CanFollow)
        {
            _told = Following;
            // Not awaited: what is rendered now comes after it.
            Run(() => _scroll.InvokeVoidAsync("follow", Alive, Following).AsTask());
        }
        var newest = Rows.Count > 0 ? Rows[^1].Id : null;
        if (newest != _newest)
        {
            _unseen = Following ? 0 : _unseen + Arrived(newest);
            _newest = newest;
        }
        if (!ReferenceEquals(_source, Rows))
        {
            _source = Rows;
            var before = _rows;
            Join();
            await KeepPlaceAsync(before);
        }
        else if (Following && CanFollow)
            ToEnd();
    }

    private void Join()
    {
        // Texts begin below each other.
        _sourceWidth = Math.Min(MostSource, Rows.Select(row => row.Source?.Length ?? 0).DefaultIfEmpty().Max());
        _rows = Joined ? LogGroups.Join(Rows, NewestFirst) : Rows;
        _joins = !ReferenceEquals(_rows, Rows);
    }

    private Task ToggleJoin()
    {
        Joined = !Joined;
        var before = _rows;
        Join();
        return KeepPlaceAsync(before);
    }

    private Task ToggleColumnAsync(string name) =>
        ColumnsChanged.InvokeAsync(
            Columns.Contains(name) ? [.. Columns.Where(column => column != name)] : [.. Columns, name]
        );

    private IEnumerable<(string Name, string Value)> Cells(LogRow row)
    {
        if (Columns.Count == 0)
            yield break;
        var parsed = row.Parsed;
        foreach (var name in Columns)
            yield return (name, parsed?[name] ?? row.Fields?.FirstOrDefault(field => field.Key == name).Value ?? "");
    }

    /// <summary>How far a line's time lies in the future, when that is more than clocks commonly differ.</summary>
    private string? Ahead(LogRow row) =>
        row.At - Time.GetUtcNow() is { TotalSeconds: > 2 } ahead ? Duration.Text(ahead) : null;

    private int Arrived(string? newest)
    {
        if (_newest is null || newest is null)
            return 0;
        for (var i = Rows.Count - 1; i >= 0; i--)
            if (Rows[i].Id == _newest)
                return Rows.Count - 1 - i;
        return Rows.Count;
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender)
            return;
        _self = DotNetObjectReference.Create(this);
        _told = CanFollow && Following;
        _scroll = await Browser.CallAsync<IJSObjectReference>(
            "logs.attach",
            Alive,
            _box,
            _self,
            CanFollow,
            _told,
            RowHeight
        );
    }

    [JSInvokable]
    public async Task FollowChanged(bool on)
    {
        if (Disposed || !CanFollow)
            return;
        Following = _told = on;
        if (on)
        {
            _unseen = 0;
            ToEnd();
        }
        await FollowingChanged.InvokeAsync(on);
        StateHasChanged();
    }

    private async Task FollowAsync(bool on)
    {
        Following = _told = on;
        if (on)
        {
            _unseen = 0;
            ToEnd();
        }
        if (_scroll is not null)
            await _scroll.InvokeVoidAsync("follow", Alive, on);
        await FollowingChanged.InvokeAsync(on);
    }

    private async Task ToggleWrapAsync()
    {
        Wrapped = !Wrapped;
        await WrappedChanged.InvokeAsync(Wrapped);
    }

    private void Open(LogRow row)
    {
        _at = row.Id;
        _opened = _opened == row.Id ? null : row.Id;
    }

    private async Task KeyAsync(KeyboardEventArgs e)
    {
        if (e.CtrlKey || e.MetaKey || e.AltKey)
            return;
        switch (e.Key)
        {
            case "ArrowDown" or "ArrowUp" when _rows.Count > 0:
                await MoveAsync(e.Key == "ArrowDown" ? 1 : -1);
                break;
            case "Enter" when _rows.FirstOrDefault(r => r.Id == _at) is { } row:
                Open(row);
                break;
            case "Escape":
                _opened = null;
                break;
            case "f" or "F" when CanFollow:
                await FollowAsync(!Following);
                break;
            case "w" or "W":
                await ToggleWrapAsync();
                break;
            default:
                break;
        }
    }

    private async Task MoveAsync(int by)
    {
        var here = -1;
        for (var i = 0; i < _rows.Count; i++)
            if (_rows[i].Id == _at)
                here = i;
        var next = here < 0 ? (NewestFirst ? 0 : _rows.Count - 1) : Math.Clamp(here + by, 0, _rows.Count - 1);
        _at = _rows[next].Id;
        if (_opened is not null)
            _opened = _at;
        if (Following && next < _rows.Count - 1)
            await FollowAsync(false);
        if (_scroll is not null && !Wrapped)
            await _scroll.InvokeVoidAsync("reveal", Alive, next);
    }

    private static string Short(LogLevelName level) =>
        level switch
        {
            LogLevelName.Trace => "trace",
            LogLevelName.Debug => "debug",
            LogLevelName.Info => "info",
            LogLevelName.Warn => "warn",
            LogLevelName.Error => "error",
            LogLevelName.Fatal => "fatal",
            _ => "unknown",
        };

    protected override async ValueTask EndAsync()
    {
        try
        {
            if (_scroll is not null)
            {
                await _scroll.InvokeVoidAsync("dispose", CancellationToken.None);
                await _scroll.DisposeAsync();
            }
        }
        catch (Exception exception) when (BrowserModule.IsGone(exception)) { }
        _self?.Dispose();
    }
}
