using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>How a feature turns its own exceptions into problem details (RFC 9457). Registered as singletons; first answer wins.</summary>
public interface IProblemSource
{
    ProblemDetails? For(Exception exception);
}

/// <summary>Answers API errors as problem details: what happened, what it means, what to do; never a stack trace or a secret.</summary>
public sealed class ProblemExceptionHandler(
    IEnumerable<IProblemSource> sources,
    IProblemDetailsService problems,
    ILogger<ProblemExceptionHandler> log
) : IExceptionHandler
{
    /// <summary>A problem's member with the seconds after which asking again makes sense; it goes out as the header <c>Retry-After</c>.</summary>
    public const string RetryAfter = "retryAfter";

    public async ValueTask<bool> TryHandleAsync(
        HttpContext httpContext,
        Exception exception,
        CancellationToken cancellationToken
    )
    {
        if (RequestPaths.IsPage(httpContext.Request.Path))
        {
            return StoreFault.In(exception) is { } outage && await OutagePage.WriteAsync(httpContext, outage);
        }
        if (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested)
        {
            httpContext.Response.StatusCode = 499;
            return true;
        }
        var problem =
            sources.Select(source => source.For(exception)).FirstOrDefault(found => found is not null)
            ?? Unforeseen(exception);
        problem.Extensions["traceId"] = Activity.Current?.Id ?? httpContext.TraceIdentifier;
        httpContext.Response.StatusCode = problem.Status ?? 500;
        if (problem.Extensions.TryGetValue(RetryAfter, out var seconds))
        {
            httpContext.Response.Headers.RetryAfter = Convert.ToString(seconds, CultureInfo.InvariantCulture);
        }
        if (StoreFault.In(exception) is { } fault)
        {
            log.LogWarning("{Path} was answered with 503. {Fault}", httpContext.Request.Path, fault.Message);
            httpContext.Response.Headers.RetryAfter = OutagePage.TryAfterSeconds;
        }
        var endpoint = httpContext.Features.Get<IExceptionHandlerFeature>()?.Endpoint;
        if (endpoint?.Metadata.GetMetadata<IRefusalShape>() is { } shape)
        {
            await shape.WriteAsync(httpContext, problem);
            return true;
        }
        var context = new ProblemDetailsContext { HttpContext = httpContext, ProblemDetails = problem };
        if (!await problems.TryWriteAsync(context))
        {
            // A caller that accepts event streams or text only still learns what happened.
            await httpContext.Response.WriteAsJsonAsync(
                problem,
                options: null,
                "application/problem+json",
                cancellationToken
            );
        }
        return true;
    }

    private ProblemDetails Unforeseen(Exception exception)
    {
        log.LogError(exception, "A request ended with an error that nobody foresaw");
        return new ProblemDetails
        {
            Status = 500,
            Title = "Something went wrong here",
            Detail =
                "The request failed for a reason that is written in this program's log under the trace id. Nothing was changed unless the record says so.",
        };
    }
}

/// <summary>Upstream faults and malformed requests, the same for all features.</summary>
public sealed class PlatformProblems : IProblemSource
{
    public ProblemDetails? For(Exception exception) =>
        exception switch
        {
            UpstreamException upstream => Upstream(upstream),
            BadHttpRequestException bad => new ProblemDetails
            {
                Status = bad.StatusCode,
                Title = bad.StatusCode == 413 ? "The request is too large" : "The request can't be read",
                Detail = bad.InnerException is JsonException json ? Words(json) : BindingFaults.Words(bad),
            },
            // As the framework's reader of forms fails, wherever a form is read.
            (InvalidDataException or IOException) and { Source: "Microsoft.AspNetCore.WebUtilities" } =>
                new ProblemDetails
                {
                    Status = 400,
                    Title = "The request can't be read",
                    Detail =
                        "The form in the body can't be read: it holds characters that none may hold, too many fields, or is cut off.",
                },
            TextRefusedException refused => new ProblemDetails
            {
                Status = 400,
                Title = "The request can't be read",
                Detail = refused.Message,
            },
            TextTooLongException text => new ProblemDetails
            {
                Status = 422,
                Title = "The text is too long",
                Detail = text.Message,
            },
            TooManyStreamsException many => new ProblemDetails
            {
                Status = 429,
                Title = "Too many streams",
                Detail = many.Message,
            },
            _ => null,
        };

    /// <summary>The status that the caller gets for an upstream's fault: their own matter is a 4xx, everything else a 5xx.</summary>
    public static int StatusOf(UpstreamException exception) =>
        exception.Fault switch
        {
            // Some say 500 to what is wrong with the question.
            UpstreamFault.Refused => exception.Status is >= 400 and < 500 and var status ? status : 400,
            UpstreamFault.TimedOut => 504,
            UpstreamFault.NotConfigured or UpstreamFault.Unreachable or UpstreamFault.Busy => 503,
            _ => 502,
        };

    /// <summary>Where and what, without the names of this program's types.</summary>
    internal static string Words(JsonException exception) =>
        exception is TextRefusedException ? exception.Message
        : exception.InnerException is TextRefusedException inner ? inner.Message
        : exception.Path is { Length: > 0 } path
        && exception.Message.StartsWith("The JSON value could not be converted", StringComparison.Ordinal)
            ? $"The value at {path} is not of the kind that is expected there."
        : $"The body is no JSON that is expected here. {exception.Message.Split(" Path: ")[0].Split(" LineNumber: ")[0]}{Where(exception)}";

    private static string Where(JsonException exception) =>
        exception is { LineNumber: { } line, BytePositionInLine: { } position }
            ? string.Create(CultureInfo.InvariantCulture, $" It is at line {line + 1}, byte {position + 1}.")
            : "";

    private const int LongestPause = 3600;

    /// <summary><c>Retry-After</c> in seconds: an upstream's or its proxy's pause, of an hour at most.</summary>
    public static int PauseSeconds(TimeSpan pause) =>
        (int)Math.Ceiling(Math.Clamp(pause.TotalSeconds, 0, LongestPause));

    private static ProblemDetails Upstream(UpstreamException exception)
    {
        var problem = new ProblemDetails
        {
            Status = StatusOf(exception),
            Title = exception.Fault switch
            {
                UpstreamFault.NotConfigured => $"{exception.Upstream} is not configured",
                UpstreamFault.Unreachable => $"{exception.Upstream} can't be reached",
                UpstreamFault.TimedOut => $"{exception.Upstream} did not answer in time",
                UpstreamFault.Refused => $"{exception.Upstream} refused the request",
                UpstreamFault.Garbled => $"{exception.Upstream} answered something that can't be read",
                UpstreamFault.Denied => $"{exception.Upstream} does not let the dashboard in",
                UpstreamFault.Busy => $"{exception.Upstream} can't answer now",
                _ => $"{exception.Upstream} failed",
            },
            Detail = exception.Told,
            Extensions =
            {
                ["upstream"] = new Dictionary<string, object?>
                {
                    ["name"] = exception.Upstream,
                    ["status"] = exception.Status,
                    ["message"] = exception.Message,
                },
            },
        };
        if (exception.RetryAfter is { } pause)
        {
            problem.Extensions[ProblemExceptionHandler.RetryAfter] = PauseSeconds(pause);
        }
        return problem;
    }
}

/// <summary>Lists on the API: <c>{items, next}</c>.</summary>
/// <param name="Next">Cursor for the next page, null at the end.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next = null)
{
    /// <summary>The same page in other words.</summary>
    public Page<TAnswer> Select<TAnswer>(Func<T, TAnswer> answer) => new([.. Items.Select(answer)], Next);
}
