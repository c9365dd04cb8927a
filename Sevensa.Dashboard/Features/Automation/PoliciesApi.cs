using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Automation.Backtests;
using Sevensa.Dashboard.Features.Automation.Drafting;
using Sevensa.Dashboard.Features.Automation.Exchange;
using Sevensa.Dashboard.Features.Automation.Forecasts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Automation;

/// <param name="Text">What is to be done, in a sentence.</param>
/// <param name="Tenant">Where the sentence does not name it.</param>
/// <param name="Save">False: it is only shown.</param>
internal sealed record DraftAsked(string? Text, string? Tenant = null, bool? Save = null);

/// <param name="Reason">For the record, and for who is to approve.</param>
/// <param name="To">The stage; the next, or the one before, when left out.</param>
/// <param name="WaiveAgreements">To enforce it though people have not done the same in shadow as often as it takes; an administrator's only.</param>
internal sealed record StageAsked(string? Reason = null, PolicyStage? To = null, bool? WaiveAgreements = null);

/// <param name="Days">How far back; as the settings say when left out.</param>
internal sealed record BacktestAsked(int? Days = null);

internal sealed record BrakeAsked(string? Reason = null);

/// <param name="Tenant">Whose it becomes.</param>
/// <param name="Services">For which; all of the tenant when left out.</param>
/// <param name="Target">Of the action, where it is no service.</param>
/// <param name="Host">On which it is done, where that has to be said.</param>
internal sealed record ReadyAsked(
    string? Tenant,
    IReadOnlyList<string>? Services = null,
    string? Target = null,
    string? Host = null
);

/// <summary>A ready policy, as it is offered.</summary>
internal sealed record ReadyView(string Id, string Name, string Why, PolicyWish Policy);

/// <summary>Policies over HTTP.</summary>
internal static class PoliciesApi
{
    private static readonly ListOrder<ReadyPolicy> Library = new ListOrder<ReadyPolicy>("ready policies").By(one =>
        one.Id
    );

    public static void Map(IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/v1/policies").WithTags("Policies");
        PolicyTextApi.Map(routes, api);
        api.MapGet("", ListAsync).RequireAuthorization(Policies.Read).WithSummary("Policies, with stage and budget");
        api.MapPost("", AddAsync)
            .RequireAuthorization(Policies.Propose)
            .WithSummary("Writes a policy down, as a draft")
            .ProducesProblem(422);
        api.MapPost("/draft", DraftAsync)
            .RequireAuthorization(Policies.Propose)
            .WithSummary("Reads a sentence into a draft; what could not be read is named")
            .ProducesProblem(422);
        api.MapGet("/library", ListReady)
            .RequireAuthorization(Policies.Read)
            .WithSummary("Ready policies for common troubles");
        api.MapPost("/library/{ready}", AddReadyAsync)
            .RequireAuthorization(Policies.Propose)
            .WithSummary("Writes a ready policy down, as a draft")
            .ProducesProblem(404)
            .ProducesProblem(422);
        api.MapGet("/brake", BrakeAsync)
            .RequireAuthorization(Policies.Read)
            .WithSummary("Whether all policies are held");
        api.MapPost("/brake", HoldAsync)
            .RequireAuthorization(Policies.Decide)
            .WithSummary("Holds all policies, at once; those in shadow are looked at further");
        api.MapPost("/release", ReleaseAsync)
            .RequireAuthorization(Policies.Admin)
            .WithSummary("Lets policies act again");
        api.MapGet("/{id}", FindAsync)
            .RequireAuthorization(Policies.Read)
            .WithSummary("One policy")
            .ProducesProblem(404);
        api.MapPut("/{id}", ChangeAsync)
            .RequireAuthorization(Policies.Propose)
            .WithSummary("Puts what a policy says in place of what it said; an enforced one goes back to shadow")
            .ProducesProblem(404)
            .ProducesProblem(409)
            .ProducesProblem(422);
        api.MapDelete("/{id}", RemoveAsync)
            .RequireAuthorization(Policies.Propose)
            .WithSummary("Takes a policy away")
            .ProducesProblem(404);
        api.MapGet("/{id}/evaluations", EvaluationsAsync)
            .RequireAuthorization(Policies.Read)
            .WithSummary("Looks that did something, or nearly did, newest first")
            .ProducesProblem(404);
        ForecastApi.Map(api);
        VersionsApi.Map(api);
        EffectApi.Map(api);
        api.MapPost("/{id}/backtest", BacktestAsync)
            .RequireAuthorization(Policies.Read)
            .WithSummary("When it would have acted in the past, and what people did; changes nothing")
            .ProducesProblem(404);
        api.MapPost("/{id}/promote", PromoteAsync)
            .RequireAuthorization(Policies.Propose)
            .WithSummary(
                "From draft to shadow at once; from shadow to enforced by a proposal of kind policy.enforce (202)"
            )
            .ProducesProblem(404)
            .ProducesProblem(409)
            .ProducesProblem(422);
        api.MapPost("/{id}/demote", DemoteAsync)
            .RequireAuthorization(Policies.Decide)
            .WithSummary("One stage back, or to paused, at once")
            .ProducesProblem(404)
            .ProducesProblem(409);
    }

    private static async Task<Ok<Page<PolicyView>>> ListAsync(
        string? tenant,
        string? stage,
        [AsParameters] PageAsked asked,
        [FromServices] PolicyDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) =>
        TypedResults.Ok(
            await desk.PageAsync(
                await callers.GetAsync(cancellation),
                tenant,
                ValueWords.Read<PolicyStage>("stage", stage),
                asked,
                cancellation
            )
        );

