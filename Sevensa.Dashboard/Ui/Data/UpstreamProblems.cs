using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Ui.Data;

/// <summary>An upstream's fault in the words that panels show; its own message is kept as it is.</summary>
public static class UpstreamProblems
{
    public static Problem Problem(this UpstreamException fault) =>
        new(
            fault.Fault switch
            {
                UpstreamFault.Unreachable => $"{fault.Upstream} can't be reached",
                UpstreamFault.TimedOut => $"{fault.Upstream} did not answer in time",
                UpstreamFault.Refused => $"{fault.Upstream} refused the question",
                UpstreamFault.Garbled => $"{fault.Upstream} answered something that can't be read",
                UpstreamFault.NotConfigured => $"{fault.Upstream} is not configured",
                UpstreamFault.Denied => $"{fault.Upstream} does not let the dashboard in",
                UpstreamFault.Busy => $"{fault.Upstream} can't answer now",
                _ => $"{fault.Upstream} failed",
            },
            Do: fault.Remedy,
            Upstream: fault.Upstream,
            Words: fault.Message,
            Status: fault.Status
        );

    /// <summary>The last good value stays, marked; a missing setting is a state of its own.</summary>
    public static Loadable<T> FailedWith<T>(this Loadable<T> before, UpstreamException fault) =>
        fault.Fault == UpstreamFault.NotConfigured && fault.Remedy is ['S', 'e', 't', ' ', .. var setting]
            ? Loadable.NotConfigured<T>($"{fault.Upstream} is not configured", setting.TrimEnd('.'))
            : before.FailedWith(fault.Problem());
}
