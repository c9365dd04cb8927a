using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.WebUtilities;
using Sevensa.Dashboard.Features.Actions.Components;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Actions.Pages;

/// <summary>Any kind of the catalogue, asked for with a form that its JSON Schema makes: the same proposal as by API or chat.</summary>
public partial class ProposePage
{
    private IActionKind? _kind;
    private IReadOnlyList<ParameterField> _fields = [];
    private IReadOnlyList<string> _targets = [];
    private string? _name;
    private string? _loaded;
    private string _target = "";
    private string _reason = "";
    private string? _trouble;
    private bool _missing;
    private bool _busy;

    [Parameter]
    public string Tenant { get; set; } = "";

    [SupplyParameterFromQuery(Name = "kind")]
    private string? Kind { get; set; }

    [SupplyParameterFromQuery(Name = "target")]
    private string? Target { get; set; }

    [Inject]
    private ActionKinds Kinds { get; set; } = null!;

    [Inject]
    private IProposals Proposals { get; set; } = null!;

    [Inject]
    private IFleet Fleet { get; set; } = null!;

    [Inject]
    private ITenants Tenants { get; set; } = null!;

    [Inject]
    private ICurrentCaller Callers { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    protected override async Task OnParametersSetAsync()
    {
        if (_kind?.Name != Kind)
        {
            _kind = Kind is { Length: > 0 } ? Kinds.Find(Kind) : null;
            _fields = _kind is null ? [] : ParameterField.Of(_kind.ParametersSchema);
            var asked = QueryHelpers.ParseQuery(new Uri(Navigation.Uri).Query);
            foreach (var field in _fields)
            {
                field.FillIn(asked);
            }
            _trouble = Kind is { Length: > 0 } && _kind is null ? $"There is no action kind \"{Kind}\"." : null;
        }
        if (_loaded == Tenant)
        {
            return;
        }
        _loaded = Tenant;
        _target = Target ?? "";
        var caller = await Callers.GetAsync(Alive);
        var tenant = (await Tenants.VisibleAsync(caller, Alive)).FirstOrDefault(one => one.Id == Tenant);
        (_missing, _name) = (tenant is null, tenant?.Name);
        if (_missing)
        {
            return;
        }
        var own = ContainerTargets.Of(Fleet, Tenant);
        _targets =
        [
            .. own.Select(container => container.Facts.Service)
                .Concat(own.Select(container => container.Facts.Name))
                .Concat(own.SelectMany(container => container.Facts.Mounts).Select(mount => mount.Split(':')[0]))
                .Where(name => !name.StartsWith('/'))
                .Append(Tenant)
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>By their words or their names, so that both <c>restart</c> and <c>container.restart</c> find it.</summary>
    private Task<IEnumerable<IActionKind?>> FindAsync(string? typed, CancellationToken cancellation) =>
        Task.FromResult<IEnumerable<IActionKind?>>(
            ProposalText
                .Kinds(Kinds.All)
                .Where(one =>
                    string.IsNullOrWhiteSpace(typed)
                    || one.Words.Contains(typed.Trim(), StringComparison.OrdinalIgnoreCase)
                    || one.Kind.Name.Contains(typed.Trim(), StringComparison.OrdinalIgnoreCase)
                )
                .Select(one => one.Kind)
        );

    private void Choose(IActionKind? kind) =>
        Navigation.NavigateTo(
            Navigation.GetUriWithQueryParameters(
                new Dictionary<string, object?>
                {
                    ["kind"] = kind?.Name,
                    ["target"] = _target.Length > 0 ? _target : null,
                }
            ),
            replace: true
        );

    private async Task ProposeAsync()
    {
        if (_busy || _kind is null || _target.Trim().Length == 0 || string.IsNullOrWhiteSpace(_reason))
        {
            return;
        }
        (_busy, _trouble) = (true, null);
        try
        {
            var parameters = new JsonObject();
            foreach (var field in _fields)
            {
                if (field.Value() is { } value)
                {
                    parameters[field.Name] = value;
                }
            }
            var proposal = await Proposals.ProposeAsync(
                await Callers.GetAsync(Alive),
                new ProposalRequest(
                    _kind.Name,
                    Tenant,
                    _target.Trim(),
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
            when (exception
                    is FormatException
                        or CannotPlanException
                        or ForbiddenException
                        or UnauthorizedAccessException
                        or UnknownTenantException
                        or RunnerUnreachableException
                        or AuditUnavailableException
            )
        {
            _trouble = exception.Message;
        }
        finally
        {
            _busy = false;
        }
    }
}
