using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.JSInterop;
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
    private NavData? _data;
    private StoreFault? _away;
    private ITimer? _again;
    private Func<Task>? _load;
    private CommandPalette? _palette;
    private KeyList? _keys;
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
        Choice.Set(await Browser.CallAsync<string?>("theme.attach", Alive, _self));
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
    public Task OpenPalette() => _palette?.OpenAsync() ?? Task.CompletedTask;

    /// <summary>The viewer, or their system, turned the theme.</summary>
    [JSInvokable]
    public void ThemeIs(string name) => Choice.Set(name);

    [JSInvokable]
    public Task OpenKeys() => _keys?.OpenAsync() ?? Task.CompletedTask;

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
