using Microsoft.AspNetCore.Http.HttpResults;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Actions.Decisions;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Actions;

/// <summary>Catalogue, proposals and the emergency stop under <c>/api/v1</c>.</summary>
internal static class ProposalEndpoints
{
    private const string List = "proposals";
    private static readonly ListOrder<IActionKind> Catalogue = new ListOrder<IActionKind>("kinds").By(kind =>
        kind.Name
    );

    /// <summary>A state that is several: what has not ended.</summary>
    private const string OpenWord = "open";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/v1").WithTags("Actions");
        api.MapGet("/actions/catalogue", CatalogueAsync).RequireAuthorization(Policies.Read);
        api.MapPost("/proposals", ProposeAsync).RequireAuthorization(Policies.Propose);
        api.MapGet("/proposals", ListAsync).RequireAuthorization(Policies.Read);
        api.MapGet("/proposals/{id}", FindAsync).RequireAuthorization(Policies.Read);
        api.MapGet("/proposals/{id}/evidence", EvidenceAsync).RequireAuthorization(Policies.Read);
        api.MapGet("/proposals/{id}/events", EventsAsync).RequireAuthorization(Policies.Read);
        // Who may decide is the service's to say, with its code and its row in the record.
        api.MapPost("/proposals/{id}/approve", ApproveAsync)
            .WithMetadata(new ProposalInPath("approve"))
            .RequireAuthorization(Policies.Decide);
        api.MapPost("/proposals/{id}/step-up", StepUpAsync)
            .KeepsNothing()
            .RequireAuthorization(Policies.Decide)
            .WithSummary("Proves with the password, for one's own high-risk proposal where there is one operator");
        api.MapPost("/proposals/{id}/reject", RejectAsync)
            .WithMetadata(new ProposalInPath("reject"))
            .RequireAuthorization(Policies.Decide);
        api.MapPost("/proposals/{id}/withdraw", WithdrawAsync)
            .WithMetadata(new ProposalInPath("withdraw"))
            .RequireAuthorization(Policies.Decide);
        api.MapPost("/proposals/{id}/cancel", CancelAsync)
            .WithMetadata(new ProposalInPath("cancel"))
            .RequireAuthorization(Policies.Decide);
        api.MapPost("/dispatch/stop", StopAsync).RequireAuthorization(Policies.Admin);
        api.MapPost("/dispatch/resume", ResumeAsync).RequireAuthorization(Policies.Admin);
    }

    private static async Task<Ok<Page<CatalogueEntry>>> CatalogueAsync(
        ActionKinds kinds,
        IApprovalRules rules,
        ICurrentCaller callers,
        [AsParameters] PageAsked asked,
        CancellationToken cancellation
    )
    {
        var lines = rules.OverviewFor(await callers.GetAsync(cancellation)).Lines;
        return TypedResults.Ok(Catalogue.Page(kinds.All, asked, Entry));

        CatalogueEntry Entry(IActionKind kind)
        {
            var usual = lines.First(line => line.Tenant is null && line.Risk == kind.Risk);
            return new CatalogueEntry(
                kind.Name,
                kind.Description,
                kind.Risk,
                kind.ParametersSchema,
                kind.Undo,
                usual.Approvals,
                ["operator", "admin"],
                usual.Reviewers
            );
        }
    }

    private static async Task<Results<Created<ProposalView>, Ok<ProposalView>>> ProposeAsync(
        ProposeBody body,
        HttpContext context,
        ICurrentCaller callers,
        ITenantScopes scopes,
        IProposals proposals,
        CancellationToken cancellation
    )
    {
        var caller = await callers.GetAsync(cancellation);
        var request = body.ToRequest();
        await scopes.ForAsync(caller, request.Tenant, cancellation);
        var proposal = await proposals.ProposeAsync(caller, request, cancellation);
        var view = View(context, proposal);
        return proposal.AskedBefore
            ? TypedResults.Ok(view)
            : TypedResults.Created($"/api/v1/proposals/{proposal.Id}", view);
    }

    private static async Task<Ok<Page<ProposalView>>> ListAsync(
        string? state,
        string? tenant,
        string? cursor,
        int? limit,
        HttpContext context,
        ICurrentCaller callers,
        ITenantScopes scopes,
        IProposals proposals,
        CancellationToken cancellation
    )
    {
        var caller = await callers.GetAsync(cancellation);
        tenant = string.IsNullOrWhiteSpace(tenant) ? null : tenant;
        if (tenant is not null)
        {
            await scopes.ForAsync(caller, tenant, cancellation);
        }
        var before = Cursor.Read(cursor, List, 1)?.Text(0);
        var most = PageSize.Of(limit, usual: 50);
        var found = await proposals.ListAsync(
            caller,
            new ProposalFilter(StateOf(state), tenant, state == OpenWord, most + 1, before),
            cancellation
        );
        return TypedResults.Ok(
            new Page<ProposalView>(
                [.. found.Take(most).Select(proposal => View(context, proposal))],
                found.Count > most ? Cursor.After(List, found[most - 1].Id) : null
            )
        );
    }

    private static async Task<Ok<ProposalView>> FindAsync(
        string id,
        HttpContext context,
        ICurrentCaller callers,
        IProposals proposals,
        CancellationToken cancellation
    ) =>
        TypedResults.Ok(
            View(
                context,
                await proposals.FindAsync(await callers.GetAsync(cancellation), id, cancellation)
                    ?? throw new UnknownProposalException(id)
            )
        );

    private static async Task<Ok<ProposalView>> ApproveAsync(
        string id,
        ApproveBody body,
        HttpContext context,
        ICurrentCaller callers,
        IProposals proposals,
        CancellationToken cancellation
    )
    {
        if (string.IsNullOrWhiteSpace(body.PlanHash))
        {
            await new ProposalInPath("approve").PassAsync(context);
            throw new BadHttpRequestException("planHash is missing: an approval names the plan that was read.");
        }
        var caller = await callers.GetAsync(cancellation);
        return TypedResults.Ok(
            View(
                context,
                await proposals.ApproveAsync(
                    caller,
                    id,
                    new Approval(body.PlanHash, body.Comment, body.Confirm, body.StepUp),
                    cancellation
                )
            )
        );
    }

    private static async Task<Ok<StepUpProof>> StepUpAsync(
        string id,
        StepUpBody body,
        HttpContext context,
        ICurrentCaller callers,
        IProposals proposals,
        CancellationToken cancellation
    )
    {
        if ((body.Passkey ?? body.Code ?? body.Password) is not { Length: > 0 } given)
        {
            throw new BadHttpRequestException("password is missing, or code of whoever has a second factor.");
        }
        context.Response.Headers.CacheControl = "no-store";
        var caller = await callers.GetAsync(cancellation);
        return TypedResults.Ok(await proposals.StepUpAsync(caller, id, given, cancellation));
    }

    private static async Task<Ok<ProposalView>> RejectAsync(
        string id,
        RejectBody body,
        HttpContext context,
        ICurrentCaller callers,
        IProposals proposals,
        CancellationToken cancellation
    )
    {
        if (string.IsNullOrWhiteSpace(body.Reason))
        {
            await new ProposalInPath("reject").PassAsync(context);
            throw new BadHttpRequestException("reason is missing: say why, for who asked and for the record.");
        }
        var caller = await callers.GetAsync(cancellation);
        return TypedResults.Ok(View(context, await proposals.RejectAsync(caller, id, body.Reason, cancellation)));
    }

    private static async Task<Ok<ProposalView>> WithdrawAsync(
        string id,
        HttpContext context,
        ICurrentCaller callers,
        IProposals proposals,
        CancellationToken cancellation
    ) =>
        TypedResults.Ok(
            View(context, await proposals.WithdrawAsync(await callers.GetAsync(cancellation), id, cancellation))
        );

    private static async Task<Ok<ProposalView>> CancelAsync(
        string id,
        HttpContext context,
        ICurrentCaller callers,
        IProposals proposals,
        CancellationToken cancellation
    ) =>
        TypedResults.Ok(
            View(context, await proposals.CancelAsync(await callers.GetAsync(cancellation), id, cancellation))
        );

    /// <summary>What the assistant saw before it proposed, with what of it stands otherwise now.</summary>
    private static async Task<Ok<EvidenceView>> EvidenceAsync(
        string id,
        ICurrentCaller callers,
        IProposals proposals,
        IEnumerable<IEvidenceAgain> looks,
        CancellationToken cancellation
    )
    {
        var caller = await callers.GetAsync(cancellation);
        var proposal = await proposals.FindAsync(caller, id, cancellation) ?? throw new UnknownProposalException(id);
        return TypedResults.Ok(
            new EvidenceView(proposal.Evidence, await looks.OfAsync(caller, proposal, cancellation))
        );
    }

    private static async Task<IResult> EventsAsync(
        string id,
        HttpContext context,
        ICurrentCaller callers,
        IProposals proposals,
        TimeProvider time,
        CancellationToken cancellation
    )
    {
        var caller = await callers.GetAsync(cancellation);
        _ = await proposals.FindAsync(caller, id, cancellation) ?? throw new UnknownProposalException(id);
        var last = context.Request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } header
            ? header
            : context.Request.Query["lastEventId"].ToString();
        if (!long.TryParse(last, out var after) && last.Length > 0)
        {
            throw new BadHttpRequestException("Last-Event-ID is not an id of this stream.");
        }
        return new EventStream(stop => proposals.EventsAsync(caller, id, after, stop), time);
    }

    private static async Task<Ok<DispatchState>> StopAsync(
        StopBody? body,
        ICurrentCaller callers,
        IEmergencyStop stop,
        CancellationToken cancellation
    )
    {
        await stop.StopAsync(await callers.GetAsync(cancellation), body?.Reason, cancellation);
        return TypedResults.Ok(DispatchState.Of(stop.Current));
    }

    private static async Task<Ok<DispatchState>> ResumeAsync(
        StopBody? body,
        ICurrentCaller callers,
        IEmergencyStop stop,
        CancellationToken cancellation
    )
    {
        await stop.ResumeAsync(await callers.GetAsync(cancellation), body?.Reason, cancellation);
        return TypedResults.Ok(DispatchState.Of(stop.Current));
    }

    /// <summary>A proposal that the caller can't see is not there, whatever is wrong with the body; the attempt is recorded as that decision.</summary>
    private sealed class ProposalInPath(string decision) : IPathDoor
    {
        public async Task PassAsync(HttpContext context)
        {
            var caller = await context
                .RequestServices.GetRequiredService<ICurrentCaller>()
                .GetAsync(context.RequestAborted);
            await context
                .RequestServices.GetRequiredService<DecisionDoor>()
                .VisibleAsync(caller, (string)context.Request.RouteValues["id"]!, decision, context.RequestAborted);
        }
    }

    private static ProposalView View(HttpContext context, Proposal proposal) =>
        ProposalView.Of(proposal, context.RequestServices.GetRequiredService<PublicAddress>().BaseFor(context.Request));

    private static ProposalState? StateOf(string? text) =>
        text == OpenWord ? null : ValueWords.Read<ProposalState>("state", text, besides: OpenWord);
}
