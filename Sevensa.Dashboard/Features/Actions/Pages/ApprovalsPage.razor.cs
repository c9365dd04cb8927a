using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Sevensa.Dashboard.Features.Actions.Components;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Ui.Data;

namespace Sevensa.Dashboard.Features.Actions.Pages;

/// <summary>The inbox. Tab, tenant and choice are in the address.</summary>
public partial class ApprovalsPage
{
    private const int MostEnded = 100;

    private static readonly (string Tab, string Word)[] Tabs =
    [
        ("waiting", "Waiting"),
        ("running", "Running"),
        ("ended", "Ended"),
    ];

    private IReadOnlyList<Tenant> _tenants = [];
    private IReadOnlyList<Proposal> _open = [];
    private Loadable<IReadOnlyList<Proposal>> _rows = Loadable.Loading<IReadOnlyList<Proposal>>();
    private ProposalCard? _card;
    private string? _selected;
    private string? _loaded;

    [SupplyParameterFromQuery(Name = "tab")]
    public string? Tab { get; set; }

    [SupplyParameterFromQuery(Name = "tenant")]
    public string? Tenant { get; set; }

    [SupplyParameterFromQuery(Name = "id")]
    public string? Chosen { get; set; }

    [Inject]
    private IProposals Proposals { get; set; } = null!;

    [Inject]
    private ITenants Registry { get; set; } = null!;

    [Inject]
    private ICurrentCaller Callers { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    private string Shown => Tabs.Any(tab => tab.Tab == Tab) ? Tab! : "waiting";

    protected override async Task OnInitializedAsync() =>
        _tenants = await Registry.VisibleAsync(await Callers.GetAsync(Alive), Alive);

    protected override async Task OnParametersSetAsync()
    {
        var wanted = $"{Shown}|{Tenant}";
        if (wanted != _loaded)
        {
            _loaded = wanted;
            _rows = Loadable.Loading<IReadOnlyList<Proposal>>();
            _selected = null;
            await ReloadAsync();
        }
        if (Chosen is not null && _rows.Value?.Any(row => row.Id == Chosen) == true)
        {
            _selected = Chosen;
        }
    }

    protected override void OnAfterRender(bool firstRender)
    {
        if (firstRender)
        {
            Keep(
                Proposals.OnChange(() =>
                {
                    Run(ReloadAsync);
                    return Task.CompletedTask;
                })
            );
        }
    }

    private async Task ReloadAsync()
    {
        var caller = await Callers.GetAsync(Alive);
        _open = await Proposals.ListAsync(caller, new ProposalFilter(Tenant: Tenant, OpenOnly: true, Most: 500), Alive);
        IReadOnlyList<Proposal> rows =
            Shown == "ended"
                ?
                [
                    .. (
                        await Proposals.ListAsync(caller, new ProposalFilter(Tenant: Tenant, Most: MostEnded), Alive)
                    ).Where(proposal => proposal.Ended),
                ]
                : [.. _open.Where(proposal => TabOf(proposal) == Shown)];
        _rows = rows.Count > 0 ? Loadable.Ready(rows) : Nothing();
        // What is being read stays, even when it has moved to another tab.
        _selected ??= rows.Count > 0 ? rows[0].Id : null;
    }

    private Loadable<IReadOnlyList<Proposal>> Nothing() =>
        Shown switch
        {
            "waiting" => Loadable.Empty<IReadOnlyList<Proposal>>(
                "Nothing waits for a decision",
                "Ask in the Console for a change",
                "/console"
            ),
            "running" => Loadable.Empty<IReadOnlyList<Proposal>>("Nothing is under way"),
            _ => Loadable.Empty<IReadOnlyList<Proposal>>("Nothing has ended yet"),
        };

    private int Count(string tab) => _open.Count(proposal => TabOf(proposal) == tab);

    private static string TabOf(Proposal proposal) =>
        proposal.State is ProposalState.Proposed or ProposalState.Approved ? "waiting"
        : proposal.Ended ? "ended"
        : "running";

    private void Select(string id)
    {
        if (_selected != id)
        {
            _selected = id;
            Navigation.NavigateTo(Address(Shown, id), replace: true);
        }
    }

    /// <summary>Decides only on what is shown: a row that was not looked at yet is shown first.</summary>
    private Task KeyAsync(KeyboardEventArgs pressed, string id)
    {
        if (_selected != id)
        {
            Select(id);
            return Task.CompletedTask;
        }
        return ApprovalKeys.HandleAsync(pressed, _card);
    }

    private Task<IEnumerable<Tenant?>> FindAsync(string? typed, CancellationToken cancellation) =>
        Task.FromResult<IEnumerable<Tenant?>>(
            _tenants.Where(tenant => tenant.Name.Contains(typed?.Trim() ?? "", StringComparison.OrdinalIgnoreCase))
        );

    private void Narrow(Tenant? chosen)
    {
        Tenant = chosen?.Id;
        Navigation.NavigateTo(Address(Shown));
    }

    private string Address(string tab, string? id = null) =>
        Navigation.GetUriWithQueryParameters(
            "/approvals",
            new Dictionary<string, object?>
            {
                ["tab"] = tab == "waiting" ? null : tab,
                ["tenant"] = Tenant,
                ["id"] = id,
            }
        );
}
