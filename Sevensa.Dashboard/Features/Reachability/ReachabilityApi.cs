using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Reachability.Declared;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Reachability;

/// <param name="Flows">A page of them.</param>
/// <param name="LeftOut">That there is no room for all flows that were seen, in words; null when there is.</param>
/// <param name="Reach">What <paramref name="From"/> could reach; null when it was not asked.</param>
internal sealed record ReachabilityAnswer(
    IReadOnlyList<ReachableService> Services,
    IReadOnlyList<ReachabilityFlow> Flows,
    IReadOnlyList<ReachabilityFinding> Findings,
    IReadOnlyList<FlowObservation> Observation,
    string? LeftOut,
    string? From,
    IReadOnlyList<ReachedService>? Reach,
    string? Next
);

internal sealed record DeclareFlows(string? Text);

internal static class ReachabilityApi
{
    private static readonly ListOrder<ReachabilityFlow> Order = new ListOrder<ReachabilityFlow>("flows")
        .By(flow => flow.From)
        .By(flow => flow.To)
        .By(flow => flow.Port ?? "")
        .By(flow => flow.Possible ? 0L : 1L);

    public static void Map(IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api/v1/tenants/{tenant}/reachability")
            .RequireAuthorization(Policies.Read)
            .WithTags("Reachability");
        api.MapGet("", OfTenantAsync)
            .WithSummary(
                "Who could reach whom: flows to and from a tenant's services, and what one of them could reach"
            );
        api.MapGet("/policy", PolicyAsync).WithSummary("The flows that a tenant declares");
        api.MapGet("/policy/draft", DraftAsync)
            .WithSummary("The declared flows, and those that were seen in the last days beside them; nothing is saved");
        // Who may is the service's to say, with its words.
        api.MapPut("/policy", SaveAsync).WithSummary("Declares a tenant's flows anew, one a line: api -> db:5432");
    }

    private static async Task<ReachabilityAnswer> OfTenantAsync(
        string tenant,
        string? from,
        [AsParameters] PageAsked asked,
        [FromServices] ReachabilityDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var sheet = await desk.OfTenantAsync(await callers.GetAsync(cancellation), tenant, from, cancellation);
        var page = Order.Page(sheet.Flows, asked, flow => flow);
        return new ReachabilityAnswer(
            sheet.Services,
            page.Items,
            sheet.Findings,
            sheet.Observation,
            sheet.LeftOut,
            sheet.From,
            sheet.Reach,
            page.Next
        );
    }

    private static async Task<FlowPolicyView> PolicyAsync(
        string tenant,
        [FromServices] FlowPolicies policies,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) => await policies.OfTenantAsync(await callers.GetAsync(cancellation), tenant, cancellation);

    /// <param name="days">How far back, from 1 to <see cref="FlowDrafts.MostDays"/>; a week when left out.</param>
    private static async Task<FlowDraft> DraftAsync(
        string tenant,
        [FromServices] FlowDrafts drafts,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation,
        int? days = null
    ) =>
        days is < 1 or > FlowDrafts.MostDays
            ? throw new BadHttpRequestException($"days is from 1 to {FlowDrafts.MostDays}; {days} is not.")
            : await drafts.OfTenantAsync(
                await callers.GetAsync(cancellation),
                tenant,
                days ?? ReachabilityDesk.ObservedDays,
                cancellation
            );

    private static async Task<FlowPolicyView> SaveAsync(
        string tenant,
        DeclareFlows asked,
        [FromServices] FlowPolicies policies,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) =>
        await policies.SaveAsync(
            await callers.GetAsync(cancellation),
            tenant,
            // What is left out is no wish to have none.
            asked.Text
                ?? throw new BadHttpRequestException("Give \"text\": the flows, one a line; \"\" for none."),
            cancellation
        );
}

/// <summary>This feature's errors as problem details.</summary>
internal sealed class ReachabilityProblems : IProblemSource
{
    public ProblemDetails? For(Exception exception) =>
        exception switch
        {
            UnreadablePolicyException => new ProblemDetails
            {
                Status = 422,
                Title = "The policy can't be read",
                Detail = exception.Message,
            },
            UnknownServiceException => new ProblemDetails
            {
                Status = 404,
                Title = "No such service",
                Detail = exception.Message,
            },
            _ => null,
        };
}
