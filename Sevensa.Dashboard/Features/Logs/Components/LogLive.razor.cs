using Microsoft.AspNetCore.Components;
using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Features.Logs.Tail;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Ui.Data;
using Sevensa.Dashboard.Ui.Format;
using Sevensa.Dashboard.Ui.Logs;
using Sevensa.Dashboard.Ui.Time;

namespace Sevensa.Dashboard.Features.Logs.Components;

/// <summary>Lines as they are logged, after the newest that were there before.</summary>
public partial class LogLive
{
    /// <summary>Rows on the page; older ones leave.</summary>
    internal const int Most = 3000;

    /// <summary>Of those rows together: a line of a megabyte counts as what it is.</summary>
    internal const int MostCharacters = 8 * 1024 * 1024;

    /// <summary>Of one batch (100 ms); what is more is counted only.</summary>
    internal const int MostAtOnce = 100;

    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan History = TimeSpan.FromMinutes(15);
    private const int HistoryLines = 200;

    private readonly Newest<LogRow> _rows = new(Most, MostCharacters, row => row.Text.Length);
    private readonly Newest<LogRow> _waiting = new(Most, MostCharacters, row => row.Text.Length);
    private readonly HashSet<string> _before = [];
    private Loadable<IReadOnlyList<LogRow>> _data = Loadable.Loading<IReadOnlyList<LogRow>>();
    private TailSubscription? _subscription;
    private TailState _state = TailState.Opening;
    private string _mark = "";
    private string _only = "";
    private (IReadOnlyList<LogRow> Of, string Only, IReadOnlyList<LogRow> Rows)? _kept;
    private bool _paused;
    private bool _wrapped;
    private bool _flood;
    private long _beforeUntil;
    private long _held;
    private long _total;
    private long _leftOut;

    [Parameter, EditorRequired]
    public TenantScope Scope { get; set; } = null!;

    [Parameter, EditorRequired]
    public string LogQl { get; set; } = "";

    [Parameter]
    public string? Highlight { get; set; }

    [Parameter, EditorRequired]
    public Func<LogRow, string> LineHref { get; set; } = null!;

    [Parameter]
    public IReadOnlyList<string> Columns { get; set; } = [];

    [Parameter]
    public EventCallback<IReadOnlyList<string>> ColumnsChanged { get; set; }

    [Parameter]
    public EventCallback<LogFilterClick> OnFilter { get; set; }

    [Inject]
    private LiveTails Tails { get; set; } = null!;

    [Inject]
    private LokiClient Loki { get; set; } = null!;

    [Inject]
    private TimeProvider Time { get; set; } = null!;

    [Inject]
    private ViewerZone Zone { get; set; } = null!;

    private string Note => $"{Number.Whole(_total)} new line{(_total == 1 ? "" : "s")} since you look";

    protected override void OnInitialized() => Run(FollowAsync);

    private Task RestartAsync()
    {
        Run(FollowAsync);
        return Task.CompletedTask;
    }

    /// <summary>Subscribes before it reads what was before, so that nothing falls between; doubles are told by their address.</summary>
    private async Task FollowAsync()
    {
        _data = _data.Refreshing();
        try
        {
            _subscription?.Dispose();
            Keep(_subscription = Tails.Subscribe(Scope, LogQl));
            var now = Time.GetUtcNow();
            var history = new LogWindow(Loki, Scope, LogQl, (now - History).ToUnixNs(), () => now.ToUnixNs());
            await history.OlderAsync(Alive, HistoryLines);
            _rows.Clear();
            _rows.Add(history.Rows.Reverse());
            _before.Clear();
            _before.UnionWith(_rows.Select(row => row.Id));
            // Only a line no newer than these can be one of them.
            _beforeUntil = history.Lines.Count > 0 ? history.Lines.Max(line => line.TimeUnixNs) : 0;
            Show();
            StateHasChanged();
            while (!Disposed)
            {
                var batch = await _subscription.NextAsync(Alive);
                Take(batch);
                StateHasChanged();
                if (_flood)
                {
                    // Nobody reads so fast; the count goes on meanwhile.
                    await Task.Delay(Breath, Time, Alive);
                }
            }
        }
        catch (Exception exception) when (LogProblems.Explains(exception))
        {
            _data = _data.After(exception);
        }
        catch (OperationCanceledException) when (Disposed) { }
    }

    private void Take(TailBatch batch)
    {
        _state = batch.State;
        var lines = batch.Lines;
        var known = 0;
        if (_before.Count > 0 && lines.Count > 0)
        {
            lines = [.. lines.Where(line => line.TimeUnixNs > _beforeUntil || !_before.Contains(LogRows.Id(line)))];
            known = batch.Lines.Count - lines.Count;
        }
        var fresh = batch.Received - known;
        _total += fresh;
        var shown = lines.Skip(Math.Max(0, lines.Count - MostAtOnce)).Select(line => line.Row()).ToList();
        if (_paused)
        {
            _held += fresh;
            _waiting.Add(shown);
            return;
        }
        _leftOut += fresh - shown.Count;
        _flood = fresh > shown.Count || (_flood && fresh > MostAtOnce / 2);
        _rows.Add(shown);
        if (shown.Count > 0 || !_data.HasValue)
        {
            Show();
        }
    }

    private void TogglePause()
    {
        _paused = !_paused;
        if (!_paused)
        {
            // What did not fit while paused was counted, and is not shown.
            _leftOut += _held - _waiting.Count;
            _flood |= _held > _waiting.Count;
            _held = 0;
            _rows.Add(_waiting.Take());
            Show();
        }
    }

    /// <summary>What is filtered here is hidden, not forgotten: the tail goes on, and so does the count.</summary>
    private IReadOnlyList<LogRow> Kept(IReadOnlyList<LogRow> rows)
    {
        if (_only.Length == 0)
        {
            return rows;
        }
        if (_kept is { } kept && ReferenceEquals(kept.Of, rows) && kept.Only == _only)
        {
            return kept.Rows;
        }
        IReadOnlyList<LogRow> fit =
        [
            .. rows.Where(row => row.Text.Contains(_only, StringComparison.OrdinalIgnoreCase)),
        ];
        _kept = (rows, _only, fit);
        return fit;
    }

    private void Show() => _data = Loadable.Ready<IReadOnlyList<LogRow>>([.. _rows], Time.GetUtcNow());
}
