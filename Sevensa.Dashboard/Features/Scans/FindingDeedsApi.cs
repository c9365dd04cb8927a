using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Scans.Due;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Scans;

/// <param name="Owner">Subject of an account, <c>me</c>, or nothing: nobody.</param>
internal sealed record OwnerAsked(string? Owner);

internal sealed record CommentAsked(string? Text);

/// <summary>Who answers for findings and until when, one by one and many at once.</summary>
internal static class FindingDeedsApi
{
    private static readonly ListOrder<FindingOwner> Owners = new ListOrder<FindingOwner>("owners")
        .By(owner => owner.Name)
        .By(owner => owner.Id);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/v1").WithTags("Scans");
        // Who may is the service's to say, with its words and the finding's tenant.
        api.MapPut("/findings/{id}/owner", AssignAsync)
            .RequireAuthorization(Policies.Read)
            .WithSummary("Says who answers for a finding: an account's id, me, or nothing for nobody");
        api.MapPost("/findings/{id}/comments", CommentAsync)
            .RequireAuthorization(Policies.Read)
            .WithSummary("Says something about a finding, which stays in its history");
        api.MapPost("/findings/bulk", ManyAsync)
            .RequireAuthorization(Policies.Read)
            .WithSummary(
                "Decides on up to 200 findings, gives them an owner or a comment; tells of each what came of it"
            );
        api.MapGet("/tenants/{tenant}/findings/owners", OwnersAsync)
            .RequireAuthorization(Policies.Read)
            .WithSummary("Accounts that may answer for a tenant's findings");
        api.MapGet("/tenants/{tenant}/findings/due", DueAsync)
            .RequireAuthorization(Policies.Read)
            .WithSummary("Within how many days a tenant's findings are due, by severity");
        api.MapPut("/tenants/{tenant}/findings/due", ChangeDueAsync)
            .RequireAuthorization(Policies.Propose)
            .WithSummary("Days of the tenant's own in place of the installation's; what is left out is never due");
        api.MapDelete("/tenants/{tenant}/findings/due", UsualDueAsync)
            .RequireAuthorization(Policies.Propose)
            .WithSummary("The installation's days hold for the tenant again");
    }

    private static async Task<Ok<Finding>> AssignAsync(
        string id,
        OwnerAsked asked,
        [FromServices] FindingDeeds deeds,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) => TypedResults.Ok(await deeds.AssignAsync(await callers.GetAsync(cancellation), id, asked.Owner, cancellation));

    private static async Task<Ok<Finding>> CommentAsync(
        string id,
        CommentAsked asked,
        [FromServices] FindingDeeds deeds,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) => TypedResults.Ok(await deeds.CommentAsync(await callers.GetAsync(cancellation), id, asked.Text, cancellation));

    private static async Task<Ok<BulkDone>> ManyAsync(
        BulkAsked asked,
        [FromServices] FindingDeeds deeds,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) => TypedResults.Ok(await deeds.ManyAsync(await callers.GetAsync(cancellation), asked, cancellation));

    private static async Task<Ok<Page<FindingOwner>>> OwnersAsync(
        string tenant,
        [AsParameters] PageAsked asked,
        [FromServices] FindingDeeds deeds,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        Owners.Check(asked);
        return TypedResults.Ok(
            Owners.Page(
                await deeds.OwnersAsync(await callers.GetAsync(cancellation), tenant, cancellation),
                asked,
                owner => owner
            )
        );
    }

    private static async Task<Ok<DueView>> DueAsync(
        string tenant,
        [FromServices] DueDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) => TypedResults.Ok(await desk.OfAsync(await callers.GetAsync(cancellation), tenant, cancellation));

    private static async Task<Ok<DueView>> ChangeDueAsync(
        string tenant,
        DueDays asked,
        [FromServices] DueDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) => TypedResults.Ok(await desk.ChangeAsync(await callers.GetAsync(cancellation), tenant, asked, cancellation));

    private static async Task<Ok<DueView>> UsualDueAsync(
        string tenant,
        [FromServices] DueDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) => TypedResults.Ok(await desk.ChangeAsync(await callers.GetAsync(cancellation), tenant, null, cancellation));
}
