using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Accounts.Roles;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Identity;

internal sealed class IdentityProblems : IProblemSource
{
    public ProblemDetails? For(Exception exception) =>
        exception switch
        {
            ForbiddenException forbidden => new ProblemDetails
            {
                Status = 403,
                Title = "Not allowed",
                Detail = forbidden.Message,
                Extensions = { ["code"] = forbidden.Code },
            },
            UnauthorizedAccessException => new ProblemDetails
            {
                Status = 401,
                Title = "Who are you?",
                Detail = exception.Message,
            },
            UnknownAccountException => new ProblemDetails
            {
                Status = 404,
                Title = "It is not there",
                Detail = exception.Message,
            },
            RoleException => new ProblemDetails
            {
                Status = 422,
                Title = "That can't be done with this role",
                Detail = exception.Message,
            },
            AccountException => new ProblemDetails
            {
                Status = 422,
                Title = "That can't be done with this account",
                Detail = exception.Message,
            },
            _ => null,
        };
}
