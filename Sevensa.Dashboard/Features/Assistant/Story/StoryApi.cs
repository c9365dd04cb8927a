using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Assistant.Story;

/// <summary>Stories over HTTP.</summary>
internal static class StoryApi
{
    public const int UsualHours = 48;

    public static void MapStoryApi(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/v1/stories/closing", CloseAsync)
            .RequireAuthorization(Policies.Read)
            .WithTags("Stories")
            .WithSummary(
                "After an action: a draft of what the client is told, from its record and the figures around it; it says that it is over only where they do"
            )
            .ProducesProblem(404);
        app.MapGet("/api/v1/stories", TellAsync)
            .RequireAuthorization(Policies.Read)
            .WithTags("Stories")
            .WithSummary(
                "Why a service is slow or broken: the moment, the release there, new log patterns, figures before and after, who else is touched, what could be proposed"
            )
            .ProducesProblem(404);
    }

    private static async Task<Ok<ServiceStory>> TellAsync(
        string? tenant,
        string? service,
        int? hours,
        [FromServices] StoryTeller teller,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var (whose, most) = Asked(tenant, hours);
        return TypedResults.Ok(
            await teller.OfAsync(await callers.GetAsync(cancellation), whose, service, most, cancellation)
        );
    }

    private static async Task<Ok<StoryClosing>> CloseAsync(
        string? tenant,
        string? service,
        int? hours,
        [FromServices] ClosingDrafts drafts,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var (whose, most) = Asked(tenant, hours);
        return TypedResults.Ok(
            await drafts.OfAsync(await callers.GetAsync(cancellation), whose, service, most, cancellation)
        );
    }

    private static (string Tenant, int Hours) Asked(string? tenant, int? hours)
    {
        if (hours is < 1 or > StoryTeller.MostHours)
        {
            throw new BadHttpRequestException($"hours is from 1 to {StoryTeller.MostHours}; {hours} is not.");
        }
        if (string.IsNullOrEmpty(tenant))
        {
            throw new BadHttpRequestException("tenant is missing: whose service is it?");
        }
        return (tenant, hours ?? UsualHours);
    }
}

/// <summary>What the feature's exceptions are to a caller.</summary>
internal sealed class StoryProblems : IProblemSource
{
    public ProblemDetails? For(Exception exception) =>
        exception switch
        {
            UnknownServiceException => new ProblemDetails
            {
                Status = 404,
                Title = "No such service",
                Detail = exception.Message,
            },
            NothingDoneException => new ProblemDetails
            {
                Status = 404,
                Title = "Nothing was done",
                Detail = exception.Message,
            },
            _ => null,
        };
}
