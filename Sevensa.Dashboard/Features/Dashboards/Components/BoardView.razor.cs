using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.JSInterop;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Dashboards.Drawing;
using Sevensa.Dashboard.Features.Dashboards.Variables;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Ui.Browser;
using Sevensa.Dashboard.Ui.Charts;
using Sevensa.Dashboard.Ui.Data;
using Sevensa.Dashboard.Ui.Time;

namespace Sevensa.Dashboard.Features.Dashboards.Components;

/// <summary>The address is the state: which dashboard, the values of its variables, the range, and the panel in full view.</summary>
public partial class BoardView
{
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly Dictionary<string, bool> _folded = new(StringComparer.Ordinal);
    private ElementReference _root;
    private DotNetObjectReference<BoardView>? _self;
    private IJSObjectReference? _watch;
    private KeptBoard? _kept;
    private Board? _draft;
    private (int Version, Board Board)? _past;
    private KeptBoard? _conflict;
    private int? _editing;
    private bool _mayEdit;
    private bool _missing;
    private bool _deleting;
    private bool _busy;
    private bool _blocked;
    private string? _wrong;
    private Func<Task>? _look;
    private object? _resolvedFor;
    private DateTimeOffset? _drawnTo;
    private IReadOnlyList<ResolvedVariable> _variables = [];
    private BoardContext? _context;
    private IReadOnlyList<PlacedSection> _sections = [];
    private IReadOnlyList<string> _left = [];
    private FeedView<IReadOnlyList<ChartAnnotation>>? _notes;
    private PanelWindow? _notesOf;
    private IReadOnlyList<ChartAnnotation> _annotations = [];

    [Parameter, EditorRequired]
    public Tenant Tenant { get; set; } = null!;

    [Parameter, EditorRequired]
    public TenantScope Scope { get; set; } = null!;

    [Parameter, EditorRequired]
    public string Id { get; set; } = "";

    [Inject]
    private IPromQlReading Reading { get; set; } = null!;

    [Inject]
    private BoardDesk Desk { get; set; } = null!;

    [Inject]
    private ICurrentCaller Callers { get; set; } = null!;

    [Inject]
    private VariableResolver Resolver { get; set; } = null!;

