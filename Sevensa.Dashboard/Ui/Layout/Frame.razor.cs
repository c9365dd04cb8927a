using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.JSInterop;
using MudBlazor;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Ui.Browser;
using Sevensa.Dashboard.Ui.Components;
using Sevensa.Dashboard.Ui.Nav;
using Sevensa.Dashboard.Ui.Theme;
using Sevensa.Dashboard.Ui.Time;

namespace Sevensa.Dashboard.Ui.Layout;

/// <summary>Header, navigation, palette and keys around a page, and the page's link to the browser's clock and theme.</summary>
public partial class Frame
{
    private static readonly DialogOptions _asked = new()
    {
        CloseOnEscapeKey = true,
        FullWidth = true,
        MaxWidth = MaxWidth.Small,
        NoHeader = true,
        Position = DialogPosition.TopCenter,
    };

    private NavData? _data;
    private StoreFault? _away;
    private ITimer? _again;
    private Func<Task>? _load;
    private bool _opening;
    private IDialogReference? _dialog;
    private DotNetObjectReference<Frame>? _self;

    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    [CascadingParameter]
    private Task<AuthenticationState>? Person { get; set; }

    [Inject]
    private INavSource Source { get; set; } = null!;

    [Inject]
    private RangeState Range { get; set; } = null!;

    [Inject]
    private ThemeChoice Choice { get; set; } = null!;

    [Inject]
    private ViewerZone Zone { get; set; } = null!;

    [Inject]
    private BrowserModule Browser { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private TimeProvider Time { get; set; } = null!;

    [Inject]
    private IDialogService Dialogs { get; set; } = null!;

    private string Here => "/" + Navigation.ToBaseRelativePath(Navigation.Uri).Split('#')[0];

    protected override async Task OnInitializedAsync() => await LoadAsync();

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender)
            return;
        _load ??= LoadAsync;
        Keep(Source.Subscribe(() => Run(_load)));
        Choice.Changed += Refresh;
        Zone.Changed += Refresh;
        Navigation.LocationChanged += OnLocationChanged;
        _self = DotNetObjectReference.Create(this);
        await Browser.CallAsync("keys.attach", Alive, _self);
        // Only the browser knows what its system asks for.
        Choice.Set(await Browser.CallAsync<string?>("theme.attach", Alive, _self), Choice.IsChosen);
        await Browser.CallAsync("time.setServerNow", Alive, Time.GetUtcNow().ToUnixTimeMilliseconds());
        Zone.Set(await Browser.CallAsync<string?>("time.zone", Alive));
    }

    private async Task LoadAsync()
    {
        try
        {
            var person = Person is null ? new() : (await Person).User;
            _data = await Source.GetAsync(person, Alive);
            _away = null;
        }
        // An open page stays, with what was known; one that is only being fetched is answered with the outage itself.
        catch (Exception exception) when (RendererInfo.IsInteractive && StoreFault.In(exception) is { } fault)
        {
            _away = fault;
            _load ??= LoadAsync;
            _again?.Dispose();
            _again = Time.CreateTimer(_ => Run(_load), null, ErrorPanel.LookAgain, Timeout.InfiniteTimeSpan);
        }
    }

    private void OnLocationChanged(object? sender, LocationChangedEventArgs e) => Refresh();

    [JSInvokable]
    public Task OpenPalette() =>
        OpenAsync<CommandPalette>("Go to or run", new() { [nameof(CommandPalette.Data)] = _data });

    [JSInvokable]
    public Task OpenKeys() => OpenAsync<KeyList>("Keys", []);

    /// <summary>The viewer, or their system, turned the theme.</summary>
    [JSInvokable]
    public void ThemeIs(string name, bool isChosen) => Choice.Set(name, isChosen);

    /// <summary>Not a part of the frame that is shown and hidden: what is opened so is on its way to the browser at once.</summary>
    private async Task OpenAsync<T>(string title, DialogParameters parameters)
        where T : IComponent
    {
        if (_data is null || _opening || _dialog is { Result.IsCompleted: false })
            return;
        _opening = true;
        try
        {
            _dialog = await Dialogs.ShowAsync<T>(title, parameters, _asked);
        }
        finally
        {
            _opening = false;
        }
    }

    protected override async ValueTask EndAsync()
    {
        _again?.Dispose();
        Choice.Changed -= Refresh;
        Zone.Changed -= Refresh;
        Navigation.LocationChanged -= OnLocationChanged;
        if (_self is null)
            return;
        try
        {
            await Browser.CallAsync("keys.detach", CancellationToken.None);
            await Browser.CallAsync("theme.detach", CancellationToken.None);
        }
        catch (Exception exception) when (BrowserModule.IsGone(exception)) { }
        _self.Dispose();
    }
}
