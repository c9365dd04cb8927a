using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Components;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Containers.Changes;
using Sevensa.Dashboard.Features.Containers.Kinds;
using Sevensa.Dashboard.Features.Containers.Releases;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Ui.Time;

namespace Sevensa.Dashboard.Features.Containers.Components;

/// <summary>Asks for a rollback: a time in words, shown with what it is taken for, and the three choices.</summary>
public partial class RollbackForm
{
    private readonly HashSet<string> _chosen = new(StringComparer.Ordinal);
    private IReadOnlyList<OfferedSnapshot> _snapshots = [];
    private TenantThen? _then;
    private string _words = "";
    private string _reason = "";
    private string _afterMigration = "refuse";
    private string? _unclear;
    private string? _trouble;
    private bool _code = true;
    private bool _configuration;
    private bool _undo;
    private bool _busy;

    [Parameter, EditorRequired]
    public string Tenant { get; set; } = "";

    [Parameter, EditorRequired]
    public string Name { get; set; } = "";

    /// <summary>Null for the whole tenant.</summary>
    [Parameter]
    public string? Service { get; set; }

    /// <summary>The time in words, from the address.</summary>
    [Parameter, EditorRequired]
    public string To { get; set; } = "";

    /// <summary>The page without this form.</summary>
    [Parameter, EditorRequired]
    public string Close { get; set; } = "";

    /// <summary>The page with other words.</summary>
    [Parameter, EditorRequired]
    public Func<string, string> Address { get; set; } = _ => "";

    [Inject]
    private ChangesDesk Desk { get; set; } = null!;

    [Inject]
    private ICurrentCaller Callers { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private ViewerZone Zone { get; set; } = null!;

    [Inject]
    private TimeProvider Time { get; set; } = null!;

    private bool Migrated =>
        _then?.Services.Any(one => one is { CodeDiffers: true, Current.Release.Migrates: true }) == true;

    protected override async Task OnInitializedAsync()
    {
        _words = To;
        await ResolveAsync();
        _snapshots = await Desk.SnapshotsAsync(Tenant, Alive);
    }

    private async Task LookAsync()
    {
        if (_words != To)
        {
            Navigation.NavigateTo(Address(_words));
            return;
        }
        await ResolveAsync();
    }

    private async Task ResolveAsync()
    {
        (_unclear, _then) = (null, null);
        try
        {
            _then = await Desk.ThenAsync(await Callers.GetAsync(Alive), Tenant, Service, _words, Zone.Zone, Alive);
        }
        catch (Exception exception) when (exception is UnclearMomentException or UnknownTenantException)
        {
            _unclear = exception.Message;
        }
    }

    private void Choose(OfferedSnapshot offered, bool on)
    {
        if (on)
        {
            _chosen.Add(offered.Snapshot.Id);
        }
        else
        {
            _chosen.Remove(offered.Snapshot.Id);
        }
    }

    private string Neighbour(LiveRelease? live) =>
        live is null ? "nothing known" : $"{live.Release.Tag} since {Zone.DayAndClock(live.From, Time.GetUtcNow())}";

    private async Task ProposeAsync()
    {
        if (_busy || string.IsNullOrWhiteSpace(_reason))
        {
            return;
        }
        (_busy, _trouble) = (true, null);
        try
        {
            var parameters = new JsonObject
            {
                ["to"] = _words,
                ["timeZone"] = Zone.Zone.Id,
                ["code"] = _code,
                ["configuration"] = _configuration,
                ["afterMigration"] = Migrated ? _afterMigration : "refuse",
                ["onBreach"] = _undo ? "undo" : "propose",
            };
            if (_chosen.Count > 0)
            {
                parameters["snapshots"] = new JsonArray([.. _chosen.Select(id => (JsonNode)id)]);
            }
            var proposal = await Desk.ProposeAsync(
                await Callers.GetAsync(Alive),
                new ProposalRequest(
                    Service is null ? TenantRollback.Kind : ServiceRollback.Kind,
                    Tenant,
                    Service is null ? Tenant : $"service:{Service}",
                    JsonSerializer.SerializeToElement(parameters),
                    _reason.Trim(),
                    [],
                    "page"
                ),
                Alive
            );
            Navigation.NavigateTo($"/approvals/{proposal.Id}");
        }
        catch (Exception exception)
            when (exception is CannotPlanException or ForbiddenException or RunnerUnreachableException)
        {
            _trouble = exception.Message;
        }
        finally
        {
            _busy = false;
        }
    }
}
