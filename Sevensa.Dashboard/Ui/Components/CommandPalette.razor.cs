using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Web;
using MudBlazor;
using Sevensa.Dashboard.Ui.Browser;
using Sevensa.Dashboard.Ui.Nav;
using Sevensa.Dashboard.Ui.Time;

namespace Sevensa.Dashboard.Ui.Components;

/// <summary>Ctrl+K: pages and tenants of the frame, and what the registered <see cref="ICommandSource"/>s find.</summary>
public partial class CommandPalette
{
    private const int Shown = 40;

    private List<PaletteCommand> _all = [];
    private List<PaletteCommand> _found = [];
    private string _query = "";
    private string? _failed;
    private int _at;

    [Parameter]
    public NavData? Data { get; set; }

    [CascadingParameter]
    private Task<AuthenticationState>? Person { get; set; }

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    [Inject]
    private IEnumerable<ICommandSource> Sources { get; set; } = [];

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private RangeState Range { get; set; } = null!;

    [Inject]
    private BrowserModule Browser { get; set; } = null!;

    protected override Task OnInitializedAsync()
    {
        _all = [.. OwnCommands()];
        Filter();
        return AskSourcesAsync();
    }

    private IEnumerable<PaletteCommand> OwnCommands()
    {
        foreach (var page in Data?.Pages ?? [])
            yield return new(page.Title, "Pages", page.Href, Icon: page.Icon);
        foreach (var tenant in Data?.Tenants ?? [])
        {
            yield return new(
                tenant.Name,
                "Tenants",
                tenant.Href,
                Hint: tenant.Word ?? tenant.State.Word(),
                Icon: "overview"
            );
            foreach (var (tab, icon) in Tabs)
                yield return new(
                    $"{tenant.Name} · {tab}",
                    "Tenants",
                    $"{tenant.Href}/{tab.ToLowerInvariant()}",
                    Icon: icon,
                    Words: tenant.Id
                );
        }
    }

    private static readonly (string Tab, string Icon)[] Tabs =
    [
        ("Metrics", "metrics"),
        ("Logs", "logs"),
        ("Containers", "containers"),
        ("Workloads", "containers"),
        ("Secrets", "secrets"),
        ("Scans", "scans"),
        ("Posture", "posture"),
        ("Reachability", "reachability"),
        ("Workflows", "play"),
        ("Database", "database"),
        ("Changes", "changes"),
    ];

    private async Task AskSourcesAsync()
    {
        var asked = _query;
        var person = Person is null ? new() : (await Person).User;
        List<PaletteCommand> all = [.. OwnCommands()];
        _failed = null;
        foreach (var source in Sources)
        {
            try
            {
                all.AddRange(await source.FindAsync(person, asked, CancellationToken.None));
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                _failed = $"Part of the search failed: {e.Message}";
            }
        }
        // A slower answer to an older question is late, not right.
        if (asked != _query)
            return;
        _all = all;
        Filter();
    }

    private void Filter()
    {
        var words = _query.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        bool Has(PaletteCommand c, string w) =>
            $"{c.Title} {c.Words} {c.Group}".Contains(w, StringComparison.OrdinalIgnoreCase);
        int Rank(PaletteCommand c) =>
            words.Length == 0 ? (c.Title.Contains('·') ? 1 : 0)
            : c.Title.StartsWith(words[0], StringComparison.OrdinalIgnoreCase) ? 0
            : c.Title.Contains(words[0], StringComparison.OrdinalIgnoreCase) ? 1
            : 2;
        _found =
        [
            .. _all.Where(c => words.All(w => Has(c, w)))
                .Where(c => words.Length > 0 || !c.Title.Contains('·'))
                .OrderBy(Rank)
                .Take(Shown)
                .GroupBy(c => c.Group)
                .SelectMany(g => g),
        ];
        _at = Math.Clamp(_at, 0, Math.Max(0, _found.Count - 1));
    }

    private async Task TypeAsync()
    {
        _at = 0;
        Filter();
        if (Sources.Any())
            await AskSourcesAsync();
    }

    private async Task KeyAsync(KeyboardEventArgs e)
    {
        if (e.Key is "ArrowDown" or "ArrowUp" && _found.Count > 0)
        {
            _at = (_at + (e.Key == "ArrowDown" ? 1 : _found.Count - 1)) % _found.Count;
            StateHasChanged();
            await Browser.CallAsync("surfaces.scrollIntoView", CancellationToken.None, $"#palette-{_at}");
        }
        else if (e.Key == "Enter" && _found.Count > 0)
            await RunAsync(_found[_at]);
        // The dialog hears keys only once the browser has answered that it is shown.
        else if (e.Key == "Escape")
            Dialog.Cancel();
    }

    private async Task RunAsync(PaletteCommand command)
    {
        Dialog.Close();
        if (command.Href is { } href)
            Navigation.NavigateTo(Range.Link(href));
        else if (command.RunAsync is { } run)
            await run(CancellationToken.None);
    }
}
