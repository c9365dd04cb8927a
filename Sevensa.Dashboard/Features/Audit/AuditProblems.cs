using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Audit;

internal sealed class AuditProblems : IProblemSource
{
    public ProblemDetails? For(Exception exception) =>
        exception switch
        {
            AuditUnavailableException => new ProblemDetails
            {
                Status = 503,
                Title = "The audit record can't be written",
                Detail = exception.Message,
            },
            UnseenTenantException => new ProblemDetails
            {
                Status = 404,
                Title = "No such tenant",
                Detail = exception.Message,
            },
            _ => null,
        };
}

/// <summary>The record was asked for a tenant whose rows the reader may not see, or that there never was.</summary>
internal sealed class UnseenTenantException(string tenant)
    : Exception($"There is no tenant \"{tenant}\" that you can see.");
