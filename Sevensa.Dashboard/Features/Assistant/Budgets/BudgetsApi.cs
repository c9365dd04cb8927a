using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Assistant.Budgets;

/// <summary>Budgets over HTTP: one's own for everybody, all of them for administrators.</summary>
internal static class BudgetsApi
{
    private static readonly ListOrder<BudgetView> EverybodyFirst = new ListOrder<BudgetView>("budgets")
        .By(budget => budget.Person == AskingBudget.Everybody ? "0" : "1")
        .By(budget => budget.Name)
        .By(budget => budget.Person);

    public static void MapBudgetsApi(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api/v1/assistant").WithTags("Models").RequireAuthorization(Policies.Read);
        api.MapGet("/budget", MineAsync)
            .WithSummary(
                "What one may still ask chat models today: questions and tokens, used, most and left, and in words"
            );
        api.MapGet("/budgets", AllAsync)
            .RequireAuthorization(Policies.Admin)
            .WithSummary("The budget for everybody, and those of all who have asked today or have one of their own");
        api.MapGet("/budgets/{person}", ForAsync)
            .RequireAuthorization(Policies.Admin)
            .WithSummary(
                "The budget of a person (by the account's id), of an API client of its own (by its id) or for everybody, whether or not anything was asked"
            )
            .ProducesProblem(404);
        api.MapPut("/budgets/{person}", SetAsync)
            .RequireAuthorization(Policies.Admin)
            .WithSummary(
                "Sets how much a person (by the account's id), an API client of its own (by its id) or everybody may ask in a day; what is left out is as for everybody, or as the settings say"
            )
            .ProducesProblem(404)
            .ProducesProblem(422);
    }

    private static async Task<Ok<BudgetView>> MineAsync(
        [FromServices] BudgetDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) => TypedResults.Ok(await desk.OfAsync(await callers.GetAsync(cancellation), cancellation));

    private static async Task<Ok<Page<BudgetView>>> AllAsync(
        [FromServices] BudgetDesk desk,
        [FromServices] ICurrentCaller callers,
        [AsParameters] PageAsked asked,
        CancellationToken cancellation
    )
    {
        EverybodyFirst.Check(asked);
        var all = await desk.AllAsync(await callers.GetAsync(cancellation), cancellation);
        return TypedResults.Ok(EverybodyFirst.Page(all, asked, budget => budget));
    }

    private static async Task<Ok<BudgetView>> ForAsync(
        string person,
        [FromServices] BudgetDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) => TypedResults.Ok(await desk.ForAsync(await callers.GetAsync(cancellation), person, cancellation));

    private static async Task<Ok<BudgetView>> SetAsync(
        string person,
        BudgetWish wish,
        [FromServices] BudgetDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) => TypedResults.Ok(await desk.SetAsync(await callers.GetAsync(cancellation), person, wish, cancellation));
}

/// <summary>What the room's exceptions are to a caller.</summary>
internal sealed class BudgetProblems : IProblemSource
{
    public ProblemDetails? For(Exception exception) =>
        exception switch
        {
            UnknownPersonException => new ProblemDetails
            {
                Status = 404,
                Title = "Nobody of that name",
                Detail = exception.Message,
            },
            UnfitBudgetException => new ProblemDetails
            {
                Status = 422,
                Title = "That makes no budget",
                Detail = exception.Message,
            },
            _ => null,
        };
}
