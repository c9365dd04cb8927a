using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Ui.Data;

namespace Sevensa.Dashboard.Features.Logs;

/// <summary>A query that was refused, where the answer is not in Loki's own shape.</summary>
internal sealed class LogProblemSource : IProblemSource
{
    public ProblemDetails? For(Exception exception) =>
        exception is QueryRefusedException refused
            ? new ProblemDetails
            {
                Status = 400,
                Title = "The query can't be read or scoped",
                Detail = refused.Message,
                Extensions = { ["line"] = refused.Line, ["column"] = refused.Column },
            }
            : null;
}

/// <summary>What went wrong, for a panel.</summary>
internal static class LogProblems
{
    public static bool Explains(Exception exception) => exception is UpstreamException or QueryRefusedException;

    /// <summary>The panel after the attempt failed: what was good stays, marked with its age.</summary>
    public static Loadable<T> After<T>(this Loadable<T> before, Exception exception) =>
        exception is UpstreamException { Fault: UpstreamFault.NotConfigured }
            ? Loadable.NotConfigured<T>("No Loki is configured, so there are no logs to show.", "Loki:Url")
            : before.FailedWith(Of(exception));

    private static Problem Of(Exception exception) =>
        exception is UpstreamException upstream
            ? new Problem(
                upstream.Fault switch
                {
                    UpstreamFault.Unreachable => "Loki can't be reached",
                    UpstreamFault.TimedOut => "Loki did not answer in time",
                    UpstreamFault.Refused => "Loki refused the query",
                    UpstreamFault.Garbled => "Loki's answer can't be read",
                    UpstreamFault.Denied => "Loki does not let the dashboard in",
                    UpstreamFault.Busy => "Loki can't answer now",
                    _ => "Loki failed",
                },
                Do: upstream.Remedy,
                Upstream: upstream.Upstream,
                Words: upstream.Message,
                Status: upstream.Status
            )
            : new Problem("The query can't be read", Do: "Correct it and search again.", Words: exception.Message);
}
