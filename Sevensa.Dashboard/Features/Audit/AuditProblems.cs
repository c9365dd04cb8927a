using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Audit;

internal sealed class AuditProblems : IProblemSource
{
    public ProblemDetails? For(Exception exception) =>
        exception is AuditUnavailableException
            ? new ProblemDetails
            {
                Status = 503,
                Title = "The audit record can't be written",
                Detail = exception.Message,
            }
            : null;
}
