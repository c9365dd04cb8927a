using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Actions;

/// <summary>This feature's errors as problem details.</summary>
internal sealed class ActionProblems : IProblemSource
{
    public ProblemDetails? For(Exception exception) =>
        exception switch
        {
            CannotPlanException => new ProblemDetails
            {
                Status = 422,
                Title = "It can't be planned",
                Detail = exception.Message,
            },
            UnknownProposalException => new ProblemDetails
            {
                Status = 404,
                Title = "No such proposal",
                Detail = exception.Message,
            },
            DecisionConflictException conflict => Conflict(conflict),
            _ => null,
        };

    private static ProblemDetails Conflict(DecisionConflictException conflict)
    {
        var problem = new ProblemDetails
        {
            Status = 409,
            Title = conflict.Code switch
            {
                "planMismatch" => "That is not the plan",
                "worldChanged" => "The world has changed",
                "expired" => "The proposal has expired",
                _ => "It was already decided",
            },
            Detail = conflict.Message,
            Extensions = { ["code"] = conflict.Code },
        };
        if (conflict.Differences.Count > 0)
        {
            problem.Extensions["differences"] = conflict.Differences;
        }
        return problem;
    }
}
