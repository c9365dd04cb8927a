using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>What the store can't do or does not keep, in the API's words: 503 for its own faults, 400 for what it refuses.</summary>
internal sealed class StoreProblems : IProblemSource
{
    public ProblemDetails? For(Exception exception)
    {
        if (StoreFault.In(exception) is { } fault)
        {
            return new ProblemDetails
            {
                Status = 503,
                Title = fault.Title,
                Detail = fault.Message,
                Extensions = { ["code"] = fault.Code },
            };
        }
        return StoreFault.RefusesValue(exception)
            ? new ProblemDetails
            {
                Status = 400,
                Title = "The request can't be kept",
                Detail = "A value is too long or of a form that the store does not keep. Nothing was done.",
            }
            : null;
    }
}
