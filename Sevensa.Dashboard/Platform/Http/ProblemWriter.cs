using Microsoft.Extensions.Options;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>
/// Problems for programs whose <c>Accept</c> names no JSON (event streams, a browser's address line): the framework's own writer
/// leaves them to plain text, and they are problems all the same.
/// </summary>
internal sealed class ProblemWriter(IOptions<ProblemDetailsOptions> options) : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context) => RequestPaths.IsForPrograms(context.HttpContext.Request.Path);

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        context.ProblemDetails.Status ??= context.HttpContext.Response.StatusCode;
        // Its type and title by its status, where it has none.
        context.ProblemDetails = TypedResults.Problem(context.ProblemDetails).ProblemDetails;
        options.Value.CustomizeProblemDetails?.Invoke(context);
        await context.HttpContext.Response.WriteAsJsonAsync(
            context.ProblemDetails,
            options: null,
            "application/problem+json",
            context.HttpContext.RequestAborted
        );
    }
}
