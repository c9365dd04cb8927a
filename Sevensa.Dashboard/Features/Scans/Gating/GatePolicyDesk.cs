using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Scans.Gating;

/// <summary>What people and programs do with gate policies: look, try, propose.</summary>
internal sealed class GatePolicyDesk(
    GatePolicyStore store,
    GatePolicies policies,
    GatePreview preview,
    ITenants tenants,
    ITenantScopes scopes,
    IProposals proposals
)
{
    public async Task<IReadOnlyList<GatePolicyView>> ListAsync(Caller caller, CancellationToken cancellation)
    {
        var own = await store.AllAsync(cancellation);
        return
        [
            .. (await tenants.VisibleAsync(caller, cancellation)).Select(tenant =>
                View(tenant.Id, own.GetValueOrDefault(tenant.Id))
            ),
        ];
    }

    /// <exception cref="UnknownTenantException">404</exception>
    public async Task<GatePolicyView> FindAsync(Caller caller, string tenant, CancellationToken cancellation)
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        return View(tenant, await store.FindAsync(tenant, cancellation));
    }

    /// <exception cref="UnknownTenantException">404</exception>
    /// <exception cref="UnfitGatePolicyException">422</exception>
    public async Task<GatePreviewed> PreviewAsync(
        Caller caller,
        string tenant,
        GateRules rules,
        CancellationToken cancellation
    )
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        return await preview.OfAsync(caller, tenant, rules.Checked(), cancellation);
    }

    /// <param name="rules">Null: the installation's policy again.</param>
    /// <exception cref="UnknownTenantException">404</exception>
    /// <exception cref="UnfitGatePolicyException">422</exception>
    /// <exception cref="CannotPlanException">422</exception>
    public async Task<Proposal> ProposeAsync(
        Caller caller,
        string tenant,
        GateRules? rules,
        string? reason,
        string via,
        CancellationToken cancellation
    )
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        var would = await preview.OfAsync(caller, tenant, rules?.Checked(), cancellation);
        var evidence = JsonSerializer.SerializeToElement(
            new
            {
                title = "What would change",
                kind = "text",
                text = $"Of {would.Images.Count} images that {tenant} runs, {would.Tightened} would no longer pass and {would.Loosened} would pass that do not now.",
                url = $"/tenants/{Uri.EscapeDataString(tenant)}/scans/policy",
            }
        );
        return await proposals.ProposeAsync(
            caller,
            new ProposalRequest(
                rules is null ? GatePolicyChange.Remove : GatePolicyChange.Save,
                tenant,
                tenant,
                rules is null
                    ? JsonElement.Parse("{}")
                    : JsonSerializer.SerializeToElement(rules with { Kinds = rules.Kinds ?? [] }, GateRules.Json),
                reason ?? "",
                [evidence],
                via
            ),
            cancellation
        );
    }

    private GatePolicyView View(string tenant, GatePolicyRow? row)
    {
        var rules = row?.Read();
        var shown = rules ?? GateRules.Of(policies.Usual);
        return new GatePolicyView(
            tenant,
            shown,
            rules?.Words ?? policies.Usual.Rule,
            rules is not null,
            row?.Version ?? 0,
            row?.ChangedAt,
            row?.ChangedBy,
            row?.ProposalId
        );
    }
}