    private static async Task<Created<PolicyView>> AddAsync(
        PolicyWish wish,
        [FromServices] PolicyDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) => Made(await desk.AddAsync(await callers.GetAsync(cancellation), wish, cancellation));

    private static async Task<Results<Created<PolicyView>, Ok<PolicyView>>> DraftAsync(
        DraftAsked asked,
        [FromServices] PolicyDrafts drafts,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var policy = await drafts.DraftAsync(
            await callers.GetAsync(cancellation),
            asked.Text,
            asked.Tenant,
            asked.Save ?? true,
            cancellation
        );
        return policy.Id is null ? TypedResults.Ok(policy) : Made(policy);
    }

    private static Page<ReadyView> ListReady([AsParameters] PageAsked asked, [FromServices] PolicyDrafts drafts) =>
        Library.Page(drafts.Library(), asked, one => new ReadyView(one.Id, one.Name, one.Why, one.Wish));

    private static async Task<Created<PolicyView>> AddReadyAsync(
        string ready,
        ReadyAsked asked,
        [FromServices] PolicyDrafts drafts,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) =>
        Made(
            await drafts.AddReadyAsync(
                await callers.GetAsync(cancellation),
                ready,
                asked.Tenant,
                asked.Services,
                asked.Target,
                asked.Host,
                cancellation
            )
        );

    private static async Task<Ok<PolicyView>> FindAsync(
        string id,
        [FromServices] PolicyDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) => TypedResults.Ok(await desk.FindAsync(await callers.GetAsync(cancellation), id, cancellation));

    private static async Task<Ok<PolicyView>> ChangeAsync(
        string id,
        PolicyWish wish,
        [FromServices] PolicyDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) => TypedResults.Ok(await desk.ChangeAsync(await callers.GetAsync(cancellation), id, wish, cancellation));

    private static async Task<NoContent> RemoveAsync(
        string id,
        [FromServices] PolicyDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        await desk.RemoveAsync(await callers.GetAsync(cancellation), id, cancellation);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<Page<EvaluationView>>> EvaluationsAsync(
        string id,
        string? verdict,
        [AsParameters] PageAsked asked,
        [FromServices] PolicyDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) =>
        TypedResults.Ok(
            await desk.EvaluationsAsync(
                await callers.GetAsync(cancellation),
                id,
                ValueWords.Read<PolicyVerdict>("verdict", verdict),
                asked,
                cancellation
            )
        );

    private static async Task<Ok<BacktestResult>> BacktestAsync(
        string id,
        BacktestAsked? asked,
        [FromServices] PolicyDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) => TypedResults.Ok(await desk.BacktestAsync(await callers.GetAsync(cancellation), id, asked?.Days, cancellation));

    private static async Task<Results<Ok<PolicyView>, Accepted<PolicyView>>> PromoteAsync(
        string id,
        StageAsked? asked,
        [FromServices] PolicyCourse course,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var policy = await course.PromoteAsync(
            await callers.GetAsync(cancellation),
            id,
            asked?.To,
            asked?.Reason,
            "api",
            cancellation,
            asked?.WaiveAgreements ?? false
        );
        return policy.Proposal is { } proposal ? TypedResults.Accepted(proposal.Url, policy) : TypedResults.Ok(policy);
    }

    private static async Task<Ok<PolicyView>> DemoteAsync(
        string id,
        StageAsked? asked,
        [FromServices] PolicyCourse course,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) =>
        TypedResults.Ok(
            await course.DemoteAsync(await callers.GetAsync(cancellation), id, asked?.To, asked?.Reason, cancellation)
        );

    private static async Task<Ok<BrakeView>> BrakeAsync(
        [FromServices] PolicyBrake brake,
        CancellationToken cancellation
    ) => TypedResults.Ok(await brake.BrakeAsync(cancellation));

    private static async Task<Ok<BrakeView>> HoldAsync(
        BrakeAsked? asked,
        [FromServices] PolicyBrake brake,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) =>
        TypedResults.Ok(await brake.HoldAsync(await callers.GetAsync(cancellation), true, asked?.Reason, cancellation));

    private static async Task<Ok<BrakeView>> ReleaseAsync(
        BrakeAsked? asked,
        [FromServices] PolicyBrake brake,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) =>
        TypedResults.Ok(
            await brake.HoldAsync(await callers.GetAsync(cancellation), false, asked?.Reason, cancellation)
        );

    private static Created<PolicyView> Made(PolicyView policy) =>
        TypedResults.Created($"/api/v1/policies/{policy.Id}", policy);
}

/// <summary>This feature's errors as problem details.</summary>
internal sealed class PolicyProblems : IProblemSource
{
    public ProblemDetails? For(Exception exception) =>
        exception switch
        {
            UnknownPolicyException => new ProblemDetails
            {
                Status = 404,
                Title = "No such policy",
                Detail = exception.Message,
            },
            UnfitPolicyException unfit => new ProblemDetails
            {
                Status = 422,
                Title = "That can't be a policy",
                Detail = $"{exception.Message} Nothing was changed.",
                Extensions = { ["at"] = unfit.At, ["problems"] = unfit.All },
            },
            UnreadSentenceException unread => new ProblemDetails
            {
                Status = 422,
                Title = "The sentence does not make a policy",
                Detail = exception.Message,
                Extensions =
                {
                    ["missing"] = unread.Reading.Missing,
                    ["unread"] = unread.Reading.Unread,
                    ["read"] = JsonSerializer.SerializeToElement(unread.Reading.Wish, PolicyJson.Options),
                },
            },
            PolicyConflictException conflict => new ProblemDetails
            {
                Status = 409,
                Title = "Not as things stand",
                Detail = exception.Message,
                Extensions = { ["code"] = conflict.Code },
            },
            _ => null,
        };
}
