using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Assistant.Examination;

/// <summary>Chat models and their examinations over HTTP. A model's name stands in an address escaped: <c>/</c> as <c>%2F</c>.</summary>
internal static class ModelsApi
{
    private static readonly ListOrder<ModelView> MainFirst = new ListOrder<ModelView>("models")
        .By(model => model.IsMain ? "0" : "1")
        .By(model => model.Name);

    public static void MapModelsApi(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api/v1/models").WithTags("Models").RequireAuthorization(Policies.Read);
        api.MapGet("/", ListAsync)
            .WithSummary(
                "The chat models that are configured: what each can, as its server says now, and what it may propose"
            );
        api.MapGet("/{name}", FindAsync).WithSummary("One chat model").ProducesProblem(404);
        api.MapPost("/{name}/exam", StartAsync)
            .RequireAuthorization(Policies.Admin)
            .WithSummary(
                "Begins to examine a model; the answer names the examination, which tells how far it is. One at a time"
            )
            .ProducesProblem(404)
            .ProducesProblem(409);
        api.MapGet("/exams", ExamsAsync)
            .WithSummary("Examinations, newest first, with what was passed of each area (model= for one model's)");
        api.MapGet("/exams/{id}", ExamAsync)
            .WithSummary("One examination case by case: asked, called, proposed, said, and why it was not passed")
            .ProducesProblem(404);
        api.MapPost("/exams/{id}/cancel", CancelAsync)
            .RequireAuthorization(Policies.Admin)
            .WithSummary("Ends an examination that is under way; it then says nothing of the model")
            .ProducesProblem(404);
    }

    private static async Task<Ok<Page<ModelView>>> ListAsync(
        [FromServices] ExamDesk desk,
        [AsParameters] PageAsked asked,
        CancellationToken cancellation
    ) => TypedResults.Ok(MainFirst.Page(await desk.ModelsAsync(cancellation), asked, model => model));

    private static async Task<Ok<ModelView>> FindAsync(
        string name,
        [FromServices] ExamDesk desk,
        CancellationToken cancellation
    ) => TypedResults.Ok(await desk.ModelAsync(Named(name), cancellation));

    private static async Task<Accepted<ExamView>> StartAsync(
        string name,
        [FromServices] ExamDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var exam = await desk.StartAsync(await callers.GetAsync(cancellation), Named(name), cancellation);
        return TypedResults.Accepted($"/api/v1/models/exams/{Uri.EscapeDataString(exam.Id)}", exam);
    }

    private static async Task<Ok<Page<ExamView>>> ExamsAsync(
        string? model,
        [FromServices] ExamDesk desk,
        [AsParameters] PageAsked asked,
        CancellationToken cancellation
    ) => TypedResults.Ok(await desk.PageAsync(model, asked, cancellation));

    private static async Task<Ok<ExamView>> ExamAsync(
        string id,
        [FromServices] ExamDesk desk,
        CancellationToken cancellation
    ) => TypedResults.Ok(await desk.FindAsync(id, cancellation));

    private static async Task<Ok<ExamView>> CancelAsync(
        string id,
        [FromServices] ExamDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) => TypedResults.Ok(await desk.CancelAsync(await callers.GetAsync(cancellation), id, cancellation));

    /// <summary>Routing leaves an escaped slash as it is, since unescaped it would part the path.</summary>
    private static string Named(string segment) => segment.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}

/// <summary>What the feature's exceptions are to a caller.</summary>
internal sealed class ModelProblems : IProblemSource
{
    public ProblemDetails? For(Exception exception) =>
        exception switch
        {
            UnknownModelException => new ProblemDetails
            {
                Status = 404,
                Title = "No such model",
                Detail = exception.Message,
            },
            UnknownExamException => new ProblemDetails
            {
                Status = 404,
                Title = "No such examination",
                Detail = exception.Message,
            },
            ExamUnderWayException => new ProblemDetails
            {
                Status = 409,
                Title = "A model is being examined",
                Detail = exception.Message,
                Extensions = { ["code"] = "examUnderWay" },
            },
            _ => null,
        };
}