    [Inject]
    private IPanelNotes Notes { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private RangeState Range { get; set; } = null!;

    [Inject]
    private ViewerZone Zone { get; set; } = null!;

    [Inject]
    private TimeProvider Time { get; set; } = null!;

    [Inject]
    private BrowserModule Browser { get; set; } = null!;

    private Board? Board => _draft ?? _past?.Board ?? _kept?.Board;

    private bool IsDirty => _draft is not null && !ReferenceEquals(_draft, _kept?.Board);

    private string Home => $"/tenants/{Uri.EscapeDataString(Tenant.Id)}/dashboards";

    private string Here => $"{Home}/{Uri.EscapeDataString(Id)}";

    private PlacedPanel? Full =>
        _draft is null && Asked("panel") is { } key
            ? _sections.SelectMany(section => section.Panels).FirstOrDefault(one => one.Key == key)
            : null;

    protected override async Task OnInitializedAsync()
    {
        _look = LookAsync;
        Navigation.LocationChanged += Moved;
        Keep(Range.Subscribe(() => Run(_look)));
        var caller = await Callers.GetAsync(Alive);
        _mayEdit = BoardDesk.MayEdit(caller);
        try
        {
            _kept = await Desk.FindAsync(caller, Tenant.Id, Id, Alive);
        }
        catch (Exception gone) when (gone is UnknownBoardException or UnknownTenantException)
        {
            _missing = true;
            return;
        }
        if (_kept.Board is { From: { } from, To: { } to } && Asked("from") is null)
        {
            // The range that the dashboard opens with, unless the address says another.
            var range = TimeRange.Parse(from, to, null, out var problem);
            if (problem is null && range != Range.Current)
            {
                Range.Set(range);
            }
        }
        await LookAsync();
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (_context is null || Disposed)
        {
            return;
        }
        if (_self is null)
        {
            _self = DotNetObjectReference.Create(this);
            var watch = await Browser.CallAsync<IJSObjectReference>("boards.watch", Alive, _root, _self);
            if (Disposed)
                return;
            _watch = watch;
        }
        if (_watch is not null)
        {
            await _watch.InvokeVoidAsync("look", Alive, _draft is not null);
        }
    }

    private void Moved(object? sender, LocationChangedEventArgs e) => Run(_look!);

    /// <summary>Finds what the address and the clock ask for now; without a change nothing is made anew.</summary>
    private async Task LookAsync()
    {
        if (Board is not { } board)
        {
            return;
        }
        Edit();
        await PastAsync();
        board = Board!;
        var window = PanelWindow.Of(Range.Current, Zone.Zone, Time.GetUtcNow());
        var (from, to) = window.At(Time.GetUtcNow());
        var asked = Values();
        var key = (
            board,
            window,
            Scope.Key,
            string.Join('&', asked.SelectMany(pair => pair.Value.Select(value => $"{pair.Key}={value}")))
        );
        var changed = !key.Equals(_resolvedFor);
        if (changed || _variables.Any(one => one is { Problem: not null, Variable.Kind: VariableKind.Query }))
        {
            _resolvedFor = key;
            var found = await Resolver.ResolveAsync(
                board,
                Scope,
                asked,
                Intervals.Values(window.Step, from, to),
                to - from,
                Alive
            );
            if (!key.Equals(_resolvedFor))
            {
                return;
            }
            _variables = found;
            changed = true;
        }
        if (changed || _drawnTo != to)
        {
            _drawnTo = to;
            _context = new BoardContext(Scope, board.Title, window, from, to, _variables, Reading.Options);
            (_sections, _left) = BoardLayout.Arrange(board, _context.ValuesOf);
        }
        if (_notesOf != window)
        {
            _notesOf = window;
            _notes?.Dispose();
            _notes = Notes.Watch(Scope, Tenant.Id, window, () => Run(Annotate));
            _annotations = _notes.Current.Value ?? _annotations;
        }
    }

    private Task Annotate()
    {
        _annotations = _notes?.Current.Value ?? _annotations;
        return Task.CompletedTask;
    }

    private void Edit()
    {
        if (_mayEdit && Asked("edit") is not null)
        {
            _draft ??= _kept!.Board;
        }
        else if (_draft is not null && !IsDirty)
        {
            (_draft, _editing) = (null, null);
        }
    }

    /// <summary>The version that the address asks for, when it is another than the newest.</summary>
    private async Task PastAsync()
    {
        int? wanted =
            _draft is null && int.TryParse(Asked("version"), out var version) && version != _kept!.Version
                ? version
                : null;
        if (wanted == _past?.Version)
        {
            return;
        }
        try
        {
            _past = wanted is { } past
                ? (past, await Desk.VersionAsync(await Callers.GetAsync(Alive), Tenant.Id, Id, past, Alive))
                : null;
        }
        catch (UnknownBoardException)
        {
            (_past, _wrong) = (null, $"There is no version {wanted} of this dashboard.");
        }
    }

    /// <summary>What was saved once becomes the newest version; those between stay.</summary>
    private Task RestoreAsync() =>
        DoAsync(async caller =>
        {
            _kept = await Desk.SaveAsync(caller, Tenant.Id, Id, _kept!.Version, _past!.Value.Board, Alive);
            _past = null;
            Navigation.NavigateTo(With("version", null));
        });

    private string VersionHref(int version) => With("version", version == _kept!.Version ? null : $"{version}");

    private Task Change(Board board)
    {
        (_draft, _conflict, _blocked, _wrong) = (board, null, false, null);
        return LookAsync();
    }

    private async Task Discard()
    {
        (_draft, _editing, _conflict, _blocked, _wrong) = (null, null, null, false, null);
        Navigation.NavigateTo(With("edit", null));
        await LookAsync();
    }

    private Task SaveAsync(int version) =>
        DoAsync(async caller =>
        {
            _kept = await Desk.SaveAsync(caller, Tenant.Id, Id, version, _draft!, Alive);
            (_draft, _editing, _conflict) = (null, null, null);
            Navigation.NavigateTo(With("edit", null));
        });

    private Task SaveCopyAsync() =>
        DoAsync(async caller =>
        {
            var copy = await Desk.CreateAsync(
                caller,
                Tenant.Id,
                _draft! with
                {
                    Title = $"{_draft!.Title} (copy)",
                },
                imported: false,
                Alive
            );
            (_draft, _conflict) = (null, null);
            Navigation.NavigateTo($"{Home}/{copy.Id}");
        });

    private Task DeleteAsync() =>
        DoAsync(async caller =>
        {
            await Desk.DeleteAsync(caller, Tenant.Id, Id, Alive);
            Navigation.NavigateTo(Home);
        });

    private async Task DoAsync(Func<Caller, Task> work)
    {
        (_busy, _wrong, _blocked) = (true, null, false);
        try
        {
            await work(await Callers.GetAsync(Alive));
        }
        catch (BoardConflictException conflict)
        {
            _conflict = conflict.Current;
        }
        catch (Exception refused)
            when (refused
                    is BoardRefusedException
                        or ForbiddenException
                        or UnknownBoardException
                        or AuditUnavailableException
            )
        {
            _wrong = refused.Message;
        }
        finally
        {
            _busy = false;
        }
        await LookAsync();
    }

    private void StayAsync(LocationChangingContext leaving)
    {
        if (
            IsDirty
            && !leaving.TargetLocation.Contains($"/dashboards/{Uri.EscapeDataString(Id)}?", StringComparison.Ordinal)
        )
        {
            leaving.PreventNavigation();
            _blocked = true;
            StateHasChanged();
        }
    }

    /// <summary>Panels that came into view: from now on they are asked.</summary>
    [JSInvokable]
    public void Seen(string[] keys)
    {
        var before = _seen.Count;
        _seen.UnionWith(keys);
        if (_seen.Count > before)
        {
            StateHasChanged();
        }
    }

    /// <summary>A panel was dropped, or moved by keys.</summary>
    [JSInvokable]
    public Task Place(int id, int x, int y, int w, int h) =>
        _draft is null ? Task.CompletedTask : PlaceAsync(id, new PanelPlace(x, y, w, h));

    private async Task PlaceAsync(int id, PanelPlace place)
    {
        await Change(BoardEdits.Move(_draft!, id, place));
        StateHasChanged();
    }

    private bool IsOpen(PlacedSection section) =>
        !(_folded.TryGetValue(section.Key, out var folded) ? folded : section.Collapsed);

    private void Fold(PlacedSection section) => _folded[section.Key] = IsOpen(section);

    private string? Asked(string name) =>
        QueryHelpers.ParseQuery(new Uri(Navigation.Uri).Query).TryGetValue(name, out var values) ? values[0] : null;

    private Dictionary<string, IReadOnlyList<string>> Values() =>
        QueryHelpers
            .ParseQuery(new Uri(Navigation.Uri).Query)
            .Where(pair => pair.Key.StartsWith("var-", StringComparison.Ordinal))
            .ToDictionary(
                pair => pair.Key[4..],
                IReadOnlyList<string> (pair) => [.. pair.Value.OfType<string>()],
                StringComparer.Ordinal
            );

    private string With(string name, string? value) => Navigation.GetUriWithQueryParameter(name, value);

    protected override async ValueTask EndAsync()
    {
        Navigation.LocationChanged -= Moved;
        _notes?.Dispose();
        try
        {
            if (_watch is not null)
            {
                await _watch.InvokeVoidAsync("dispose", CancellationToken.None);
                await _watch.DisposeAsync();
            }
        }
        catch (Exception exception) when (BrowserModule.IsGone(exception)) { }
        _self?.Dispose();
    }
}
