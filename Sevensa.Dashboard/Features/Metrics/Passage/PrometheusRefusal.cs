using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Metrics.Passage;

/// <summary>A request that is not sent on, in the words and with the status that Prometheus has for it.</summary>
internal sealed class PrometheusRefusal(int status, string errorType, string message) : Exception(message)
{
    public int Status { get; } = status;

    public string ErrorType { get; } = errorType;

    /// <summary>After how long asking again makes sense, where the server said so.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The verbs that the path is asked by, where it was another one.</summary>
    public IReadOnlyList<string> Allowed { get; init; } = [];

    public static PrometheusRefusal BadData(string message) =>
        new(StatusCodes.Status400BadRequest, "bad_data", message);

    /// <param name="name">Of the parameter that is at fault.</param>
    public static PrometheusRefusal BadParameter(string name, string message) =>
        BadData($"invalid parameter \"{name}\": {message}");

    public static PrometheusRefusal WrongVerb(IReadOnlyList<string> allowed) =>
        new(StatusCodes.Status405MethodNotAllowed, "bad_data", "Method Not Allowed") { Allowed = allowed };

    /// <summary>A fault of the server's: a status of its own kind, never the caller's 401, with what is to be done.</summary>
    public static PrometheusRefusal Of(UpstreamException fault) =>
        new(
            // Prometheus itself says 503 when a query takes too long.
            fault.Fault == UpstreamFault.TimedOut
                ? StatusCodes.Status503ServiceUnavailable
                : PlatformProblems.StatusOf(fault),
            fault.Fault switch
            {
                UpstreamFault.TimedOut => "timeout",
                UpstreamFault.Refused => "bad_data",
                UpstreamFault.Failed or UpstreamFault.Garbled => "internal",
                _ => "unavailable",
            },
            fault.Told
        )
        {
            RetryAfter = fault.RetryAfter,
        };

    public Task WriteAsync(HttpContext context)
    {
        context.Response.StatusCode = Status;
        if (RetryAfter is { } pause)
        {
            context.Response.Headers.RetryAfter = PlatformProblems
                .PauseSeconds(pause)
                .ToString(CultureInfo.InvariantCulture);
        }
        if (Allowed.Count > 0)
        {
            context.Response.Headers.Allow = string.Join(", ", Allowed);
        }
        return context.Response.WriteAsJsonAsync(
            new
            {
                status = "error",
                errorType = ErrorType,
                error = Message,
            },
            options: null,
            contentType: "application/json",
            context.RequestAborted
        );
    }
}

/// <summary>A refusal that is made before the passage is reached, in the same envelope.</summary>
internal sealed class PrometheusRefusalShape : IRefusalShape
{
    public Task WriteAsync(HttpContext context, ProblemDetails problem) =>
        new PrometheusRefusal(
            problem.Status ?? StatusCodes.Status500InternalServerError,
            problem.Status switch
            {
                StatusCodes.Status401Unauthorized => "unauthorized",
                StatusCodes.Status403Forbidden => "forbidden",
                StatusCodes.Status404NotFound => "not_found",
                StatusCodes.Status503ServiceUnavailable => "unavailable",
                < 500 => "bad_data",
                _ => "internal",
            },
            problem.Detail ?? problem.Title ?? ""
        ).WriteAsync(context);
}
