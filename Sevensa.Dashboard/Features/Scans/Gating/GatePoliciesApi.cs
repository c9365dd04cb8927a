using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Scans.Gating;

/// <summary>By which policy a tenant's images are judged.</summary>
/// <param name="Rule">In words.</param>
/// <param name="IsOwn">False: the installation's.</param>
/// <param name="Version">Rises with each change; 0 when the tenant never had one of its own.</param>
/// <param name="ProposalId">That made it so.</param>
internal sealed record GatePolicyView(
    string Tenant,
    GateRules Rules,
    string Rule,
    bool IsOwn,
    int Version,
    DateTimeOffset? ChangedAt,
    string? ChangedBy,
    string? ProposalId
);

/// <param name="Rules">What is left out has its default.</param>
internal sealed record GatePolicyAsked(string? Tenant, GateRules? Rules, string? Reason = null)
{
    /// <summary>The rules; nobody means the defaults by saying nothing.</summary>
    /// <exception cref="UnfitGatePolicyException">422: there are none.</exception>
    internal GateRules Given =>
        Rules ?? throw new UnfitGatePolicyException("Give the rules, such as {\"rules\": {\"severity\": \"high\"}}.");
}

/// <summary>Where the proposal is that a change became, and what it waits for.</summary>
internal sealed record GatePolicyProposed(
    string Id,
    string Kind,
    string Tenant,
    ProposalState State,
    Risk Risk,
    string PlanHash,
    int ApprovalsNeeded,
    string Url
);

internal static class GatePoliciesApi
{
    private static readonly ListOrder<GatePolicyView> Order = new ListOrder<GatePolicyView>("gate policies").By(
        policy => policy.Tenant
    );

    public static void Map(IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/v1/gate/policies").WithTags("Scans");
        api.MapGet("", ListAsync)
            .RequireAuthorization(Policies.Read)
            .WithSummary("By which gate policy each tenant's images are judged");
        api.MapPost("/preview", PreviewAsync)
            .RequireAuthorization(Policies.Read)
            .WithSummary("What a policy would change for what a tenant runs; changes nothing");
        api.MapPost("", SaveAsync)
            .RequireAuthorization(Policies.Propose)
            .WithSummary("Proposes a tenant's gate policy: an action of kind gate-policy.save");
        api.MapPut("/{tenant}", PutAsync)
            .RequireAuthorization(Policies.Propose)
            .WithSummary("Proposes a tenant's gate policy in place of the one it has");
        api.MapPut("", SaveAsync).RequireAuthorization(Policies.Propose).ExcludeFromDescription();
        api.MapDelete("/{tenant}", RemoveAsync)
            .RequireAuthorization(Policies.Propose)
            .WithSummary("Proposes that the installation's policy holds for the tenant again: gate-policy.remove");
    }

    private static async Task<Page<GatePolicyView>> ListAsync(
        [AsParameters] PageAsked asked,
        [FromServices] GatePolicyDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        Order.Check(asked);
        return Order.Page(
            await desk.ListAsync(await callers.GetAsync(cancellation), cancellation),
            asked,
            policy => policy
        );
    }

    private static async Task<Ok<GatePreviewed>> PreviewAsync(
        GatePolicyAsked asked,
        [FromServices] GatePolicyDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) =>
        TypedResults.Ok(
            await desk.PreviewAsync(await callers.GetAsync(cancellation), asked.Tenant ?? "", asked.Given, cancellation)
        );

    private static async Task<Results<Created<GatePolicyProposed>, Ok<GatePolicyProposed>>> SaveAsync(
        GatePolicyAsked asked,
        [FromServices] GatePolicyDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) =>
        Answer(
            await desk.ProposeAsync(
                await callers.GetAsync(cancellation),
                asked.Tenant ?? "",
                asked.Given,
                asked.Reason,
                "api",
                cancellation
            )
        );

    private static Task<Results<Created<GatePolicyProposed>, Ok<GatePolicyProposed>>> PutAsync(
        string tenant,
        GatePolicyAsked asked,
        [FromServices] GatePolicyDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) =>
        asked.Tenant is { } other && other != tenant
            ? throw new BadHttpRequestException($"The address says {tenant} and the body {other}.")
            : SaveAsync(asked with { Tenant = tenant }, desk, callers, cancellation);

    private static async Task<Results<Created<GatePolicyProposed>, Ok<GatePolicyProposed>>> RemoveAsync(
        string tenant,
        string? reason,
        [FromServices] GatePolicyDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) =>
        Answer(
            await desk.ProposeAsync(await callers.GetAsync(cancellation), tenant, null, reason, "api", cancellation)
        );

    private static Results<Created<GatePolicyProposed>, Ok<GatePolicyProposed>> Answer(Proposal proposal)
    {
        var url = $"/api/v1/proposals/{proposal.Id}";
        var view = new GatePolicyProposed(
            proposal.Id,
            proposal.Kind,
            proposal.Tenant,
            proposal.State,
            proposal.Risk,
            proposal.PlanHash,
            proposal.ApprovalsNeeded,
            url
        );
        return proposal.AskedBefore ? TypedResults.Ok(view) : TypedResults.Created(url, view);
    }
}
