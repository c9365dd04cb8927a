using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Hosts;

/// <summary>No host with that id.</summary>
internal sealed class UnknownHostException(string id) : Exception($"There is no host \"{id}\".");

/// <summary>Enrolment was asked for and is not given; the message says why and what to do.</summary>
internal sealed class EnrolmentRefusedException(string message) : Exception(message);

/// <summary>Hosts' own exceptions as problem details.</summary>
internal sealed class HostProblems : IProblemSource
{
    public ProblemDetails? For(Exception exception) =>
        exception switch
        {
            UnknownHostException unknown => new ProblemDetails
            {
                Status = 404,
                Title = "No such host",
                Detail = unknown.Message,
            },
            NotKnownYetException unknown => new ProblemDetails
            {
                Status = 503,
                Title = "Not known yet",
                Detail = unknown.Message,
                Extensions =
                {
                    ["code"] = "notKnownYet",
                    [ProblemExceptionHandler.RetryAfter] = NotKnownYetException.RetryAfterSeconds,
                },
            },
            RunnerUnreachableException unreachable => new ProblemDetails
            {
                Status = 503,
                Title = "The runner can't be reached",
                Detail = unreachable.Message,
            },
            EnrolmentRefusedException refused => new ProblemDetails
            {
                Status = 422,
                Title = "The host can't be enrolled so",
                Detail = refused.Message,
            },
            _ => null,
        };
}
