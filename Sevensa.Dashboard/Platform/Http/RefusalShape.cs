using Microsoft.AspNetCore.Mvc;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>
/// Metadata of endpoints that speak another server's language: how a refusal that is made outside of them (no token, no
/// right, no store) is written, so that the clients of that server can read it.
/// </summary>
public interface IRefusalShape
{
    /// <param name="problem">What would be answered elsewhere; its status is set on the response here.</param>
    Task WriteAsync(HttpContext context, ProblemDetails problem);
}

/// <summary>A status and plain words, as Loki answers.</summary>
public sealed class PlainRefusal : IRefusalShape
{
    public Task WriteAsync(HttpContext context, ProblemDetails problem)
    {
        context.Response.StatusCode = problem.Status ?? 500;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync((problem.Detail ?? problem.Title) + "\n", context.RequestAborted);
    }
}
